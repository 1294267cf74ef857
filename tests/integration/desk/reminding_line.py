"""What tests of reminders do with a line: say something, let the minute pass, look at what there is to remember."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from frontdesk.domain.work import ReadPromises, Remind
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import MINUTE
from frontdesk.store import reminders
from frontdesk.store.reminders import ReminderLine, ReminderRow
from frontdesk.store.tables import reminders as table
from frontdesk.testing.desk import ANA, FakeLine

ZONE = "Europe/Lisbon"


def at(local: str) -> int:
    """A time of the house's zone as Unix ms."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(ZONE)).timestamp() * 1_000)


async def say(line: FakeLine, text: str, *, who: str = ANA, **more: Any) -> str:
    """An operator writes it, and it goes out; the message's id."""
    chat = await line.chat(who)
    made: str = await line.desk.outbox.write(chat.id, by="api", text=text, **more)
    await line.idle()
    return made


async def a_minute(line: FakeLine) -> None:
    """The minute in which promises are read and reminders told."""
    line.clock.advance(MINUTE)
    for job in (ReadPromises(), Remind()):  # as the timetable does, which may be late by a turn of the loop
        async with line.store.begin(shared=True) as tx:
            await enqueue(tx, job, now=line.clock.now())
        await line.idle()


async def until_then(line: FakeLine, local: str) -> None:
    """Let it become that time, and the minute pass in which it is noticed."""
    await line.pass_time(at(local) - line.clock.now())
    await a_minute(line)


async def kept(line: FakeLine) -> list[ReminderRow]:
    """All that there are, in the order in which they were made."""
    async with line.store.read() as read:
        rows: list[ReminderRow] = await read.all(select(table).order_by(table.c.created_at, table.c.id), ReminderRow)
    return rows


async def shown(line: FakeLine, **asked: Any) -> list[ReminderLine]:
    """The open ones as lists show them."""
    async with line.store.read() as read:
        return await reminders.open_ones(read, **{"sight": None, **asked})
