"""nginx with the settings of deploy/nginx.conf: a webhook is given on to the other process, a message never twice."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from frontdesk.testing.processes import Program, running
from frontdesk.testing.server_fixtures import installed
from frontdesk.testing.servers import HOST, Server, binary

SETTINGS = Path(__file__).resolve().parents[3] / "deploy" / "nginx.conf"
WEBHOOK = b'{"object": "whatsapp_business_account", "entry": []}'
LINE = {"WHATSAPP_ACCESS_TOKEN": "token", "WHATSAPP_PHONE_NUMBER_ID": "15550001", "GRAPH_API_URL": "http://127.0.0.1:9"}
ANSWER = "HTTP/1.1 {} Fine\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Proxy(Server):
    """nginx with our settings, before two ports of the loopback."""

    name = "nginx"

    def __init__(self, ports: tuple[int, int]) -> None:
        self.program, self.ports = binary("nginx"), ports
        super().__init__()

    def command(self) -> list[str]:
        """The program; only addresses and folders are others."""
        text = (
            SETTINGS.read_text(encoding="utf-8")
            .replace("/tmp/", f"{self.folder}/")
            .replace("listen 8080", f"listen {HOST}:{self.port}")
        )
        for name, port in zip(("web-a:8000", "web-b:8000"), self.ports, strict=True):
            text = text.replace(name, f"{HOST}:{port}")
        settings = self.write("nginx.conf", f"daemon off;\nmaster_process off;\n{text}")
        return [str(self.program), "-p", str(self.folder), "-c", str(settings)]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"


class Web:
    """A web process that does as it is told: `answers`, `breaks` off after it has read a request, or says `trouble`."""

    def __init__(self, does: str) -> None:
        self.does, self.read = does, list[str]()
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                text = connection.recv(65536).decode()
                if not text:
                    return
                self.read.append(text.split("\r\n")[0])
                if self.does != "breaks":
                    connection.sendall(ANSWER.format(503 if self.does == "trouble" else 200).encode())

    def close(self) -> None:
        """End it."""
        socket.create_connection((HOST, self.port)).close()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What is ended with the test."""
    with ExitStack() as stack:
        yield stack


def _two(stack: ExitStack, first: str) -> tuple[Proxy, Web, Web]:
    """A proxy before one web process that does something, and one that answers."""
    webs = Web(first), Web("answers")
    for web in webs:
        stack.callback(web.close)
    return stack.enter_context(installed(lambda: Proxy((webs[0].port, webs[1].port)))), *webs


def _asked(proxy: Proxy, path: str, times: int = 4) -> list[int]:
    with httpx2.Client(trust_env=False) as client:
        return [client.post(f"{proxy.url}{path}", content=WEBHOOK).status_code for _ in range(times)]


@pytest.mark.parametrize("does", ["breaks", "trouble"])
@pytest.mark.parametrize("path", ["/webhook", "/webhook/whatsapp/message", "/api/whatsapp/callback"])
def test_a_delivery_that_one_process_failed_is_given_to_the_other(stack: ExitStack, does: str, path: str) -> None:
    proxy, bad, good = _two(stack, does)
    assert _asked(proxy, path) == [200] * 4
    assert bad.read
    assert good.read == [f"POST {path} HTTP/1.1"] * 4


@pytest.mark.parametrize(("does", "told"), [("breaks", 502), ("trouble", 503)])
def test_a_message_of_an_operator_that_one_process_has_read_is_not_given_to_the_other(
    stack: ExitStack, does: str, told: int
) -> None:
    proxy, bad, good = _two(stack, does)
    answers = _asked(proxy, "/api/v1/chats/cht_1/messages", 1) + _asked(proxy, "/api/v1/chats/cht_1/messages", 1)
    assert told in answers
    assert len(bad.read) + len(good.read) == 2


@pytest.mark.parametrize("path", ["/webhook", "/api/v1/chats/cht_1/messages", "/"])
def test_while_one_process_is_away_the_other_answers(stack: ExitStack, path: str) -> None:
    with socket.create_server((HOST, 0)) as taken:
        away = int(taken.getsockname()[1])
    good = Web("answers")
    stack.callback(good.close)
    proxy = stack.enter_context(installed(lambda: Proxy((away, good.port))))
    assert _asked(proxy, path) == [200] * 4
    assert len(good.read) == 4


async def test_no_webhook_is_refused_while_one_after_the_other_is_started_anew(tmp_path: Path) -> None:
    first, second = (Program(tmp_path / name, LINE) for name in ("first", "second"))
    async with running(first), running(second):
        proxy = await asyncio.to_thread(installed, lambda: Proxy((first.port, second.port)))
        try:
            await asyncio.to_thread(proxy.start)
            assert set(await _while_restarted(proxy, first, second)) == {200}
        finally:
            await asyncio.to_thread(proxy.close)


async def _while_restarted(proxy: Proxy, *programs: Program) -> list[int]:
    """The answers to webhooks while each process in turn is ended in order and started anew."""
    done, answers = asyncio.Event(), list[int]()

    async def deliver() -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            while not done.is_set():
                answers.append((await client.post(f"{proxy.url}/webhook", content=WEBHOOK)).status_code)
                await asyncio.sleep(0.02)  # it leaves the processor to those that start

    delivering = [asyncio.create_task(deliver()) for _ in range(2)]
    for program in programs:
        before = len(answers)
        assert await program.stop() == 0
        await program.start()
        assert len(answers) > before
    done.set()
    await asyncio.gather(*delivering)
    return answers
