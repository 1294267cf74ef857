"""Reads the dictionaries of the binary XML out of the installed library, so that no table of others is kept here.

The library keeps them as arrays of Go strings: headers of 16 bytes (pointer, length) whose pointers are relocations
of the shared object. The relocations are walked, not the code.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

from frontdesk.testing.lab.codec import Tokens
from frontdesk.testing.lab.errors import LabError

_RELATIVE = 8  # R_X86_64_RELATIVE
_HEADER, _SLICE = 16, 24  # bytes of a string header and of a slice header
_SINGLE, _DOUBLE_TABLES, _DOUBLE = 236, 4, 256
_FIRST_WORDS = ("xmlstreamstart", "xmlstreamend")  # after the empty word at 0
_LONGEST = 200
_KEPT = (".data", ".rodata", ".noptrdata", ".go")

_Sections = dict[str, tuple[int, int, int]]  # name -> virtual address, offset in the file, size


class _Image:
    """The library as it would lie in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        sections = _sections(content)
        self.pointers = _pointers(content, sections)
        self._spans = [span for name, span in sections.items() if name.startswith(_KEPT)]

    def _offset(self, address: int) -> int | None:
        for start, offset, size in self._spans:
            if start <= address < start + size:
                return offset + address - start
        return None

    def numbers(self, address: int, count: int) -> tuple[int, ...]:
        """So many 64-bit numbers; none outside the image."""
        offset = self._offset(address)
        if offset is None or offset + 8 * count > len(self._content):
            return ()
        return struct.unpack_from(f"<{count}Q", self._content, offset)

    def text(self, header: int) -> str | None:
        """The text of a string header; None when there is none at that address."""
        length = self.numbers(header, 2)[1:]
        if length == (0,):
            return ""
        pointer = self.pointers.get(header)
        start = self._offset(pointer) if pointer is not None else None
        if not length or length[0] > _LONGEST or start is None:
            return None
        return self._content[start : start + length[0]].decode("latin-1")

    def texts(self, header: int, count: int) -> list[str]:
        """The texts of an array of headers, up to the first that is none."""
        found: list[str] = []
        while len(found) < count and (text := self.text(header + _HEADER * len(found))) is not None:
            found.append(text)
        return found


def read_tokens(library: Path) -> Tokens:
    """The dictionaries of the library.

    Raises:
        LabError: they are not where they were.
    """
    image = _Image(library.read_bytes())
    single, double = _single(image), _double(image)
    if len(single) != _SINGLE or not double:
        raise LabError(
            f"The dictionaries of the binary XML need another look in {library.name}: expected were {_SINGLE} words in "
            f"the table that starts with “{_FIRST_WORDS[0]}” ({len(single)} were found) and {_DOUBLE_TABLES} tables of "
            f"{_DOUBLE} words whose slice headers lie side by side ({len(double)} were found)."
        )
    return Tokens(single, double)


def _single(image: _Image) -> list[str]:
    for header in image.pointers:
        if image.text(header) == _FIRST_WORDS[0] and image.text(header + _HEADER) == _FIRST_WORDS[1]:
            return image.texts(header - _HEADER, _SINGLE)
    return []


def _double(image: _Image) -> list[list[str]]:
    for header in image.pointers:
        if all(_is_table(image, header + _SLICE * row) for row in range(_DOUBLE_TABLES)):
            rows = [image.texts(image.pointers[header + _SLICE * row], _DOUBLE) for row in range(_DOUBLE_TABLES)]
            if all(len(row) == _DOUBLE for row in rows):
                return rows
    return []


def _is_table(image: _Image, header: int) -> bool:
    return header in image.pointers and image.numbers(header, 3)[1:] == (_DOUBLE, _DOUBLE)


def _sections(content: bytes) -> _Sections:
    (table,) = struct.unpack_from("<Q", content, 0x28)
    size, count, names = struct.unpack_from("<HHH", content, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", content, table + number * size) for number in range(count)]
    texts = headers[names][4]
    return {_name(content, texts + header[0]): (header[3], header[4], header[5]) for header in headers}


def _name(content: bytes, at: int) -> str:
    return content[at : content.index(b"\0", at)].decode()


def _pointers(content: bytes, sections: Mapping[str, tuple[int, int, int]]) -> dict[int, int]:
    _, offset, size = sections[".rela.dyn"]
    entries = struct.iter_unpack("<QQq", content[offset : offset + size])
    return {place: target for place, kind, target in entries if kind & 0xFFFFFFFF == _RELATIVE}
