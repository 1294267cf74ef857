"""The linked device itself, as the library neonize 0.5.2 gives it. With its neighbours, all that knows that library.

What its hazards ask for, each measured: one device a process (its tables have no lock); an id of its own and
references that live as long as the process (the library calls back what Python would have collected); nothing is done
in a callback but handing on, because a message counts as delivered for WhatsApp as soon as it is decrypted; whatever a
callback raises would vanish, so it raises nothing; an abandoned pairing is ended by ending the process.
"""

import base64
import contextlib
import ctypes
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import neonize.client as library
from neonize._binder import ProxySettings
from neonize.events import EVENT_TO_INT
from neonize.proto import Neonize_pb2 as shapes
from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps
from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message
from neonize.utils.enum import ChatPresence, ChatPresenceMedia, MediaType, MediaTypeToMMS, Presence, ReceiptType

from frontdesk.channels.linked.library.composing import Uploaded
from frontdesk.channels.linked.unread import Source

log = logging.getLogger(__name__)

MMS = {kind: MediaTypeToMMS[kind.name] for kind in MediaType}
QUIET = 0.2  # seconds without an event after which none is on its way any more
DRAIN = 5.0  # seconds that this is waited for
OURSELVES = 0  # the code of the event that says who we are
EVENTS: dict[int, type[Any]] = {
    code: shape
    for shape, code in EVENT_TO_INT.items()
    if shape.__name__
    in {
        "PairStatus",
        "Connected",
        "KeepAliveTimeout",
        "KeepAliveRestored",
        "LoggedOut",
        "StreamReplaced",
        "TemporaryBan",
        "ConnectFailure",
        "ClientOutdated",
        "StreamError",
        "Disconnected",
        "HistorySync",
        "Message",
        "Receipt",
        "ChatPresence",
        "JoinedGroup",
        "GroupInfoEvent",
        "CallOffer",
        "UndecryptableMessage",
    }
}


@dataclass(frozen=True, slots=True)
class Hears:
    """Who is called, on threads of the library. `event` is given a code and the bytes of its message."""

    event: Callable[[int, bytes], None]
    qr: Callable[[str], None]
    login: Callable[[str], None]  # success, timeout, or err-...
    said: Callable[[str, str], None]  # a line of the library's log: level, text


class Device:
    """Make it once in a process, and `run()` it in a thread of its own."""

    def __init__(self, database: Path, hears: Hears, *, name: str) -> None:
        self._hears = hears
        self._called_at = 0.0
        shown = DeviceProps(os=name, platformType=DeviceProps.DESKTOP, requireFullSync=False)
        self._client: Any = library.NewClient(str(database), props=shown, uuid=f"frontdesk-{os.getpid()}")
        self._client._stop_finalizer.detach()
        self._client.event.execute = self._on_event
        self._client.event.list_func = dict.fromkeys(EVENTS)
        self._client.qr(lambda _client, text: self._guarded(self._hears.qr, text.decode()))
        self._client._NewClient__onLoginStatus = self._on_login
        library.log_whatsmeow = self._on_log
        library.log.setLevel(logging.WARNING)  # its own level is given to the core of the library

    def run(self, proxy: str, *, files_too: bool) -> None:
        """Connect through the proxy, and stay until `stop()`. `files_too`: files take that way as well.

        Raises:
            Exception: the first connect failed; the text says why.
        """
        self._client.connect(ProxySettings(proxy_address=proxy, no_media=not files_too))

    def stop(self) -> None:
        """Let `run()` end, once all that was handed over has been passed on: WhatsApp will not send it again."""
        with contextlib.suppress(Exception):
            self._client.disconnect()
        given_up = time.monotonic() + DRAIN
        while time.monotonic() - self._called_at < QUIET and time.monotonic() < given_up:
            time.sleep(QUIET / 5)
        self._client.stop()

    def connected(self) -> bool:
        """Whether the line stands, as far as the library knows."""
        return bool(self._client.is_connected) and bool(self._client.is_logged_in)

    def send(self, to: str, message: Message) -> tuple[str, int]:
        """Send; gives WhatsApp's id, and the time in Unix milliseconds."""
        sent = self._client.send_message(jid(to), message)
        return str(sent.ID), milliseconds(sent.Timestamp)

    def upload(self, content: bytes, kind: str) -> Uploaded:
        """Put a file where WhatsApp keeps files; gives what a message has to hold of it."""
        put = self._client.upload(content, MediaType[f"Media{kind.capitalize()}"])
        return Uploaded(
            put.url, put.DirectPath, put.MediaKey, put.FileSHA256, put.FileEncSHA256, put.FileLength or len(content)
        )

    def download(self, file: Mapping[str, Any]) -> bytes:
        """Fetch and decrypt a file, by what `reading_media.reference` kept of it."""
        kind = MediaType[f"Media{str(file['keys']).capitalize()}"]
        hashes = [base64.b64decode(file.get(name) or "") for name in ("enc_sha256", "sha256")]
        content: bytes = self._client.download_media_with_path(
            _path(file), *hashes, base64.b64decode(file["key"]), int(file.get("size") or 0), kind, MMS[kind]
        )
        return content

    def mark_read(self, external_ids: Sequence[str], source: Source, *, played: bool = False) -> None:
        """Show who wrote them that they were read, or heard."""
        kind = ReceiptType.PLAYED if played else ReceiptType.READ
        self._client.mark_read(*external_ids, chat=jid(source.chat), sender=jid(source.sender), receipt=kind)

    def show_typing(self, to: str, *, writing: bool) -> None:
        """Show in a chat that we write, or do no more."""
        state = ChatPresence.CHAT_PRESENCE_COMPOSING if writing else ChatPresence.CHAT_PRESENCE_PAUSED
        self._client.send_chat_presence(jid(to), state, ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT)

    def stay_unavailable(self) -> None:
        """Keep the owner's phone ringing: to WhatsApp, nobody sits here."""
        with contextlib.suppress(Exception):  # before the name of the account is known it is refused, and is so anyway
            self._client.send_presence(Presence.UNAVAILABLE)

    def pair_by_code(self, phone: str) -> str:
        """The code that is to be typed on the phone of that number."""
        return str(self._client.PairPhone(phone, True))

    def log_out(self) -> None:
        """Take this device off the account."""
        self._client.logout()

    def groups(self) -> list[Any]:
        """Every group that the account is in."""
        return list(self._client.get_joined_groups())

    def group(self, group: str) -> Any:
        """One group."""
        return self._client.get_group_info(jid(group))

    def asks(self, phone: str) -> None:
        """A question to WhatsApp and back, which proves that the connection carries both ways."""
        self._client.is_on_whatsapp(phone)

    def find_person(self, phone: str) -> tuple[bool, str]:
        """Whether somebody of that number is on WhatsApp, and under which address."""
        found = next(iter(self._client.is_on_whatsapp(f"+{phone}")), None)
        return (False, "") if found is None else (bool(found.IsIn), f"{found.JID.User}@{found.JID.Server}")

    # What the library calls

    def _on_event(self, _uuid: Any, binary: int, size: int, code: int) -> None:
        self._guarded(self._hears.event, code, ctypes.string_at(binary, size))
        self._called_at = time.monotonic()

    def _on_login(self, _uuid: Any, status: int) -> None:
        self._guarded(self._hears.login, ctypes.string_at(status).decode(errors="replace"))

    def _on_log(self, binary: int, size: int) -> None:
        def said() -> None:
            entry = shapes.LogEntry.FromString(ctypes.string_at(binary, size))
            self._hears.said(entry.Level, entry.Message)

        self._guarded(said)

    @staticmethod
    def _guarded(call: Callable[..., None], *given: Any) -> None:
        try:
            call(*given)
        except BaseException:
            log.exception("a callback of the library failed")


def _path(file: Mapping[str, Any]) -> str:
    """Where the file lies, without the host, which the library chooses."""
    if file.get("path"):
        return str(file["path"])
    address = urlsplit(str(file.get("url") or ""))
    return f"{address.path}?{address.query}" if address.query else address.path


def jid(text: str) -> Any:
    """The library's form of an address such as `351210000100@s.whatsapp.net`."""
    user, _, server = text.partition("@")
    return shapes.JID(User=user, Server=server, Device=0, RawAgent=0, Integrator=0, IsEmpty=False)


def milliseconds(given: int) -> int:
    """Unix milliseconds of a time that the library gives in seconds or in milliseconds; now where it gives none."""
    if given <= 0:
        return time.time_ns() // 1_000_000
    return given * 1000 if given < 100_000_000_000 else given
