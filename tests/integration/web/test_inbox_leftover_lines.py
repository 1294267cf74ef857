"""Lines outlive what set them up: the environment that named them, or the demonstration that ran them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api_house import NUMBER_ID, api_house
from inbox_visit import the_chat, visit

from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import Delivery, Inbound, Sender
from frontdesk.testing.house import TestHouse, house

NOWHERE = "http://127.0.0.1:9"
REMOVE = "/remove"


@asynccontextmanager
async def after_a_demo(folder: Path) -> AsyncIterator[TestHouse]:
    """A house that was started as a demonstration before, and now is not."""
    async with house(folder, demo_at=NOWHERE) as h:
        await h.connected()
    async with house(folder) as h:
        await h.connected()
        yield h


async def test_a_line_that_the_environment_names_cannot_be_removed_by_hand(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        page = (await client.get("/lines")).text
        assert "the environment (<code>.env</code>)" in page
        assert REMOVE not in page


async def test_a_line_that_the_environment_names_no_more_says_so_and_can_be_removed(tmp_path: Path) -> None:
    async with api_house(tmp_path):
        pass
    async with house(tmp_path) as h, visit(h) as client:
        page = (await client.get("/lines")).text
        assert "Was set up in the environment, which no longer names it." in page
        assert "New access token" in page
        (line,) = h.desk.accounts.all()
        told = (await client.post(f"/lines/{line.row.id}/remove")).text
        assert "No line yet" in told
        assert h.desk.accounts.all() == ()


async def test_a_line_of_another_number_than_the_environment_names_now_can_be_removed(tmp_path: Path) -> None:
    async with api_house(tmp_path):
        pass
    another = house(tmp_path, whatsapp_phone_number_id="77", whatsapp_access_token="t", graph_api_url=NOWHERE)
    async with another as h, visit(h) as client:
        page = (await client.get("/lines")).text
        old, new = sorted(h.desk.accounts.all(), key=lambda line: line.row.line_ref != NUMBER_ID)
        assert f"/lines/{old.row.id}/remove" in page
        assert f"/lines/{new.row.id}/remove" not in page


async def test_the_line_of_a_demonstration_that_runs_cannot_be_removed(tmp_path: Path) -> None:
    async with house(tmp_path, demo_at=NOWHERE) as h, visit(h) as client:
        assert REMOVE not in (await client.get("/lines")).text


async def test_the_line_of_a_demonstration_that_is_not_run_rests_and_is_no_trouble(tmp_path: Path) -> None:
    async with after_a_demo(tmp_path) as h, visit(h) as client:
        page = (await client.get("/lines")).text
        assert "Not in use" in page
        assert "The demonstration is not running" in page
        assert "Not checked yet" not in page
        assert "Check again" not in page
        assert "All is well" in (await client.get("/status")).text
        (told,) = (await h.http.get("/api/v1/accounts")).json()["items"]
        assert told["sentence"].startswith("The demonstration is not running")


async def test_the_line_of_a_demonstration_that_is_not_run_can_be_removed(tmp_path: Path) -> None:
    async with after_a_demo(tmp_path) as h, visit(h) as client:
        page = (await client.get("/lines")).text
        assert "Was set up by the demonstration." in page
        assert "Remove “" in page
        (line,) = h.desk.accounts.all()
        await client.post(f"/lines/{line.row.id}/remove")
        assert h.desk.accounts.all() == ()


async def test_in_a_chat_of_the_demonstration_that_is_not_run_nobody_writes_in_vain(tmp_path: Path) -> None:
    async with after_a_demo(tmp_path) as h, visit(h) as client:
        (line,) = h.desk.accounts.all()
        sender = Sender((parse("447700900123"),), "Ana")
        hello = Inbound("wamid.1", "text", sender, text="Hello", at=h.clock.now())
        letters = [Delivery(line.row.line_ref or "", (hello,))]
        await h.desk.intake.receive("simulator", letters, allowed=frozenset({line.row.id}))
        page = (await client.get(f"/chats/{await the_chat(h)}")).text
        assert "This line cannot send" in page
        assert 'id="write"' not in page


async def test_the_status_page_and_health_say_the_same_of_the_lines(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        options = {"phone_number_id": "77", "access_token": "t", "graph_url": NOWHERE}
        account = await h.desk.accounts.add("cloud", name="Second", options=options)
        await h.desk.accounts.connect(account)
        await h.connected()
        told = (await h.http.get("/health")).json()["checks"]["lines"]
        assert told["sentence"].startswith("1 of 2 lines is connected, 1 could not be checked yet.")
        assert told["status"] == "degraded"
        assert told["sentence"] in (await client.get("/status")).text
