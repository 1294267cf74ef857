"""Our messages in the words of the Graph API, refused here where Meta would refuse them."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from frontdesk.channels.cloud.shapes import Json, number, record
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import JsonObject, Outbound
from frontdesk.kit.errors import Rejected
from frontdesk.kit.text import keepable

TEXT = 4096
CAPTION = 1024
OUR_ID = 512
CAPTIONED = frozenset({"image", "video", "document"})
MEDIA = frozenset({"image", "video", "audio", "document", "sticker"})
FOR_GROUPS = MEDIA | {"text", "template"}
_LINK = re.compile(r"https?://\S")


def chosen(addresses: Sequence[Address]) -> Address:
    """The address by which Meta is told whom to write to: a group, a phone, else a user id.

    Raises:
        Rejected: none of them is known to Meta.
    """
    for kind in (AddressKind.GROUP, AddressKind.PHONE, AddressKind.USER):
        for address in addresses:
            if address.kind is kind:
                return address
    raise Rejected("The person has no phone number and no user id by which WhatsApp's Cloud API could be told.")


def body(outbound: Outbound, media_id: str | None = None) -> Json:
    """The body of the question to Meta. `media_id` is that of the uploaded file, for kinds that have one.

    Raises:
        Rejected: the message breaks a limit of Meta; the sentence says which.
    """
    to = chosen(outbound.to)
    build = _BUILDERS.get(outbound.kind)
    if build is None:
        raise Rejected(f"Messages of the kind “{outbound.kind}” cannot be sent by the Cloud API.")
    if to.kind is AddressKind.GROUP and outbound.kind not in FOR_GROUPS:
        raise Rejected("Only texts, files and templates can be sent to a group by the Cloud API.")
    made: Json = {"messaging_product": "whatsapp", **_recipient(to), **build(outbound)}
    if outbound.kind in MEDIA and media_id is not None:
        made[outbound.kind]["id"] = media_id
    if outbound.reply_to and outbound.kind != "reaction":
        made["context"] = {"message_id": outbound.reply_to}
    if len(outbound.our_id) <= OUR_ID:
        made["biz_opaque_callback_data"] = outbound.our_id
    return made


def _recipient(to: Address) -> Json:
    if to.kind is AddressKind.GROUP:
        return {"recipient_type": "group", "to": to.value}
    if to.kind is AddressKind.PHONE:
        return {"recipient_type": "individual", "to": f"+{to.value}"}
    return {"recipient_type": "individual", "recipient": to.value}


def _within(value: Any, limit: int, what: str) -> str:
    """A text that is there and not too long."""
    if not isinstance(value, str) or not value.strip():
        raise Rejected(f"{what} is empty.")
    if len(value) > limit:
        raise Rejected(f"{what} has {len(value)} characters; WhatsApp takes {limit} at most.")
    return keepable(value)


def _optional(content: JsonObject, key: str, limit: int, what: str) -> str | None:
    value = content.get(key)
    return None if value is None or value == "" else _within(value, limit, what)


def _text(outbound: Outbound) -> Json:
    text = _within(outbound.text, TEXT, "The text")
    return {"type": "text", "text": {"body": text, "preview_url": _LINK.search(text) is not None}}


def _media(outbound: Outbound) -> Json:
    file = outbound.media
    if file is None:
        raise Rejected("The message has no file.")
    part: Json = {}
    if outbound.text:
        if outbound.kind not in CAPTIONED:
            raise Rejected(f"A message of the kind “{outbound.kind}” carries no text. Send the text on its own.")
        part["caption"] = _within(outbound.text, CAPTION, "The text under the file")
    if outbound.kind == "document":
        part["filename"] = _file_name(file.name)
    if outbound.kind == "audio" and file.voice:
        part["voice"] = True
    return {"type": outbound.kind, outbound.kind: part}


def _file_name(name: str | None) -> str:
    plain = "".join(letter for letter in keepable(name or "") if letter.isprintable() and letter not in '/\\"')
    return plain.strip()[-240:] or "document"


def _location(outbound: Outbound) -> Json:
    content = outbound.content
    latitude, longitude = number(content.get("latitude")), number(content.get("longitude"))
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Rejected("The place has no usable latitude and longitude.")
    part: Json = {"latitude": latitude, "longitude": longitude}
    for key in ("name", "address"):
        text = _optional(content, key, 1000, f"The {key} of the place")
        if text is not None:
            part[key] = text
    return {"type": "location", "location": part}


def _reaction(outbound: Outbound) -> Json:
    target, emoji = outbound.content.get("target"), outbound.content.get("emoji")
    if not isinstance(target, str) or not target:
        raise Rejected("The reaction does not say to which message it belongs.")
    if emoji is not None and (not isinstance(emoji, str) or len(emoji) > 32):
        raise Rejected("A reaction is one emoji.")
    return {"type": "reaction", "reaction": {"message_id": target, "emoji": emoji or ""}}


def _template(outbound: Outbound) -> Json:
    content = outbound.content
    language = content.get("language")
    code = record(language).get("code") if not isinstance(language, str) else language
    part: Json = {
        "name": _within(content.get("name"), 512, "The name of the template"),
        "language": {"code": _within(code, 20, "The language of the template")},
    }
    components = content.get("components")
    if components:
        if not isinstance(components, list | tuple):
            raise Rejected("The components of the template are not a list.")
        part["components"] = list(components)
    return {"type": "template", "template": part}


def _framed(kind: str, outbound: Outbound, limit: int, action: Json) -> Json:
    """Text with a header and a footer around it, and what can be tapped."""
    part: Json = {"type": kind, "body": {"text": _within(outbound.text, limit, "The text")}, "action": action}
    header = _optional(outbound.content, "header", 60, "The header")
    footer = _optional(outbound.content, "footer", 60, "The footer")
    if header is not None:
        part["header"] = {"type": "text", "text": header}
    if footer is not None:
        part["footer"] = {"text": footer}
    return {"type": "interactive", "interactive": part}


def _buttons(outbound: Outbound) -> Json:
    buttons = _objects(outbound.content.get("buttons"))
    if not 1 <= len(buttons) <= 3:
        raise Rejected(f"There are {len(buttons)} buttons; WhatsApp takes 1 to 3.")
    replies = [
        {"id": _within(button.get("id"), 256, "The id of a button"), "title": _title(button, 20, "a button")}
        for button in buttons
    ]
    _differ((reply["title"] for reply in replies), "Two buttons have the same title.")
    _differ((reply["id"] for reply in replies), "Two buttons have the same id.")
    action = {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
    return _framed("button", outbound, 1024, action)


def _list(outbound: Outbound) -> Json:
    given = _objects(outbound.content.get("sections"))
    if not 1 <= len(given) <= 10:
        raise Rejected(f"The list has {len(given)} sections; WhatsApp takes 1 to 10.")
    sections = [_section(section, titled=len(given) > 1) for section in given]
    rows = [row for section in sections for row in section["rows"]]
    if not 1 <= len(rows) <= 10:
        raise Rejected(f"The list has {len(rows)} rows; WhatsApp takes 1 to 10 in all.")
    _differ((row["id"] for row in rows), "Two rows of the list have the same id.")
    action = {"button": _within(outbound.content.get("button"), 20, "The label of the list"), "sections": sections}
    return _framed("list", outbound, 4096, action)


def _section(section: Json, *, titled: bool) -> Json:
    rows = [_row(row) for row in _objects(section.get("rows"))]
    title = _optional(section, "title", 24, "The title of a section")
    if title is None:
        if titled:
            raise Rejected("A list of several sections needs a title for each.")
        return {"rows": rows}
    return {"title": title, "rows": rows}


def _row(row: Json) -> Json:
    made = {"id": _within(row.get("id"), 200, "The id of a row"), "title": _title(row, 24, "a row")}
    description = _optional(row, "description", 72, "The description of a row")
    return made if description is None else made | {"description": description}


def _title(value: Json, limit: int, what: str) -> str:
    return _within(value.get("title"), limit, f"The title of {what}")


def _objects(value: Any) -> list[Json]:
    return [dict(item) for item in value] if isinstance(value, list | tuple) and all(map(_mapping, value)) else []


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _differ(values: Iterable[str], complaint: str) -> None:
    seen = list(values)
    if len(set(seen)) != len(seen):
        raise Rejected(complaint)


_BUILDERS: dict[str, Callable[[Outbound], Json]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "reaction": _reaction,
    "template": _template,
    "buttons": _buttons,
    "list": _list,
}
KINDS = frozenset(_BUILDERS)
