"""What the person sees of a turn: the typing while it lasts, and the reading after its answer."""

from pathlib import Path
from typing import Any

from turns_house import gated, go_on, house_of, thinking

from frontdesk.desk.signs import AT_ONCE
from frontdesk.desk.turns import READ_AFTER
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.desk import fake_line
from frontdesk.testing.think import FakeThink


async def test_typing_is_shown_and_a_channel_that_fails_at_it_harms_nothing(tmp_path: Path) -> None:
    class Clumsy(FakeChannel):
        async def mark_read(self, *given: Any, **more: Any) -> None:
            await super().mark_read(*given, **more)
            raise ValueError("boom")

    channel, think = Clumsy(), gated()
    async with fake_line(tmp_path, channel=channel, think=think) as line:
        await line.arrive(line.message("Hi", external_id="x"))
        await thinking(think)
        line.clock.advance(AT_ONCE)
        await until(lambda: channel.read == [("x", True)])
        go_on(think)
        await line.idle()
        assert await line.out() == [("ok", "sent")]


async def test_an_answer_that_comes_at_once_shows_no_typing(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        await line.pass_time(AT_ONCE)
        assert (line.channel.read, await line.out()) == ([], [("ok", "sent")])


async def test_what_the_agent_answered_is_shown_as_read_after_the_answer_went_out(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=FakeThink()) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        assert (await line.out(), line.channel.read) == ([("ok", "sent")], [])
        line.clock.advance(READ_AFTER)
        await line.idle()
        assert len(line.channel.read) == 1


async def test_what_was_only_drafted_is_not_shown_as_read(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=house_of(agent_mode='"draft"'), think=FakeThink()) as line:
        await line.arrive(line.message("Hi"))
        await line.idle()
        line.clock.advance(READ_AFTER)
        await line.idle()
        assert line.channel.read == []
