"""Groups: what they are called, who is in them, and what happens where we are in them no more."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances, quiet_line
from sending_line import sending_line

from frontdesk.desk.errors import Conflict
from frontdesk.desk.groups import LEFT
from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import GroupChange, Member
from frontdesk.kit.clock import MINUTE
from frontdesk.store import chats
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

REF = "120363000000000001@g.us"
GROUP = Address(AddressKind.GROUP, REF)
BEA = "447700900999"
MEMBERS = (Member((parse(ANA), parse("99000111@lid")), None, admin=True), Member((parse(BEA),), "Bea"))


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


async def _called(line: FakeLine) -> str:
    return (await line.chat(REF)).name


async def _members(line: FakeLine) -> list[dict[str, Any]]:
    answer = await line.house.http.get(f"/api/v1/chats/{(await line.chat(REF)).id}")
    members: list[dict[str, Any]] = answer.json()["members"]
    return members


async def test_the_name_of_a_group_becomes_the_name_of_its_chat(line: FakeLine) -> None:
    await line.arrive(line.message(group=REF))
    assert await _called(line) == "Group 0001"
    for name in ("Football on Sunday", "Football on Monday"):
        await line.arrive(GroupChange(GROUP, name))
        assert await _called(line) == name
    assert line.happened(LiveType.CHAT_CHANGED)


async def test_a_group_that_was_told_of_first_gives_its_chat_the_name_when_it_speaks(line: FakeLine) -> None:
    await line.arrive(GroupChange(GROUP, "Football", MEMBERS))
    assert await line.chats() == []
    await line.arrive(line.message(group=REF))
    assert await _called(line) == "Football"
    await balances(line)


async def test_a_name_that_was_given_by_hand_stays_until_it_is_taken_away(line: FakeLine) -> None:
    await line.arrive(line.message(group=REF), GroupChange(GROUP, "Football"))
    await line.arrive(GroupChange(GROUP, "Football"))
    chat = await line.chat(REF)
    await line.desk.chats.change(chat.id, by="api", name="The noisy ones")
    await line.arrive(GroupChange(GROUP, "Football on Monday"))
    assert await _called(line) == "The noisy ones"
    await line.desk.chats.change(chat.id, by="api", name="")
    assert await _called(line) == "Football on Monday"


async def test_members_are_told_by_the_api_under_the_names_that_the_desk_knows(line: FakeLine) -> None:
    await line.arrive(line.message(group=REF, name="Ana F."), GroupChange(GROUP, members=MEMBERS))
    assert await _members(line) == [
        {"name": "Ana F.", "address": f"{ANA}@c.us", "addresses": [f"{ANA}@c.us", "99000111@lid"], "admin": True},
        {"name": "Bea", "address": f"{BEA}@c.us", "addresses": [f"{BEA}@c.us"], "admin": False},
    ]


async def test_members_are_replaced_as_a_whole_and_stay_where_none_are_told(line: FakeLine) -> None:
    await line.arrive(line.message(group=REF), GroupChange(GROUP, members=MEMBERS))
    await line.arrive(GroupChange(GROUP, "Football"))
    assert len(await _members(line)) == 2
    await line.arrive(GroupChange(GROUP, members=MEMBERS[1:]))
    assert [member["name"] for member in await _members(line)] == ["Bea"]


async def test_in_a_group_that_we_left_a_note_says_so_once_and_nothing_is_sent(tmp_path: Path) -> None:
    async with sending_line(tmp_path) as line:
        await line.arrive(line.message(group=REF))
        await line.arrive(GroupChange(GROUP, left=True), GroupChange(GROUP, left=True))
        notes = [row.text for row in await line.messages() if row.author == "system"]
        assert notes == [LEFT]
        with pytest.raises(Conflict, match="no longer in the group"):
            await line.desk.outbox.write((await line.chat(REF)).id, by="api", text="Hello?")
        assert line.channel.sent == []
        await balances(line)


async def test_what_waited_for_a_group_that_we_left_fails_with_the_sentence(tmp_path: Path) -> None:
    async with sending_line(tmp_path) as line:
        await line.arrive(line.message(group=REF), GroupChange(GROUP, members=MEMBERS))
        chat = await line.chat(REF)
        async with line.store.begin() as tx:
            await chats.change(tx, chat.id, blocked_until=line.clock.now() + MINUTE)
        await line.desk.outbox.write(chat.id, by="api", text="On my way")
        await line.arrive(GroupChange(GROUP, left=True))
        await line.pass_time(2 * MINUTE)
        failed = [(row.text, row.status, row.error) for row in await line.messages() if row.author == "operator"]
        assert failed == [("On my way", "failed", LEFT)]
        assert line.channel.sent == []


async def test_who_is_added_to_a_group_again_may_write_again(tmp_path: Path) -> None:
    async with sending_line(tmp_path) as line:
        await line.arrive(line.message(group=REF))
        await line.arrive(GroupChange(GROUP, left=True))
        await line.arrive(GroupChange(GROUP, members=MEMBERS))
        await line.desk.outbox.write((await line.chat(REF)).id, by="api", text="Back again")
        await line.idle()
        assert line.channel.texts == ["Back again"]


async def test_a_message_that_the_channel_says_mentions_us_is_answered_in_a_group(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, config=OPEN_HOUSE, think=think) as line:
        await line.arrive(line.message("Anybody?", group=REF))
        await line.idle()
        assert (await line.decisions())[-1][1:] == ("refused", "not_addressed")
        await line.arrive(line.message("@99000 are you there?", group=REF, content={"mentions_us": True}))
        await line.idle()
        assert (await line.decisions())[-1][1] == "answered"
        assert [said.name for said in think.asked[-1].pending] == ["Ana"]
