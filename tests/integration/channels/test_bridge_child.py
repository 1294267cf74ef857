"""One run of a bridge's process: what it says is heard, what it is asked is answered, and it ends for sure."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvloop
from bridge_programs import CHATTERS, GARBAGE, GOOD, GREETS, LOUD, MEGABYTES, STUBBORN, program

from frontdesk.channels.bridge import child as children
from frontdesk.channels.bridge.child import DIARY, Child, CommandFailed, NoAnswer, NotRunning, Program
from frontdesk.channels.bridge.protocol import Told
from frontdesk.kit import guard
from frontdesk.testing.clock import until

Start = Callable[[str], Any]


class Heard:
    """What a child told, by name."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def __call__(self, told: Told) -> None:
        self.told.append(told)

    def names(self) -> list[str]:
        """The names of the events, in order."""
        return [told.event for told in self.told]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def start(tmp_path: Path, heard: Heard) -> AsyncIterator[Start]:
    begun: list[Child] = []

    async def begin(source: str) -> Child:
        child = Child(program(source, tmp_path), heard)
        begun.append(child)
        await child.start()
        return child

    yield begin
    for child in begun:
        child.kill()
        await child.stop()


async def test_what_it_tells_is_heard_in_order(start: Start, heard: Heard) -> None:
    child = await start(GOOD)
    await until(lambda: heard.names() == ["ready"])
    child.ack(7)
    await until(lambda: heard.names() == ["ready", "acked"])
    assert heard.told[1].given == {"upto": 7}


async def test_a_command_gets_its_own_answer(start: Start) -> None:
    child = await start(GOOD)
    answers = await asyncio.gather(*(child.ask("echo", {"number": n}, within=20) for n in range(20)))
    assert [answer["number"] for answer in answers] == list(range(20))


async def test_a_refusal_carries_its_sentence_and_its_code(start: Start) -> None:
    child = await start(GOOD)
    with pytest.raises(CommandFailed, match="The phone is off") as refused:
        await child.ask("refuse", {}, within=20)
    assert refused.value.code == "off"


async def test_an_answer_that_does_not_come_is_in_doubt(start: Start) -> None:
    child = await start(GOOD)
    with pytest.raises(NoAnswer, match="did not answer"):
        await child.ask("nothing", {}, within=0.05)


async def test_who_waits_when_it_dies_is_told_at_once_and_later_nobody_is_asked(start: Start) -> None:
    child = await start(GOOD)
    with pytest.raises(NoAnswer, match="ended before"):
        await child.ask("die", {"code": 9}, within=20)
    await child.ended.wait()
    assert child.code == 9
    with pytest.raises(NotRunning):
        await child.ask("echo", {}, within=20)


async def test_the_end_of_its_input_is_the_wish_to_end_and_its_last_words_are_heard(start: Start, heard: Heard) -> None:
    child = await start(GOOD)
    await until(lambda: heard.names() == ["ready"])
    await child.stop()
    assert heard.names() == ["ready", "bye"]
    assert child.code == 0


async def test_one_that_will_not_end_is_ended(start: Start, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "TERM_GRACE", 0.05)
    child = await start(STUBBORN)
    await until(lambda: heard.names() == ["ready"])
    pid = child.pid
    await child.stop(grace=0.05)
    assert child.code == -9
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_garbage_is_logged_once_without_its_content_and_ends_it(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    child = await start(GARBAGE)
    await child.ended.wait()
    assert child.babbled
    assert [record.getMessage() for record in caplog.records] == [
        "a bridge said a line that cannot be read: It is not JSON."
    ]


async def test_a_greeting_in_words_is_forgiven(start: Start, heard: Heard) -> None:
    child = await start(GREETS)
    assert await child.ask("echo", {"still": "there"}, within=20) == {"still": "there"}
    assert not child.babbled


async def test_words_between_answers_are_forgiven_and_logged_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    child = await start(CHATTERS)
    for _ in range(4):
        await child.ask("next", {}, within=20)
    assert not child.babbled
    assert len(caplog.records) == 1


async def test_words_of_a_bridge_that_tells_its_events_by_callback_are_forgiven(start: Start) -> None:
    child = await start(CHATTERS)
    for _ in range(4):
        before = child.garbage
        child.ack(1)
        await until(lambda before=before: child.garbage >= before + 15)  # type: ignore[misc]
        child.is_understood()
    assert not child.babbled
    assert child.pid is not None


async def test_megabytes_in_one_line_are_passed_over_and_the_rest_is_heard(start: Start, heard: Heard) -> None:
    await start(MEGABYTES)
    await until(lambda: heard.names() == ["ready"])


async def test_what_it_says_on_its_standard_error_is_kept_within_bounds(
    start: Start, heard: Heard, tmp_path: Path
) -> None:
    for _ in range(2):
        child = await start(LOUD)
        await until(lambda: "ready" in heard.names())
        await child.stop()
        heard.told.clear()
    diary = tmp_path / "diary.log"
    assert diary.stat().st_mode & 0o777 == 0o600
    assert diary.with_suffix(".old").stat().st_size < 2 * DIARY


async def test_its_memory_can_be_told_while_it_runs(start: Start, heard: Heard) -> None:
    child = await start(GOOD)
    await until(lambda: heard.names() == ["ready"])
    assert (child.memory() or 0) > 1_000_000
    await child.stop()
    assert child.memory() is None


async def test_a_program_that_is_not_there_says_so(tmp_path: Path, heard: Heard) -> None:
    child = Child(Program(("/nowhere/at-all",), tmp_path), heard)
    with pytest.raises(OSError, match="No such file"):
        await child.start()
    await child.stop()


def test_it_runs_on_the_loop_that_serves(tmp_path: Path, heard: Heard) -> None:
    async def echo() -> Any:
        child = Child(program(GOOD, tmp_path), heard)
        await child.start()
        answer = await child.ask("echo", {"loop": type(asyncio.get_running_loop()).__module__}, within=20)
        await child.stop()
        return answer, child.code

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        assert loop.run(echo()) == ({"loop": "uvloop"}, 0)
    assert heard.names() == ["ready", "bye"]


async def test_nothing_is_asked_inside_a_transaction(start: Start) -> None:
    child = await start(GOOD)
    token = guard.enter_transaction()
    try:
        with pytest.raises(guard.TransactionOpen):
            await child.ask("echo", {}, within=20)
    finally:
        guard.leave_transaction(token)
