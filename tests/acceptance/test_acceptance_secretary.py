"""A day of the secretary, with real processes: what is told is told once, also over a death between due and told.

Scaled, there are two workers and two beats. Their clock is that of the database: what is to become due while all are
dead is moved instead, in its rows.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from acceptance_desk import NUMBER_ID, OUR_PHONE, SECRET, TOKEN, VERIFY_TOKEN, WABA_ID, Ear as GraphEar, Json

from frontdesk.channels.simulator.behaviour import Behaviour
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.domain.digests import SETTLING
from frontdesk.kit.clock import MINUTE, SystemClock
from frontdesk.testing.clock import until
from frontdesk.testing.ears import Ear
from frontdesk.testing.local_server import serving
from frontdesk.testing.processes import SELDOM, START, Program, run
from frontdesk.testing.roles import addresses_of, gives_signs
from frontdesk.web.simulator import standin_app

pytestmark = pytest.mark.both_shapes

ANA, BEA = "447700900123", "447700900124"
URGENT = "This is urgent, please call me back immediately!"
LINK = "https://desk.example.com"
HOUSE = """
[buffer]
quiet_seconds = 0.1
cap_seconds = 0.2
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a clinic."
tools = ["knowledge", "hand_over", "appointments"]
[heartbeat]
enabled = true
time = "{at}"
[[notify]]
url = "{url}/x"
on = ["urgent", "digest", "heartbeat"]
"""
ALWAYS = {day: ["00:00-23:55"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
DUE_IN = 10 * MINUTE
LATE = 30 * MINUTE  # by which all that is due comes too late


@dataclass
class Day:
    """The processes, those outside, and the clock of the processes."""

    program: Program
    twins: tuple[Program, ...]
    standin: StandIn
    graph: GraphEar
    ear: Ear
    client: httpx2.AsyncClient

    async def starts(self) -> None:
        for twin in self.twins:
            await twin.spawn()
        await self.program.start()
        beside = tuple(part for twin in self.twins for part in twin.parts.values())
        database = self.program.environment.get("DATABASE_URL", "")
        await until(lambda: gives_signs(beside, database), seconds=START, every=SELDOM)

    async def dies(self) -> None:
        await asyncio.gather(*(one.kill() for one in (self.program, *self.twins)))

    def changes(self, *statements: str) -> list[tuple[Any, ...]]:
        """Change rows behind the back of the program; gives what the last statement asks for."""
        if url := self.program.environment.get("DATABASE_URL"):
            with psycopg.connect(url, autocommit=True) as postgres:
                given = [postgres.execute(statement.encode()) for statement in statements][-1]
                return given.fetchall() if given.description else []
        with closing(sqlite3.connect(self.program.folder / "frontdesk.db", timeout=10)) as file, file:
            return [file.execute(statement) for statement in statements][-1].fetchall()

    def writes(self, phone: str, text: str) -> None:
        customer = self.standin.add_customer(make_customer(phone[-3:], f"+{phone}"))
        self.standin.write(self.standin.thread(customer.customer_id), text)

    def said_to(self, phone: str) -> list[str]:
        return [call.text for call in self.graph.calls if call.body.get("to", "").lstrip("+") == phone]

    async def answers(self, phone: str, text: str, words: str) -> str:
        """The person writes, and we answer with these words."""
        self.writes(phone, text)
        await until(lambda: any(words in said for said in self.said_to(phone)))
        return next(said for said in self.said_to(phone) if words in said)

    def told(self, words: str) -> list[str]:
        """What the owner's target was told with these words in its head."""
        return [told for told in self.ear.heard if words in told.split("\n")[2]]

    async def ask(self, method: str, path: str, **given: Any) -> Json:
        answer = await self.client.request(method, f"/api/v1{path}", json=given or None)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found


@asynccontextmanager
async def begun(folder: Path) -> AsyncIterator[Day]:
    """The day begins: everything runs, and the calendar, the digest and the reminder are set up."""
    standin = StandIn(SystemClock(), behaviour=Behaviour(retry_scale=0.0001), seed=3)
    graph, ear = GraphEar(standin_app(standin)), Ear()
    now = int(time.time() * 1000)
    async with AsyncExitStack() as stack:
        graph_url, ear_url = [await stack.enter_async_context(serving(one)) for one in (graph, ear)]
        (folder / "frontdesk.toml").write_text(
            HOUSE.format(at=clock_time(now - LATE), url=ear_url.replace("http", "json"))
        )
        environment = {
            "FRONTDESK_CONFIG": str(folder / "frontdesk.toml"),
            "PUBLIC_URL": LINK,
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": SECRET,
            "VERIFY_TOKEN": VERIFY_TOKEN,
            "GRAPH_API_URL": graph_url,
        }
        data = folder / "data"
        program = Program(data, environment)
        beside = ("worker", "beat") if len(program.parts) > 1 else ()
        twins = tuple(Program(data, {**environment, **addresses_of(data)}, command=role) for role in beside)
        callback = f"{program.url}/webhook"
        standin.add_number(Number(NUMBER_ID, OUR_PHONE, callback, waba_id=WABA_ID, token=TOKEN, app_secret=SECRET))
        await standin.start()
        stack.push_async_callback(standin.stop)
        client = await stack.enter_async_context(program.client())
        day = Day(program, twins, standin, graph, ear, client)
        stack.push_async_callback(day.dies)
        await day.starts()
        await furnish(day, now + DUE_IN)
        yield day


async def furnish(day: Day, due: int) -> None:
    doctor = await day.ask("POST", "/resources", name="Dr Costa", zone="UTC", hours=ALWAYS)
    cleaning = {"name": "Cleaning", "minutes": 30, "step": 30, "notice": 90, "reminders": [60]}
    await day.ask("POST", "/services", **cleaning, resources=[doctor["id"]])
    when = f"every day at {clock_time(due)}"
    await day.ask("POST", "/digests", name="Morning", schedule=when, zone="UTC", to=["notify"])


def clock_time(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%H:%M}"


async def test_over_a_day_each_thing_is_told_once_and_what_was_due_while_all_were_dead_is_told_late(
    tmp_path: Path,
) -> None:
    async with begun(tmp_path) as day:
        await urgent_is_told_with_a_link(day)
        start = await an_appointment_is_booked(day)
        await the_digest_on_demand_counts_as_the_ledger_does(day, tmp_path / "data")
        in_ten = datetime.fromtimestamp(time.time() + DUE_IN / 1000, UTC).isoformat()
        await day.ask("POST", "/reminders", chat=ANA, what="Call the plumber", due_at=in_ten)
        await day.dies()
        all_becomes_due(day, start)
        await day.starts()
        await until(lambda: bool(day.told("alive") and day.told("Reminder")))
        await until(lambda: any("A reminder of your appointment" in said for said in day.said_to(BEA)))
        await until(lambda: bool(day.changes(_ORDERED)))
        day.changes(f"UPDATE jobs SET due_at = due_at - {SETTLING} WHERE kind = 'make_digest'")
        day.writes(ANA, "Where do I find you?")
        await until(lambda: bool(day.told("Digest")))
        await until(lambda: at_rest(day))
        for head, late in (("Digest", "This digest is late"), ("alive", "This is late"), ("Reminder", "It was due")):
            (told,) = day.told(head)
            assert late in told
        assert len(day.told("urgent")) == 1
        reminded = [said for said in day.said_to(BEA) if "A reminder of your appointment" in said]
        assert len(reminded) == 1


_ORDERED = "SELECT id FROM jobs WHERE kind = 'make_digest' UNION ALL SELECT id FROM digest_issues WHERE due_at > 0"


def all_becomes_due(day: Day, start: int) -> None:
    """The digest and the reminder should have been told half an hour ago, and the appointment is near."""
    ago, nearer = DUE_IN + LATE, start - int(time.time() * 1000) - LATE
    [(told,)] = day.changes("SELECT value FROM marks WHERE name = 'heartbeat'")
    mark = json.loads(told)
    mark["day"] = str(date.fromisoformat(mark["day"]) - timedelta(days=1))
    moved = ", ".join(
        f"{name} = {name} - {nearer}" for name in ("start_at", "end_at", "kept_from", "kept_to", "timed_at")
    )
    day.changes(
        f"UPDATE marks SET value = '{json.dumps(mark)}' WHERE name = 'heartbeat'",
        f"UPDATE reminders SET due_at = due_at - {ago}, remind_at = remind_at - {ago}",
        f"UPDATE owner_words SET settled_at = settled_at - {ago}",
        f"UPDATE digests SET next_at = next_at - {ago} WHERE next_at IS NOT NULL",
        f"UPDATE appointments SET {moved}",
    )


async def urgent_is_told_with_a_link(day: Day) -> None:
    day.writes(ANA, URGENT)
    await until(lambda: bool(day.ear.heard))
    (told,) = day.ear.heard
    assert URGENT in told
    chat = await day.ask("GET", f"/chats/{ANA}")
    assert f"{LINK}/chats/{chat['id']}" in told


async def an_appointment_is_booked(day: Day) -> int:
    """By the agent that has no model; gives when it begins."""
    await day.answers(BEA, "I would like an appointment for a cleaning", "These times are free")
    await day.answers(BEA, "1", "Your appointment is booked")
    (booked,) = (await day.ask("GET", "/appointments"))["items"]
    return int(datetime.fromisoformat(booked["start"]).timestamp() * 1000)


async def the_digest_on_demand_counts_as_the_ledger_does(day: Day, data: Path) -> None:
    ledger = await day.ask("GET", "/ledger")
    code, out, err = await run(["digest", "now", "--data-dir", str(data)], environment=addresses_of(data), seconds=90)
    assert code == 0, err
    assert URGENT in out
    issue = await day.ask("POST", "/digests/now")

    async def made() -> bool:
        found = await day.ask("GET", f"/digests/issues/{issue['id']}")
        return bool(found["state"] == "made" and found["content"]["counts"]["inbound"] == ledger["stored"] == 3)

    await until(made)


async def at_rest(day: Day) -> bool:
    """Whether all that came is decided, and all that was written has left."""
    ledger = await day.ask("GET", "/ledger")
    return bool(ledger["balanced"] and ledger["stored"] == 4 and ledger["pending"] == ledger["queued"] == 0)
