"""In which shape a test runs: embedded on SQLite, or scaled on PostgreSQL and Redis.

A pytest plugin. A test that bears the mark `both_shapes` runs in each; with `--shape scaled` all others, too, run on
PostgreSQL where their house or store names no database of its own. What bears the mark `embedded` never runs scaled.
"""

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from frontdesk.testing import in_use
from frontdesk.testing.consumer import Consumer
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.redis import Redis
from frontdesk.testing.server_fixtures import fresh, installed

SHAPES = ("embedded", "scaled")


class Scaled:
    """The servers of one test, see `in_use.Servers`; and the worker of Celery that all its houses have."""

    def __init__(self, postgres: Postgres, redis: Redis, consumer: Consumer) -> None:
        self._postgres = postgres
        self._redis = redis
        self._databases: dict[Path, str] = {}
        self.consumer = consumer

    def database_of(self, folder: Path) -> str:
        """The address of the folder's database."""
        if folder not in self._databases:
            self._databases[folder] = fresh(self._postgres)
        return self._databases[folder]

    def redis_of(self, folder: Path) -> str:
        """The address of the folder's part of Redis."""
        self.database_of(folder)
        return self._redis.url(list(self._databases).index(folder))

    def close(self) -> None:
        """Remove the databases, whoever is connected to them."""
        for url in self._databases.values():
            self._postgres.drop(url.rpartition("/")[2])
        with suppress(OSError):
            self._redis.disconnect()


def scaled() -> Scaled | None:
    """The servers of this test; None where it runs embedded."""
    here = in_use.servers()
    assert here is None or isinstance(here, Scaled)
    return here


def pytest_addoption(parser: pytest.Parser) -> None:
    """The shape of the tests that do not name one."""
    parser.addoption("--shape", choices=SHAPES, default=SHAPES[0], help="in which shape tests run (default: embedded)")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "both_shapes: runs embedded, and scaled on PostgreSQL and Redis")
    config.addinivalue_line("markers", "embedded(reason): runs embedded alone; the reason says why")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what bears the mark in each shape."""
    marked = metafunc.definition.get_closest_marker
    if marked("both_shapes") and not marked("embedded"):
        metafunc.fixturenames.append("shape")
        metafunc.parametrize("shape", SHAPES, indirect=True)


@pytest.fixture(scope="session")
def consumer() -> Generator[Consumer]:
    """The Celery worker of this run, on a broker of its own: the Redis of the tests cuts off whoever is connected."""
    with installed(Redis) as broker:
        one = Consumer(broker.url())
        yield one
        one.end()


@pytest.fixture(autouse=True)
def shape(request: pytest.FixtureRequest) -> Generator[str]:
    """The name of the shape in which the test runs."""
    name = getattr(request, "param", request.config.getoption("--shape"))
    if name == SHAPES[0]:
        yield name
        return
    if own := request.node.get_closest_marker("embedded"):
        pytest.skip(*own.args)
    postgres, redis, consumer = (request.getfixturevalue(name) for name in ("postgres", "redis", "consumer"))
    redis.flush()
    here = Scaled(postgres, redis, consumer)
    in_use.use(here)
    try:
        yield name
    finally:
        in_use.use(None)
        here.close()
