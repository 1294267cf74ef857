"""What a file is by its content, and whether that is what it says."""

import pytest

from frontdesk.desk.file_kinds import disguise, last_part, real_mime

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40)
HTML = b"<html><script>alert(1)</script>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
WORDS = b"Name,Price\nCheck-up,30\n"
PDF = b"%PDF-1.7\n1 0 obj"
OFFICE = b"PK\x03\x04" + bytes(30)
MP4 = b"\0\0\0\x18ftypisom" + bytes(50)
OGG = b"OggS\0\x02" + bytes(30)
EXCEL = "application/vnd.ms-excel"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("content", "told", "real"),
    [
        (PNG, "image/png", "image/png"),
        (PNG, "image/svg+xml", "image/png"),
        (PNG, "application/pdf", "image/png"),
        (PNG, None, "image/png"),
        (b"%PDF-1.7\n", "image/png", "application/pdf"),
        (b"\xef\xbb\xbf<html>", "image/png", "text/html"),
        (b"<svg onload=alert(1)>", "image/png", "text/html"),
        (b"<html>", "text/plain", "text/plain"),
        (b"just words", "image/png", "application/octet-stream"),
        (b"just words", "text/html", "application/octet-stream"),
        (b"just words", "text/plain; charset=utf-8", "text/plain"),
        (b"OggS\0\x02" + bytes(30), "audio/ogg; codecs=opus", "audio/ogg"),
        (b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"PK\x03\x04" + bytes(30), "application/vnd.ms-excel.sheet", "application/vnd.ms-excel.sheet"),
        (b"", "image/png", "application/octet-stream"),
    ],
)
def test_a_file_is_believed_by_its_content(content: bytes, told: str | None, real: str) -> None:
    assert real_mime(content, told) == real


@pytest.mark.parametrize(
    ("content", "told", "name", "real"),
    [
        (WORDS, ("image/jpeg", "text/plain"), None, "text/plain"),
        (WORDS, ("application/octet-stream", "text/csv"), None, "text/csv"),
        (WORDS, (None, None), "prices.csv", "text/csv"),
        (WORDS, (), "notes.md", "text/markdown"),
        (HTML, ("application/octet-stream", "text/plain"), None, "text/plain"),
        (HTML, ("image/png",), "a.txt", "text/html"),
        (PNG, ("application/octet-stream", "text/plain"), "a.txt", "image/png"),
        (b"ID3\x03" + bytes(30), ("audio/mpeg",), None, "audio/mpeg"),
        (b"\0\0\0\x18ftypM4A " + bytes(30), ("audio/mp4",), None, "audio/mp4"),
    ],
)
def test_a_type_counts_where_the_content_allows_it(
    content: bytes, told: tuple[str | None, ...], name: str | None, real: str
) -> None:
    assert real_mime(content, *told, name=name) == real


@pytest.mark.parametrize(
    "content",
    [
        DRAWING,
        b"<svg onload=alert(1)>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n<SVG>',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n<svg\n',
    ],
)
def test_a_drawing_that_says_so_is_one(content: bytes) -> None:
    assert real_mime(content, "image/svg+xml") == "image/svg+xml"
    assert real_mime(content, "image/png") != "image/svg+xml"


@pytest.mark.parametrize("content", [HTML, b"<!-- <svg> --><html>", b"<?xml version='1.0'?><html>", b"<!---->" * 500])
def test_a_page_that_calls_itself_a_drawing_is_none(content: bytes) -> None:
    assert real_mime(content, "image/svg+xml") != "image/svg+xml"


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("e.txt", "e.txt"),
        ("../../e.txt", "e.txt"),
        ("D:\\files\\e.txt", "e.txt"),
        ("/etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("ünï (1).txt", "ünï (1).txt"),
        ("..", ""),
        ("", ""),
    ],
)
def test_the_folders_before_a_name_are_left_out(name: str, last: str) -> None:
    assert last_part(name) == last


@pytest.mark.parametrize(
    ("content", "told", "name"),
    [
        (PNG, "image/png", "a.png"),
        (JPEG, "image/png", "a.png"),
        (PNG, None, None),
        (PNG, "application/octet-stream", "photo"),
        (WORDS, "text/plain", "a.txt"),
        (WORDS, "text/csv", "a.csv"),
        (WORDS, EXCEL, "a.csv"),
        (WORDS, "text/markdown", "a.md"),
        (HTML, "text/plain", "a.txt"),
        (HTML, "text/html", "a.html"),
        (DRAWING, "image/svg+xml", "a.svg"),
        (b"na\xefve caf\xe9", "text/plain", "a.txt"),
        ("café".encode("utf-16"), "text/plain", "a.txt"),
        (PDF, "application/pdf", "a.pdf"),
        (OFFICE, WORD, "a.docx"),
        (MP4, "audio/mp4", "a.m4a"),
        (MP4, "video/mp4", "a.mp4"),
        (OGG, "audio/ogg; codecs=opus", "a.ogg"),
        (b"\x01\x02\x03", "audio/aac", "a.aac"),
        (b"#!AMR\nabc", "audio/amr", "a.amr"),
        (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(30), "image/webp", "a.webp"),
    ],
)
def test_a_file_that_is_what_it_says_is_taken(content: bytes, told: str | None, name: str | None) -> None:
    assert disguise(content, told=told, name=name) is None


@pytest.mark.parametrize(
    ("content", "told", "name"),
    [
        (HTML, "image/png", "h.png"),
        (HTML, None, "h.png"),
        (HTML, "image/png", "h.txt"),
        (HTML, "application/pdf", "h.pdf"),
        (HTML, "audio/ogg", "h.ogg"),
        (HTML, "video/mp4", "h.mp4"),
        (HTML, WORD, "h.docx"),
        (WORDS, "image/jpeg", "h.jpg"),
        (PNG, "text/plain", "h.txt"),
        (PNG, "application/pdf", "h.pdf"),
        (PNG, "image/svg+xml", "h.svg"),
        (PDF, "image/png", "h.png"),
        (b"MZ\x90\0" + bytes(60), "video/mp4", "h.mp4"),
        (b"MZ\x90\0" + bytes(60), "text/plain", "h.txt"),
        (b"\x01\x02\x03", "image/png", "h.png"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_told_in_words(content: bytes, told: str | None, name: str) -> None:
    said = disguise(content, told=told, name=name)
    assert said is not None
    assert "says that it is" in said
    assert "its content is" in said
