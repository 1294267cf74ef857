"""The stand-in's webhooks, against a real HTTP receiver and with a clock moved by hand."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from frontdesk.channels.simulator.behaviour import CALM, LIVELY, Behaviour
from frontdesk.channels.simulator.faults import Fault, FaultKind
from frontdesk.channels.simulator.people import Customer, Identity, Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Thread
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.local_server import serving

SECRET = "a secret of the app"


@dataclass
class Receiver:
    """Takes webhooks as the product does, and remembers what came."""

    answers: list[int] = field(default_factory=list)  # what to answer next; 200 when empty
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    challenge_token: str = "right"

    def program(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/webhook", self.take, methods=["POST"])
        app.add_api_route("/webhook", self.challenge, methods=["GET"])
        return app

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.signatures.append(request.headers["x-hub-signature-256"])
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    async def challenge(self, request: Request) -> Response:
        if request.query_params["hub.verify_token"] != self.challenge_token:
            return Response(status_code=403)
        return PlainTextResponse(request.query_params["hub.challenge"])

    def values(self) -> list[dict[str, Any]]:
        documents = [json.loads(body) for body in self.bodies]
        return [change["value"] for one in documents for entry in one["entry"] for change in entry["changes"]]

    def elements(self, section: str) -> list[dict[str, Any]]:
        return [element for value in self.values() for element in value.get(section, ())]


@dataclass
class Scene:
    """A stand-in with one number, one person, and a receiver."""

    standin: StandIn
    receiver: Receiver
    clock: FrozenClock
    ana: Customer
    number: Number

    @property
    def thread(self) -> Thread:
        return self.standin.thread(self.ana.customer_id)

    def reply(self, text: str = "Yes", **more: Any) -> str:
        body = {"messaging_product": "whatsapp", "to": "+" + self.ana.phone, "type": "text", "text": {"body": text}}
        return str(self.standin.graph.post(self.number, body | more).content["messages"][0]["id"])

    async def arrives(self, count: int, section: str = "messages") -> list[dict[str, Any]]:
        await until(lambda: len(self.receiver.elements(section)) >= count)
        return self.receiver.elements(section)


@pytest.fixture
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    behaviour: Behaviour = getattr(request, "param", CALM)
    clock, receiver = FrozenClock(), Receiver()
    async with serving(receiver.program()) as url:
        standin = StandIn(clock, behaviour=behaviour, seed=7)
        number = standin.add_number(
            Number("330000000000451", "351210000100", f"{url}/webhook", app_secret=SECRET, verify_token="right")
        )
        ana = standin.add_customer(make_customer("Ana Ferreira", "+44 7700 900123"))
        await standin.start()
        try:
            yield Scene(standin, receiver, clock, ana, number)
        finally:
            await standin.stop()


async def test_webhook_is_signed_over_its_exact_ascii_bytes(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Olá 👋")
    await scene.arrives(1)
    body = scene.receiver.bodies[0]
    assert body.isascii()
    assert b"Ol\\u00e1 \\ud83d\\udc4b" in body
    assert b'": ' not in body
    expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert scene.receiver.signatures == [expected]


async def test_spoiled_webhook_is_signed_with_something_else(scene: Scene) -> None:
    scene.standin.inject(Fault(FaultKind.SIGNATURE))
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(1)
    right = "sha256=" + hmac.new(SECRET.encode(), scene.receiver.bodies[0], hashlib.sha256).hexdigest()
    assert scene.receiver.signatures[0] != right


async def test_message_carries_phone_and_user_id_by_default(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    (message,) = await scene.arrives(1)
    assert message["from"] == "447700900123"
    assert message["from_user_id"] == scene.ana.user_id
    (value,) = scene.receiver.values()
    assert value["contacts"] == [
        {"profile": {"name": "Ana Ferreira"}, "wa_id": "447700900123", "user_id": scene.ana.user_id}
    ]


async def test_person_who_hides_the_phone_is_named_by_user_id_alone(scene: Scene) -> None:
    hidden = scene.standin.add_customer(make_customer("Bo Lind", "+46 70 000 00 01", identity=Identity.USER))
    scene.standin.write(scene.standin.thread(hidden.customer_id), "Hej")
    (message,) = await scene.arrives(1)
    assert "from" not in message
    assert message["from_user_id"] == hidden.user_id
    assert "46700000001" not in json.dumps(scene.receiver.values()[0]["contacts"])


async def test_taken_message_gets_its_second_tick(scene: Scene) -> None:
    bubble = scene.standin.write(scene.thread, "Hello")
    seen = [bubble.status]
    await until(lambda: bubble.status == "delivered")
    assert seen == ["waiting"]


async def test_refused_message_says_so_and_comes_again_until_it_is_taken(scene: Scene) -> None:
    scene.receiver.answers = [403, 403, 500]
    bubble = scene.standin.write(scene.thread, "Hello")
    await until(lambda: len(scene.receiver.bodies) == 2)
    await until(lambda: "in 5 s" in (bubble.note or ""))
    assert bubble.note == "Frontdesk did not take the message (HTTP 403). It will be tried again in 5 s."
    scene.clock.advance(5 * SECOND)
    await until(lambda: "HTTP 500" in (bubble.note or ""))
    assert "in 30 s" in (bubble.note or "")
    scene.clock.advance(30 * SECOND)
    await until(lambda: (bubble.status, bubble.note) == ("delivered", None))
    assert scene.standin.waiting == 0


async def test_other_2xx_than_200_is_not_taken(scene: Scene) -> None:
    scene.receiver.answers = [202]
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(2)


async def test_webhook_is_dropped_after_seven_days(scene: Scene) -> None:
    scene.receiver.answers = [500] * 100
    bubble = scene.standin.write(scene.thread, "Hello")
    journal = scene.standin.threads.journal
    await until(lambda: len(journal) == 2)  # at once, and at once again
    for tries in range(2, 60):
        if scene.standin.waiting == 0:
            break
        scene.clock.advance(4 * HOUR)
        await until(lambda tries=tries: len(journal) > tries)  # type: ignore[misc]
    await until(lambda: "not be tried again" in (bubble.note or ""))
    assert scene.clock.now() - bubble.at >= 7 * DAY


@pytest.mark.parametrize("scene", [LIVELY], indirect=True)
async def test_retry_brings_the_same_messages_in_other_company(scene: Scene) -> None:
    scene.receiver.answers = [500] * 40
    for number in range(8):
        scene.standin.write(scene.thread, f"Message {number}")
    await until(lambda: len(scene.receiver.elements("messages")) >= 16)
    scene.receiver.answers = []
    ids = {message["id"] for message in scene.receiver.elements("messages")}
    assert len(ids) == 8

    def all_taken() -> bool:
        scene.clock.advance(MINUTE)
        return scene.standin.waiting == 0

    await until(all_taken)
    company: dict[str, set[frozenset[str]]] = {one: set() for one in ids}
    for body in scene.receiver.bodies:
        found = [m["id"] for e in json.loads(body)["entry"] for c in e["changes"] for m in c["value"]["messages"]]
        for one in found:
            company[one].add(frozenset(found))
    assert any(len(companies) > 1 for companies in company.values()), "every try had the same neighbours"
    times = {entry["time"] for body in scene.receiver.bodies for entry in json.loads(body)["entry"]}
    assert len(times) > 1


async def test_calm_statuses_come_once_and_in_order(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(1)
    wamid = scene.reply(biz_opaque_callback_data="msg_1")
    scene.clock.advance(10 * SECOND)
    statuses = await scene.arrives(2, "statuses")
    assert [one["status"] for one in statuses] == ["sent", "delivered"]
    scene.standin.look(scene.thread)
    statuses = await scene.arrives(3, "statuses")
    assert [one["status"] for one in statuses] == ["sent", "delivered", "read"]
    assert {one["id"] for one in statuses} == {wamid}
    assert {one["biz_opaque_callback_data"] for one in statuses} == {"msg_1"}
    assert {one["recipient_user_id"] for one in statuses} == {scene.ana.user_id}


async def test_looking_twice_reports_read_once(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    scene.reply()
    scene.clock.advance(10 * SECOND)
    await scene.arrives(2, "statuses")
    scene.standin.look(scene.thread)
    scene.standin.look(scene.thread)
    await scene.arrives(3, "statuses")
    await until(lambda: scene.standin.waiting == 0)
    assert len(scene.receiver.elements("statuses")) == 3


@pytest.mark.parametrize("scene", [LIVELY], indirect=True)
async def test_lively_statuses_come_doubled_and_out_of_order(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(1)
    wamids = [scene.reply(f"Part {number}") for number in range(30)]
    scene.clock.advance(15 * SECOND)
    await until(lambda: scene.standin.reports.planned == 0)
    scene.clock.advance(15 * SECOND)
    await until(lambda: scene.standin.waiting == 0)
    ways = [[s["status"] for s in scene.receiver.elements("statuses") if s["id"] == wamid] for wamid in wamids]
    assert all("sent" in way for way in ways)
    assert any(len(set(way)) < len(way) for way in ways), "nothing came twice"
    assert any("delivered" not in way and "read" in way for way in ways), "nothing was read at once"
    assert any(way != sorted(way, key=["sent", "delivered", "read"].index) for way in ways), "all came in order"
    assert any(len(value.get("statuses", ())) > 1 for value in scene.receiver.values()), "nothing was batched"


async def test_paused_statuses_wait_until_they_are_let_go(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(1)
    scene.standin.reports.pause(True)
    scene.reply()
    scene.clock.advance(10 * SECOND)
    await until(lambda: scene.thread.last is not None and scene.thread.last.status == "delivered")
    assert scene.receiver.elements("statuses") == []
    scene.standin.reports.pause(False)
    await scene.arrives(2, "statuses")


async def test_late_failure_carries_no_contacts(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(1)
    scene.standin.inject(Fault(FaultKind.LATE, code=131026))
    wamid = scene.reply()
    scene.clock.advance(10 * SECOND)
    (status,) = await scene.arrives(1, "statuses")
    assert (status["id"], status["status"], status["errors"][0]["code"]) == (wamid, "failed", 131026)
    assert "recipient_user_id" not in status
    assert "contacts" not in scene.receiver.values()[-1]
    assert scene.thread.last is not None
    assert scene.thread.last.mine, "the person sees a message that failed"


async def test_repeated_webhook_has_the_same_message(scene: Scene) -> None:
    scene.standin.write(scene.thread, "Hello")
    await scene.arrives(1)
    await until(lambda: scene.standin.waiting == 0)
    scene.standin.repeat_last(scene.number.phone_number_id)
    first, second = await scene.arrives(2)
    assert first == second


async def test_echo_names_the_person_it_went_to(scene: Scene) -> None:
    scene.standin.owner_says(scene.thread, "It's me, Marta")
    (echo,) = await scene.arrives(1, "message_echoes")
    assert (echo["from"], echo["to"], echo["to_user_id"]) == ("351210000100", "447700900123", scene.ana.user_id)
    assert not scene.thread.open_at(scene.clock.now()), "an echo opened the window"


async def test_echo_that_was_refused_once_shows_no_complaint_in_the_end(scene: Scene) -> None:
    scene.receiver.answers = [500, 500]
    bubble = scene.standin.owner_says(scene.thread, "It's me, Marta")
    await until(lambda: "in 5 s" in (bubble.note or ""))
    scene.clock.advance(5 * SECOND)
    await until(lambda: bubble.note is None)


async def test_verification_asks_for_the_challenge(scene: Scene) -> None:
    assert await scene.standin.verify_callback(scene.number.phone_number_id)
    scene.receiver.challenge_token = "another"
    assert not await scene.standin.verify_callback(scene.number.phone_number_id)


async def test_change_of_another_field_stands_alone(scene: Scene) -> None:
    scene.standin.unlink(scene.number.phone_number_id)
    await until(lambda: len(scene.receiver.bodies) == 1)
    (change,) = json.loads(scene.receiver.bodies[0])["entry"][0]["changes"]
    assert (change["field"], change["value"]["event"]) == ("account_update", "PARTNER_REMOVED")
