"""The whole program, killed with SIGKILL at random moments while messages come in doubled and in disorder.

`make bench` does the same fifty times over two thousand messages, and `make chaos` much more.
"""

import asyncio
import random
from typing import Any

import psycopg
import pytest

from bench import kills, programs
from frontdesk.testing.processes import Program

pytestmark = pytest.mark.both_shapes


class Roles(kills.Ordeal):
    """The processes of a scaled house, of which one is killed each time, or all."""

    def __init__(self, desk: programs.Desk, port: int, chance: random.Random) -> None:
        super().__init__(desk, port, chance)
        self.whole = Program(desk.data, programs.environment(desk), port=port)

    async def start(self) -> None:
        """Start what does not run."""
        await self.whole.start()

    async def stop(self) -> None:
        """Let all end in order."""
        if self.whole.child is not None:
            await self.whole.stop()

    async def kill(self) -> None:
        """Kill one, and another while it starts; once in a while all at once."""
        roles = self.chance.choice((("worker",), ("web",), ("worker", "beat"), tuple(self.whole.parts)))
        await self.whole.kill(*roles)
        if self.chance.random() < 0.5:
            await self.whole.spawn()
            await asyncio.sleep(self.chance.uniform(0.2, 2.0))
            await self.whole.kill(self.chance.choice(roles))
        await self.start()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with psycopg.connect(self.whole.environment["DATABASE_URL"]) as connection:
            return connection.execute(query.encode()).fetchall()


async def test_being_killed_loses_nothing_and_answers_nothing_twice(shape: str) -> None:
    make = Roles if shape == "scaled" else kills.Ordeal
    outcome = await kills.ordeal(kills=4, messages=100, seed=7, make=make)
    assert outcome.clean, outcome.told()
    assert outcome.kills == 4
