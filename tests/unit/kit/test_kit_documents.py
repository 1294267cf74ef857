"""Documents of every kind as Markdown, and what they say when they cannot be read."""

import random
import zipfile
from io import BytesIO

import pytest

from frontdesk.kit.documents import pdf, web_page, word
from frontdesk.kit.documents.__main__ import READERS, told
from frontdesk.kit.documents.paper import Paper, Unreadable, table
from frontdesk.testing import documents
from frontdesk.testing.documents import Line, column, docx, grid, paragraph

PRICES = [("Treatment", "Duration", "Price"), ("Cleaning", "30 min", "60 €"), ("Whitening", "1 h", "290 €")]


def _lines(*words: str, top: float = 780, size: float = 11) -> list[Line]:
    return [(60, top - 14 * number, size, each, False) for number, each in enumerate(words)]


def test_a_page_of_a_pdf_keeps_its_headings_and_its_table() -> None:
    title: Line = (60, 780, 20, "Prices 2026", True)
    made = documents.pdf([title, *_lines("All prices include taxes.", top=740), *column(*PRICES)], _lines("Page two."))
    first, second = pdf.read(made)
    assert first.text == (
        "# Prices 2026\n\nAll prices include taxes.\n\n"
        "| Treatment | Duration | Price |\n| --- | --- | --- |\n"
        "| Cleaning | 30 min | 60 € |\n| Whitening | 1 h | 290 € |"
    )
    assert second == Paper(2, "Page two.")


def test_dots_that_lead_to_a_price_are_the_space_between_two_columns() -> None:
    (page,) = pdf.read(documents.pdf(_lines("Cleaning ........ 60 €", "Whitening ........ 290 €")))
    assert "| Cleaning | 60 € |" in page.text
    assert "| Whitening | 290 € |" in page.text


def test_a_cell_that_goes_on_in_the_next_line_stays_one_cell() -> None:
    rows = [PRICES[0], ("Root canal of a molar with", "90 min", "600 €"), ("a microscope", "", ""), PRICES[1]]
    (page,) = pdf.read(documents.pdf(column(*rows)))
    assert "| Root canal of a molar with a microscope | 90 min | 600 € |" in page.text


def test_running_text_in_two_columns_is_read_column_by_column() -> None:
    left = [f"The left column says this, number {number}," for number in range(5)]
    right = [f"and the right one says that, number {number}." for number in range(5)]
    (page,) = pdf.read(documents.pdf(column(*zip(left, right, strict=True), lefts=(40, 320))))
    assert page.text == "\n".join(left) + "\n\n" + "\n".join(right)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"hello", "is no PDF"),
        (b"%PDF-1.7", "is broken"),
        (documents.locked_pdf(), "locked with a password"),
        (documents.pdf([], []), "pictures of text only"),
        (documents.pdf(*[[]] * 501), "has 501 pages, and 500 can be read"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        pdf.read(content)


def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    made = docx(
        paragraph("Clínica Sol", style="heading 1"),
        paragraph("¿Aceptan tarjetas?", bold=True),
        paragraph("Sí, todas."),
        paragraph("Precios", style="heading 2"),
        grid(("Tratamiento", "Precio"), ("Limpieza", "60 €")),
    )
    assert word.read(made) == [
        Paper(
            None,
            "# Clínica Sol\n\n##### ¿Aceptan tarjetas?\n\nSí, todas.\n\n## Precios\n\n"
            "| Tratamiento | Precio |\n| --- | --- |\n| Limpieza | 60 € |",
        )
    ]


def _of(name: str, content: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 and no more", "is broken"),
        (b"\xd0\xcf\x11\xe0 and more", "locked with a password, or from an old Word"),
        (_of("a.txt", b"x"), "is no Word document"),
        (docx(), "holds no text"),
        (docx(paragraph("x"), before='<!DOCTYPE a [<!ENTITY b "c">]>'), "declares things"),
        (docx(paragraph("x"), more={"word/more.xml": b" " * (word.LARGEST_PART + 1)}), "far larger unpacked"),
    ],
)
def test_a_word_file_that_cannot_be_read_says_why(content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        word.read(content)


def test_a_web_page_gives_what_it_says_and_not_what_it_is_made_of() -> None:
    page = """<html><head><title>T</title><style>p {color: red}</style></head><body>
    <nav><a href="/">Home</a></nav><script>var a = "<p>no</p>";</script>
    <h1>Clínica Sol</h1><p>We are a <b>dental</b>
    clinic.<br>Since 1998.</p><ul><li>Metro: Sol</li><li><p>Bus 5</p></li></ul>
    <details><summary>Can I pay by card?</summary><p>Yes.</p></details>
    <dl><dt>Parking</dt><dd>Behind the house.</dd></dl>
    <h3><button>Do you see children?</button></h3><div style="display:none">From the age of three.</div>
    <footer>Rua 48, Lisbon</footer></body></html>"""
    assert web_page.markdown_of(page) == (
        "# Clínica Sol\n\nWe are a dental clinic.\nSince 1998.\n\n- Metro: Sol\n- Bus 5\n\n"
        "###### Can I pay by card?\n\nYes.\n\n###### Parking\n\nBehind the house.\n\n"
        "### Do you see children?\n\nFrom the age of three.\n\nRua 48, Lisbon"
    )


def test_a_page_without_end_tags_loses_nothing_but_its_title() -> None:
    page = "<html><head><title>T<meta name=x></title><body><h1>Us<p>One<br/>Two<ul><li>A<li>B</ul><hr/><svg/><p>Three"
    assert web_page.markdown_of(page).split() == ["#", "Us", "One", "Two", "-", "A", "-", "B", "Three"]


def test_a_table_of_a_page_keeps_its_columns_and_one_for_looks_is_read_as_text() -> None:
    held = "<table><tr><th>Treatment<th>Price<tr><td>Cleaning<td>60 €</table>"
    assert web_page.markdown_of(held) == "| Treatment | Price |\n| --- | --- |\n| Cleaning | 60 € |"
    looks = f"<table><tr><td><h2>Prices</h2>{held}</td><td><p>Call us.</p></td></tr></table>"
    assert web_page.markdown_of(looks).startswith("## Prices\n\n| Treatment | Price |")
    assert web_page.markdown_of(looks).endswith("| Cleaning | 60 € |\n\nCall us.")


def test_a_lone_cell_is_the_heading_of_the_rows_below_it_and_a_note_at_the_end_is_kept() -> None:
    rows = [("Orthodontics", ""), ("Treatment", "Price"), ("Braces", "2,400 €"), ("All with taxes.", "")]
    head = "###### Orthodontics"
    assert list(table(rows)) == [
        head,
        "| Treatment | Price |\n| --- | --- |\n| Braces | 2,400 € |",
        "All with taxes.",
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>Não</p>".encode(), "Não"),
        ("<meta charset='iso-8859-1'><p>Não</p>".encode("latin-1"), "Não"),
        ("<p>Não – 5 €</p>".encode("cp1252"), "Não – 5 €"),
        ("<p>Não</p>".encode("utf-16"), "Não"),
        (b"<meta charset='klingon'><p>N\xe3o</p>", "Não"),
    ],
)
def test_a_page_is_read_in_its_own_encoding(content: bytes, text: str) -> None:
    assert web_page.read(content) == [Paper(None, text)]


def test_a_page_saved_as_one_file_is_found_in_it() -> None:
    made = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html; "
        b"charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>N=C3=A3o</p>\r\n--x--\r\n"
    )
    assert web_page.read_archive(made) == [Paper(None, "Não")]
    for empty in (b"", b"hello"):
        with pytest.raises(Unreadable, match="holds no web page"):
            web_page.read_archive(empty)


SOUND = {
    "pdf": documents.pdf([*_lines("Prices"), *column(*PRICES)]),
    "docx": docx(paragraph("Prices", style="heading 1"), grid(*PRICES)),
    "html": b"<h1>Prices</h1><table><tr><td>a<td>b<tr><td>1<td>2</table>",
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>x</p>",
}


@pytest.mark.parametrize("kind", READERS)
def test_whatever_bytes_come_a_reader_gives_pages_or_one_sentence(kind: str) -> None:
    chance = random.Random(7)
    sound = SOUND[kind]
    assert "pages" in told(kind, sound)
    for _ in range(120):
        broken = bytearray(sound[: chance.randrange(len(sound) + 1)] if chance.random() < 0.5 else sound)
        for _ in range(chance.randrange(1, 30)):
            if broken:
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        for content in (bytes(broken), chance.randbytes(chance.randrange(300))):
            answer = told(kind, content)
            assert set(answer) in ({"pages"}, {"refused"})
