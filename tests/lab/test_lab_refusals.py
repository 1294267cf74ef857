"""Logins that are refused, and what the real library says of each. The tests use copies of one linked device."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lab_child import SHOP, linked, running

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Device, Lab

Facts = dict[str, object]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def away(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Lab, Device, Path]]:
    """A device that is linked and not connected, and the folder of its store."""
    folder = tmp_path_factory.mktemp("linked")
    async with Lab(folder / "lab") as lab:
        async with linked(lab, folder / "store" / "shop.db", lab.add_account(SHOP, "Shop")) as (_, device):
            pass
        yield lab, device, folder / "store"


@pytest.mark.parametrize(
    ("code", "expires_in", "event", "facts"),
    [
        (401, None, "LoggedOut", {"OnConnect": True, "Reason": "LOGGED_OUT"}),
        (402, 3600, "TemporaryBan", {"Code": "SEND_TO_TOO_MANY_PEOPLE", "Expire": "3600"}),
        (403, None, "LoggedOut", {"OnConnect": True, "Reason": "MAIN_DEVICE_GONE"}),
        (405, None, "ClientOutdated", {}),
    ],
)
async def test_a_refused_login_says_why(
    away: tuple[Lab, Device, Path],
    tmp_path: Path,
    code: int,
    expires_in: int | None,
    event: str,
    facts: dict[str, object],
) -> None:
    lab, device, store = away
    shutil.copytree(store, tmp_path / "store")
    lab.refuse(device, code, expires_in=expires_in)
    async with running(lab, tmp_path / "store" / "shop.db") as child:
        said = await child.wait(event)
    assert facts.items() <= said.items(), said


@pytest.mark.parametrize("code", [500, 503])
async def test_a_login_that_is_refused_for_now_succeeds_later(
    away: tuple[Lab, Device, Path], tmp_path: Path, code: int
) -> None:
    lab, device, store = away
    shutil.copytree(store, tmp_path / "store")
    lab.refuse(device, code)
    before = len(lab.journal.stanzas("failure"))
    async with running(lab, tmp_path / "store" / "shop.db") as child:
        await until(lambda: len(lab.journal.stanzas("failure")) > before)
        lab.accept(device)
        await child.wait("Connected")


async def test_everybody_can_be_refused(away: tuple[Lab, Device, Path], tmp_path: Path) -> None:
    lab, _, _ = away
    lab.refuse(None, 405)
    async with running(lab, tmp_path / "new.db") as child:
        await until(lambda: "err-client-outdated" in child.printed())  # before it is linked there is no event
    lab.accept()
