"""Reminders and alerts from the terminal, kept by the Frontdesk that runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from running_line import run, running_line

from frontdesk.testing.desk import ANA, FakeLine


@pytest.fixture
async def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeLine]:
    async with running_line(tmp_path, monkeypatch) as line:
        yield line


async def test_a_reminder_is_made_changed_snoozed_done_and_reopened(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    made = await run("reminders", "add", ANA, "Send the lease", "--when", "tomorrow at 9")
    assert (made.exit_code, "  Ana  Send the lease" in made.stdout) == (0, True), made.output
    known = made.stdout.split()[0]
    assert known in (await run("reminders", "list")).stdout
    assert "Send both leases" in (await run("reminders", "change", known, "--what", "Send both leases")).stdout
    assert "(snoozed until " in (await run("reminders", "snooze", known, "in 3 days")).stdout
    assert (await run("reminders", "done", known)).stdout.startswith(f"done  {known}")
    assert (await run("reminders", "list")).stdout == "There is nothing to remember.\n"
    assert (await run("reminders", "reopen", known)).stdout.startswith(f"open  {known}")
    assert (await run("reminders", "dismiss", known)).stdout.startswith(f"dismissed  {known}")


async def test_what_the_terminal_says_wrong_of_a_reminder_is_told_in_a_sentence(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    told = await run("reminders", "add", ANA, "Call", "--when", "some day")
    assert "names no moment" in str(told.exception)
    assert "There is no such reminder." in str((await run("reminders", "done", "rem_0")).exception)


async def test_alerts_are_listed_and_acknowledged(line: FakeLine) -> None:
    assert (await run("alerts", "list")).stdout == "There is nothing that you should know.\n"
    await line.arrive(line.message("My son cannot breathe, please call now"))
    await line.idle()
    line.clock.advance(5_000)
    await line.idle()
    open_ones = (await run("alerts", "list")).stdout
    assert "  urgent  “Ana” wrote something urgent." in open_ones
    assert (await run("alerts", "acknowledge", open_ones.split()[0])).stdout == "One alert is acknowledged.\n"
    assert (await run("alerts", "list")).stdout == "There is nothing that you should know.\n"
    assert "  urgent  seen  “Ana”" in (await run("alerts", "list", "--all")).stdout
