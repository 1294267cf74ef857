"""Files both ways: encrypted by whoever sends, kept unread, opened by whoever receives."""

import base64
import struct
import zlib
from pathlib import Path

import lab_fixtures
import pytest
from lab_child import ANNA, Office

from frontdesk.testing.lab import About

shop = lab_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

THUMBNAIL = b"\xff\xd8thumbnail\xff\xd9"
PDF = b"%PDF-1.4 " + bytes(range(256)) * 40


def png() -> bytes:
    """A grey picture of 8 by 8 points."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * 8 for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


KINDS = [
    ("image", "imageMessage", About("image/jpeg", caption="My order", thumbnail=THUMBNAIL)),
    ("video", "videoMessage", About("video/mp4", seconds=3)),
    ("audio", "audioMessage", About("audio/ogg; codecs=opus", seconds=2, is_voice=True)),
    ("audio", "audioMessage", About("audio/mpeg", seconds=2)),
    ("document", "documentMessage", About("application/pdf", name="order.pdf")),
    ("sticker", "stickerMessage", About("image/webp")),
]


@pytest.mark.parametrize(("kind", "field", "about"), KINDS, ids=[f"{one[0]} {one[2].mime}" for one in KINDS])
async def test_the_library_opens_a_file_of_a_phone(shop: Office, kind: str, field: str, about: About) -> None:
    sent = await shop.anna.send_file(shop.account, kind, PDF, about)
    media = (await shop.child.message())["Message"][field]
    assert media["mimetype"] == about.mime
    assert base64.b64decode(await shop.child.ask("download", id=sent.id)) == PDF
    if about.thumbnail:
        assert (media["caption"], base64.b64decode(media["JPEGThumbnail"])) == (about.caption, THUMBNAIL)
    if kind == "audio":
        assert media.get("PTT", False) == about.is_voice


async def test_a_view_once_picture_is_marked_as_one(shop: Office) -> None:
    await shop.anna.send_file(shop.account, "image", PDF, About("image/jpeg", view_once=True))
    event = await shop.child.message()
    assert event["IsViewOnceV2"]
    assert event["Message"]["imageMessage"]["viewOnce"]


async def test_a_phone_opens_a_file_of_the_library(shop: Office) -> None:
    await shop.child.ask("document", to=ANNA, content=base64.b64encode(PDF).decode(), name="menu.pdf")
    received = await shop.anna.next()
    assert received.kind == "document"
    assert received.media
    assert (received.media.name, received.media.mime) == ("menu.pdf", "application/pdf")
    assert shop.anna.open(received) == PDF


async def test_a_phone_sees_picture_thumbnail_and_caption_of_the_library(shop: Office, tmp_path: Path) -> None:
    path = tmp_path / "menu.png"
    path.write_bytes(png())
    await shop.child.ask("image", to=ANNA, path=str(path), caption="Our menu")
    received = await shop.anna.next("image")
    assert received.media
    assert (received.text, received.media.thumbnail[:2]) == ("Our menu", b"\xff\xd8")
    assert shop.anna.open(received) == png()


async def test_a_file_that_the_server_has_lost_cannot_be_fetched(shop: Office) -> None:
    sent = await shop.anna.send_file(shop.account, "image", PDF, About("image/jpeg"))
    media = (await shop.child.message())["Message"]["imageMessage"]
    shop.lab.media.lose(media["directPath"])
    with pytest.raises(AssertionError, match="404"):
        await shop.child.ask("download", id=sent.id)
