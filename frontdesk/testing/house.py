"""The whole house in a test: real store, real desk, real web, with twins only where the outside world begins."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from langchain_core.language_models import BaseChatModel
from sqlalchemy import select

from frontdesk.agent import digests as digest_agent, importance as rating, run as agent
from frontdesk.app import Frontdesk, build
from frontdesk.app.shapes import Embedded, Ground, Shape
from frontdesk.channels.base import Channel
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.desk import passwords
from frontdesk.desk.desk import Desk
from frontdesk.desk.digest_making import Summarise
from frontdesk.desk.importance import Rate
from frontdesk.desk.turns import Think
from frontdesk.domain.accounts import State
from frontdesk.domain.digest_text import Reader
from frontdesk.domain.digests import Gists, Talk
from frontdesk.domain.importance import Rated, Unsure
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.domain.work import KINDS
from frontdesk.kit.clock import Clock
from frontdesk.settings import Settings, load_settings
from frontdesk.store import accounts, jobs
from frontdesk.store.engine import is_postgres
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.in_one import InOne
from frontdesk.testing.shape import scaled
from frontdesk.testing.stores import furnish
from frontdesk.web.rooms import Rooms

API_KEY = "test-key-of-the-admin"
OPEN_HOUSE = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a shop."
"""


@dataclass(slots=True)
class TestHouse:
    """A running house and what a test needs of it."""

    __test__ = False

    built: Frontdesk
    clock: Any
    http: httpx2.AsyncClient

    @property
    def rooms(self) -> Rooms:
        """What the web is handed."""
        return self.built.rooms

    @property
    def desk(self) -> Desk:
        """The use cases."""
        return self.built.desk

    async def idle(self) -> None:
        """Wait until nothing that is due waits and nothing runs.

        Raises:
            AssertionError: something still does after half a minute. It says what.
        """
        try:
            await until(self._quiet)
        except AssertionError:
            busy = self.built.runner.busy
            raise AssertionError(f"{busy} jobs run here, and in the table are {await self._work()}") from None

    async def _work(self) -> list[tuple[Any, ...]]:
        """Kind, state, moment, tries, worker, error, since when the broker has it, and how often it was given that."""
        job = table.c
        columns = (job.kind, job.state, job.due_at, job.attempts, job.claimed_by, job.error, job.sent_at, job.sends)
        async with self.built.store.read() as read:
            return await read.all(select(*columns), lambda *columns: columns)

    async def connected(self) -> None:
        """Wait until every line is up, also on disk: what is at hand knows it a moment earlier."""
        await until(self._all_up)

    async def _all_up(self) -> bool:
        async with self.built.store.read() as read:
            rows = await accounts.all_live(read)
        return all(row.state == State.CONNECTED for row in rows)

    async def _quiet(self) -> bool:
        if self.built.runner.busy:
            return False
        async with self.built.store.read() as read:
            before = await jobs.next_due(read, KINDS)
            if await jobs.running(read):
                return False  # claimed, and not at work yet
            after = await jobs.next_due(read, KINDS)  # what the one waited for that was running when it was asked first
        due = [moment for moment in (before, after) if moment is not None and moment <= self.clock.now()]
        return not due and not self.built.runner.busy


QUICK = 8  # log2 of what a password costs here; tests/unit/desk/test_desk_passwords.py keeps what a real desk pays


@asynccontextmanager
async def house(
    folder: Path,
    *,
    config: str | None = OPEN_HOUSE,
    clock: Clock | None = None,
    model: BaseChatModel | None = None,
    think: Think | None = None,
    rater: BaseChatModel | None = None,
    channels: tuple[Channel, ...] = (),
    standin: StandIn | None = None,
    demo_at: str | None = None,
    start: bool = True,
    **settings: Any,
) -> AsyncIterator[TestHouse]:
    """A house on the data folder `folder`; its `frontdesk.toml` says `config`. The clock is moved by hand unless given.

    Without a `config` it has the file of the working directory, if there is one, as a house that nobody set up.
    `model` answers every turn and makes summaries through the real agent; `think` takes the agent's place. `rater` says
    how much messages matter where the rules doubt. Passwords cost little.
    """
    clock = clock or FrozenClock()
    given = load_settings(env_file=None, **_named(folder, config, settings))
    given.make_data_dir()
    furnish(given.database_url)
    built = await build(
        given,
        clock=clock,
        think=think or (_asking(model) if model is not None else None),
        summarise=_summarising(model) if model is not None else None,
        rate=_rating(rater) if rater is not None else None,
        channels=channels,
        standin=standin,
        demo_at=demo_at,
        synchronous="OFF",
        shape=_shape(given),
    )
    cost, passwords.LOG2_N = passwords.LOG2_N, QUICK
    try:
        if start:
            await built.start()
        transport = httpx2.ASGITransport(app=built.web)
        headers = {"X-Api-Key": API_KEY}
        async with httpx2.AsyncClient(transport=transport, base_url="http://frontdesk.test", headers=headers) as http:
            yield TestHouse(built, clock, http)
    finally:
        passwords.LOG2_N = cost
        await built.close()


def _named(folder: Path, config: str | None, more: dict[str, Any]) -> dict[str, Any]:
    file = None
    if config is not None:
        file = folder / "frontdesk.toml"
        file.write_text(config)
    here, own = scaled(), folder / "data"
    shape = {} if here is None else {"database": here.database_of(own), "redis": here.redis_of(own)}
    return {"data_dir": own, "config": file, "api_key": API_KEY, **shape, **more}


def _shape(settings: Settings) -> Callable[[Ground], Shape]:
    """As the test has it; a house of which it says that it has SQLite is embedded all the same."""
    here = scaled()
    if here is None or settings.redis_url is None or not is_postgres(settings.database_url):
        return Embedded
    return partial(InOne, consumer=here.consumer)


def _rating(model: BaseChatModel) -> Rate:
    async def rate(messages: Sequence[Unsure], named: str | None) -> Rated | None:
        return await rating.rate(messages, model)

    return rate


def _asking(model: BaseChatModel) -> Think:
    async def think(turn: TurnInput, persona: Persona) -> TurnOutput:
        return await agent.run(turn, model)

    return think


def _summarising(model: BaseChatModel) -> Summarise:
    async def summarise(talks: Sequence[Talk], reader: Reader) -> Gists:
        return await digest_agent.summarise(talks, model, language=reader.language, zone=reader.zone)

    return summarise
