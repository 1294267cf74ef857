"""Of the scaled shape: what a death costs, how soon live events arrive, and what a turn that waits weighs."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import psutil
import uvloop
import websockets

from bench import programs
from bench.latency import requests
from bench.loadgen import Load
from bench.report import Figure, percentile, say, show
from bench.scaled_house import COMMAND, House, house
from bench.stand_ins import Graph, Model, serving
from bench.waiting import allow_many

PATIENCE = 120.0  # seconds
CLIENTS = 200  # WebSockets
LONG = 60  # seconds that a model takes which is waited for
_AT = re.compile(r'"at":"([^"]+)"')
_RUNNING = "SELECT id FROM jobs WHERE kind = 'turn' AND state = 'running'"


async def _until(found: Callable[[], bool]) -> float:
    """The moment at which it is so."""
    until = time.perf_counter() + PATIENCE
    while not await asyncio.to_thread(found):
        if time.perf_counter() > until:
            raise TimeoutError("It took too long.")
        await asyncio.sleep(0.02)
    return time.perf_counter()


async def _write(webs: Sequence[programs.Program], first: int, count: int, *, rate: float | None = None) -> None:
    ports = [int(web.url.rpartition(":")[2]) for web in webs]
    prepared = requests(first, count, host=f"127.0.0.1:{ports[0]}")
    load = Load(prepared, seconds=count / rate - 0.5 / rate if rate else PATIENCE, rate=rate)
    await load.run("127.0.0.1", ports[0], 16, ports=ports[1:])


def figures_of_death(*, chats: int = 100) -> list[Figure]:
    """Seconds from SIGKILL of one of two workers until the other has taken up all of its turns."""
    with programs.folder() as data, house(programs.Desk(data, model=f"bench:{LONG}"), workers=2) as made:
        took, count = uvloop.run(_death(made, chats))
    say(f"{count} turns of a killed worker were taken up again within {took:.1f} s")
    name = f"Scaled: from a worker's death to its {count} turns resumed"
    return [Figure(name, f"{took:.1f} s", "within 15 s", took < 15, COMMAND)]


async def _death(made: House, chats: int) -> tuple[float, int]:
    await _write(made.webs, 1, chats)
    await _until(lambda: len(made.ask(_RUNNING)) == chats)
    dead = made.workers[0]
    of_dead = f"{_RUNNING} AND claimed_by = (SELECT id FROM processes WHERE pid = {dead.pid})"
    lost = {id_ for (id_,) in made.ask(of_dead)}
    ((claim,),) = made.ask(f"SELECT id FROM processes WHERE pid = {dead.pid}")
    dead.kill()
    began = time.perf_counter()
    taken_up = f"{_RUNNING} AND claimed_by <> '{claim}'"
    ended = await _until(lambda: lost <= {id_ for (id_,) in made.ask(taken_up)})
    return ended - began, len(lost)


def figures_of_live(*, seconds: float = 10.0, rate: float = 10.0) -> list[Figure]:
    """How long after its commit an event is with each of the clients, on one web process and on two."""
    figures = []
    for webs, words in ((1, "one web process"), (2, "two web processes")):
        with programs.folder() as data, house(programs.Desk(data, quiet=900, cap=3600), webs=webs, workers=0) as made:
            late = [wait * 1000 for wait in uvloop.run(_live(made, seconds=seconds, rate=rate))]
        at_95 = percentile(late, 0.95)
        say(f"live events, {words}: p50 {percentile(late, 0.5):.0f} ms, p95 {at_95:.0f} ms, of {len(late):,}")
        name = f"Scaled: live event from commit to {CLIENTS} WebSocket clients on {words}, p95"
        figures.append(Figure(name, f"{at_95:.0f} ms", "under 100 ms", at_95 < 100, COMMAND))
    return figures


async def _live(made: House, *, seconds: float, rate: float) -> list[float]:
    """Seconds between the moment that an event carries, which is that after its commit, and its arrival."""
    late: list[float] = []
    sockets = [await _socket(made.webs[number % len(made.webs)]) for number in range(CLIENTS)]
    hearing = [asyncio.create_task(_hear(socket, late)) for socket in sockets]
    await _write(made.webs, 1, int(rate))
    late.clear()  # the first second warms up
    count = int(seconds * rate)
    await _write(made.webs, 1 + int(rate), count, rate=rate)
    await asyncio.sleep(2)
    for task in hearing:
        task.cancel()
    await asyncio.gather(*hearing, return_exceptions=True)
    await asyncio.gather(*(socket.close() for socket in sockets))
    if len(late) < count * CLIENTS:
        raise RuntimeError(f"Only {len(late)} events arrived, of {count} messages at {CLIENTS} clients.")
    return late


async def _socket(web: programs.Program) -> Any:
    url = f"{web.url.replace('http', 'ws', 1)}/ws?api_key={programs.API_KEY}"
    return await websockets.connect(url, compression=None, max_queue=None)


async def _hear(socket: Any, late: list[float]) -> None:
    moments: dict[str, float] = {}
    async for said in socket:
        arrived = time.time()
        at = _AT.search(said)
        if at is not None:
            late.append(arrived - moments.setdefault(at[1], _moment(at[1])))


def _moment(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def figures_of_memory(*, chats: int = 1000) -> list[Figure]:
    """What a worker weighs more while a thousand chats wait for a model behind its vendor's client."""
    more, whole = uvloop.run(_memory(chats))
    say(f"{chats} waiting turns weigh {more / chats:.0f} kB each; the worker {whole / 1024:.0f} MB")
    name = f"Scaled: memory of a turn that waits for a model, of {chats:,} in one worker"
    return [Figure(name, f"{more / chats:.0f} kB; worker {whole / 1024:.0f} MB", "", None, COMMAND)]


async def _memory(chats: int) -> tuple[float, float]:
    """Kilobytes: how much more than before, and the whole."""
    graph, model = Graph(), Model()
    async with serving(graph.serve) as graph_url, serving(model.serve) as model_url:
        with programs.folder() as data:
            openai = f"{model_url}/v1"
            desk = programs.Desk(data, model="openai:slow", graph_url=graph_url, openai_url=openai)
            made = house(desk)
            running = await asyncio.to_thread(made.__enter__)
            try:
                await asyncio.to_thread(allow_many, running.webs[0])
                await _write(running.webs, 0, 20)  # the first turns load what all need
                await graph.until_answered(20, within=PATIENCE)
                before = _weight(running)
                model.delay = LONG
                await _write(running.webs, 100, chats)
                await _until(lambda: len(running.ask(_RUNNING)) >= chats and model.asked >= 20 + chats)
                return _weight(running) - before, _weight(running)
            finally:
                await asyncio.to_thread(made.__exit__, None, None, None)


def _weight(running: House) -> float:
    """Kilobytes of the worker: its own pages, and its share of those that it has in common with others."""
    return float(psutil.Process(running.workers[0].pid).memory_full_info().pss / 1024)


if __name__ == "__main__":
    show([*figures_of_death(), *figures_of_live(), *figures_of_memory()])
