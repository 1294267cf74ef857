"""How long from the arrival of a message to the Graph call that answers it.

    python -m bench.latency [--seconds 20] [--rate 50]

Buffer 0, a model that answers at once, 50 messages per second, each of another person. Counted from the moment at which
the webhook is sent to the moment at which the Graph call arrives. The first second warms up and is left out.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack

import uvloop

from bench import bodies, programs
from bench.loadgen import Load
from bench.report import Figure, median, percentile, say, show
from bench.stand_ins import Graph, Model, serving

COMMAND = "python -m bench.latency"
CONNECTIONS = 16


async def measure(*, rate: float, seconds: float, model_name: str) -> list[float]:
    """The latencies in seconds; infinite for a message that was not answered."""
    graph, model = Graph(), Model()
    async with AsyncExitStack() as stack:
        graph_url = await stack.enter_async_context(serving(graph.serve))
        model_url = await stack.enter_async_context(serving(model.serve))
        data = stack.enter_context(programs.folder())
        desk = programs.Desk(data, model=model_name, graph_url=graph_url, openai_url=f"{model_url}/v1")
        program = await asyncio.to_thread(programs.launch, desk)
        stack.callback(programs.stop, program.process)
        host, port = "127.0.0.1", int(program.url.rpartition(":")[2])
        await Load(requests(0, 1, host=f"{host}:{port}"), seconds=2, rate=None).run(host, port, 1)
        await graph.until_answered(1, within=30)
        return await answered_after(graph, port, rate=rate, seconds=seconds)


async def answered_after(graph: Graph, port: int, *, rate: float, seconds: float) -> list[float]:
    """The same of a house at that port which is warm."""
    count = int(rate * (seconds + 1)) + 1
    load = Load(requests(1, count, host=f"127.0.0.1:{port}"), seconds=seconds + 1, rate=rate)
    await load.run("127.0.0.1", port, CONNECTIONS)
    await graph.until_answered(1 + len(load.began), within=30)
    tags = graph.tags()
    arrived = [tags[tag][0].at if (tag := f"{1 + index:06d}") in tags else float("inf") for index in range(count)]
    waits = [end - began for began, end in zip(load.began, arrived, strict=False)]
    return waits[int(rate) :]


def requests(first: int, count: int, *, host: str) -> list[bytes]:
    """Webhooks of so many people, tagged with their numbers from `first` on."""
    return [
        bodies.request(bodies.body(bodies.tagged(number)), path="/webhook", host=host)
        for number in range(first, first + count)
    ]


def figures(*, rate: float = 50.0, seconds: float = 20.0) -> list[Figure]:
    """Median and p99, with the model in the process and behind OpenAI's client."""
    within = _figures("bench:0", "instant model", rate=rate, seconds=seconds)
    return within + _figures("openai:instant", "instant model behind OpenAI's client", rate=rate, seconds=seconds)


def _figures(model_name: str, words: str, *, rate: float, seconds: float) -> list[Figure]:
    waits = [wait * 1000 for wait in uvloop.run(measure(rate=rate, seconds=seconds, model_name=model_name))]
    middle, late = median(waits), percentile(waits, 0.99)
    say(f"arrival to Graph call at {rate:.0f}/s, {words}: median {middle:.1f} ms, p99 {late:.1f} ms, of {len(waits)}")
    name = f"Arrival to Graph call, {rate:.0f} messages per second, {words}"
    return [
        Figure(f"{name}, median", f"{middle:.1f} ms", "under 25 ms", middle < 25, COMMAND),
        Figure(f"{name}, p99", f"{late:.1f} ms", "under 100 ms", late < 100, COMMAND),
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=50.0)
    arguments = parser.parse_args()
    show(figures(rate=arguments.rate, seconds=arguments.seconds))


if __name__ == "__main__":
    main()
