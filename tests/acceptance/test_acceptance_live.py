"""Live events: numbered, in order, to WebSocket and SSE alike, and enough to keep a page as a reload would show it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets
from acceptance_desk import PHONE, Desk, Json, desk, status, statuses

from frontdesk.testing.clock import until
from frontdesk.testing.house import API_KEY
from frontdesk.testing.local_server import serving
from frontdesk.testing.models import FakeModel

pytestmark = pytest.mark.both_shapes

CHAT = f"/api/v1/chats/{PHONE}"


class Listener:
    """What one client has heard so far."""

    def __init__(self) -> None:
        self.events: list[Json] = []

    @property
    def types(self) -> list[str]:
        """The types, in order."""
        return [one["type"] for one in self.events]

    @property
    def ids(self) -> list[int]:
        """The numbers, in order."""
        return [one["id"] for one in self.events]


@asynccontextmanager
async def by_socket(base: str, query: str = "") -> AsyncIterator[Listener]:
    heard = Listener()
    address = base.replace("http", "ws", 1)
    async with websockets.connect(f"{address}/ws?api_key={API_KEY}{query}") as socket:

        async def listen() -> None:
            async for line in socket:
                heard.events.append(json.loads(line))

        task = asyncio.create_task(listen())
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def by_stream(base: str, after: int | None = None) -> AsyncIterator[Listener]:
    heard, welcome = Listener(), asyncio.Event()
    headers = {"X-Api-Key": API_KEY} | ({"Last-Event-ID": str(after)} if after is not None else {})
    async with httpx2.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=None) as client:

        async def listen() -> None:
            async with client.stream("GET", "/api/v1/events") as stream:
                number = kind = ""
                async for line in stream.aiter_lines():
                    welcome.set()
                    if line.startswith("id: "):
                        number = line.removeprefix("id: ")
                    elif line.startswith("event: "):
                        kind = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        event = json.loads(line.removeprefix("data: "))
                        assert (str(event["id"]), event["type"]) == (number, kind)
                        heard.events.append(event)

        task = asyncio.create_task(listen())
        await welcome.wait()
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def a_whole_conversation(d: Desk) -> None:
    await d.hear("Open?")
    await d.idle()
    ours = (await d.out())[0]
    for word in ("sent", "delivered", "read"):
        await d.post(statuses(status(ours["external_id"], word, at=d.clock.now())))
    await d.do(f"{CHAT}/take-over")
    await d.do(f"{CHAT}/messages", {"text": "Marta here."})
    await d.idle()
    await d.do(f"{CHAT}/hand-back")
    await d.do(f"{CHAT}/read")


async def test_both_kinds_of_listener_hear_the_same_in_order_with_growing_numbers(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d, serving(d.house.built.web) as base:
        async with by_socket(base) as socket, by_stream(base) as stream:
            await a_whole_conversation(d)
            await until(lambda: bool(socket.ids) and socket.ids[-1] == d.house.rooms.bus.last_id)
            await until(lambda: stream.ids[-1:] == socket.ids[-1:])
            await check_order(d, socket)
            both = max(socket.ids[0], stream.ids[0])  # from here on both listened
            assert [one for one in stream.events if one["id"] >= both] == [
                one for one in socket.events if one["id"] >= both
            ]
            middle = socket.ids[len(socket.ids) // 2]
            later = [one for one in socket.events if one["id"] > middle]
            async with by_stream(base, after=middle) as again, by_socket(base, f"&after={middle}") as too:
                await until(lambda: len(again.events) >= len(later) and len(too.events) >= len(later))
                assert again.events == later
                assert too.events == later
        d.house.built.bus.close()


async def check_order(d: Desk, heard: Listener) -> None:
    assert heard.ids == sorted(set(heard.ids))
    question, answer, *_ = await d.history()
    asked = next(i for i, one in enumerate(heard.events) if one["payload"].get("id") == question["id"])
    began, ended = heard.types.index("turn.started"), heard.types.index("turn.finished")
    added = next(
        i
        for i, one in enumerate(heard.events)
        if one["type"] == "message.added" and one["payload"].get("id") == answer["id"]
    )
    assert asked < began < added
    assert began < ended
    steps = [
        one["payload"]["status"]
        for one in heard.events
        if one["type"] == "message.status" and one["payload"]["id"] == answer["id"]
    ]
    assert steps == ["sending", "sent", "delivered", "read"]
    assert "chat.changed" in heard.types
    assert all(one["at"].endswith("Z") for one in heard.events)


async def test_a_page_that_follows_the_events_shows_what_a_reload_shows(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes.", "Again."])) as d, serving(d.house.built.web) as base:
        await d.hear("Before")
        await d.idle()
        page = {one["id"]: one["status"] for one in await d.history()}
        async with by_stream(base) as stream:
            await a_whole_conversation(d)
            await until(lambda: stream.ids[-1:] == [d.house.rooms.bus.last_id])
        for event in stream.events:
            follow(page, event)
        assert page == {one["id"]: one["status"] for one in await d.history()}
        d.house.built.bus.close()


def follow(page: dict[str, str], event: Json) -> None:
    """What a client does with an event."""
    payload = event["payload"]
    if event["type"] == "message.added" or event["type"] == "message.status":
        page[payload["id"]] = payload["status"]


async def test_a_number_that_is_too_old_means_reload(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d, serving(d.house.built.web) as base:
        await d.hear("Open?")
        await d.idle()
        async with by_stream(base, after=1) as stream:
            await until(lambda: bool(stream.events))
            assert stream.types[0] == "reload"
        d.house.built.bus.close()


@pytest.mark.parametrize("query", ["", "?api_key=wrong"])
async def test_strangers_hear_nothing(tmp_path: Path, query: str) -> None:
    async with desk(tmp_path) as d, serving(d.house.built.web) as base:
        with pytest.raises(websockets.InvalidStatus):
            async with websockets.connect(f"{base.replace('http', 'ws', 1)}/ws{query}"):
                pass
        async with httpx2.AsyncClient(base_url=base, trust_env=False) as client:
            answer: Any = await client.get("/api/v1/events")
            assert answer.status_code == 401
