"""The owner is told by another path how the lines stand: a real Apprise, and a server at the other end."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sending_line import OFF

from frontdesk.desk.telling import LONG
from frontdesk.domain.accounts import State
from frontdesk.domain.telling import PATIENCE, QUIET, Word
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.ears import Ear, logged
from frontdesk.testing.linking import LinkedLine, linked_line
from frontdesk.testing.local_server import serving

SECRET = "s3cr3tt0pic"
LOST = "The network is away."
PUBLIC = "https://desk.example.com"


def config(url: str, more: str = "") -> str:
    return f'{OFF}\n[[notify]]\nurl = "{url.replace("http", "json")}/{SECRET}"\n{more}'


@asynccontextmanager
async def told_line(folder: Path, ear: Ear, **more: Any) -> AsyncIterator[FakeLine]:
    async with serving(ear) as url, fake_line(folder, config=config(url), public_url=PUBLIC, **more) as line:
        await pass_by(line, PATIENCE[Word.DOWN])  # the time that lines get to come up
        yield line


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def line(tmp_path: Path, ear: Ear) -> AsyncIterator[FakeLine]:
    async with told_line(tmp_path, ear) as line:
        yield line


async def pass_by(line: FakeLine, milliseconds: int) -> None:
    """Let time pass in steps, as it does, so that each sweep and each job gets its turn."""
    while milliseconds > 0:
        await line.pass_time(min(milliseconds, 30 * SECOND))
        milliseconds -= 30 * SECOND


async def becomes(line: FakeLine, state: State, reason: str | None = None) -> None:
    await line.desk.accounts.report(line.account_id, LineState(state, reason))


def titles(ear: Ear) -> list[str]:
    return [next(part for part in told.split("\n") if part.startswith("The line")) for told in ear.heard]


DOWN, BACK = "The line “Shop” is down", "The line “Shop” is back"
STOPPED, OUT = "The line “Shop” has stopped", "The line “Shop” is logged out"


async def test_a_line_that_is_down_for_long_is_told_of_once_and_so_is_its_return(line: FakeLine, ear: Ear) -> None:
    await becomes(line, State.DISCONNECTED, LOST)
    await pass_by(line, PATIENCE[Word.DOWN])
    assert titles(ear) == [DOWN]
    told = ear.heard[0]
    assert f"Not connected. Connect the line to send and receive. {LOST}" in told
    assert "Nothing came in or went out since " in told
    assert "(Europe/Lisbon)" in told
    assert f"{PUBLIC}/lines#line-{line.account_id}" in told
    await becomes(line, State.CONNECTING)
    await becomes(line, State.DISCONNECTED, "Still away.")
    await pass_by(line, HOUR)
    assert titles(ear) == [DOWN]
    await becomes(line, State.CONNECTING)
    await becomes(line, State.CONNECTED)
    await pass_by(line, PATIENCE[Word.BACK])
    assert titles(ear) == [DOWN, BACK]
    assert "It last went down at " in ear.heard[1]
    await pass_by(line, HOUR)
    assert len(ear.heard) == 2


async def test_a_line_that_is_back_within_a_minute_says_nothing(line: FakeLine, ear: Ear) -> None:
    for state, reason in ((State.DISCONNECTED, LOST), (State.ACTION_REQUIRED, "x"), (State.LOGGED_OUT, "y")):
        await becomes(line, state, reason)
        await pass_by(line, MINUTE - 30 * SECOND)
        await becomes(line, State.CONNECTING)
        await becomes(line, State.CONNECTED)
        await pass_by(line, 10 * MINUTE)
    assert ear.heard == []


async def test_a_line_that_comes_and_goes_for_hours_sends_no_flood(line: FakeLine, ear: Ear) -> None:
    hours = 2
    for _ in range(hours * 60 // 5):
        await becomes(line, State.DISCONNECTED, LOST)
        await pass_by(line, 3 * MINUTE)
        await becomes(line, State.CONNECTING)
        await becomes(line, State.CONNECTED)
        await pass_by(line, 2 * MINUTE)
    assert titles(ear)[:2] == [DOWN, BACK]
    assert len(ear.heard) <= 2 * (hours * HOUR // QUIET) + 2


@pytest.mark.parametrize(
    ("state", "reason", "title"),
    [
        (State.ACTION_REQUIRED, "The token has run out.", STOPPED),
        (State.LOGGED_OUT, "The phone removed this device.", OUT),
        (State.QR_PENDING, None, "The line “Shop” waits to be linked again"),
    ],
)
async def test_a_line_that_needs_its_owner_is_told_of(
    line: FakeLine, ear: Ear, state: State, reason: str | None, title: str
) -> None:
    await becomes(line, State.CONNECTING)
    await becomes(line, state, reason)
    await pass_by(line, MINUTE)
    assert titles(ear) == [title]
    assert (reason or "scanned") in ear.heard[0]


async def test_a_line_that_is_taken_down_by_hand_is_not_told_of_nor_is_its_return(line: FakeLine, ear: Ear) -> None:
    await becomes(line, State.ACTION_REQUIRED, "x")
    await pass_by(line, MINUTE)
    await line.desk.accounts.disconnect(line.account_id)
    await pass_by(line, HOUR)
    await line.desk.accounts.connect(line.account_id)
    await line.becomes(State.CONNECTED)
    await pass_by(line, HOUR)
    assert titles(ear) == [STOPPED]


async def test_a_line_that_was_removed_is_not_told_of(line: FakeLine, ear: Ear) -> None:
    await becomes(line, State.ACTION_REQUIRED, "x")
    await line.desk.accounts.remove(line.account_id)
    await pass_by(line, HOUR)
    assert ear.heard == []
    assert await line.jobs("notify") == []


@pytest.mark.both_shapes
async def test_the_word_is_kept_with_the_state_and_survives_the_end_of_the_process(tmp_path: Path, ear: Ear) -> None:
    clock, channel = FrozenClock(), FakeChannel()
    async with told_line(tmp_path, ear, clock=clock, channel=channel) as line:
        await becomes(line, State.ACTION_REQUIRED, "The token has run out.")
        assert [job.kind for job in await line.jobs("notify")] == ["notify"]
    channel.states = (LineState(State.ACTION_REQUIRED, "The token has run out."),)
    async with serving(ear) as url, fake_line(tmp_path, config=config(url), clock=clock, channel=channel) as again:
        await again.becomes(State.ACTION_REQUIRED)
        await pass_by(again, PATIENCE[Word.DOWN] + MINUTE)
        assert titles(ear) == [STOPPED]


async def test_a_restart_says_nothing_twice(tmp_path: Path, ear: Ear) -> None:
    clock, channel = FrozenClock(), FakeChannel()
    async with serving(ear) as url:
        more: dict[str, Any] = {"config": config(url), "clock": clock, "channel": channel}
        async with fake_line(tmp_path, **more) as line:
            await becomes(line, State.ACTION_REQUIRED, "x")
            await pass_by(line, 5 * MINUTE)
        channel.states = (LineState(State.ACTION_REQUIRED, "x"),)
        async with fake_line(tmp_path, **more) as line:
            await line.becomes(State.ACTION_REQUIRED)
            await pass_by(line, HOUR)
    assert titles(ear) == [STOPPED]


async def test_a_target_that_is_away_hears_later_and_an_alert_says_so_until_then(line: FakeLine, ear: Ear) -> None:
    ear.status = 503
    await becomes(line, State.ACTION_REQUIRED, "x")
    await pass_by(line, MINUTE)
    assert len(ear.paths) == 1
    await pass_by(line, 20 * MINUTE)
    assert len(ear.paths) >= LONG
    (alert,) = [one for one in await line.alerts() if one.kind == "notify"]
    assert "by notify 1: JSON cannot take anything now: its answer was 503. It is tried again" in alert.sentence
    ear.status = 200
    await pass_by(line, 15 * MINUTE)
    assert titles(ear) == [STOPPED]
    assert [one for one in await line.alerts() if one.kind == "notify"] == []


async def test_what_a_target_missed_is_told_with_its_end(line: FakeLine, ear: Ear) -> None:
    ear.status = 503
    await becomes(line, State.DISCONNECTED, LOST)
    await pass_by(line, 5 * MINUTE)
    await becomes(line, State.CONNECTING)
    await becomes(line, State.CONNECTED)
    ear.status = 200
    await pass_by(line, 15 * MINUTE)
    assert titles(ear) == [BACK]


async def test_a_target_that_refuses_is_given_up_with_an_alert(line: FakeLine, ear: Ear) -> None:
    ear.status = 403
    await becomes(line, State.ACTION_REQUIRED, "x")
    await pass_by(line, HOUR)
    assert len(ear.paths) == 1
    (alert,) = [one for one in await line.alerts() if one.kind == "notify"]
    assert "line “Shop” by notify 1: JSON refuses" in alert.sentence
    assert "frontdesk notify test" in alert.sentence
    assert await line.jobs("notify") == []


@pytest.mark.embedded("It looks into the file of SQLite.")
async def test_the_address_of_a_target_stands_nowhere_but_in_its_file(line: FakeLine, ear: Ear) -> None:
    with logged() as lines:
        for status in (503, 403):
            ear.status = status
            await becomes(line, State.ACTION_REQUIRED if status == 503 else State.LOGGED_OUT, "x")
            await pass_by(line, 2 * MINUTE)
    assert ear.paths == [f"/{SECRET}"] * len(ear.paths) != []
    for address in ("/stats", "/health", "/api/v1/alerts", "/api/v1/accounts", "/metrics"):
        assert SECRET not in (await line.house.http.get(address)).text
    assert SECRET not in "".join(lines)
    path = line.house.built.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        assert SECRET not in "\n".join(connection.iterdump())
    connection.close()


async def test_a_target_that_is_new_is_told_without_a_restart_what_is_down_already(tmp_path: Path, ear: Ear) -> None:
    async with serving(ear) as url, fake_line(tmp_path, config=OFF) as line:
        await becomes(line, State.ACTION_REQUIRED, "x")
        await pass_by(line, 5 * MINUTE)
        assert await line.jobs("notify") == []
        await asyncio.to_thread((tmp_path / "frontdesk.toml").write_text, config(url))
        assert await line.desk.personas.reload() is None
        await pass_by(line, 5 * MINUTE)
        assert titles(ear) == [STOPPED]


async def test_an_address_that_cannot_be_is_refused_on_a_change_and_the_older_one_stays(
    line: FakeLine, tmp_path: Path, ear: Ear
) -> None:
    wrong = f'{OFF}\n[[notify]]\nurl = "tgram://{SECRET}"\n'
    await asyncio.to_thread((tmp_path / "frontdesk.toml").write_text, wrong)
    problem = await line.desk.personas.reload()
    assert problem is not None
    assert problem.startswith("In notify 1: “url” is no whole address of Telegram")
    assert SECRET not in problem
    await becomes(line, State.ACTION_REQUIRED, "x")
    await pass_by(line, MINUTE)
    assert titles(ear) == [STOPPED]


async def test_the_own_number_and_targets_of_other_things_are_not_told_of_lines(tmp_path: Path, ear: Ear) -> None:
    async with serving(ear) as url:
        none = config(url, 'on = ["urgent", "digest"]\n[[notify]]\nurl = "whatsapp://self"\n')
        async with fake_line(tmp_path, config=none) as line:
            await becomes(line, State.ACTION_REQUIRED, "x")
            await pass_by(line, HOUR)
            assert (ear.heard, await line.out()) == ([], [])


async def test_a_target_that_hangs_holds_up_no_line_and_no_end(line: FakeLine, ear: Ear) -> None:
    ear.silent = asyncio.Event()
    await becomes(line, State.ACTION_REQUIRED, "x")
    line.clock.advance(MINUTE)
    await until(lambda: bool(ear.paths))
    await becomes(line, State.CONNECTING)
    await becomes(line, State.CONNECTED)
    assert (await line.state())[0] is State.CONNECTED
    ear.silent.set()
    await line.idle()


# With a link to a page with the code


@asynccontextmanager
async def told_linked(folder: Path, ear: Ear, **more: Any) -> AsyncIterator[LinkedLine]:
    """A linked line that was up, and whose owner is told by another path."""
    async with serving(ear) as url, linked_line(folder, config=config(url), **more) as line:
        await line.house.desk.accounts.connect(line.account_id)
        await line.becomes(State.QR_PENDING)
        await line.scanned()
        for _ in range(4):
            await passes(line)
        yield line


async def passes(line: LinkedLine) -> None:
    """Half a minute, and what became due in it is done."""
    line.clock.advance(30 * SECOND)
    await line.house.idle()


async def hears(line: LinkedLine, ear: Ear, state: State, reason: str | None = None) -> str:
    """What the owner is told when the line stands so."""
    for each in (LineState(State.CONNECTING), LineState(state, reason)):
        await line.house.desk.accounts.report(line.account_id, each)
    for _ in range(8):
        await passes(line)
    return ear.heard[-1]


@pytest.mark.both_shapes
@pytest.mark.parametrize(
    ("state", "reason"),
    [(State.LOGGED_OUT, "The device was taken off."), (State.ACTION_REQUIRED, "x"), (State.QR_PENDING, None)],
)
async def test_the_word_of_a_line_that_has_to_be_linked_again_carries_a_link_to_its_page(
    tmp_path: Path, ear: Ear, state: State, reason: str | None
) -> None:
    async with told_linked(tmp_path, ear, public_url=PUBLIC) as line:
        told = await hears(line, ear, state, reason)
        found = re.search(rf"{PUBLIC}/link/([\w-]+)", told)
        assert found is not None, told
        assert "without signing in, until " in told
        assert "/lines#" not in told
        opened = await line.house.desk.link_pages.open(found[1])
        assert opened.account.row.id == line.account_id


async def test_a_line_that_comes_back_by_itself_is_told_of_without_such_a_link(tmp_path: Path, ear: Ear) -> None:
    async with told_linked(tmp_path, ear, public_url=PUBLIC) as line:
        told = await hears(line, ear, State.DISCONNECTED, LOST)
        assert "/link/" not in told
        assert f"{PUBLIC}/lines#line-{line.account_id}" in told


async def test_a_line_that_no_phone_is_linked_with_has_no_such_link(line: FakeLine, ear: Ear) -> None:
    await becomes(line, State.ACTION_REQUIRED, "The token has run out.")
    await pass_by(line, MINUTE)
    assert "/link/" not in ear.heard[-1]
    assert f"{PUBLIC}/lines#" in ear.heard[-1]


async def test_without_a_public_address_the_word_says_how_to_get_such_a_link(tmp_path: Path, ear: Ear) -> None:
    async with told_linked(tmp_path, ear) as line:
        told = await hears(line, ear, State.LOGGED_OUT, "The device was taken off.")
        assert "Set PUBLIC_URL, and a link to a page with the code stands here." in told
        assert "/link/" not in told


@pytest.mark.embedded("It looks into the file of SQLite.")
async def test_the_link_stands_in_no_log_and_in_no_row(
    tmp_path: Path, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with told_linked(tmp_path, ear, public_url=PUBLIC) as line:
        told = await hears(line, ear, State.LOGGED_OUT, "The device was taken off.")
    found = re.search(r"/link/([\w-]+)", told)
    assert found is not None
    assert found[1] not in caplog.text
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]  # noqa: ASYNC240 - the house is closed
    assert any(b"SQLite" in each for each in kept)
    assert all(found[1].encode() not in each for each in kept)
