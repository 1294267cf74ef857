"""The stand-in's Graph API over HTTP: its shapes, its refusals and its files."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from frontdesk.channels.simulator.behaviour import CALM
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.kit.clock import MINUTE
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.local_server import serving
from frontdesk.web.simulator import standin_app

OURS = "330000000000451"
TEXT = {"messaging_product": "whatsapp", "to": "+44 7700 900-123", "type": "text", "text": {"body": "Hello"}}


class Graph:
    """A stand-in, and a client with the right token."""

    def __init__(self, standin: StandIn, clock: FrozenClock, client: httpx2.AsyncClient) -> None:
        self.standin = standin
        self.clock = clock
        self.client = client

    async def post(self, body: Any, **more: Any) -> httpx2.Response:
        return await self.client.post(f"/v26.0/{OURS}/messages", json=body, **more)

    async def upload(self, content: bytes = b"abc", mime: str = "image/png") -> str:
        form = {"messaging_product": "whatsapp", "type": mime}
        answer = await self.client.post(f"/v26.0/{OURS}/media", data=form, files={"file": ("x", content, mime)})
        return str(answer.json()["id"])


def code(answer: httpx2.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    clock = FrozenClock()
    standin = StandIn(clock, behaviour=CALM)
    standin.add_number(Number(OURS, "351210000100", "http://127.0.0.1:9/webhook", token="right", waba_id="210"))
    ana = standin.add_customer(make_customer("Ana", "+447700900123"))
    async with (
        serving(standin_app(standin)) as url,
        httpx2.AsyncClient(base_url=url, headers={"Authorization": "Bearer right"}, trust_env=False) as client,
    ):
        standin.write(standin.thread(ana.customer_id), "Hi")
        yield Graph(standin, clock, client)
        await standin.stop()


async def test_message_is_taken_with_metas_shape(graph: Graph) -> None:
    answer = await graph.post(TEXT)
    assert answer.status_code == 200
    body = answer.json()
    assert body["contacts"] == [{"input": "+44 7700 900-123", "wa_id": "447700900123"}]
    assert body["messages"][0]["id"].startswith("wamid.")


async def test_message_to_a_user_id_answers_with_it(graph: Graph) -> None:
    ana = make_customer("Ana", "+447700900123")
    body = {**TEXT, "recipient": ana.user_id}
    del body["to"]
    answer = await graph.post(body)
    assert answer.json()["contacts"] == [{"input": ana.user_id, "user_id": ana.user_id}]


async def test_wrong_token_is_refused(graph: Graph) -> None:
    assert code(await graph.post(TEXT, headers={"Authorization": "Bearer wrong"})) == (401, 190)
    assert code(await graph.client.get(f"/v26.0/{OURS}", headers={"Authorization": ""})) == (401, 190)


async def test_unknown_number_is_refused(graph: Graph) -> None:
    answer = await graph.client.post("/v26.0/12345/messages", json=TEXT)
    assert code(answer) == (400, 100)
    assert answer.json()["error"]["error_subcode"] == 33


@pytest.mark.parametrize("body", ["", "[]", "{", "null"])
async def test_what_is_no_object_is_refused(graph: Graph, body: str) -> None:
    answer = await graph.client.post(f"/v26.0/{OURS}/messages", content=body)
    assert code(answer) == (400, 100)


async def test_message_to_oneself_and_to_nobody_is_refused(graph: Graph) -> None:
    assert code(await graph.post({**TEXT, "to": "+351210000100"})) == (400, 131021)
    assert code(await graph.post({**TEXT, "to": ""})) == (400, 131008)
    assert code(await graph.post({**TEXT, "to": "Ana"})) == (400, 131009)
    assert code(await graph.post({**TEXT, "recipient_type": "group"})) == (400, 131009)


async def test_46th_message_in_a_burst_is_refused(graph: Graph) -> None:
    answers = [await graph.post(TEXT) for _ in range(46)]
    assert {answer.status_code for answer in answers[:45]} == {200}
    assert code(answers[45]) == (400, 131056)


async def test_unknown_message_cannot_be_read_or_reacted_to(graph: Graph) -> None:
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.no"}
    assert code(await graph.post(read)) == (400, 131009)
    reaction = {**TEXT, "type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "x"}}
    assert code(await graph.post(reaction)) == (400, 131009)


async def test_file_is_handed_out_for_five_minutes_to_who_has_the_token(graph: Graph) -> None:
    media_id = await graph.upload(b"abc")
    found = (await graph.client.get(f"/v26.0/{media_id}")).json()
    assert (found["file_size"], found["mime_type"], found["id"]) == (3, "image/png", media_id)
    assert (await graph.client.get(found["url"])).content == b"abc"
    assert (await graph.client.get(found["url"], headers={"Authorization": "Bearer x"})).status_code == 401
    graph.clock.advance(5 * MINUTE)
    assert (await graph.client.get(found["url"])).status_code == 404
    again = (await graph.client.get(f"/v26.0/{media_id}")).json()
    assert (await graph.client.get(again["url"])).content == b"abc"


async def test_deleted_file_is_gone(graph: Graph) -> None:
    media_id = await graph.upload()
    assert (await graph.client.delete(f"/v26.0/{media_id}")).json() == {"success": True}
    assert code(await graph.client.get(f"/v26.0/{media_id}")) == (400, 100)


async def test_file_of_the_wrong_kind_is_taken_and_never_shown(graph: Graph) -> None:
    media_id = await graph.upload(b"GIF89a", "image/gif")
    answer = await graph.post({**TEXT, "type": "image", "image": {"id": media_id}})
    assert answer.status_code == 200
    last = graph.standin.thread("c447700900123").last
    assert last is not None
    assert last.mine


async def test_unknown_file_is_refused(graph: Graph) -> None:
    assert code(await graph.post({**TEXT, "type": "image", "image": {"id": "1"}})) == (400, 100)


async def test_number_tells_the_fields_that_are_asked_for(graph: Graph) -> None:
    answer = await graph.client.get(f"/v26.0/{OURS}?fields=display_phone_number,quality_rating")
    assert answer.json() == {"display_phone_number": "+351210000100", "quality_rating": "GREEN", "id": OURS}


async def test_business_account_lists_its_templates_and_takes_subscriptions(graph: Graph) -> None:
    listed = (await graph.client.get("/v26.0/210/message_templates")).json()["data"]
    assert "hello_world" in {template["name"] for template in listed}
    assert (await graph.client.post("/v26.0/210/subscribed_apps")).json() == {"success": True}
    assert code(await graph.client.get("/v26.0/211/message_templates")) == (400, 100)


async def test_version_in_the_path_may_be_left_out(graph: Graph) -> None:
    assert (await graph.client.post(f"/{OURS}/messages", json=TEXT)).status_code == 200
