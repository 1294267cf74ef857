"""Builds the house: the only place that knows every room."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from frontdesk import samples
from frontdesk.agent import run as agent
from frontdesk.channels.base import Channel
from frontdesk.channels.builtin import installed
from frontdesk.channels.simulator import demo
from frontdesk.channels.simulator.behaviour import CALM
from frontdesk.channels.simulator.memory import Memory
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.desk.desk import Desk, Needs, build as build_desk
from frontdesk.desk.errors import Invalid
from frontdesk.desk.personas import Personas
from frontdesk.desk.routes import SCHEDULE, lanes, routes
from frontdesk.desk.turns import Think
from frontdesk.domain.live import Live
from frontdesk.domain.personas import House, Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.events.memory import MemoryBus
from frontdesk.jobs import queue
from frontdesk.jobs.runner import Runner
from frontdesk.jobs.schedule import repeat
from frontdesk.kit.clock import Clock, SystemClock
from frontdesk.kit.errors import SettingsError
from frontdesk.kit.vault import Vault
from frontdesk.llm.models import Models, ProviderAccess, troubles
from frontdesk.notify.builtin import wrong_targets
from frontdesk.settings import Settings
from frontdesk.store.engine import sqlite_path, usable
from frontdesk.store.migrations import upgrade
from frontdesk.store.store import Store
from frontdesk.store.upkeep import Shape, shape
from frontdesk.web.app import create
from frontdesk.web.rooms import Rooms

log = logging.getLogger(__name__)

GRACE = 8.0  # seconds that work under way gets at the end


@dataclass(slots=True)
class Frontdesk:
    """A house that was built. `start()` brings it up, `close()` takes it down in order."""

    settings: Settings
    clock: Clock
    store: Store
    bus: MemoryBus
    desk: Desk
    runner: Runner
    rooms: Rooms
    web: FastAPI
    models: Models
    standin: StandIn | None = None
    memory: Memory | None = None  # of the demo's phones
    lines: Sequence[tuple[str, str, dict[str, Any]]] = ()  # channel, name, options: accounts from the settings
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _taken_up: bool = False

    async def take_up(self) -> None:
        """Take up what the last run left, and learn which lines there are: what arrives earlier has no home."""
        if self._taken_up:
            return
        await queue.recover(self.store, self.clock)
        await self.desk.accounts.load()
        for channel, name, options in self.lines:
            try:
                await self.desk.accounts.keep_from_settings(channel, name=name, options=options)
            except Invalid as wrong:
                raise SettingsError(f"The WhatsApp line of the environment is not right. {wrong.sentence}") from wrong
        self._taken_up = True

    async def start(self) -> None:
        """Bring the lines up and begin to work."""
        await self.take_up()
        if self.memory is not None:
            await self.memory.start()
        if self.standin is not None:
            await self.standin.start()
        self.runner.start()
        await self.desk.accounts.start()
        self._keep(self.desk.personas.watch())
        self._keep(self.desk.watching.watch())
        for every, job in SCHEDULE:
            self._keep(repeat(self.store, self.clock, every, job))

    def end_streams(self) -> None:
        """Let those who listen for events go, so that they hold up nothing."""
        self.bus.close()
        if self.standin is not None:
            self.standin.threads.close()

    async def close(self) -> None:
        """Stop taking work, finish or release what is claimed, close the lines. Ends within seconds."""
        self.end_streams()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.memory is not None:
            await self.memory.stop()
        if self.standin is not None:
            await self.standin.stop()
        await self.desk.intake.close()
        await self.runner.close(grace=GRACE)
        await self.desk.sending.close()
        await self.desk.turns.close()  # no turn begins any more, and the lines still stand
        await self.desk.accounts.close()
        await self.models.aclose()
        await self.store.close()

    def _keep(self, work: Any) -> None:
        self._tasks.add(asyncio.create_task(work))


async def build(
    settings: Settings,
    *,
    demo_at: str | None = None,
    clock: Clock | None = None,
    think: Think | None = None,
    channels: Sequence[Channel] = (),
    standin: StandIn | None = None,
    synchronous: str = "FULL",
) -> Frontdesk:
    """Build the house on one machine; with the sample business and the simulator where `demo_at` is its base URL.

    `clock`, `think`, `channels`, `standin` and `synchronous` (of SQLite) are for tests.

    Raises:
        SettingsError: something is wrong that only its owner can mend.
    """
    clock = clock or SystemClock()
    store, models = await _opened(settings, synchronous), _models(settings, clock)
    personas = await _personas(store, clock, _house_file(settings, demo_at), _doubts(None if think else models))
    vault = Vault(settings.vault_key(), place=settings.key_place)
    needs = Needs(
        store=store,
        clock=clock,
        vault=vault,
        channels={one.name: one for one in (*_channels(settings, clock, vault), *channels)},
        think=think or _thinking(models, settings.model_in_use),
        personas=personas,
        media_folder=settings.data_dir / "media",
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        production=settings.production,
        public_url=settings.public_url,
        check_model=models.check,
    )
    desk = build_desk(needs)
    bus, runner = MemoryBus(clock), Runner(store, clock, routes(desk), lanes())
    store.after_commit = _telling(bus, runner)
    lines, memory = _lines_of(settings), None
    if demo_at is not None:
        standin = standin or StandIn(clock, behaviour=CALM)
        memory = Memory(standin, settings.data_dir / "phones.json")
        lines.append(_furnish(standin, needs.vault, demo_at))
        await _teach(desk)
    rooms = Rooms(
        settings=settings,
        clock=clock,
        vault=needs.vault,
        store=store,
        bus=bus,
        desk=desk,
        channels=needs.channels,
        house=personas.house,
        started_at=clock.now(),
        model=settings.model_in_use,
        models=models,
        standin=standin,
        suggestions=samples.SUGGESTED if demo_at is not None else (),
        running=lambda: runner.busy,
    )
    return Frontdesk(settings, clock, store, bus, desk, runner, rooms, create(rooms), models, standin, memory, lines)


def _channels(settings: Settings, clock: Clock, vault: Vault) -> tuple[Channel, ...]:
    leave = settings.allow_bridge_commands
    return installed(clock, folder=settings.data_dir / "lines", vault=vault, starts_programs=leave)


def _furnish(standin: StandIn, vault: Vault, base_url: str) -> tuple[str, str, dict[str, Any]]:
    """The demo's line: the sample business on the stand-in, with secrets that stay the same over restarts."""
    secret = vault.derive("simulator").hex()[:24]
    options = demo.furnish(standin, base_url=base_url, name=samples.NAME, secret=secret)
    return "simulator", samples.NAME, dict(options)


def _telling(bus: MemoryBus, runner: Runner) -> Callable[..., None]:
    def after_commit(events: Sequence[Live], *, due: int | None) -> None:
        bus.publish(events)
        if due is not None:
            runner.wake(due)

    return after_commit


def _house_file(settings: Settings, demo_at: str | None) -> Callable[[], Path | None]:
    """Where personas are read from: the owner's file, else in the demo the sample business's."""

    def find() -> Path | None:
        path = settings.house_path()
        return samples.HOUSE_FILE if path is None and demo_at is not None else path

    return find


def _lines_of(settings: Settings) -> list[tuple[str, str, dict[str, Any]]]:
    cloud = settings.cloud_account
    if cloud is None:
        return []
    if cloud.accepts_unsigned:
        log.warning(
            "WHATSAPP_APP_SECRET is not set: webhooks are believed without a signature. Set it before going live."
        )
    return [("cloud", "WhatsApp", cloud.options())]


def _models(settings: Settings, clock: Clock) -> Models:
    access = {name: ProviderAccess(given.key, given.base_url) for name, given in settings.provider_access().items()}
    models = Models(access, clock=clock)
    try:
        models.check(settings.model_in_use)
    except SettingsError as wrong:
        raise SettingsError(f"FRONTDESK_MODEL is not right. {wrong.sentence}") from wrong
    if trouble := models.trouble(settings.model_in_use):
        log.warning("FRONTDESK_MODEL is %s, which cannot answer. %s", settings.model_in_use, trouble)
    return models


async def _personas(
    store: Store, clock: Clock, file: Callable[[], Path | None], doubts: Callable[[House], Sequence[str]]
) -> Personas:
    personas = Personas(store, clock, file, doubts, wrong=wrong_targets)
    await personas.load()
    return personas


def _doubts(models: Models | None) -> Callable[[House], Sequence[str]]:
    return lambda house: troubles(models, house) if models is not None else ()


def _thinking(models: Models, default: str) -> Think:
    async def think(turn: TurnInput, persona: Persona) -> TurnOutput:
        names = (persona.model or default, *persona.fallbacks)
        model = models.chat_model(
            names, temperature=persona.temperature, max_tokens=persona.max_tokens, base_url=persona.base_url
        )
        return await agent.run(turn, model)

    return think


async def _teach(desk: Desk) -> None:
    """Give the demo what the sample business knows, unless something was taught already."""
    if not await desk.knowledge.all():
        for file in samples.knowledge_files():
            await desk.knowledge.import_path(file, sample=True)


async def _opened(settings: Settings, synchronous: str) -> Store:
    settings.make_data_dir()
    store = Store(settings.database_url, synchronous=synchronous)
    with usable(settings.database_url):
        found = await asyncio.to_thread(shape, sqlite_path(settings.database_url))
    if found is Shape.UNKNOWN:
        raise SettingsError(
            "The database was made by a newer Frontdesk, or by another program. "
            "Install that version again, or give another folder with --data-dir."
        )
    await upgrade(settings.database_url)
    return store


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The installation's database in its newest shape, for commands."""
    store = await _opened(settings, "FULL")
    try:
        yield store
    finally:
        await store.close()
