"""Our messages as the command `send_message` of the child of a line; refused here where it could not be sent.

Written as plain JSON: `our_id`; `to`, the ids of the chat, the best first (`447700900123@s.whatsapp.net`, `...@lid`,
`...@g.us`); `kind`; `text` or null; `content` as in `wire.Outbound`; `referred`, the message that is answered, reacted
to, edited or deleted, or null: `{"external_id", "from_us", "sender": [ids], "kind", "text"}`; `media` or null:
`{"path", "mime", "name", "voice", "size"}`; `expires_after` in seconds, or null.
"""

from collections.abc import Callable, Iterable
from typing import Any

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.changes import CHANGES
from frontdesk.domain.messages import MEDIA
from frontdesk.domain.wire import JsonObject, MediaFile, Outbound, Referred
from frontdesk.kit.errors import Rejected
from frontdesk.kit.loose import Json, clean, ident, number, record
from frontdesk.kit.text import keepable

LONGEST_TEXT = 65_536
LONGEST_CAPTION = 1_024
CAPTIONED = frozenset({"image", "video", "document"})
STICKER = "image/webp"
_MOST_CARDS = 50
_ENDS = {AddressKind.PHONE: "@s.whatsapp.net", AddressKind.LID: "@lid", AddressKind.GROUP: ""}
_OFFERS = frozenset({"buttons", "list", "template", "interactive"})


def command(outbound: Outbound) -> Json:
    """What the child is told to send.

    Raises:
        Rejected: it cannot be sent on a linked device; the sentence says why.
    """
    to = jids(outbound.to)
    if not to:
        raise Rejected("The chat has no phone number and no hidden id by which WhatsApp could find it.")
    check = _CHECKS.get(outbound.kind)
    if check is None:
        raise Rejected(_not_sent(outbound.kind))
    check(outbound)
    return {
        "our_id": outbound.our_id,
        "to": to,
        "kind": outbound.kind,
        "text": keepable(outbound.text) if outbound.text else None,
        "content": clean(dict(outbound.content)),
        "referred": _referred(outbound),
        "media": _file(outbound.media) if outbound.kind in MEDIA and outbound.media else None,
        "expires_after": outbound.expires_after,
    }


def jids(addresses: Iterable[Address]) -> list[str]:
    """The ids as linked devices write them, in the same order; what they do not know is left out."""
    return [f"{one.value}{_ENDS[one.kind]}" for one in addresses if one.kind in _ENDS and _is_whole(one)]


def _is_whole(address: Address) -> bool:
    """Whether it is an id of WhatsApp's own: groups of the Cloud API are named in another way."""
    return address.kind is not AddressKind.GROUP or address.value.endswith("@g.us")


def _not_sent(kind: str) -> str:
    if kind in _OFFERS:
        return "Linked devices cannot send buttons, lists or templates. Send the same as a text."
    return f"Messages of the kind “{kind}” cannot be sent by a linked device."


def _file(file: MediaFile) -> Json:
    path = str(file.path.absolute())
    return {"path": path, "mime": file.mime, "name": file.name, "voice": file.voice, "size": file.size}


def _referred(outbound: Outbound) -> Json | None:
    target = outbound.content.get("target") if outbound.kind in CHANGES else outbound.reply_to
    if not isinstance(target, str) or not target:
        return None
    known = outbound.referred
    if known is None or known.external_id != target:
        known = Referred(target, from_us=outbound.kind in ("edit", "revoke"))
    return {
        "external_id": known.external_id,
        "from_us": known.from_us,
        "sender": jids(known.sender),
        "kind": known.kind,
        "text": keepable(known.text) if known.text else None,
    }


# What is looked over before it is sent


def _text(outbound: Outbound) -> None:
    _within(outbound.text, LONGEST_TEXT, "The text")


def _media(outbound: Outbound) -> None:
    if outbound.media is None:
        raise Rejected("The message has no file.")
    if outbound.text:
        if outbound.kind not in CAPTIONED:
            raise Rejected(f"A message of the kind “{outbound.kind}” carries no text. Send the text on its own.")
        _within(outbound.text, LONGEST_CAPTION, "The text under the file")
    if outbound.kind == "sticker" and outbound.media.mime.partition(";")[0] != STICKER:
        raise Rejected("A sticker is a picture in the form WebP. Send this one as an image.")


def _location(outbound: Outbound) -> None:
    latitude, longitude = (number(outbound.content.get(name)) for name in ("latitude", "longitude"))
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Rejected("The place has no usable latitude and longitude.")


def _contacts(outbound: Outbound) -> None:
    given = outbound.content.get("contacts")
    cards = [record(card) for card in given] if isinstance(given, list | tuple) else []
    if not 1 <= len(cards) <= _MOST_CARDS:
        raise Rejected(f"There are {len(cards)} contacts; 1 to {_MOST_CARDS} can be sent at once.")
    if not all(isinstance(card.get("name"), str) and card["name"] and card.get("phone") for card in cards):
        raise Rejected("A contact needs a name and a phone number.")


def _reaction(outbound: Outbound) -> None:
    _target(outbound.content, "The reaction does not say to which message it belongs.")
    emoji = outbound.content.get("emoji")
    if emoji is not None and (not isinstance(emoji, str) or len(emoji) > 32):
        raise Rejected("A reaction is one emoji.")


def _edit(outbound: Outbound) -> None:
    _target(outbound.content, "The edit does not say which message it changes.")
    _text(outbound)
    known = outbound.referred
    if known is not None and known.kind != "text":
        raise Rejected("Only texts can be edited. Delete the message and send it anew.")
    if known is not None and not known.from_us:
        raise Rejected("Only messages that were sent from here can be edited.")


def _revoke(outbound: Outbound) -> None:
    _target(outbound.content, "The deletion does not say which message it is about.")
    known = outbound.referred
    in_group = any(one.kind is AddressKind.GROUP for one in outbound.to)
    if known is not None and not known.from_us and not (in_group and known.sender):
        raise Rejected("Only messages that were sent from here can be deleted for everybody.")


def _target(content: JsonObject, complaint: str) -> None:
    if ident(content.get("target")) is None:
        raise Rejected(complaint)


def _within(value: Any, limit: int, what: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Rejected(f"{what} is empty.")
    if len(value) > limit:
        raise Rejected(f"{what} has {len(value)} characters; WhatsApp takes {limit} at most.")


_CHECKS: dict[str, Callable[[Outbound], None]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
}
KINDS = frozenset(_CHECKS)
