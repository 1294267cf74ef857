"""What the inbox shows, from what really arrived."""

import json
from pathlib import Path

import pytest
from api_house import NUMBER_ID, SECRET, api_house, hear, signed
from inbox_visit import messages_in, older_of, the_chat, visit

from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.store import alerts
from frontdesk.testing.house import OPEN_HOUSE, TestHouse
from frontdesk.testing.think import FakeThink

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "cloud").glob("*.json"))
HOSTILE = "<script>alert(1)</script> <hx-partial hx-target='#list'>x</hx-partial> {{ 7*7 }} \"'>"


async def test_every_message_that_meta_may_send_has_its_look(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        for file in CORPUS:
            if file.name.startswith("_"):
                continue
            body = file.read_bytes()
            await h.http.post("/webhook", content=body, headers=signed(body))
        assert (await client.get("/")).status_code == 200
        chats = (await h.http.get("/api/v1/chats", params={"limit": 200})).json()["items"]
        looked_at = 0
        for chat in chats:
            page = await client.get(f"/chats/{chat['id']}")
            assert page.status_code == 200, page.text
            for message in messages_in(page.text):
                looked_at += 1
                assert (await client.get(f"/inbox/messages/{message}/why")).status_code == 200
        assert looked_at > 30


async def test_what_customers_write_is_escaped_everywhere(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h, HOSTILE)
        page = await client.get(f"/chats/{await the_chat(h)}")
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "<hx-partial" not in page.text
        assert "{{ 7*7 }}" in page.text


async def test_older_messages_come_in_order_without_gap_or_double(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        start = h.clock.now() - 3 * HOUR
        for number in range(95):
            await hear(h, f"Message {number}", at=start + number * MINUTE)
        chat = await the_chat(h)
        page = await client.get(f"/chats/{chat}")
        found = messages_in(page.text)
        while before := older_of(page.text):
            page = await client.get(f"/inbox/chats/{chat}/messages", params={"before": before})
            found = messages_in(page.text) + found
        told = (await h.http.get(f"/api/v1/chats/{chat}/messages", params={"limit": 100})).json()["items"]
        assert found == [message["id"] for message in told]
        assert "This is where the chat begins." in page.text


async def test_a_refresh_shows_what_a_reload_shows(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h, "One")
        chat = await the_chat(h)
        opened = await client.get(f"/chats/{chat}", headers={"HX-Request": "true"})
        since = opened.text.split('data-from="')[1].split('"')[0]
        await hear(h, "Two")
        refreshed = await client.get(f"/inbox/chats/{chat}", params={"from": since, "count": 1})
        reloaded = await client.get(f"/chats/{chat}")
        assert messages_in(refreshed.text) == messages_in(reloaded.text)
        assert len(messages_in(refreshed.text)) == 2


async def test_when_the_window_has_closed_the_composer_says_so(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        assert 'id="write"' in (await client.get(f"/chats/{chat}")).text
        h.clock.advance(25 * HOUR)
        page = await client.get(f"/chats/{chat}")
        assert "The 24-hour window has closed" in page.text
        assert 'id="write"' not in page.text


async def test_when_the_line_is_down_the_composer_leads_to_the_lines(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        (line,) = h.desk.accounts.all()
        cards = await client.post(f"/lines/{line.row.id}/disconnect", headers={"HX-Request": "true"})
        assert "Not connected." in cards.text
        page = await client.get(f"/chats/{chat}")
        assert "This line cannot send" in page.text
        assert "A line is down" in page.text


async def test_what_cannot_be_done_is_told_in_words(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        answer = await client.post(f"/inbox/chats/{chat}/messages", data={"text": " "}, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        assert "There is nothing to send" in answer.text
        assert "data-toast" in answer.text


async def test_the_same_form_sent_twice_is_one_message(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        form = {"text": "Only once", "idempotency_key": "key_1"}
        for _ in range(2):
            assert (await client.post(f"/inbox/chats/{chat}/messages", data=form)).status_code == 200
        page = await client.get(f"/chats/{chat}")
        assert len(messages_in(page.text)) == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("?q=ferr", True), ("?q=447700", True), ("?q=nobody", False), ("?tab=mine", False)],
)
async def test_the_list_shows_what_was_asked_for(tmp_path: Path, query: str, found: bool) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        page = await client.get(f"/{query}")
        assert (f"card-{chat}" in page.text) is found
        assert found or "empty" in page.text


async def test_switches_labels_and_names_are_kept(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        acts = [
            ("trusted", {"trusted": "no"}),
            ("labels", {"add": "family"}),
            ("name", {"name": "Ana from the clinic"}),
            ("state", {"state": "resolved"}),
            ("take-over", {"minutes": "60"}),
        ]
        for act, form in acts:
            assert (await client.post(f"/inbox/chats/{chat}/{act}", data=form)).status_code == 200, act
        kept = (await h.http.get(f"/api/v1/chats/{chat}")).json()
        assert (kept["trusted"], kept["labels"], kept["state"]) == (False, ["family"], "resolved")
        assert kept["name"] == "Ana from the clinic"
        assert kept["held_by"]
        assert f"card-{chat}" not in (await client.get("/")).text
        assert f"card-{chat}" in (await client.get("/?state=resolved")).text


async def test_no_secret_stands_on_any_page(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        for path in ("/", "/lines", "/settings", "/status", f"/chats/{await the_chat(h)}"):
            text = (await client.get(path)).text
            assert SECRET not in text
            assert "verify-me" not in text


async def test_a_key_is_shown_once_and_can_be_revoked(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        made = await client.post("/settings/api-keys", data={"name": "n8n", "scope": "write"})
        text = made.text.split('data-copy="')[1].split('"')[0]
        assert (await h.http.get("/api/v1/chats", headers={"X-Api-Key": text})).status_code == 200
        assert text not in (await client.get("/settings")).text
        key_id = made.text.split("/settings/api-keys/")[1].split("/")[0]
        assert "Revoked" in (await client.post(f"/settings/api-keys/{key_id}/revoke")).text
        assert (await h.http.get("/api/v1/chats", headers={"X-Api-Key": text})).status_code == 401


async def test_a_line_with_a_wrong_option_is_refused_in_words_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        form = {"name": "Second clinic", "phone_number_id": "not an id!", "access_token": "t"}
        answer = await client.post("/lines", data=form)
        assert "line-fault" in answer.text
        assert "Second clinic" in answer.text
        again = await client.post("/lines", data=form | {"phone_number_id": NUMBER_ID})
        assert "is already here" in again.text


async def test_the_ledger_is_a_sentence(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        for number in range(3):
            await hear(h, f"Message {number}")
        page = await client.get("/status")
        assert "3 in," in page.text
        assert "0 lost." in page.text
        assert "Balances" in page.text


async def test_an_alert_is_acknowledged(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        body = json.loads((CORPUS[0].parent / "account_update_violation.json").read_text())
        await h.http.post("/webhook", content=json.dumps(body).encode(), headers=signed(json.dumps(body).encode()))
        page = await client.get("/alerts")
        if "Nothing needs you" in page.text:
            pytest.skip("the sample is for another account")
        alert = page.text.split("/alerts/")[1].split("/")[0]
        seen = await client.post(f"/alerts/{alert}/acknowledge", headers={"HX-Request": "true"})
        assert "Nothing needs you" in seen.text


async def test_all_alerts_are_seen_at_once_but_for_those_that_came_later(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await _alarm(h, "First matter")
        await _alarm(h, "Second matter")
        page = await client.get("/alerts")
        until = page.text.split('name="until" value="')[1].split('"')[0]
        h.clock.advance(1_000)
        await _alarm(h, "Third matter")
        seen = await client.post("/alerts/acknowledge", data={"until": until}, headers={"HX-Request": "true"})
        still_open = seen.text.split('id="seen-alerts"')[0]
        assert "First matter" not in still_open
        assert "Second matter" not in still_open
        assert "Third matter" in still_open


async def _alarm(h: TestHouse, sentence: str) -> None:
    async with h.built.store.begin() as tx:
        await alerts.raise_(tx, now=h.clock.now(), kind="test", sentence=sentence, key=sentence)


@pytest.mark.parametrize("act", ["hand-back", "trusted"])
async def test_what_waits_is_answered_when_the_agent_may_answer_again(tmp_path: Path, act: str) -> None:
    async with api_house(tmp_path, config=OPEN_HOUSE, think=FakeThink()) as h, visit(h) as client:
        await hear(h, "What are your opening hours?")
        await h.idle()
        h.clock.advance(MINUTE)
        chat_id = await the_chat(h)
        if act == "trusted":
            await client.post(f"/inbox/chats/{chat_id}/trusted", data={"trusted": "no"})
        else:
            await client.post(f"/inbox/chats/{chat_id}/take-over")
        await hear(h, "And on Sundays?")
        await h.idle()
        before = await _answers(h)
        await client.post(f"/inbox/chats/{chat_id}/{act}", data={"trusted": "yes"})
        await h.idle()
        assert await _answers(h) == before + 1


async def _answers(h: TestHouse) -> int:
    found = await h.http.get(f"/api/v1/chats/{await the_chat(h)}/messages")
    return sum(one["author"] == "agent" for one in found.json()["items"])
