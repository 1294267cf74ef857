"""An edit or a deletion that comes ahead of the message it speaks of reaches it all the same."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances, quiet_line
from sqlalchemy import select

from frontdesk.desk.sweeping import EARLY
from frontdesk.domain.addresses import parse
from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import AddressChange, Inbound
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.store.rows import MessageRow
from frontdesk.store.store import Tx
from frontdesk.store.tables import messages
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

USER = "GB.5510"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


def _edit(line: FakeLine, text: str, *, after: int = 0, **more: Any) -> Inbound:
    return line.message(text, kind="edit", content={"target": "x"}, at=line.clock.now() + after, **more)


def _revoke(line: FakeLine, **more: Any) -> Inbound:
    return line.message(None, kind="revoke", content={"target": "x"}, **more)


def _late(line: FakeLine, text: str = "Helo", **more: Any) -> Inbound:
    return line.message(text, external_id="x", at=line.clock.now() - MINUTE, **more)


async def _target(line: FakeLine) -> MessageRow:
    (row,) = [row for row in await line.messages() if row.external_id == "x"]
    return row


async def _waiting(line: FakeLine) -> list[str]:
    async with line.store.read() as read:
        return list(await read.scalars(select(messages.c.waits_for).where(messages.c.waits_for.is_not(None))))


@pytest.mark.parametrize("known", [False, True])
async def test_an_edit_ahead_of_its_message_is_applied_when_that_comes(line: FakeLine, known: bool) -> None:
    if known:
        await line.arrive(line.message("Good morning"))
    await line.arrive(_edit(line, "Hello"))
    assert await _waiting(line) == ["x"]
    await line.arrive(_late(line))
    row = await _target(line)
    assert (row.text, row.edited_at, row.decision) == ("Hello", line.clock.now(), "pending")
    assert row.id in {live.payload["id"] for live in line.happened(LiveType.MESSAGE_CHANGED)}
    assert await _waiting(line) == []
    await balances(line)


async def test_of_several_edits_ahead_the_last_one_stands(line: FakeLine) -> None:
    await line.arrive(_edit(line, "three", after=2 * SECOND))
    await line.arrive(_edit(line, "two", after=SECOND))
    await line.arrive(_late(line, "one"))
    assert (await _target(line)).text == "three"
    assert await _waiting(line) == []


async def test_an_edit_ahead_yields_to_a_newer_one_that_comes_with_the_message(line: FakeLine) -> None:
    await line.arrive(_edit(line, "two", after=SECOND))
    await line.arrive(_late(line, "one"), _edit(line, "three", after=2 * SECOND))
    assert (await _target(line)).text == "three"


async def test_a_message_that_was_taken_back_before_it_came_is_never_answered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(_revoke(line))
        await line.arrive(_late(line, "my password is rose"))
        await line.idle()
        row = await _target(line)
        assert (row.revoked_at, row.decision, row.gate_reason) == (line.clock.now(), "refused", "revoked")
        assert (think.asked, line.channel.sent) == ([], [])
        assert (await line.chat()).last_text != "my password is rose"
        await balances(line)
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert (think.pending(), think.history()) == (["Hi"], [])


async def test_in_a_group_a_change_ahead_reaches_its_message(line: FakeLine) -> None:
    group = "120363@g.us"
    await line.arrive(_edit(line, "Hello", group=group))
    await line.arrive(_late(line, group=group))
    assert (await _target(line)).text == "Hello"


async def test_what_the_owner_edits_on_the_phone_reaches_what_was_typed_there(line: FakeLine) -> None:
    await line.arrive(_edit(line, "At nine", typed_on_phone=True))
    await line.arrive(_late(line, "At ten", typed_on_phone=True))
    assert (await _target(line)).text == "At nine"


async def test_a_change_ahead_waits_for_its_own_message_and_touches_no_other(line: FakeLine) -> None:
    await line.arrive(_edit(line, "Hello"))
    await line.arrive(line.message("y", external_id="y"), line.message("x", external_id="x", who="447700900999"))
    assert {row.text for row in await line.messages()} == {"Hello", "y", "x"}
    assert await _waiting(line) == ["x"]


async def test_a_change_is_no_message_that_another_change_could_speak_of(line: FakeLine) -> None:
    await line.arrive(_edit(line, "Hello"))
    await line.arrive(line.message("👍", external_id="x", kind="reaction", content={"target": "y"}))
    assert [row.text for row in await line.messages()] == ["Hello", "👍"]
    assert await _waiting(line) == ["x"]


async def test_an_older_edit_that_comes_late_has_found_its_message_and_waits_for_none(line: FakeLine) -> None:
    await line.arrive(_late(line, "one"), _edit(line, "three", after=2 * SECOND))
    await line.arrive(_edit(line, "two", after=SECOND))
    assert ((await _target(line)).text, await _waiting(line)) == ("three", [])


@pytest.mark.parametrize("how", ["by a message", "by a change of number"])
async def test_a_change_reaches_its_message_when_two_chats_turn_out_to_be_one(line: FakeLine, how: str) -> None:
    await line.arrive(_late(line, who=ANA))
    await line.arrive(_edit(line, "Hello", who=USER))
    assert (await _target(line)).text == "Helo"
    if how == "by a message":
        await line.arrive(line.message("It is me", who=(ANA, USER)))
    else:
        await line.arrive(AddressChange((parse(ANA),), (parse(USER),)))
    assert ((await _target(line)).text, await _waiting(line)) == ("Hello", [])


async def test_a_change_whose_message_never_comes_is_waited_for_no_longer_than_webhooks_are_repeated(
    line: FakeLine,
) -> None:
    await line.arrive(_edit(line, "Hello"))
    await line.pass_time(EARLY)
    assert await _waiting(line) == ["x"]
    line.clock.advance(MINUTE)

    async def forgotten() -> bool:
        return await _waiting(line) == []

    await until(forgotten)


@pytest.mark.embedded("It counts all that is asked of the database, and work beside it asks too.")
async def test_a_change_that_waits_costs_the_other_chats_nothing(
    line: FakeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ask = Tx._ask

    async def counted(tx: Tx, *queries: Any) -> Any:
        if len(queries) == 1:
            asked.append(queries)
        return await ask(tx, *queries)

    monkeypatch.setattr(Tx, "_ask", counted)

    async def cost(who: str) -> int:
        asked.clear()
        await line.arrive(*(line.message(f"{n}", who=who) for n in range(10)))
        return len(asked)

    await line.arrive(line.message(who=ANA), line.message(who=USER))
    ordinary = await cost(ANA)
    await line.arrive(_edit(line, "Hello", who=USER))
    assert (await cost(ANA), await cost(USER)) == (ordinary, ordinary + 1)


@pytest.mark.parametrize("ahead", [True, False])
async def test_nobody_changes_or_deletes_our_words(line: FakeLine, ahead: bool) -> None:
    await line.arrive(line.message("Hello"))
    ours = line.message("We open at nine.", external_id="x", typed_on_phone=True)
    theirs = (_edit(line, "We open at noon.", after=SECOND), _revoke(line))
    for part in (theirs, (ours,)) if ahead else ((ours,), theirs):
        await line.arrive(*part)
    row = await _target(line)
    assert (row.text, row.edited_at, row.revoked_at) == ("We open at nine.", None, None)


async def test_who_took_back_all_that_was_said_waits_no_more(line: FakeLine) -> None:
    await line.arrive(_late(line))
    assert (await line.chat()).waiting_since is not None
    await line.arrive(_revoke(line))
    assert (await line.chat()).waiting_since is None


async def test_who_took_back_one_of_two_messages_still_waits(line: FakeLine) -> None:
    await line.arrive(_late(line), line.message("Are you there?"))
    await line.arrive(_revoke(line))
    assert (await line.chat()).waiting_since is not None
