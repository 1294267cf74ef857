"""While a failed turn waits to be tried again, its messages tell which model failed, how, and when that is."""

from pathlib import Path
from typing import Any

from inbox_visit import visit

from frontdesk.kit.clock import SECOND, to_iso
from frontdesk.kit.errors import Retryable
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink

WHY = "OpenAI (first) gave an empty answer."
BUSY = Retryable(WHY, after=30 * SECOND, code="empty")


async def story(line: FakeLine, at: int = -1) -> Any:
    """The trace of a message that came in."""
    message = (await line.messages("inbound"))[at]
    answer = await line.house.http.get(f"/api/v1/messages/{message.id}/trace")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_message_tells_of_the_failure_while_it_waits_to_be_tried_again(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink(BUSY, "now")) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        told = await story(line)
        again = to_iso(line.clock.now() + 30 * SECOND)
        assert told["sentence"] == f"The agent could not answer yet: {WHY} It is tried again at {again}."
        assert (told["turn"]["state"], told["turn"]["error"], told["buffer"]["due_at"]) == ("failed", WHY, again)
        await line.pass_time(30 * SECOND)
        told = await story(line)
        assert (told["sentence"], told["turn"]["state"]) == ("The agent answered.", "answered")


async def test_the_inbox_tells_of_the_failure_while_it_waits_to_be_tried_again(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink(BUSY)) as line, visit(line.house) as client:
        await line.arrive(line.message("Hi"))
        await line.idle()
        (message,) = await line.messages("inbound")
        page = (await client.get(f"/inbox/messages/{message.id}/why")).text
        assert f"The agent could not answer yet: {WHY}" in page
        assert "<dt>Tried again</dt><dd>in 30 s</dd>" in page


async def test_a_message_that_came_after_the_failure_waits_without_it(tmp_path: Path) -> None:
    config = "[buffer]\nquiet_seconds = 20\ncap_seconds = 300\n[[persona]]\nname = 'A'\ntrusted = true\n"
    async with fake_line(tmp_path, think=FakeThink(BUSY), config=config + "agent_mode = 'auto'\n") as line:
        await line.arrive(line.message("one"))
        await line.pass_time(20 * SECOND)
        line.clock.advance(SECOND)
        await line.arrive(line.message("two"))
        assert (await story(line, 0))["turn"]["state"] == "failed"
        told = await story(line)
        assert (told["turn"], told["sentence"].startswith("It waits for more to come")) == (None, True)
