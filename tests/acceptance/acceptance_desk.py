"""The whole house for acceptance tests: one Cloud API line whose Graph API is the local stand-in, with an ear on it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from frontdesk.channels.simulator.people import Customer, Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.kit.clock import Clock
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.house import OPEN_HOUSE, TestHouse, house
from frontdesk.testing.local_server import serving
from frontdesk.web.simulator import standin_app

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
INDEX = json.loads((CORPUS / "cloud" / "_index.json").read_text(encoding="utf-8"))
SECRET = str(INDEX["app_secret_for_signatures"])
VERIFY_TOKEN = str(INDEX["verify_token"])
NUMBER_ID, OTHER_NUMBER_ID = (str(one) for one in INDEX["our_phone_number_ids"])
WABA_ID = "210000000000017"
OUR_PHONE = "351210000100"
TOKEN = "token-of-the-line"
PHONE = "447700900123"
Json = dict[str, Any]
Asgi = Callable[[Json, Callable[[], Awaitable[Json]], Callable[[Json], Awaitable[None]]], Awaitable[None]]
_ids = count(1)


@dataclass(frozen=True)
class Call:
    """One message that the Graph API was asked to send, and what it answered (None: no HTTP answer)."""

    body: Json
    status: int | None

    @property
    def text(self) -> str:
        """The text of a text message."""
        return str(self.body.get("text", {}).get("body", ""))

    @property
    def our_id(self) -> str:
        """Our own id, which statuses carry back."""
        return str(self.body.get("biz_opaque_callback_data", ""))


class Ear:
    """Stands before a Graph API and keeps every message that comes by."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.calls: list[Call] = []
        self.reads: list[Json] = []  # marks of reading, with and without typing

    @property
    def texts(self) -> list[str]:
        """The texts that the Graph API took."""
        return [call.text for call in self.calls if call.status == 200]

    async def __call__(self, scope: Json, receive: Callable[[], Awaitable[Json]], send: Any) -> None:
        """Hand on, and listen."""
        if scope["method"] != "POST" or not scope["path"].endswith("/messages"):
            await self._inner(scope, receive, send)
            return
        body = await _whole(receive)
        told: Json = json.loads(body)
        status: list[int] = []

        async def replayed() -> Json:
            return {"type": "http.request", "body": body, "more_body": False}

        async def watched(message: Json) -> None:
            if message["type"] == "http.response.start":
                status.append(int(message["status"]))
            await send(message)

        try:
            await self._inner(scope, replayed, watched)
        finally:
            if told.get("status") == "read":
                self.reads.append(told)
            else:
                self.calls.append(Call(told, status[0] if status else None))


async def _whole(receive: Callable[[], Awaitable[Json]]) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


@dataclass
class Desk:
    """A house, the Graph API that its line talks to, and the person who writes."""

    house: TestHouse
    standin: StandIn
    graph: Ear
    people: dict[str, Customer] = field(default_factory=dict)
    last_at: int = 0

    @property
    def http(self) -> httpx2.AsyncClient:
        """A client with an admin's key."""
        return self.house.http

    @property
    def clock(self) -> Any:
        """The clock of everything."""
        return self.house.clock

    async def hear(self, text: str, *, phone: str = PHONE, wamid: str | None = None, **more: Any) -> str:
        """A customer writes; gives the id of the message. The answer is 200."""
        wamid = wamid or f"wamid.IN{next(_ids):08}"
        self.open_window(phone)
        await self.post(said(text, phone=phone, wamid=wamid, at=self.clock.now(), **more))
        return wamid

    def open_window(self, phone: str = PHONE) -> None:
        """Let the stand-in know that this person has just written."""
        customer = self.people.setdefault(phone, make_customer("Ana Ferreira", f"+{phone}"))
        if customer.customer_id not in self.standin.threads.customers:
            self.standin.add_customer(customer)
        self.standin.write(self.standin.thread(customer.customer_id), "opens the window")

    async def post(self, body: bytes, *, expect: int = 200) -> httpx2.Response:
        """A signed webhook."""
        answer = await self.http.post("/webhook", content=body, headers=signed(body))
        assert answer.status_code == expect, answer.text
        return answer

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON behind a path, which must be there."""
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def do(self, path: str, content: Any = None, *, expect: int | Sequence[int] = (200, 201, 202, 204)) -> Any:
        """Post JSON."""
        answer = await self.http.post(path, json={} if content is None else content)
        allowed = (expect,) if isinstance(expect, int) else expect
        assert answer.status_code in allowed, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def history(self, chat: str = PHONE) -> list[Json]:
        """The messages of a chat in the order of time."""
        items: list[Json] = (await self.get(f"/api/v1/chats/{chat}/messages", limit=200))["items"]
        return items

    async def out(self, chat: str = PHONE) -> list[Json]:
        """What we wrote in a chat."""
        return [one for one in await self.history(chat) if one["direction"] == "outbound"]

    async def alerts(self) -> list[Json]:
        """The alerts that are open."""
        items: list[Json] = (await self.get("/api/v1/alerts", open=True))["items"]
        return items

    async def account(self) -> Json:
        """The first line."""
        found: Json = (await self.get("/api/v1/accounts"))["items"][0]
        return found

    async def balanced(self) -> Json:
        """The ledger, which must balance."""
        ledger: Json = await self.get("/api/v1/ledger")
        assert ledger["balanced"], ledger
        return ledger

    async def idle(self) -> None:
        """Wait until nothing that is due waits."""
        await self.house.idle()


@asynccontextmanager
async def desk(
    folder: Path, *, config: str = OPEN_HOUSE, clock: Clock | None = None, **given: Any
) -> AsyncIterator[Desk]:
    """The house with its line connected; the clock stands still unless another is given."""
    clock = clock or FrozenClock()
    standin = StandIn(clock)
    standin.add_number(
        Number(
            phone_number_id=NUMBER_ID,
            phone=OUR_PHONE,
            callback="http://127.0.0.1:9/webhook",  # nobody listens there: tests post the webhooks themselves
            waba_id=WABA_ID,
            token=TOKEN,
            app_secret=SECRET,
            verify_token=VERIFY_TOKEN,
        )
    )
    ear = Ear(standin_app(standin))
    async with serving(ear) as graph:
        env = {
            "whatsapp_phone_number_id": NUMBER_ID,
            "whatsapp_access_token": TOKEN,
            "whatsapp_app_secret": SECRET,
            "verify_token": VERIFY_TOKEN,
            "graph_api_url": graph,
        }
        async with house(folder, config=config, clock=clock, **{**env, **given}) as h:
            await h.connected()
            yield Desk(h, standin, ear)
        await standin.stop()


# Bodies


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers that Meta sends with such a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


def envelope(value: Json, *, field: str = "messages", number_id: str = NUMBER_ID) -> bytes:
    """A body with one change."""
    metadata = {"display_phone_number": OUR_PHONE, "phone_number_id": number_id}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry = {"id": WABA_ID, "changes": [{"field": field, "value": whole}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def text_message(text: str, *, phone: str = PHONE, wamid: str, at: int, **more: Any) -> Json:
    """One text message as it stands in `messages`. `at` in Unix milliseconds."""
    parts = {"from": phone, "id": wamid, "timestamp": str(at // 1000), "type": "text", "text": {"body": text}}
    return {**parts, **more}


def said(text: str, *, phone: str = PHONE, wamid: str | None = None, at: int, **more: Any) -> bytes:
    """A body with one text message."""
    wamid = wamid or f"wamid.IN{next(_ids):08}"
    message = text_message(text, phone=phone, wamid=wamid, at=at, **more)
    contact = {"profile": {"name": "Ana Ferreira"}, "wa_id": phone}
    return envelope({"contacts": [contact], "messages": [message]})


def status(external_id: str, word: str, *, at: int, our_id: str | None = None, error: int | None = None) -> Json:
    """One element of `statuses`."""
    element: Json = {"id": external_id, "status": word, "timestamp": str(at // 1000), "recipient_id": PHONE}
    if our_id is not None:
        element["biz_opaque_callback_data"] = our_id
    if error is not None:
        element["errors"] = [{"code": error, "title": "No", "message": "No", "error_data": {"details": "Refused."}}]
    return element


def statuses(*elements: Json) -> bytes:
    """A body with statuses."""
    return envelope({"statuses": list(elements)})


def echo(text: str, *, phone: str = PHONE, wamid: str | None = None, at: int) -> bytes:
    """A body that says what the owner typed on the phone app."""
    wamid = wamid or f"wamid.ECHO{next(_ids):08}"
    parts: Json = {"from": OUR_PHONE, "to": phone, "id": wamid, "timestamp": str(at // 1000)}
    message = {**parts, "type": "text", "text": {"body": text}}
    return envelope({"message_echoes": [message]}, field="smb_message_echoes")
