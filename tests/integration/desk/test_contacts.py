"""People say who is who: two contacts become one by hand, and an address is given a chat of its own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line
from sqlalchemy import select

from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.domain.addresses import parse
from frontdesk.domain.live import LiveType
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.store import contacts, pages
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.tables import addresses
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

BEA = "447700900999"
HIDDEN = "99000111@lid"
BRAZIL = ("5511987654321", "551187654321")


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path, think=FakeThink()) as line:
        yield line


async def two_chats(line: FakeLine) -> tuple[ChatRow, ChatRow]:
    """Ana wrote, and a second later somebody at another number."""
    await line.arrive(line.message("from Ana", who=ANA, name="Ana"))
    line.clock.advance(SECOND)
    await line.arrive(line.message("from Bea", who=BEA, name="Bea"))
    line.clock.advance(SECOND)
    return await line.chat(ANA), await line.chat(BEA)


async def said(line: FakeLine, chat: ChatRow) -> list[MessageRow]:
    """What stands in a chat, but for the notes."""
    return [row for row in await line.messages() if row.chat_id == chat.id and row.author != "system"]


async def notes(line: FakeLine, chat: ChatRow) -> list[str | None]:
    """The notes in a chat."""
    return [row.text for row in await line.messages() if row.chat_id == chat.id and row.author == "system"]


# Merging


async def test_two_chats_become_one_by_hand_and_the_other_id_leads_there(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    assert await line.desk.contacts.merge(ana.id, other=bea.id, by="api") == ana.id
    (chat,) = await line.chats()
    assert (chat.id, chat.name, chat.unread, chat.last_text) == (ana.id, "Ana", 2, "from Bea")
    assert [row.text for row in await said(line, chat)] == ["from Ana", "from Bea"]
    assert {row.contact_id for row in await said(line, chat)} == {chat.contact_id}
    (note,) = await notes(line, chat)
    assert note is not None
    assert "“Bea” (+447700900999)" in note
    assert line.happened(LiveType.CHAT_MERGED)[-1].payload == {"chat_id": bea.id, "into": ana.id}
    async with line.store.read() as read:
        assert [found.id for found in await pages.find_chat(read, bea.id)] == [ana.id]
    await balances(line)


async def test_merging_again_and_from_the_other_side_does_nothing_more(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    given = [(ana.id, bea.id), (ana.id, bea.id), (bea.id, ana.id)]
    results = await asyncio.gather(
        *(line.desk.contacts.merge(one, other=other, by="api") for one, other in given), return_exceptions=True
    )
    assert [result for result in results if not isinstance(result, NotFound)].count(ana.id) >= 1
    (chat,) = await line.chats()
    assert len(await notes(line, chat)) == 1
    assert await line.desk.contacts.merge(chat.id, other=chat.id, by="api") == chat.id
    await balances(line)


async def test_the_agent_is_not_woken_by_a_merge_and_what_waited_waits_on(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        for who in (ANA, BEA):
            await line.arrive(line.message(who=who))
        await line.idle()
        await line.desk.contacts.merge((await line.chat(ANA)).id, other=(await line.chat(BEA)).id, by="api")
        await line.pass_time(HOUR)
        assert len(think.asked) == 2  # one for each before
        assert await line.jobs("turn") == []


async def test_who_writes_by_several_numbers_is_answered_at_the_last_one(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    await line.arrive(line.message("Ana again", who=ANA))  # later than Bea
    line.clock.advance(SECOND)
    await line.desk.contacts.merge(bea.id, other=ana.id, by="api")
    await line.desk.outbox.write(bea.id, by="api", text="to the last")
    await line.idle()
    line.clock.advance(SECOND)
    await line.arrive(line.message("and by the other", who=BEA))
    await line.desk.outbox.write(bea.id, by="api", text="to the other")
    await line.idle()
    assert [sent.to[0].value for sent in line.channel.sent] == [ANA, BEA]


async def test_only_two_people_of_one_line_can_be_put_together(line: FakeLine) -> None:
    ana, _ = await two_chats(line)
    await line.arrive(line.message("hi", group="120363@g.us"))
    with pytest.raises(Conflict, match="A group is no person"):
        await line.desk.contacts.merge(ana.id, other=(await line.chat("120363@g.us")).id, by="api")
    with pytest.raises(NotFound):
        await line.desk.contacts.merge(ana.id, other="cht_none", by="api")
    assert len(await line.chats()) == 3


# Splitting


async def test_after_a_merge_by_hand_and_a_split_each_has_what_was_theirs(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    for chat in (ana, bea):
        await line.desk.outbox.write(chat.id, by="api", text=f"to {chat.name}")
    await line.idle()
    line.clock.advance(MINUTE)
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
    await line.arrive(line.message("Bea again", who=BEA, name="Bea"))
    new = await line.desk.contacts.split(ana.id, parse(BEA), by="api")
    ana, bea = await line.chat(ANA), await line.chat(BEA)
    assert bea.id == new
    assert [row.text for row in await said(line, ana)] == ["from Ana", "to Ana"]
    assert [row.text for row in await said(line, bea)] == ["from Bea", "to Bea", "Bea again"]
    for chat in (ana, bea):
        heard = {row.contact_id for row in await said(line, chat) if row.direction == "inbound"}
        assert heard == {chat.contact_id}
    assert (ana.last_text, bea.last_text) == ("to Ana", "Bea again")
    assert (ana.unread, bea.unread) == (0, 1)
    assert (ana.waiting_since, bea.waiting_since) == (None, (await said(line, bea))[-1].provider_time)
    assert len(await notes(line, ana)) == 2
    assert len(await notes(line, bea)) == 1
    await balances(line)
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")  # and once more
    assert len(await line.chats()) == 1
    assert len(await said(line, ana)) == 5
    await balances(line)


async def test_what_waits_for_an_answer_is_answered_in_its_own_chat_after_a_split(tmp_path: Path) -> None:
    think = FakeThink()
    async with quiet_line(tmp_path, think=think) as line:
        ana, bea = await two_chats(line)
        await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
        due = [job.due_at for job in await line.jobs("turn")]
        await line.desk.contacts.split(ana.id, parse(BEA), by="api")
        jobs = await line.jobs("turn")
        assert {job.due_at for job in jobs} <= set(due)  # and no sooner
        await line.pass_time(5 * MINUTE)
        assert sorted(asked.pending[0].text for asked in think.asked) == ["from Ana", "from Bea"]
        assert {sent.to[0].value for sent in line.channel.sent} == {ANA, BEA}
        assert await line.jobs("turn") == []
        await balances(line)


async def test_a_turn_under_way_during_a_split_answers_each_in_the_own_chat(tmp_path: Path) -> None:
    think = FakeThink()
    async with quiet_line(tmp_path, think=think) as line:
        ana, bea = await two_chats(line)
        await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
        think.gate = asyncio.Event()
        line.clock.advance(5 * MINUTE)
        await until(lambda: think.under_way == 1)
        await line.desk.contacts.split(ana.id, parse(BEA), by="api")
        think.gate.set()
        await line.idle()
        await line.pass_time(5 * MINUTE)
        sent = {(sent.to[0].value, sent.text) for sent in line.channel.sent}
        assert sent == {(ANA, "ok"), (BEA, "ok")}
        assert {decision for _, decision, _ in await line.decisions()} == {"answered"}


async def test_what_is_being_sent_during_a_split_settles(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
    line.channel.gate = asyncio.Event()
    await line.desk.outbox.write(ana.id, by="api", text="under way")
    await until(lambda: line.channel.under_way == 1)
    await line.desk.outbox.write(ana.id, by="api", text="waits")
    await line.desk.contacts.split(ana.id, parse(BEA), by="api")
    line.channel.gate.set()
    await line.idle()
    assert line.channel.texts == ["under way", "waits"]
    assert {status for _, status in await line.out()} == {"sent"}
    assert await line.alerts() == []


async def test_a_split_opens_no_gate_and_ends_no_hold(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
    await line.desk.chats.change(ana.id, by="api", trusted=False, agent_mode="draft", labels=["vip"])
    await line.desk.holding.take_over(ana.id, by="api", minutes=60)
    new = await line.desk.contacts.split(ana.id, parse(BEA), by="api")
    bea = await line.chat(BEA)
    assert (bea.id, bea.trusted, bea.agent_mode, bea.labels, bea.held_by) == (new, False, "draft", '["vip"]', "api")
    await line.pass_time(HOUR)
    assert [chat.held_by for chat in await line.chats()] == [None, None]


async def test_what_a_person_said_in_a_group_goes_with_the_address(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    await line.arrive(line.message("in the group", who=BEA, group="120363@g.us"))
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
    await line.desk.contacts.split(ana.id, parse(BEA), by="api")
    (row,) = await said(line, await line.chat("120363@g.us"))
    assert row.contact_id == (await line.chat(BEA)).contact_id


async def test_an_address_by_which_nothing_came_gets_an_empty_chat(line: FakeLine) -> None:
    await line.arrive(line.message("both", who=(ANA, HIDDEN)))
    await line.desk.contacts.split((await line.chat(ANA)).id, parse(HIDDEN), by="api")
    hidden = await line.chat(HIDDEN)
    assert await said(line, hidden) == []
    assert (hidden.unread, hidden.waiting_since, hidden.last_inbound_at) == (0, None, None)
    assert [row.text for row in await said(line, await line.chat(ANA))] == ["both"]


async def test_two_ways_of_writing_one_number_are_not_taken_apart(line: FakeLine) -> None:
    for who in BRAZIL:
        await line.arrive(line.message(who=who))
    chat = await line.chat(BRAZIL[0])
    with pytest.raises(Conflict, match="no other address"):
        await line.desk.contacts.split(chat.id, parse(BRAZIL[0]), by="api")
    await line.arrive(line.message(who=ANA))
    await line.desk.contacts.merge((await line.chat(ANA)).id, other=chat.id, by="api")
    await line.desk.contacts.split((await line.chat(ANA)).id, parse(BRAZIL[1]), by="api")
    assert (await line.chat(BRAZIL[0])).id == (await line.chat(BRAZIL[1])).id
    async with line.store.read() as read:
        kept = await read.all(select(addresses.c.value, addresses.c.contact_id), lambda *columns: columns)
    assert len(kept) == 3


async def test_what_cannot_be_split_is_said(line: FakeLine) -> None:
    ana, _ = await two_chats(line)
    with pytest.raises(NotFound, match="no address of “Ana”"):
        await line.desk.contacts.split(ana.id, parse(BEA), by="api")
    with pytest.raises(Conflict, match="nothing to take apart"):
        await line.desk.contacts.split(ana.id, parse(ANA), by="api")


async def test_a_number_that_was_split_off_stays_apart(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
    await line.desk.contacts.split(ana.id, parse(BEA), by="api")
    await line.arrive(line.message("once more", who=BEA, name="Bea"), line.message("and me", who=ANA))
    assert (await line.chat(BEA)).last_text == "once more"
    assert (await line.chat(BEA)).name == "Bea"
    assert (await line.chat(ANA)).last_text == "and me"


async def test_what_the_line_tells_of_one_person_is_taken_out_together(line: FakeLine) -> None:
    ana, bea = await two_chats(line)
    await line.desk.contacts.merge(ana.id, other=bea.id, by="api")
    await line.arrive(line.message("Bea, with her hidden id", who=(BEA, HIDDEN), name="Bea"))
    await line.arrive(line.message("hidden only", who=HIDDEN, name="Bea"))
    async with line.store.read() as read:
        parts = await contacts.parts_of(read, str(ana.contact_id))
    assert {frozenset(map(str, part)) for part in parts} == {
        frozenset({f"phone:{ANA}"}),
        frozenset({f"phone:{BEA}", "lid:99000111"}),
    }
    await line.desk.contacts.split(ana.id, parse(HIDDEN), by="api")
    await line.arrive(line.message("both once more", who=(BEA, HIDDEN), name="Bea"))
    assert len(await line.chats()) == 2
    texts = ["from Bea", "Bea, with her hidden id", "hidden only", "both once more"]
    assert [row.text for row in await said(line, await line.chat(BEA))] == texts
    assert [row.text for row in await said(line, await line.chat(ANA))] == ["from Ana"]


async def test_a_pair_that_the_line_tells_once_more_is_one_again(line: FakeLine) -> None:
    await line.arrive(line.message("both", who=(ANA, HIDDEN)), line.message("hidden", who=HIDDEN))
    await line.desk.contacts.split((await line.chat(ANA)).id, parse(HIDDEN), by="api")
    assert [row.text for row in await said(line, await line.chat(HIDDEN))] == ["hidden"]
    await line.arrive(line.message("again", who=(ANA, HIDDEN)))
    (chat,) = await line.chats()
    assert [row.text for row in await said(line, chat)] == ["both", "hidden", "again"]
    await balances(line)
