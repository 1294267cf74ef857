"""A house with a line behind a bridge that runs elsewhere, and what that bridge posts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select

from frontdesk.domain.accounts import State
from frontdesk.store.rows import DeadLetterRow
from frontdesk.store.tables import dead_letters
from frontdesk.testing.bridges import TOKEN, Server
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse, house
from frontdesk.testing.local_server import serving

CALLBACK = "/api/whatsapp/callback"
ANA = "447700900123@c.us"
QUIET = """
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "off"
"""


@dataclass(slots=True)
class BridgeHouse:
    """The house, its bridge, and the account between them."""

    house: TestHouse
    server: Server
    account_id: str
    base: str

    async def post(self, document: Any, *, path: str = CALLBACK, **headers: str) -> httpx2.Response:
        """The bridge posts, with its token unless headers are given."""
        return await self.house.http.post(path, json=document, headers=headers or {"X-Bridge-Token": TOKEN})

    async def tells(self, event: str, **given: Any) -> None:
        """The bridge tells an event, and it is taken."""
        answer = await self.post({"event": event, "data": given, "timestamp": self.house.clock.now()})
        assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text

    async def writes(self, text: str, **more: Any) -> None:
        """Ana writes, as the bridge tells it."""
        await self.tells("new_message", **message(text, self.house.clock.now(), **more))

    async def messages(self) -> list[dict[str, Any]]:
        """What is stored of the only chat."""
        [chat] = (await self.house.http.get("/api/v1/chats")).json()["items"]
        found = await self.house.http.get(f"/api/v1/chats/{chat['id']}/messages")
        items: list[dict[str, Any]] = found.json()["items"]
        return items

    async def dead(self) -> int:
        """How many dead letters there are."""
        async with self.house.built.store.read() as read:
            rows: list[DeadLetterRow] = await read.all(select(dead_letters), DeadLetterRow)
        return len(rows)

    async def status(self) -> dict[str, Any]:
        """How the line stands."""
        found: dict[str, Any] = (await self.house.http.get(f"/api/v1/accounts/{self.account_id}/status")).json()
        return found

    async def stands(self, state: State) -> None:
        """Wait until the line is in that state."""
        await until(lambda: self.house.desk.accounts.get(self.account_id).state is state)


def message(text: str, now: int, **more: Any) -> dict[str, Any]:
    """A message of Ana's in the words of a bridge."""
    plain = {"id": f"false_{ANA}_1", "chatId": ANA, "body": text, "timestamp": now // 1000, "fromMe": False}
    return {**plain, "hasMedia": False, "type": "chat", **more}


@asynccontextmanager
async def bridge_house(folder: Path, *, token: str | None = TOKEN, **settings: Any) -> AsyncIterator[BridgeHouse]:
    """The house, with its line connected."""
    server = Server(token or "")
    async with serving(server.program) as base, house(folder, config=QUIET, **settings) as h:
        options = {"send_url": f"{base}/command", **({"token": token} if token else {})}
        account_id = await h.desk.accounts.add("bridge", name="Shop", options=options)
        await h.desk.accounts.connect(account_id)
        made = BridgeHouse(h, server, account_id, base)
        if token:
            await made.stands(State.CONNECTED)
        yield made
