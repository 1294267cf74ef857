"""A phone number that goes to somebody else never makes one person of two: words stay apart, answers find them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.wire import AddressChange
from frontdesk.kit.clock import SECOND
from frontdesk.store import contacts
from frontdesk.testing.desk import ANA, FakeLine

ANNA, BRUNO, PARENT = "PT.111AAA", "PT.222BBB", "PT.ENT.9"
NEW = "351911000003"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


async def _texts(line: FakeLine) -> list[list[str | None]]:
    chats = [chat.id for chat in await line.chats()]
    rows = await line.messages()
    return sorted([[row.text for row in rows if row.chat_id == chat] for chat in chats], key=str)


async def _reached(line: FakeLine, who: str) -> set[Address]:
    chat = await line.chat(who)
    async with line.store.read() as read:
        return set(await contacts.addresses_of_chat(read, chat))


@pytest.mark.parametrize("together", [True, False])
async def test_a_number_that_changed_hands_moves_and_the_two_people_stay_two(line: FakeLine, together: bool) -> None:
    first = line.message("first owner", who=(ANA, ANNA), name="Anna")
    second = line.message("second owner", who=(ANA, BRUNO), name="Bruno")
    for batch in ((first, second),) if together else ((first,), (second,)):
        await line.arrive(*batch)
        line.clock.advance(SECOND)
    assert await _texts(line) == [["first owner"], ["second owner"]]
    assert [(await line.chat(who)).name for who in (ANNA, BRUNO)] == ["Anna", "Bruno"]
    assert await _reached(line, ANNA) == {Address(AddressKind.USER, ANNA)}
    assert await _reached(line, BRUNO) == {parse(ANA), Address(AddressKind.USER, BRUNO)}
    await balances(line)


async def test_the_first_owner_comes_back_with_another_number(line: FakeLine) -> None:
    for who, text in (((ANA, ANNA), "one"), ((ANA, BRUNO), "two"), ((ANNA,), "three"), ((NEW, ANNA), "four")):
        await line.arrive(line.message(text, who=who))
        line.clock.advance(SECOND)
    assert await _texts(line) == [["one", "three", "four"], ["two"]]
    assert await _reached(line, ANNA) == {parse(NEW), Address(AddressKind.USER, ANNA)}


async def test_a_new_number_that_another_person_had_moves_to_who_reports_it(line: FakeLine) -> None:
    await line.arrive(line.message("old number", who=(ANA, ANNA)))
    await line.arrive(line.message("had the new number", who=(NEW, BRUNO)))
    await line.arrive(AddressChange((parse(ANA),), (parse(NEW),)))
    assert await _texts(line) == [["had the new number"], ["old number"]]
    assert parse(NEW) in await _reached(line, ANNA)
    assert await _reached(line, BRUNO) == {Address(AddressKind.USER, BRUNO)}


async def test_a_new_user_id_that_meta_reports_is_the_same_person(line: FakeLine) -> None:
    await line.arrive(line.message("before", who=(ANA, ANNA)))
    await line.arrive(line.message("ahead of the report", who=(ANA, BRUNO)))
    user = [Address(AddressKind.USER, each) for each in (ANNA, BRUNO)]
    await line.arrive(AddressChange((user[0],), (user[1],)))
    assert await _texts(line) == [["before", "ahead of the report"]]
    await line.arrive(line.message("after", who=(ANA, BRUNO)))
    assert len(await line.chats()) == 1


async def test_a_person_known_by_phone_alone_is_found_by_it_once_the_user_id_comes(line: FakeLine) -> None:
    await line.arrive(line.message("by phone", who=ANA))
    await line.arrive(line.message("by both", who=(ANA, ANNA)))
    assert await _texts(line) == [["by phone", "by both"]]


async def test_the_id_of_a_parent_is_no_other_person(line: FakeLine) -> None:
    await line.arrive(line.message("one", who=(ANA, PARENT)))
    await line.arrive(line.message("two", who=(ANA, ANNA)))
    assert await _texts(line) == [["one", "two"]]
