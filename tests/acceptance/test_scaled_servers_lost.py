"""PostgreSQL or Redis goes away while a scaled house runs, and comes back."""

import time
from pathlib import Path

import httpx2
import psycopg
from acceptance_desk import said, signed
from scaled_roles import one_of_each, scaled, spawned

from frontdesk.testing.clock import until
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.processes import START, Program
from frontdesk.testing.redis import Redis
from frontdesk.testing.server_fixtures import fresh

BACK = 2.0  # seconds after which a webhook is taken again


class Sender:
    """Sends webhooks, each with a message of its own."""

    def __init__(self, web: Program) -> None:
        self.web = web
        self.taken = 0
        self._number = 0

    async def send(self) -> httpx2.Response:
        """One more."""
        self._number += 1
        body = said("Hello", wamid=f"wamid.{self._number}", at=time.time_ns() // 10**6)
        async with self.web.client() as http:
            answer = await http.post("/webhook", content=body, headers=signed(body))
        self.taken += answer.status_code == 200
        return answer

    async def is_taken(self) -> bool:
        """Whether one more is taken."""
        return (await self.send()).status_code == 200

    async def look(self, path: str) -> httpx2.Response:
        """What the process says of itself."""
        async with self.web.client() as http:
            return await http.get(path)


async def ready(web: Program) -> bool:
    """Whether it takes webhooks."""
    try:
        return (await Sender(web).look("/health/ready")).status_code == 200
    except httpx2.HTTPError:
        return False


def count(database: str, condition: str) -> int:
    """How many messages came in of which that is true."""
    with psycopg.connect(database) as connection:
        row = connection.execute(
            f"SELECT count(*) FROM messages WHERE direction = 'inbound' AND {condition}"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_without_postgresql_webhooks_are_refused_with_503_and_taken_within_seconds_of_its_return(
    tmp_path: Path, own_postgres: Postgres, redis_url: str
) -> None:
    database = fresh(own_postgres)
    web = one_of_each(tmp_path, scaled(tmp_path, database, redis_url))["web"]
    async with spawned([web]):
        await until(lambda: ready(web), seconds=START, every=100)
        sender = Sender(web)
        assert await sender.is_taken()
        own_postgres.kill()
        for _ in range(3):
            answer = await sender.send()
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        health = await sender.look("/health")
        assert (health.status_code, health.json()["checks"]["database"]["status"]) == (503, "unhealthy")
        assert (await sender.look("/health/live")).status_code == 200
        assert (await sender.look("/health/ready")).status_code == 503

        own_postgres.start()
        began = time.monotonic()
        await until(sender.is_taken, seconds=30, every=50)
        assert time.monotonic() - began < BACK
        await until(lambda: ready(web), seconds=30, every=50)  # which asks by a connection of its own
        assert count(database, "TRUE") == sender.taken


async def test_without_redis_webhooks_are_taken_and_all_is_answered_when_it_is_back(
    tmp_path: Path, postgres_url: str, own_redis: Redis
) -> None:
    programs = one_of_each(tmp_path, scaled(tmp_path, postgres_url, own_redis.url()))
    web, worker = programs["web"], programs["worker"]
    async with spawned([web, worker]):
        await until(lambda: ready(web), seconds=START, every=100)
        sender = Sender(web)
        assert await sender.is_taken()
        own_redis.kill()
        assert [(await sender.send()).status_code for _ in range(3)] == [200, 200, 200]
        await until(lambda: _bus(sender, "degraded"), seconds=10)
        assert (await sender.look("/health")).status_code == 200
        assert (await sender.look("/health/ready")).status_code == 200

        own_redis.start()
        await until(lambda: _bus(sender, "healthy"), seconds=10)
        await until(lambda: not count(postgres_url, "decision = 'pending'"), seconds=START, every=100)
    assert count(postgres_url, "TRUE") == sender.taken == 4


async def _bus(sender: Sender, status: str) -> bool:
    health = (await sender.look("/health")).json()
    return bool(health["checks"]["bus"]["status"] == status)
