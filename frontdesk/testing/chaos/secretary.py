"""Those for whom the secretary works: an owner who is told what is urgent, and people who all want the same times."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2

from frontdesk.testing.chaos.graph import TAG
from frontdesk.testing.chaos.wires import Reply, Wires

URGENT = "This is urgent, call me back immediately!"
TIMES = 4  # that are wanted
WANTED = 3  # people for each of them, and each asks until there is an answer
PATIENCE = 8.0  # seconds
_ALWAYS = {day: ["00:00-23:55"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@dataclass(frozen=True, slots=True)
class Heard:
    """One word that got to the owner. `said`: the house was told so."""

    at: float  # of time.monotonic
    target: str
    tags: frozenset[str]
    said: bool


@dataclass
class Owner:
    """Targets of `notify`, by their paths. They are as bad as such servers are: some are away, some are cut off."""

    chance: random.Random
    heard: list[Heard] = field(default_factory=list)
    calm: bool = False

    def __post_init__(self) -> None:
        self.wires = Wires(self.answer)

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Take a word, or not."""
        fate = 1.0 if self.calm else self.chance.random()
        if fate < 0.25:
            return Reply(b"", 503)
        told = json.loads(body)
        tags = frozenset(TAG.findall(f"{told.get('title')} {told.get('message')}"))
        self.heard.append(Heard(time.monotonic(), path, tags, said=fate >= 0.35))
        return Reply(b"{}") if fate >= 0.35 else Reply(drops=True, after=0.05)


def day_of_all() -> date:
    """The day on which everybody wants to come: a clock that is wrong by an hour changes nothing of it."""
    return datetime.fromtimestamp(time.time(), UTC).date() + timedelta(days=3)


@dataclass
class Guests:
    """People at the desk who book for others, all the same few times, by the API."""

    urls: Sequence[str]
    key: str
    chance: random.Random
    note: Callable[[str], None]
    service: str = ""
    booked: list[str] = field(default_factory=list)  # the ids of what the house said to have booked
    answers: Counter[str] = field(default_factory=Counter)

    async def set_up(self, client: httpx2.AsyncClient) -> None:
        """One dentist, who is always there."""
        doctor = await _posted(client, "/resources", {"name": "Dr Costa", "zone": "UTC", "hours": _ALWAYS})
        cleaning = {"name": "Cleaning", "minutes": 30, "step": 15, "notice": 60, "resources": [doctor["id"]]}
        self.service = (await _posted(client, "/services", cleaning))["id"]

    async def work(self, *, seconds: float) -> None:
        """Each wants one of the times, and some want two that overlap."""
        times = [time_ for time_ in range(TIMES) for _ in range(WANTED)]
        await asyncio.gather(*(self._wants(number, time_, seconds) for number, time_ in enumerate(times)))

    async def _wants(self, number: int, which: int, seconds: float) -> None:
        await asyncio.sleep(self.chance.uniform(0.1, 0.8) * seconds)
        minutes = 9 * 60 + which * 15  # of half an hour each: neighbours overlap
        start = datetime.combine(day_of_all(), datetime.min.time(), UTC) + timedelta(minutes=minutes)
        words = {"service_id": self.service, "start": start.isoformat(), "name": f"Guest {number}"}
        keyed = {"Idempotency-Key": f"guest-{number}"}
        while True:
            async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False, headers={"X-Api-Key": self.key}) as client:
                with suppress(httpx2.HTTPError):
                    url = f"{self.chance.choice(self.urls)}/api/v1/appointments"
                    answer = await client.post(url, json=words, headers=keyed)
                    self.answers[str(answer.status_code)] += 1
                    if answer.status_code in (200, 201):
                        self.booked.append(str(answer.json()["id"]))
                    elif answer.status_code < 500 and answer.status_code != 409:
                        self.note(f"a booking was answered {answer.status_code}: {answer.text[:200]}")
                    if answer.status_code < 500:
                        return
            await asyncio.sleep(0.3)


async def _posted(client: httpx2.AsyncClient, path: str, words: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"/api/v1{path}", json=words)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
