"""What every message asks of the database, asked many times of a large one: the same functions as in the house."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import bindparam, select

from bench.growth_rows import BEGAN
from frontdesk.domain.work import RunTurn
from frontdesk.kit.ids import new_id
from frontdesk.store import arrivals, jobs, messages, outgoing, sending, sweeps, turns, vanishing
from frontdesk.store.rows import MessageRow
from frontdesk.store.store import Store, Tx
from frontdesk.store.tables import messages as table

ROUNDS = 200
BACKLOG = 20_000  # jobs that wait while others are claimed


@dataclass(frozen=True)
class Sample:
    """A message as the filling made it, and beside it what is made up."""

    row: MessageRow
    number: int


Work = Callable[[Tx, Sample], Awaitable[Any]]


def _at(sample: Sample) -> tuple[str, str]:
    return sample.row.account_id, sample.row.external_id or ""


async def _arrival(tx: Tx, sample: Sample) -> None:
    """A message of somebody who is known, and one that is known already."""
    address = f"{sample.row.account_id}/{sample.row.address}"
    given = {_at(sample), (sample.row.account_id, f"wamid.NEW{sample.number}")}
    await arrivals.known(tx, address_ids={address}, given=given)


async def _turn(tx: Tx, sample: Sample) -> None:
    chat = sample.row.chat_id
    await messages.pending(tx, chat)
    await messages.recent(tx, chat, 60)
    await messages.newest_inbound(tx, chat)
    await turns.present_thread(tx, chat)
    await messages.in_doubt(tx, chat)


async def _delivery(tx: Tx, sample: Sample) -> None:
    await messages.outbox(tx, sample.row.chat_id)
    await outgoing.last_moments(tx, sample.row.chat_id)


async def _receipt(tx: Tx, sample: Sample) -> None:
    account, external = _at(sample)
    (row,) = await messages.for_receipts(tx, account, our_ids=[], external_ids=[external])
    await messages.put(tx, row, "read")


async def _claim(tx: Tx, sample: Sample) -> None:
    letters = await sending.mark_due(tx, RunTurn.kind, now=BEGAN * 2, most=1)
    for row in await sending.take(tx, [one.id for one in letters], worker="bench", now=BEGAN * 2):
        await jobs.done(tx, row)


async def _sweep(tx: Tx, _sample: Sample) -> None:
    await sweeps.chats_without_turn(tx)
    await sweeps.chats_without_delivery(tx, [_sample.row.account_id])
    await vanishing.due(tx, now=BEGAN * 2, most=10)


PATHS: dict[str, Work] = {
    "what intake looks up": _arrival,
    "what a turn reads": _turn,
    "what a delivery reads": _delivery,
    "a receipt: found by its id, and written": _receipt,
    f"a job sent, claimed and done, {BACKLOG:,} waiting": _claim,
    "a sweep": _sweep,
}
_ONE = (
    select(table).where(table.c.id >= bindparam("first"), table.c.direction == "outbound").order_by(table.c.id).limit(1)
)


async def measure(url: str, newest: int) -> dict[str, list[float]]:
    """Milliseconds of each path, with its transaction and its commit. `newest` is the time of the newest message."""
    store = Store(url)
    chance = random.Random(1)
    try:
        moments = [chance.randrange(BEGAN, newest) for _ in range(ROUNDS)]
        async with store.read() as read:
            rows = [await read.one(_ONE, MessageRow, {"first": f"msg_{at:012x}"}) for at in moments]
        samples = [Sample(row, number) for number, row in enumerate(rows) if row is not None]
        _wait(url)
        return {name: await _timed(store, work, samples) for name, work in PATHS.items()}
    finally:
        await store.close()


async def _timed(store: Store, work: Work, samples: list[Sample]) -> list[float]:
    times = []
    for sample in [*samples[:20], *samples]:  # the first ones warm up
        began = time.perf_counter()
        async with store.begin(chat=sample.row.chat_id) as tx:
            await work(tx, sample)
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.002)
    return times[20:]


def _wait(url: str) -> None:
    """Let work wait, as it does when models are slow."""
    job = f"""
        INSERT INTO jobs (id, kind, key, lock, queue, priority, state, payload, attempts, due_at, first_at)
        SELECT '{new_id("job")}' || n, '{RunTurn.kind}', 'bench:' || n, 'bench:' || n, 'default', 5, 'queued',
            '{{}}', 0, {BEGAN}, {BEGAN} FROM generate_series(1, {BACKLOG}) AS n
        """
    with psycopg.connect(url) as database:
        database.execute("DELETE FROM jobs WHERE key LIKE 'bench:%'")
        database.execute(job.encode())
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("ANALYZE jobs")
