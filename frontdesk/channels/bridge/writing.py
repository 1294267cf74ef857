"""Our messages as commands of a bridge; refused here where no bridge could send them.

`send_message` has `chatId` and `message`; `send_media` has `chatId`, the `path` of a file on this machine, `mimeType`,
`filename`, `caption` and `asVoice`, and for a bridge that is asked by HTTP the content as base64 in `media`;
`send_location` and `send_reaction` have what their names say. `quotedMessageId` is the message that is answered, and
`reference` our own id of what is sent.
"""

from dataclasses import dataclass

from frontdesk.domain.addresses import Address, AddressKind, make
from frontdesk.domain.messages import MEDIA
from frontdesk.domain.wire import Outbound
from frontdesk.kit.errors import Rejected
from frontdesk.kit.loose import Json, clean, number, words

LONGEST_TEXT = 65_536
LONGEST_CAPTION = 1_024
KINDS = frozenset({"text", "location", "reaction", *MEDIA})
_SENDABLE = frozenset({AddressKind.PHONE, AddressKind.LID, AddressKind.GROUP})


@dataclass(frozen=True, slots=True)
class Command:
    """What the bridge is asked to do."""

    action: str
    given: Json
    file: bool = False


def command(outbound: Outbound) -> Command:
    """The command that sends a message.

    Raises:
        Rejected: no bridge could send it; the sentence says why.
    """
    chat = chat_id(outbound.to)
    if chat is None:
        raise Rejected("The chat has no phone number and no hidden id by which WhatsApp could find it.")
    if outbound.kind not in KINDS:
        raise Rejected(f"A line behind a bridge cannot send messages of the kind “{outbound.kind}”.")
    base: Json = {"chatId": chat, "reference": outbound.our_id}
    if outbound.reply_to:
        base["quotedMessageId"] = outbound.reply_to
    if outbound.kind in MEDIA:
        return _file(outbound, base)
    if outbound.kind == "location":
        return _location(outbound, base)
    return _reaction(outbound, base) if outbound.kind == "reaction" else _text(outbound, base)


def chat_id(to: tuple[Address, ...]) -> str | None:
    """The id of a chat as bridges write it."""
    return next((make(one) for one in to if one.kind in _SENDABLE), None)


def _text(outbound: Outbound, base: Json) -> Command:
    text = outbound.text or ""
    if not text.strip():
        raise Rejected("The message is empty.")
    if len(text) > LONGEST_TEXT:
        raise Rejected(f"The text has more than {LONGEST_TEXT:,} characters.")
    return Command("send_message", clean({**base, "message": text}))


def _file(outbound: Outbound, base: Json) -> Command:
    media = outbound.media
    if media is None:
        raise Rejected("There is no file to send.")
    if len(outbound.text or "") > LONGEST_CAPTION:
        raise Rejected(f"The text under a file may have {LONGEST_CAPTION:,} characters at most.")
    about = {
        "path": str(media.path),
        "mimeType": media.mime,
        "filename": media.name,
        "caption": outbound.text or None,
        "kind": outbound.kind,
        "asVoice": media.voice,
    }
    return Command("send_media", clean({**base, **about}), file=True)


def _location(outbound: Outbound, base: Json) -> Command:
    latitude, longitude = number(outbound.content.get("latitude")), number(outbound.content.get("longitude"))
    if latitude is None or longitude is None:
        raise Rejected("A location needs its latitude and its longitude.")
    name = words(outbound.content.get("name")) or words(outbound.content.get("address"))
    return Command("send_location", clean({**base, "latitude": latitude, "longitude": longitude, "name": name}))


def _reaction(outbound: Outbound, base: Json) -> Command:
    target = words(outbound.content.get("target"))
    if not target:
        raise Rejected("It is not known to which message this reacts.")
    emoji = words(outbound.content.get("emoji")) or ""  # an empty one takes the reaction back
    return Command("send_reaction", clean({**base, "messageId": target, "emoji": emoji}))
