"""What a message holds: its text, its file and the rest, by kind."""

from collections.abc import Callable
from typing import Any

import orjson

from frontdesk.channels.cloud.shapes import Json, clean, ident, lenient_ident, number, phone, record, whole, words
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import MediaRef

_REQUESTED = "contact_request"

Part = tuple[str | None, MediaRef | None, Json]  # text, file, content


def read(kind: str, message: Json) -> Part:
    """Text, file and content of a message. What is not known, or not in its usual form, is kept in `content["raw"]`."""
    reader = _READERS.get(kind)
    return reader(message) if reader is not None else _as_sent(message)


def attached(message: Json) -> Json:
    """What may stand beside the content of any kind: forwarding, the product or the advertisement it is about."""
    extra: Json = {}
    context = message.get("context")
    if isinstance(context, dict):
        if context.get("frequently_forwarded") is True:
            extra["forwarded"] = "many"
        elif context.get("forwarded") is True:
            extra["forwarded"] = True
        if "referred_product" in context:
            extra["product"] = clean(context["referred_product"])
    if "referral" in message:
        extra["referral"] = clean(message["referral"])
    if "errors" in message:
        extra |= _failing(message)
    return extra


def _as_sent(message: Json) -> Part:
    return None, None, {"raw": clean(message)}


def _bare(_message: Json) -> Part:
    return None, None, {}


def _text(message: Json) -> Part:
    part = message.get("text")
    body = words(part.get("body")) if isinstance(part, dict) else None
    return (body, None, {}) if body is not None else _as_sent(message)


def _media(kind: str, *, captioned: bool) -> Callable[[Json], Part]:
    def read_media(message: Json) -> Part:
        part = record(message.get(kind))
        remote_id = lenient_ident(part.get("id"))
        text = words(part.get("caption")) if captioned else None
        if remote_id is None:
            return text, None, {"raw": clean(message)}
        return text, _reference(remote_id, part), {}

    return read_media


def _reference(remote_id: str, part: Json) -> MediaRef:
    return MediaRef(
        remote_id=remote_id,
        mime=words(part.get("mime_type")) or None,
        sha256=ident(part.get("sha256")),
        name=words(part.get("filename")) or None,
        url=words(part.get("url")) or None,
        size=whole(part.get("file_size")),
        voice=part.get("voice") is True,
        animated=part.get("animated") is True,
    )


def _location(message: Json) -> Part:
    part = record(message.get("location"))
    content: Json = {
        "latitude": number(part.get("latitude")),
        "longitude": number(part.get("longitude")),
        "name": words(part.get("name")),
        "address": words(part.get("address")),
        "url": words(part.get("url")),
    }
    if content["latitude"] is None or content["longitude"] is None:
        content["raw"] = clean(message)
    return None, None, content


def _contacts(message: Json) -> Part:
    cards = message.get("contacts")
    if not isinstance(cards, list):
        return None, None, {"contacts": [], "raw": clean(message)}
    content: Json = {"contacts": clean(cards)}
    if "origin" in message:
        content["origin"] = words(message["origin"])
    return None, None, content


def own_number(message: Json) -> Address | None:
    """The number on the card that answers our request for it; None where there is no such card, or no single number.

    `origin` stands at the message in some versions, at the card in others.
    """
    cards = message.get("contacts")
    if not isinstance(cards, list) or len(cards) != 1:
        return None
    card = record(cards[0])
    if _REQUESTED not in (message.get("origin"), card.get("origin")):
        return None
    given = card.get("phones")
    entries = [record(entry) for entry in given] if isinstance(given, list) else []
    numbers = {phone(entry.get("wa_id")) or phone(entry.get("phone")) for entry in entries} - {None}
    return numbers.pop() if len(numbers) == 1 else None


def _interactive(message: Json) -> Part:
    part = record(message.get("interactive"))
    reply = part.get("type")
    if reply not in ("button_reply", "list_reply", "nfm_reply", "call_permission_reply"):
        reply = next((key for key in ("button_reply", "list_reply", "nfm_reply") if key in part), None)
    answer = record(part.get(reply)) if isinstance(reply, str) else {}
    if not answer:
        return _as_sent(message)
    if reply == "nfm_reply":
        return None, None, _form(answer)
    if reply == "call_permission_reply":
        return None, None, {"call_permission": clean(answer)}
    title = words(answer.get("title"))
    content: Json = {"reply_id": lenient_ident(answer.get("id")), "title": title}
    if "description" in answer:
        content["description"] = words(answer["description"])
    return title, None, content


def _form(answer: Json) -> Json:
    """A form that was filled in: its answers come as JSON inside a text."""
    sent = answer.get("response_json")
    try:
        response = orjson.loads(sent) if isinstance(sent, str) else sent
    except ValueError:
        response = {"text": sent}
    response = clean(response) if isinstance(response, dict) else {"value": clean(response)}
    content: Json = {
        "flow": words(answer.get("name")),
        "flow_token": words(response.get("flow_token")),
        "response": response,
    }
    body = words(answer.get("body"))
    return content | {"body": body} if body else content


def _button(message: Json) -> Part:
    part = message.get("button")
    if not isinstance(part, dict):
        return _as_sent(message)
    title = words(part.get("text"))
    return title, None, {"reply_id": lenient_ident(part.get("payload")), "title": title}


def _reaction(message: Json) -> Part:
    part = record(message.get("reaction"))
    emoji = words(part.get("emoji")) or None  # an empty text and no text at all both take the reaction back
    return emoji, None, {"emoji": emoji, "target": ident(part.get("message_id"))}


def _order(message: Json) -> Part:
    part = message.get("order")
    if not isinstance(part, dict):
        return _as_sent(message)
    items = part.get("product_items")
    content = {
        "catalog_id": lenient_ident(part.get("catalog_id")),
        "items": clean(items) if isinstance(items, list) else [],
    }
    return words(part.get("text")), None, content


def _system(message: Json) -> Part:
    part = record(message.get("system"))
    content = {
        "system_type": words(part.get("type")),
        "new_wa_id": lenient_ident(part.get("wa_id")) or lenient_ident(part.get("new_wa_id")),
        "new_user_id": ident(part.get("user_id")),
    }
    return words(part.get("body")), None, content


def _unsupported(message: Json) -> Part:
    part = record(message.get("unsupported"))
    return None, None, {"unsupported_type": words(part.get("type"))} | _failing(message)


def _failing(message: Json) -> Json:
    errors = message.get("errors")
    error = record(errors[0]) if isinstance(errors, list) and errors else {}
    said = record(error.get("error_data")).get("details") or error.get("message") or error.get("title")
    return {"error_code": whole(error.get("code")), "error": words(said)}


def _edit(message: Json) -> Part:
    part = record(message.get("edit"))
    inner = record(part.get("message"))
    kind = inner.get("type")
    target: Json = {"target": ident(part.get("original_message_id")), "kind": words(kind)}
    if not isinstance(kind, str) or kind in ("edit", "revoke"):
        return None, None, target | {"raw": clean(message)}
    text, media, content = read(kind, inner)
    return text, media, content | target


def _revoke(message: Json) -> Part:
    return None, None, {"target": ident(record(message.get("revoke")).get("original_message_id"))}


_READERS: dict[str, Callable[[Any], Part]] = {
    "text": _text,
    "image": _media("image", captioned=True),
    "video": _media("video", captioned=True),
    "document": _media("document", captioned=True),
    "audio": _media("audio", captioned=False),
    "sticker": _media("sticker", captioned=False),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
    "media_placeholder": _bare,
    "request_welcome": _bare,
}
