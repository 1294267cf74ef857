"""The agent paused from the terminal, and what `doctor` says of the own chat."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bare_folder import bare_folder

from frontdesk import app, cli
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.running import alone, announce
from frontdesk.testing.local_server import serving

SECTIONS = 'timezone = "Europe/Lisbon"\n[heartbeat]\nenabled = true\n'


async def _think(_turn: TurnInput, _persona: Persona) -> TurnOutput:
    return TurnOutput(Action.SILENT)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    bare_folder(tmp_path, monkeypatch)
    Path("frontdesk.toml").write_text(SECTIONS)
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


async def run(settings: Settings, *words: str) -> int:
    def ended() -> int:
        with pytest.raises(SystemExit) as end:
            cli.main([*words, "--data-dir", str(settings.data_dir)])
        return int(end.value.code or 0)

    return await asyncio.to_thread(ended)


async def paused(house: app.Frontdesk) -> object:
    async with house.store.read() as read:
        return await house.desk.pausing.state(read)


async def test_the_agent_is_paused_and_goes_on(
    house: app.Frontdesk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("2h",), ("18:00",), ("until 18:00",), ()):
        assert await run(settings, "pause", *words) == 0
        assert "The agent is paused in every chat until" in capsys.readouterr().out
        assert await paused(house) is not None
        assert await run(settings, "resume") == 0
        assert "The agent may answer" in capsys.readouterr().out
        assert await paused(house) is None


async def test_what_is_no_time_pauses_nothing(
    house: app.Frontdesk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(settings, "pause", "Ana") == 2
    assert "“Ana” is no time" in capsys.readouterr().err
    assert await paused(house) is None


async def test_doctor_says_why_the_owner_cannot_be_written_to(
    house: app.Frontdesk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(settings, "doctor", "--no-network")
    assert "No line can write to you." in capsys.readouterr().out


async def test_without_a_house_that_runs_nothing_is_paused(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(settings, "pause") == 1
    assert "No Frontdesk runs on" in capsys.readouterr().err
