"""The owner's address book is handed over once, and usually before anybody has written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line
from sqlalchemy import func, select

from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import AddressChange, NameChange
from frontdesk.store.tables import addresses, contacts
from frontdesk.testing.desk import ANA, FakeLine

USER = "GB.5510"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


async def _enter(line: FakeLine, name: str | None, *who: str, username: str | None = None) -> None:
    await line.arrive(NameChange(tuple(map(parse, who or (ANA,))), name, username))


async def _counts(line: FakeLine) -> tuple[int, int]:
    """How many contacts and addresses there are."""
    async with line.store.read() as read:
        return (
            await read.scalar(select(func.count()).select_from(contacts)),
            await read.scalar(select(func.count()).select_from(addresses)),
        )


async def test_who_stands_in_the_address_book_is_called_so_from_the_first_message(line: FakeLine) -> None:
    await _enter(line, "Ana (plumber)")
    await line.arrive(line.message("Hi", name="annie"))
    assert (await line.chat()).name == "Ana (plumber)"
    await line.arrive(line.message("Hi again", name="annie"))
    assert (await line.chat()).name == "Ana (plumber)"
    await balances(line)


@pytest.mark.parametrize("who", [ANA, USER])
async def test_an_entry_with_number_and_id_is_known_by_either(line: FakeLine, who: str) -> None:
    await _enter(line, "Ana", ANA, USER)
    await line.arrive(line.message("Hi", who=who, name=None))
    assert (await line.chat(who)).name == "Ana"


async def test_an_entry_makes_no_chat(line: FakeLine) -> None:
    await _enter(line, "Ana")
    assert await line.chats() == []


async def test_the_same_entry_again_changes_nothing(line: FakeLine) -> None:
    await _enter(line, "Ana", ANA, USER)
    await _enter(line, "Ana", ANA, USER)
    assert await _counts(line) == (1, 2)


async def test_a_later_entry_renames_who_has_not_written_yet(line: FakeLine) -> None:
    await _enter(line, "Ana")
    await _enter(line, "Ana Ferreira")
    await line.arrive(line.message("Hi"))
    assert (await line.chat()).name == "Ana Ferreira"


async def test_who_was_taken_out_before_writing_is_called_by_the_own_name(line: FakeLine) -> None:
    await _enter(line, "Ana (plumber)")
    await _enter(line, None)
    await line.arrive(line.message("Hi", name="annie"))
    assert (await line.chat()).name == "annie"


async def test_taking_out_somebody_unknown_leaves_no_trace(line: FakeLine) -> None:
    await _enter(line, None)
    assert await _counts(line) == (0, 0)


async def test_an_entry_lends_its_id_to_who_is_known_by_the_number(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", who="551187654321"))
    await _enter(line, "Bia", "5511987654321", USER)
    assert await _counts(line) == (1, 2)  # the number stays in the form in which it wrote
    await line.arrive(line.message("Hi", who=USER))
    assert [chat.name for chat in await line.chats()] == ["Bia"]


async def test_an_entry_lends_no_id_to_who_has_another(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", who=(ANA, "GB.7707")))
    await _enter(line, "Ana", ANA, USER)
    await line.arrive(line.message("Hi", who=USER))
    assert len(await line.chats()) == 2


async def test_who_is_only_in_the_address_book_keeps_the_name_with_a_new_number(line: FakeLine) -> None:
    await _enter(line, "Ana")
    await line.arrive(AddressChange((parse(ANA),), (parse("447700900777"),)))
    await line.arrive(line.message("Hi", who="447700900777", name=None))
    assert (await line.chat("447700900777")).name == "Ana"


async def test_two_entries_that_turn_out_to_be_one_person_make_one_chat(line: FakeLine) -> None:
    await _enter(line, "Ana", ANA)
    await _enter(line, "Ana at work", USER)
    await line.arrive(line.message("Hi", who=(ANA, USER)))
    assert [chat.name for chat in await line.chats()] == ["Ana"]
    assert await _counts(line) == (1, 2)
