"""Throws troubles, and makes well again what they hit. Those of one target come one after the other."""

import asyncio
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from frontdesk.testing.chaos import graph, model
from frontdesk.testing.chaos.houses import House, Scaled, limit_files
from frontdesk.testing.chaos.plan import Trouble
from frontdesk.testing.servers import Server

FULL, ROOMY = "0", "unlimited"  # bytes that a file may have
SHARE = 0.8  # of the questions that meet a bad mood


@dataclass(frozen=True, slots=True)
class Span:
    """When a trouble was under way (time.monotonic), and whom it hit."""

    begins: float
    ends: float
    target: str


class Timeline:
    """What happened, and when."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.lines: list[str] = []
        self.spans: list[Span] = []  # of troubles that are over

    def note(self, what: str) -> None:
        """Write it down."""
        self.lines.append(f"{time.strftime('%H:%M:%S')} {time.monotonic() - self._began:7.2f}  {what}")


class Thrower:
    """`calm` ends what is still under way."""

    def __init__(self, house: House, worlds: tuple[graph.Graph, model.Model], timeline: Timeline, seed: int) -> None:
        self._house = house
        self._graph, self._model = worlds
        self._timeline = timeline
        self._chance = random.Random(f"{seed} thrower")
        self._calm = asyncio.Event()
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._verbs: dict[str, Callable[[Trouble], Awaitable[None]]] = {
            "graph": self._mood_of_graph,
            "model": self._mood_of_model,
            "clock": self._clock,
            "kill": self._kill,
            "halt": self._halt,
            "full": self._full,
            "empty": self._empty,
            "cut": self._cut,
            "shoot": self._shoot,
            "restart": self._restart,
        }

    async def throw(self, troubles: Sequence[Trouble]) -> None:
        """All of them, each at its moment."""
        async with asyncio.TaskGroup() as together:
            for trouble in troubles:
                together.create_task(self._one(trouble))

    async def calm(self) -> None:
        """Make everything well: whoever is dead is started again, nobody else is touched."""
        self._calm.set()
        for server in self._servers():
            if not server.runs:
                await asyncio.to_thread(server.start)
        for member in self._house.members.values():
            if not member.runs:
                self._timeline.note(f"{member.name} had ended by itself: {member.child and member.child.returncode}")
                member.start()

    def _servers(self) -> list[Server]:
        return [self._house.postgres, self._house.redis] if isinstance(self._house, Scaled) else []

    async def _one(self, trouble: Trouble) -> None:
        await asyncio.sleep(trouble.at)
        async with self._busy[trouble.target]:
            self._timeline.note(str(trouble))
            began = time.monotonic()
            await self._verbs[trouble.verb](trouble)
            self._timeline.spans.append(Span(began, time.monotonic(), trouble.target))
            self._timeline.note(f"{trouble.verb} {trouble.target} is over")

    async def _for(self, trouble: Trouble) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._calm.wait(), trouble.lasts)

    async def _mood_of_graph(self, trouble: Trouble) -> None:
        self._graph.be(graph.Mood(trouble.value), SHARE)
        await self._for(trouble)
        self._graph.be(graph.Mood.FINE)

    async def _mood_of_model(self, trouble: Trouble) -> None:
        self._model.be(model.Mood(trouble.value), SHARE)
        await self._for(trouble)
        self._model.be(model.Mood.FINE)

    async def _clock(self, trouble: Trouble) -> None:
        member = self._house.members[trouble.target]
        member.clock.write_text(trouble.value)
        await self._for(trouble)
        member.clock.write_text("0")

    async def _kill(self, trouble: Trouble) -> None:
        """With the power of a server goes all that it started."""
        if server := self._server(trouble.target):
            await asyncio.to_thread(server.kill)
            await self._for(trouble)
            await asyncio.to_thread(server.start)
            return
        member = self._house.members[trouble.target]
        await asyncio.to_thread(member.kill)
        await self._for(trouble)
        member.start()

    async def _restart(self, trouble: Trouble) -> None:
        server = self._server(trouble.target)
        assert server is not None
        try:
            await asyncio.to_thread(server.stop)
        except RuntimeError:  # in the midst of other troubles it may take too long: then it was killed
            self._timeline.note(f"{trouble.target} did not stop in time, and was killed")
        await self._for(trouble)
        await asyncio.to_thread(server.start)

    async def _halt(self, trouble: Trouble) -> None:
        if trouble.target == "postgres":
            await self._halt_postgres(trouble)
            return
        server = self._server(trouble.target)
        member = self._house.members.get(trouble.target)
        pid = server.pid if server else member.child.pid if member and member.child and member.runs else None
        if pid is not None:
            _send(pid, signal.SIGSTOP)
            await self._for(trouble)
            _send(pid, signal.SIGCONT)

    async def _halt_postgres(self, trouble: Trouble) -> None:
        assert isinstance(self._house, Scaled)
        pids = [self._house.postgres.pid, *self._house.backends()]
        for pid in pids:
            _send(pid, signal.SIGSTOP)
        await self._for(trouble)
        for pid in pids:
            _send(pid, signal.SIGCONT)

    async def _full(self, trouble: Trouble) -> None:
        """Files do not grow any more. PostgreSQL ends all its connections then, and comes back."""
        house = self._house
        pids, user = (house.backends(), house.postgres.runs_as) if isinstance(house, Scaled) else (house.pids(), None)
        for most in (FULL, ROOMY):
            await asyncio.to_thread(limit_files, pids, most, user)
            if most == FULL:
                await self._for(trouble)

    async def _empty(self, _: Trouble) -> None:
        assert isinstance(self._house, Scaled)
        with suppress(OSError):
            await asyncio.to_thread(self._house.redis.flush)

    async def _cut(self, trouble: Trouble) -> None:
        """Connections break."""
        assert isinstance(self._house, Scaled)
        with suppress(OSError):
            if trouble.target == "redis":
                await asyncio.to_thread(self._house.redis.disconnect)
            else:
                for pid in self._some_backends():
                    _send(pid, signal.SIGTERM)

    async def _shoot(self, _: Trouble) -> None:
        """One backend is killed: PostgreSQL ends all connections and recovers."""
        for pid in self._some_backends()[:1]:
            _send(pid, signal.SIGKILL)

    def _some_backends(self) -> list[int]:
        assert isinstance(self._house, Scaled)
        found = self._house.backends()
        return self._chance.sample(found, len(found) // 2)

    def _server(self, name: str) -> Server | None:
        if not isinstance(self._house, Scaled):
            return None
        return {"postgres": self._house.postgres, "redis": self._house.redis}.get(name)


def _send(pid: int, what: signal.Signals) -> None:
    """Only to what this run has started, by its number."""
    with suppress(ProcessLookupError):
        os.kill(pid, what)
