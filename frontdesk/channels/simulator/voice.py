"""Makes of a browser's recording what a phone would send: Opus in Ogg instead of Opus in WebM."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

VOICE_MIME = "audio/ogg; codecs=opus"
_SAMPLES_PER_MS = 48
_SERIAL = 0x46524F4E
# Segment, Cluster, Tracks, TrackEntry, BlockGroup
_MASTERS = frozenset({0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0xA0})
_HEAD, _SIMPLE_BLOCK, _BLOCK = 0x63A2, 0xA3, 0xA1
_PER_PAGE = 40


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """An Ogg file and how long it plays."""

    content: bytes
    milliseconds: int


class _Unreadable(Exception):
    """Not a recording that can be turned over."""


def as_voice_note(recording: bytes) -> VoiceNote | None:
    """The recording as Ogg; None when it is no WebM with Opus."""
    try:
        head, packets = _read(recording)
        spans = [_milliseconds(packet) for packet in packets]
        return VoiceNote(_write(head, packets, spans), int(sum(spans))) if packets else None
    except (_Unreadable, IndexError, struct.error):
        return None


def length_of(ogg: bytes) -> int | None:
    """How many milliseconds an Ogg file with Opus plays, by its last page; None when it is none."""
    at = ogg.rfind(b"OggS")
    if not ogg.startswith(b"OggS") or at < 0 or len(ogg) < at + 14:
        return None
    return int(struct.unpack_from("<q", ogg, at + 6)[0] // _SAMPLES_PER_MS)


def _read(recording: bytes) -> tuple[bytes, list[bytes]]:
    """The head of the Opus stream and its packets."""
    if not recording.startswith(b"\x1a\x45\xdf\xa3"):
        raise _Unreadable
    head, packets = b"", []
    for kind, content in _elements(recording):
        if kind == _HEAD:
            head = content
        elif kind in (_SIMPLE_BLOCK, _BLOCK):
            flags = content[3]
            if content[0] & 0x80 == 0 or flags & 0x06:
                raise _Unreadable  # more than 126 tracks, or several packets in a block: no browser does that
            packets.append(content[4:])
    if not head.startswith(b"OpusHead"):
        raise _Unreadable
    return head, packets


def _elements(recording: bytes) -> Iterator[tuple[int, bytes]]:
    """All elements that hold bytes, in order; those that hold others are stepped into."""
    at = 0
    while at < len(recording):
        kind, at = _number(recording, at, keep_marker=True)
        size, at = _number(recording, at, keep_marker=False)
        if kind in _MASTERS:
            continue
        yield kind, recording[at : at + size]
        at += size


def _number(recording: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    first = recording[at]
    length = 9 - first.bit_length()
    if length > 8:
        raise _Unreadable
    value = int.from_bytes(recording[at : at + length], "big")
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), at + length


def _milliseconds(packet: bytes) -> float:
    """How long an Opus packet plays, by its first bytes."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        span: float = (10, 20, 40, 60)[config & 3]
    elif config < 16:
        span = (10, 20)[config & 1]
    else:
        span = (2.5, 5, 10, 20)[config & 3]
    return span * (packet[1] & 0x3F if code == 3 else 1 if code == 0 else 2)


def _write(head: bytes, packets: list[bytes], spans: list[float]) -> bytes:
    tags = b"OpusTags" + struct.pack("<I", 9) + b"Frontdesk" + struct.pack("<I", 0)
    pages = [_page([head], granule=0, number=0, flags=2), _page([tags], granule=0, number=1, flags=0)]
    granule = 0.0
    for start in range(0, len(packets), _PER_PAGE):
        granule += sum(spans[start : start + _PER_PAGE]) * _SAMPLES_PER_MS
        last = start + _PER_PAGE >= len(packets)
        chosen = packets[start : start + _PER_PAGE]
        pages.append(_page(chosen, granule=int(granule), number=len(pages), flags=4 if last else 0))
    return b"".join(pages)


def _page(packets: list[bytes], *, granule: int, number: int, flags: int) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    if len(lacing) > 255:
        raise _Unreadable
    fields = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, _SERIAL, number, 0, len(lacing))
    page = bytearray(fields + lacing + b"".join(packets))
    page[22:26] = struct.pack("<I", _checksum(page))
    return bytes(page)


def _table() -> tuple[int, ...]:
    entries = []
    for index in range(256):
        entry = index << 24
        for _ in range(8):
            entry = (entry << 1) ^ (0x04C11DB7 if entry & 0x80000000 else 0)
        entries.append(entry & 0xFFFFFFFF)
    return tuple(entries)


_TABLE = _table()


def _checksum(page: bytes | bytearray) -> int:
    value = 0
    for byte in page:
        value = (value << 8) & 0xFFFFFFFF ^ _TABLE[(value >> 24) ^ byte]
    return value
