"""A command `send_message` becomes a message of WhatsApp's own. Knows the protobufs, never the network.

Files are read and pictures made smaller here, so call it from a thread, never from the event loop.
"""

import io
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neonize.proto.waCommon.WACommon_pb2 import MessageKey
from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import ContextInfo, Message, ProtocolMessage

from frontdesk.channels.linked.reading_people import Own
from frontdesk.kit.errors import Rejected

VOICE = "audio/ogg; codecs=opus"
UPLOADED_AS = {"image": "image", "video": "video", "audio": "audio", "document": "document", "sticker": "image"}
_GROUP = "@g.us"
_PREVIEW = (160, 160)
_LARGEST_PREVIEW = 20 * 1024
_ORIENTATION = 0x0112  # where a camera notes how it was held
_MOST_PIXELS = 60_000_000  # beyond that a picture goes without its preview
_MENTION = re.compile(r"(?<![\w@])@(\d{6,20})(?!\w)")
_LONGEST_PHONE = 13  # digits; what is longer can only be a hidden id in practice
_OPUS_RATE = 48_000

Command = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Where a file lies at WhatsApp, encrypted, and what opens it."""

    url: str
    direct_path: str
    media_key: bytes
    sha256: bytes
    enc_sha256: bytes
    length: int


Upload = Callable[[bytes, str], Uploaded]  # the bytes, and one of the values of UPLOADED_AS


def compose(command: Command, *, own: Own, upload: Upload, at: int) -> Message:
    """The message of a command, as `linked.writing` makes it. `at` is the present in Unix milliseconds.

    Raises:
        Rejected: the file is gone, or the kind is none that linked devices send.
        Whatever `upload` raises.
    """
    work = _Work(command, own, upload, at)
    build = _BUILDERS.get(command["kind"])
    if build is None:
        raise Rejected(f"Messages of the kind “{command['kind']}” cannot be sent by a linked device.")
    return build(work)


@dataclass(frozen=True, slots=True)
class _Work:
    command: Command
    own: Own
    upload: Upload
    at: int

    @property
    def chat(self) -> str:
        return str(self.command["to"][0])

    @property
    def in_group(self) -> bool:
        return self.chat.endswith(_GROUP)

    @property
    def text(self) -> str:
        return self.command.get("text") or ""

    @property
    def content(self) -> Mapping[str, Any]:
        return self.command.get("content") or {}

    @property
    def referred(self) -> Mapping[str, Any]:
        return self.command.get("referred") or {}

    def writer(self) -> str | None:
        """Who wrote the message that is referred to. Groups know their members by the hidden id."""
        if self.referred.get("from_us"):
            ids = [f"{self.own.phone}@s.whatsapp.net" if self.own.phone else "", f"{self.own.lid}@lid"]
            known = [one for one in (ids if self.own.lid else ids[:1]) if one]
        else:
            known = list(self.referred.get("sender") or ())
        hidden = [one for one in known if one.endswith("@lid")]
        return next(iter(hidden if self.in_group and hidden else known), None)

    def context(self) -> ContextInfo | None:
        """What it answers, whom it names, and when it vanishes; None where there is none of it."""
        context = ContextInfo()
        if self.referred:
            context.stanzaID = self.referred["external_id"]
            writer = self.writer() or (None if self.in_group else self.chat)
            if writer:
                context.participant = writer
            context.quotedMessage.CopyFrom(_quoted(self.referred))
        context.mentionedJID.extend(self.mentions())
        if self.command.get("expires_after"):
            context.expiration = int(self.command["expires_after"])
        return context if context.ByteSize() else None

    def mentions(self) -> list[str]:
        """The ids of those who are named in the text, `@digits`, in a group."""
        if not self.in_group:
            return []
        known = dict(_known(self))
        found = dict.fromkeys(_MENTION.findall(self.text))
        return [known.get(digits) or _guessed(digits) for digits in found]

    def key(self) -> MessageKey:
        """Points at the message that is referred to."""
        from_us = bool(self.referred.get("from_us"))
        key = MessageKey(remoteJID=self.chat, fromMe=from_us, ID=self.referred["external_id"])
        writer = self.writer()
        if not from_us and self.in_group and writer:
            key.participant = writer
        return key


def _known(work: _Work) -> list[tuple[str, str]]:
    """Digits and the id that they stand for, of the people who are named with the message."""
    given = work.content.get("mentions")
    listed = [str(one).partition(":") for one in given] if isinstance(given, list) else []
    ends = {"phone": "@s.whatsapp.net", "lid": "@lid"}
    named = [f"{value}{ends[kind]}" for kind, _, value in listed if kind in ends]
    return [(jid.partition("@")[0], jid) for jid in (*named, *(work.referred.get("sender") or ()))]


def _guessed(digits: str) -> str:
    return f"{digits}@s.whatsapp.net" if len(digits) <= _LONGEST_PHONE else f"{digits}@lid"


def _quoted(referred: Mapping[str, Any]) -> Message:
    """As much of the quoted message as is known here: phones show their own copy of it."""
    text, kind = referred.get("text") or "", referred.get("kind")
    quoted = Message()
    if kind in ("image", "video", "document"):
        getattr(quoted, f"{kind}Message").caption = text
    elif kind in ("audio", "sticker", "location"):
        getattr(quoted, f"{kind}Message").SetInParent()
    elif kind == "contacts":
        quoted.contactMessage.displayName = text
    else:
        quoted.conversation = text
    return quoted


# The kinds


def _text(work: _Work) -> Message:
    context = work.context()
    if context is None:
        return Message(conversation=work.text)
    made = Message()
    made.extendedTextMessage.text = work.text
    made.extendedTextMessage.contextInfo.CopyFrom(context)
    return made


def _media(work: _Work) -> Message:
    kind, file = work.command["kind"], work.command["media"]
    try:
        content = Path(file["path"]).read_bytes()
    except OSError as gone:
        raise Rejected("The file is no longer there. Attach it again.") from gone
    uploaded = work.upload(content, UPLOADED_AS[kind])
    made = Message()
    part = getattr(made, f"{kind}Message")
    part.URL, part.directPath, part.mediaKey = uploaded.url, uploaded.direct_path, uploaded.media_key
    part.fileSHA256, part.fileEncSHA256, part.fileLength = uploaded.sha256, uploaded.enc_sha256, uploaded.length
    part.mediaKeyTimestamp = work.at // 1_000
    part.mimetype = VOICE if file.get("voice") else file["mime"]
    if work.text and kind in ("image", "video", "document"):
        part.caption = work.text
    _DETAILS.get(kind, _no_details)(part, file, content)
    context = work.context()
    if context is not None:
        part.contextInfo.CopyFrom(context)
    return made


def _no_details(_part: Any, _file: Mapping[str, Any], _content: bytes) -> None:
    """Films go as they are: their length and a still picture would need a decoder."""


def _image_details(part: Any, _file: Mapping[str, Any], content: bytes) -> None:
    seen = look(content)
    if seen is not None:
        part.width, part.height = seen.width, seen.height
        if seen.preview:
            part.JPEGThumbnail = seen.preview


def _sticker_details(part: Any, _file: Mapping[str, Any], content: bytes) -> None:
    seen = look(content)
    if seen is not None:
        part.width, part.height, part.isAnimated = seen.width, seen.height, seen.animated


def _audio_details(part: Any, file: Mapping[str, Any], content: bytes) -> None:
    if file.get("voice"):
        part.PTT = True
    seconds = ogg_seconds(content)
    if seconds:
        part.seconds = seconds


def _document_details(part: Any, file: Mapping[str, Any], _content: bytes) -> None:
    part.fileName = part.title = file.get("name") or "document"


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture, looked at."""

    width: int
    height: int
    animated: bool
    preview: bytes | None


def look(content: bytes, *, most_pixels: int = _MOST_PIXELS) -> Seen | None:
    """The size of a picture as it is shown, and a small JPEG of it; None where it is no picture that can be read."""
    from PIL import Image  # noqa: PLC0415 - some 10 MB, which a line that sends no pictures does without

    try:
        with Image.open(io.BytesIO(content)) as picture:
            animated = bool(getattr(picture, "is_animated", False))
            if picture.width * picture.height > most_pixels:
                return Seen(picture.width, picture.height, animated, None)
            turned = picture.getexif().get(_ORIENTATION, 1) >= 5  # the phone was held upright
            width, height = (picture.height, picture.width) if turned else picture.size
            return Seen(width, height, animated, _preview(picture))
    except (OSError, ValueError, TypeError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _preview(picture: Any) -> bytes | None:
    from PIL import Image, ImageOps  # noqa: PLC0415

    picture.draft("RGB", (_PREVIEW[0] * 2, _PREVIEW[1] * 2))
    small = ImageOps.exif_transpose(picture).convert("RGBA")
    small.thumbnail(_PREVIEW)
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    written = io.BytesIO()
    flat.save(written, "JPEG", quality=60)
    return written.getvalue() if written.tell() <= _LARGEST_PREVIEW else None


def ogg_seconds(content: bytes) -> int | None:
    """How long an Opus recording plays: the place of its last page tells it."""
    last = content.rfind(b"OggS")
    if not content.startswith(b"OggS") or b"OpusHead" not in content[:256] or last + 14 > len(content):
        return None
    (place,) = struct.unpack_from("<q", content, last + 6)
    return max(1, round(place / _OPUS_RATE)) if place > 0 else None


def _location(work: _Work) -> Message:
    made, told = Message(), work.content
    part = made.locationMessage
    part.degreesLatitude, part.degreesLongitude = float(told["latitude"]), float(told["longitude"])
    for name in ("name", "address"):
        if told.get(name):
            setattr(part, name, str(told[name]))
    context = work.context()
    if context is not None:
        part.contextInfo.CopyFrom(context)
    return made


def _contacts(work: _Work) -> Message:
    made, cards = Message(), work.content["contacts"]
    if len(cards) > 1:
        made.contactsArrayMessage.displayName = f"{len(cards)} contacts"
    for card in cards:
        part = made.contactMessage if len(cards) == 1 else made.contactsArrayMessage.contacts.add()
        part.displayName, part.vcard = str(card["name"]), _vcard(str(card["name"]), str(card["phone"]))
    context = work.context()
    if context is not None:
        holder = made.contactMessage if len(cards) == 1 else made.contactsArrayMessage
        holder.contextInfo.CopyFrom(context)
    return made


def _vcard(name: str, phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    plain = re.sub(r"([\\;,])", r"\\\1", " ".join(name.split()))
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:;{plain};;;", f"FN:{plain}"]
    return "\n".join([*lines, f"TEL;type=CELL;type=VOICE;waid={digits}:+{digits}", "END:VCARD"])


def _reaction(work: _Work) -> Message:
    made = Message()
    made.reactionMessage.key.CopyFrom(work.key())
    made.reactionMessage.text = work.content.get("emoji") or ""  # an empty one takes the reaction back
    made.reactionMessage.senderTimestampMS = work.at
    return made


def _edit(work: _Work) -> Message:
    made = Message()
    change = made.editedMessage.message.protocolMessage
    change.key.CopyFrom(MessageKey(remoteJID=work.chat, fromMe=True, ID=work.referred["external_id"]))
    change.type = ProtocolMessage.MESSAGE_EDIT
    change.editedMessage.extendedTextMessage.text = work.text
    mentions = work.mentions()
    if mentions:
        change.editedMessage.extendedTextMessage.contextInfo.mentionedJID.extend(mentions)
    change.timestampMS = work.at
    return made


def _revoke(work: _Work) -> Message:
    made = Message()
    made.protocolMessage.key.CopyFrom(work.key())
    made.protocolMessage.type = ProtocolMessage.REVOKE
    return made


_DETAILS: dict[str, Callable[[Any, Mapping[str, Any], bytes], None]] = {
    "image": _image_details,
    "sticker": _sticker_details,
    "audio": _audio_details,
    "document": _document_details,
}
_BUILDERS: dict[str, Callable[[_Work], Message]] = {
    "text": _text,
    **dict.fromkeys(UPLOADED_AS, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
}
KINDS = frozenset(_BUILDERS)
