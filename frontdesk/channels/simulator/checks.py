"""What the Graph API demands of a message: its type, its parts and their lengths."""

from collections.abc import Callable
from math import isfinite
from typing import Any

from frontdesk.channels.simulator.faults import GraphError
from frontdesk.channels.simulator.people import Json

TEXT_LIMIT = 4096
MEDIA_KINDS = frozenset({"image", "video", "audio", "document", "sticker"})
_CAPTION_LIMIT, _SHORT, _HEADING = 1024, 20, 60


def check_message(body: Json) -> str:
    """The type of the message, when all its parts are right.

    Raises:
        GraphError: 131008 missing, 131009 wrong value, 100 too long, 131051 unknown type.
    """
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "(#100) The parameter messaging_product is required.")
    kind = str(body.get("type") or "text")
    check = _CHECKS.get(kind)
    if check is None:
        raise GraphError(131051, f"The type {kind[:40]} is not supported.")
    if kind not in body:
        raise GraphError(131008, f"The parameter {kind} is required.")
    check(body[kind])
    context = body.get("context")
    if context is not None:
        _text(_object(context, "context"), "message_id", 512)
        if kind == "reaction":
            raise GraphError(131009, "A reaction cannot be a reply.")
    if len(str(body.get("biz_opaque_callback_data") or "")) > 512:
        raise _too_long("biz_opaque_callback_data", 512)
    return kind


def _too_long(name: str, limit: int) -> GraphError:
    return GraphError(100, f"The parameter {name} must be at most {limit} characters long.")


def _object(value: Any, name: str) -> Json:
    if not isinstance(value, dict):
        raise GraphError(131009, f"The parameter {name} must be an object.")
    return value


def _list(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise GraphError(131008, f"The parameter {name} must be a list with something in it.")
    if len(value) > most:
        raise GraphError(131009, f"The parameter {name} may hold at most {most}.")
    return value


def _text(part: Json, name: str, limit: int) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value.strip():
        raise GraphError(131008, f"The parameter {name} is required.")
    if len(value) > limit:
        raise _too_long(name, limit)
    return value


def _optional(part: Json, name: str, limit: int) -> None:
    if part.get(name) is not None:
        _text(part, name, limit)


def _check_text(value: Any) -> None:
    part = _object(value, "text")
    if isinstance(part.get("body"), str) and len(part["body"]) > TEXT_LIMIT:
        raise _too_long("text['body']", TEXT_LIMIT)
    _text(part, "body", TEXT_LIMIT)


def _check_media(value: Any) -> None:
    part = _object(value, "media")
    if bool(part.get("id")) == bool(part.get("link")):
        raise GraphError(131009, "Give either id or link.")
    _optional(part, "caption", _CAPTION_LIMIT)
    _optional(part, "filename", 240)


def _check_without_caption(value: Any) -> None:
    if "caption" in _object(value, "media"):
        raise GraphError(100, "The parameter caption is not allowed here.")
    _check_media(value)


def _check_location(value: Any) -> None:
    part = _object(value, "location")
    try:
        latitude, longitude = float(part["latitude"]), float(part["longitude"])
    except OverflowError:
        raise GraphError(100, "(#100) The parameters latitude and longitude must be numbers.") from None
    except (KeyError, TypeError, ValueError):
        raise GraphError(131008, "The parameters latitude and longitude are required.") from None
    if not (isfinite(latitude) and isfinite(longitude)):
        raise GraphError(100, "(#100) The parameters latitude and longitude must be numbers.")
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise GraphError(131009, "The location is not on this planet.")


def _check_contacts(value: Any) -> None:
    for card in _list(value, "contacts", 257):
        _text(_object(_object(card, "contact").get("name"), "name"), "formatted_name", 1024)


def _check_reaction(value: Any) -> None:
    part = _object(value, "reaction")
    _text(part, "message_id", 512)
    if not isinstance(part.get("emoji"), str):
        raise GraphError(131008, "The parameter emoji is required.")


def _check_interactive(value: Any) -> None:
    part = _object(value, "interactive")
    kind = part.get("type")
    if not isinstance(kind, str):
        raise GraphError(100, "(#100) The parameter interactive['type'] must be a text.")
    if kind not in _INTERACTIVE:
        raise GraphError(131009, f"The interactive type {kind[:40]} is not supported.")
    _text(_object(part.get("body"), "body"), "text", TEXT_LIMIT if kind == "list" else 1024)
    if part.get("footer") is not None:
        _text(_object(part["footer"], "footer"), "text", _HEADING)
    header = part.get("header")
    if header is not None and _object(header, "header").get("type") == "text":
        _text(header, "text", _HEADING)
    _INTERACTIVE[kind](_object(part.get("action"), "action"))


def _check_buttons(action: Json) -> None:
    titles, ids = [], []
    for button in _list(action.get("buttons"), "buttons", 3):
        reply = _object(_object(button, "button").get("reply"), "reply")
        titles.append(_text(reply, "title", _SHORT))
        ids.append(_text(reply, "id", 256))
    if len(set(titles)) < len(titles) or len(set(ids)) < len(ids):
        raise GraphError(131009, "The buttons' titles and ids must differ.")


def _check_list(action: Json) -> None:
    _text(action, "button", _SHORT)
    sections = _list(action.get("sections"), "sections", 10)
    ids: list[str] = []
    for section in sections:
        if len(sections) > 1:
            _text(_object(section, "section"), "title", 24)
        for row in _list(_object(section, "section").get("rows"), "rows", 10):
            ids.append(_text(_object(row, "row"), "id", 200))
            _text(row, "title", 24)
            _optional(row, "description", 72)
    if len(ids) > 10:
        raise GraphError(131009, "A list may hold at most 10 rows in all.")
    if len(set(ids)) < len(ids):
        raise GraphError(131009, "The rows' ids must differ.")


def _check_link(action: Json) -> None:
    parameters = _object(action.get("parameters"), "parameters")
    _text(parameters, "display_text", _SHORT)
    _text(parameters, "url", 2000)


def _check_nothing(action: Json) -> None:
    """The action needs only its name."""


def _check_template(value: Any) -> None:
    part = _object(value, "template")
    _text(part, "name", 512)
    _text(_object(part.get("language"), "language"), "code", 20)


_INTERACTIVE: dict[str, Callable[[Json], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "location_request_message": _check_nothing,
    "contact_request": _check_nothing,
}
_CHECKS: dict[str, Callable[[Any], None]] = {
    "text": _check_text,
    "image": _check_media,
    "video": _check_media,
    "document": _check_media,
    "audio": _check_without_caption,
    "sticker": _check_without_caption,
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "interactive": _check_interactive,
    "template": _check_template,
}
