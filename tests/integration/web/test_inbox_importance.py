"""How much messages matter is seen: in a chat, in the list, in the API, on the status page and in the numbers."""

import json
from pathlib import Path

from inbox_visit import visit

from frontdesk.desk.importance import SOON
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.models import FakeModel
from frontdesk.testing.think import FakeThink

OFF = '[[persona]]\nname = "Nobody"\nagent_mode = "off"\n'
UNSURE = "I was thinking about what we said to your sister"
REASON = "Tells of fire, gas, smoke or water running out"


async def told(line: FakeLine, *texts: str) -> None:
    for text in texts:
        await line.arrive(line.message(text))
    await line.desk.importance.close()
    await line.pass_time(SOON)


async def test_what_is_urgent_is_marked_with_the_reason(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, "There is smoke everywhere", "thanks")
        rows = await line.messages("inbound")
        async with visit(line.house) as client:
            chat = (await client.get(f"/chats/{(await line.chat()).id}")).text
            cards = (await client.get("/inbox/chats")).text
            urgent, noise = [(await client.get(f"/inbox/messages/{row.id}/why")).text for row in rows]
        assert chat.count(f'title="{REASON}"') == 1
        assert "</svg>Urgent" in chat
        assert "</svg>Urgent" in cards
        assert f"5 of 5, urgent: {REASON} (told by the rules)" in urgent
        assert "1 of 5, noise" in noise


async def test_what_is_high_is_said_to_be_important(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, "I have to cancel today")
        async with visit(line.house) as client:
            chat = (await client.get(f"/chats/{(await line.chat()).id}")).text
            cards = (await client.get("/inbox/chats")).text
        assert "</svg>Important" in chat
        assert "</svg>Important" in cards
        assert "</svg>Urgent" not in chat + cards


async def test_once_somebody_has_answered_the_card_bears_no_mark(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, "There is smoke everywhere")
        await line.desk.outbox.write((await line.chat()).id, by="api", text="We are coming")
        await line.idle()
        async with visit(line.house) as client:
            assert "</svg>Urgent" not in (await client.get("/inbox/chats")).text
            await told(line, "thanks")
            assert "</svg>Urgent" not in (await client.get("/inbox/chats")).text


async def test_a_message_that_was_taken_back_bears_no_mark(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message("There is smoke everywhere", external_id="one"))
        await told(line, "hello")
        await line.arrive(line.message(None, kind="revoke", content={"target": "one"}))
        await line.idle()
        async with visit(line.house) as client:
            chat = (await client.get(f"/chats/{(await line.chat()).id}")).text
        assert "</svg>Urgent" not in chat


async def test_a_reason_of_a_model_is_shown_as_text_and_never_as_markup(tmp_path: Path) -> None:
    model = FakeModel(answers=(json.dumps({"1": ["urgent", "<script>alert(1)</script>"]}),))
    async with fake_line(tmp_path, config=OFF, rater=model, think=FakeThink()) as line:
        await told(line, UNSURE)
        async with visit(line.house) as client:
            chat = (await client.get(f"/chats/{(await line.chat()).id}")).text
        assert "<script>alert(1)" not in chat
        assert "&lt;script&gt;alert(1)" in chat


async def test_the_api_gives_level_reason_and_by_whom(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message("There is smoke everywhere"))
        path = f"/api/v1/chats/{(await line.chat()).id}/messages"
        (before,) = (await line.house.http.get(path)).json()["items"]
        await told(line)
        (after,) = (await line.house.http.get(path)).json()["items"]
        trace = (await line.house.http.get(f"/api/v1/messages/{after['id']}/trace")).json()
        assert before["importance"] is None
        assert after["importance"] == {"level": 5, "reason": REASON, "by": "rules"}
        assert trace["message"]["importance"] == after["importance"]


async def test_what_the_model_was_asked_is_told_where_numbers_are(tmp_path: Path) -> None:
    model = FakeModel(answers=('{"1": "low"}',))
    async with fake_line(tmp_path, config=OFF, rater=model, think=FakeThink()) as line:
        async with visit(line.house) as client:
            assert "Models, beside answering" not in (await client.get("/status")).text
            await told(line, UNSURE)
            await line.house.built._tallying.tell()
            (use,) = (await line.house.http.get("/stats")).json()["model_uses"]
            numbers = (await line.house.http.get("/metrics")).text
            page = (await client.get("/status")).text
        assert {**use, "day": ""} == {
            "day": "",
            "purpose": "importance",
            "model": "fake",
            "calls": 1,
            "tokens_in": 100,
            "tokens_out": 10,
        }
        assert 'frontdesk_model_calls_total{purpose="importance"} 1.0' in numbers
        assert 'frontdesk_model_tokens_total{purpose="importance",way="in"} 100.0' in numbers
        assert 'frontdesk_messages_scored_total{by="model",level="2"} 1.0' in numbers
        assert "How much messages matter" in page
        assert "1 call of" in page
