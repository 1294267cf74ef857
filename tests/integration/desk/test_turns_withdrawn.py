"""What a turn took up may be edited or taken back while the agent thinks: the old words get no answer."""

from pathlib import Path

import pytest
from turns_house import gated, go_on, thinking

from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.domain.wire import Inbound
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.testing.desk import FakeLine, fake_line


def edit(line: FakeLine, words: str, *, of: str) -> Inbound:
    """The person changes a message."""
    return line.message(words, kind="edit", content={"target": of})


def taken_back(line: FakeLine, of: str) -> Inbound:
    """The person takes a message back."""
    return line.message(None, kind="revoke", content={"target": of})


def said(decisions: list[tuple[str | None, str | None, str | None]]) -> list[tuple[str | None, str | None, str | None]]:
    """Without the rows of edits and deletions themselves."""
    return [one for one in decisions if one[2] != "kind"]


HAND_OVER = TurnOutput(Action.HAND_OVER, ("A colleague will answer.",), hand_over_reason="A complaint.")


@pytest.mark.parametrize("thought", ["old", TurnOutput(Action.SILENT), HAND_OVER], ids=["reply", "silent", "hand over"])
async def test_an_edit_during_the_turn_is_what_gets_answered(tmp_path: Path, thought: str | TurnOutput) -> None:
    think = gated()
    think.script += [thought, "for three"]
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("I want TWO", external_id="x"))
        await thinking(think)
        await line.arrive(edit(line, "I want THREE", of="x"))
        go_on(think)
        await line.idle()
        assert think.pending() == ["I want THREE"]
        assert await line.out() == [("for three", "sent")]
        assert [turn.state for turn in await line.turns()] == ["superseded", "answered"]
        assert said(await line.decisions()) == [("I want THREE", "answered", "open")]
        assert (await line.chat()).held_by is None


async def test_an_edit_counts_also_after_a_long_time_of_thinking(tmp_path: Path) -> None:
    think = gated()
    think.script += ["old", "new"]
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("TWO", external_id="x"))
        await thinking(think)
        line.clock.advance(2 * MINUTE + SECOND)
        await line.arrive(edit(line, "THREE", of="x"))
        go_on(think)
        await line.idle()
        assert await line.out() == [("new", "sent")]


async def test_an_edit_of_an_older_message_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        go_on(think)
        await line.arrive(line.message("older", external_id="x"))
        await line.idle()
        think.gate = gated().gate
        await line.arrive(line.message("newer"))
        await thinking(think, 2)
        await line.arrive(edit(line, "older!", of="x"))
        go_on(think)
        await line.idle()
        assert [turn.state for turn in await line.turns()] == ["answered", "answered"]


async def test_a_message_taken_back_during_its_turn_is_not_answered(tmp_path: Path) -> None:
    think = gated()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("secret", external_id="x"))
        await thinking(think)
        await line.arrive(taken_back(line, "x"))
        go_on(think)
        await line.idle()
        assert await line.out() == []
        assert said(await line.decisions()) == [("secret", "refused", "revoked")]
        assert [turn.state for turn in await line.turns()] == ["superseded"]
        assert await line.jobs("turn") == []
        await line.pass_time(MINUTE)
        assert (len(think.asked), (await line.balance()).balanced) == (1, True)


async def test_what_stands_of_a_turn_is_answered_without_what_was_taken_back(tmp_path: Path) -> None:
    think = gated()
    think.script += ["both", "the rest"]
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("secret", external_id="x"), line.message("stays"))
        await thinking(think)
        assert think.pending() == ["secret", "stays"]
        await line.arrive(taken_back(line, "x"))
        go_on(think)
        await line.idle()
        assert think.pending() == ["stays"]
        assert await line.out() == [("the rest", "sent")]
        assert sorted(said(await line.decisions())) == [
            ("secret", "refused", "revoked"),
            ("stays", "answered", "open"),
        ]


@pytest.mark.parametrize("failure", [Rejected("No."), Retryable("Busy.", after=SECOND)], ids=["for good", "for now"])
async def test_a_model_that_fails_on_what_was_taken_back_calls_nobody(tmp_path: Path, failure: PluginError) -> None:
    think = gated()
    think.script += [failure]
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("secret", external_id="x"))
        await thinking(think)
        await line.arrive(taken_back(line, "x"))
        go_on(think)
        await line.idle()
        await line.pass_time(MINUTE)
        assert said(await line.decisions()) == [("secret", "refused", "revoked")]
        assert (await line.alerts(), len(think.asked)) == ([], 1)


async def test_an_edit_after_the_deletion_changes_nothing(tmp_path: Path) -> None:
    async with fake_line(tmp_path, think=gated()) as line:
        await line.arrive(line.message("gone", external_id="x"))
        await line.arrive(taken_back(line, "x"))
        line.clock.advance(SECOND)
        await line.arrive(edit(line, "back again", of="x"))
        row = (await line.messages("inbound"))[0]
        assert (row.text, row.edited_at, row.revoked_at is not None) == ("gone", None, True)
        assert [one.waits_for for one in await line.messages("inbound")] == [None, None, None]
