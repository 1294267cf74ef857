"""What the chat window believes and offers: Meta's word on the window, drafts, what can be sent again."""

import asyncio
import json
from pathlib import Path
from typing import Any

from api_house import NUMBER_ID, QUIET, api_house, hear, signed
from inbox_visit import the_chat, visit

from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.kit.clock import MINUTE
from frontdesk.testing.clock import until
from frontdesk.testing.house import OPEN_HOUSE, TestHouse
from frontdesk.testing.think import FakeThink

DRAFTS = OPEN_HOUSE.replace('"auto"', '"draft"')
ASIDE = "Answered meanwhile"


async def _messages(h: TestHouse) -> list[dict[str, Any]]:
    found = await h.http.get(f"/api/v1/chats/{await the_chat(h)}/messages")
    return list(found.json()["items"])


async def _refuse(h: TestHouse, code: int, details: str) -> None:
    """Meta reports that the newest message could not be delivered."""
    wamid = (await _messages(h))[-1]["external_id"]
    error = {"code": code, "title": "Refused", "error_data": {"details": details}}
    status = {"id": wamid, "status": "failed", "timestamp": str(h.clock.now() // 1000), "errors": [error]}
    metadata = {"display_phone_number": "351210000100", "phone_number_id": NUMBER_ID}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [status]}
    change = {"field": "messages", "value": value}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
    assert (await h.http.post("/webhook", content=body, headers=signed(body))).status_code == 200
    await h.idle()


async def test_when_meta_says_that_the_window_is_closed_it_is_until_they_write_again(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        await client.post(f"/inbox/chats/{chat}/messages", data={"text": "A late answer"})
        await h.idle()
        assert 'id="write"' in (await client.get(f"/chats/{chat}")).text
        await _refuse(h, 131047, "More than 24 hours have passed since the customer last replied")
        page = (await client.get(f"/chats/{chat}")).text
        assert "Window closed" in page
        assert "refused the last message" in page
        assert 'id="write"' not in page
        assert "/retry" not in page
        h.clock.advance(MINUTE)
        await hear(h, "Here I am again", at=h.clock.now())
        page = (await client.get(f"/chats/{chat}")).text
        assert "Window closed" not in page
        assert 'id="write"' in page


async def test_an_approved_draft_names_who_approved_it(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=DRAFTS, think=FakeThink("We open at nine.")) as h, visit(h) as client:
        await hear(h, "When do you open?")
        await h.idle()
        draft = (await _messages(h))[-1]
        page = (await client.post(f"/inbox/messages/{draft['id']}/approve", data={"text": "At ten."})).text
        assert "Agent, approved by you" in page
        story = (await client.get(f"/inbox/messages/{draft['id']}/why")).text
        assert "Approved by" in story


async def test_a_draft_that_came_too_late_is_set_aside_and_can_still_be_sent(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=DRAFTS, think=FakeThink("We open at nine.")) as h, visit(h) as client:
        await hear(h, "When do you open?")
        await h.idle()
        draft, chat = (await _messages(h))[-1], await the_chat(h)
        assert ASIDE not in (await client.get(f"/chats/{chat}")).text
        h.clock.advance(MINUTE)
        page = (await client.post(f"/inbox/chats/{chat}/messages", data={"text": "At nine."})).text
        assert ASIDE in page
        assert f"/inbox/messages/{draft['id']}/approve" in page
        page = (await client.post(f"/inbox/messages/{draft['id']}/approve")).text
        assert ASIDE not in page


async def test_after_a_take_over_the_agent_only_finishes_a_draft(tmp_path: Path) -> None:
    think = FakeThink()
    think.gate = asyncio.Event()
    async with api_house(tmp_path, config=OPEN_HOUSE, think=think) as h, visit(h) as client:
        await hear(h, "When do you open?")
        await until(lambda: think.under_way == 1)
        chat = await the_chat(h)
        assert "The agent is writing…" in (await client.get(f"/chats/{chat}")).text
        page = (await client.post(f"/inbox/chats/{chat}/take-over")).text
        assert "The agent is finishing a draft…" in page
        assert "Hand back" in page
        assert "Take over" not in page
        think.gate.set()
        await h.idle()


async def test_a_hand_over_in_draft_mode_says_that_nothing_was_sent(tmp_path: Path) -> None:
    passed_on = TurnOutput(Action.HAND_OVER, ("I pass this on.",), hand_over_reason="A refund.", model="offline:")
    async with api_house(tmp_path, config=DRAFTS, think=FakeThink(passed_on)) as h, visit(h) as client:
        await hear(h, "I want my money back")
        await h.idle()
        page = (await client.get(f"/chats/{await the_chat(h)}")).text
        assert "Handed over to a person; the reply is only a draft" in page
        story = (await client.get(f"/inbox/messages/{(await _messages(h))[0]['id']}/why")).text
        assert "<dd>Offline, without a model</dd>" in story
        assert "Took" not in story
        assert "not too old" in story


async def test_a_new_name_is_taken_everywhere_at_once(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=QUIET) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        page = (await client.post(f"/inbox/chats/{chat}/name", data={"name": "Dr. Ferreira"})).text
        assert 'placeholder="Write a message"' in page
        assert 'data-reply-by="Dr. Ferreira"' in page
