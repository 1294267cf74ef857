"""Chats and messages by the API."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from api_house import PHONE, api_house, ask, hear
from sqlalchemy import update

from frontdesk.kit.clock import DAY, HOUR, MINUTE, to_iso
from frontdesk.store.tables import contacts
from frontdesk.testing.house import TestHouse


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


async def the_chat(h: TestHouse) -> str:
    return str((await ask(h, f"/api/v1/chats/{PHONE}"))["id"])


async def test_a_chat_is_found_by_every_form_of_its_id(h: TestHouse) -> None:
    await hear(h)
    chat = await ask(h, f"/api/v1/chats/{PHONE}")
    account = chat["account_id"]
    assert (chat["name"], chat["phone"], chat["address"]) == ("Ana Ferreira", PHONE, f"{PHONE}@c.us")
    forms = [chat["id"], f"{account}:{PHONE}", f"{account}:{PHONE}@c.us", f"+{PHONE}", f"{PHONE}@c.us"]
    for form in [*forms, f"{PHONE}@s.whatsapp.net", "+44 7700 900123"]:
        assert (await ask(h, f"/api/v1/chats/{quote(form, safe='')}"))["id"] == chat["id"], form


@pytest.mark.parametrize("unknown", ["cht_0", "447700900999", "nobody", "1@lid", "123-456@g.us", "%00", "%F0%9F%98%80"])
async def test_an_unknown_chat_is_not_found(h: TestHouse, unknown: str) -> None:
    await hear(h)
    for path in (f"/api/v1/chats/{unknown}", f"/api/v1/chats/{unknown}/messages"):
        answer = await h.http.get(path)
        assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


async def test_the_list_comes_in_pages_newest_first(h: TestHouse) -> None:
    for number in range(3):
        await hear(h, phone=f"44770090010{number}", at=h.clock.now() + number * 1000)
    first = await ask(h, "/api/v1/chats", limit=2)
    second = await ask(h, "/api/v1/chats", limit=2, before=first["next"])
    phones = [chat["phone"] for chat in first["items"] + second["items"]]
    assert phones == ["447700900102", "447700900101", "447700900100"]
    assert second["next"] is None


async def test_the_list_is_searched_and_narrowed(h: TestHouse) -> None:
    await hear(h)
    assert len((await ask(h, "/api/v1/chats", q="ferr"))["items"]) == 1
    assert len((await ask(h, "/api/v1/chats", q="+44 77"))["items"]) == 1
    assert (await ask(h, "/api/v1/chats", q="nobody"))["items"] == []
    assert (await ask(h, "/api/v1/chats", state="resolved"))["items"] == []
    assert (await ask(h, "/api/v1/chats", account="acc_0"))["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "state=lost", "before=x", "tab=none"])
async def test_a_list_that_cannot_be_given_is_refused_in_words(h: TestHouse, query: str) -> None:
    answer = await h.http.get(f"/api/v1/chats?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


async def test_what_is_given_is_set_and_the_rest_stays(h: TestHouse) -> None:
    await hear(h)
    change = {"trusted": False, "agent_mode": "draft", "name": "Ana F.", "labels": ["vip"], "state": "pending"}
    changed = (await h.http.patch(f"/api/v1/chats/{PHONE}", json=change)).json()
    assert {name: changed[name] for name in change} == change
    again = (await h.http.patch(f"/api/v1/chats/{PHONE}", json={"trusted": True})).json()
    assert (again["agent_mode"], again["trusted"], again["name"]) == ("draft", True, "Ana F.")


async def test_a_persona_is_named_and_taken_away_with_null(h: TestHouse) -> None:
    await hear(h)
    url = f"/api/v1/chats/{PHONE}"
    assert (await h.http.patch(url, json={"persona": "Front desk"})).json()["persona"] == "Front desk"
    assert (await h.http.patch(url, json={"persona": None})).json()["persona"] is None
    assert (await h.http.patch(url, json={"persona": "Nobody"})).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"trusted": "perhaps"},
        {"agent_mode": "on"},
        {"state": "lost"},
        {"color": "red"},
        [],
        {"trusted": None},
        {"agent_mode": None},
        {"labels": None},
        {"state": None},
    ],
)
async def test_what_cannot_be_set_is_refused_and_changes_nothing(h: TestHouse, body: object) -> None:
    await hear(h)
    before = await ask(h, f"/api/v1/chats/{PHONE}")
    answer = await h.http.patch(f"/api/v1/chats/{PHONE}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert await ask(h, f"/api/v1/chats/{PHONE}") == before


@pytest.mark.parametrize("nothing", [None, "", "  "])
async def test_a_name_is_forgotten_with_null_or_an_empty_text(h: TestHouse, nothing: str | None) -> None:
    await hear(h)
    url = f"/api/v1/chats/{PHONE}"
    assert (await h.http.patch(url, json={"name": "The tall one"})).json()["name"] == "The tall one"
    forgotten = (await h.http.patch(url, json={"name": nothing})).json()
    assert (forgotten["name"], forgotten["contact_name"]) == ("Ana Ferreira", "Ana Ferreira")
    assert [chat["name"] for chat in (await ask(h, "/api/v1/chats", q="Ana"))["items"]] == ["Ana Ferreira"]


async def test_who_has_no_name_of_their_own_is_called_by_their_number_again(h: TestHouse) -> None:
    await hear(h)
    url = f"/api/v1/chats/{PHONE}"
    async with h.built.store.begin() as tx:
        await tx.run(update(contacts).values(name=None))
    assert (await h.http.patch(url, json={"name": "The tall one"})).json()["name"] == "The tall one"
    assert (await h.http.patch(url, json={"name": None})).json()["name"] == "Contact 0123"


async def test_a_chat_is_assigned_only_to_who_may_write_and_to_nobody_with_null(h: TestHouse) -> None:
    await hear(h)
    url, team = f"/api/v1/chats/{PHONE}", h.desk.operators
    viewer, left, writer = [
        (await team.add(login, name=login, role=role)).id
        for login, role in (("vic", "viewer"), ("lea", "operator"), ("olu", "operator"))
    ]
    await team.add("adm", name="Adm", role="admin")
    await team.change(left, disabled=True)
    for nobody in (viewer, left):
        answer = await h.http.patch(url, json={"assigned_to": nobody})
        assert (answer.status_code, "may not answer" in answer.json()["detail"]) == (422, True)
    assert (await h.http.patch(url, json={"assigned_to": writer})).json()["assigned_to"] == writer
    for nothing in (None, ""):
        assert (await h.http.patch(url, json={"assigned_to": nothing})).json()["assigned_to"] is None


async def test_an_unknown_operator_cannot_be_assigned(h: TestHouse) -> None:
    await hear(h)
    answer = await h.http.patch(f"/api/v1/chats/{PHONE}", json={"assigned_to": "opr_0"})
    assert answer.status_code in (404, 422)


async def test_taking_over_holds_the_chat_until_its_time_or_until_handed_back(h: TestHouse) -> None:
    await hear(h)
    url = f"/api/v1/chats/{PHONE}"
    held = (await h.http.post(f"{url}/take-over", json={"minutes": 10, "reason": "A complaint"})).json()
    until = to_iso(h.clock.now() + 10 * MINUTE)
    assert held["held"] == {"by": "api", "until": until, "reason": "A complaint"}
    assert (await h.http.post(f"{url}/take-over", json={"minutes": 0})).json()["held"]["until"] is None
    assert (await h.http.post(f"{url}/hand-back")).json()["held"] is None
    h.clock.advance(1)
    assert (await h.http.post(f"{url}/take-over")).json()["held_until"] == to_iso(h.clock.now() + 240 * MINUTE)
    h.clock.advance(240 * MINUTE)
    assert (await ask(h, url))["held"] is None


async def test_reading_a_chat_leaves_the_wait(h: TestHouse) -> None:
    await hear(h)
    assert (await ask(h, f"/api/v1/chats/{PHONE}"))["unread"] == 1
    seen = (await h.http.post(f"/api/v1/chats/{PHONE}/read")).json()
    assert (seen["unread"], seen["waiting_since"] is None) == (0, False)


async def test_the_history_is_chronological_and_comes_in_pages(h: TestHouse) -> None:
    for number in range(5):
        await hear(h, f"Message {number}", at=h.clock.now() + number * 1000)
    newest = await ask(h, f"/api/v1/chats/{PHONE}/messages", limit=3)
    assert [message["text"] for message in newest["items"]] == ["Message 2", "Message 3", "Message 4"]
    older = await ask(h, f"/api/v1/chats/{PHONE}/messages", limit=3, before=newest["next"])
    assert [message["text"] for message in older["items"]] == ["Message 0", "Message 1"]
    assert older["next"] is None
    by_id = await ask(h, f"/api/v1/chats/{PHONE}/messages", before=newest["items"][0]["id"])
    assert by_id["items"] == older["items"]


async def test_a_message_has_the_shape_of_the_contract(h: TestHouse) -> None:
    await hear(h, "Hi", wamid="wamid.A")
    [message] = (await ask(h, f"/api/v1/chats/{PHONE}/messages"))["items"]
    fields = (
        "id chat_id account_id external_id direction author kind text status provider_time created_at reply_to media"
    )
    assert set(f"{fields} gate turn_id error".split()) <= set(message)
    assert (message["external_id"], message["author"], message["kind"]) == ("wamid.A", "contact", "text")
    assert message["provider_time"].endswith("Z")
    assert message["media"] is None


async def test_an_operators_message_goes_into_the_outbox_and_takes_the_chat_over(h: TestHouse) -> None:
    await hear(h)
    answer = await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "We open at nine."})
    assert answer.status_code == 202
    message = answer.json()
    assert (message["author"], message["direction"], message["text"]) == ("operator", "outbound", "We open at nine.")
    assert (await ask(h, f"/api/v1/chats/{PHONE}"))["held"]["by"] == "api"
    await h.idle()
    assert (await ask(h, f"/api/v1/messages/{message['id']}"))["status"] == "sent"


@pytest.mark.parametrize("where", ["body", "header"])
async def test_the_same_idempotency_key_sends_once(h: TestHouse, where: str) -> None:
    await hear(h)
    url, body = f"/api/v1/chats/{PHONE}/messages", {"text": "Once"}
    headers = {"Idempotency-Key": "k1"} if where == "header" else {}
    body |= {"idempotency_key": "k1"} if where == "body" else {}
    sent = [(await h.http.post(url, json=body, headers=headers)).json()["id"] for _ in range(2)]
    assert sent[0] == sent[1]
    assert len((await ask(h, url))["items"]) == 2


async def test_a_reply_names_the_message_by_our_id_or_the_channels(h: TestHouse) -> None:
    await hear(h, "Question", wamid="wamid.Q")
    url = f"/api/v1/chats/{PHONE}/messages"
    [question] = (await ask(h, url))["items"]
    for name in (question["id"], "wamid.Q"):
        answer = (await h.http.post(url, json={"text": "Answer", "reply_to": name})).json()
        assert (answer["reply_to"], answer["reply_to_external_id"]) == (question["id"], "wamid.Q")
    assert (await h.http.post(url, json={"text": "x", "reply_to": "wamid.none"})).status_code == 404


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": "x" * 4097}, {"text": 5}, {"txt": "x"}])
async def test_a_message_that_cannot_be_sent_is_refused_in_words(h: TestHouse, body: dict[str, object]) -> None:
    await hear(h)
    answer = await h.http.post(f"/api/v1/chats/{PHONE}/messages", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_after_24_hours_only_a_template_may_be_sent(h: TestHouse) -> None:
    await hear(h)
    h.clock.advance(DAY + HOUR)
    answer = await h.http.post(f"/api/v1/chats/{PHONE}/messages", json={"text": "Hello again"})
    assert answer.status_code == 409
    assert "24 hours" in answer.json()["detail"]


async def test_nothing_is_sent_on_a_line_that_is_down(h: TestHouse) -> None:
    await hear(h)
    [account] = (await ask(h, "/api/v1/accounts"))["items"]
    await h.http.post(f"/api/v1/accounts/{account['id']}/disconnect")
    answer = await h.http.post("/api/v1/operator-message", json={"phone": PHONE, "message": "Hi"})
    assert (answer.status_code, "down" in answer.json()["detail"]) == (409, True)


async def test_taking_over_and_handing_back_go_by_phone(h: TestHouse) -> None:
    await hear(h)
    taken = (await h.http.post("/api/v1/takeover", json={"phone": f"+{PHONE}"})).json()
    assert taken["status"] == "takeover_complete"
    assert (await ask(h, f"/api/v1/chats/{PHONE}"))["held"]["by"] == "api"
    back = (await h.http.post("/api/v1/handback", json={"phone": PHONE})).json()
    assert back["status"] == "handback_complete"
    assert (await ask(h, f"/api/v1/chats/{PHONE}"))["held"] is None


async def test_an_operator_message_by_phone_says_which_message_it_became(h: TestHouse) -> None:
    await hear(h)
    body = {"phone": int(PHONE), "message": "Hi", "messageId": None, "media": None}
    answer = (await h.http.post("/api/v1/operator-message", json=body)).json()
    assert (answer["status"], answer["message"]) == ("success", "Message queued for processing")
    assert (await ask(h, f"/api/v1/messages/{answer['message_id']}"))["text"] == "Hi"


@pytest.mark.parametrize("path", ["takeover", "handback", "operator-message"])
async def test_an_unknown_phone_is_404_and_a_malformed_one_422(h: TestHouse, path: str) -> None:
    for phone, status in (("447700900999", 404), ("hello", 422), ("12", 422), ("", 422), (None, 422)):
        answer = await h.http.post(
            f"/api/v1/{path}", json={"phone": phone, "message": "Hi"} if "op" in path else {"phone": phone}
        )
        assert answer.status_code == status, phone


async def test_a_search_finds_messages_by_a_part_of_their_text(h: TestHouse) -> None:
    await hear(h, "Do you have a red bicycle?")
    await hear(h, "And a blue one?")
    [found] = (await ask(h, "/api/v1/search", q="RED bi"))["items"]
    assert found["text"] == "Do you have a red bicycle?"
    assert len((await ask(h, "/api/v1/search", q="a", chat=PHONE))["items"]) == 2
    assert (await ask(h, "/api/v1/search", q="100%"))["items"] == []
    assert (await h.http.get("/api/v1/search")).status_code == 422
