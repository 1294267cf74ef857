"""QR codes: as a picture, as a drawing for a page, and as lines for a terminal."""

from dataclasses import dataclass

import segno

PICTURE = 264  # pixels that a side has at least: what a phone at arm's length reads without effort
LARGE = 332  # that a side has at most on a page, unless it takes more to reach the least
QUIET = 4  # modules of white around it


@dataclass(frozen=True, slots=True)
class Drawing:
    """The dark modules as an SVG path. `size` is a side with the white around it, in modules."""

    path: str
    size: int

    @property
    def side(self) -> int:
        """How many pixels wide to show it, so that each module has as many whole ones."""
        return self.size * max(-(-PICTURE // self.size), LARGE // self.size)


def picture(text: str) -> str:
    """The code as a PNG in a data URL."""
    code = _code(text)
    scale = -(-PICTURE // code.symbol_size(border=QUIET)[0])
    return code.png_data_uri(scale=scale, border=QUIET)


def drawing(text: str) -> Drawing:
    """The code to be drawn on a page."""
    code = _code(text)
    rows = ((y, bytes(row)) for y, row in enumerate(code.matrix, QUIET))
    runs = (f"M{x + QUIET} {y}h{length}v1h-{length}z" for y, row in rows for x, length in _runs(row))
    return Drawing("".join(runs), len(code.matrix) + 2 * QUIET)


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where dark modules stand side by side, and how many."""
    found, x = [], 0
    for light in row.split(b"\0"):
        if light:
            found.append((x, len(light)))
        x += len(light) + 1
    return found


def lines(text: str) -> list[str]:
    """The code for a terminal, two rows of modules in each line: blocks are the white, the ground is the dark."""
    code = _code(text)
    rows = [[not dark for dark in row] for row in code.matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))  # the ground
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_BLOCKS[above, below] for above, below in zip(*pair, strict=True)) for pair in pairs]


_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="l", boost_error=False)
