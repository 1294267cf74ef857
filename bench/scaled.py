"""The scaled shape: PostgreSQL, Redis, and web and worker processes on one machine.

    python -m bench.scaled [--only intake,turns,latency,death,live,memory]

Everything that a measurement needs is started for it and ends with it: PostgreSQL that keeps what it has committed,
Redis, and the roles as processes of their own. All share the processors of this machine, with the load and the Graph
API besides, so that a second web process or worker finds the less room the fewer processors there are.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import psutil
import uvloop

from bench import intake, programs, scaled_waits
from bench.latency import answered_after, requests
from bench.loadgen import Load
from bench.report import Figure, median, percentile, say, show
from bench.scaled_house import COMMAND, House, house
from bench.stand_ins import Graph, serving
from bench.waiting import allow_many

WORKERS = (1, 2, 4)
SENDERS = 64  # connections of the load


@dataclass
class Run:
    """A house at work, and the Graph API that it answers to."""

    house: House
    graph: Graph

    @property
    def port(self) -> int:
        """Of the first web process."""
        return int(self.house.webs[0].url.rpartition(":")[2])

    async def write(self, first: int, count: int, *, connections: int = SENDERS) -> None:
        """So many people write once each, as quickly as it is taken."""
        prepared = requests(first, count, host=f"127.0.0.1:{self.port}")
        await Load(prepared, seconds=120, rate=None).run("127.0.0.1", self.port, connections)


@asynccontextmanager
async def at_work(*, workers: int, quiet: float = 0.0) -> AsyncIterator[Run]:
    """A house of one web process and so many workers that has answered its first message, with a model within."""
    graph = Graph()
    async with AsyncExitStack() as stack:
        graph_url = await stack.enter_async_context(serving(graph.serve))
        data = stack.enter_context(programs.folder())
        desk = programs.Desk(data, model="bench:0", quiet=quiet, cap=quiet, graph_url=graph_url)
        made = house(desk, workers=workers)
        run = Run(await asyncio.to_thread(made.__enter__), graph)
        stack.push_async_callback(asyncio.to_thread, made.__exit__, None, None, None)
        await asyncio.to_thread(allow_many, run.house.webs[0])
        await run.write(0, 1, connections=1)
        if not await graph.until_answered(1, within=60 + quiet):
            raise programs.DidNotStart("The first message was not answered.")
        yield run


def figures_of_intake(*, count: int = 3, seconds: float = 5.0) -> list[Figure]:
    """Ours with one web process and with two, and pywa, in turns."""
    rates: dict[str, list[float]] = {"pywa": [], "one": [], "two": []}
    with programs.folder() as data:
        for number in range(count):
            with intake.server(intake.PYWA, data / f"pywa{number}") as program:
                rates["pywa"].append(_rate(program, seconds=seconds))
            desk = programs.Desk(data / f"house{number}", quiet=900, cap=3600)
            with house(desk, webs=1, workers=0, rest=False) as made:
                rates["one"].append(_rate(*made.webs, seconds=seconds))
                made.web()
                rates["two"].append(_rate(*made.webs, seconds=seconds))
            told = ", ".join(f"{name} {several[-1]:,.0f}/s" for name, several in rates.items())
            say(f"intake on PostgreSQL, round {number + 1}: {told}")
    pywa, one, two = (median(several) for several in rates.values())
    name = "Scaled: webhook intake on PostgreSQL"
    return [
        Figure(f"{name}, one web process", f"{one:,.0f}/s", "", None, COMMAND),
        Figure("pywa in the same run, one process, stores nothing", f"{pywa:,.0f}/s", "", None, COMMAND),
        Figure(f"{name} against pywa", f"{one / pywa:.2f} x", "0.50 x or more", one >= pywa / 2, COMMAND),
        Figure(f"{name}, two web processes", f"{two:,.0f}/s", "more than one", two > one, COMMAND),
    ]


def _rate(*running: programs.Program, seconds: float) -> float:
    intake.load(*running, seconds=2)
    return intake.load(*running, seconds=seconds).rate


def figures_of_turns(*, messages: int = 1500, quiet: float = 15.0) -> list[Figure]:
    """A backlog that becomes due at once, done by 1, 2 and 4 workers, and how full the processors are with it.

    PostgreSQL shares them: a second worker can add no more than the first has left.
    """
    found = {workers: uvloop.run(_turns(workers, messages=messages, quiet=quiet)) for workers in WORKERS}
    told = [f"{rate:,.0f}/s at {busy:.0%}" for rate, busy in found.values()]
    say(f"turns with {', '.join(map(str, WORKERS))} workers, and of all processors: {'; '.join(told)}")
    (one, busy), (two, _) = found[1], found[2]
    room = min(2.0, 1 / busy)
    name = f"Scaled: answers per second with {', '.join(map(str, WORKERS))} workers (of all processors), instant model"
    return [
        Figure(
            name, ", ".join(told), f"{0.85 * room:.2f} x or more with a second one", two / one >= 0.85 * room, COMMAND
        )
    ]


async def _turns(workers: int, *, messages: int, quiet: float) -> tuple[float, float]:
    """Answers per second, and the share of all processors. They become due only when all have been taken in."""
    async with at_work(workers=workers, quiet=quiet) as run:
        await run.write(1, messages)
        taken_in = len(run.graph.calls)
        await run.graph.until_answered(2, within=quiet + 20)
        psutil.cpu_percent()
        await run.graph.until_answered(1 + messages, within=120)
        busy = psutil.cpu_percent() / 100
        times = sorted(call.at for call in run.graph.calls[taken_in:])
    return len(times) / (times[-1] - times[0]), busy


def figures_of_latency(*, rate: float = 20.0, seconds: float = 20.0) -> list[Figure]:
    """From the webhook to the Graph call, by way of web process, PostgreSQL, Redis, Celery and worker."""
    waits = [wait * 1000 for wait in uvloop.run(_latency(rate=rate, seconds=seconds))]
    middle, late = median(waits), percentile(waits, 0.99)
    say(f"scaled, arrival to Graph call at {rate:.0f}/s: median {middle:.1f} ms, p99 {late:.1f} ms, of {len(waits)}")
    name = f"Scaled: arrival to Graph call, {rate:.0f} messages per second, instant model"
    return [
        Figure(f"{name}, median", f"{middle:.1f} ms", "", None, COMMAND),
        Figure(f"{name}, p99", f"{late:.1f} ms", "", None, COMMAND),
    ]


async def _latency(*, rate: float, seconds: float) -> list[float]:
    """Seconds; the first second is left out."""
    async with at_work(workers=1) as run:
        return await answered_after(run.graph, run.port, rate=rate, seconds=seconds)


PARTS: dict[str, Callable[[], list[Figure]]] = {
    "intake": figures_of_intake,
    "turns": figures_of_turns,
    "latency": figures_of_latency,
    "death": scaled_waits.figures_of_death,
    "live": scaled_waits.figures_of_live,
    "memory": scaled_waits.figures_of_memory,
}


def figures(names: list[str] | None = None) -> list[Figure]:
    """All of them, or those of some parts."""
    return [figure for name in names or PARTS for figure in PARTS[name]()]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"some of: {', '.join(PARTS)}")
    given = parser.parse_args().only
    show(figures(given.split(",") if given else None))


if __name__ == "__main__":
    main()
