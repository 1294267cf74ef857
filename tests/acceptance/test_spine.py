"""The thin thread through all rooms: webhook, store, buffer, gate, agent, outbox, Graph call, status."""

from pathlib import Path
from typing import Any

import pytest

from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.kit.clock import SystemClock
from frontdesk.testing.clock import until
from frontdesk.testing.house import house
from frontdesk.testing.local_server import serving
from frontdesk.testing.models import FakeModel
from frontdesk.web.simulator import standin_app

pytestmark = pytest.mark.both_shapes

SECRET = "app-secret"


async def test_a_customers_message_is_answered_over_the_graph_api(tmp_path: Path) -> None:
    clock = SystemClock()
    standin = StandIn(clock)
    model = FakeModel(answers=["Hello Ana, how can I help?"])
    async with serving(standin_app(standin)) as graph:
        env: dict[str, Any] = {
            "whatsapp_phone_number_id": "330000000000451",
            "whatsapp_access_token": "token",
            "whatsapp_app_secret": SECRET,
            "verify_token": "verify",
            "graph_api_url": graph,
        }
        async with house(tmp_path, clock=clock, model=model, **env) as h, serving(h.built.web) as base:
            standin.add_number(
                Number(
                    phone_number_id="330000000000451",
                    phone="351210000100",
                    callback=f"{base}/webhook",
                    token="token",
                    app_secret=SECRET,
                    verify_token="verify",
                )
            )
            ana = make_customer("Ana Ferreira", "+44 7700 900123")
            standin.add_customer(ana)
            await standin.start()
            thread = standin.thread(ana.customer_id)
            standin.write(thread, "Hi, are you open today?")
            await until(lambda: any("how can I help" in str(b) for b in thread.bubbles.values()))
            await h.idle()
            answer = await h.http.get("/api/v1/chats/447700900123/messages")
            assert [(one["author"], one["text"]) for one in answer.json()["items"]] == [
                ("contact", "Hi, are you open today?"),
                ("agent", "Hello Ana, how can I help?"),
            ]
            await standin.stop()
