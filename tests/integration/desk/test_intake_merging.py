"""Two contacts turn out to be one person: nothing of either is lost, and no gate opens."""

import asyncio
from pathlib import Path

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import AddressChange
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

USER = "GB.5510"


async def _two_chats(line: FakeLine) -> None:
    await line.arrive(line.message("by phone", who=ANA, name="Ana"))
    line.clock.advance(SECOND)
    await line.arrive(line.message("by user id", who=USER, name=None))
    line.clock.advance(SECOND)
    assert len(await line.chats()) == 2


async def _is_whole(line: FakeLine, *texts: str) -> None:
    """One chat, all messages in it, the ledger balanced, and nothing that refers to what is gone."""
    (chat,) = await line.chats()
    rows = await line.messages()
    assert [row.text for row in rows] == list(texts)
    assert {row.chat_id for row in rows} == {chat.id}
    assert {row.contact_id for row in rows if row.direction == "inbound"} == {chat.contact_id}
    assert {job.key for job in await line.jobs() if job.key and "cht_" in job.key} <= {
        f"{kind}:{chat.id}" for kind in ("turn", "deliver", "hand_back", "read_up")
    }
    assert await line.dead() == []
    await balances(line)


@pytest.mark.parametrize("who", [(ANA, USER), (USER, ANA)])
async def test_two_chats_become_one_in_a_later_batch(tmp_path: Path, who: tuple[str, str]) -> None:
    async with quiet_line(tmp_path) as line:
        await _two_chats(line)
        await line.arrive(line.message("by both", who=who))
        await _is_whole(line, "by phone", "by user id", "by both")
        chat = await line.chat()
        assert (chat.name, chat.unread, chat.last_text) == ("Ana", 3, "by both")


@pytest.mark.parametrize("who", [(ANA, USER), (USER, ANA)])
async def test_two_people_become_one_within_a_batch(tmp_path: Path, who: tuple[str, str]) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(
            line.message("by phone", who=ANA),
            line.message("by user id", who=USER),
            line.message("by both", who=who),
            line.message("again", who=USER),
        )
        await _is_whole(line, "by phone", "by user id", "by both", "again")


@pytest.mark.parametrize("first", [ANA, USER])
async def test_a_known_person_and_a_new_one_become_one_within_a_batch(tmp_path: Path, first: str) -> None:
    other = USER if first == ANA else ANA
    async with quiet_line(tmp_path) as line:
        await line.arrive(line.message("before", who=first))
        kept = await line.chat(first)
        line.clock.advance(SECOND)
        await line.arrive(line.message("new", who=other), line.message("both", who=(other, first)))
        await _is_whole(line, "before", "new", "both")
        assert (await line.chat()).id == kept.id


async def test_three_people_become_one_one_after_the_other(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(
            line.message("a", who=ANA),
            line.message("b", who=USER),
            line.message("c", who="4477009@lid"),
            line.message("ab", who=(USER, ANA)),
            line.message("bc", who=("4477009@lid", USER)),
        )
        await _is_whole(line, "a", "b", "c", "ab", "bc")


async def test_a_message_that_both_hold_stays_once(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(line.message("same", who=ANA, external_id="x"))
        await line.arrive(line.message("same", who=USER, external_id="x"))
        line.clock.advance(SECOND)
        await line.arrive(line.message("both", who=(ANA, USER)))
        await _is_whole(line, "same", "both")


async def test_a_message_of_another_kind_under_the_same_id_stays(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(line.message("text", who=ANA, external_id="x"))
        await line.arrive(line.message("👍", who=USER, external_id="x", kind="reaction", content={"target": "y"}))
        line.clock.advance(SECOND)
        await line.arrive(line.message("both", who=(ANA, USER)))
        await _is_whole(line, "text", "👍", "both")


async def test_a_new_number_that_was_known_brings_its_chat_along(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await _two_chats(line)
        old, new = Address(AddressKind.PHONE, ANA), Address(AddressKind.USER, USER)
        await line.arrive(AddressChange((old,), (new,)))
        await _is_whole(line, "by phone", "by user id")


async def test_what_waits_in_the_dissolved_chat_is_answered(tmp_path: Path) -> None:
    think = FakeThink()
    async with quiet_line(tmp_path, think=think) as line:
        await _two_chats(line)
        old, new = Address(AddressKind.PHONE, ANA), Address(AddressKind.USER, USER)
        await line.arrive(AddressChange((old,), (new,)))  # no message comes that would bring its own turn
        await line.pass_time(2 * MINUTE)
        assert think.pending() == ["by phone", "by user id"]
        assert len(think.asked) == 1
        assert await line.out() == [("ok", "sent")]
        assert await line.jobs("turn") == []


async def test_what_waits_to_be_sent_in_the_dissolved_chat_is_sent_once(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await _two_chats(line)
        gone = await line.chat(USER)
        for _ in range(6):  # the first send holds the lock of the chat while the others wait
            await line.desk.outbox.write(gone.id, by="api", text="Hello")
        await line.idle()
        await line.desk.outbox.write(gone.id, by="api", text="last")
        await line.arrive(line.message("both", who=(ANA, USER)))
        await line.idle()
        assert line.channel.texts == ["Hello"] * 6 + ["last"]
        assert {status for _, status in await line.out()} == {"sent"}
        assert await line.jobs("deliver") == []


async def test_a_send_under_way_in_the_dissolved_chat_settles(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await _two_chats(line)
        line.channel.gate = asyncio.Event()
        await line.desk.outbox.write((await line.chat(USER)).id, by="api", text="Hello")
        await until(lambda: line.channel.under_way == 1)
        await line.arrive(line.message("both", who=(ANA, USER)))
        await line.desk.outbox.write((await line.chat(ANA)).id, by="api", text="next")
        line.channel.gate.set()
        await line.idle()
        assert await line.out() == [("Hello", "sent"), ("next", "sent")]
        assert await line.alerts() == []


async def test_a_turn_under_way_in_the_dissolved_chat_is_superseded_and_answered_once(tmp_path: Path) -> None:
    think = FakeThink()
    think.gate = asyncio.Event()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("by phone", who=ANA))
        await until(lambda: think.under_way == 1)
        await line.arrive(line.message("by user id", who=USER))
        await until(lambda: think.under_way == 2)
        await line.arrive(line.message("both", who=(ANA, USER)))
        think.gate.set()
        await line.idle()
        await line.pass_time(2 * MINUTE)
        assert [text for text, _ in await line.out()] == ["ok"]
        assert {decision for _, decision, _ in await line.decisions()} == {"answered"}
        await balances(line)


async def test_a_chat_with_turns_threads_and_alerts_can_dissolve(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message("by phone", who=ANA))
        await line.arrive(line.message("by user id", who=USER))
        await line.idle()
        await line.arrive(line.message("both", who=(ANA, USER)))
        await line.idle()
        (chat,) = await line.chats()
        assert {turn.chat_id for turn in await line.turns()} == {chat.id}
        assert await line.dead() == []


async def test_a_merge_opens_no_gate_and_ends_no_hold(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await _two_chats(line)
        by_phone, by_user = await line.chat(ANA), await line.chat(USER)
        await line.desk.chats.change(by_user.id, by="opr", agent_mode="draft", labels=["vip"])
        await line.desk.chats.change(by_phone.id, by="opr", trusted=False, labels=["new"])
        await line.desk.holding.take_over(by_phone.id, by="api", minutes=10)
        await line.desk.holding.take_over(by_user.id, by="api", minutes=60)
        held_until = (await line.chat(USER)).held_until
        await line.arrive(line.message("both", who=(ANA, USER)))
        chat = await line.chat()
        assert (chat.trusted, chat.agent_mode, chat.labels) == (False, "draft", '["new","vip"]')
        assert (chat.held_by, chat.held_until) == ("api", held_until)
        assert [job.due_at for job in await line.jobs("hand_back")] == [held_until]
        await line.pass_time(HOUR)
        assert (await line.chat()).held_by is None


async def test_an_open_ended_hold_outlasts_a_merge(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await _two_chats(line)
        await line.desk.holding.take_over((await line.chat(ANA)).id, by="api", minutes=10)
        await line.desk.holding.take_over((await line.chat(USER)).id, by="api", minutes=0)
        await line.arrive(line.message("both", who=(ANA, USER)))
        chat = await line.chat()
        assert (chat.held_by, chat.held_until) == ("api", None)
        assert await line.jobs("hand_back") == []
