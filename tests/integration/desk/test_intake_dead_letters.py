"""What cannot be stored is kept with its reason, and costs none of its neighbours."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import AddressChange, Damaged, Delivery, Event, Inbound, Receipt, Sender
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.desk import NUMBER, FakeLine
from frontdesk.testing.stores import locked


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


async def test_poison_is_buried_and_its_neighbours_are_stored(line: FakeLine) -> None:
    poison = Inbound("bad", "text", Sender((Address(AddressKind.PHONE, "\ud800"),)), text="x", at=line.clock.now())
    await line.arrive(line.message("before"), poison, line.message("after"))
    assert [row.text for row in await line.messages()] == ["before", "after"]
    (dead,) = await line.dead()
    assert dead.reason.startswith("Could not be stored: ")
    assert "bad" in dead.raw
    await balances(line)


async def test_poison_of_one_caller_harms_no_other(line: FakeLine) -> None:
    poison = Inbound("bad", "text", Sender((Address(AddressKind.PHONE, "\ud800"),)), text="x", at=line.clock.now())
    await asyncio.gather(*(line.arrive(event) for event in (line.message("a"), poison, line.message("b"))))
    assert sorted(row.text or "" for row in await line.messages()) == ["a", "b"]
    assert len(await line.dead()) == 1


async def test_nul_and_lone_surrogates_are_kept_safe(line: FakeLine) -> None:
    await line.arrive(line.message("a\0b\ud800c", name="A\ud800", content={"title": "\ud800"}))
    (row,) = await line.messages()
    assert (row.text, (await line.chat()).name, row.content) == ("a␀b\ufffdc", "A\ufffd", '{"title":"\ufffd"}')
    assert await line.dead() == []


async def test_what_is_damaged_is_kept_with_its_reason(line: FakeLine) -> None:
    await line.arrive(line.message("fine"), Damaged("no id", '{"broken": "\ud800"}'))
    (dead,) = await line.dead()
    assert (dead.reason, dead.raw, dead.account_id) == ("no id", '{"broken": "\ufffd"}', line.account_id)
    await balances(line)


@pytest.mark.parametrize("event", ["message", "receipt", "change"])
async def test_what_is_for_an_unknown_line_is_a_dead_letter(line: FakeLine, event: str) -> None:
    events: dict[str, Event] = {
        "message": line.message(),
        "receipt": Receipt("x", Status.SENT),
        "change": AddressChange((), ()),
    }
    await line.arrive(events[event], number="999")
    (dead,) = await line.dead()
    assert dead.reason == "No account here has the line 999."
    assert dead.messages == (event == "message")
    await balances(line)


async def test_what_is_not_authentic_for_its_line_is_a_dead_letter(line: FakeLine) -> None:
    await line.desk.intake.receive("fake", [Delivery(NUMBER, (line.message(),))], allowed=frozenset())
    assert len(await line.dead()) == 1
    assert await line.messages() == []
    await balances(line)


@pytest.mark.embedded("It locks the file of SQLite.")
async def test_while_the_store_is_away_nothing_is_stored_and_the_caller_is_told(line: FakeLine, tmp_path: Path) -> None:
    await line.idle()  # work under way would be cut off here, and keep the lock
    line.store.backend.writer.wire._pragmas["busy_timeout"] = 1  # not to wait ten seconds for the lock
    await line.store.backend.writer.wire.reopen()
    async with locked(line.store):
        results = await asyncio.gather(*(line.arrive(line.message()) for _ in range(3)), return_exceptions=True)
        assert {type(result) for result in results} == {StoreUnavailable}
    assert await line.messages() == []
    await line.arrive(line.message("again"))
    assert [row.text for row in await line.messages()] == ["again"]
    await balances(line)


async def test_a_caller_who_goes_away_harms_nobody_else(line: FakeLine) -> None:
    async with line.store.begin():  # the one writer is busy
        tasks = [asyncio.create_task(line.arrive(line.message(f"{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [results[0], results[2]] == [None, None]
    assert len(await line.messages()) == 3
