"""A browser's recording becomes a phone's voice note."""

import struct

from frontdesk.channels.simulator.voice import as_voice_note, length_of

HEAD = b"OpusHead" + bytes([1, 1]) + struct.pack("<HIhB", 312, 48_000, 0, 0)
PACKET = bytes([(19 << 3) | 0]) + b"\x11" * 60  # 20 ms
UNKNOWN = b"\x01" + b"\xff" * 7


def element(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack(">Q", len(content) | 1 << 56) + content


def webm(packets: int, head: bytes = HEAD, flags: int = 0x80) -> bytes:
    tracks = element(b"\x16\x54\xae\x6b", element(b"\xae", element(b"\x86", b"A_OPUS") + element(b"\x63\xa2", head)))
    blocks = b"".join(
        element(b"\xa3", b"\x81" + struct.pack(">hB", number * 20, flags) + PACKET) for number in range(packets)
    )
    cluster = b"\x1f\x43\xb6\x75" + UNKNOWN + element(b"\xe7", b"\x00") + blocks
    return element(b"\x1a\x45\xdf\xa3", b"\x42\x86\x81\x01") + b"\x18\x53\x80\x67" + UNKNOWN + tracks + cluster


def test_recording_becomes_ogg_with_the_same_packets_and_length() -> None:
    note = as_voice_note(webm(100))
    assert note is not None
    assert note.milliseconds == 2_000
    assert length_of(note.content) == 2_000
    assert note.content.startswith(b"OggS")
    assert note.content.count(PACKET) == 100
    assert HEAD in note.content


def test_pages_of_the_ogg_carry_their_checksum() -> None:
    note = as_voice_note(webm(1))
    assert note is not None
    first = note.content[: note.content.index(b"OggS", 4)]
    value = 0
    for byte in first[:22] + b"\0\0\0\0" + first[26:]:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x104C11DB7 if value & 0x80000000 else 0)
    assert struct.unpack("<I", first[22:26])[0] == value


def test_anything_else_is_left_alone() -> None:
    assert as_voice_note(b"") is None
    assert as_voice_note(b"OggS and so on") is None
    assert as_voice_note(webm(0)) is None
    assert as_voice_note(webm(3, head=b"VorbisHead")) is None
    assert as_voice_note(webm(3, flags=0x02)) is None
    assert as_voice_note(webm(5)[:40]) is None
    assert length_of(b"nothing") is None
