"""What a message without words says, for who reads an archive: nobody vouches for the shape of what came in."""

from collections.abc import Mapping
from typing import Any

from frontdesk.kit.text import shorten

_MOST = 20  # cards or goods of one message
_PLAINLY = {
    "audio": "Audio",
    "contacts": "Contact card",
    "document": "Document",
    "image": "Picture",
    "location": "Place",
    "order": "Order",
    "revoke": "Took a message back",
    "sticker": "Sticker",
    "unsupported": "A kind of message that only the phone shows",
    "video": "Video",
}


def told(kind: str, text: str | None, content: Mapping[str, Any]) -> str:
    """What it says, in words; its own where it has any."""
    if kind == "reaction":
        emoji = _words(content.get("emoji")) or text
        return f"Reacted with {emoji}" if emoji else "Took a reaction back"
    if kind == "edit" and text:
        return f"Changed a message to: {text}"
    more = {"location": _place, "contacts": _cards, "order": _goods}.get(kind)
    said = [text or "", more(content) if more else ""]
    return "\n".join(filter(None, said)) or _PLAINLY.get(kind, f"[{kind}]")


def _place(content: Mapping[str, Any]) -> str:
    where = ", ".join(str(content[name]) for name in ("latitude", "longitude") if content.get(name) is not None)
    named = [_words(content.get(name)) for name in ("name", "address")]
    return ": ".join(filter(None, ("Place", ", ".join(filter(None, (*named, where))))))


def _cards(content: Mapping[str, Any]) -> str:
    lines = []
    for card in _objects(content.get("contacts"))[:_MOST]:
        name = card.get("name")
        called = _words(name.get("formatted_name")) if isinstance(name, Mapping) else ""
        phones = [_words(phone.get("phone")) for phone in _objects(card.get("phones"))]
        lines.append(", ".join(filter(None, (called, *phones))))
    return "\n".join(f"Contact card: {line}" for line in lines if line)


def _goods(content: Mapping[str, Any]) -> str:
    goods = _objects(content.get("items"))[:_MOST]
    lines = [f"{each.get('quantity', 1)} × {each.get('product_retailer_id', 'product')}" for each in goods]
    return "\n".join(["Order", *lines]) if lines else ""


def _objects(given: Any) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def _words(given: Any) -> str:
    return shorten(given, 300) if isinstance(given, str) else ""


def size_in_words(size: int | None) -> str:
    """Of a file, as people say it."""
    if not size:
        return ""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1_000))} kB"
