"""A disk that is nearly full: what writes waits, people are told, and all goes on by itself when there is room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from frontdesk.desk.disk import EVERY, PAUSE
from frontdesk.desk.retention import RAN
from frontdesk.domain.wire import MediaRef
from frontdesk.kit.clock import DAY
from frontdesk.store import marks
from frontdesk.store.outcome import FULL_SERVER
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.ears import Ear
from frontdesk.testing.local_server import serving

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
HOUSE = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Desk"
trusted = true
agent_mode = "auto"
[retention]
days = 7
"""
FULL = "[disk]\nleast_free_mb = 100000000\n"  # no disk has so much
ROOM = "[disk]\nleast_free_mb = 0\n"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=HOUSE + ROOM) as line:
        yield line


async def now_it_is(line: FakeLine, tmp_path: Path, how: str, more: str = "") -> None:
    """From now on so much has to be free; the house has seen it."""
    (tmp_path / "frontdesk.toml").write_text(HOUSE + how + more)
    assert await line.desk.personas.reload() is None
    await line.desk.disk.look()
    await line.idle()


@pytest.mark.embedded("PostgreSQL has a disk of its own.")
async def test_intake_refuses_what_may_be_sent_again_and_takes_it_when_there_is_room(
    line: FakeLine, tmp_path: Path
) -> None:
    await now_it_is(line, tmp_path, FULL)
    message = line.message("Hello")
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        await line.arrive(message)
    assert await line.messages() == []
    await now_it_is(line, tmp_path, ROOM)
    await line.arrive(message)
    await line.idle()
    assert len(await line.messages("inbound")) == 1


@pytest.mark.embedded("PostgreSQL has a disk of its own.")
async def test_the_agent_waits_for_room_and_then_answers(line: FakeLine, tmp_path: Path) -> None:
    line.desk.disk.database = "full"  # it comes in at the last moment
    line.desk.intake.has_room = lambda: None
    await line.arrive(line.message("Hello"))
    await line.idle()
    assert await line.out() == []
    assert [job.attempts for job in await line.jobs("turn")] == [0]
    await now_it_is(line, tmp_path, ROOM)
    await line.pass_time(PAUSE)
    assert [status for _, status in await line.out()] == ["sent"]


@pytest.mark.both_shapes
async def test_files_wait_for_room(line: FakeLine, tmp_path: Path) -> None:
    line.channel.files["p"] = PNG
    line.desk.intake.has_room = lambda: None
    await now_it_is(line, tmp_path, FULL)
    await line.arrive(line.message("Look", kind="image", media=MediaRef("p", mime="image/png")))
    await line.idle()
    assert [row.state for row in await line.files()] == ["pending"]
    await now_it_is(line, tmp_path, ROOM)
    await line.pass_time(PAUSE)
    assert [row.state for row in await line.files()] == ["stored"]


async def test_uploads_and_webhooks_are_refused_in_a_sentence(line: FakeLine, tmp_path: Path) -> None:
    await now_it_is(line, tmp_path, FULL)
    form = {"account_id": line.account_id}
    answer = await line.house.http.post("/api/v1/media", data=form, files={"file": ("a.png", PNG)})
    assert (answer.status_code, "The disk is full" in answer.json()["detail"]) == (503, True)
    assert answer.headers["retry-after"]


async def test_it_is_said_once_and_again_when_it_is_over(tmp_path: Path) -> None:
    ear = Ear()
    async with serving(ear) as url:
        more = f'[[notify]]\nurl = "{url.replace("http", "json")}/x"\n'
        async with fake_line(tmp_path, config=HOUSE + ROOM + more) as line:
            await now_it_is(line, tmp_path, FULL, more)
            await line.desk.disk.look()
            assert [alert.kind for alert in await line.alerts()] == ["disk"]
            await until(lambda: len(ear.heard) == 1)
            assert "The disk is full" in ear.heard[0]
            health = (await line.house.http.get("/health")).json()
            assert health["status"] in ("unhealthy", "degraded")
            assert "The disk is full" in health["checks"]["database"]["sentence"]
            await now_it_is(line, tmp_path, ROOM, more)
            assert await line.alerts() == []
            await until(lambda: len(ear.heard) == 2)
            assert "Room on the disk again" in ear.heard[1]
            assert (await line.house.http.get("/health")).json()["checks"]["database"]["status"] == "healthy"


async def test_a_database_that_finds_no_room_by_itself_is_told_of_at_once_by_another_path(tmp_path: Path) -> None:
    """A database on a disk of its own is not watched; what it says is."""
    ear = Ear()
    async with serving(ear) as url:
        more = f'[[notify]]\nurl = "{url.replace("http", "json")}/x"\n'
        async with fake_line(tmp_path, config=HOUSE + ROOM + more) as line:
            await line.idle()
            for _ in range(2):
                line.store.trouble = FULL_SERVER
                await line.desk.disk.look()
            assert ["The disk of the database is full" in heard for heard in ear.heard] == [True]
            health = (await line.house.http.get("/health")).json()["checks"]["database"]
            assert (health["status"], "is full" in health["sentence"]) == ("unhealthy", True)
            async with line.store.begin(shared=True) as tx:
                await marks.note(tx, "x", 1)
            await line.desk.disk.look()
            assert "Room for the database again" in ear.heard[1]


async def test_sqlite_that_finds_no_room_says_so_and_goes_on_by_itself(line: FakeLine) -> None:
    async with line.store.begin() as tx:
        pages = int(await tx.scalar(text("PRAGMA page_count")))
        await tx.run(text(f"PRAGMA max_page_count = {pages + 2}"))
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        async with line.store.begin() as tx:
            await marks.put(tx, "large", "x" * 100_000)
    assert line.store.full
    async with line.store.begin() as tx:
        await tx.run(text("PRAGMA max_page_count = 1073741823"))
        await marks.put(tx, "large", "x" * 100_000)
    assert not line.store.full


async def test_where_only_files_find_no_room_it_says_that_messages_are_taken(line: FakeLine, tmp_path: Path) -> None:
    line.desk.disk._database = None
    await now_it_is(line, tmp_path, FULL)
    assert "Messages are taken and answered; their files wait" in str(line.desk.disk.trouble)
    await line.arrive(line.message("Hello"))
    await line.idle()
    assert [status for _, status in await line.out()] == ["sent"]


async def test_after_a_restart_it_is_not_said_anew(tmp_path: Path) -> None:
    for _ in range(2):
        async with fake_line(tmp_path, config=HOUSE + FULL) as line:
            await until(lambda: line.desk.disk._told is True)
            assert [alert.count for alert in await line.alerts() if alert.kind == "disk"] == [1]


async def test_what_is_old_goes_at_once_to_make_room(line: FakeLine, tmp_path: Path) -> None:
    await line.arrive(line.message("old"))
    await line.idle()
    await line.desk.outbox.write((await line.chat()).id, by="api", text="Answered")
    await line.idle()
    async with line.store.begin() as tx:
        await marks.note(tx, RAN, line.clock.now() + 8 * DAY)  # tonight's run is done
    line.clock.advance(8 * DAY)
    await line.idle()
    assert await line.messages()
    await now_it_is(line, tmp_path, FULL)
    assert await line.messages() == []


async def test_the_house_looks_by_itself(line: FakeLine, tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text(HOUSE + FULL)
    assert await line.desk.personas.reload() is None

    async def is_full() -> bool:
        line.clock.advance(EVERY)
        return line.desk.disk.trouble is not None

    await until(is_full)
