"""A pytest plugin for every run: PostgreSQL, PgBouncer and Redis, each started by the first test that asks for it.

A run has one of each (a run in several processes one in each of them), and each test finds them empty. Where a server
is not installed those tests skip; they fail where `tools/prepare-tests` should have installed it.
"""

import asyncio
import itertools
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from frontdesk.store import migrations
from frontdesk.testing.postgres import PgBouncer, Postgres
from frontdesk.testing.redis import Redis
from frontdesk.testing.servers import Missing, Server

NEWEST = "newest_shape"
DEBIAN = Path("/etc/debian_version")
_AnyServer = TypeVar("_AnyServer", bound=Server)
_numbers = itertools.count(1)


def installed(make: Callable[[], _AnyServer]) -> _AnyServer:
    """The server that `make` gives, not started yet. Where its program is missing the test skips or fails."""
    try:
        return make()
    except Missing as missing:
        if may_not_be_missing():
            pytest.fail(f"{missing} tools/prepare-tests should have done so.")
        pytest.skip(str(missing))


def may_not_be_missing() -> bool:
    """Whether `tools/prepare-tests` installs what is missing, or somebody has to: in continuous integration."""
    return os.environ.get("CI") == "true" or (os.geteuid() == 0 and DEBIAN.exists())


def furnished(server: Postgres, database: str) -> str:
    """Make a database in the newest shape by running the migrations; gives its address."""
    url = server.create(database)
    with ThreadPoolExecutor(1) as aside:  # an event loop may run here
        aside.submit(lambda: asyncio.run(migrations.upgrade(url))).result()
    return url


def fresh(server: Postgres) -> str:
    """Make an empty database in the newest shape on a server of these fixtures; gives its address."""
    return server.create(f"test_{next(_numbers)}", template=NEWEST)


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """The PostgreSQL of this run, with a database in the newest shape to be copied. Who kills one takes another."""
    with installed(Postgres) as server:
        furnished(server, NEWEST)
        server.keep_copy()  # before anybody is connected
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Generator[str]:
    """The address of an empty database in the newest shape."""
    url = fresh(postgres)
    yield url
    postgres.drop(url.rpartition("/")[2])


@pytest.fixture
def own_postgres(postgres: Postgres) -> Generator[Postgres]:
    """A PostgreSQL for one test, that keeps what was committed and may be killed. `fresh` makes databases there."""
    with installed(lambda: Postgres(durable=True, like=postgres.copy)) as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer(postgres: Postgres) -> Generator[PgBouncer]:
    """PgBouncer in transaction mode before the PostgreSQL of this run."""
    with installed(lambda: PgBouncer(postgres)) as server:
        yield server


@pytest.fixture
def pgbouncer_url(pgbouncer: PgBouncer, postgres_url: str) -> str:
    """The address of the database of `postgres_url` by way of PgBouncer."""
    return pgbouncer.url(postgres_url.rpartition("/")[2])


@pytest.fixture(scope="session")
def redis() -> Generator[Redis]:
    """The Redis of this run. Who kills one takes `own_redis`."""
    with installed(Redis) as server:
        yield server


@pytest.fixture
def redis_url(redis: Redis) -> Generator[str]:
    """The address of the Redis of this run, emptied; whoever is connected afterwards is cut off."""
    redis.flush()
    yield redis.url()
    redis.disconnect()


@pytest.fixture
def own_redis() -> Generator[Redis]:
    """A Redis for one test, that may be stopped and killed."""
    with installed(Redis) as server:
        yield server
