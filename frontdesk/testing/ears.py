"""Far ends that an owner may be told at, on a loopback port: by HTTP, and by SMTP."""

import asyncio
import base64
import email
import email.policy
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any


class Ear:
    """A program for `serving` that takes what it is told, answers `status`, and keeps `heard` and `paths`.

    While `silent` is set to an event, it answers only when that happens.
    """

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.heard: list[str] = []
        self.paths: list[str] = []
        self.silent: asyncio.Event | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        self.paths.append(scope["path"])
        if self.silent is not None:
            await self.silent.wait()
        if self.status == 200:
            self.heard.append(_as_text(body))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


def _as_text(body: bytes) -> str:
    document = json.loads(body)
    return "\n".join(str(document[key]) for key in sorted(document, reverse=True))  # the title before the message


class Mailbox:
    """Takes mail from a user whose password is `password`, without encryption."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.heard: list[str] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client until it leaves."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._speak(reader, writer)
        writer.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 mail.test")
        while line := (await reader.readline()).decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                await say("250-mail.test\r\n250 AUTH PLAIN")
            elif verb.startswith("AUTH"):
                good = base64.b64decode(line.split()[-1]).endswith(f"\0{self.password}".encode())
                await say("235 welcome" if good else "535 5.7.8 wrong password")
            elif verb == "DATA":
                await self._letter(reader, say)
            else:
                await say("221 bye" if verb == "QUIT" else "250 fine")

    async def _letter(self, reader: asyncio.StreamReader, say: Callable[[str], Awaitable[None]]) -> None:
        await say("354 go on")
        sent = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
        letter = email.message_from_bytes(sent, policy=email.policy.default)
        body = letter.get_body()
        self.heard.append(f"{letter['subject']}\n{body.get_content() if body is not None else ''}")
        await say("250 taken")


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("urllib3", "uvicorn")):  # which `frontdesk.kit.log` keeps from speaking
            self.lines.append(record.getMessage())


@contextmanager
def logged() -> Iterator[list[str]]:
    """What reaches the program's log meanwhile, at every level."""
    root, kept = logging.getLogger(), _Kept()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        yield kept.lines
    finally:
        root.setLevel(before)
        root.removeHandler(kept)


@asynccontextmanager
async def receiving(mailbox: Mailbox) -> AsyncIterator[int]:
    """Have the mailbox answer; gives its port."""
    async with await asyncio.start_server(mailbox.take, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]
