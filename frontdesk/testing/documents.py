"""Small real documents: a PDF and a Word file, written byte by byte."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from xml.sax.saxutils import escape

_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>
</Types>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" \
Target="word/document.xml"/></Relationships>"""
_PART_RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" \
Target="styles.xml"/></Relationships>"""
_WORDS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STYLES = {"Ttulo1": "heading 1", "Ttulo2": "heading 2"}  # as the Word of a Spanish office numbers them

Line = tuple[float, float, float, str, bool]  # from the left, from the bottom, size, words, bold


def pdf(*pages: Sequence[Line], trailer: str = "") -> bytes:
    """A PDF with these lines on its pages."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(_shown(line) for line in lines)
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> "
            f"/Contents {6 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(shown.encode('cp1252'))} >>\nstream\n{shown}\nendstream")
    return _bound(objects, trailer)


def _shown(line: Line) -> str:
    left, bottom, size, words, bold = line
    safe = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{'F2' if bold else 'F1'} {size} Tf 1 0 0 1 {left} {bottom} Tm ({safe}) Tj ET\n"


def _bound(objects: Sequence[str], trailer: str) -> bytes:
    made, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{text}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R {trailer}>>\n"
    return made + f"{end}startxref\n{len(made)}\n%%EOF\n".encode()


def column(*rows: Sequence[str], top: float = 700, lefts: Sequence[float] = (60, 300, 420)) -> list[Line]:
    """Rows of a table as lines of a page, 20 points each."""
    return [
        (left, top - 20 * number, 11, words, False)
        for number, row in enumerate(rows)
        for left, words in zip(lefts, row, strict=False)
        if words
    ]


def locked_pdf() -> bytes:
    """A PDF that opens with a password only."""
    return pdf([], trailer=f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{'00' * 32}> /U <{'00' * 32}> /P -4 >> "
               f"/ID [<{'00' * 16}> <{'00' * 16}>] ")  # fmt: skip


def paragraph(words: str, *, style: str = "", bold: bool = False) -> str:
    """A paragraph of Word; `style` is the name of one, such as `heading 1`."""
    ids = {name: style_id for style_id, name in _STYLES.items()}
    look = f'<w:pPr><w:pStyle w:val="{ids[style]}"/></w:pPr>' if style else ""
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:p>{look}<w:r>{weight}<w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>'


def grid(*rows: Sequence[str]) -> str:
    """A table of Word."""
    lines = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"


def docx(*body: str, before: str = "", more: Mapping[str, str | bytes] = MappingProxyType({})) -> bytes:
    """A Word file of these paragraphs and tables; `before`: what stands above its text, `more`: further parts."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in _STYLES.items()
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/_rels/document.xml.rels": _PART_RELATIONS,
        "word/styles.xml": f"<w:styles {_WORDS}>{styles}</w:styles>",
        "word/document.xml": f"{before}<w:document {_WORDS}><w:body>{''.join(body)}</w:body></w:document>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | dict(more)).items():
            archive.writestr(name, content)
    return made.getvalue()
