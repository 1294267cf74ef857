"""That somebody writes is told to those who look on, and kept nowhere."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import Sender, Typing
from frontdesk.testing.desk import ANA, FakeLine

GROUP = Address(AddressKind.GROUP, "120363000000000001@g.us")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


def _typing(*known: str, **parts: Any) -> Typing:
    return Typing(Sender(tuple(parse(one) for one in known or (ANA,))), **parts)


def _told(line: FakeLine) -> list[dict[str, Any]]:
    return [live.payload for live in line.happened(LiveType.CONTACT_TYPING)]


async def test_who_writes_in_a_chat_is_told_and_that_they_stopped(line: FakeLine) -> None:
    await line.arrive(line.message())
    chat = await line.chat()
    await line.arrive(_typing())
    await line.arrive(_typing(recording=True))
    await line.arrive(_typing(writing=False))
    assert _told(line) == [
        {"chat_id": chat.id, "writing": True, "recording": False},
        {"chat_id": chat.id, "writing": True, "recording": True},
        {"chat_id": chat.id, "writing": False, "recording": False},
    ]
    assert {(live.account_id, live.chat_id) for live in line.happened(LiveType.CONTACT_TYPING)} == {
        (line.account_id, chat.id)
    }


async def test_typing_leaves_nothing_behind(line: FakeLine) -> None:
    await line.arrive(line.message())
    before = (await line.chat(), await line.messages())
    await line.arrive(_typing())
    assert (await line.chat(), await line.messages(), await line.dead()) == (*before, [])
    await balances(line)


async def test_a_person_without_a_chat_writes_unheard(line: FakeLine) -> None:
    await line.arrive(_typing("447700900555"))
    assert (_told(line), await line.chats(), await line.dead()) == ([], [], [])


async def test_typing_on_a_line_that_is_not_known_is_no_dead_letter(line: FakeLine) -> None:
    await line.arrive(_typing(), number="another")
    assert (_told(line), await line.dead()) == ([], [])


async def test_who_writes_under_their_hidden_id_writes_in_the_same_chat(line: FakeLine) -> None:
    await line.arrive(line.message(who=[ANA, "99000111@lid"]))
    await line.arrive(_typing("99000111@lid"))
    assert [told["chat_id"] for told in _told(line)] == [(await line.chat()).id]


async def test_who_writes_in_a_group_writes_there_and_not_in_their_own_chat(line: FakeLine) -> None:
    await line.arrive(line.message(), line.message(group=GROUP))
    await line.arrive(_typing(group=GROUP))
    assert [told["chat_id"] for told in _told(line)] == [(await line.chat(GROUP.value)).id]
