"""What people are told at, by its own name: Telegram, ntfy, Slack and Discord, on a loopback port behind a proxy.

Programs reach them over `HTTPS_PROXY`, as they reach anything behind a company's proxy, and know who speaks by a
certificate of a CA that was made for the test. Each looks at what it is told as the real one does, and keeps what a
person would read.
"""

import asyncio
import html
import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SECRET = "s3cr3tw0rd"
AWAY = f"{SECRET}away"
TELEGRAM, NTFY, SLACK, DISCORD = "api.telegram.org", "ntfy.sh", "hooks.slack.com", "discord.com"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. The names of its headers are in small letters."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """Its JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; without a status, the connection ends without a word."""

    status: int | None
    body: Any = ""
    headers: tuple[tuple[str, str], ...] = ()


class Service:
    """One service. `heard` is what people read there; while `status` is set, it says that instead of taking anything.

    While `late` is set to an event, it takes what it is told and answers when that happens; `cut` ends the connection.
    """

    address: ClassVar[str]  # what is asked for with its secret, at an address with another one, is refused
    url: ClassVar[str]
    away: ClassVar[str]  # an address at which nothing can be taken for now
    refused: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.url, cls.away, cls.refused = (cls.address.format(secret) for secret in (SECRET, AWAY, f"not{SECRET}"))

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.status: int | None = None
        self.cut = False
        self.takes: int | None = None  # how many it takes before it can take nothing for a while
        self.late: asyncio.Event | None = None
        self.asked: list[Asked] = []

    async def __call__(self, asked: Asked) -> Answer:
        """Take it, or say why not."""
        self.asked.append(asked)
        if AWAY in f"{asked.path}\n{asked.body!r}":
            return Answer(503)
        if self.status is not None:
            return self.refusal(self.status)
        if self.takes is not None and len(self.heard) >= self.takes:
            return Answer(503)
        answer = self.take(asked)
        if self.late is not None:
            await self.late.wait()
        return Answer(None) if self.cut else answer

    def refusal(self, status: int) -> Answer:
        """How the real one says that status."""
        raise NotImplementedError

    def take(self, asked: Asked) -> Answer:
        """As the real one takes a message."""
        raise NotImplementedError


_TAG = re.compile(r"<(/?)([a-z-]+)((?:\s+[a-z]+=\"[^\"]*\")*)>|<", re.IGNORECASE)
_TAGS = frozenset(
    ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler"]
)


class Telegram(Service):
    """https://core.telegram.org/bots/api#sendmessage"""

    address = "tgram://123456789:{}/4711"
    _WHY: ClassVar[dict[int, str]] = {
        400: "Bad Request: chat not found",
        401: "Unauthorized",
        403: "Forbidden: bot was blocked by the user",
        404: "Not Found",
        429: "Too Many Requests: retry after 17",
        502: "Bad Gateway",
    }

    def refusal(self, status: int) -> Answer:
        """With the reason in words, and in a flood how long to wait."""
        told: dict[str, Any] = {"ok": False, "error_code": status, "description": self._WHY[status]}
        return Answer(status, told | ({"parameters": {"retry_after": 17}} if status == 429 else {}))

    def take(self, asked: Asked) -> Answer:
        """A text of up to 4,096 characters once its HTML is read; what is no HTML that it knows is refused."""
        said = asked.document
        if asked.path != f"/bot123456789:{SECRET}/sendMessage":
            return self.refusal(401)
        if str(said["chat_id"]) != "4711":
            return self.refusal(400)
        try:
            shown = _from_html(said["text"]) if said.get("parse_mode") == "HTML" else said["text"]
        except ValueError as wrong:
            return self._wrong(f"can't parse entities: {wrong}")
        if not shown.strip():
            return self._wrong("message text is empty")
        if len(shown.encode("utf-16-le")) // 2 > 4_096:
            return self._wrong("message is too long")
        self.heard.append(shown)
        return Answer(200, {"ok": True, "result": {"message_id": len(self.heard)}})

    def _wrong(self, why: str) -> Answer:
        return Answer(400, {"ok": False, "error_code": 400, "description": f"Bad Request: {why}"})


def _from_html(text: str) -> str:
    """What Telegram shows of its HTML: https://core.telegram.org/bots/api#html-style"""
    open_tags: list[str] = []
    for found in _TAG.finditer(text):
        ends, name = found[1], (found[2] or "").lower()
        if name not in _TAGS:
            raise ValueError(f'Unsupported start tag "{name}" at byte offset {found.start()}')
        if not ends:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            raise ValueError(f"Unexpected end tag at byte offset {found.start()}")
    if open_tags:
        raise ValueError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    known = re.sub(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);)", "&amp;", _TAG.sub("", text), flags=re.IGNORECASE)
    return html.unescape(known).replace("\r\n", "\n")


class Ntfy(Service):
    """https://docs.ntfy.sh/publish/. `keeps_files` as servers do whose owner has set up where to."""

    address = "ntfys://{}"
    _CODES: ClassVar[dict[int, int]] = {400: 40009, 401: 40101, 403: 40301, 404: 40401, 429: 42901, 507: 50701}

    def __init__(self) -> None:
        super().__init__()
        self.keeps_files = False
        self.files: list[str] = []

    def refusal(self, status: int) -> Answer:
        """With a code of its own, which begins with the status."""
        return Answer(status, {"code": self._CODES[status], "http": status, "error": "no"})

    def take(self, asked: Asked) -> Answer:
        """A title and a message of up to 4,096 bytes; a longer one becomes a file, where files are kept."""
        path, _, query = asked.path.partition("?")
        if path != "/":  # a file
            text, title, topic = asked.body.decode(), (parse_qs(query).get("title") or [""])[0], path[1:]
            is_file = True
        elif len(asked.body) > 8_192:
            return Answer(413, {"code": 41301, "http": 413, "error": "too large"})
        else:
            said = asked.document
            text, title, topic = said["message"], said.get("title", ""), said["topic"]
            is_file = len(text.encode()) > 4_096
        if topic != SECRET:
            return self.refusal(403)
        if is_file and not self.keeps_files:
            return Answer(400, {"code": 40014, "http": 400, "error": "attachments not allowed"})
        (self.files if is_file else self.heard).append(f"{title}\n{text}")
        return Answer(200, {"id": "x", "event": "message"})


class Slack(Service):
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. `called` are the people it calls."""

    address = "slack://T1JJ3T3L2/A1BRTD4JD/{}"
    _WHY: ClassVar[dict[int, str]] = {
        400: "invalid_payload",
        403: "invalid_token",
        404: "no_service",
        410: "channel_is_archived",
        429: "rate_limited",
        500: "rollup_error",
    }

    def __init__(self) -> None:
        super().__init__()
        self.called: list[str] = []

    def refusal(self, status: int) -> Answer:
        """In one word, and in a flood how long to wait."""
        return Answer(status, self._WHY[status], (("Retry-After", "17"),) if status == 429 else ())

    def take(self, asked: Asked) -> Answer:
        """Attachments with text, in which `<...>` is a link or calls somebody."""
        if asked.path != f"/services/T1JJ3T3L2/A1BRTD4JD/{SECRET}":
            return self.refusal(404)
        said = asked.document
        parts = [said.get("text", ""), *(f"{one['title']}\n{one['text']}" for one in said.get("attachments", []))]
        text = "\n".join(part for part in parts if part)
        if not text.strip() or len(text) > 40_000:
            return self.refusal(400)
        self.called += re.findall(r"<([!@#][^>]*)>", text)
        self.heard.append(html.unescape(re.sub(r"<(?:[^>|]*\|)?([^>]*)>", r"\1", text)))
        return Answer(200, "ok")


_DISCORD = re.compile(r"(https?://\S+)|\\([^0-9A-Za-z\s])|([*_~`|]+)|^((?:#{1,3}|>|-) )", re.MULTILINE)


class Discord(Service):
    """https://discord.com/developers/docs/resources/webhook#execute-webhook. `called` are the people it calls."""

    address = "discord://123456789012345678/{}"
    _WHY: ClassVar[dict[int, tuple[int, str]]] = {
        401: (50027, "Invalid Webhook Token"),
        404: (10015, "Unknown Webhook"),
        429: (0, "You are being rate limited."),
        500: (0, "Internal Server Error"),
    }

    def __init__(self) -> None:
        super().__init__()
        self.called: list[str] = []

    def refusal(self, status: int) -> Answer:
        """With a code and words, and in a flood how long to wait."""
        code, why = self._WHY[status]
        told: dict[str, Any] = {"message": why, "code": code}
        if status != 429:
            return Answer(status, told)
        return Answer(429, told | {"retry_after": 17.0, "global": False}, (("Retry-After", "17"),))

    def take(self, asked: Asked) -> Answer:
        """A content of up to 2,000 characters, of which everything is read as markdown."""
        if asked.path.partition("?")[0] != f"/api/webhooks/123456789012345678/{SECRET}":
            return self.refusal(404)
        said = asked.document
        content = said.get("content", "")
        if not content.strip():
            return Answer(400, {"code": 50006, "message": "Cannot send an empty message"})
        if len(content.encode("utf-16-le")) // 2 > 2_000:
            return Answer(400, {"content": ["Must be 2000 or fewer in length."]})
        if "allowed_mentions" not in said:
            self.called += re.findall(r"@everyone|@here|<@[&!]?\d+>", content)
        shown = _DISCORD.sub(lambda found: found[1] or found[2] or "", content)
        self.heard.append(shown.replace("\u200b", "").replace("\r\n", "\n"))
        return Answer(204)


KINDS: Mapping[str, type[Service]] = {TELEGRAM: Telegram, NTFY: Ntfy, SLACK: Slack, DISCORD: Discord}


@asynccontextmanager
async def services(folder: Path, by_host: Mapping[str, Service]) -> AsyncIterator[dict[str, str]]:
    """Have these answer under their names; gives the environment in which programs get there, and nowhere else."""
    authority, context = _certified(folder, by_host)
    doorway = _Doorway(by_host, context)
    async with await asyncio.start_server(doorway.open, "127.0.0.1") as server:
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield {"HTTPS_PROXY": proxy, "https_proxy": proxy, "REQUESTS_CA_BUNDLE": str(authority)}
        doorway.close()


class _Doorway:
    """A proxy behind which there are only these."""

    def __init__(self, by_host: Mapping[str, Service], context: ssl.SSLContext) -> None:
        self._by_host = by_host
        self._context = context
        self._open: set[asyncio.StreamWriter] = set()

    def close(self) -> None:
        """End what is still open."""
        for writer in self._open:
            writer.close()

    async def open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let somebody through to whom they ask for, and answer there once."""
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            line, _ = await _head(reader)
            service = self._by_host.get(line.split()[1].partition(":")[0])
            if line.startswith("CONNECT ") and service is not None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.drain()
                await writer.start_tls(self._context)
                await _answer(reader, writer, service)
            else:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        self._open.discard(writer)
        writer.close()


async def _head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: Service) -> None:
    line, headers = await _head(reader)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    target = urlsplit(line.split()[1])
    answer = await service(Asked(target.path + (f"?{target.query}" if target.query else ""), headers, body))
    if answer.status is None:
        return
    content = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
    more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{more}\r\n"
    writer.write(head.encode() + content)
    await writer.drain()


def _certified(folder: Path, hosts: Mapping[str, Any]) -> tuple[Path, ssl.SSLContext]:
    """A CA's certificate in a file, and what a server needs that speaks under these names."""
    key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA of a test")])
    began = datetime.now(UTC) - timedelta(days=1)
    base = x509.CertificateBuilder().issuer_name(name).not_valid_before(began).not_valid_after(began + timedelta(30))
    ca = base.subject_name(name).public_key(key.public_key()).serial_number(1)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    own = base.subject_name(x509.Name([])).public_key(own_key.public_key()).serial_number(2)
    own = own.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=True)
    authority, chain = folder / "ca.pem", folder / "services.pem"
    authority.write_bytes(ca.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private = own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(own.sign(key, SHA256()).public_bytes(Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return authority, context
