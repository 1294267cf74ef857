"""The page of reminders and the card beside a chat, as an operator's browser asks for them."""

from pathlib import Path

from api_house import QUIET, api_house, hear
from inbox_visit import the_chat, visit

LISBON = f'timezone = "Europe/Lisbon"\n{QUIET}'


async def test_the_page_groups_by_when_and_offers_to_take_back(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=LISBON) as h, visit(h) as rita:
        await hear(h)
        chat = await the_chat(h)
        assert "Nothing to remember" in (await rita.get("/reminders")).text
        for what, when in (("Soon", "in 1 hour"), ("Tonight", "this evening"), ("Then", "on Friday")):
            made = await rita.post(f"/inbox/chats/{chat}/reminders", data={"what": what, "when": when})
            assert (made.status_code, what in made.text) == (200, True)
        h.clock.advance(2 * 60 * 60 * 1_000)
        page = (await rita.get("/reminders")).text
        parts = {key: page.index(f'id="group-{key}"') for key in ("due", "today", "later")}
        assert parts["due"] < page.index("Soon") < parts["today"] < page.index("Tonight") < parts["later"]
        assert parts["later"] < page.index("Then")
        items = (await h.http.get("/api/v1/reminders")).json()["items"]
        answer = await rita.post(f"/reminders/{items[0]['id']}/done")
        assert "Undo" in answer.text
        assert "Undo" not in (await rita.post(f"/reminders/{items[0]['id']}/undo")).text


async def test_a_snooze_takes_a_choice_or_words_and_refuses_others(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=LISBON) as h, visit(h) as rita:
        await hear(h)
        await rita.post(f"/inbox/chats/{await the_chat(h)}/reminders", data={"what": "Call", "choice": "hour"})
        (one,) = (await h.http.get("/api/v1/reminders")).json()["items"]
        url = f"/reminders/{one['id']}/snooze"
        for given, at in (
            ({"choice": "tomorrow"}, "2026-11-19T09:00"),
            ({"when": "on Friday at 8:30"}, "2026-11-20T08:30"),
        ):
            assert (await rita.post(url, data=given)).status_code == 200
            (now,) = (await h.http.get("/api/v1/reminders")).json()["items"]
            assert now["snoozed_until"][:16] == at
        for given in ({"choice": "never"}, {"when": " "}, {"when": "whenever"}):
            assert (await rita.post(url, data=given)).status_code == 422


async def test_who_only_reads_is_offered_nothing_to_do(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=LISBON) as h, visit(h, role="viewer", login="vera") as vera:
        await hear(h)
        chat = await the_chat(h)
        made = (await h.http.post("/api/v1/reminders", json={"chat": chat, "what": "Call", "when": "tomorrow"})).json()
        page = (await vera.get("/reminders")).text
        assert "Call" in page
        assert "/snooze" not in page
        assert (await vera.post(f"/reminders/{made['id']}/done")).status_code == 403
        assert (await vera.post(f"/inbox/chats/{chat}/reminders", data={"what": "x"})).status_code == 403
