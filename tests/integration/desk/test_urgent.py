"""The owner is told at once of what is urgent, by every way that wants it, and is not flooded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from own_line import PRIVATE, SELF, own_line
from sending_line import BEA, OFF

from frontdesk.desk.importance import SOON
from frontdesk.domain.urgent import GAP
from frontdesk.domain.work import Remind, Sweep
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.ears import Ear, Mailbox, logged, receiving
from frontdesk.testing.local_server import serving

URGENT = "This is urgent, please call me back immediately!"
NOON = int(datetime(2026, 3, 20, 12, tzinfo=ZoneInfo("Europe/Lisbon")).timestamp()) * SECOND


@asynccontextmanager
async def told_line(
    folder: Path, ear: Ear, more: str = "", house: str = "", clock: FrozenClock | None = None
) -> AsyncIterator[FakeLine]:
    async with serving(ear) as url:
        config = f'{OFF}{house}\n[[notify]]\nurl = "{url.replace("http", "json")}/x"\non = ["urgent"]\n{more}'
        async with fake_line(
            folder, config=config, clock=clock or FrozenClock(NOON), public_url="https://d.example.com"
        ) as line:
            yield line


async def says(line: FakeLine, text: str = URGENT, **who: Any) -> None:
    """Somebody writes, and it is looked at."""
    await line.arrive(line.message(text, **who))
    await line.idle()
    await line.pass_time(SOON)
    await line.idle()


@pytest.mark.both_shapes
async def test_something_urgent_is_told_at_once_with_a_link_and_stands_under_alerts(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        await says(line, "When do you open?", who=BEA)
        assert ear.heard == []
        await says(line, name="Ana")
        (told,) = ear.heard
        assert told.split("\n")[1:] or told
        assert URGENT in told
        assert f"https://d.example.com/chats/{(await line.chat(ANA)).id}" in told
        (alert,) = await line.alerts()
        assert (alert.kind, alert.severe, alert.chat_id) == ("urgent", True, (await line.chat(ANA)).id)
        assert alert.sentence.startswith("“Ana” wrote something urgent. ")


@pytest.mark.both_shapes
async def test_what_comes_right_after_is_told_together_and_nothing_twice(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        await says(line, name="Ana")
        for number in range(5):
            await says(line, who=f"44770090{number:04}", name=f"P{number}")
        assert len(ear.heard) == 1
        await line.pass_time(GAP)
        assert len(ear.heard) == 2
        assert "5 things need you" in ear.heard[1]
        await line.pass_time(HOUR)
        assert len(ear.heard) == 2


@pytest.mark.both_shapes
async def test_what_was_seen_in_the_inbox_or_answered_meanwhile_is_told_nobody(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        await says(line, who="447700900777", name="First")
        await says(line, name="Ana")
        await says(line, who=BEA, name="Bea")
        alert = next(each for each in await line.alerts() if "Ana" in each.sentence)
        await line.desk.alerts.acknowledge(alert.id, by="api")
        line.clock.advance(SECOND)
        await line.desk.outbox.write((await line.chat(BEA)).id, by="api", text="We are on our way")
        await line.pass_time(GAP)
        assert len(ear.heard) == 1
        assert [each.sentence for each in await line.alerts()] == [
            "“First” wrote something urgent. Says that it is urgent."
        ]


async def test_quiet_hours_keep_what_is_less_than_most_urgent_until_morning(tmp_path: Path) -> None:
    ear = Ear()
    house = '[urgent]\nthreshold = 4\nquiet = "11:00-13:00"\n'
    config = house + '[importance]\nwords = ["boiler"]\n'
    async with told_line(tmp_path, ear, house=f"\n{config}") as line:
        await says(line, "The boiler makes a noise", who=BEA, name="Bea")
        assert ear.heard == []
        await says(line, name="Ana")
        assert [URGENT in told for told in ear.heard] == [True]
        assert "boiler" not in ear.heard[0]
        await line.pass_time(HOUR + MINUTE)
        assert len(ear.heard) == 2
        assert "boiler" in ear.heard[1]
        assert [each.sentence.partition(". ")[0] for each in await line.alerts()] == [
            "“Ana” wrote something urgent",
            "“Bea” wrote something important",
        ]


async def test_a_target_that_is_away_hears_it_later_and_one_that_refuses_is_told_of(tmp_path: Path) -> None:
    ear = Ear(status=503)
    async with told_line(tmp_path, ear) as line:
        await says(line, name="Ana")
        ear.status = 200
        for _ in range(10):
            await line.pass_time(MINUTE)
        assert len(ear.heard) == 1
        ear.status = 403
        await says(line, who=BEA, name="Bea")
        for _ in range(10):
            await line.pass_time(MINUTE)
        assert any("You could not be told of something urgent" in alert.sentence for alert in await line.alerts())


async def test_by_mail_as_well(tmp_path: Path) -> None:
    mailbox = Mailbox("secret")
    async with receiving(mailbox) as port:
        url = f"mailto://ana:secret@127.0.0.1:{port}?from=desk@example.com&to=ana@example.com"
        config = f'{OFF}\n[[notify]]\nurl = "{url}"\non = ["urgent"]\n'
        async with fake_line(tmp_path, config=config, clock=FrozenClock(NOON)) as line:
            with logged() as lines:
                await says(line, name="Ana")
            assert [URGENT in letter for letter in mailbox.heard] == [True]
            assert not any(URGENT in each or "secret" in each for each in lines)


async def test_in_the_own_chat_it_is_written_once_and_not_while_it_is_muted(tmp_path: Path) -> None:
    more = '\n[[notify]]\nurl = "whatsapp://self"\non = ["urgent"]\n'
    async with own_line(tmp_path, more) as line:
        await says(line, name="Ana")
        own = await line.chat(SELF)
        told = [row.text or "" for row in await line.messages("outbound") if row.chat_id == own.id]
        assert [URGENT in text for text in told] == [True]
        async with line.store.begin() as tx:
            await line.desk.commands._muting.mute(tx, None)
        await says(line, who=BEA, name="Bea")
        await line.pass_time(HOUR)
        own_now = [row for row in await line.messages("outbound") if row.chat_id == own.id]
        assert len(own_now) == 1


async def test_a_reminder_that_becomes_due_is_told_too(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        await says(line, "Hello", name="Ana")
        chat = await line.chat(ANA)
        due = line.clock.now() + HOUR
        await line.desk.reminders.make(chat.id, by="api", what="Call the plumber", due_at=due)
        for _ in range(65):
            await line.pass_time(MINUTE)
        (told,) = ear.heard
        assert "Reminder: To remember with Ana\n" in told
        assert told.count("Call the plumber") == 1


@pytest.mark.both_shapes
async def test_after_a_restart_nothing_is_told_again(tmp_path: Path) -> None:
    ear, clock = Ear(), FrozenClock(NOON)
    async with serving(ear) as url:
        config = f'{OFF}\n[[notify]]\nurl = "{url.replace("http", "json")}/x"\non = ["urgent"]\n'
        async with fake_line(tmp_path, config=config, clock=clock) as line:
            await says(line, name="Ana")
            assert len(ear.heard) == 1
        async with fake_line(tmp_path, config=config, clock=clock) as line:
            await line.pass_time(HOUR)
        assert len(ear.heard) == 1


async def test_what_the_owner_writes_to_the_desk_is_no_news_for_the_owner(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear, house=f'\n[owner]\nphones = ["+{PRIVATE}"]\n') as line:
        await says(line, who=PRIVATE, name="Me")
        assert ear.heard == []
        assert [row.importance for row in await line.messages("inbound")] == [None]


@pytest.mark.both_shapes
async def test_a_reminder_that_was_snoozed_is_told_again_when_that_is_over_and_once_more(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        await says(line, "Hello", name="Ana")
        chat, due = await line.chat(ANA), line.clock.now() + HOUR
        reminder = await line.desk.reminders.make(chat.id, by="api", what="Call the plumber", due_at=due)
        await reminded_at(line, due)
        await line.desk.reminders.snooze(reminder, by="api", until=due + HOUR)
        await reminded_at(line, due + HOUR)
        await reminded_at(line, due + 2 * HOUR)
        assert ["Call the plumber" in told for told in ear.heard] == [True, True]


async def reminded_at(line: FakeLine, moment: int) -> None:
    """It becomes that time, and the minute passes in which it is noticed."""
    await line.pass_time(moment - line.clock.now())
    async with line.store.begin(shared=True) as tx:
        await enqueue(tx, Remind(), now=line.clock.now())
    await line.idle()


@pytest.mark.both_shapes
async def test_a_clock_that_was_ahead_keeps_nothing_urgent_back_when_it_is_right_again(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        line.clock.advance(HOUR)
        await says(line, name="Ana")
        await says(line, who=BEA, name="Bea")
        assert len(ear.heard) == 1
        line.clock.advance(-HOUR)
        await line.arrive(line.message(URGENT, who="447700900777", name="Third"))
        await line.idle()
        await line.pass_time(MINUTE)
        await swept(line)
        await line.pass_time(GAP)
        assert len(ear.heard) == 2
        assert "2 things need you" in ear.heard[1]


@pytest.mark.both_shapes
async def test_what_a_clock_that_was_ahead_put_off_is_told_when_the_sweep_has_seen_it(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear) as line:
        line.clock.advance(HOUR)
        await says(line, name="Ana")
        await says(line, who=BEA, name="Bea")
        line.clock.advance(-HOUR)
        await line.pass_time(MINUTE)
        await swept(line)
        assert len(ear.heard) == 2
        await swept(line)
        assert len(ear.heard) == 2


@pytest.mark.both_shapes
async def test_the_sweep_leaves_what_is_quiet_until_morning_as_it_is(tmp_path: Path) -> None:
    ear = Ear()
    house = '\n[urgent]\nthreshold = 4\nquiet = "11:00-13:00"\n[importance]\nwords = ["boiler"]\n'
    async with told_line(tmp_path, ear, house=house) as line:
        await says(line, "The boiler makes a noise", who=BEA, name="Bea")
        before = [(job.id, job.due_at) for job in await line.jobs("tell_urgent")]
        await swept(line)
        assert [(job.id, job.due_at) for job in await line.jobs("tell_urgent")] == before
        assert ear.heard == []


async def swept(line: FakeLine) -> None:
    async with line.store.begin(shared=True) as tx:
        await enqueue(tx, Sweep(), now=line.clock.now())
    await line.idle()


class Running(FrozenClock):
    """A clock that goes on by a millisecond with each look at it."""

    def now(self) -> int:
        self._now += 1
        return self._now


async def test_on_a_clock_that_runs_nothing_is_put_off_that_may_be_told_now(tmp_path: Path) -> None:
    ear = Ear()
    async with told_line(tmp_path, ear, clock=Running(NOON)) as line:
        await says(line, name="Ana")
        assert len(ear.heard) == 1
