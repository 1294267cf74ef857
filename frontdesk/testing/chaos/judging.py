"""What must hold when calm has returned: by the API, by the database, and by what came out at the other end."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from frontdesk.store.tables import accounts, chats, jobs, messages, processes, threads, turns
from frontdesk.testing.chaos.graph import Graph, Taken
from frontdesk.testing.chaos.houses import House, Scaled
from frontdesk.testing.chaos.players import REFUSED_RIGHTLY, Meta, Operators, Town

_INBOUND = (
    "SELECT m.text, m.decision, m.turn_id, m.chat_id, m.provider_time, m.id FROM messages m"
    " WHERE m.direction = 'inbound' ORDER BY m.provider_time, m.id"
)
_OUTBOUND = (
    "SELECT id, turn_id, status, chat_id, text, author, error, idempotency_key FROM messages"
    " WHERE direction = 'outbound'"
)
_JOBS = "SELECT kind, key, state, due_at, claimed_by, error, attempts, sent_at FROM jobs"
_DOUBTS = "SELECT chat_id FROM alerts WHERE kind = 'unknown' AND acknowledged_at IS NULL"
_OVERDUE = 5_000  # milliseconds that a due job may have waited


@dataclass
class World:
    """Everybody in one run."""

    house: House
    graph: Graph
    meta: Meta
    town: Town
    operators: Operators


@dataclass(frozen=True, slots=True)
class Rows:
    """What is in the database."""

    inbound: list[tuple[Any, ...]]
    outbound: list[tuple[Any, ...]]
    jobs: list[tuple[Any, ...]]
    doubts: set[str]
    living: set[str]

    @classmethod
    def read(cls, house: House) -> "Rows":
        """All of it."""
        living = {row[0] for row in house.ask("SELECT id FROM processes")}
        doubts = {row[0] for row in house.ask(_DOUBTS)}
        return cls(house.ask(_INBOUND), house.ask(_OUTBOUND), house.ask(_JOBS), doubts, living)


def kept(house: House, file: Path) -> None:
    """Write down what is in the database, for who looks for the cause of a fault."""
    with file.open("w") as out:
        for table in (accounts, chats, messages, turns, threads, jobs, processes):
            names = [column.name for column in table.columns]
            for row in house.ask(f"SELECT {', '.join(names)} FROM {table.name} ORDER BY id"):
                told = {name: value for name, value in zip(names, row, strict=True) if value not in (None, "")}
                out.write(f"{table.name} {told}\n")


async def unsettled(world: World) -> list[str]:
    """What still moves. Nothing, when the house has come to rest."""
    left = [] if world.meta.quiet else ["Meta still carries"]
    try:
        rows = await asyncio.to_thread(Rows.read, world.house)
    except Exception as broken:
        return [*left, f"the database cannot be read: {broken}"]
    now = int(time.time() * 1000)
    left += [f"{text[:8]} is undecided" for text, decision, *_ in rows.inbound if decision in (None, "pending")]
    left += [f"{row[0]} {row[4]!r} is {row[2]}" for row in rows.outbound if row[2] in ("queued", "sending")]
    left += _stuck(rows, now, moving=True)
    left += await _ledger(world)
    return left


async def faults(world: World) -> list[str]:
    """Everything that does not hold."""
    rows = await asyncio.to_thread(Rows.read, world.house)
    found = [*_stored(world, rows), *_ordered(world, rows), *_decided(world, rows)]
    found += [*_sent_once(world, rows), *_answers_in_order(world), *_operators(world, rows), *_doubts(rows)]
    found += [*_stuck(rows, int(time.time() * 1000), moving=False), *await _ledger(world), *_told(world)]
    for member in world.house.members.values():
        found += [f"{member.name} ended by itself with {code}" for code in member.gave_up]
    return found + await asyncio.to_thread(_owners, world)


def _stored(world: World, rows: Rows) -> Iterable[str]:
    stored = Counter(str(row[0])[1:7] for row in rows.inbound)
    for text in world.town.texts:
        if stored[text.tag] != 1:
            yield f"#{text.tag} of {text.phone} is stored {stored[text.tag]} times"


def _ordered(world: World, rows: Rows) -> Iterable[str]:
    """As a chat shows it, by the times that Meta told."""
    said = {text.tag: text.said_at for text in world.town.texts}
    shown: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows.inbound:
        shown[row[3]].append(str(row[0])[1:7])
    for chat, tags in shown.items():
        times = [said[tag] for tag in tags if tag in said]
        if times != sorted(times):
            yield f"the texts of {chat} are not in order: {tags}"


def _decided(world: World, rows: Rows) -> Iterable[str]:
    """Answered in words that left or that are shown not to have left, or refused with a reason."""
    out = defaultdict(list)
    for id_, turn, status, _, _, author, error, _ in rows.outbound:
        if turn is not None and author == "agent":
            out[turn].append((id_, status, error))
    for text, decision, turn, *_ in rows.inbound:
        if decision in (None, "pending"):
            yield f"{text[:7]} is undecided"
        elif decision == "answered" and not out[turn]:
            yield f"{text[:7]} counts as answered, and nothing was said"
    reached = {one.our_id for one in world.graph.taken}
    for id_, _, status, _, text, _, error, _ in rows.outbound:
        if status in ("sent", "delivered", "read") and id_ not in reached:
            yield f"{id_} {text!r} counts as {status} and never left"
        if status == "failed" and not error:
            yield f"{id_} failed without a reason"


def _sent_once(world: World, rows: Rows) -> Iterable[str]:
    """No message of ours twice, no text answered by two messages."""
    for our_id, times in Counter(one.our_id for one in world.graph.taken).items():
        if times > 1:
            yield f"{our_id} reached the Graph API {times} times"
    answers: defaultdict[str, list[Taken]] = defaultdict(list)
    for one in world.graph.taken:
        for tag in one.tags:
            answers[tag].append(one)
    for tag, several in answers.items():
        if len(several) > 1:
            yield f"#{tag} was answered {len(several)} times: {[one.our_id for one in several]}"
    known = {row[0] for row in rows.outbound}
    for one in world.graph.taken:
        if one.our_id not in known:
            yield f"{one.our_id} {one.text!r} left, and is not stored"


def _answers_in_order(world: World) -> Iterable[str]:
    """Where one text was stored before the next was tried first, its answer is not behind that of the other."""
    answered = {tag: one.number for one in world.graph.taken for tag in one.tags}
    chats: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for text in world.town.texts:
        if text.tag in answered:
            chats[text.chat].append(text.tag)
    for chat, tags in chats.items():
        for first in tags:
            for second in tags:
                after = world.meta.carried.get(first, 0.0) < world.meta.first_tried.get(second, 0.0)
                if after and answered[first] > answered[second]:
                    yield f"in {chat}, #{first} was answered after #{second}"


def _operators(world: World, rows: Rows) -> Iterable[str]:
    keys = Counter(row[7] for row in rows.outbound if row[7])
    words = Counter(one.text for one in world.graph.taken if one.text.startswith("An operator"))
    for key, id_ in world.operators.wrote.items():
        if keys[key] != 1:
            yield f"the operator's {key} ({id_}) is stored {keys[key]} times"
    yield from (f"{text!r} left {times} times" for text, times in words.items() if times > 1)


def _doubts(rows: Rows) -> Iterable[str]:
    """What is in doubt is shown."""
    for id_, _, status, chat, *_ in rows.outbound:
        if status == "unknown" and chat not in rows.doubts:
            yield f"{id_} is unknown, and no alert says so"


def _stuck(rows: Rows, now: int, *, moving: bool) -> list[str]:
    found = []
    for kind, key, state, due, claimed, error, attempts, sent in rows.jobs:
        name = f"job {key or kind} ({state}, due in {(due - now) / 1000:.1f} s, tried {attempts} times"
        name += f", sent {(now - sent) / 1000:.1f} s ago)" if sent else ")"
        if state == "failed":
            found.append(f"{name} was given up: {error}")
        elif state == "running" and (kind not in ("sweep", "vanish") or claimed not in rows.living):
            found.append(f"{name} is claimed by {claimed}{'' if claimed in rows.living else ', which is dead'}")
        elif state == "queued" and due < now - (0 if moving else _OVERDUE):
            found.append(f"{name} is overdue: {error}")
        elif state == "queued" and kind in ("turn", "deliver"):
            found.append(f"{name} waits{': ' + error if error else ''}")
    return found


async def _ledger(world: World) -> list[str]:
    async with world.house.client as client:
        with suppress(httpx2.HTTPError, ValueError):
            answer = await client.get("/api/v1/ledger")
            if answer.status_code == 200:
                return [] if answer.json()["balanced"] else [f"the ledger does not balance: {answer.json()}"]
            return [f"the ledger is not told: {answer.status_code} {answer.text[:200]}"]
    return ["the ledger is not told"]


def _told(world: World) -> Iterable[str]:
    """Meta is told that something is stored, or to try again; else the connection breaks."""
    for answer, times in world.meta.answers.items():
        if answer.isdecimal() and answer != "200" and int(answer) not in REFUSED_RIGHTLY:
            yield f"Meta was told {answer}, {times} times"


def _owners(world: World) -> list[str]:
    """Of the line behind the bridge, and of chats: no transaction holds anything any more."""
    house = world.house
    if not isinstance(house, Scaled):
        return []
    found = [] if house.bridges("pids") else ["the bridge never ran"]
    found += [f"the bridge ran twice at a time: {house.bridges('twice')}"] if house.bridges("twice") else []
    with suppress(psycopg.Error):
        for pid, seconds in house.ask(
            "SELECT l.pid, extract(epoch FROM now() - a.xact_start)::float FROM pg_locks l"
            " JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'"
            " AND a.xact_start < now() - interval '5 s'"
        ):
            found.append(f"the backend {pid} has held a lock for {seconds:.0f} s")
    return found
