"""`frontdesk doctor`: looks at everything that a start needs, and says what to do."""

import asyncio
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.llm.models import Models, ProviderAccess, troubles
from frontdesk.settings import Settings, load_settings, read_house
from frontdesk.settings.running import running
from frontdesk.store import upkeep
from frontdesk.store.engine import sqlite_path
from frontdesk.store.upkeep import Shape

LITTLE = 1024**3  # bytes of free disk from which on it is worth a word
TOO_LITTLE = 200 * 1024**2


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found: `ok`, or what to do."""

    what: str
    ok: bool
    sentence: str
    wrong_settings: bool = False

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'mend':<5} {self.what:<9} {self.sentence}"


def examine(data_dir: Path | None, *, network: bool) -> Iterator[Found]:
    """Each finding as soon as it is there. Nothing is made or changed."""
    yield _python()
    try:
        settings = load_settings(data_dir=data_dir)
    except SettingsError as wrong:
        for sentence in wrong.sentence.splitlines():
            yield Found("settings", False, sentence, wrong_settings=True)
        return
    yield Found("settings", True, "every variable is understood.")
    for look in (_folder, _disk, _database, _config, _chosen, _running):
        yield from _safely(look, settings)
    if network:
        yield from _safely(_model, settings)
        yield from _safely(_cloud, settings)


def _safely(look: Callable[[Settings], Iterator[Found]], settings: Settings) -> Iterator[Found]:
    try:
        yield from look(settings)
    except FrontdeskError as wrong:
        wrong_settings = isinstance(wrong, SettingsError)
        for sentence in wrong.sentence.splitlines():
            yield Found(look.__name__.strip("_"), False, sentence, wrong_settings)


def _python() -> Found:
    good = sys.version_info >= (3, 11)
    return Found("python", good, platform.python_version() + ("" if good else ": install Python 3.11 or newer."))


def _folder(settings: Settings) -> Iterator[Found]:
    if not settings.data_dir.exists():
        yield Found("folder", True, f"{settings.data_dir} will be made by the first start.")
        return
    settings.make_data_dir()
    mode = settings.data_dir.stat().st_mode & 0o077
    mend = f"{settings.data_dir} can be read by other users. Run: chmod 700 {settings.data_dir}"
    yield Found("folder", not mode, mend if mode else str(settings.data_dir))


def _disk(settings: Settings) -> Iterator[Found]:
    there = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free
    words = f"{free / 1024**3:.1f} GB free"
    if free < TOO_LITTLE:
        yield Found("disk", False, f"{words}: free some space, or nothing can be stored.")
    else:
        yield Found("disk", True, words + (", which is little." if free < LITTLE else "."))


def _database(settings: Settings) -> Iterator[Found]:
    path = sqlite_path(settings.database_url)
    if damage := upkeep.damage(path) if path.exists() else None:
        yield Found("database", False, f"{path} is damaged ({damage}). Restore a backup: frontdesk restore FILE")
        return
    sentences = {
        Shape.NONE: f"{path} will be made by the first start.",
        Shape.CURRENT: str(path),
        Shape.OLDER: f"{path} is of an older version; the next start brings it up to date.",
        Shape.UNKNOWN: f"{path} is of a newer Frontdesk or another program. Update, or give another DATABASE_URL.",
    }
    found = upkeep.shape(path)
    yield Found("database", found is not Shape.UNKNOWN, sentences[found])


def _config(settings: Settings) -> Iterator[Found]:
    path = settings.house_path()
    if path is None:
        yield Found("config", True, "no frontdesk.toml: the agent answers nobody. “frontdesk init” writes one.")
        return
    house = read_house(path)
    names = ", ".join(persona.name for persona in house.personas) or "none"
    yield Found("config", True, f"{path}, personas: {names}.")
    for sentence in troubles(_models(settings), house):
        yield Found("model", False, sentence)


def _chosen(settings: Settings) -> Iterator[Found]:
    if trouble := _models(settings).trouble(settings.model_in_use):
        yield Found("model", False, f"FRONTDESK_MODEL is {settings.model_in_use}, which cannot answer. {trouble}")


def _running(settings: Settings) -> Iterator[Found]:
    found = running(settings.data_dir)
    yield Found("server", True, "not running." if found is None else f"running at {found.url or 'a moment from now'}.")


def _model(settings: Settings) -> Iterator[Found]:
    personas = read_house(settings.house_path()).personas
    names = [persona.model for persona in personas if persona.model] + [settings.model_in_use]
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


def _cloud(settings: Settings) -> Iterator[Found]:
    account = settings.cloud_account
    if account is None:
        yield Found("cloud", True, "no account in the environment.")
        return
    told = asyncio.run(_connect(CloudChannel.Options.model_validate(account.options())))
    if told.state is State.CONNECTED:
        yield Found("cloud", True, told.reason or "Meta takes the access token for this number.")
    else:
        yield Found("cloud", False, told.reason or "Meta refuses the access token. Make a new one.")
    if account.app_secret is None:
        yield Found(
            "cloud", True, "webhooks are believed without a signature; set WHATSAPP_APP_SECRET before going live."
        )
    if account.verify_token is None:
        yield Found("cloud", False, "VERIFY_TOKEN is missing: choose a word, and give it to Meta with the webhook.")


async def _connect(options: object) -> LineState:
    told: list[LineState] = []

    def hear(_account: str, what: LineState | Delivery) -> None:
        if isinstance(what, LineState):
            told.append(what)

    channel = CloudChannel()
    try:
        await channel.connect(Line("doctor", options), hear)
    finally:
        await channel.close()
    return told[-1]
