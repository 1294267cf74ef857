"""Who answers: bursts, takeovers, the owner's phone, and the gate that is asked twice."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from acceptance_desk import PHONE, desk, echo, envelope, said, text_message

from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.clock import until
from frontdesk.testing.models import FakeModel

pytestmark = pytest.mark.both_shapes

BUFFERED = """
[buffer]
quiet_seconds = 3
cap_seconds = 8
[hold]
minutes = 30
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a shop."
"""
CHAT = f"/api/v1/chats/{PHONE}"


async def test_a_duplicate_webhook_changes_nothing_and_is_answered_once(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        wamid = await d.hear("Open?")
        await d.idle()
        for _ in range(3):
            await d.post(said("Open?", wamid=wamid, at=d.clock.now()))
        await d.idle()
        assert [one["text"] for one in await d.history()] == ["Open?", "Yes."]
        assert d.graph.texts == ["Yes."]
        ledger = await d.balanced()
        assert (ledger["received"], ledger["stored"], ledger["duplicate"], ledger["answered"]) == (4, 1, 3, 1)


async def test_doubles_that_arrive_at_the_same_time_are_stored_once(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        d.open_window()
        body = said("Open?", wamid="wamid.same", at=d.clock.now())
        await asyncio.gather(*(d.post(body) for _ in range(30)))
        await d.idle()
        assert d.graph.texts == ["Yes."]
        assert (await d.balanced())["duplicate"] == 29


async def test_a_burst_waits_for_quiet_and_gets_one_turn_within_the_cap(tmp_path: Path) -> None:
    model = FakeModel(answers=["All three."])
    async with desk(tmp_path, config=BUFFERED, model=model) as d:
        for number in range(3):
            await d.hear(f"part {number}")
            d.clock.advance(2 * SECOND)
            await d.idle()
        assert model.calls == 0
        d.clock.advance(SECOND)
        await until(lambda: model.calls == 1)
        await d.idle()
        assert d.graph.texts == ["All three."]
        history = await d.history()
        assert {one["turn_id"] for one in history} == {history[-1]["turn_id"]}
        await d.hear("again")
        for _ in range(3):
            d.clock.advance(2 * SECOND + 900)
            await d.hear("and on")
        await until(lambda: model.calls == 2)  # never quiet for 3 s, but the cap of 8 s has passed


async def test_a_takeover_during_a_turn_turns_the_answer_into_a_draft(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = FakeModel(answers=["Mine."], gate=gate)
    async with desk(tmp_path, model=model) as d:
        wamid = await d.hear("Open?")
        await until(lambda: model.waiting == 1)
        d.clock.advance(SECOND)
        await until(lambda: [one["message_id"] for one in d.graph.reads] == [wamid])
        assert d.graph.reads[0]["typing_indicator"] == {"type": "text"}
        await d.do(f"{CHAT}/take-over")
        gate.set()
        await d.idle()
        question, draft = await d.history()
        assert (question["decision"], draft["status"], draft["text"]) == ("drafted", "draft", "Mine.")
        assert d.graph.calls == []
        await d.do(f"/api/v1/messages/{draft['id']}/approve")
        await d.idle()
        assert d.graph.texts == ["Mine."]


async def test_a_newer_message_supersedes_the_turn_and_both_are_answered_once(tmp_path: Path) -> None:
    gate = asyncio.Event()
    model = FakeModel(answers=["To the first.", "To both."], gate=gate)
    async with desk(tmp_path, model=model) as d:
        await d.hear("First")
        await until(lambda: model.waiting == 1)
        await d.hear("Second")
        gate.set()
        await d.idle()
        assert d.graph.texts == ["To both."]
        assert [one["decision"] for one in await d.history()] == ["answered", "answered", None]
        await d.balanced()


async def test_after_a_hand_back_the_agent_knows_what_the_operator_wrote(tmp_path: Path) -> None:
    model = FakeModel(answers=["Hello.", "As said, at nine."])
    async with desk(tmp_path, model=model) as d:
        await d.hear("Hi")
        await d.idle()
        await d.do(f"{CHAT}/messages", {"text": "Marta here: we open at nine."})
        await d.hear("Thanks. When?")
        await d.idle()
        assert model.calls == 1
        chat = await d.get(CHAT)
        assert (chat["held_by"], chat["held"]["until"] is not None) == ("api", True)
        assert [one["gate"]["reason"] for one in await d.history() if one["gate"]][-1] == "held"
        await d.do(f"{CHAT}/hand-back")
        assert (await d.get(CHAT))["held_by"] is None
        d.clock.advance(MINUTE)
        await d.hear("When exactly?")
        await d.idle()
        assert "Marta here: we open at nine." in str(model.asked[-1])
        assert d.graph.texts == ["Hello.", "Marta here: we open at nine.", "As said, at nine."]


async def test_a_hold_runs_out_by_itself_and_its_end_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path, config=BUFFERED, model=FakeModel(answers=["Back."])) as d:
        await d.hear("Hi")
        await d.do(f"{CHAT}/take-over", {"minutes": 10})
        events = d.house.rooms.bus.subscribe()
        d.clock.advance(10 * MINUTE)
        await d.idle()
        assert (await d.get(CHAT))["held_by"] is None
        told = [event async for event in take(events, 3)]
        assert any(event.live.type == "chat.changed" for event in told)
        await d.hear("Anyone?")
        d.clock.advance(4 * SECOND)
        await until(lambda: d.graph.texts == ["Back."])


async def take(events: Any, most: int) -> Any:
    """What has come so far, at most so many."""
    for _ in range(most):
        try:
            async with asyncio.timeout(0.2):
                yield await anext(aiter(events))
        except (TimeoutError, StopAsyncIteration):
            return


async def test_the_owners_phone_silences_the_agent_for_a_while_and_an_echo_is_never_answered(tmp_path: Path) -> None:
    model = FakeModel(answers=["From the agent."])
    async with desk(tmp_path, config=BUFFERED, model=model) as d:
        await d.hear("Hi")
        await d.post(echo("It is me, Marta.", at=d.clock.now()))
        d.clock.advance(5 * SECOND)
        await d.idle()
        chat = await d.get(CHAT)
        assert chat["held_by"] == "phone"
        assert chat["held_until"] is not None
        assert model.calls == 0
        assert [(one["author"], one["direction"], one["status"]) for one in await d.history()] == [
            ("contact", "inbound", "received"),
            ("phone", "outbound", "sent"),
        ]
        d.clock.advance(31 * MINUTE)
        await d.idle()
        assert (await d.get(CHAT))["held_by"] is None
        await d.hear("Still there?")
        d.clock.advance(4 * SECOND)
        await until(lambda: d.graph.texts == ["From the agent."])
        assert "It is me, Marta." in str(model.asked[-1])
        await d.balanced()


async def test_the_echo_of_our_own_message_is_no_new_message(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await d.hear("Open?")
        await d.idle()
        ours = (await d.out())[0]
        await d.post(echo("Yes.", wamid=ours["external_id"], at=d.clock.now()))
        await d.idle()
        assert len(await d.history()) == 2
        assert (await d.get(CHAT))["held_by"] is None
        assert (await d.balanced())["duplicate"] == 1


async def test_operators_by_phone_number_as_the_contract_says(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await d.hear("Open?")
        await d.idle()
        for phone in (f"+{PHONE}", "+44 7700 900123", f"{PHONE}@c.us", f"{PHONE}@s.whatsapp.net"):
            assert (await d.do("/api/v1/takeover", {"phone": phone}))["status"] == "takeover_complete"
        assert (await d.get(CHAT))["held_by"] == "api"
        given = {"phone": f"+{PHONE}", "message": "Marta here.", "messageId": "m-1", "media": None}
        first = await d.do("/api/v1/operator-message", given)
        again = await d.do("/api/v1/operator-message", given)
        assert first["status"] == "success"
        assert first["message"] == "Message queued for processing"
        assert again["message_id"] == first["message_id"]
        await d.idle()
        assert d.graph.texts == ["Yes.", "Marta here."]
        assert (await d.do("/api/v1/handback", {"phone": PHONE}))["status"] == "handback_complete"
        assert (await d.get(CHAT))["held_by"] is None


async def test_an_unknown_phone_is_404_and_a_malformed_one_422(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        for path in ("takeover", "handback", "operator-message"):
            more = {"message": "Hi", "messageId": None, "media": None} if path == "operator-message" else {}
            for phone, expected in (("+447700900999", 404), ("not a phone", 422), ("", 422), ("12", 422), (None, 422)):
                answer = await d.http.post(f"/api/v1/{path}", json={"phone": phone, **more})
                assert (phone, answer.status_code) == (phone, expected)
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["status"] == expected
            assert (await d.http.post(f"/api/v1/{path}", json={})).status_code == 422


async def test_a_closed_window_and_a_line_that_is_down_are_409_with_the_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await d.hear("Open?")
        await d.idle()
        account = await d.account()
        await d.do(f"/api/v1/accounts/{account['id']}/disconnect")
        down = await d.do("/api/v1/operator-message", {"phone": PHONE, "message": "Hi"}, expect=409)
        assert "down" in down["detail"]
        await d.do(f"/api/v1/accounts/{account['id']}/connect")
        await d.house.connected()
        d.clock.advance(25 * HOUR)
        await d.idle()
        closed = await d.do("/api/v1/operator-message", {"phone": PHONE, "message": "Hi"}, expect=409)
        assert "24 hours" in closed["detail"]
        assert d.graph.texts == ["Yes."]
        assert (await d.get(CHAT))["held_by"] is None  # what could not be done changes nothing


async def test_the_same_idempotency_key_sends_once_in_the_header_or_in_the_body(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await d.hear("Open?")
        await d.idle()
        answers = await asyncio.gather(
            *(d.do(f"{CHAT}/messages", {"text": "Once", "idempotency_key": "k1"}, expect=202) for _ in range(5))
        )
        assert len({one["id"] for one in answers}) == 1
        by_header = await d.http.post(f"{CHAT}/messages", json={"text": "Once"}, headers={"Idempotency-Key": "k1"})
        assert by_header.json()["id"] == answers[0]["id"]
        await d.idle()
        assert d.graph.texts == ["Yes.", "Once"]


async def test_every_form_of_an_id_leads_to_the_chat(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.hear("Hi")
        whole = (await d.get("/api/v1/chats"))["items"][0]
        forms = [whole["id"], f"{whole['account_id']}:{PHONE}", f"{whole['account_id']}%3A%2B{PHONE}", PHONE]
        forms += [f"+{PHONE}", f"%2B{PHONE}", f"{PHONE}@c.us", f"{PHONE}%40s.whatsapp.net"]
        for form in forms:
            assert (await d.get(f"/api/v1/chats/{form}"))["id"] == whole["id"], form
            assert len((await d.get(f"/api/v1/chats/{form}/messages"))["items"]) >= 1
        for unknown in ("cht_x", "4477009009999", "x@g.us", "12345@lid", "acc_x:447700900123", "%00"):
            assert (await d.http.get(f"/api/v1/chats/{unknown}")).status_code == 404, unknown


async def test_an_old_message_of_a_long_outage_is_shown_and_not_answered(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Late."])) as d:
        d.open_window()
        old = text_message("Are you there?", wamid="wamid.old", at=d.clock.now() - 13 * HOUR)
        await d.post(envelope({"messages": [old]}))
        await d.idle()
        assert [(one["text"], one["gate"]["reason"]) for one in await d.history()] == [("Are you there?", "too_old")]
        assert d.graph.calls == []
