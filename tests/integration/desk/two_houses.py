"""Two houses on one database, as two processes of a scaled installation are."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.house import TestHouse, house

TOKEN = "the-token-of-the-fake"
SECRET_KEY = "the same in every process of it!"


@dataclass(slots=True)
class Pair:
    """The two. What is done in `one` has to hold in `other`."""

    one: TestHouse
    other: TestHouse
    clock: FrozenClock
    channel: FakeChannel  # of the one
    other_channel: FakeChannel


@asynccontextmanager
async def two_houses(folder: Path, database: str, *, both_work: bool = True, **more: Any) -> AsyncIterator[Pair]:
    """Both run, with a folder and a fake channel each, and keep up with each other. `one` may leave the jobs alone."""
    clock, fakes = FrozenClock(), (FakeChannel(), FakeChannel())
    for name in ("one", "other"):
        (folder / name).mkdir()
    same = {"clock": clock, "database": database, "secret_key": SECRET_KEY, **more}
    async with (
        house(folder / "one", channels=(fakes[0],), start=both_work, **same) as one,
        house(folder / "other", channels=(fakes[1],), **same) as other,
    ):
        await one.built.take_up()
        for each in (one, other):
            each.desk.following.alone = False
        yield Pair(one, other, clock, *fakes)


def delivery(number: str, *texts: str) -> dict[str, Any]:
    """A webhook of the fake channel."""
    return {"number": number, "texts": _texts(texts)}


def _texts(texts: Sequence[str]) -> list[dict[str, str]]:
    return [{"id": f"in-{place}", "from": "447700900123", "text": text} for place, text in enumerate(texts)]
