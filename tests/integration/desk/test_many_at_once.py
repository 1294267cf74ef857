"""Two webs and two workers on one database, all at the same time: nothing is lost, doubled or out of order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from turns_house import QUIET
from two_houses import Pair, two_houses

from frontdesk.desk.beginning import FirstWords
from frontdesk.desk.intake import ENOUGH
from frontdesk.desk.parcels import APART
from frontdesk.domain.addresses import parse
from frontdesk.domain.messages import Author, Status
from frontdesk.domain.wire import Delivery, Event, Inbound, Receipt, Sender
from frontdesk.kit.clock import SECOND
from frontdesk.store import alerts, ledger
from frontdesk.store.contacts import address_id
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.tables import chats, dead_letters, jobs, messages
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse
from frontdesk.testing.think import FakeThink

NUMBER = "451"
PEOPLE = 12
TEXTS = 4


@pytest.fixture
async def pair(tmp_path: Path, postgres_url: str) -> AsyncIterator[Pair]:
    async with two_houses(tmp_path, postgres_url, config=QUIET, think=FakeThink()) as pair:
        pair.other_channel._numbers = pair.channel._numbers  # they speak with one and the same WhatsApp
        pair.other_channel.sent = pair.channel.sent
        account_id = await pair.one.desk.accounts.add("fake", name="Shop", options={"number": NUMBER})
        await pair.one.desk.accounts.connect(account_id)
        for h in (pair.one, pair.other):
            await h.connected()
            await h.desk.following.caught_up()
        await idle(pair)  # what is done at the start has the house to itself
        yield pair


def both(pair: Pair) -> tuple[TestHouse, TestHouse]:
    return pair.one, pair.other


def phone(person: int) -> str:
    return f"4477009001{person:02}"


def user(person: int) -> str:
    return f"GB.55{person:02}"


def says(person: int, text: str, *who: str) -> Inbound:
    sender = Sender(tuple(parse(one) for one in who or (phone(person),)), f"Person {person}")
    return Inbound(f"in-{person}-{text}", "text", sender, text=text)


async def arrive(h: TestHouse, *events: Event) -> None:
    (account,) = h.desk.accounts.all()
    await h.desk.intake.receive("fake", [Delivery(NUMBER, events)], allowed=frozenset({account.row.id}))


async def rows(pair: Pair, table: Any, row: Any) -> list[Any]:
    async with pair.one.built.store.read() as read:
        return await read.all(select(table).order_by(table.c.id), row)


async def idle(pair: Pair) -> None:
    for h in both(pair):
        await h.idle()


def deadlocks(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as watcher:
        asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        found = watcher.execute("SELECT pg_stat_clear_snapshot()").fetchone() and watcher.execute(asked).fetchone()
    return int(found[0]) if found else -1


async def holds(pair: Pair) -> None:
    """Whatever happened, this is so."""
    async with pair.one.built.store.read() as read:
        balance = await ledger.balance(read)
        assert balance.balanced, balance
        assert await read.scalars(select(dead_letters.c.reason)) == []
        assert await read.scalars(select(jobs.c.error).where(jobs.c.state == "failed")) == []
        assert [alert.sentence for alert in await alerts.recent(read, only_open=True)] == []


def someone_waits(pair: Pair) -> bool:
    with psycopg.connect(pair.one.built.store.url, autocommit=True) as watcher:
        found = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return bool(found and found[0])


async def together(*work: Awaitable[Any]) -> None:
    await asyncio.gather(*work)


def of(chat: ChatRow, all_messages: Iterable[MessageRow], *authors: Author) -> list[MessageRow]:
    return [row for row in all_messages if row.chat_id == chat.id and row.author in authors]


async def test_people_who_come_at_two_webs_at_once_have_one_chat_each_and_are_answered_once(pair: Pair) -> None:
    """Each writes under the number, under the user id and under both, and every webhook comes at both webs."""
    arrivals = [
        arrive(h, says(person, f"{text}", *who))
        for text in range(TEXTS)
        for person in range(PEOPLE)
        for h in both(pair)
        for who in [((phone(person),), (user(person),), (phone(person), user(person)))[(text + person) % 3]]
    ]
    await together(*arrivals)
    for person in range(PEOPLE):
        await together(*(arrive(h, says(person, "last", phone(person), user(person))) for h in both(pair)))
    await holds(pair)
    assert len(await rows(pair, chats, ChatRow)) == PEOPLE
    pair.clock.advance(10 * SECOND)
    await idle(pair)
    pair.clock.advance(10 * SECOND)
    await idle(pair)
    kept = await rows(pair, messages, MessageRow)
    for chat in await rows(pair, chats, ChatRow):
        heard = of(chat, kept, Author.CONTACT)
        assert len(heard) == TEXTS + 1
        assert {row.decision for row in heard} == {"answered"}
        assert [row.status for row in of(chat, kept, Author.AGENT)] == ["sent"]
    await holds(pair)
    assert deadlocks(pair.one.built.store.url) == 0


async def test_a_message_is_stored_while_another_of_the_same_line_is(pair: Pair) -> None:
    """Receipts beside it wait for all of the line; it does not."""
    (account,) = pair.one.desk.accounts.all()
    busy = address_id(account.row.id, parse(phone(0)))
    async with pair.one.built.store.begin(addresses=[busy]) as tx:
        await tx.scalar(select(chats.c.id).limit(1))
        waits = asyncio.create_task(arrive(pair.other, says(0, "hello")))
        await until(lambda: someone_waits(pair))
        await asyncio.wait_for(arrive(pair.one, says(1, "hello")), 8)
        assert [row.text for row in await rows(pair, messages, MessageRow)] == ["hello"]
    await waits
    assert len(await rows(pair, messages, MessageRow)) == 2


async def test_one_web_stores_many_while_another_group_of_its_own_waits(pair: Pair) -> None:
    (account,) = pair.one.desk.accounts.all()
    async with pair.one.built.store.begin(addresses=[address_id(account.row.id, parse(phone(0)))]) as tx:
        await tx.scalar(select(chats.c.id).limit(1))
        waits = asyncio.create_task(arrive(pair.one, says(0, "hello")))
        await until(lambda: someone_waits(pair))
        others = (arrive(pair.one, says(1 + n % 3, f"{n}")) for n in range(ENOUGH))
        await asyncio.wait_for(together(*others), 8)
        assert len(await rows(pair, messages, MessageRow)) == ENOUGH
    await waits
    await holds(pair)


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("typed_on_phone", [False, True])
async def test_a_chat_keeps_its_order_though_groups_are_stored_at_once(
    pair: Pair, held: int, typed_on_phone: bool
) -> None:
    """The first group has one person already, or not yet, when it waits for the other."""
    (account,) = pair.one.desk.accounts.all()
    writes = 1 - held
    second = replace(says(writes, "second"), typed_on_phone=typed_on_phone)
    async with pair.one.built.store.begin(addresses=[address_id(account.row.id, parse(phone(held)))]) as tx:
        await tx.scalar(select(chats.c.id).limit(1))
        first = asyncio.create_task(arrive(pair.one, says(held, "first"), says(writes, "first")))
        await until(lambda: someone_waits(pair))
        others = [arrive(pair.one, says(2 + n, "hello")) for n in range(ENOUGH)]
        behind = asyncio.create_task(together(arrive(pair.one, second), *others))
        for _ in range(20):  # long enough to be stored first, were it not to wait
            await rows(pair, messages, MessageRow)
    await together(first, behind)
    kept = await rows(pair, messages, MessageRow)
    assert [row.text for row in kept if f"-{writes}-" in str(row.external_id)] == ["first", "second"]
    await holds(pair)


async def test_a_webhook_with_very_many_messages_has_the_line_to_itself(pair: Pair) -> None:
    """The locks of a database are some thousands for all."""
    (account,) = pair.one.desk.accounts.all()
    many = [says(0, f"{n}") for n in range(APART + 1)]
    async with pair.one.built.store.begin(addresses=[address_id(account.row.id, parse(phone(1)))]) as tx:
        await tx.scalar(select(chats.c.id).limit(1))
        await together(*(arrive(pair.one, *many[:APART]) for _ in range(3)))
        waits = asyncio.create_task(arrive(pair.one, *many))
        await until(lambda: someone_waits(pair))
    await waits
    assert len(await rows(pair, messages, MessageRow)) == APART + 1
    await holds(pair)


async def test_people_who_turn_out_to_be_one_at_two_webs_at_once_become_one(pair: Pair) -> None:
    """Known apart under number and user id, each is told of under both while others write."""
    for person in range(PEOPLE):
        await arrive(pair.one, says(person, "number"), says(person, "user", user(person)))
    assert len(await rows(pair, chats, ChatRow)) == 2 * PEOPLE
    await together(
        *(arrive(h, says(person, f"both {text}", phone(person), user(person))) for person in range(PEOPLE)
          for text in range(TEXTS) for h in both(pair))
    )  # fmt: skip
    known, kept = await rows(pair, chats, ChatRow), await rows(pair, messages, MessageRow)
    assert len(known) == PEOPLE
    assert {len(of(chat, kept, Author.CONTACT)) for chat in known} == {2 + TEXTS}
    await holds(pair)
    assert deadlocks(pair.one.built.store.url) == 0


async def test_one_message_told_under_number_and_user_id_at_two_webs_at_once_is_stored_once(pair: Pair) -> None:
    for person in range(PEOPLE):
        await arrive(pair.one, says(person, "number"), says(person, "user", user(person)))
    pairs = [(says(person, "twice"), says(person, "twice", user(person))) for person in range(PEOPLE)]
    await together(*(arrive(h, told) for each in pairs for h, told in zip(both(pair), each, strict=True)))
    kept = await rows(pair, messages, MessageRow)
    assert sorted(row.text or "" for row in kept).count("twice") == PEOPLE
    await holds(pair)
    assert deadlocks(pair.one.built.store.url) == 0


async def test_takeovers_receipts_and_new_messages_while_the_agent_answers_spoil_nothing(pair: Pair) -> None:
    await together(*(arrive(pair.one, says(person, "hello")) for person in range(PEOPLE)))
    known = await rows(pair, chats, ChatRow)
    taken, left = known[::3], [chat for place, chat in enumerate(known) if place % 3]
    pair.clock.advance(10 * SECOND)
    await together(
        *(h.desk.holding.take_over(chat.id, by="api") for chat in taken for h in both(pair)),
        *(h.desk.chats.read(chat.id, by="api") for chat in known for h in both(pair)),
        *(arrive(pair.other, says(person, "and more")) for person in range(PEOPLE)),
        *(arrive(h, *_receipts(pair)) for h in both(pair) for _ in range(3)),
    )
    for _ in range(3):
        pair.clock.advance(10 * SECOND)
        await idle(pair)
        await together(*(arrive(h, *_receipts(pair)) for h in both(pair)))
    await idle(pair)
    kept = await rows(pair, messages, MessageRow)
    for chat in left:
        assert {row.decision for row in of(chat, kept, Author.CONTACT)} == {"answered"}
        turns = {row.turn_id for row in of(chat, kept, Author.CONTACT)}
        assert len(of(chat, kept, Author.AGENT)) == len(turns)
    for chat in known:
        assert {row.status for row in of(chat, kept, Author.AGENT)} <= {Status.READ, Status.DRAFT}
    await holds(pair)
    assert deadlocks(pair.one.built.store.url) == 0


def _receipts(pair: Pair) -> list[Receipt]:
    """What is told of all that was sent, more than once, and in no order."""
    sent = range(1, len(pair.channel.sent) + 1)
    return [Receipt(f"out-{n}", status) for status in (Status.READ, Status.DELIVERED, Status.SENT) for n in sent]


async def test_the_same_message_of_a_program_at_two_webs_is_one(pair: Pair) -> None:
    await arrive(pair.one, says(0, "hello"))
    (chat,) = await rows(pair, chats, ChatRow)
    write = [
        h.desk.outbox.write(chat.id, by="api", text=f"order {n}", idempotency_key=f"order-{n}")
        for n in range(5)
        for h in both(pair)
    ]
    ids = await asyncio.gather(*write)
    assert len(set(ids)) == 5
    await idle(pair)
    assert sorted(str(out.text) for out in pair.channel.sent) == [f"order {n}" for n in range(5)]


async def test_two_who_begin_with_the_same_people_at_two_webs_while_these_write_have_one_chat_each(pair: Pair) -> None:
    (account,) = pair.one.desk.accounts.all()
    await together(
        *(
            h.desk.beginning.write_to(account.row.id, f"+{phone(person)}", FirstWords("api", "Good morning."))
            for person in range(PEOPLE)
            for h in both(pair)
        ),
        *(arrive(h, says(person, "hello")) for person in range(PEOPLE) for h in both(pair)),
    )
    await idle(pair)
    assert len(await rows(pair, chats, ChatRow)) == PEOPLE
    assert len(pair.channel.sent) == 2 * PEOPLE
    await holds(pair)
    assert deadlocks(pair.one.built.store.url) == 0


async def test_what_nobody_can_place_comes_at_two_webs_in_another_order_and_is_kept_once_each(pair: Pair) -> None:
    letters = [Delivery(f"no line {n}", (says(n, "hello"),)) for n in range(40)]
    for _ in range(5):
        await together(
            pair.one.desk.intake.receive("fake", letters, allowed=frozenset()),
            pair.other.desk.intake.receive("fake", letters[::-1], allowed=frozenset()),
        )
    async with pair.one.built.store.read() as read:
        assert await read.scalars(select(dead_letters.c.count)) == [10] * 40
        assert (await ledger.balance(read)).balanced
    assert deadlocks(pair.one.built.store.url) == 0


async def test_what_is_written_at_two_desks_in_turn_goes_out_in_that_order(pair: Pair) -> None:
    await together(*(arrive(pair.one, says(person, "hello")) for person in range(PEOPLE)))
    known = await rows(pair, chats, ChatRow)

    async def write(chat: ChatRow) -> None:
        for number in range(6):
            await both(pair)[number % 2].desk.outbox.write(chat.id, by="api", text=f"{number}")

    await together(*(write(chat) for chat in known))
    await idle(pair)
    for person in range(PEOPLE):
        address = parse(phone(person))
        assert [out.text for out in pair.channel.sent if address in out.to] == [f"{number}" for number in range(6)]
    await holds(pair)
    assert deadlocks(pair.one.built.store.url) == 0
