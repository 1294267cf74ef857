"""A line that is taken down stays down, whatever it had said before; and what a log-out could not do is told."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from frontdesk.desk import line_reports
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, LineState
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.linking import PHONE, LinkedLine, linked_line


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path) as line:
        yield line


@pytest.mark.parametrize(
    ("verb", "ends"), [("disconnect", State.DISCONNECTED), ("log_out", State.LOGGED_OUT), ("remove", None)]
)
async def test_what_a_line_said_before_it_was_taken_down_does_not_bring_it_back(
    line: FakeLine, verb: str, ends: State | None
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any) -> None:
        arrived.set()
        await go_on.wait()

    line.desk.accounts.on_delivery = slow
    line.channel.say(line.account_id, Delivery(None, ()))
    await arrived.wait()
    line.channel.say(line.account_id, LineState(State.CONNECTING), LineState(State.CONNECTED))  # it waits for its turn
    await getattr(line.desk.accounts, verb)(line.account_id)
    go_on.set()
    await line.desk.accounts._reports.drained()
    account = line.desk.accounts.find(line.account_id)
    assert (account.state if account is not None else None) is ends


@pytest.mark.parametrize("verb", ["disconnect", "log_out", "remove"])
async def test_the_alert_of_a_line_that_has_stopped_closes_when_somebody_ends_the_line(
    line: FakeLine, verb: str
) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.ACTION_REQUIRED, "The token has run out."))
    assert len(await line.alerts()) == 1
    await getattr(line.desk.accounts, verb)(line.account_id)
    assert await line.alerts() == []


async def test_a_line_that_is_brought_up_again_is_listened_to(line: FakeLine) -> None:
    await line.desk.accounts.disconnect(line.account_id)
    await line.desk.accounts.connect(line.account_id)
    await line.house.connected()
    line.channel.say(line.account_id, LineState(State.ACTION_REQUIRED, "The token has run out."))
    await until(lambda: line.desk.accounts.get(line.account_id).state is State.ACTION_REQUIRED)


@pytest.fixture
async def linkable(tmp_path: Path) -> AsyncIterator[LinkedLine]:
    """A line that is linked with a phone."""
    async with linked_line(tmp_path) as line:
        await line.house.desk.accounts.connect(line.account_id)
        await line.becomes(State.QR_PENDING)
        await line.scanned()
        yield line


async def test_a_log_out_of_which_whatsapp_could_not_be_told_says_what_is_left_to_do(linkable: LinkedLine) -> None:
    linkable.channel.log_out_is_heard = False
    await linkable.house.desk.accounts.log_out(linkable.account_id)
    status = await linkable.status()
    assert status["state"] == "logged_out"
    assert "If the phone still lists this device under Settings > Linked devices, take it off" in status["sentence"]
    assert (await linkable.house.http.get("/api/v1/alerts")).json()["items"] == []  # whoever did it has read it
    linkable.says(State.LOGGED_OUT, "The device was taken off.")
    await linkable.house.idle()
    assert (await linkable.status())["sentence"] == status["sentence"]


async def test_a_channel_is_told_which_numbers_other_lines_are_linked_with(linkable: LinkedLine) -> None:
    lines = linkable.house.desk.accounts
    other = await lines.add("linkable", name="Other", options={})
    assert lines._book.elsewhere(other) == ((PHONE, "Clinic"),)
    assert lines._book.elsewhere(linkable.account_id) == ()
    await lines.log_out(linkable.account_id)
    assert lines._book.elsewhere(other) == ()


async def test_a_house_that_was_never_started_waits_for_nobody_who_would_listen_to_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_reports, "DRAIN", 3600)
    async with asyncio.timeout(60):
        async with fake_line(tmp_path, start=False) as line:
            assert [told.state for told in line.channel.states] == [State.CONNECTED]  # it has said so
