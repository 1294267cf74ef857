"""What a file is: by its content first, and by what its sender and its name say where the content leaves it open."""

import re
from pathlib import Path, PurePosixPath

import puremagic

HEAD = 4_096  # bytes that tell what a file is
UNKNOWN = "application/octet-stream"
SVG = "image/svg+xml"

_TEXTS = {".txt": "text/plain", ".log": "text/plain", ".csv": "text/csv", ".md": "text/markdown"}
_SOUNDS = frozenset({".aac", ".amr", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
_PICTURES = frozenset({".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".webp"})
_FILMS = frozenset({".3gp", ".avi", ".mkv", ".mov", ".mp4", ".webm"})
_OFFICE = frozenset({".docx", ".pptx", ".xlsx"})
_NAMES = {
    "picture": "a picture",
    "drawing": "a drawing",
    "recording": "a sound or a film",
    "pdf": "a PDF",
    "office": "an Office file",
    "text": "a text",
}
_FOUND = {
    "markup": "a web page or a drawing in code",
    "text": "plain text",
    "picture": "a picture",
    "recording": "a sound or a film",
    "pdf": "a PDF",
    "office": "an archive or an Office file",
    "program": "a program",
}
_NO_TEXT = (b"%PDF", b"GIF8", b"#!AMR", b"{\\rtf", b"\xff\xd8\xff", b"\x89PNG")
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_MARKS = ((0, b"ID3", "audio/mpeg"), (0, b"#!AMR", "audio/amr"), (4, b"ftyp", "video/mp4"))  # where, what, type
_DRAWING = re.compile(rb"(?is)(?:\xef\xbb\xbf)?(?>\s|<\?xml[^>]*>|<!--.*?-->|<!doctype svg[^>]*>)*+<svg[\s/>]")
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1a\x1b")


def head_of(file: Path) -> bytes:
    """The first bytes of a file. Reads the disk: to be called in a thread."""
    with file.open("rb") as opened:
        return opened.read(HEAD)


def last_part(name: str) -> str:
    """The name of a file without the folders before it, which are somebody else's; empty when there is no more."""
    part = name.replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
    return "" if part in (".", "..") else part


def real_mime(head: bytes, *told: str | None, name: str | None = None) -> str:
    """The type of a file by its content; what was told, the best first, counts where the content allows it."""
    types = _usable(told)
    said = types[0] if types else ""
    if said == SVG and _DRAWING.match(head):
        return SVG
    if _markup(head):
        return "text/plain" if "text/plain" in types else "text/html"
    if _text(head):
        written = _first_text(types, name)
        if written:
            return written
    found = _magic(head)
    if not found:
        return said if said.startswith(("text/", "application/")) and said != "text/html" else UNKNOWN
    if said == SVG:  # a picture of dots that calls itself a drawing, which a browser would run
        return found
    same_family = said.split("/", 1)[0] == found.split("/", 1)[0]
    return said if said and (same_family or _container(said, found)) else found


def disguise(head: bytes, *, told: str | None, name: str | None) -> str | None:
    """What a file pretends to be and is not, as a sentence; None when its name and its type agree with its content.

    A name that says what the file is outweighs the type of a program that guessed: Excel's for a table of text.
    """
    content = _content(head)
    for claim in _claims(told, name):
        if content not in _ALLOWED[claim]:
            found = _FOUND.get(content, "something else")
            return (
                f"The file says that it is {_NAMES[claim]}, and its content is {found}. "
                "Send it under the name and the type that it has."
            )
    return None


_ALLOWED: dict[str, frozenset[str]] = {
    "picture": frozenset({"picture"}),
    "drawing": frozenset({"markup", "text"}),
    "recording": frozenset({"recording", "other"}),  # some begin with their first sound and with no mark at all
    "pdf": frozenset({"pdf"}),
    "office": frozenset({"office"}),
    "text": frozenset({"text", "markup"}),
}


def _claims(told: str | None, name: str | None) -> list[str]:
    by_name = _named(name)
    claims = [by_name] if by_name else []
    types = _usable((told,))
    by_type = _typed(types[0]) if types else None
    if by_type and (not by_name or by_type in ("picture", "recording", "pdf")):
        claims.append(by_type)
    return claims


def _named(name: str | None) -> str | None:
    suffix = PurePosixPath(name or "").suffix.lower()
    known = {".svg": "drawing", ".pdf": "pdf"}
    if suffix in _TEXTS:
        return "text"
    if suffix in _PICTURES:
        return "picture"
    if suffix in _SOUNDS or suffix in _FILMS:
        return "recording"
    return "office" if suffix in _OFFICE else known.get(suffix)


def _typed(mime: str) -> str | None:
    if mime == SVG:
        return "drawing"
    families = {"image": "picture", "audio": "recording", "video": "recording", "text": "text"}
    if mime == "application/pdf":
        return "pdf"
    return "office" if mime.startswith("application/vnd.openxml") else families.get(mime.split("/", 1)[0])


def _content(head: bytes) -> str:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_PROGRAMS):
        return "program"
    if _markup(head):
        return "markup"
    if _text(head):
        return "text"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "office"
    found = _magic(head)
    if found.startswith("image/"):
        return "picture"
    return "recording" if found.startswith(("audio/", "video/")) or found == "application/ogg" else "other"


def _usable(told: tuple[str | None, ...]) -> list[str]:
    types = [(one or "").split(";", 1)[0].strip().lower() for one in told]
    return [one for one in types if one and one != UNKNOWN]


def _first_text(types: list[str], name: str | None) -> str | None:
    written = next((one for one in types if one.startswith("text/") and one != "text/html"), None)
    return written or _TEXTS.get(PurePosixPath(name or "").suffix.lower())


def _text(head: bytes) -> bool:
    """Whether the file can be read as text: letters and no control characters, in whatever encoding."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return bool(head) and not head.startswith(_NO_TEXT) and _CONTROLS.isdisjoint(head)


def _markup(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    return start.startswith((b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml"))


def _magic(head: bytes) -> str:
    try:
        found = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    return found or next((mime for at, mark, mime in _MARKS if head.startswith(mark, at)), "")


def _container(told: str, found: str) -> bool:
    """Ogg and MP4 carry sound or pictures, Office files are archives: there the sender knows better than the head."""
    pair = {told.split("/", 1)[0], found.split("/", 1)[0]}
    if found == "application/ogg":
        return bool(pair & {"audio", "video"})
    return pair == {"audio", "video"} or (told.startswith("application/") and found.startswith("application/"))
