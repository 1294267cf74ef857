"""The owner is told at Telegram, ntfy, Slack and Discord, and by mail: of what is urgent, and a digest; once."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sending_line import OFF

from frontdesk.desk.digests import Order
from frontdesk.desk.importance import SOON
from frontdesk.domain.accounts import State
from frontdesk.domain.telling import PATIENCE, Word
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.store import digests
from frontdesk.store.rows_digests import WordRow
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.ears import Mailbox, receiving
from frontdesk.testing.services import KINDS, SECRET, TELEGRAM, Service, services

URGENT = "URGENT: call me <b>back</b> & *now*, _please_ 🙏"
NOON = int(datetime(2026, 3, 20, 12, tzinfo=ZoneInfo("Europe/Lisbon")).timestamp()) * SECOND
PUBLIC = "https://desk.example.com"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the owner is told, and what they read there."""

    url: str
    heard: Callable[[], list[str]]


@pytest.fixture(params=[*KINDS, "mail"])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        if request.param == "mail":
            mailbox = Mailbox(SECRET)
            port = await stack.enter_async_context(receiving(mailbox))
            address = f"mailto://desk:{SECRET}@127.0.0.1:{port}?from=desk@example.com&to=owner@example.com"
            yield Place(address, lambda: mailbox.heard)
            return
        service = KINDS[request.param]()
        environment = await stack.enter_async_context(services(tmp_path, {request.param: service}))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Place(service.url, lambda: service.heard)


@asynccontextmanager
async def told_at(folder: Path, url: str) -> AsyncIterator[FakeLine]:
    config = (
        f'{OFF}[heartbeat]\nenabled = true\ntime = "12:30"\n'
        f'[[notify]]\nurl = "{url}"\non = ["line", "urgent", "digest", "heartbeat"]\n'
    )
    async with fake_line(folder, config=config, clock=FrozenClock(NOON), public_url=PUBLIC) as line:
        yield line


async def says(line: FakeLine, text: str = URGENT, *, name: str = "Ana") -> None:
    await line.arrive(line.message(text, name=name))
    await line.idle()
    await line.pass_time(SOON)


async def test_something_urgent_is_read_there_as_it_was_written(tmp_path: Path, place: Place) -> None:
    async with told_at(tmp_path, place.url) as line:
        await says(line, name="Ana & <Bea>")
        (read,) = place.heard()
        assert "Ana & <Bea>" in read
        assert f"“{URGENT}”" in read
        assert f"{PUBLIC}/chats/{(await line.chat()).id}" in read


async def many_wait(line: FakeLine) -> None:
    for number in range(30):
        text = f"{number} & <wait> " + "for an answer about my parcel " * 12
        await line.arrive(line.message(text, who=f"4477009{number:05}", name=f"Person {number}"))
    await line.idle()
    line.clock.advance(SECOND)


async def told_digest(line: FakeLine) -> str:
    digest_id = await line.desk.digests.add(Order(ways=("notify",)), operator_id=None, owner=True)
    issue_id: str = await line.desk.digests.now(digest_id)
    await line.idle()
    return issue_id


async def words(line: FakeLine, issue_id: str) -> list[WordRow]:
    async with line.store.read() as read:
        return await digests.words(read, issue_id)


async def test_a_long_digest_is_read_there_with_what_waits_first_and_leads_to_the_rest(
    tmp_path: Path, place: Place
) -> None:
    async with told_at(tmp_path, place.url) as line:
        await many_wait(line)
        issue_id = await told_digest(line)
        (read,) = place.heard()
        lines = read.strip().splitlines()
        assert lines[0].startswith("Digest, 19/03")
        assert "Waiting on you" in lines
        assert "• Person 0 (since 12:00): 0 & <wait> for an answer" in read
        assert lines[-1] == f"{PUBLIC}/digests/issues/{issue_id}"
        assert [word.state for word in await words(line, issue_id)] == ["told"]


async def test_a_line_that_is_down_and_the_sign_of_life_are_read_there(tmp_path: Path, place: Place) -> None:
    async with told_at(tmp_path, place.url) as line:
        await line.pass_time(PATIENCE[Word.DOWN])
        await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED, "The <network> is away."))
        for _ in range(8):
            await line.pass_time(30 * SECOND)
        assert any("The line “Shop” is down" in one and "The <network> is away." in one for one in place.heard())
        for _ in range(30):
            await line.pass_time(MINUTE)
        assert any("came in" in one for one in place.heard()[1:]), place.heard()


@pytest.fixture
async def telegram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    service = KINDS[TELEGRAM]()
    async with services(tmp_path, {TELEGRAM: service}) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield service


async def test_a_digest_of_which_nobody_knows_whether_it_got_there_is_not_told_again_but_shown(
    tmp_path: Path, telegram: Service
) -> None:
    telegram.cut = True
    async with told_at(tmp_path, telegram.url) as line:
        issue_id = await told_digest(line)
        telegram.cut = False
        for _ in range(10):
            await line.pass_time(MINUTE)
        assert len([one for one in telegram.heard if "Digest" in one]) == 1
        (word,) = await words(line, issue_id)
        assert word.state == "unknown"
        assert word.error is not None
        assert word.error.endswith("it may have got there all the same. It is not told again by itself.")
        (alert,) = [one for one in await line.alerts() if one.kind == "digest"]
        assert alert.sentence.startswith("A digest may not have been told: Telegram broke off")


async def test_what_is_urgent_is_told_once_more_where_nobody_knows_whether_it_got_there(
    tmp_path: Path, telegram: Service
) -> None:
    telegram.cut = True
    async with told_at(tmp_path, telegram.url) as line:
        await says(line)
        for _ in range(10):
            await line.pass_time(MINUTE)
        assert len(telegram.heard) == 2  # to read it twice is the lesser evil, ten times would be one
        (alert,) = [one for one in await line.alerts() if one.kind == "notify"]
        assert alert.sentence.startswith("You may not have been told of something urgent: Telegram broke off")


async def test_a_line_that_is_down_is_told_once_more_where_nobody_knows_whether_it_got_there(
    tmp_path: Path, telegram: Service
) -> None:
    telegram.cut = True
    async with told_at(tmp_path, telegram.url) as line:
        await line.pass_time(PATIENCE[Word.DOWN])
        await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED, "Away."))
        for _ in range(20):
            await line.pass_time(30 * SECOND)
        assert len([one for one in telegram.heard if "is down" in one]) == 2


async def test_a_flood_is_waited_for_as_long_as_telegram_says(tmp_path: Path, telegram: Service) -> None:
    telegram.status = 429
    async with told_at(tmp_path, telegram.url) as line:
        await says(line)
        asked = len(telegram.asked)
        telegram.status = None
        await line.pass_time(16 * SECOND)
        assert len(telegram.asked) == asked
        await line.pass_time(2 * SECOND)
        assert len(telegram.heard) == 1
