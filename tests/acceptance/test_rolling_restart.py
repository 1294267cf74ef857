"""Two web processes behind nginx are started anew in turn, under a load of signed webhooks: none is refused."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psycopg
import pytest
from acceptance_desk import said, signed
from scaled_roles import role, scaled

from frontdesk.testing.clock import until
from frontdesk.testing.nginx import Nginx
from frontdesk.testing.processes import API_KEY, Program, running
from frontdesk.testing.server_fixtures import installed

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
PAUSE = 0.05  # seconds between two webhooks of one sender
SENDERS, LISTENERS = 4, 2
LONGEST_END = 20.0  # seconds


@dataclass
class Load:
    """Webhooks, one after the other by each sender, and what was answered."""

    url: str
    answers: list[int | str] = field(default_factory=list)

    async def send(self, sender: int, ended: asyncio.Event) -> None:
        """Go on until then."""
        limits = httpx2.Limits(max_keepalive_connections=0 if sender % 2 else 1)
        async with httpx2.AsyncClient(trust_env=False, timeout=30, limits=limits) as client:
            number = 0
            while not ended.is_set():
                number += 1
                body = said(
                    "Hello",
                    phone=f"4477009001{sender:02}",
                    wamid=f"wamid.{sender}.{number}",
                    at=time.time_ns() // 10**6,
                )
                try:
                    answer: int | str = (
                        await client.post(f"{self.url}/webhook", content=body, headers=signed(body))
                    ).status_code
                except httpx2.HTTPError as broken:
                    answer = repr(broken)
                self.answers.append(answer)
                await asyncio.sleep(PAUSE)


@dataclass
class Ear:
    """Listens by SSE, and comes back behind the last event whenever the stream ends, as a browser does."""

    url: str
    heard: list[str] = field(default_factory=list)  # ids of messages
    last: str = ""
    reloads: int = 0
    streams: int = 0

    async def listen(self) -> None:
        """Go on until cancelled."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
            while True:
                try:
                    await self._once(client)
                except httpx2.HTTPError:
                    await asyncio.sleep(PAUSE)

    async def _once(self, client: httpx2.AsyncClient) -> None:
        headers = {"X-Api-Key": API_KEY, **({"Last-Event-ID": self.last} if self.last else {})}
        async with client.stream("GET", f"{self.url}/api/v1/events", headers=headers) as answer:
            if answer.status_code != 200:
                await asyncio.sleep(PAUSE)
                return
            self.streams += 1
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    self.last = line[4:]
                elif line.startswith("data: "):
                    self._hear(json.loads(line[6:]))

    def _hear(self, event: dict[str, object]) -> None:
        payload = event["payload"]
        assert isinstance(payload, dict)
        if event["type"] == "reload":
            self.reloads += 1
        elif event["type"] == "message.added":
            self.heard.append(str(payload["id"]))


@asynccontextmanager
async def before(programs: tuple[Program, ...], like: Path | None) -> AsyncIterator[Nginx]:
    """nginx before two web processes that run."""
    async with AsyncExitStack() as stack:
        for program in programs:
            await stack.enter_async_context(running(program))
        nginx = await asyncio.to_thread(installed, lambda: Nginx([one.port for one in programs], like=like))
        stack.push_async_callback(asyncio.to_thread, nginx.close)
        await asyncio.to_thread(nginx.start)
        yield nginx


async def started_anew(program: Program) -> float:
    """End it in order and start it again; gives the seconds that the end took."""
    began = time.perf_counter()
    assert await program.stop() == 0
    took = time.perf_counter() - began
    await program.start()
    return took


@pytest.mark.parametrize(("like", "times"), [(None, 3), (SHIPPED, 2)], ids=["plain nginx", "deploy/nginx.conf"])
async def test_no_webhook_is_refused_while_one_after_the_other_is_started_anew(
    tmp_path: Path, postgres_url: str, redis_url: str, like: Path | None, times: int
) -> None:
    environment = scaled(tmp_path, postgres_url, redis_url)
    programs = (role("web", tmp_path, environment), role("web", tmp_path, environment))
    async with before(programs, like) as nginx:
        load, ears, ended = Load(nginx.url), [Ear(nginx.url) for _ in range(LISTENERS)], asyncio.Event()
        listening = [asyncio.create_task(ear.listen()) for ear in ears]
        await until(lambda: all(ear.streams for ear in ears))
        sending = [asyncio.create_task(load.send(sender, ended)) for sender in range(SENDERS)]
        ends = [await started_anew(programs[turn % 2]) for turn in range(times)]
        ended.set()
        await asyncio.gather(*sending)

        stored = _stored(postgres_url)
        await until(lambda: all(ear.reloads or len(ear.heard) >= len(stored) for ear in ears), seconds=20)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)

    assert set(load.answers) == {200}, [answer for answer in load.answers if answer != 200]
    assert len(stored) == len(load.answers) > 50
    assert max(ends) < LONGEST_END
    assert sum(ear.streams for ear in ears) > LISTENERS  # some had to come back
    for ear in ears:
        assert ear.reloads or sorted(ear.heard) == sorted(stored)


def _stored(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT id, external_id FROM messages WHERE direction = 'inbound'").fetchall()
    assert len({external for _, external in found}) == len(found)
    return [id_ for id_, _ in found]
