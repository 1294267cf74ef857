"""A person is taken out of the file of a linked line that stands, and can write again as before."""

import asyncio

import linked_fixtures
import pytest
from linked_shop import Shop, both

shop = linked_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


def files_with(shop: Shop, *words: str) -> set[str]:
    return {
        path.name
        for path in shop.line.folder.rglob("*")
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    }


async def test_who_is_forgotten_is_in_no_file_and_can_write_again(shop: Shop) -> None:
    await shop.heard(await shop.anna.send_text(shop.account, "Are you open?"))
    await shop.heard(await shop.ben.send_text(shop.account, "And for me?"))
    anna = shop.anna.account
    words = (anna.phone, anna.lid, "Anna")
    assert "device.db" in {name.removesuffix("-wal") for name in files_with(shop, *words)}
    await shop.line.channel.forget(shop.line.line, both(anna))
    assert await asyncio.to_thread(files_with, shop, *words) == set()
    again = await shop.anna.send_text(shop.account, "It is me again")  # her phone is asked for it once more
    assert (await shop.heard(again, kind="text")).text == "It is me again"
    assert (await shop.heard(await shop.ben.send_text(shop.account, "Still here"))).text == "Still here"
