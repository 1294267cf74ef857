"""What WhatsApp refuses a linked line, told apart: what ends the link, what waits for somebody, and what passes."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import linked_fixtures
import pytest
import pytest_asyncio
from linked_line import ANNA, SHOP, LinkedLine, linked

from frontdesk.domain.accounts import State
from frontdesk.testing.lab import Device, Lab, Phone

lab = linked_fixtures.lab

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Away:
    """A line that is linked and down, to be brought up as often as wanted from copies of its folder."""

    lab: Lab
    anna: Phone
    device: Device
    folder: Path

    def copy(self, folder: Path) -> Path:
        """The folder of the line once more."""
        return Path(shutil.copytree(self.folder, folder))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def away(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Away]:
    """Linked once for all tests of this file."""
    folder = tmp_path_factory.mktemp("away")
    async with Lab(folder / "lab") as lab:
        anna = Phone(lab, lab.add_account(ANNA, "Anna"))
        async with linked(lab, folder / "lines") as line:
            device = await line.link(lab.add_account(SHOP, "Shop"))
            await line.down()
        yield Away(lab, anna, device, folder / "lines")


@pytest_asyncio.fixture(loop_scope="module")
async def line(away: Away, tmp_path: Path) -> AsyncIterator[LinkedLine]:
    """The line, not up yet."""
    async with linked(away.lab, away.copy(tmp_path / "lines")) as made:
        yield made
    away.lab.accept(away.device)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (401, "The device was taken off on the phone, or WhatsApp ended the link (401)."),
        (403, "WhatsApp says that the phone of this number is gone or the number was banned (403)."),
        (406, "WhatsApp ended the link and did not say why (406)."),
    ],
)
async def test_a_link_that_whatsapp_ended_has_to_be_made_anew_and_leaves_no_credentials(
    away: Away, line: LinkedLine, code: int, says: str
) -> None:
    away.lab.refuse(away.device, code)
    await line.connect()
    told = await line.state(State.LOGGED_OUT)
    assert told.reason == f"{says} Link it again: press Connect and scan the code."
    assert line.files == []
    assert not line.channel._lines["acc_1"].running


async def test_a_ban_for_a_while_says_until_when_and_keeps_the_link(away: Away, line: LinkedLine) -> None:
    away.lab.refuse(away.device, 402, expires_in=3600)
    await line.connect()
    told = await line.state(State.ACTION_REQUIRED)
    until = re.search(r"until (\d{4}-\d\d-\d\d \d\d:\d\d) UTC", told.reason or "")
    assert until is not None, told.reason
    ends = datetime.strptime(until[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert abs(ends - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=3)
    assert "wrote to too many people" in (told.reason or "")
    assert "device.sealed" in line.files
    assert not line.channel._lines["acc_1"].running
    away.lab.accept(away.device)
    await line.connect()
    await line.state(State.CONNECTED)


async def test_a_version_that_whatsapp_no_longer_takes_asks_for_an_update_and_keeps_the_link(
    away: Away, line: LinkedLine
) -> None:
    away.lab.refuse(away.device, 405)
    await line.connect()
    assert "Update Frontdesk" in ((await line.state(State.ACTION_REQUIRED)).reason or "")
    assert "device.sealed" in line.files


@pytest.mark.parametrize("code", [500, 503])
async def test_a_refusal_for_now_is_told_and_passes_by_itself(away: Away, line: LinkedLine, code: int) -> None:
    away.lab.refuse(away.device, code)
    await line.connect()
    assert (await line.reason(f"does not take the line for now ({code})")).state is State.CONNECTING
    away.lab.accept(away.device)
    await line.state(State.CONNECTED)
    assert line.channel.vitals()["acc_1"].restarts == 0


async def test_a_refusal_that_nobody_knows_is_tried_again_later(away: Away, line: LinkedLine) -> None:
    away.lab.refuse(away.device, 499)
    await line.connect()
    told = await line.reason("refused the connection for now")
    assert (told.state, "Next try in" in (told.reason or "")) == (State.CONNECTING, True)
    away.lab.accept(away.device)
    await line.state(State.CONNECTED)


async def test_a_line_that_was_opened_elsewhere_stops_and_keeps_its_link(away: Away, line: LinkedLine) -> None:
    await line.connect()
    await line.state(State.CONNECTED)
    await away.lab.replace(away.device)
    told = await line.state(State.ACTION_REQUIRED)
    assert "opened at another place" in (told.reason or "")
    assert "device.sealed" in line.files
    assert not line.channel._lines["acc_1"].running
    await line.connect()
    await line.state(State.CONNECTED, after=len(line.states))


async def test_a_link_that_ends_while_the_line_stands_says_so_at_once(away: Away, line: LinkedLine) -> None:
    await line.connect()
    await line.state(State.CONNECTED)
    away.lab.refuse(away.device, 403)
    assert "(403)" in ((await line.state(State.LOGGED_OUT)).reason or "")
    assert line.files == []
