"""What a linked line tells WhatsApp is held until what came in is kept, whichever way it goes."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from frontdesk.channels.linked import relay as relays
from frontdesk.channels.linked.detour import through
from frontdesk.channels.linked.relay import BETWEEN, Arrivals, Relay

PATIENCE = 20.0  # seconds; far more than anything takes


@dataclass
class Far:
    """The other end: takes one connection after the other, and keeps what each one sends."""

    listener: socket.socket
    came: list[socket.socket] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self.listener.getsockname()[:2]
        return str(host), int(port)

    def next(self) -> socket.socket:
        """The next connection."""
        way, _ = self.listener.accept()
        way.settimeout(PATIENCE)
        self.came.append(way)
        return way


@pytest.fixture
def far() -> Iterator[Far]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        opened = Far(listener)
        yield opened
        for way in opened.came:
            way.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "QUIET", 0.001)


# The relay


def test_a_relay_waits_for_ever_whatever_timeout_the_process_has_for_all_sockets() -> None:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(0.01)
    try:
        relay = Relay(Arrivals())
    finally:
        socket.setdefaulttimeout(before)
    with relay._listener as listener:
        assert listener.gettimeout() is None


@pytest.mark.usefixtures("quick")
def test_bytes_go_both_ways(far: Far) -> None:
    with through(Relay(Arrivals()).open())(far.place) as near:
        way = far.next()
        near.sendall(b"hello")
        assert way.recv(5) == b"hello"
        way.sendall(b"welcome")
        assert near.recv(7) == b"welcome"


@pytest.mark.usefixtures("quick")
def test_the_end_of_one_side_is_the_end_of_the_other(far: Far) -> None:
    with through(Relay(Arrivals()).open())(far.place) as near:
        far.next().close()
        near.settimeout(PATIENCE)
        assert near.recv(1) == b""


def test_nobody_uses_it_who_does_not_know_its_password(far: Far) -> None:
    address = urlsplit(Relay(Arrivals()).open())
    with pytest.raises(OSError, match="does not know"):
        through(f"socks5://line:guessed@127.0.0.1:{address.port}")(far.place)


def test_a_place_that_does_not_answer_is_refused() -> None:
    with socket.socket() as held:  # it keeps its port, and does not listen
        held.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="refused the way"):
            through(Relay(Arrivals()).open())(held.getsockname())


@pytest.mark.usefixtures("quick")
def test_what_goes_out_is_held_while_something_is_being_kept_and_what_comes_in_is_not(far: Far) -> None:
    arrivals = Arrivals()
    with through(Relay(arrivals).open())(far.place) as near:
        way = far.next()
        with arrivals.one():
            near.sendall(b"received")
            way.sendall(b"more")
            assert near.recv(4) == b"more"
            way.settimeout(0.2)
            with pytest.raises(TimeoutError):
                way.recv(1)
        way.settimeout(PATIENCE)
        assert way.recv(8) == b"received"


def test_in_a_stream_of_arrivals_it_goes_on_once_all_that_may_have_waited_is_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relays, "QUIET", 3600)  # it is never quiet
    arrivals, went_on = Arrivals(), threading.Event()

    def wait() -> None:
        arrivals.wait()
        went_on.set()

    threading.Thread(target=wait, daemon=True).start()
    for _ in range(BETWEEN - 1):
        with arrivals.one():
            pass
    assert not went_on.is_set()
    while not went_on.wait(0.01):  # the thread may have begun to wait a moment later
        with arrivals.one():
            pass
    assert went_on.is_set()


# Through a proxy of the owner's


@contextlib.contextmanager
def _http_proxy(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Answers one request for a way, and then echoes."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            way, _ = listener.accept()
            with way:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += way.recv(1)
                asked.append(request)
                way.sendall(answer)
                while part := way.recv(100):
                    way.sendall(part)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    yield f"http://owner:p%40ss@127.0.0.1:{listener.getsockname()[1]}", asked
    listener.close()
    serving.join(PATIENCE)


def test_an_http_proxy_is_asked_for_the_way_with_name_and_password() -> None:
    with _http_proxy(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n") as (address, asked):
        with through(address)(("web.whatsapp.com", 443)) as way:
            way.sendall(b"hello")
            assert way.recv(5) == b"hello"
    assert asked == [
        b"CONNECT web.whatsapp.com:443 HTTP/1.1\r\nHost: web.whatsapp.com:443\r\n"
        b"Proxy-Authorization: Basic b3duZXI6cEBzcw==\r\n\r\n"
    ]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"SSH-2.0-OpenSSH\r\n\r\n"])
def test_an_http_proxy_that_refuses_is_no_way(answer: bytes) -> None:
    with _http_proxy(answer) as (address, _), pytest.raises(OSError, match="refused the way"):
        through(address)(("web.whatsapp.com", 443))


@pytest.mark.usefixtures("quick")
def test_held_bytes_take_the_way_through_the_owners_proxy(far: Far) -> None:
    owners: Callable[..., socket.socket] = through(Relay(Arrivals()).open())
    with through(Relay(Arrivals(), owners).open())(far.place) as near:
        near.sendall(b"by two relays")
        assert far.next().recv(13) == b"by two relays"
