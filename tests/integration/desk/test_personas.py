"""frontdesk.toml while the house runs, with a real file and a real database."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from frontdesk.desk.personas import EVERY, Personas
from frontdesk.domain.live import LiveType
from frontdesk.kit.errors import SettingsError
from frontdesk.settings import persona_body
from frontdesk.store import alerts, personas as rows, tables
from frontdesk.store.store import Store
from frontdesk.testing import stores
from frontdesk.testing.clock import FrozenClock, until

GOOD = '[[persona]]\nname = "Desk"\ntrusted = true\nagent_mode = "auto"\n'
BROKEN = '[[persona]]\nname = "Desk"\nagent_mode = "on"\n'


class Told(stores.Told):
    """Knows what a store tells of the personas."""

    def changes(self) -> int:
        """How often the personas were said to have changed."""
        return sum(event.type is LiveType.PERSONAS_CHANGED for event in self.events)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with stores.fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def told(store: Store) -> Told:
    told = Told()
    store.after_commit = told
    return told


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "frontdesk.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
async def personas(store: Store, clock: FrozenClock, file: Path, told: Told) -> AsyncIterator[Personas]:
    personas = Personas(store, clock, lambda: file if file.is_file() else None)
    await personas.load()
    watching = asyncio.create_task(personas.watch())
    yield personas
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


def _write(file: Path, text: str) -> None:
    file.write_text(text)


def _write_unseen(file: Path, text: str) -> None:
    stamps = file.stat()
    file.write_text(text)
    os.utime(file, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))


def _remove(file: Path) -> None:
    file.unlink()


async def _until(clock: FrozenClock, condition: Callable[[], bool]) -> None:
    def look() -> bool:
        clock.advance(EVERY)
        return condition()

    await until(look)


async def _open_alerts(store: Store) -> list[str]:
    async with store.read() as read:
        return [alert.sentence for alert in await alerts.recent(read, only_open=True)]


async def test_the_file_is_read_at_start_and_its_personas_are_stored(personas: Personas, store: Store) -> None:
    async with store.read() as read:
        kept = await rows.all_(read)
    assert [(row.name, row.from_file, row.body) for row in kept] == [
        (persona.name, True, persona_body(persona)) for persona in personas.current()
    ]
    assert personas.current()[0].trusted


async def test_a_good_edit_holds_without_a_restart(
    personas: Personas, clock: FrozenClock, file: Path, told: Told
) -> None:
    before = told.changes()
    _write(file, GOOD.replace("Desk", "Night desk") + "[hold]\nminutes = 5\n")
    await _until(clock, lambda: personas.house().hold_minutes == 5)
    assert [persona.name for persona in personas.current()] == ["Night desk"]
    assert told.changes() == before + 1


async def test_an_edit_that_keeps_size_and_time_is_seen(personas: Personas, clock: FrozenClock, file: Path) -> None:
    _write_unseen(file, GOOD.replace("Desk", "Dusk"))
    await _until(clock, lambda: personas.current()[0].name == "Dusk")


async def test_an_editor_that_replaces_the_file_is_followed(personas: Personas, clock: FrozenClock, file: Path) -> None:
    other = file.with_suffix(".swp")
    other.write_text(GOOD.replace("Desk", "Dusk"))
    other.replace(file)
    await _until(clock, lambda: personas.current()[0].name == "Dusk")


async def test_a_broken_edit_keeps_the_old_one_and_says_so(
    personas: Personas, clock: FrozenClock, file: Path, store: Store, told: Told
) -> None:
    old, before = personas.house(), told.changes()
    _write(file, BROKEN)
    await _until(clock, lambda: personas.problem is not None)
    assert personas.house() is old
    sentence = "In the persona “Desk”: “agent_mode” must be off, draft or auto, not “on” (frontdesk.toml, line 3)."
    assert await _open_alerts(store) == [sentence] == [personas.problem]
    assert told.changes() == before + 1


async def test_mending_the_file_closes_the_alert(
    personas: Personas, clock: FrozenClock, file: Path, store: Store
) -> None:
    _write(file, BROKEN)
    await _until(clock, lambda: personas.problem is not None)
    _write(file, GOOD)
    await _until(clock, lambda: personas.problem is None)
    assert await _open_alerts(store) == []


async def test_a_broken_edit_is_told_once(personas: Personas, clock: FrozenClock, file: Path, told: Told) -> None:
    _write(file, BROKEN)
    await _until(clock, lambda: personas.problem is not None)
    before = told.changes()
    _write(file, GOOD.replace("Desk", "Dusk"))  # marks that the watch has gone on
    await _until(clock, lambda: personas.current()[0].name == "Dusk")
    assert told.changes() == before + 1


async def test_a_file_that_is_gone_leaves_what_it_said(
    personas: Personas, clock: FrozenClock, file: Path, store: Store
) -> None:
    old = personas.house()
    _remove(file)
    await _until(clock, lambda: personas.problem is not None)
    assert personas.house() is old
    assert "is gone" in (await _open_alerts(store))[0]
    _write(file, GOOD)
    await _until(clock, lambda: personas.problem is None)


async def test_a_half_written_file_is_not_taken_up(personas: Personas, file: Path) -> None:
    _write(file, "")  # what an editor leaves for a moment before it writes
    await personas._watch_once()
    assert [persona.name for persona in personas.current()] == ["Desk"]
    _write(file, GOOD.replace("Desk", "Dusk"))
    await personas._watch_once()
    await personas._watch_once()
    assert [persona.name for persona in personas.current()] == ["Dusk"]


async def test_without_a_file_the_defaults_hold_and_a_later_file_is_found(
    store: Store, clock: FrozenClock, tmp_path: Path
) -> None:
    file = tmp_path / "frontdesk.toml"
    personas = Personas(store, clock, lambda: file if file.is_file() else None)
    await personas.load()
    assert (personas.current(), personas.house().defaults.trusted) == ((), False)
    _write(file, GOOD)
    assert await personas.reload() is None
    assert [persona.name for persona in personas.current()] == ["Desk"]


async def test_a_file_that_is_broken_at_start_is_an_error(store: Store, clock: FrozenClock, file: Path) -> None:
    _write(file, BROKEN)
    with pytest.raises(SettingsError):
        await Personas(store, clock, lambda: file).load()


async def test_personas_made_elsewhere_stay(store: Store, clock: FrozenClock, file: Path) -> None:
    personas = Personas(store, clock, lambda: file)
    await personas.load()
    async with store.begin() as tx:
        await tx.run(tables.personas.update().values(from_file=False))
    _write(file, GOOD.replace("Desk", "Other"))
    assert await personas.reload() is None
    assert [persona.name for persona in personas.current()] == ["Other", "Desk"]
    _write(file, GOOD)
    assert "made in the inbox too" in (await personas.reload() or "")


async def test_loading_the_same_file_again_writes_and_tells_nothing(
    personas: Personas, store: Store, clock: FrozenClock, told: Told
) -> None:
    async with store.read() as read:
        before = (await rows.all_(read))[0].changed_at
    house, changes = personas.house(), told.changes()
    clock.advance(EVERY)
    assert await personas.reload() is None
    async with store.read() as read:
        assert (await rows.all_(read))[0].changed_at == before
    assert personas.house() is house
    assert told.changes() == changes
