"""A house with one Cloud API line, whose Graph API is the local stand-in, and what its customers send."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.house import TestHouse, house
from frontdesk.testing.local_server import serving
from frontdesk.web.simulator import standin_app

NUMBER_ID = "330000000000451"
SECRET = "app-secret-of-the-tests"
PHONE = "447700900123"
QUIET = """
[buffer]
quiet_seconds = 60
cap_seconds = 60
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "off"
prompt = "You answer for a shop."
"""
_numbers = count(1)


@asynccontextmanager
async def api_house(folder: Path, *, config: str = QUIET, **settings: Any) -> AsyncIterator[TestHouse]:
    """The house, with its line connected. The clock stands still."""
    clock = FrozenClock()
    standin = StandIn(clock)
    number = Number(
        phone_number_id=NUMBER_ID,
        phone="351210000100",
        callback="http://127.0.0.1:9/webhook",
        token="token",
        app_secret=SECRET,
        verify_token="verify-me",
    )
    standin.add_number(number)
    ana = make_customer("Ana Ferreira", f"+{PHONE}")
    standin.add_customer(ana)
    standin.write(standin.thread(ana.customer_id), "Hi")  # opens the window; nothing is delivered from there
    async with serving(standin_app(standin)) as graph:
        env = {
            "whatsapp_phone_number_id": NUMBER_ID,
            "whatsapp_access_token": "token",
            "whatsapp_app_secret": SECRET,
            "verify_token": "verify-me",
            "graph_api_url": graph,
        }
        async with house(folder, config=config, clock=clock, **{**env, **settings}) as h:
            await h.connected()
            yield h


def said(text: str, *, phone: str = PHONE, at: int | None = None, wamid: str | None = None, **more: Any) -> bytes:
    """A webhook with one text message."""
    at = FrozenClock().now() if at is None else at
    wamid = wamid or f"wamid.{next(_numbers):06}"
    message = {"from": phone, "id": wamid, "timestamp": str(at // 1000), "type": "text", "text": {"body": text}, **more}
    contact = {"profile": {"name": "Ana Ferreira"}, "wa_id": phone}
    metadata = {"display_phone_number": "351210000100", "phone_number_id": NUMBER_ID}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact], "messages": [message]}
    change = {"field": "messages", "value": value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers that Meta sends with such a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


async def hear(h: TestHouse, text: str = "Hello", **more: Any) -> httpx2.Response:
    """A customer writes."""
    body = said(text, **more)
    answer = await h.http.post("/webhook", content=body, headers=signed(body))
    assert answer.status_code == 200, answer.text
    return answer


async def ask(h: TestHouse, path: str, **query: Any) -> Any:
    """The JSON behind a path, which must be there."""
    answer = await h.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def key(h: TestHouse, *scopes: str) -> dict[str, str]:
    """The header of a new API key."""
    made = await h.http.post("/api/v1/api-keys", json={"name": "Test", "scopes": list(scopes)})
    assert made.status_code == 201, made.text
    return {"X-Api-Key": made.json()["key"]}
