"""Files beside a message: what is needed to fetch them later, and the small preview that came along."""

import binascii
from typing import Any

import orjson

from frontdesk.domain.wire import MediaRef
from frontdesk.kit.loose import Json, ident, whole, words

LARGEST_THUMBNAIL = 20 * 1024
_LONGEST_THUMBNAIL = LARGEST_THUMBNAIL * 4 // 3 + 4  # as base64

# part of a message -> our kind, and the kind of key that opens the file
KINDS = {
    "imageMessage": ("image", "image"),
    "videoMessage": ("video", "video"),
    "ptvMessage": ("video", "video"),
    "audioMessage": ("audio", "audio"),
    "documentMessage": ("document", "document"),
    "stickerMessage": ("sticker", "image"),
}


def reference(part: Json, keys: str) -> MediaRef | None:
    """The file of this part; None where what is needed to fetch it is missing.

    `remote_id` is JSON text, written the same way each time:
    `{"enc_sha256": base64, "key": base64, "keys": "image"|"video"|"audio"|"document", "path": text, "sha256": base64,
    "size": int, "url": text, "v": 1}`; what is not known is left out. `keys` is the kind of key, `path` or `url` where
    the file lies, `key` opens it.
    """
    path, url, secret = words(part.get("directPath")), words(part.get("URL")), ident(part.get("mediaKey"))
    if secret is None or not (path or url):
        return None
    size, digest = whole(part.get("fileLength")), ident(part.get("fileSHA256"))
    needed = {
        "v": 1,
        "keys": keys,
        "path": path or None,
        "url": None if path else url,
        "key": secret,
        "sha256": digest,
        "enc_sha256": ident(part.get("fileEncSHA256")),
        "size": size,
    }
    told = {name: value for name, value in needed.items() if value is not None}
    return MediaRef(
        remote_id=orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode(),
        mime=words(part.get("mimetype")) or None,
        sha256=digest,
        name=words(part.get("fileName")) or words(part.get("title")) or None,
        size=size,
        voice=part.get("PTT") is True,
        animated=part.get("gifPlayback") is True or part.get("isAnimated") is True,
    )


def beside(name: str, part: Json) -> Json:
    """What the kind has beyond its file: length, pages, form, and the preview."""
    content: Json = {}
    for told, ours in (("seconds", "seconds"), ("pageCount", "pages")):
        count = whole(part.get(told))
        if count:
            content[ours] = count
    if name == "ptvMessage":
        content["round"] = True
    if part.get("gifPlayback") is True:
        content["gif"] = True
    preview = thumbnail(part.get("JPEGThumbnail"))
    return content | {"thumbnail": preview} if preview else content


def thumbnail(value: Any) -> str | None:
    """The preview as base64, where it is a JPEG and small enough to be kept beside the text."""
    if not isinstance(value, str) or not 4 <= len(value) <= _LONGEST_THUMBNAIL:
        return None
    try:
        picture = binascii.a2b_base64(value.encode("ascii", "replace"), strict_mode=True)
    except ValueError:
        return None
    return value if picture.startswith(b"\xff\xd8") and len(picture) <= LARGEST_THUMBNAIL else None
