"""The daily sign of life, and the one after a start: told once, over restarts and changes of the clocks."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from own_line import own_line, type_to_self

from frontdesk.domain.work import Heartbeat
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import FakeLine
from frontdesk.testing.ears import Ear
from frontdesk.testing.local_server import serving

LISBON, NEW_YORK = "Europe/Lisbon", "America/New_York"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000


def daily(time: str = "09:00") -> str:
    return f'[heartbeat]\nenabled = true\ntime = "{time}"\n'


STARTUP = "[heartbeat]\nstartup = true\n"


async def told(line: FakeLine) -> list[tuple[str, str]]:
    """When a sign of life was written (UTC), and what it says."""
    rows = [row for row in await line.messages("outbound") if row.author == "system"]
    return [
        (datetime.fromtimestamp(row.created_at / 1_000, UTC).strftime("%m-%d %H:%M"), str(row.text)) for row in rows
    ]


async def times(line: FakeLine) -> list[str]:
    return [when for when, _ in await told(line)]


async def go_to(line: FakeLine, moment: int, step: int = 10 * MINUTE) -> None:
    """Let the time pass in steps. In each the house looks, as it does every minute."""
    while line.clock.now() < moment:
        line.clock.advance(min(step, moment - line.clock.now()))
        async with line.store.begin(shared=True) as tx:
            await enqueue(tx, Heartbeat(), now=line.clock.now())
        await line.idle()


@pytest.mark.both_shapes
async def test_it_comes_once_a_day_and_says_how_the_house_is_doing(tmp_path: Path) -> None:
    async with own_line(tmp_path, daily(), clock=FrozenClock(at("2026-11-24T08:30"))) as line:
        await go_to(line, at("2026-11-24T08:40"))
        await line.pass_time(SECOND)
        await line.arrive(line.message("Hello"))
        await go_to(line, at("2026-11-24T09:00"))
        await go_to(line, at("2026-11-24T10:00"))
        assert await times(line) == ["11-24 09:00"]
        ((_, text),) = await told(line)
        assert text.startswith("*Frontdesk is alive*\nShop: connected.\n1 message came in; 1 went out from the agent")
        assert "Nobody waits for an answer." in text
        assert "GB free." in text
        await go_to(line, at("2026-11-25T10:00"), 30 * MINUTE)
        assert await times(line) == ["11-24 09:00", "11-25 09:00"]
        assert "0 messages came in" in (await told(line))[-1][1]


@pytest.mark.parametrize(
    ("zone", "start", "end", "moments"),
    [
        (LISBON, "2026-03-28T20:00", "2026-03-30T10:00", ["03-29 08:00", "03-30 08:00"]),
        (LISBON, "2026-10-24T20:00", "2026-10-26T10:00", ["10-25 09:00", "10-26 09:00"]),
        (NEW_YORK, "2026-03-07T20:00", "2026-03-09T15:00", ["03-08 13:00", "03-09 13:00"]),
        (NEW_YORK, "2026-10-31T20:00", "2026-11-02T15:00", ["11-01 14:00", "11-02 14:00"]),
    ],
)
async def test_it_keeps_to_the_clock_on_the_wall(
    tmp_path: Path, zone: str, start: str, end: str, moments: list[str]
) -> None:
    async with own_line(tmp_path, daily(), zone=zone, clock=FrozenClock(at(start))) as line:
        await go_to(line, at(end), 30 * MINUTE)
        assert await times(line) == moments


@pytest.mark.parametrize(
    ("zone", "time", "start", "end", "moments"),
    [
        (LISBON, "01:30", "2026-03-28T20:00", "2026-03-29T06:00", ["03-29 01:30"]),
        (LISBON, "01:30", "2026-10-24T20:00", "2026-10-25T06:00", ["10-25 00:30"]),
        (NEW_YORK, "02:30", "2026-03-07T20:00", "2026-03-08T12:00", ["03-08 07:30"]),
        (NEW_YORK, "01:30", "2026-10-31T20:00", "2026-11-01T12:00", ["11-01 05:30"]),
    ],
)
async def test_in_the_hour_that_is_missing_or_comes_twice_it_comes_once(
    tmp_path: Path, zone: str, time: str, start: str, end: str, moments: list[str]
) -> None:
    async with own_line(tmp_path, daily(time), zone=zone, clock=FrozenClock(at(start))) as line:
        await go_to(line, at(end))
        assert await times(line) == moments


async def test_a_restart_tells_nothing_again_and_a_long_downtime_tells_one_that_is_late(tmp_path: Path) -> None:
    clock = FrozenClock(at("2026-11-24T08:55"))
    async with own_line(tmp_path, daily(), clock=clock) as line:
        await go_to(line, at("2026-11-24T09:05"), MINUTE)
    async with own_line(tmp_path, daily(), clock=clock) as line:
        await go_to(line, at("2026-11-24T09:20"), MINUTE)
        assert await times(line) == ["11-24 09:00"]
    clock.advance(2 * DAY + 2 * HOUR)
    async with own_line(tmp_path, daily(), clock=clock) as line:
        await go_to(line, clock.now() + 2 * MINUTE)
        assert len(await told(line)) == 2
        assert "This is late: it was due at 09:00 on 26 November." in (await told(line))[-1][1]
    clock.advance(DAY + 11 * HOUR)
    async with own_line(tmp_path, daily(), clock=clock) as line:
        await go_to(line, clock.now() + 2 * MINUTE)
        assert len(await told(line)) == 2
        await go_to(line, at("2026-11-28T09:30"), HOUR)
        assert len(await told(line)) == 3


async def test_without_a_word_in_the_settings_nothing_is_told_or_kept(tmp_path: Path) -> None:
    async with own_line(tmp_path, clock=FrozenClock(at("2026-11-24T08:30"))) as line:
        await go_to(line, at("2026-11-26T10:00"), HOUR)
        assert await told(line) == []


async def test_one_that_reaches_nobody_raises_an_alert_that_says_why(tmp_path: Path) -> None:
    clock = FrozenClock(at("2026-11-24T08:30"))
    async with own_line(tmp_path, daily(), channel=FakeChannel(), clock=clock) as line:
        await go_to(line, at("2026-11-24T09:10"), MINUTE)
        (alert,) = await line.alerts()
        assert (alert.kind, alert.count) == ("heartbeat", 1)
        assert "[owner] phones" in alert.sentence


async def test_a_target_that_wants_it_is_told_it(tmp_path: Path) -> None:
    ear = Ear()
    async with serving(ear) as server:
        url = server.replace("http", "json", 1)
        sections = f'{daily()}[[notify]]\nurl = "{url}/here"\non = ["heartbeat"]\n[[notify]]\nurl = "{url}/not"\n'
        async with own_line(tmp_path, sections, clock=FrozenClock(at("2026-11-24T08:58"))) as line:
            await go_to(line, at("2026-11-24T09:03"), MINUTE)
            assert ear.paths == ["/here"]
            assert "Frontdesk is alive" in ear.heard[0]
            assert len(await told(line)) == 1


# After a start


@pytest.mark.both_shapes
async def test_a_start_is_told_once_when_the_lines_have_come_up(tmp_path: Path) -> None:
    clock = FrozenClock(at("2026-11-24T08:30"))
    async with own_line(tmp_path, STARTUP, clock=clock) as line:
        await line.pass_time(SECOND)
        assert await told(line) == []
        await go_to(line, clock.now() + 5 * MINUTE, MINUTE)
        ((_, text),) = await told(line)
        assert text.startswith("*Frontdesk started at 08:30 on 24 November*\nShop: connected.")


async def test_a_quick_restart_is_not_told_and_a_long_downtime_is(tmp_path: Path) -> None:
    clock = FrozenClock(at("2026-11-24T08:30"))
    for minutes, starts in ((0, 1), (2, 1), (1, 1), (30, 2)):
        clock.advance(minutes * MINUTE)
        async with own_line(tmp_path, STARTUP, clock=clock) as line:
            await go_to(line, clock.now() + 3 * MINUTE, MINUTE)
            assert len(await told(line)) == starts
    assert "It was last alive at 08:4" in await _last(tmp_path, clock)


async def _last(folder: Path, clock: FrozenClock) -> str:
    async with own_line(folder, STARTUP, clock=clock) as line:
        return (await told(line))[-1][1]


@pytest.mark.both_shapes
async def test_each_process_of_a_house_that_starts_does_not_tell_it_again(tmp_path: Path) -> None:
    async with own_line(tmp_path, STARTUP) as line:
        await line.desk.heartbeat.started()
        await line.desk.heartbeat.started()
        await go_to(line, line.clock.now() + 4 * MINUTE, MINUTE)
        assert len(await told(line)) == 1


async def test_what_the_owner_writes_in_the_own_chat_is_not_counted(tmp_path: Path) -> None:
    clock = FrozenClock(at("2026-11-24T08:30"))
    async with own_line(tmp_path, daily(), clock=clock) as line:
        await type_to_self(line, "Buy milk")
        await go_to(line, at("2026-11-24T09:05"))
        assert "0 messages came in; 0 went out from the agent and 0 from people." in (await told(line))[-1][1]
