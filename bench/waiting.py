"""A thousand chats at once, with a model that takes its time.

    python -m bench.waiting [--chats 1000] [--delay 2]

Every chat writes once, as quickly as the webhook takes it. Counted from the first message to the last Graph call. The
number is one that Meta allows 1,000 messages per second.
"""

import argparse
import asyncio
import json
import time
import urllib.request
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from bench import bodies, programs
from bench.loadgen import Load
from bench.report import Figure, say, show
from bench.stand_ins import Graph, Model, serving

COMMAND = "python -m bench.waiting"


def ask(program: programs.Program, method: str, path: str, body: Any = None) -> Any:
    """Call the API with the key of the benchmark."""
    request = urllib.request.Request(
        f"{program.url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"X-Api-Key": programs.API_KEY, "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def allow_many(program: programs.Program) -> None:
    """Tell the line that Meta has raised its rate."""
    account = ask(program, "GET", "/api/v1/accounts")["items"][0]["id"]
    ask(program, "PATCH", f"/api/v1/accounts/{account}", {"options": {"messages_per_second": 1000}})


async def measure(*, chats: int, delay: float, model_name: str) -> tuple[float, int]:
    """Seconds until the last answer, and how many were answered."""
    graph, model = Graph(), Model(delay=delay)
    async with AsyncExitStack() as stack:
        graph_url = await stack.enter_async_context(serving(graph.serve))
        model_url = await stack.enter_async_context(serving(model.serve))
        data = stack.enter_context(programs.folder())
        desk = programs.Desk(data, model=model_name, graph_url=graph_url, openai_url=f"{model_url}/v1")
        program = await asyncio.to_thread(programs.launch, desk)
        stack.callback(programs.stop, program.process)
        await asyncio.to_thread(allow_many, program)
        host, port = "127.0.0.1", int(program.url.rpartition(":")[2])
        await Load(_requests(range(1), f"{host}:{port}"), seconds=5, rate=None).run(host, port, 1)
        await graph.until_answered(1, within=30)  # the first turn loads the vendor's client
        began = time.perf_counter()
        load = Load(_requests(range(1, 1 + chats), f"{host}:{port}"), seconds=60, rate=None)
        await load.run(host, port, 64)
        await graph.until_answered(1 + chats, within=60)
    answered = [calls[0].at for tag, calls in graph.tags().items() if int(tag) > 0]
    return max(answered, default=began) - began, len(answered)


def _requests(numbers: range, host: str) -> list[bytes]:
    return [bodies.request(bodies.body(bodies.tagged(number)), path="/webhook", host=host) for number in numbers]


def figures(*, chats: int = 1000, delay: float = 2.0) -> list[Figure]:
    """The time until all are answered, with the model in the process and behind OpenAI's client."""
    within = _figure(f"bench:{delay}", "", chats=chats, delay=delay)
    return [within, _figure("openai:slow", " behind OpenAI's client", chats=chats, delay=delay)]


def _figure(model_name: str, words: str, *, chats: int, delay: float) -> Figure:
    took, answered = uvloop.run(measure(chats=chats, delay=delay, model_name=model_name))
    say(f"{answered} of {chats} chats answered within {took:.2f} s, the model{words} taking {delay:.0f} s")
    value = f"{took:.2f} s" if answered == chats else f"{answered} of {chats} in {took:.1f} s"
    name = f"{chats:,} chats waiting on a model{words} that takes {delay:.0f} s: all answered"
    return Figure(name, value, "within 5 s", answered == chats and took < 5, COMMAND)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--delay", type=float, default=2.0)
    arguments = parser.parse_args()
    show(figures(chats=arguments.chats, delay=arguments.delay))


if __name__ == "__main__":
    main()
