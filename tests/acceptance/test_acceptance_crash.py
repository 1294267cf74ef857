"""The real program is killed after each step on the way of a message and started again, and all is as it should be.

Scaled, the one of its processes is killed that takes the step, and the others go on.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from acceptance_desk import NUMBER_ID, OUR_PHONE, SECRET, TOKEN, VERIFY_TOKEN, WABA_ID, Ear, Json

from frontdesk.channels.simulator.behaviour import Behaviour
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.kit.clock import SystemClock
from frontdesk.testing.clock import until
from frontdesk.testing.crash import POINTS
from frontdesk.testing.local_server import serving
from frontdesk.testing.processes import Program
from frontdesk.web.simulator import standin_app

pytestmark = pytest.mark.both_shapes

WEB, WORKER = ("web",), ("worker",)
WHERE = {"1": WEB, "2": WEB, **dict.fromkeys("34567", WORKER), "8": WEB + WORKER, "9": WEB + WORKER}  # row -> roles
HOUSE = """
[buffer]
quiet_seconds = 0.1
cap_seconds = 0.2
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a shop."
"""
# Statuses come at once, doubled and in disorder; refused webhooks come again soon, however long a start takes.
HASTY = Behaviour(
    sent_after=(10, 50),
    delivered_after=(20, 100),
    read_after=(20, 100),
    swapped=0.5,
    doubled=0.3,
    skips_delivered=0.1,
    never_read=0.0,
    gathered=0.3,
    gather_for=100,
    retry_scale=0.0001,
)


@dataclass
class Ordeal:
    """The program, the world around it, and the file that says where it is to crash."""

    program: Program
    trap: Path
    standin: StandIn
    graph: Ear
    client: httpx2.AsyncClient

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def history(self, phone: str) -> list[Json]:
        answer = await self.client.get(f"/api/v1/chats/{phone}/messages")
        items: list[Json] = answer.json()["items"] if answer.status_code == 200 else []
        return items

    def sent_to(self, phone: str) -> list[str]:
        return [call.text for call in self.graph.calls if call.body.get("to", "").lstrip("+") == phone]


@asynccontextmanager
async def prepared(tmp_path: Path) -> AsyncIterator[Ordeal]:
    """The program runs, and nobody has written yet."""
    clock = SystemClock()
    standin = StandIn(clock, behaviour=HASTY, seed=3)
    graph = Ear(standin_app(standin))
    config, trap = tmp_path / "frontdesk.toml", tmp_path / "crash-at"
    config.write_text(HOUSE)
    trap.write_text("")
    async with serving(graph) as graph_url:
        environment = {
            "FRONTDESK_CONFIG": str(config),
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": SECRET,
            "VERIFY_TOKEN": VERIFY_TOKEN,
            "GRAPH_API_URL": graph_url,
        }
        launcher = ("-m", "frontdesk.testing.crash", str(trap))
        program = Program(tmp_path / "data", environment, launcher=launcher)
        callback = f"{program.url}/webhook"
        standin.add_number(Number(NUMBER_ID, OUR_PHONE, callback, waba_id=WABA_ID, token=TOKEN, app_secret=SECRET))
        await program.start()
        await standin.start()
        async with program.client() as client:
            yield Ordeal(program, trap, standin, graph, client)
        await program.kill()
        await standin.stop()


async def test_killed_after_each_step_it_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    points = list(POINTS)
    async with asyncio.TaskGroup() as both:  # two programs of their own, so that it takes half the time
        both.create_task(go_through(made(tmp_path / "even"), points[::2]))
        both.create_task(go_through(made(tmp_path / "odd"), points[1::2]))


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def go_through(folder: Path, points: list[str]) -> None:
    async with prepared(folder) as ordeal:
        for number, point in enumerate(points):
            await is_killed_at(ordeal, point, f"4477009001{number:02}")
        ledger = await ordeal.get("/api/v1/ledger")
    assert ledger["balanced"], ledger
    assert (ledger["stored"], ledger["answered"]) == (len(points), len(points))
    assert (ledger["pending"], ledger["queued"], ledger["failed"], ledger["unknown"]) == (0, 0, 0, 0)
    assert ledger["dead_letter"] == 0  # nothing arrived before the lines were known


async def is_killed_at(ordeal: Ordeal, point: str, phone: str) -> None:
    """Somebody writes, the process that comes there is killed, and starts again."""
    customer = ordeal.standin.add_customer(make_customer("Ana", f"+{phone}"))
    ordeal.trap.write_text(point)
    ordeal.standin.write(ordeal.standin.thread(customer.customer_id), "Hello")
    role, code = await ordeal.program.loses()
    assert code == -9, f"{point}: {role} was not killed"
    assert role in ("serve", *WHERE[point[0]]), f"{point}: {role} was killed"
    await ordeal.program.start()
    await settles(ordeal, phone, point)


async def settles(ordeal: Ordeal, phone: str, point: str) -> None:
    """One message in, one answer out that is read; an answer whose sending was cut off is shown as unknown."""
    in_doubt = point == "7 sending, not sent"
    wanted = "unknown" if in_doubt else "read"

    async def settled() -> bool:
        return [one["status"] for one in await ordeal.history(phone)] == ["received", wanted]

    try:
        await until(settled)
    except AssertionError:
        found = [(one["author"], one["status"], one["decision"], one["error"]) for one in await ordeal.history(phone)]
        raise AssertionError(f"{point}: not settled: {found}, sent {ordeal.sent_to(phone)}") from None
    question, answer = await ordeal.history(phone)
    assert question["decision"] == "answered"
    trace = await ordeal.get(f"/api/v1/messages/{question['id']}/trace")
    assert trace["turn"]["state"] == "answered"
    if in_doubt:
        assert ordeal.sent_to(phone) == []
        alerts = (await ordeal.get("/api/v1/alerts"))["items"]
        assert any(one["chat_id"] == question["chat_id"] and one["kind"] == "unknown" for one in alerts)
        await ordeal.client.post(f"/api/v1/messages/{answer['id']}/settle", json={"sent": False})
        await settles(ordeal, phone, "after the doubt")
        return
    assert ordeal.sent_to(phone) == [answer["text"]]
