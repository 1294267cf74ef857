"""A document of Word (.docx): its headings, paragraphs, lists and tables, by way of a web page."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import mammoth

from frontdesk.kit.documents.paper import Paper, Unreadable
from frontdesk.kit.documents.web_page import markdown_of

LARGEST_PART = 30 * 1024 * 1024  # unpacked; what is read of a document is text and little of it
MOST_PARTS = 5_000

# What Word calls so in every language; the names of styles in a file are English or their numbers.
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='heading 1'] => h1:fresh
p[style-name='heading 2'] => h2:fresh
p[style-name='heading 3'] => h3:fresh
p[style-name='heading 4'] => h4:fresh
p[style-name='heading 5'] => h5:fresh
"""
_BOLD_ALONE = "heading 5"
_LONGEST_HEADING = 120


def read(content: bytes) -> list[Paper]:
    """The text of a document.

    Raises:
        Unreadable: it is none, it is too large when unpacked, or it holds no text.
    """
    _look_into(content)
    page = mammoth.convert_to_html(
        io.BytesIO(content),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(_no_picture),
        transform_document=mammoth.transforms.paragraph(_named_by_bold),
    ).value
    text = markdown_of(page)
    if not text:
        raise Unreadable("holds no text, or pictures of text only. Type the text in, and import it again.")
    return [Paper(None, text)]


def _look_into(content: bytes) -> None:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("is locked with a password, or from an old Word. Save it as .docx without a password.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or any(part.file_size > LARGEST_PART for part in parts if _is_read(part)):
                raise Unreadable("is far larger unpacked than a document is. Save it again, without what is embedded.")
            if "[Content_Types].xml" not in archive.namelist() or not any(map(_is_read, parts)):
                raise Unreadable("is no Word document. Save it as .docx and import it again.")
            for part in parts:
                if _is_read(part) and b"<!DOCTYPE" in archive.read(part):
                    raise Unreadable("declares things that no Word document has, and is not read.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as broken:
        raise Unreadable("is broken. Open it in Word, save it again as .docx and import that.") from broken


def _is_read(part: zipfile.ZipInfo) -> bool:
    return part.filename.endswith((".xml", ".rels"))


def _no_picture(_: object) -> Mapping[str, str]:
    return {}


def _named_by_bold(paragraph: Any) -> Any:
    """A short paragraph in bold alone is a heading to whoever wrote it without styles."""
    runs = [run for run in paragraph.children if getattr(run, "children", None)]
    words = "".join(getattr(piece, "value", "") for run in runs for piece in run.children).strip()
    bold = bool(words) and all(getattr(run, "is_bold", False) for run in runs)
    if paragraph.style_name or not bold or len(words) > _LONGEST_HEADING or words.endswith((".", ",")):
        return paragraph
    return paragraph.copy(style_name=_BOLD_ALONE)
