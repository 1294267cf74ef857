"""What the phones of `frontdesk lab` keep of what comes in, and how they show it."""

import asyncio
from typing import Any

import lab_fixtures
import pytest

from frontdesk.kit.clock import SECOND
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.lab import Lab, Phone, Sent, Typing
from frontdesk.testing.lab.phones_view import brief
from frontdesk.testing.lab.pocket import Pocket
from frontdesk.testing.lab.shown import Changes

lab = lab_fixtures.lab


async def test_edits_deletions_and_ticks_reach_the_bubble_and_nothing_stops_the_phone(lab: Lab) -> None:
    clock = FrozenClock()
    anna, shop = (
        Pocket(Phone(lab, lab.add_account(number, name)), clock, Changes())
        for number, name in (("447700900123", "Anna"), ("351210000100", "Shop"))
    )
    anna.knows(shop.account)
    listening = [asyncio.create_task(pocket.listen()) for pocket in (anna, shop)]
    garbage: Any = None
    shop.phone.inbox.put_nowait(garbage)
    thread = anna.thread(shop.account.phone)
    bubble = await anna.write(thread, "At nine?")
    await until(lambda: bubble.status == "delivered")
    theirs = shop.thread(anna.account.phone)
    await shop.look(theirs)
    await until(lambda: bubble.status == "read")
    assert not bubble.advance("delivered")  # late, and nothing goes back

    seen = theirs.bubbles[bubble.id]
    await anna.phone.edit(bubble.said, "At ten?")
    await until(lambda: (seen.text, seen.edited) == ("At ten?", True))
    await shop.react(bubble.id, "👍")
    await until(lambda: bubble.reactions == {shop.account.phone: "👍"})
    await anna.phone.revoke(bubble.said)
    await until(lambda: brief(seen) == "Deleted message")

    shop.phone.typings.put_nowait(Typing("composing", anna.account))
    await until(lambda: theirs.is_typed_in(clock.now()))
    clock.advance(16 * SECOND)
    assert not theirs.is_typed_in(clock.now())
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def test_a_receipt_that_is_faster_than_ones_own_sending_is_not_lost(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FrozenClock()
    anna, shop = (
        Pocket(Phone(lab, lab.add_account(number, name)), clock, Changes())
        for number, name in (("447700900123", "Anna"), ("351210000100", "Shop"))
    )
    anna.knows(shop.account)
    transmit = anna.phone.transmit

    async def held_up(sent: Sent) -> None:
        await transmit(sent)
        await until(anna.phone.receipts.empty)  # it is heard

    monkeypatch.setattr(anna.phone, "transmit", held_up)
    listening = asyncio.create_task(anna.listen())
    bubble = await anna.write(anna.thread(shop.account.phone), "At nine?")
    assert bubble.status == "delivered"
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
