"""What comes in late, after an outage: young messages are answered, older ones are left to people and marked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances
from turns_house import house_of

from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

MISSED = ("refused", "too_old")


@pytest.fixture
def think() -> FakeThink:
    return FakeThink()


@pytest.fixture
async def line(tmp_path: Path, think: FakeThink) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OPEN_HOUSE, think=think) as line:
        yield line


async def _comes(line: FakeLine, text: str = "Hi", *, late: int, **parts: Any) -> tuple[str | None, str | None]:
    await line.arrive(line.message(text, at=line.clock.now() - late, **parts))
    await line.idle()
    _, decision, reason = (await line.decisions())[-1]
    return decision, reason


@pytest.mark.parametrize(("late", "answered"), [(0, True), (HOUR, True), (HOUR + 1, False), (DAY, False)])
async def test_a_message_is_missed_when_it_comes_in_more_than_an_hour_late(
    line: FakeLine, late: int, answered: bool
) -> None:
    decided = await _comes(line, late=late)
    assert decided == (("answered", "open") if answered else MISSED)
    assert ((await line.chat()).missed_at is None) == answered
    await balances(line)


async def test_what_was_missed_waits_for_a_person_and_is_told_with_its_reason(line: FakeLine) -> None:
    await _comes(line, late=2 * HOUR)
    chat = await line.chat()
    assert (chat.waiting_since, chat.unread) == (line.clock.now() - 2 * HOUR, 1)
    (told,) = (await line.house.http.get(f"/api/v1/chats/{chat.id}/messages")).json()["items"]
    assert told["gate"]["reason"] == "too_old"
    assert "Missed while offline" in told["gate"]["sentence"]
    assert (await line.house.http.get(f"/api/v1/chats/{chat.id}")).json()["missed_at"] is not None


async def test_of_a_queue_in_order_the_young_are_answered_and_the_old_are_known_to_the_agent(
    line: FakeLine, think: FakeThink
) -> None:
    now = line.clock.now()
    ages = (("Are you open?", 3 * HOUR), ("Hello?", 2 * HOUR), ("And tomorrow?", 5 * MINUTE))
    await line.arrive(*(line.message(text, at=now - age) for text, age in ages))
    await line.idle()
    assert await line.decisions() == [
        ("Are you open?", *MISSED),
        ("Hello?", *MISSED),
        ("And tomorrow?", "answered", "open"),
    ]
    assert think.pending() == ["And tomorrow?"]
    assert [text for _, text in think.history()] == ["Are you open?", "Hello?"]
    await balances(line)


@pytest.mark.parametrize("said", [{}, {"content": {"mentions_us": True}}, {"reply_to": "ours"}])
async def test_in_a_group_only_what_may_be_meant_for_us_is_missed(line: FakeLine, said: dict[str, Any]) -> None:
    decided = await _comes(line, late=2 * HOUR, group="12036304@g.us", **said)
    assert decided == (MISSED if said else ("refused", "not_addressed"))
    (group,) = await line.chats()
    assert (group.missed_at is not None, group.waiting_since is not None) == (bool(said), bool(said))


async def test_in_a_group_the_young_is_answered_and_the_old_is_not(line: FakeLine) -> None:
    group = {"group": "12036304@g.us", "content": {"mentions_us": True}}
    assert await _comes(line, "Old", late=2 * HOUR, **group) == MISSED
    assert (await _comes(line, "Young", late=MINUTE, **group))[0] == "answered"
    assert len(await line.out()) == 1
    assert (await line.chats())[0].missed_at is None


@pytest.mark.parametrize("late", [MINUTE, 2 * HOUR])
async def test_history_is_never_missed(line: FakeLine, late: int) -> None:
    assert await _comes(line, late=late, history=True) == ("refused", "history")
    assert (await line.chat()).missed_at is None


async def test_what_asks_for_no_answer_is_not_missed(line: FakeLine) -> None:
    assert await _comes(line, late=2 * HOUR, kind="reaction") == ("refused", "kind")
    assert (await line.chat()).missed_at is None


async def test_a_message_without_a_time_came_in_time(line: FakeLine) -> None:
    await line.arrive(line.message(at=None))
    await line.idle()
    assert (await line.decisions())[-1][1] == "answered"


async def test_the_limit_is_set_for_the_house_and_for_a_persona(tmp_path: Path, think: FakeThink) -> None:
    config = "[defaults]\nanswer_within_minutes = 10\n" + house_of()
    (tmp_path / "house").mkdir()
    async with fake_line(tmp_path / "house", config=config, think=think) as line:
        assert await _comes(line, late=11 * MINUTE) == MISSED
        assert (await _comes(line, late=9 * MINUTE))[0] == "answered"
    (tmp_path / "persona").mkdir()
    config = "[defaults]\nanswer_within_minutes = 10\n" + house_of(answer_within_minutes="1440")
    async with fake_line(tmp_path / "persona", config=config, think=think) as line:
        assert await _comes(line, late=25 * HOUR) == MISSED
        assert (await _comes(line, late=20 * HOUR))[0] == "answered"


async def test_what_came_in_time_and_had_to_wait_here_is_answered_for_half_a_day(
    line: FakeLine, tmp_path: Path
) -> None:
    waits = OPEN_HOUSE.replace("quiet_seconds = 0", "quiet_seconds = 3600").replace(
        "cap_seconds = 0", "cap_seconds = 3600"
    )
    (tmp_path / "frontdesk.toml").write_text(waits)
    assert await line.house.desk.personas.reload() is None
    await line.arrive(line.message())
    await line.pass_time(3600 * SECOND)
    assert (await line.decisions())[-1][1] == "answered"
    await line.arrive(line.message("Again", at=line.clock.now() - 50 * MINUTE))
    await line.pass_time(3600 * SECOND)
    assert (await line.decisions())[-1][1] == "answered"


@pytest.mark.parametrize("how", ["written", "phone", "resolved", "asked"])
async def test_the_mark_goes_when_somebody_has_seen_to_the_chat(line: FakeLine, how: str) -> None:
    await _comes(line, late=2 * HOUR)
    chat = await line.chat()
    if how == "written":
        await line.desk.outbox.write(chat.id, by="api", text="Sorry, we were offline.")
    elif how == "phone":
        await line.arrive(line.message("Sorry", typed_on_phone=True))
    elif how == "resolved":
        await line.desk.chats.change(chat.id, by="api", state="resolved")
    else:
        assert await line.desk.chats.answer_now(chat.id, by="api") == 1
    await line.idle()
    assert (await line.chat()).missed_at is None


async def test_reading_what_was_missed_does_not_take_the_mark_away(line: FakeLine) -> None:
    await _comes(line, late=2 * HOUR)
    await line.desk.chats.read((await line.chat()).id, by="api")
    assert (await line.chat()).missed_at is not None
