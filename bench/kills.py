"""Kills Frontdesk at random while messages come in doubled and in disorder, and counts what is left.

    python -m bench.kills [--kills 50] [--messages 2000] [--seed 1]

Plays Meta: sends each message until it is answered with 200, often twice, in batches, in disorder; reports the statuses
of what was sent the same way. Meanwhile the process is killed with SIGKILL at random moments, also while it starts, and
started again. At the end everything must be there once and balance.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx2
import uvloop

from bench import bodies, programs
from bench.report import Figure, say, show
from bench.stand_ins import Call, Graph, Model, serving

COMMAND = "python -m bench.kills"
MESSAGES_PER_CHAT = 5  # fewer than what looks like two machines talking
SETTLING = 90.0  # seconds for what is left at the end


@dataclass
class Outcome:
    """What was left. All lists must be empty."""

    messages: int
    kills: int = 0
    posts: int = 0
    lost: list[str] = field(default_factory=list)  # tags of messages that are not stored
    doubled: list[str] = field(default_factory=list)  # tags of messages that are stored twice
    undecided: list[str] = field(default_factory=list)  # tags of messages without a decision
    unanswered: list[str] = field(default_factory=list)  # tags decided as answered whose answer never left
    decisions: dict[str, int] = field(default_factory=dict)
    answered_twice: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)  # our ids that reached the Graph API twice
    unbalanced: dict[str, Any] = field(default_factory=dict)
    in_doubt: int = 0  # sends that were cut off before they left: shown to the operator, never sent again blindly
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled or miscounted."""
        lists = (self.lost, self.doubled, self.undecided, self.unanswered, self.answered_twice, self.sent_twice)
        return not any(lists) and not self.unbalanced

    def told(self) -> str:
        """The outcome in one line of JSON; of long lists, how many there are and the first."""
        short = {
            name: f"{len(value)}: {', '.join(value[:10])}" if isinstance(value, list) and value else value
            for name, value in asdict(self).items()
        }
        return json.dumps(short)


class Meta:
    """Sends bodies until they are answered with 200."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self._url = f"{url}/webhook"
        self._chance = chance
        self._waiting: deque[bytes] = deque()
        self._work = asyncio.Event()
        self._under_way = 0
        self.posts = 0

    def put(self, body: bytes) -> None:
        """Take up a body, and often its double, for some later moment."""
        self._waiting.append(body)
        if self._chance.random() < 0.3:
            self._waiting.insert(self._chance.randrange(len(self._waiting) + 1), body)
        self._work.set()

    def put_all(self, several: Iterable[bytes]) -> None:
        """Take up several."""
        for body in several:
            self.put(body)

    @property
    def quiet(self) -> bool:
        """Whether everything was taken."""
        return not self._waiting and not self._under_way

    async def run(self) -> None:
        """Send for ever; one of several that do."""
        async with httpx2.AsyncClient(timeout=10) as client:
            while True:
                while not self._waiting:
                    self._work.clear()
                    await self._work.wait()
                body = self._waiting.popleft()
                self._under_way += 1
                try:
                    await self._send(client, body)
                finally:
                    self._under_way -= 1

    async def _send(self, client: httpx2.AsyncClient, body: bytes) -> None:
        self.posts += 1
        headers = {"X-Hub-Signature-256": bodies.sign(body), "Content-Type": "application/json"}
        try:
            answer = await client.post(self._url, content=body, headers=headers)
            taken = answer.status_code == 200
        except httpx2.HTTPError:
            taken = False
        if not taken:
            self._waiting.append(body)
            self._work.set()
            await asyncio.sleep(0.05)


def _statuses(call: Call, chance: random.Random) -> Iterable[bytes]:
    """What Meta reports of a message, in disorder."""
    words = ["sent", "delivered", *(["read"] if chance.random() < 0.5 else [])]
    chance.shuffle(words)
    for word in words:
        status = {
            "id": call.external_id,
            "status": word,
            "timestamp": str(int(time.time())),
            "recipient_id": call.to.lstrip("+"),
            "biz_opaque_callback_data": call.our_id,
        }
        yield bodies.envelope({"statuses": [status]})


def _inbound(messages: int, chance: random.Random) -> list[bytes]:
    """All messages, one to three in a body, in disorder."""
    chats = max(1, messages // MESSAGES_PER_CHAT)
    texts = [bodies.tagged(number, sender=number % chats) for number in range(messages)]
    for at in range(0, messages, 20):  # near each other, not anywhere: a message is minutes late at the most
        piece = texts[at : at + 20]
        chance.shuffle(piece)
        texts[at : at + 20] = piece
    made = []
    while texts:
        size = min(len(texts), chance.choice((1, 1, 1, 2, 3)))
        made.append(bodies.body(*texts[:size]))
        del texts[:size]
    return made


class Ordeal:
    """One run: a desk that is killed and started again on the same data."""

    def __init__(self, desk: programs.Desk, port: int, chance: random.Random) -> None:
        self.desk = desk
        self.port = port
        self.chance = chance
        self.program: programs.Program | None = None

    async def start(self) -> None:
        """Start it, and wait until it is healthy."""
        self.program = await asyncio.to_thread(programs.launch, self.desk, port=self.port)

    async def stop(self) -> None:
        """Let it end in order."""
        if self.program:
            await asyncio.to_thread(programs.stop, self.program.process)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with closing(sqlite3.connect(f"file:{self.desk.data}/frontdesk.db?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()

    async def kill(self) -> None:
        """Kill it, now; one time in four kill it again while it starts."""
        assert self.program
        self.program.process.kill()
        await asyncio.to_thread(self.program.process.wait)
        if self.chance.random() < 0.25:
            await self._kill_while_starting()
        await self.start()

    async def _kill_while_starting(self) -> None:
        process = programs.spawn(self.desk, port=self.port)
        await asyncio.sleep(self.chance.uniform(0.2, 2.5))
        process.kill()
        await asyncio.to_thread(process.wait)


async def ordeal(
    *,
    kills: int,
    messages: int,
    seed: int = 1,
    make: Callable[[programs.Desk, int, random.Random], Ordeal] = Ordeal,
) -> Outcome:
    """Do it, and say what was left. `make` says what runs and is killed."""
    chance = random.Random(seed)
    graph, model = Graph(), Model(delay=0.02)
    outcome = Outcome(messages)
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        graph_url = await stack.enter_async_context(serving(graph.serve))
        model_url = await stack.enter_async_context(serving(model.serve))
        data = stack.enter_context(programs.folder())
        port = programs.free_port()
        desk = programs.Desk(data, "openai:instant", quiet=0.05, graph_url=graph_url, openai_url=f"{model_url}/v1")
        run = make(desk, port, chance)
        meta = Meta(f"http://127.0.0.1:{port}", chance)
        graph.told = lambda call: meta.put_all(_statuses(call, chance))
        stack.push_async_callback(run.stop)
        await run.start()
        senders = [asyncio.create_task(meta.run()) for _ in range(8)]
        for sender in senders:
            stack.callback(sender.cancel)
        await _play(run, meta, outcome, inbound=_inbound(messages, chance), kills=kills)
        outcome.unbalanced = await _settle(f"http://127.0.0.1:{port}", meta, run)
        await run.stop()
        outcome.posts = meta.posts
        _judge(outcome, graph, run)
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _play(run: Ordeal, meta: Meta, outcome: Outcome, *, inbound: list[bytes], kills: int) -> None:
    """Hand out the messages in as many portions as there are kills, and kill within each."""
    portion = -(-len(inbound) // max(1, kills))
    for number in range(kills):
        meta.put_all(inbound[number * portion : (number + 1) * portion])
        await asyncio.sleep(run.chance.uniform(0.0, 0.8))
        await run.kill()
        outcome.kills += 1
        if outcome.kills % 10 == 0:
            say(f"killed {outcome.kills} times, {meta.posts} posts")
    meta.put_all(inbound[kills * portion :])


async def _settle(url: str, meta: Meta, run: Ordeal) -> dict[str, Any]:
    """Wait until nothing is left to do; gives the ledger when it does not balance, else nothing."""
    deadline = time.perf_counter() + SETTLING
    ledger: dict[str, Any] = {}
    async with httpx2.AsyncClient(timeout=10, headers={"X-Api-Key": programs.API_KEY}) as client:
        while time.perf_counter() < deadline:
            with suppress(httpx2.HTTPError):
                ledger = (await client.get(f"{url}/api/v1/ledger")).json()
                if meta.quiet and not ledger["pending"] and not ledger["queued"] and not _open_sends(run):
                    break
            await asyncio.sleep(0.5)
    return {} if ledger.get("balanced") else ledger


def _open_sends(run: Ordeal) -> int:
    ((count,),) = run.ask("SELECT count(*) FROM messages WHERE status IN ('queued', 'sending')")
    return int(count)


_INBOUND = "SELECT text, decision, turn_id FROM messages WHERE direction = 'inbound'"
_OUTBOUND = "SELECT id, turn_id, status FROM messages WHERE direction = 'outbound'"


def _judge(outcome: Outcome, graph: Graph, run: Ordeal) -> None:
    inbound, outbound = run.ask(_INBOUND), run.ask(_OUTBOUND)
    wanted = {f"{number:06d}" for number in range(outcome.messages)}
    stored = Counter(text[1:7] for text, _, _ in inbound)
    outcome.lost = sorted(wanted - stored.keys())
    outcome.doubled = sorted(tag for tag, count in stored.items() if count > 1)
    outcome.undecided = sorted(text[1:7] for text, decision, _ in inbound if decision in (None, "pending"))
    sent = Counter(call.our_id for call in graph.calls)
    replied = {turn for our_id, turn, status in outbound if our_id in sent or status == "unknown"}
    outcome.unanswered = sorted(text[1:7] for text, said, turn in inbound if said == "answered" and turn not in replied)
    outcome.decisions = dict(Counter(str(decision) for _, decision, _ in inbound))
    outcome.answered_twice = sorted(tag for tag, calls in graph.tags().items() if len(calls) > 1)
    outcome.sent_twice = sorted(our_id for our_id, count in sent.items() if count > 1)
    outcome.in_doubt = sum(status == "unknown" for _, _, status in outbound)


def figures(*, kills: int = 50, messages: int = 2000, seed: int = 1) -> list[Figure]:
    """Whether it held."""
    outcome = uvloop.run(ordeal(kills=kills, messages=messages, seed=seed))
    say(outcome.told())
    name = f"Killed {outcome.kills} times during {messages:,} messages with doubles and disorder"
    found = (
        f"{len(outcome.lost)} lost, {len(outcome.doubled)} stored twice, {len(outcome.undecided)} undecided, "
        f"{len(outcome.answered_twice) + len(outcome.sent_twice)} answered twice, "
        f"ledger {'does not balance' if outcome.unbalanced else 'balances'}, {outcome.in_doubt} sends left in doubt"
    )
    return [Figure(name, found, "none lost, none twice, balanced", outcome.clean, COMMAND)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    show(figures(kills=arguments.kills, messages=arguments.messages, seed=arguments.seed))


if __name__ == "__main__":
    main()
