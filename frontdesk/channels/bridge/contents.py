"""The content of a file that came along with an event, in the shapes that bridges use."""

from collections.abc import Mapping
from typing import Any

from frontdesk.kit.loose import Json, record, words

_PLACES = ("media", "mediaData", "mediaBase64")
_URL = "mediaUrl"
_INNER = ("data", "base64")  # within the object that whatsapp-web.js makes of a file
_ABOUT = {"mimeType": ("mimetype", "mimeType"), "fileName": ("filename", "fileName")}


def content_of(given: Mapping[str, Any]) -> str | None:
    """The content as base64, or as a data URL; None where none came along."""
    told = [found for place in _PLACES for found in _texts(given.get(place))]
    url = given.get(_URL)
    return next((one for one in told if one), url if _is_content(url) else None)


def without_content(given: Mapping[str, Any]) -> Json:
    """What was told without the file in it: too large to be kept where only its words are of use."""
    left = {name: value for name, value in given.items() if name not in _PLACES}
    if _is_content(left.get(_URL)):
        del left[_URL]
    inner = next((record(given.get(place)) for place in _PLACES if record(given.get(place))), {})
    for name, aliases in _ABOUT.items():
        if not left.get(name) and (found := next((words(inner.get(one)) for one in aliases if inner.get(one)), None)):
            left[name] = found
    return left


def _texts(value: Any) -> list[str]:
    inner = record(value)
    return [one for one in (value, *(inner.get(name) for name in _INNER)) if isinstance(one, str)]


def _is_content(value: Any) -> bool:
    return isinstance(value, str) and value[:5].lower() == "data:"
