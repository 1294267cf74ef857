"""Commands beside a Frontdesk that runs."""

import asyncio
import fcntl
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bare_folder import bare_folder

from frontdesk import app
from frontdesk.cli import remote
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.running import LOCK, alone, announce, running
from frontdesk.testing.local_server import serving


async def _think(_turn: TurnInput, _persona: Persona) -> TurnOutput:
    return TurnOutput(Action.SILENT)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    bare_folder(tmp_path, monkeypatch)
    return load_settings(env_file=None, data_dir=tmp_path / "data")


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[app.Frontdesk]:
    """A whole house with the simulator, announced in its data folder."""
    settings.make_data_dir()
    with alone(settings.data_dir):
        house = await app.build(settings, demo_at="http://127.0.0.1:9", think=_think, synchronous="OFF")
        async with serving(house.web) as url:
            await house.start()
            announce(settings.data_dir, url=url, key=house.desk.operators.keys.local())
            yield house
            await house.close()


async def _act(settings: Settings, account: str, verb: str) -> Any:
    return await asyncio.to_thread(remote.act, settings, account, verb)


async def test_a_line_is_taken_down_and_up_by_name_or_id(house: app.Frontdesk, settings: Settings) -> None:
    account = house.desk.accounts.all()[0].row
    for name, verb, state in (
        (account.name, "disconnect", "disconnected"),
        (account.id, "disconnect", "disconnected"),
        (account.id, "logout", "logged_out"),
    ):
        status = await _act(settings, name, verb)
        assert (status["state"], house.desk.accounts.get(account.id).row.state) == (state, state)
    assert (await _act(settings, account.id, "connect"))["state"] in ("connecting", "connected")


async def test_a_line_that_does_not_exist_is_told_with_those_that_do(house: app.Frontdesk, settings: Settings) -> None:
    account = house.desk.accounts.all()[0].row
    with pytest.raises(FrontdeskError) as wrong:
        await _act(settings, "Shop", "connect")
    assert wrong.value.sentence == f"There is no account “Shop”. The accounts are: {account.name} ({account.id})."


async def test_the_note_is_for_its_owner_alone_and_shows_no_key(house: app.Frontdesk, settings: Settings) -> None:
    found = running(settings.data_dir)
    assert found is not None
    assert found.key is not None
    assert found.key not in repr(found)
    assert _mode(settings.data_dir / "running.json") == 0o600


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_refusal_is_passed_on_in_its_words(house: app.Frontdesk, settings: Settings) -> None:
    found = running(settings.data_dir)
    assert found is not None
    assert found.url is not None
    announce(settings.data_dir, url=found.url, key="wrong")
    with pytest.raises(FrontdeskError, match="API key"):
        await _act(settings, "Shop", "connect")


def test_nothing_runs_on_a_folder_that_nobody_holds(settings: Settings) -> None:
    assert running(settings.data_dir) is None
    settings.make_data_dir()
    with alone(settings.data_dir):
        assert running(settings.data_dir) is not None
        with pytest.raises(FrontdeskError, match="still starting"):
            remote.ask(settings, "GET", "/accounts")
    assert running(settings.data_dir) is None


def test_the_note_of_one_that_was_killed_is_not_believed(settings: Settings) -> None:
    settings.make_data_dir()
    announce(settings.data_dir, url="http://127.0.0.1:9", key="k")
    assert running(settings.data_dir) is None
    with alone(settings.data_dir):
        found = running(settings.data_dir)
        assert found is not None
        assert found.url is None


def test_two_cannot_hold_one_folder(settings: Settings) -> None:
    settings.make_data_dir()
    with alone(settings.data_dir), pytest.raises(SettingsError, match="--data-dir"), alone(settings.data_dir):
        pass


def test_a_command_that_looks_does_not_stop_one_that_starts(settings: Settings) -> None:
    settings.make_data_dir()
    ends = threading.Event()

    def look() -> None:
        while not ends.is_set():
            running(settings.data_dir)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(20):
            with alone(settings.data_dir):
                pass
    finally:
        ends.set()
        looking.join()


def test_one_that_starts_waits_for_a_command_that_looks_however_slow_it_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.make_data_dir()
    waits: list[float] = []
    with (folder / LOCK).open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)

        def wait(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 100:
                looking.close()

        monkeypatch.setattr(time, "sleep", wait)
        with alone(folder):
            assert len(waits) == 100


def test_one_that_starts_beside_one_that_runs_is_refused_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.make_data_dir()
    monkeypatch.delattr(time, "sleep")
    with alone(folder), pytest.raises(SettingsError, match="runs on"), alone(folder):
        pass


def test_a_server_that_does_not_answer_is_told(settings: Settings) -> None:
    settings.make_data_dir()
    with alone(settings.data_dir):
        announce(settings.data_dir, url="http://127.0.0.1:9", key="k")
        with pytest.raises(FrontdeskError, match="does not answer"):
            remote.ask(settings, "GET", "/accounts")
