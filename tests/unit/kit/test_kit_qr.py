"""QR codes say the same in every form."""

import base64
import io
import re

import segno
from PIL import Image

from frontdesk.kit import qr

TEXT = "2@" + "aB3/" * 40 + ",key,key,key"


def _matrix(text: str) -> list[list[bool]]:
    return [[bool(dark) for dark in row] for row in segno.make_qr(text, error="l", boost_error=False).matrix]


def test_the_picture_holds_the_code_with_white_around_it_and_is_large_enough() -> None:
    raw = base64.b64decode(qr.picture(TEXT).removeprefix("data:image/png;base64,"))
    image = Image.open(io.BytesIO(raw)).convert("L")
    modules = len(_matrix(TEXT)) + 2 * qr.QUIET
    scale = image.width // modules
    dark = [[image.getpixel((x * scale, y * scale)) == 0 for x in range(modules)] for y in range(modules)]
    assert image.width >= qr.PICTURE
    assert [row[qr.QUIET : -qr.QUIET] for row in dark[qr.QUIET : -qr.QUIET]] == _matrix(TEXT)
    assert not any(any(row) for row in dark[: qr.QUIET] + dark[-qr.QUIET :])


def test_the_drawing_has_the_same_dark_modules() -> None:
    drawing = qr.drawing(TEXT)
    dark = [[False] * drawing.size for _ in range(drawing.size)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)", drawing.path):
        for step in range(int(length)):
            dark[int(y)][int(x) + step] = True
    assert [row[qr.QUIET : -qr.QUIET] for row in dark[qr.QUIET : -qr.QUIET]] == _matrix(TEXT)


def test_the_drawing_is_shown_with_whole_pixels_and_large_enough() -> None:
    for length in (10, 100, 240, 400, 800):
        drawing = qr.drawing("x" * length)
        assert drawing.side % drawing.size == 0
        assert drawing.side >= qr.PICTURE


def test_the_lines_of_a_terminal_have_the_same_dark_modules() -> None:
    rows = []
    for line in qr.lines(TEXT):
        rows.append([block in " ▄" for block in line])
        rows.append([block in " ▀" for block in line])
    size = len(_matrix(TEXT))
    assert [row[2 : 2 + size] for row in rows[2 : 2 + size]] == _matrix(TEXT)
