"""A line that WhatsApp does not support answers; it writes first only by hand, and to few strangers in a day."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel
from sending_line import OFF

from frontdesk.desk.care import REPLY_ONLY
from frontdesk.desk.errors import Conflict
from frontdesk.domain.messages import Author
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.store import chats
from frontdesk.testing.channels import FakeChannel, UnofficialFake, UnofficialOptions
from frontdesk.testing.desk import FakeLine, fake_line

TWO_A_DAY = OFF.replace("[[persona]]", "[care]\ncold_contacts_per_day = 2\n[[persona]]")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, channel=UnofficialFake(), config=TWO_A_DAY) as line:
        yield line


async def _stranger(line: FakeLine, number: int, **parts: Any) -> str:
    """The chat of somebody to whom the owner once wrote from the phone, and who never answered."""
    who = f"44770090010{number}"
    past = {"typed_on_phone": True, "history": True, "at": line.clock.now() - DAY, **parts}
    await line.arrive(line.message("Hello?", who=who, **past))
    return (await line.chat(who)).id


async def _write(line: FakeLine, chat_id: str) -> None:
    await line.desk.outbox.write(chat_id, by="api", text="Good morning")
    await line.pass_time(SECOND)


async def _post(line: FakeLine, chat_id: str, author: Author) -> None:
    async with line.store.begin() as tx:
        chat = await chats.by_id(tx, chat_id)
        assert chat is not None
        await line.desk.outbox.post(tx, chat, author=author, text="Hello")


@pytest.mark.parametrize("author", [Author.AGENT, Author.SYSTEM])
async def test_the_agent_begins_no_chat(line: FakeLine, author: Author) -> None:
    with pytest.raises(Conflict) as refused:
        await _post(line, await _stranger(line, 1), author)
    assert refused.value.sentence == REPLY_ONLY
    await line.pass_time(SECOND)
    assert line.channel.sent == []


@pytest.mark.parametrize("history", [True, False])
async def test_where_the_person_ever_wrote_the_agent_may_write(line: FakeLine, history: bool) -> None:
    chat_id = await _stranger(line, 1, typed_on_phone=False, history=history)
    await _post(line, chat_id, Author.AGENT)
    await line.pass_time(MINUTE)
    assert line.channel.texts == ["Hello"]


async def test_a_person_may_begin_and_only_so_many_chats_in_a_day(line: FakeLine) -> None:
    for number in (1, 2):
        await _write(line, await _stranger(line, number))
        await line.pass_time(HOUR)
    with pytest.raises(Conflict) as refused:
        await _write(line, await _stranger(line, 3))
    assert (refused.value.status, len(line.channel.sent)) == (409, 2)
    assert "has written to 2 people within 24 hours who never wrote to it" in refused.value.sentence
    assert "on 19 November from 11:06 (Europe/Lisbon) on" in refused.value.sentence


async def test_who_was_begun_with_today_may_be_written_to_again(line: FakeLine) -> None:
    first, second = await _stranger(line, 1), await _stranger(line, 2)
    for chat_id in (first, second, first, second):
        await _write(line, chat_id)
    assert len(line.channel.sent) == 4


async def test_a_day_later_the_next_may_be_written_to(line: FakeLine) -> None:
    for number in (1, 2):
        await _write(line, await _stranger(line, number))
    third = await _stranger(line, 3)
    await line.pass_time(DAY - 3 * SECOND)
    with pytest.raises(Conflict):
        await _write(line, third)
    await line.pass_time(3 * SECOND)
    await _write(line, third)
    assert len(line.channel.sent) == 3


async def test_who_answers_is_no_stranger_any_more(line: FakeLine) -> None:
    for number in (1, 2):
        await _write(line, await _stranger(line, number))
    await line.arrive(line.message("Hi", who="447700900101"))
    await _write(line, await _stranger(line, 3))
    assert len(line.channel.sent) == 3


async def test_who_wrote_is_answered_however_many_strangers_there_were(line: FakeLine) -> None:
    for number in (1, 2):
        await _write(line, await _stranger(line, number))
    await line.arrive(line.message("Hi"))
    await _write(line, (await line.chat()).id)
    assert len(line.channel.sent) == 3


async def test_the_limit_of_the_line_itself_wins(tmp_path: Path) -> None:
    class Limited(UnofficialOptions):
        strangers_per_day: int = 0

    class Strict(UnofficialFake):
        Options: ClassVar[type[BaseModel]] = Limited

    async with fake_line(tmp_path, channel=Strict(), config=OFF) as line:
        with pytest.raises(Conflict, match="writes to nobody who has not written first"):
            await _write(line, await _stranger(line, 1))


async def test_without_care_a_line_does_as_it_is_told(line: FakeLine) -> None:
    await line.desk.accounts.change(line.account_id, options={"care": False})
    await line.becomes(line.channel.states[-1].state)
    for number in (1, 2, 3):
        await _write(line, await _stranger(line, number))
    await _post(line, await _stranger(line, 4), Author.AGENT)
    await line.pass_time(SECOND)
    assert len(line.channel.sent) == 4


async def test_an_official_line_needs_no_care(tmp_path: Path) -> None:
    async with fake_line(tmp_path, channel=FakeChannel(), config=TWO_A_DAY) as line:
        for number in (1, 2, 3):
            await _write(line, await _stranger(line, number))
        await _post(line, await _stranger(line, 4), Author.SYSTEM)
        await line.idle()
        assert len(line.channel.sent) == 4
