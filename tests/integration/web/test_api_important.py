"""Messages are listed by how much they matter: over all chats in sight, of a time, of a line, and what waits."""

from pathlib import Path
from typing import Any

from inbox_visit import visit

from frontdesk.desk.importance import SOON
from frontdesk.kit.clock import HOUR, to_iso
from frontdesk.store.pages_important import Important, important
from frontdesk.testing.desk import FakeLine, fake_line

OFF = '[[persona]]\nname = "Nobody"\nagent_mode = "off"\n'
BEA = "447700900999"
SMOKE, CANCEL, SISTER, THANKS = "There is smoke everywhere", "I have to cancel today", "I met your sister", "thanks"


async def told(line: FakeLine, *texts: str | None, **more: Any) -> None:
    for text in texts:
        await line.arrive(line.message(text, **more))
    await line.desk.importance.close()
    await line.pass_time(SOON)


async def asked(line: FakeLine, **query: Any) -> dict[str, Any]:
    answer = await line.house.http.get("/api/v1/messages", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def said(line: FakeLine, **query: Any) -> list[str]:
    return [one["text"] for one in (await asked(line, **query))["items"]]


async def test_what_matters_is_listed_over_all_chats_the_newest_first(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, SMOKE, THANKS)
        await told(line, CANCEL, SISTER, who=BEA)
        assert await said(line) == [CANCEL, SMOKE]
        assert await said(line, importance_min=5) == [SMOKE]
        assert await said(line, importance_min=3) == [SISTER, CANCEL, SMOKE]
        assert await said(line, importance_min=1) == [SISTER, CANCEL, THANKS, SMOKE]
        (first,) = (await asked(line, importance_min=5))["items"]
        assert (first["importance"]["level"], first["importance"]["by"]) == (5, "rules")
        for wrong in ("0", "6", "x"):
            refused = await line.house.http.get("/api/v1/messages", params={"importance_min": wrong})
            assert refused.status_code == 422


async def test_pages_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, *(f"{SMOKE} {number}" for number in range(5)))
        found: list[str] = []
        before: dict[str, Any] = {}
        while True:
            page = await asked(line, limit=2, **before)
            found += [one["text"] for one in page["items"]]
            if page["next"] is None:
                break
            before = {"before": page["next"]}
        assert found == [f"{SMOKE} {number}" for number in reversed(range(5))]


async def test_it_is_narrowed_by_time_and_by_line(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, f"{SMOKE} at first")
        line.clock.advance(HOUR)
        then = to_iso(line.clock.now())
        await told(line, f"{SMOKE} again")
        assert await said(line, since=then) == [f"{SMOKE} again"]
        assert await said(line, until=then) == [f"{SMOKE} at first"]
        assert len(await said(line, account=line.account_id)) == 2
        assert await said(line, account="acc_other") == []


async def test_what_somebody_has_answered_waits_no_more(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, SMOKE)
        await told(line, CANCEL, who=BEA)
        await line.desk.outbox.write((await line.chat()).id, by="api", text="We are coming")
        await line.idle()
        assert await said(line, unanswered="true") == [CANCEL]
        await line.desk.chats.change((await line.chat(BEA)).id, by="api", state="resolved")
        assert await said(line, unanswered="true") == []


async def test_what_was_taken_back_is_not_listed(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, SMOKE, external_id="one")
        await told(line, None, kind="revoke", content={"target": "one"})
        assert await said(line) == []


async def test_nobody_is_told_of_lines_that_they_do_not_see(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, SMOKE)
        async with line.store.read() as read:
            for least in (1, 4):
                assert (await important(read, Important(least, sight=frozenset({"acc_other"})))).items == ()
                assert len((await important(read, Important(least, sight=frozenset({line.account_id})))).items) == 1


async def test_the_inbox_lists_chats_in_which_something_important_waits(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await told(line, SMOKE, name="Ana")
        await told(line, THANKS, who=BEA, name="Bea")
        async with visit(line.house) as client:

            async def cards() -> str:
                shown = (await client.get("/inbox/chats", params={"state": "important"})).text
                return shown.partition('id="cards"')[2]

            assert "Ana" in await cards()
            assert "Bea" not in await cards()
            api = (await line.house.http.get("/api/v1/chats", params={"important": "true"})).json()["items"]
            assert [chat["name"] for chat in api] == ["Ana"]
            await line.desk.outbox.write((await line.chat()).id, by="api", text="We are coming")
            await line.idle()
            assert "Nothing important waits" in await cards()
