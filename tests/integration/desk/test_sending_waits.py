"""A message that waits for its line or its person says why, and until when."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sending_line import BEA, sending_line, write

from frontdesk.desk.sending import SEEN, WAITS
from frontdesk.kit.clock import MINUTE, SECOND, to_datetime
from frontdesk.kit.errors import Retryable
from frontdesk.testing.desk import FakeLine

LIMIT = "The app has reached its limit of calls."


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with sending_line(tmp_path) as line:
        yield line


def _time(line: FakeLine, after: int) -> str:
    return f"{to_datetime(line.clock.now() + after, 'Europe/Lisbon'):%H:%M}"


async def test_everything_that_waits_for_its_line_says_why_and_until_when(line: FakeLine) -> None:
    line.channel.script.append(Retryable(LIMIT, after=2 * MINUTE, scope="account", code="4"))
    first, behind = await write(line, "one", "two")
    await line.idle()
    (elsewhere,) = await write(line, "three", who=BEA)
    (later,) = await write(line, "four")
    await line.idle()
    until = _time(line, 2 * MINUTE)
    assert (await line.one(first)).error == LIMIT
    for message_id in (behind, elsewhere, later):
        row = await line.one(message_id)
        assert (row.status, row.error_code) == ("queued", WAITS)
        assert row.error == f"{LIMIT} Nothing goes out on this line before {until}."


async def test_what_goes_out_after_its_wait_says_nothing_any_more(line: FakeLine) -> None:
    line.channel.script.append(Retryable(LIMIT, after=2 * MINUTE, scope="account", code="4"))
    ids = await write(line, "one", "two")
    await line.idle()
    await line.pass_time(2 * MINUTE)
    rows = [await line.one(message_id) for message_id in ids]
    assert [(row.status, row.error, row.error_code) for row in rows] == [("sent", None, None)] * 2


async def test_a_longer_wait_is_told_anew(line: FakeLine) -> None:
    line.channel.script += [Retryable(LIMIT, after=2 * MINUTE, scope="account")] * 2
    _, behind = await write(line, "one", "two")
    await line.idle()
    await line.pass_time(2 * MINUTE)
    until = _time(line, 2 * MINUTE)
    assert (await line.one(behind)).error == f"{LIMIT} Nothing goes out on this line before {until}."


async def test_a_wait_for_one_person_is_told_in_that_chat_alone(line: FakeLine) -> None:
    line.channel.script.append(Retryable("Too many.", after=2 * MINUTE, scope="chat"))
    _, behind = await write(line, "one", "two")
    await line.idle()
    (elsewhere,) = await write(line, "three", who=BEA)
    await line.idle()
    until = _time(line, 2 * MINUTE)
    assert (await line.one(behind)).error == f"WhatsApp takes no more messages to this person before {until}."
    assert (await line.one(elsewhere)).status == "sent"


async def test_a_wait_that_is_over_at_once_is_not_told(line: FakeLine) -> None:
    line.channel.script.append(Retryable("Too fast.", after=SEEN - SECOND, scope="account"))
    _, behind = await write(line, "one", "two")
    await line.idle()
    assert (await line.one(behind)).error is None
