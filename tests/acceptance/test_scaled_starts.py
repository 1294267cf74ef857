"""Processes of a scaled house whose PostgreSQL or Redis is not there, or lets them not in."""

from pathlib import Path

import pytest
from scaled_roles import ROLES, living, one_of_each, scaled, spawned

from frontdesk.testing.clock import until
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.processes import START
from frontdesk.testing.redis import Redis
from frontdesk.testing.server_fixtures import fresh

WRONG_SETTINGS = 2


async def test_every_role_says_that_postgresql_is_away_and_waits_for_it(
    tmp_path: Path, own_postgres: Postgres, redis_url: str
) -> None:
    database = fresh(own_postgres)
    own_postgres.stop()
    programs = one_of_each(tmp_path, scaled(tmp_path, database, redis_url))
    async with spawned(programs.values()):
        for program in programs.values():
            await until(lambda program=program: "does not answer. Start it" in program.said(), seconds=START)  # type: ignore[misc]
            assert "Traceback" not in program.said()
        own_postgres.start()
        await until(lambda: living(database) == set(ROLES), seconds=START, every=200)
        for program in programs.values():
            assert await program.stop() == 0, program.said()[-2000:]


async def test_every_role_starts_without_redis_and_says_so(tmp_path: Path, postgres_url: str, own_redis: Redis) -> None:
    own_redis.stop()
    programs = one_of_each(tmp_path, scaled(tmp_path, postgres_url, own_redis.url()))
    async with spawned(programs.values()):
        await until(lambda: living(postgres_url) == set(ROLES), seconds=START, every=200)
        for name in ("web", "worker", "lines"):
            assert "cannot be reached" in programs[name].said()
        for program in programs.values():
            assert await program.stop() == 0, program.said()[-2000:]


async def test_lines_can_be_ended_while_they_wait_for_postgresql(tmp_path: Path, redis_url: str) -> None:
    program = one_of_each(tmp_path, scaled(tmp_path, "postgresql://x@127.0.0.1:1/x", redis_url))["lines"]
    async with spawned([program]):
        await until(lambda: "does not answer" in program.said(), seconds=START)
        assert await program.stop(seconds=5) == 0


@pytest.mark.parametrize("wrong", ["no such database", "malformed", "password of redis", "malformed redis"])
async def test_wrong_settings_end_every_role_with_one_sentence(
    tmp_path: Path, postgres_url: str, own_redis: Redis, wrong: str
) -> None:
    own_redis.ask("CONFIG SET requirepass s3cret")
    database, redis, names = {
        "no such database": (f"{postgres_url}_none", own_redis.url(), "no such database"),
        "malformed": ("postgresql://ana:s3cret@127.0.0.1:port/house", own_redis.url(), "DATABASE_URL"),
        "password of redis": (postgres_url, own_redis.url().replace("//", "//:wr0ng@"), "password of REDIS_URL"),
        "malformed redis": (postgres_url, "http://:wr0ng@127.0.0.1", "REDIS_URL"),
    }[wrong]
    programs = one_of_each(tmp_path, scaled(tmp_path, database, redis))
    async with spawned(programs.values()):
        for program in programs.values():
            assert await program.ended(seconds=START) == WRONG_SETTINGS, (program.command, program.said()[-2000:])
            said = program.said()
            assert names in said, (program.command, said)
            assert not any(word in said for word in ("Traceback", "s3cret", "wr0ng")), (program.command, said)
