"""What goes out: statuses, faults of the Graph API, doubt, limits, templates and files."""

import base64
from pathlib import Path
from typing import Any

import pytest
from acceptance_desk import NUMBER_ID, PHONE, TOKEN, Desk, Json, desk, envelope, said, status, statuses

from frontdesk.channels.simulator.faults import Fault, FaultKind
from frontdesk.channels.simulator.media import MediaShelf
from frontdesk.channels.simulator.templates import APPROVED
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.testing.clock import until
from frontdesk.testing.models import FakeModel

pytestmark = pytest.mark.both_shapes

CHAT = f"/api/v1/chats/{PHONE}"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def answered(d: Desk) -> Json:
    """One question, answered; gives the answer."""
    await d.hear("Open?")
    await d.idle()
    return (await d.out())[-1]


async def message(d: Desk, message_id: str) -> Json:
    found: Json = await d.get(f"/api/v1/messages/{message_id}")
    return found


async def test_statuses_in_any_order_and_doubled_only_move_forward(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        ours = await answered(d)
        seen = []
        for word in ("delivered", "sent", "read", "delivered", "failed", "played", "read"):
            error = 131026 if word == "failed" else None
            await d.post(statuses(status(ours["external_id"], word, at=d.clock.now(), error=error)))
            seen.append((await message(d, ours["id"]))["status"])
        assert seen == ["delivered", "delivered", "read", "read", "read", "played", "played"]
        assert (await message(d, ours["id"]))["error"] is None
        await d.balanced()


async def test_receipts_that_come_before_the_answer_of_the_graph_api_wait_for_it(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await d.post(statuses(status("wamid.EARLY", "read", at=d.clock.now())))
        inner = d.graph._inner

        async def early(scope: Any, receive: Any, send: Any) -> None:
            async def renamed(event: Any) -> None:
                if event["type"] == "http.response.start":
                    event = {**event, "headers": [one for one in event["headers"] if one[0] != b"content-length"]}
                elif b'"messages"' in event.get("body", b""):
                    event = {**event, "body": b'{"messages":[{"id":"wamid.EARLY"}]}'}
                await send(event)

            await inner(scope, receive, renamed)

        d.graph._inner = early
        assert (await answered(d))["status"] == "read"


async def test_a_failed_status_says_why_in_words(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        ours = await answered(d)
        await d.post(statuses(status(ours["external_id"], "failed", at=d.clock.now(), error=131047)))
        failed = await message(d, ours["id"])
        assert (failed["status"], failed["error_code"]) == ("failed", "131047")
        assert "24 hours" in failed["error"]
        assert (await d.balanced())["failed"] == 1


async def test_a_revoked_token_stops_the_line_and_tells_the_owner_and_a_new_token_sends_what_waits(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One.", "Two."])) as d:
        d.standin.inject(Fault(FaultKind.ERROR, 190))
        ours = await answered(d)
        account = await d.account()
        assert (ours["status"], account["state"]) == ("queued", "action_required")
        assert "token" in account["sentence"]
        alert = next(one for one in await d.alerts() if one["kind"] == "line")
        assert alert["severe"]
        assert (await d.get("/health"))["status"] == "degraded"
        await d.hear("Hello?")  # still received
        await d.idle()
        assert len([one for one in await d.history() if one["direction"] == "inbound"]) == 2
        changed = await d.http.patch(f"/api/v1/accounts/{account['id']}", json={"options": {"access_token": TOKEN}})
        assert changed.status_code == 200, changed.text
        await until(lambda: d.graph.texts != [])
        await d.idle()
        assert d.graph.texts[0] == "One."
        assert (await d.account())["state"] == "connected"
        assert not [one for one in await d.alerts() if one["kind"] == "line"]
        assert (await message(d, ours["id"]))["status"] == "sent"


@pytest.mark.parametrize(("code", "scope"), [(131056, "chat"), (130429, "account")])
async def test_a_rate_limit_makes_who_is_meant_wait_and_costs_no_attempt(tmp_path: Path, code: int, scope: str) -> None:
    other = "447700900456"
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        d.standin.inject(Fault(FaultKind.ERROR, code, times=3))
        ours = await answered(d)
        assert (ours["status"], d.graph.texts) == ("queued", [])
        assert ours["error_code"] == str(code)
        await d.hear("Me too", phone=other)
        await d.idle()
        if scope == "account":
            assert (await d.account())["blocked_until"]
        for _ in range(40):
            d.clock.advance(5 * SECOND)
            await d.idle()
        assert sorted(d.graph.texts) == ["Yes.", "Yes."]
        assert (await message(d, ours["id"]))["attempts"] <= 2
        await d.balanced()


@pytest.mark.parametrize("code", [131000, 2, 4])
async def test_an_error_for_now_is_tried_again_in_order(tmp_path: Path, code: int) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One.", "Two."])) as d:
        d.standin.inject(Fault(FaultKind.ERROR, code, times=2))
        await d.hear("First")
        await d.idle()
        await d.hear("Second")
        for _ in range(60):
            d.clock.advance(10 * SECOND)
            await d.idle()
        assert d.graph.texts == ["One.", "Two."]
        await d.balanced()


@pytest.mark.parametrize("code", [131026, 131042, 131031])
async def test_an_error_for_good_fails_once_with_a_sentence(tmp_path: Path, code: int) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One."])) as d:
        d.standin.inject(Fault(FaultKind.ERROR, code))
        ours = await answered(d)
        d.clock.advance(HOUR)
        await d.idle()
        if code == 131031:  # Meta locked the account: the line stops, the message waits
            assert ((await d.account())["state"], ours["status"]) == ("action_required", "queued")
            return
        assert (ours["status"], ours["error_code"], len(d.graph.calls)) == ("failed", str(code), 1)
        assert ours["error"]
        assert bool([one for one in await d.alerts() if one["kind"] == "send"]) == (code == 131042)


@pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.EMPTY, FaultKind.DROP])
async def test_an_answer_that_says_nothing_leaves_doubt_and_is_never_sent_again_blindly(
    tmp_path: Path, kind: FaultKind
) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One."])) as d:
        d.standin.inject(Fault(kind))
        ours = await answered(d)
        assert (ours["status"], ours["external_id"]) == ("unknown", None)
        assert "may or may not" in ours["error"]
        assert [one for one in await d.alerts() if one["kind"] == "unknown"]
        d.clock.advance(10 * MINUTE)
        await d.idle()
        assert len(d.graph.calls) == 1
        assert d.graph.calls[0].our_id == ours["id"]
        await d.post(statuses(status("wamid.LATE", "delivered", at=d.clock.now(), our_id=ours["id"])))
        settled = await message(d, ours["id"])
        assert (settled["status"], settled["external_id"], settled["error"]) == ("delivered", "wamid.LATE", None)
        assert (await d.balanced())["unknown"] == 0
        assert not [one for one in await d.alerts() if one["kind"] == "unknown"]


async def test_the_operator_settles_what_no_status_settles(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One.", "Two."])) as d:
        d.standin.inject(Fault(FaultKind.HTML, times=2))
        first = await answered(d)
        second = await answered(d)
        await d.do(f"/api/v1/messages/{first['id']}/settle", {"sent": True})
        await d.do(f"/api/v1/messages/{second['id']}/settle", {"sent": False})
        await d.idle()
        assert [one["status"] for one in await d.out()] == ["sent", "sent"]
        assert d.graph.texts == ["Two."]
        await d.do(f"/api/v1/messages/{first['id']}/settle", {"sent": True}, expect=409)


async def test_outside_the_window_only_a_template_goes_out(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One."])) as d:
        await answered(d)
        d.clock.advance(25 * HOUR)
        await d.idle()
        refused = await d.do(f"{CHAT}/messages", {"text": "Hello again"}, expect=409)
        assert "template" in refused["detail"]
        template = {"name": APPROVED[0].name, "language": {"code": APPROVED[0].language}}
        answer = await d.http.post(f"{CHAT}/messages", json={"kind": "template", "content": template})
        assert answer.status_code == 202, answer.text
        await d.idle()
        assert d.graph.calls[-1].body["type"] == "template"
        assert d.graph.calls[-1].body["template"]["name"] == APPROVED[0].name


async def test_a_message_that_waits_while_the_window_closes_fails_with_the_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One."])) as d:
        d.standin.inject(Fault(FaultKind.ERROR, 190))
        ours = await answered(d)
        d.clock.advance(25 * HOUR)
        await d.do(f"/api/v1/accounts/{(await d.account())['id']}/connect")
        await d.house.connected()
        await d.idle()
        failed = await message(d, ours["id"])
        assert (failed["status"], failed["error_code"]) == ("failed", "window")
        assert d.graph.texts == []


async def test_a_file_comes_in_is_checked_stored_and_served_and_another_goes_out(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Nice."])) as d:
        shelf: MediaShelf = d.standin.graph.media
        stored = shelf.put(PNG, "image/png", name=None, phone_number_id=NUMBER_ID, inbound=True)
        await d.hear("Look")
        part = {"id": stored.media_id, "mime_type": "image/png", "sha256": "", "caption": "our cat"}
        image = {"from": PHONE, "id": "wamid.image", "timestamp": str(d.clock.now() // 1000), "type": "image"}
        await d.post(envelope({"messages": [{**image, "image": part}]}))
        await d.idle()
        shown = next(one for one in await d.history() if one["kind"] == "image")
        assert (shown["text"], shown["media"]["state"], shown["media"]["mime"]) == ("our cat", "stored", "image/png")
        served = await d.http.get(shown["media"]["url"])
        assert (served.content, served.headers["content-type"]) == (PNG, "image/png")
        assert served.headers["x-content-type-options"] == "nosniff"
        stranger = await d.http.get(shown["media"]["url"], headers={"X-Api-Key": "wrong"})
        assert stranger.status_code == 401
        await sends_a_file(d)


async def sends_a_file(d: Desk) -> None:
    account = (await d.account())["id"]
    files = {"file": ("cat.png", PNG, "image/png")}
    uploaded = await d.http.post("/api/v1/media", files=files, data={"account_id": account})
    assert uploaded.status_code == 201, uploaded.text
    sent = await d.do(f"{CHAT}/messages", {"text": "ours", "media": uploaded.json()["id"]}, expect=202)
    await d.idle()
    assert (await message(d, sent["id"]))["status"] == "sent"
    body = d.graph.calls[-1].body
    assert (body["type"], body["image"]["caption"]) == ("image", "ours")
    assert d.standin.graph.media.get(body["image"]["id"]).content == PNG


BAD_FILES = (
    ("song.wav", "audio/wav", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)),
    ("page.bmp", "image/bmp", b"BM" + bytes(80)),
    ("film.avi", "video/x-msvideo", b"RIFF\x24\x00\x00\x00AVI LIST" + bytes(40)),
)


async def test_a_file_of_a_kind_that_whatsapp_does_not_take_is_refused_in_words(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await answered(d)
        for name, mime, content in BAD_FILES:
            words = await refusal_of_file(d, name, mime, content)
            assert len(words) > 20, name
        assert d.graph.texts == ["Yes."]
        assert len(d.graph.calls) == 1


async def refusal_of_file(d: Desk, name: str, mime: str, content: bytes) -> str:
    """The sentence with which a file is refused at once: at the upload, or when it is to be sent."""
    form = {"account_id": (await d.account())["id"]}
    answer = await d.http.post("/api/v1/media", files={"file": (name, content, mime)}, data=form)
    if answer.status_code == 201:
        answer = await d.http.post(f"{CHAT}/messages", json={"text": None, "media": answer.json()["id"]})
    assert answer.status_code in (409, 415, 422), answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "template", "content": {"name": 5}}, "template"),
        ({"kind": "location", "content": {"latitude": "north", "longitude": 1}}, "latitude"),
        ({"kind": "buttons", "text": "Which?", "content": {"buttons": "yes"}}, "button"),
        ({"kind": "list", "text": "Which?", "content": {"button": "Open", "sections": [5]}}, "section"),
        ({"kind": "reaction", "content": {"emoji": ["👍"], "target": 1}}, "reaction"),
    ],
)
async def test_what_whatsapp_would_surely_refuse_is_refused_at_once_in_words(
    tmp_path: Path, given: Json, words: str
) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await answered(d)
        refused = await d.http.post(f"{CHAT}/messages", json=given)
        assert refused.status_code == 422, refused.text
        assert words in refused.json()["detail"].lower()
        assert len(await d.out()) == 1


async def test_a_text_under_a_file_that_is_too_long_is_refused_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await answered(d)
        form = {"account_id": (await d.account())["id"]}
        file = await d.http.post("/api/v1/media", files={"file": ("cat.png", PNG, "image/png")}, data=form)
        refused = await d.http.post(f"{CHAT}/messages", json={"text": "x" * 1025, "media": file.json()["id"]})
        assert refused.status_code == 422, refused.text
        assert "1025 characters; WhatsApp takes 1024" in refused.json()["detail"]


async def test_an_answer_of_any_length_is_split_below_4096_characters_and_sent_in_order(tmp_path: Path) -> None:
    long = "\n\n".join(f"Paragraph {number}. " + "All about our prices. " * 40 for number in range(12))
    async with desk(tmp_path, model=FakeModel(answers=[long])) as d:
        await d.hear("Tell me all")
        await d.idle()
        assert len(d.graph.texts) > 1
        assert all(0 < len(text) <= 4096 for text in d.graph.texts)
        assert " ".join(" ".join(d.graph.texts).split()) == " ".join(long.split())
        refused = await d.do(f"{CHAT}/messages", {"text": "x" * 4097}, expect=422)
        assert "4096" in refused["detail"]
        await d.do(f"{CHAT}/messages", {"text": "y" * 4096}, expect=202)
        await d.idle()
        assert d.graph.texts[-1] == "y" * 4096


async def test_nul_and_lone_surrogates_are_kept_safe_on_the_way_in_and_out(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["a\x00b \ud800 c"])) as d:
        d.open_window()
        body = said("PLACE", at=d.clock.now()).replace(b"PLACE", b"x\\u0000y \\ud83d z \\udead \\ud83d\\ude00")
        await d.post(body)
        await d.idle()
        question, answer = await d.history()
        assert question["text"].startswith("x")
        assert question["text"].endswith("\N{GRINNING FACE}")
        for text in (question["text"], answer["text"], d.graph.texts[0]):
            assert "\x00" not in text
            text.encode()
        sent = await d.http.post(
            f"{CHAT}/messages", content=b'{"text": "o\\u0000k \\udfff"}', headers={"Content-Type": "application/json"}
        )
        assert sent.status_code in (202, 422), sent.text
        assert (await d.get("/api/v1/search", q="x"))["items"]
        await d.balanced()


async def test_the_limits_of_a_pair_are_kept_before_meta_has_to_refuse(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["Yes."])) as d:
        await answered(d)
        for number in range(60):
            await d.do(f"{CHAT}/messages", {"text": f"number {number}"}, expect=202)
        await until(lambda: len(d.graph.texts) == 45, seconds=30)
        await d.idle()
        assert len(d.graph.calls) <= 45
        for _ in range(40):
            d.clock.advance(6 * SECOND)
            await d.idle()
        assert {call.status for call in d.graph.calls} == {200}
        assert d.graph.texts == ["Yes.", *(f"number {number}" for number in range(60))]
        await d.balanced()


def _moved(graph_url: str) -> Json:
    """The change that lets the line speak to another address; the token has to be given again."""
    return {"options": {"graph_url": graph_url, "access_token": TOKEN}}


async def test_while_meta_cannot_be_reached_messages_and_files_wait_and_go_on_by_themselves(tmp_path: Path) -> None:
    async with desk(tmp_path, model=FakeModel(answers=["One.", "Two."])) as d:
        account = await d.account()
        shelf: MediaShelf = d.standin.graph.media
        stored = shelf.put(PNG, "image/png", name=None, phone_number_id=NUMBER_ID, inbound=True)
        here, path = account["options"]["graph_url"], f"/api/v1/accounts/{account['id']}"
        await d.http.patch(path, json=_moved("http://127.0.0.1:9"))  # nobody listens there
        await d.hear("First")
        image = {"from": PHONE, "id": "wamid.image", "timestamp": str(d.clock.now() // 1000), "type": "image"}
        await d.post(envelope({"messages": [{**image, "image": {"id": stored.media_id, "mime_type": "image/png"}}]}))
        for _ in range(40):
            d.clock.advance(30 * SECOND)
            await d.idle()
        assert {one["status"] for one in await d.out()} == {"queued"}
        assert (await d.account())["blocked_until"]
        await d.http.patch(path, json=_moved(here))
        for _ in range(10):
            d.clock.advance(15 * SECOND)
            await d.idle()
        assert {one["status"] for one in await d.out()} == {"sent"}
        assert len(d.graph.texts) == len(await d.out())
        assert [one["media"]["state"] for one in await d.history() if one["media"]] == ["stored"]
        await d.balanced()
