"""Files that a bridge elsewhere hands out by HTTP, at its own address only."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bridge_line import BridgeLine

from frontdesk.channels.bridge.protocol import Told
from frontdesk.channels.bridge.reading import read
from frontdesk.domain.wire import Fetched, Inbound, MediaRef
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.testing.bridges import TOKEN, Server
from frontdesk.testing.local_server import listening, serving, url_of

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


@dataclass
class Handed:
    """A bridge, its address, and its line here."""

    server: Server
    base: str
    line: BridgeLine
    into: Path

    async def fetch(self, url: str, *, limit: int = 1000) -> Fetched:
        """Fetch what an event has named in mediaUrl."""
        return await self.line.channel.fetch(self.line.line, media_at(url), self.into, limit=limit)


def media_at(url: str) -> MediaRef:
    """The file of a message with that mediaUrl."""
    given = {"id": "1", "chatId": "447700900123@c.us", "type": "image", "mimeType": "image/png", "mediaUrl": url}
    [one] = read(Told("new_message", given))
    assert isinstance(one, Inbound)
    assert one.media is not None
    return one.media


@pytest.fixture
async def handed(tmp_path: Path) -> AsyncIterator[Handed]:
    server = Server()
    server.files["a.png"] = PNG
    async with serving(server.program) as base:
        line = BridgeLine(tmp_path, leave=False, send_url=f"{base}/command", token=TOKEN)
        yield Handed(server, base, line, tmp_path / "into")
        await line.channel.close()


async def test_a_file_at_the_address_of_the_bridge_is_fetched_with_its_token(handed: Handed) -> None:
    assert (await handed.fetch(f"{handed.base}/files/a.png")).size == len(PNG)
    assert handed.into.read_bytes() == PNG


async def test_no_other_address_is_ever_asked(handed: Handed) -> None:
    stranger = Server()
    stranger.files["a.png"] = PNG
    async with serving(stranger.program) as elsewhere:
        for url in (f"{elsewhere}/files/a.png", "file:///etc/passwd", "http://[", "//127.0.0.1/a.png", "a.png"):
            with pytest.raises(Rejected, match="another address than that of the bridge"):
                await handed.fetch(url)


async def test_what_is_not_there_or_too_large_is_refused_in_words(handed: Handed) -> None:
    with pytest.raises(Rejected, match="HTTP 404 in place of the file"):
        await handed.fetch(f"{handed.base}/files/none.png")
    with pytest.raises(Rejected, match="larger than this installation takes"):
        await handed.fetch(f"{handed.base}/files/a.png", limit=5)


async def test_a_bridge_that_is_away_is_asked_again_later(tmp_path: Path) -> None:
    listener = listening()
    base = url_of(listener)
    listener.close()
    line = BridgeLine(tmp_path, leave=False, send_url=f"{base}/command")
    handed = Handed(Server(), base, line, tmp_path / "into")
    with pytest.raises(Retryable):
        await handed.fetch(f"{base}/files/a.png")
    await line.channel.close()


async def test_a_text_that_begins_like_a_file_is_a_text(tmp_path: Path) -> None:
    given = {"id": "1", "chatId": "447700900123@c.us", "type": "chat", "body": "data: see below"}
    [one] = read(Told("new_message", given))
    assert isinstance(one, Inbound)
    assert one.text == "data: see below"
