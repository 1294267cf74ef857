"""Builds the house: the only place that knows every room."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from frontdesk import samples
from frontdesk.agent import digests as digest_agent, importance as rating, run as agent
from frontdesk.app import sample_calendar
from frontdesk.app.shapes import GRACE, Embedded, Ground, Runs, Shape, telling
from frontdesk.channels.base import Channel
from frontdesk.channels.simulator import demo
from frontdesk.channels.simulator.behaviour import CALM
from frontdesk.channels.simulator.memory import Memory
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.desk.desk import Desk, Needs, build as build_desk
from frontdesk.desk.digest_making import Summarise
from frontdesk.desk.errors import Invalid
from frontdesk.desk.importance import Rate
from frontdesk.desk.one_key import see_to_one_key
from frontdesk.desk.personas import Personas
from frontdesk.desk.turns import Think
from frontdesk.domain.digest_text import Reader
from frontdesk.domain.digests import Gists, Talk
from frontdesk.domain.importance import Rated, Unsure
from frontdesk.domain.personas import House, Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.events.base import Bus
from frontdesk.jobs.tallying import Tallying
from frontdesk.kit.clock import Clock, SharedClock, SystemClock
from frontdesk.kit.errors import SettingsError
from frontdesk.kit.vault import Vault
from frontdesk.llm.models import Models, ProviderAccess, troubles
from frontdesk.notify.builtin import wrong_targets
from frontdesk.settings import Settings
from frontdesk.store import shapes as table_shapes
from frontdesk.store.engine import is_postgres, sqlite_path, usable
from frontdesk.store.migrations import upgrade
from frontdesk.store.reach import reached, went_away
from frontdesk.store.store import Store
from frontdesk.web.app import create
from frontdesk.web.counts import Counts
from frontdesk.web.rooms import Rooms

log = logging.getLogger(__name__)

_OFFLINE = "offline:"  # answers people, and judges nothing


@dataclass(slots=True)
class Frontdesk:
    """A house that was built. `start()` brings it up, `close()` takes it down in order."""

    settings: Settings
    clock: Clock
    store: Store
    shape: Shape
    desk: Desk
    runner: Runs
    rooms: Rooms
    web: FastAPI
    models: Models
    standin: StandIn | None = None
    memory: Memory | None = None  # of the demo's phones
    lines: Sequence[tuple[str, str, dict[str, Any]]] = ()  # channel, name, options: accounts from the settings
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _taken_up: bool = False
    _tallying: Tallying = field(init=False)

    def __post_init__(self) -> None:
        """What this process counts is added to the sums of the house."""
        self._tallying = Tallying(self.store, self.clock)

    @property
    def bus(self) -> Bus:
        """The live bus."""
        return self.shape.bus

    async def take_up(self) -> None:
        """Take up what the last run left, and learn which lines there are: what arrives earlier has no home."""
        if self._taken_up:
            return
        await see_to_one_key(self.store, self.rooms.vault, place=self.settings.key_place, alone=self.shape.alone)
        await self.shape.open()
        await self.desk.accounts.load()
        for channel, name, options in self.lines:
            try:
                await self.desk.accounts.keep_from_settings(channel, name=name, options=options)
            except Invalid as wrong:
                raise SettingsError(f"The WhatsApp line of the environment is not right. {wrong.sentence}") from wrong
        if self.standin is not None:
            await sample_calendar.furnish(self.desk, self.store, self.clock)
        self._taken_up = True
        self.rooms.door.closed = None

    def leave(self) -> None:
        """Say to whoever asks that others are to be asked from now on."""
        self.rooms.door.closed = "This process is ending."

    async def start(self) -> None:
        """Bring the lines up and begin to work."""
        await self.take_up()
        if self.memory is not None:
            await self.memory.start()
        if self.standin is not None:
            await self.standin.start()
        await self.desk.heartbeat.started()
        self.runner.start()
        await self.desk.accounts.start()
        await self.shape.take_part(self.desk)
        watches = (
            self.desk.disk.watch(),
            self.desk.personas.watch(),
            self.desk.following.watch(),
            self._tallying.watch(),
        )
        for work in (*watches, *self.shape.watches(self.desk)):
            self._tasks.add(asyncio.create_task(work))

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
        await self.shape.end()
        await self.desk.intake.close()
        await self.desk.importance.close()
        await self.runner.close(grace=GRACE)
        await self.desk.sending.close()
        await self.desk.turns.close()  # no turn begins any more, and the lines still stand
        await self.desk.accounts.close()
        await self.models.aclose()
        await self._tallying.tell()
        await self.rooms.counts.close()
        await self.shape.close()
        await self.store.close()


async def build(
    settings: Settings,
    *,
    demo_at: str | None = None,
    clock: Clock | None = None,
    think: Think | None = None,
    summarise: Summarise | None = None,
    rate: Rate | None = None,
    channels: Sequence[Channel] = (),
    standin: StandIn | None = None,
    synchronous: str = "FULL",
    shape: Callable[[Ground], Shape] = Embedded,
) -> Frontdesk:
    """Build the house as `shape` has it; with the sample business and the simulator where `demo_at` is its base URL.

    `clock`, `think`, `rate`, `summarise`, `channels`, `standin` and `synchronous` (of SQLite) are for tests.

    Raises:
        SettingsError: something is wrong that only its owner can mend.
    """
    clock = clock or (SystemClock() if shape is Embedded else SharedClock())
    async with AsyncExitStack() as opened:
        store = await _opened(settings, synchronous)
        opened.push_async_callback(store.close)
        models = _models(settings, clock)
        personas = await _personas(store, clock, _house_file(settings, demo_at), _doubts(None if think else models))
        ground = Ground(settings, store, clock, Vault(settings.vault_key(), place=settings.key_place))
        here = shape(ground)
        minds = _Minds(models, think, rate, summarise)
        needs = _needs(ground, here, personas, (*here.channels(), *channels), minds=minds)
        desk = build_desk(needs)
        runner = here.runner(desk)
        store.after_commit = telling(here.bus, runner)
        lines, memory = _lines_of(settings), None
        if demo_at is not None:
            standin = standin or StandIn(clock, behaviour=CALM)
            memory = _phones(standin, settings, desk)
            lines.append(_furnish(standin, needs.vault, demo_at))
            await _teach(desk)
        rooms = Rooms(
            settings=settings,
            clock=clock,
            vault=needs.vault,
            store=store,
            bus=here.bus,
            desk=desk,
            channels=needs.channels,
            house=personas.house,
            counts=Counts(store, clock),
            started_at=clock.now(),
            model=settings.model_in_use,
            models=models,
            standin=standin,
            suggestions=samples.SUGGESTED if demo_at is not None else (),
            running=lambda: runner.busy,
            alone=here.alone,
        )
        web = create(rooms)
        opened.pop_all()
        return Frontdesk(settings, clock, store, here, desk, runner, rooms, web, models, standin, memory, lines)


@dataclass(frozen=True, slots=True)
class _Minds:
    """Who thinks, rates and summarises; None: the models do."""

    models: Models
    think: Think | None
    rate: Rate | None
    summarise: Summarise | None


def _needs(ground: Ground, here: Shape, personas: Personas, channels: Sequence[Channel], *, minds: _Minds) -> Needs:
    settings, url, models = ground.settings, ground.settings.database_url, minds.models
    return Needs(
        store=ground.store,
        clock=ground.clock,
        vault=ground.vault,
        channels={one.name: one for one in channels},
        think=minds.think or _thinking(models, settings.model_in_use),
        rate=minds.rate or _rating(models, settings.model_in_use),
        personas=personas,
        media_folder=settings.data_dir / "media",
        database_folder=None if is_postgres(url) else sqlite_path(url).parent,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        production=settings.production,
        usual={"graph_url": settings.graph_api_url},
        public_url=settings.public_url,
        alone=here.alone,
        place=here.place,
        summarise=minds.summarise or _summarising(models, settings.model_in_use, personas.house),
        check_model=models.check,
    )


def _furnish(standin: StandIn, vault: Vault, base_url: str) -> tuple[str, str, dict[str, Any]]:
    """The demo's line: the sample business on the stand-in, with secrets that stay the same over restarts."""
    secret = vault.derive("simulator").hex()[:24]
    options = demo.furnish(standin, base_url=base_url, name=samples.NAME, secret=secret)
    return "simulator", samples.NAME, dict(options)


def _house_file(settings: Settings, demo_at: str | None) -> Callable[[], Path | None]:
    """Where personas are read from: the owner's file, else in the demo the sample business's."""

    def find() -> Path | None:
        path = settings.house_path()
        return samples.HOUSE_FILE if path is None and demo_at is not None else path

    return find


def _phones(standin: StandIn, settings: Settings, desk: Desk) -> Memory:
    """What keeps the phones of the demo; whoever is erased has none any more."""
    memory = Memory(standin, settings.data_dir / "phones.json")
    desk.erasing.also.append(memory.forget)
    return memory


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


def _rating(models: Models, default: str) -> Rate:
    async def rate(messages: Sequence[Unsure], named: str | None) -> Rated | None:
        name = named or default
        if name.startswith(_OFFLINE):
            return None
        return await rating.rate(messages, models.chat_model((name,)))

    return rate


def _thinking(models: Models, default: str) -> Think:
    async def think(turn: TurnInput, persona: Persona) -> TurnOutput:
        names = (persona.model or default, *persona.fallbacks)
        model = models.chat_model(
            names, temperature=persona.temperature, max_tokens=persona.max_tokens, base_url=persona.base_url
        )
        return await agent.run(turn, model)

    return think


def _summarising(models: Models, default: str, house: Callable[[], House]) -> Summarise:
    async def summarise(talks: Sequence[Talk], reader: Reader) -> Gists | None:
        name = house().digest_model or default
        if name.startswith("offline:"):
            return None
        try:
            model = models.chat_model((name,), temperature=0.2)
        except SettingsError:  # told where the file is looked at; the digest is made of the messages
            return Gists({})
        return await digest_agent.summarise(talks, model, language=reader.language, zone=reader.zone)

    return summarise


async def _teach(desk: Desk) -> None:
    """Give the demo what the sample business knows, unless something was taught already."""
    if not await desk.knowledge.all():
        for file in samples.knowledge_files():
            await desk.knowledge.import_path(file, sample=True)


async def _opened(settings: Settings, synchronous: str, *, patient: bool = True) -> Store:
    settings.make_data_dir()
    while True:
        await reached(settings.database_url, patient=patient)
        try:
            await _in_shape(settings.database_url)
            break
        except Exception as broken:
            if not (patient and went_away(broken)):
                raise
    return Store(settings.database_url, synchronous=synchronous, connections=settings.database_connections)


async def _in_shape(url: str) -> None:
    with usable(url):
        found = await asyncio.to_thread(table_shapes.shape_of, url)
    if found is table_shapes.Shape.UNKNOWN:
        raise SettingsError(
            "The database was made by a newer Frontdesk, or by another program. "
            "Install that version again, or give another folder with --data-dir."
        )
    await upgrade(url)


@asynccontextmanager
async def open_store(settings: Settings, *, patient: bool = False) -> AsyncIterator[Store]:
    """The installation's database in its newest shape, for commands; `patient` ones wait for it."""
    store = await _opened(settings, "FULL", patient=patient)
    try:
        yield store
    finally:
        await store.close()
