"""`frontdesk doctor`: looks at everything that a start needs, and says what to do."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from frontdesk.cli import doctor_lines, doctor_linked, doctor_scaled, notices
from frontdesk.cli.findings import Found, warning
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.command import command
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.llm.models import Models, ProviderAccess, troubles
from frontdesk.settings import Settings, load_settings, read_house
from frontdesk.settings.models import model_doubt
from frontdesk.settings.running import running
from frontdesk.settings.spelling import misspelt
from frontdesk.store import upkeep
from frontdesk.store.engine import is_postgres, sqlite_path
from frontdesk.store.upkeep import Shape

LITTLE = 1024**3  # bytes of free disk from which on it is worth a word
TOO_LITTLE = 200 * 1024**2


def examine(data_dir: Path | None, *, network: bool) -> Iterator[Found]:
    """Each finding as soon as it is there. Nothing is made or changed."""
    yield _python()
    try:
        settings = load_settings(data_dir=data_dir)
    except SettingsError as wrong:
        for sentence in wrong.sentence.splitlines():
            yield Found("settings", False, sentence, wrong_settings=True)
        return
    yield from _spelling()
    for what, look in LOOKS:
        yield from _safely(what, look, settings)
    if network:
        yield from _safely("model", _model, settings)
        yield from _safely("cloud", doctor_lines.cloud, settings)


def _safely(what: str, look: Callable[[Settings], Iterator[Found]], settings: Settings) -> Iterator[Found]:
    try:
        yield from look(settings)
    except FrontdeskError as wrong:
        for sentence in wrong.sentence.splitlines():
            yield Found(what, False, sentence, isinstance(wrong, SettingsError))


def _spelling() -> Iterator[Found]:
    found = misspelt(Path(".env"))
    if not found:
        yield Found("settings", True, "every variable is understood.")
    for one in found:
        yield Found("settings", False, str(one)) if one.in_file and one.meant else warning("settings", str(one))


def _python() -> Found:
    good = sys.version_info >= (3, 11)
    return Found("python", good, platform.python_version() + ("" if good else ": install Python 3.11 or newer."))


def _folder(settings: Settings) -> Iterator[Found]:
    there = _nearest(settings.data_dir)
    if there != settings.data_dir and there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        yield Found("folder", True, f"{settings.data_dir} will be made by the first start.")
        return
    if there != settings.data_dir:
        raise SettingsError(
            f"The data folder {settings.data_dir} cannot be made: {there} is no folder that may be written to. "
            "Give another with FRONTDESK_DATA_DIR or --data-dir."
        )
    settings.make_data_dir()
    mode = settings.data_dir.stat().st_mode & 0o077
    mend = f"{settings.data_dir} can be read by other users. Run: chmod 700 {settings.data_dir}"
    yield Found("folder", not mode, mend if mode else str(settings.data_dir))


def _nearest(path: Path) -> Path:
    """The path, or the nearest above it that exists."""
    return next(one for one in (path, *path.parents) if one.exists())


def _disk(settings: Settings) -> Iterator[Found]:
    free = shutil.disk_usage(_nearest(settings.data_dir)).free
    words = f"{free / 1024**3:.1f} GB free"
    if free < TOO_LITTLE:
        yield Found("disk", False, f"{words}: free some space, or nothing can be stored.")
    elif free < LITTLE:
        yield warning("disk", f"{words}, which is little.")
    else:
        yield Found("disk", True, f"{words}.")


def _database(settings: Settings) -> Iterator[Found]:
    if is_postgres(settings.database_url):
        yield from doctor_scaled.database(settings)
        return
    path = sqlite_path(settings.database_url).absolute()
    if wrong := _misplaced(path, settings):
        raise SettingsError(f"{wrong} Correct DATABASE_URL, or leave it out.")
    if path.parent == settings.data_dir and not settings.data_dir.is_dir() and settings.data_dir.exists():
        return  # what is wrong with the folder was told
    if damage := upkeep.damage(path) if path.exists() else None:
        mend = f"Restore a backup ({command()} restore FILE), or move it away to begin anew."
        yield Found("database", False, f"{path} is damaged or no database ({damage}). {mend}")
        return
    sentences = {
        Shape.NONE: f"{path} will be made by the first start.",
        Shape.CURRENT: str(path),
        Shape.OLDER: f"{path} is of an older version; the next start brings it up to date.",
        Shape.UNKNOWN: f"{path} is of a newer Frontdesk or another program. Update, or give another DATABASE_URL.",
    }
    found = upkeep.shape(path)
    yield Found("database", found is not Shape.UNKNOWN, sentences[found])


def _misplaced(path: Path, settings: Settings) -> str | None:
    """Why no database can be at that place; None when one can."""
    if path.is_dir():
        return f"{path} is a folder: the database is a file, such as {path / 'frontdesk.db'}."
    if path.parent == settings.data_dir:
        return None  # a start makes it
    if not path.parent.is_dir():
        return f"The folder {path.parent} of the database is not there: make it, or name another place."
    refused = path if path.exists() else path.parent
    return None if os.access(refused, os.R_OK | os.W_OK) else f"This user may not write to {refused}."


def _config(settings: Settings) -> Iterator[Found]:
    path = settings.house_path()
    house = read_house(path)
    if doubt := model_doubt(settings, house):
        yield Found("model", False, doubt)
    if path is None:
        yield Found("config", True, _without_a_file(settings))
        return
    names = ", ".join(persona.name for persona in house.personas) or "none"
    yield Found("config", True, f"{path}, personas: {names}.")
    for sentence in troubles(_models(settings), house):
        yield Found("model", False, sentence)


def _without_a_file(settings: Settings) -> str:
    found = running(settings.data_dir)
    if found is not None and found.demo:
        return (
            "no frontdesk.toml: the demo that runs here answers as its sample business. Without it, nobody is answered."
        )
    return f"no frontdesk.toml: the agent answers nobody. “{command()} init” writes one."


def _chosen(settings: Settings) -> Iterator[Found]:
    models = _models(settings)
    try:
        models.check(settings.model_in_use)
    except SettingsError as wrong:
        raise SettingsError(f"FRONTDESK_MODEL is not right. {wrong.sentence}") from wrong
    if trouble := models.trouble(settings.model_in_use):
        yield Found("model", False, f"FRONTDESK_MODEL is {settings.model_in_use}, which cannot answer. {trouble}")


def _running(settings: Settings) -> Iterator[Found]:
    found = running(settings.data_dir)
    where = "not running." if found is None else f"running at {found.url}." if found.url else "starting."
    yield Found("server", True, where)


def _model(settings: Settings) -> Iterator[Found]:
    names = [*read_house(settings.house_path()).models, settings.model_in_use]
    for name in dict.fromkeys(names):
        if _models(settings).trouble(name) is None:  # else it was told already
            yield asyncio.run(_try(settings, name))


def _models(settings: Settings) -> Models:
    access = {name: ProviderAccess(*given) for name, given in settings.provider_access().items()}
    return Models(access, clock=SystemClock())


async def _try(settings: Settings, name: str) -> Found:
    models = _models(settings)
    try:
        tested = await models.test_provider(name)
    finally:
        await models.aclose()
    return Found("model", tested.ok, tested.sentence)


LOOKS: tuple[tuple[str, Callable[[Settings], Iterator[Found]]], ...] = (
    ("folder", _folder),
    ("disk", _disk),
    ("database", _database),
    ("redis", doctor_scaled.redis),
    ("shared", doctor_scaled.shared),
    ("config", _config),
    ("notify", notices.looked_at),
    ("model", _chosen),
    ("line", doctor_lines.stored),
    ("linked", doctor_linked.library),
    ("server", _running),
)
