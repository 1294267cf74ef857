"""A line that cannot send for a while: its owner is told once, and the alert closes when a send succeeds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sending_line import BEA, OFF, sending_line

from frontdesk.desk.outages import PATIENCE
from frontdesk.domain.accounts import State
from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import LineState
from frontdesk.domain.work import Sweep
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND, to_datetime
from frontdesk.kit.errors import Rejected, Retryable, Scope
from frontdesk.store.rows import AlertRow
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import ANA, FakeLine, fake_line


def _away(scope: Scope = "account", after: int = 15 * SECOND) -> Retryable:
    return Retryable("WhatsApp could not be reached.", after=after, scope=scope)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with sending_line(tmp_path) as line:
        yield line


async def _write(line: FakeLine, text: str = "Hi", who: str = ANA) -> None:
    await line.desk.outbox.write((await line.chat(who)).id, by="api", text=text)
    await line.idle()


async def _minutes(line: FakeLine, many: int) -> None:
    """So many minutes pass, with what happens in each by the clock."""
    for _ in range(many):
        line.clock.advance(MINUTE)
        async with line.store.begin() as tx:
            await enqueue(tx, Sweep(), now=line.clock.now())
        await line.idle()


async def _open(line: FakeLine) -> AlertRow:
    (alert,) = await line.alerts()
    return alert


@pytest.mark.parametrize("scope", ["account", "message"])
async def test_after_five_minutes_without_a_send_the_owner_is_told_once(line: FakeLine, scope: Scope) -> None:
    line.channel.script += [_away(scope, 2 * MINUTE)] * 40
    began = to_datetime(line.clock.now(), "Europe/Lisbon")
    await _write(line)
    await _minutes(line, PATIENCE // MINUTE - 1)
    assert await line.alerts() == []
    await _minutes(line, 1)
    alert = await _open(line)
    said = f"“Shop” cannot send: 1 message waits since {began:%H:%M}. WhatsApp could not be reached."
    assert (alert.kind, alert.severe, alert.sentence) == ("line", True, said)
    assert (alert.account_id, alert.count) == (line.account_id, 1)


async def test_an_outage_is_one_alert_whose_number_stays_true(line: FakeLine) -> None:
    line.channel.script += [_away()] * 200
    await _write(line)
    await _minutes(line, 6)
    await _write(line, "More")
    await _write(line, "And more", who=BEA)
    await _minutes(line, 30)
    alert = await _open(line)
    assert "3 messages wait since " in alert.sentence
    assert (alert.count, len(line.happened(LiveType.ALERT_RAISED))) == (1, 1)
    assert len(line.happened(LiveType.ALERT_CHANGED)) == 1


async def test_the_alert_closes_when_a_send_succeeds_and_the_next_outage_is_another(line: FakeLine) -> None:
    for _ in range(2):
        line.channel.script += [_away()] * 100
        await _write(line)
        await _minutes(line, 6)
        assert (await _open(line)).count == 1
        line.channel.script.clear()
        await _minutes(line, 1)
        assert (await line.alerts(), {status for _, status in await line.out()}) == ([], {"sent"})
    assert len(line.happened(LiveType.ALERT_RAISED)) == 2


async def test_an_alert_that_was_seen_does_not_come_back_within_the_outage(line: FakeLine) -> None:
    line.channel.script += [_away()] * 200
    await _write(line)
    await _minutes(line, 6)
    await line.desk.alerts.acknowledge((await _open(line)).id, by="opr")
    await _minutes(line, 30)
    assert await line.alerts() == []


async def test_a_short_outage_says_nothing_and_is_forgotten_with_the_next_send(line: FakeLine) -> None:
    for _ in range(4):
        line.channel.script += [_away(after=MINUTE)] * 2
        await _write(line)
        await _minutes(line, 3)
    assert {status for _, status in await line.out()} == {"sent"}
    assert line.happened(LiveType.ALERT_RAISED) == []


async def test_a_person_who_has_to_be_left_alone_is_no_outage(line: FakeLine) -> None:
    line.channel.script.append(_away("chat", HOUR))
    await _write(line)
    await _minutes(line, 20)
    assert await line.alerts() == []


async def test_messages_that_are_given_up_one_after_the_other_are_an_outage(line: FakeLine) -> None:
    line.channel.script += [_away("message", SECOND)] * 100
    for _ in range(7):
        await _write(line)
        for _ in range(6):
            await line.pass_time(SECOND)
        await _minutes(line, 1)
    assert {status for _, status in await line.out()} == {"failed"}
    alert = await _open(line)
    assert ", 7 were given up. WhatsApp could not be reached." in alert.sentence
    assert alert.count == 1


async def test_a_message_that_is_given_up_alone_is_no_outage(line: FakeLine) -> None:
    line.channel.script += [_away("message", SECOND)] * 6
    await _write(line)
    for _ in range(6):
        await line.pass_time(SECOND)
    await _minutes(line, 10)
    assert [status for _, status in await line.out()] == ["failed"]
    await _write(line, "later")
    line.channel.script += [_away()]
    await _write(line, "refused once")
    await _minutes(line, 1)
    assert await line.alerts() == []


async def test_what_waits_for_less_than_that_raises_nothing_though_the_last_failure_is_long_ago(
    line: FakeLine,
) -> None:
    line.channel.script += [_away("message", SECOND)] * 5 + [Rejected("No.")]
    await _write(line)
    for _ in range(6):
        await line.pass_time(SECOND)
    await _minutes(line, 10)
    line.channel.script += [_away(after=HOUR)]
    await _write(line, "new")
    await _minutes(line, 2)
    assert await line.alerts() == []


async def test_a_line_that_has_stopped_is_told_of_by_its_own_alert(line: FakeLine) -> None:
    line.channel.script += [_away()] * 10
    await _write(line)
    await line.desk.accounts.report(line.account_id, LineState(State.ACTION_REQUIRED, "The token has ended."))
    await _minutes(line, 20)
    assert (await _open(line)).sentence == "The line “Shop” has stopped. The token has ended."


async def test_the_alert_of_a_line_that_was_removed_closes(line: FakeLine) -> None:
    line.channel.script += [_away()] * 100
    await _write(line)
    await _minutes(line, 6)
    await line.desk.accounts.remove(line.account_id)
    await _minutes(line, 1)
    assert await line.alerts() == []


async def test_a_restart_within_an_outage_tells_nothing_twice_and_the_alert_still_closes(tmp_path: Path) -> None:
    clock, channel = FrozenClock(), FakeChannel()
    channel.script += [_away()] * 200
    async with fake_line(tmp_path, config=OFF, clock=clock, channel=channel) as line:
        await line.arrive(line.message())
        await _write(line)
        await _minutes(line, 6)
        first = await _open(line)
    again = FakeChannel()
    again.script += [_away(after=MINUTE)] * 8
    async with fake_line(tmp_path, config=OFF, clock=clock, channel=again) as line:
        await _minutes(line, 7)
        assert ((await _open(line)).id, (await _open(line)).count) == (first.id, 1)
        assert line.happened(LiveType.ALERT_RAISED) == []
        await _minutes(line, 3)
        assert (await line.out(), await line.alerts()) == ([("Hi", "sent")], [])


async def test_an_outage_of_more_than_a_day_says_the_day(line: FakeLine) -> None:
    line.channel.script += [_away(after=20 * HOUR)] * 10
    began = to_datetime(line.clock.now(), "Europe/Lisbon")
    await _write(line)
    line.clock.advance(DAY)
    await _minutes(line, 1)
    assert f"since {began:%Y-%m-%d %H:%M}." in (await _open(line)).sentence
