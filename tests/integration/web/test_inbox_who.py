"""Who answers a chat and who may is said once, by name, and only where it is so."""

from pathlib import Path

import pytest
from api_house import api_house, hear
from inbox_visit import PASSWORD, the_chat, visit

from frontdesk.testing.desk import fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

HOURS = OPEN_HOUSE + 'hours = ["daily 00:00-24:00"]\n'


def side_of(page: str) -> str:
    """The contact panel's last part: who holds the chat."""
    return page.partition("<h3>Taken over</h3>")[2].partition("</section>")[0]


async def test_an_answer_of_a_program_is_told_with_the_name_of_its_key(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line, visit(line.house) as client:
        await line.arrive(line.message())
        key, _ = await line.desk.api_keys.create("crm", ["write"])
        chat = (await line.chat()).id
        await line.desk.outbox.write(chat, by=key, text="From the program")
        await line.idle()
        page = (await client.get(f"/chats/{chat}")).text
        assert "answered through the API by “crm”." in side_of(page)
        assert "Answered from the inbox" not in page
        assert "A colleague" not in page
        assert '<span dir="auto">API “crm”</span>' in page
        assert "API “crm”" in (await client.get("/inbox/chats")).text


async def test_an_answer_by_a_key_that_is_not_told_apart_is_of_the_api(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        sent = await h.http.post(f"/api/v1/chats/{chat}/messages", json={"text": "From a program"})
        assert sent.status_code < 300
        page = (await client.get(f"/chats/{chat}")).text
        assert "answered through the API" in side_of(page)
        assert "Answered from the inbox" not in page
        assert "A colleague" not in page


async def test_an_answer_on_the_phone_is_told_once(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line, visit(line.house) as client:
        await line.arrive(line.message())
        await line.arrive(line.message("Yes", typed_on_phone=True))
        page = (await client.get(f"/chats/{(await line.chat()).id}")).text
        assert side_of(page).lower().count("answered on the phone") == 1


async def test_who_answered_from_the_inbox_is_told_once(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        await client.post(f"/inbox/chats/{chat}/messages", data={"text": "Yes"})
        told = side_of((await client.get(f"/chats/{chat}")).text)
        assert "you answered." in told
        assert told.lower().count("answered") == 1


async def test_a_chat_is_given_only_to_those_who_may_answer(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        viewer = await h.desk.operators.add("vera", name="Vera", role="viewer", password=PASSWORD)
        gone = await h.desk.operators.add("gus", name="Gus", role="operator", password=PASSWORD)
        await h.desk.operators.change(gone.id, disabled=True)
        await h.desk.operators.add("olga", name="Olga", role="operator", password=PASSWORD)
        page = (await client.get(f"/chats/{chat}")).text
        assert ("Olga" in page, "Vera" in page, "Gus" in page) == (True, False, False)
        for one in (viewer, gone):
            refused = await client.post(f"/inbox/chats/{chat}/assign", data={"assigned_to": one.id})
            assert (refused.status_code, f"{one.name} may not answer chats." in refused.text) == (422, True)


async def test_who_has_a_chat_and_may_no_longer_answer_still_stands_there(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        chat = await the_chat(h)
        olga = await h.desk.operators.add("olga", name="Olga", role="operator", password=PASSWORD)
        await client.post(f"/inbox/chats/{chat}/assign", data={"assigned_to": olga.id})
        await h.desk.operators.change(olga.id, role="viewer")
        assert f'value="{olga.id}" selected>Olga (cannot answer)' in (await client.get(f"/chats/{chat}")).text


@pytest.mark.parametrize(
    ("config", "group", "asked"), [(OPEN_HOUSE, None, ()), (HOURS, "120363@g.us", ("hours", "meant"))]
)
async def test_why_shows_only_the_questions_that_may_refuse_here(
    tmp_path: Path, config: str, group: str | None, asked: tuple[str, ...]
) -> None:
    async with fake_line(tmp_path, config=config, think=FakeThink()) as line, visit(line.house) as client:
        await line.arrive(line.message(group=group))
        await line.idle()
        (message,) = await line.messages("inbound")
        page = (await client.get(f"/inbox/messages/{message.id}/why")).text
        questions = {"hours": "within the hours", "meant": "meant for the agent"}
        assert "The chat is trusted" in page
        assert {word for word, words in questions.items() if words in page} == set(asked)
        for never in ("budget", "The customer wrote it", "after the line was linked"):
            assert never not in page
