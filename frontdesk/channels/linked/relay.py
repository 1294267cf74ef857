"""The way of a linked line to WhatsApp: what goes out waits until what came in before it is on the spool.

The library tells WhatsApp that a message was received a moment before it hands the message over. If the process ended
in that moment, nobody would have it any more. So the library is given this relay as its proxy, on loopback and for its
process alone: bytes on their way out are held until everything that may have been handed over before them has arrived.
What comes in is never held.
"""

import contextlib
import logging
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

from frontdesk.channels.linked.detour import exactly

log = logging.getLogger(__name__)

QUIET = 0.015  # seconds without an event after which none is on its way any more
BETWEEN = 102  # events: the library holds 100 between its two sides, and two are in its hands
CHUNK = 256 * 1024
CONNECT = 20.0  # seconds for reaching WhatsApp

_VERSION, _BY_PASSWORD, _DONE, _FAILED = 5, 2, 0, 1


class Arrivals:
    """Counts what was handed over, so that the relay knows when it may go on."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._count = 0
        self._under_way = 0
        self._last = time.monotonic()

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """While the block lasts, something is being put on the spool."""
        self._under_way += 1
        try:
            yield
        finally:
            with self._change:
                self._under_way -= 1
                self._count += 1
                self._last = time.monotonic()
                self._change.notify_all()

    def wait(self) -> None:
        """Wait until all that may have been handed over before now is on the spool."""
        with self._change:
            enough, begun = self._count + BETWEEN, time.monotonic()
            while self._count < enough:
                rest = max(self._last, begun) + QUIET - time.monotonic()
                if rest <= 0 and not self._under_way:
                    return
                self._change.wait(max(rest, QUIET / 5))


class Relay:
    """A proxy (SOCKS 5, with a password that nobody else knows) for one process. `open()` once."""

    def __init__(self, arrivals: Arrivals, connect: Callable[[tuple[str, int]], socket.socket] | None = None) -> None:
        self._arrivals = arrivals
        self._connect = connect or _connect
        self._password = secrets.token_urlsafe(24)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(None)  # whatever else in the process has set for all

    def open(self) -> str:
        """Begin to listen; gives the address for the library."""
        threading.Thread(target=self._accept, name="relay", daemon=True).start()
        return f"socks5://line:{self._password}@127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with self._listener, contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), name="relay-way", daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with near, contextlib.suppress(OSError, struct.error, UnicodeError):
            place = self._asked(near)
            if place is None:
                return
            try:
                far = self._connect(place)
            except OSError:
                near.sendall(bytes((_VERSION, _FAILED, 0, 1, 0, 0, 0, 0, 0, 0)))
                return
            with far:
                near.sendall(bytes((_VERSION, _DONE, 0, 1, 0, 0, 0, 0, 0, 0)))
                back = threading.Thread(target=_carry, args=(far, near), name="relay-back", daemon=True)
                back.start()
                _carry(near, far, self._arrivals.wait)
                back.join()

    def _asked(self, near: socket.socket) -> tuple[str, int] | None:
        """Where to, when whoever asks knows the password."""
        near.settimeout(CONNECT)
        _, methods = exactly(near, 2)
        exactly(near, methods)
        near.sendall(bytes((_VERSION, _BY_PASSWORD)))
        _, length = exactly(near, 2)
        exactly(near, length)
        password = exactly(near, exactly(near, 1)[0])
        known = secrets.compare_digest(password, self._password.encode())
        near.sendall(bytes((1, _DONE if known else _FAILED)))
        if not known:
            return None
        _, _, _, kind = exactly(near, 4)
        host = _host(near, kind)
        (port,) = struct.unpack(">H", exactly(near, 2))
        near.settimeout(None)
        return host, port


def _host(near: socket.socket, kind: int) -> str:
    if kind == 1:
        return socket.inet_ntop(socket.AF_INET, exactly(near, 4))
    if kind == 4:
        return socket.inet_ntop(socket.AF_INET6, exactly(near, 16))
    return exactly(near, exactly(near, 1)[0]).decode("ascii")


def _carry(source: socket.socket, target: socket.socket, first: Callable[[], None] = lambda: None) -> None:
    """Carry bytes one way until that way ends; `first` is called before each part goes on."""
    with contextlib.suppress(OSError):
        while part := source.recv(CHUNK):
            first()
            target.sendall(part)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _connect(place: tuple[str, int]) -> socket.socket:
    far = socket.create_connection(place, timeout=CONNECT)
    far.settimeout(None)
    far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return far
