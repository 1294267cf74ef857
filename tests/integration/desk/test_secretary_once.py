"""What the secretary tells, it tells once: two processes on one PostgreSQL, all of whose work is due at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from clinic import WEEK
from reminding_line import at
from sqlalchemy import select
from two_houses import TOKEN, Pair, delivery, two_houses

from frontdesk.desk.appointments import Wish
from frontdesk.desk.digests import Order
from frontdesk.desk.importance import SOON
from frontdesk.desk.routes import SCHEDULE
from frontdesk.domain.accounts import State
from frontdesk.domain.appointments import Resource, Service
from frontdesk.domain.wire import LineState
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.store.tables import chats, contacts, digest_issues, jobs, reminders
from frontdesk.testing.ears import Ear
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.local_server import serving
from frontdesk.testing.think import FakeThink

NUMBER = "451"
URGENT = "This is urgent, please call me back immediately!"
HOUSE = """
timezone = "Europe/Lisbon"
{open}
[heartbeat]
enabled = true
time = "10:00"
[[notify]]
url = "{url}/x"
on = ["urgent", "digest", "heartbeat"]
"""
NINE, TEN = at("2026-11-24T09:00"), at("2026-11-24T10:00")


@asynccontextmanager
async def two_secretaries(folder: Path, database: str, ear: Ear) -> AsyncIterator[Pair]:
    """The line is up, and somebody has written."""
    async with serving(ear) as url:
        config = HOUSE.format(open=OPEN_HOUSE, url=url.replace("http", "json"))
        async with two_houses(folder, database, config=config, think=FakeThink()) as pair:
            pair.other_channel._numbers = count(1_000)  # WhatsApp gives no id twice
            pair.clock.advance(NINE - pair.clock.now())
            account_id = await pair.one.desk.accounts.add("fake", name="Shop", options={"number": NUMBER})
            for state in (State.CONNECTING, State.CONNECTED):
                await pair.one.desk.accounts.report(account_id, LineState(state))
            await pair.other.desk.following.caught_up()
            await writes(pair, "Hello")
            yield pair


async def writes(pair: Pair, *texts: str) -> None:
    answer = await pair.other.http.post("/webhook", json=delivery(NUMBER, *texts), headers={"x-fake-token": TOKEN})
    assert answer.status_code == 200
    await settled(pair)


async def settled(pair: Pair) -> None:
    for _ in range(2):
        for each in (pair.one, pair.other):
            each.built.runner.wake(pair.clock.now())
            await each.idle()


async def goes_on(pair: Pair, moment: int) -> None:
    """It becomes that time, and both timetables ask for all that they hold, again and again."""
    pair.clock.advance(moment - pair.clock.now())
    for house in (pair.one, pair.other, pair.one):
        async with house.built.store.begin(shared=True) as tx:
            for _, job in SCHEDULE:
                await enqueue(tx, job, now=pair.clock.now())
        for each in (pair.one, pair.other):
            each.built.runner.wake(pair.clock.now())
    await settled(pair)


async def test_whatever_becomes_due_in_two_processes_at_once_is_told_once(tmp_path: Path, postgres_url: str) -> None:
    ear = Ear()
    async with two_secretaries(tmp_path, postgres_url, ear) as pair:
        chat, contact = await ids(pair)
        await booked_for_noon(pair, contact)
        await pair.one.desk.digests.add(
            Order(schedule="every day at 10:00", zone="Europe/Lisbon", ways=("notify",)), operator_id=None, owner=True
        )
        await pair.one.desk.reminders.make(chat, by="api", what="Call the plumber", due_at=TEN)
        await pair.other.desk.outbox.write(chat, by="api", text="I will send you the invoice tomorrow at 9:00.")
        await goes_on(pair, NINE + MINUTE)
        assert ear.heard == []
        for moment in (TEN, TEN + 30 * SECOND, TEN + MINUTE, TEN + 5 * MINUTE):
            await goes_on(pair, moment)
        heads = sorted(told.split("\n")[2].split(",")[0] for told in ear.heard)
        assert heads == ["Digest", "Frontdesk is alive", "Reminder: To remember with Contact 0123"]
        assert [told for told in ear.heard if "Reminder:" in told and "“Call the plumber”" in told]
        out = [
            text for text in (*pair.channel.texts, *pair.other_channel.texts) if "A reminder of your" in (text or "")
        ]
        assert len(out) == 1
        assert await rows_of(pair, digest_issues.c.state) == ["made"]
        assert sorted(await rows_of(pair, reminders.c.kind)) == ["own", "promise"]
        assert await rows_of(pair, jobs.c.kind, jobs.c.state == "failed") == []


async def test_something_urgent_that_two_processes_could_tell_is_told_once(tmp_path: Path, postgres_url: str) -> None:
    ear = Ear()
    async with two_secretaries(tmp_path, postgres_url, ear) as pair:
        await writes(pair, "Hello", URGENT)
        for moment in (NINE + SOON, NINE + MINUTE, NINE + 10 * MINUTE):
            await goes_on(pair, moment)
        assert [URGENT in told for told in ear.heard] == [True]


async def booked_for_noon(pair: Pair, contact: str) -> None:
    calendar = pair.one.desk.calendar
    await calendar.put_resource(Resource("", "Dr Costa", "", openings=WEEK))
    async with pair.one.built.store.read() as read:
        doing = tuple((await calendar.books(read)).resources)
    await calendar.put_service(Service("", "Cleaning", 30, step=30, notice=60, reminders=(120,), resources=doing))
    async with pair.one.built.store.read() as read:
        (service,) = (await calendar.books(read)).services
    await pair.one.desk.appointments.book(Wish(service, TEN + 120 * MINUTE, "opr_1", contact_id=contact))


async def ids(pair: Pair) -> tuple[str, str]:
    """Of the one chat and its person."""
    (chat,), (contact,) = await rows_of(pair, chats.c.id), await rows_of(pair, contacts.c.id)
    return chat, contact


async def rows_of(pair: Pair, column: object, *where: object) -> list[str]:
    async with pair.one.built.store.read() as read:
        found: list[str] = await read.scalars(select(column).where(*where))  # type: ignore[call-overload]
    return found
