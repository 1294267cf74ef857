"""Where the agent could not answer, the inbox says so and lets a person have it try again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from inbox_visit import visit

from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.kit.errors import Rejected
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.think import FakeThink

REFUSED = Rejected("OpenAI (gpt-4o-mini) does not accept the API key.", code="key")
AGAIN = "Try again"
FAILED = "Agent failed"


@asynccontextmanager
async def failing(
    folder: Path, *script: str | Exception, role: str = "operator"
) -> AsyncIterator[tuple[FakeLine, httpx2.AsyncClient, str]]:
    """A line whose model refused the key at the first message, somebody in the inbox, and the chat."""
    async with fake_line(folder, think=FakeThink(REFUSED, *script)) as line, visit(line.house, role=role) as client:
        await line.arrive(line.message("Are you open?"))
        await line.idle()
        yield line, client, (await line.chat()).id


async def test_a_message_that_the_agent_could_not_answer_offers_another_try(tmp_path: Path) -> None:
    async with failing(tmp_path, "Until six.") as (line, client, chat):
        page = (await client.get(f"/chats/{chat}")).text
        assert "The agent could not answer" in page
        assert page.count(AGAIN) == 1
        told = await client.post(f"/inbox/chats/{chat}/answer", headers={"HX-Request": "true"})
        assert "The agent tries again." in told.text
        await line.idle()
        assert await line.out() == [("Until six.", "sent")]
        assert AGAIN not in (await client.get(f"/chats/{chat}")).text


async def test_the_card_of_a_chat_in_which_the_agent_failed_is_marked(tmp_path: Path) -> None:
    async with failing(tmp_path, "Until six.") as (line, client, chat):
        assert FAILED in (await client.get("/inbox/chats")).text
        await client.post(f"/inbox/chats/{chat}/answer")
        await line.idle()
        assert FAILED not in (await client.get("/inbox/chats")).text


async def test_only_the_newest_of_several_unanswered_messages_offers_another_try(tmp_path: Path) -> None:
    async with failing(tmp_path, REFUSED) as (line, client, chat):
        line.clock.advance(MINUTE)
        await line.arrive(line.message("Hello?"))
        await line.idle()
        page = (await client.get(f"/chats/{chat}")).text
        assert page.count("The agent could not answer</span>") == 2
        assert page.count(AGAIN) == 1
        assert page.index(AGAIN) > page.index("Hello?")


@pytest.mark.parametrize("answer", ["operator", "held", "late"])
async def test_no_other_try_is_offered_where_it_would_change_nothing(tmp_path: Path, answer: str) -> None:
    async with failing(tmp_path) as (line, client, chat):
        if answer == "operator":
            await client.post(f"/inbox/chats/{chat}/messages", data={"text": "Until six."})
            await line.idle()
        elif answer == "held":
            await client.post(f"/inbox/chats/{chat}/take-over")
        else:
            line.clock.advance(25 * HOUR)
        assert AGAIN not in (await client.get(f"/chats/{chat}")).text
        assert (FAILED in (await client.get("/inbox/chats")).text) is (answer == "late")


async def test_another_try_where_nothing_waits_is_refused_in_words(tmp_path: Path) -> None:
    async with failing(tmp_path, "Until six.") as (line, client, chat):
        await client.post(f"/inbox/chats/{chat}/answer")
        await line.idle()
        told = await client.post(f"/inbox/chats/{chat}/answer", headers={"HX-Request": "true"})
        assert (told.status_code, "Nothing waits for the agent" in told.text) == (409, True)


async def test_a_viewer_cannot_have_the_agent_try_again(tmp_path: Path) -> None:
    async with failing(tmp_path, role="viewer") as (_, client, chat):
        page = (await client.get(f"/chats/{chat}")).text
        assert "The agent could not answer" in page
        assert AGAIN not in page
        assert (await client.post(f"/inbox/chats/{chat}/answer")).status_code == 403


async def test_another_try_needs_the_csrf_word(tmp_path: Path) -> None:
    async with failing(tmp_path) as (_, client, chat):
        refused = await client.post(f"/inbox/chats/{chat}/answer", headers={"X-CSRF-Token": ""})
        assert refused.status_code == 403
