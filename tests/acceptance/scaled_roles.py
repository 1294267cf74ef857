"""The roles of a scaled house as real processes on one data folder, one PostgreSQL and one Redis."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
from acceptance_desk import NUMBER_ID, SECRET, TOKEN

from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.processes import Program

NOWHERE = "http://127.0.0.1:9"


def scaled(folder: Path, database: str, redis: str, **more: str) -> Mapping[str, str]:
    """The environment of all of them. `more` is of settings, by their names."""
    folder.mkdir(exist_ok=True)
    config = folder / "frontdesk.toml"
    config.write_text(OPEN_HOUSE)
    return {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "FRONTDESK_CONFIG": str(config),
        "WHATSAPP_ACCESS_TOKEN": TOKEN,
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_APP_SECRET": SECRET,
        "GRAPH_API_URL": NOWHERE,
        **more,
    }


def role(command: str, folder: Path, environment: Mapping[str, str]) -> Program:
    """One process, not started yet."""
    return Program(folder / "data", environment, command=command)


ROLES = ("web", "worker", "beat", "lines")
_LIVING = "SELECT role FROM processes WHERE seen_at > (extract(epoch FROM clock_timestamp()) - 5) * 1000"


def one_of_each(folder: Path, environment: Mapping[str, str]) -> dict[str, Program]:
    """One process of each role, not started yet, each with a log of its own."""
    return {command: Starting(folder / "data", environment, command=command) for command in ROLES}


class Starting(Program):
    """A role whose words are kept apart from those of the others."""

    @property
    def log(self) -> Path:
        """Everything that it has said so far."""
        return self.folder.parent / f"{self.command}.log"


@asynccontextmanager
async def spawned(programs: Iterable[Program]) -> AsyncIterator[None]:
    """All of them from their start, of which nothing is awaited, to their end."""
    async with AsyncExitStack() as stack:
        for program in programs:
            await program.spawn()
            stack.push_async_callback(program.kill)
        yield


def living(database: str) -> set[str]:
    """The roles of which something was heard a moment ago."""
    with psycopg.connect(database) as connection:
        return {str(row[0]) for row in connection.execute(_LIVING)}
