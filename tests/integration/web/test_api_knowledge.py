"""The knowledge base by the API: files, answers by hand, questions without an answer; and its page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_house import api_house, ask, hear
from inbox_visit import messages_in, the_chat, visit

from frontdesk.testing.documents import column, pdf
from frontdesk.testing.house import TestHouse

V1 = "/api/v1/knowledge"
ANSWERS = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
only_from_knowledge = true
"""
PRICES = pdf(column(("Treatment", "Price"), ("Cleaning", "60 €"), ("Filling", "85 €"), ("Crown", "400 €")))
HOSTILE = "<script>alert(1)</script> {{ 7*7 }}"


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


async def test_a_file_is_imported_found_and_forgotten(h: TestHouse) -> None:
    made = await h.http.post(f"{V1}/files", files={"file": ("C:\\docs\\prices.pdf", PRICES)})
    assert (made.status_code, made.json()) == (201, {"passages": 4, "notes": []})
    [found] = (await ask(h, f"{V1}/search", q="how much is a crown", limit=1))["items"]
    assert (found["text"], found["source"], found["page"]) == ("Treatment: Crown\nPrice: 400 €", "prices.pdf", 1)
    assert found["score"] > 0.45
    assert {row["page"] for row in (await ask(h, V1))["items"]} == {1}
    assert (await h.http.delete(V1, params={"source": "prices.pdf"})).status_code == 204
    assert (await ask(h, V1))["items"] == []


async def test_a_file_that_cannot_be_read_is_refused_in_words(h: TestHouse) -> None:
    for name, says in (("scan.pdf", "pictures of text only"), ("a.xlsx", "Save it as PDF"), ("a.docx", "is broken")):
        refused = await h.http.post(f"{V1}/files", files={"file": (name, pdf([]))})
        assert (refused.status_code, says in refused.text) == (422, True), refused.text
    assert (await ask(h, V1))["items"] == []


async def test_answers_are_written_changed_and_forgotten_one_by_one(h: TestHouse) -> None:
    body = {"question": "Do you sell vouchers?", "answer": "Yes."}
    made = await h.http.post(f"{V1}/answers", json=body)
    await h.http.post(f"{V1}/answers", json={"question": "Do you bake?", "answer": "No."})
    one = made.json()["id"]
    assert (await h.http.put(f"{V1}/answers/{one}", json=body | {"answer": "No."})).status_code == 204
    assert (await h.http.put(f"{V1}/answers/kn_none", json=body)).status_code == 404
    assert (await h.http.delete(f"{V1}/{one}")).status_code == 204
    assert [row["title"] for row in (await ask(h, V1))["items"]] == ["Do you bake?"]


async def test_an_open_question_is_answered_or_closed(h: TestHouse) -> None:
    for question in ("Do you bake?", "Do you cook?"):
        await h.desk.knowledge.note_gap(question, chat_id=None)
    newest, oldest = (await ask(h, f"{V1}/gaps"))["items"]
    assert (await h.http.post(f"{V1}/gaps/{newest['id']}/close")).status_code == 204
    assert (await h.http.post(f"{V1}/gaps/{oldest['id']}/answer", json={"answer": "Yes."})).status_code == 201
    assert (await h.http.post(f"{V1}/gaps/{oldest['id']}/answer", json={"answer": "Yes."})).status_code == 404
    assert (await ask(h, f"{V1}/gaps"))["items"] == []
    assert [row["title"] for row in (await ask(h, V1))["items"]] == ["Do you bake?"]


async def test_what_files_and_people_say_is_escaped_on_the_page(h: TestHouse) -> None:
    await hear(h, "Hi")
    await h.desk.knowledge.note_gap(HOSTILE, chat_id=None)
    await h.desk.knowledge.write(HOSTILE, HOSTILE)
    await h.desk.knowledge.paste(HOSTILE, f"{HOSTILE}\n\nMore.")
    async with visit(h) as client:
        for params in ({}, {"q": "alert script"}, {"source": HOSTILE}):
            page = (await client.get("/knowledge", params=params)).text
            assert "&lt;script&gt;alert(1)" in page
            assert "<script>alert" not in page


async def test_who_may_only_look_is_offered_no_form(h: TestHouse) -> None:
    await h.desk.knowledge.note_gap("Do you bake?", chat_id=None)
    await h.desk.knowledge.write("Do you cook?", "Yes.")
    async with visit(h, role="viewer") as client:
        page = (await client.get("/knowledge")).text
        assert "Do you bake?" in page
        assert 'hx-post="/knowledge' not in page
        assert (await client.post("/knowledge/text", data={"title": "x", "text": "x"})).status_code == 403


async def test_a_question_that_a_file_answers_by_now_says_so(h: TestHouse) -> None:
    await h.desk.knowledge.note_gap("How much is a crown?", chat_id=None)
    async with visit(h) as client:
        assert "answered by now" not in (await client.get("/knowledge")).text
        sent = await client.post("/knowledge/files", files={"file": ("prices.pdf", PRICES)})
        assert "prices.pdf: 4 passages." in sent.text
        assert "answered by now: prices: Crown (prices.pdf, page 1)" in sent.text


async def test_a_reply_names_the_file_and_the_page_that_it_was_drawn_from(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=ANSWERS) as h, visit(h) as client:
        await h.desk.knowledge.take("prices.pdf", PRICES)
        await hear(h, "How much is a crown?")
        await h.idle()
        page = await client.get(f"/chats/{await the_chat(h)}")
        assert "Price: 400 €" in page.text
        why = await client.get(f"/inbox/messages/{messages_in(page.text)[-1]}/why")
        assert "(prices.pdf, page 1)" in why.text
        assert "Only from knowledge" in (await client.get("/personas")).text


async def test_the_personas_page_says_what_answers_are_taken_from(h: TestHouse, tmp_path: Path) -> None:
    async with visit(h) as client:
        assert "and what the model knows" in (await client.get("/personas")).text
