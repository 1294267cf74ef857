"""A linked line that another process takes over: its credentials are found, and its former holder leaves them alone."""

import os
import signal
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import KEY, linked, shop_and_anna

from frontdesk.channels.linked import device_file
from frontdesk.channels.linked.credentials import Credentials, Found, InUse
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Inbound
from frontdesk.kit.vault import Vault
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Lab

lab = linked_fixtures.lab


class Given:
    """The leave to run the program of a line, until it is taken back."""

    def __init__(self) -> None:
        self.runs = True
        self.pids: list[int] = []

    def may_run(self, account_id: str) -> bool:
        """As it stands."""
        return self.runs

    def began(self, pid: int) -> None:
        """Remember it."""
        self.pids.append(pid)

    def ended(self, pid: int) -> None:
        """It is known from the outside."""


async def test_a_line_that_is_taken_over_after_a_kill_needs_no_code_and_loses_nothing(lab: Lab, tmp_path: Path) -> None:
    shop, anna = shop_and_anna(lab)
    leave = Given()
    async with linked(lab, tmp_path / "lines") as first, linked(lab, tmp_path / "lines") as second:
        first.channel = first.fresh(leave=leave)
        await first.link(shop)
        await anna.send_text(shop, "Before")
        assert (await first.inbound()).text == "Before"
        leave.runs = False  # the process that held it is dead, or stood still for too long
        os.kill(leave.pids[-1], signal.SIGKILL)
        await until(lambda: not first.channel._lines["acc_1"].running)
        await anna.send_text(shop, "Meanwhile")
        await second.connect()
        await second.state(State.CONNECTED)
        await second.event(Inbound, lambda one: one.text == "Meanwhile")  # a placeholder may have come before
        assert not any(state.qr for state in second.states)
        assert len(leave.pids) == 1  # and it was not started again there
        await first.down()  # late, and without harm
        await anna.send_text(shop, "After")
        await second.event(Inbound, lambda one: one.text == "After")


async def test_a_program_is_not_started_without_leave(lab: Lab, tmp_path: Path) -> None:
    leave = Given()
    leave.runs = False
    async with linked(lab, tmp_path / "lines") as line:
        line.channel = line.fresh(leave=leave)
        await line.connect()
        await line.down()
        assert (line.states, leave.pids) == ([], [])


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    """Those of a line that was never linked, in use."""
    made = Credentials(tmp_path / "acc_1", Vault(KEY))
    assert made.unseal(1) is Found.NONE
    return made


async def test_who_no_longer_holds_the_line_neither_seals_nor_removes_its_credentials(credentials: Credentials) -> None:
    before = credentials.database.read_bytes()
    credentials.seal(lambda: False)
    credentials.remove(lambda: False)
    assert credentials.database.read_bytes() == before
    assert device_file.is_sound(credentials.database)


async def test_credentials_are_not_made_ready_while_another_program_is_at_them(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.channels.linked.credentials._PATIENCE", 0.1)
    asked: list[bool] = []

    def seals_slowly() -> bool:
        """The former holder is in the midst of it; whoever takes the line over has to wait."""
        with pytest.raises(InUse):
            Credentials(credentials.folder, Vault(KEY)).unseal(2)
        asked.append(True)
        return True

    credentials.seal(seals_slowly)
    assert asked == [True]
    assert credentials.unseal(3) is Found.NONE
