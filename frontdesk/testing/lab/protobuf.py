"""The wire format of protobuf, as far as the lab needs it: fields by number, no schema files."""

import struct
from collections.abc import Iterator, Mapping, Sequence

Scalar = int | float | bytes | str
Fields = Mapping[int, "Scalar | Sequence[Scalar] | None"]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def encode(fields: Fields) -> bytes:
    """Integers become varints, floats doubles, texts and bytes length-delimited; a list repeats; None is left out."""
    out = bytearray()
    for number, value in fields.items():
        for one in _each(value):
            out += _encode_one(number, one)
    return bytes(out)


def _each(value: Scalar | Sequence[Scalar] | None) -> Sequence[Scalar]:
    if value is None:
        return ()
    return (value,) if isinstance(value, int | float | bytes | str) else value


def _encode_one(number: int, value: Scalar) -> bytes:
    if isinstance(value, float):
        return _varint(number << 3 | _FIXED64) + struct.pack("<d", value)
    if isinstance(value, int):
        return _varint(number << 3 | _VARINT) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Parsed:
    """A decoded message: its fields by number, read as what the caller knows them to be."""

    def __init__(self, fields: dict[int, list[int | bytes]]) -> None:
        self._fields = fields

    def __contains__(self, number: int) -> bool:
        return number in self._fields

    def __iter__(self) -> Iterator[int]:
        return iter(self._fields)

    def number(self, number: int, default: int = 0) -> int:
        """A varint, or the default when the field is absent."""
        value = self._fields.get(number, [default])[0]
        if not isinstance(value, int):
            raise TypeError(f"Field {number} is not a number.")
        return value

    def raw(self, number: int) -> bytes:
        """A length-delimited or fixed field; empty when it is absent."""
        value = self._fields.get(number, [b""])[0]
        if not isinstance(value, bytes):
            raise TypeError(f"Field {number} is a number.")
        return value

    def text(self, number: int) -> str:
        """A text; empty when the field is absent."""
        return self.raw(number).decode()

    def double(self, number: int) -> float:
        """A double; 0 when the field is absent."""
        return float(struct.unpack("<d", self.raw(number))[0]) if number in self else 0.0

    def message(self, *path: int) -> "Parsed":
        """The message within, along the fields; an empty one when it is absent."""
        found = self
        for number in path:
            found = parse(found.raw(number))
        return found

    def messages(self, number: int) -> list["Parsed"]:
        """A repeated message."""
        return [parse(value) for value in self._fields.get(number, []) if isinstance(value, bytes)]

    def texts(self, number: int) -> list[str]:
        """A repeated text."""
        return [value.decode() for value in self._fields.get(number, []) if isinstance(value, bytes)]


def parse(encoded: bytes) -> Parsed:
    """Decode a message; length-delimited fields stay bytes until they are asked for.

    Raises:
        ValueError: it uses a wire type that nobody uses any more, or it is cut off.
    """
    fields: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(encoded):
        key, at = _read_varint(encoded, at)
        value, at = _read_value(encoded, at, key & 7)
        fields.setdefault(key >> 3, []).append(value)
    return Parsed(fields)


def _read_varint(encoded: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(encoded):
            raise ValueError("The message is cut off.")
        byte = encoded[at]
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not byte & 0x80:
            return value, at


def _read_value(encoded: bytes, at: int, wire: int) -> tuple[int | bytes, int]:
    if wire == _VARINT:
        return _read_varint(encoded, at)
    sizes = {_FIXED64: 8, _FIXED32: 4}
    if wire == _BYTES:
        size, at = _read_varint(encoded, at)
    elif wire in sizes:
        size = sizes[wire]
    else:
        raise ValueError(f"Wire type {wire} is not known.")
    if at + size > len(encoded):
        raise ValueError("The message is cut off.")
    return encoded[at : at + size], at + size
