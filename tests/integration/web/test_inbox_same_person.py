"""The panel beside a chat offers who may be the same person, and the address of a chat that went leads on."""

from pathlib import Path

from inbox_visit import visit

from frontdesk.testing.desk import ANA, fake_line

BEA = "447700900999"


async def test_a_search_offers_people_of_the_line_and_neither_groups_nor_the_chat_itself(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        await line.arrive(
            line.message(name="Ana One"),
            line.message(who=BEA, name="Ana Two"),
            line.message(who="447700900777", name="Somebody", group="120363@g.us"),
        )
        chat = await line.chat(ANA)
        async with visit(line.house) as client:
            found = (await client.get(f"/inbox/chats/{chat.id}/same", params={"q": "ana"})).text
            by_number = (await client.get(f"/inbox/chats/{chat.id}/same", params={"q": "+447700900999"})).text
            nobody = (await client.get(f"/inbox/chats/{chat.id}/same", params={"q": "Group"})).text
        assert found.count("Yes, make them one") == by_number.count("Yes, make them one") == 1
        assert "Ana Two" in found
        assert f"+{BEA}" in by_number
        assert "Nobody else on this line" in nobody


async def test_what_the_line_itself_tells_of_one_person_is_not_offered_to_be_taken_apart(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        await line.arrive(line.message(who=(ANA, "193482084496589@lid")), line.message(who=BEA))
        ana, bea = await line.chat(ANA), await line.chat(BEA)
        async with visit(line.house) as client:
            told = (await client.get(f"/chats/{ana.id}")).text
            await client.post(f"/inbox/chats/{ana.id}/same", data={"other": bea.id})
            joined = (await client.get(f"/chats/{ana.id}")).text
        assert (told.count("193482084496589"), told.count("Not the same person")) == (1, 0)
        assert joined.count("Not the same person") == 2


async def test_the_page_of_a_chat_that_went_leads_to_the_one_that_stayed(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        await line.arrive(line.message(), line.message(who=BEA, name="Bea"), line.message(who="44770090077", name="C"))
        ana, bea, third = await line.chat(ANA), await line.chat(BEA), await line.chat("44770090077")
        async with visit(line.house) as client:
            for keep, gone in ((bea, third), (ana, bea)):
                merged = await client.post(f"/inbox/chats/{keep.id}/same", data={"other": gone.id})
                assert merged.headers["HX-Redirect"] == f"/chats/{keep.id}"
            for gone in (bea, third):
                page = await client.get(f"/chats/{gone.id}")
                assert (page.status_code, page.headers["Location"]) == (303, f"/chats/{ana.id}")
                part = await client.get(f"/inbox/chats/{gone.id}", headers={"HX-Request": "true"})
                assert part.headers["HX-Redirect"] == f"/chats/{ana.id}"


async def test_who_may_only_read_makes_nobody_one(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        await line.arrive(line.message(), line.message(who=BEA, name="Bea"))
        ana, bea = await line.chat(ANA), await line.chat(BEA)
        async with visit(line.house, role="viewer") as client:
            for act, given in (("same", {"other": bea.id}), ("apart", {"address": ANA})):
                assert (await client.post(f"/inbox/chats/{ana.id}/{act}", data=given)).status_code == 403
        assert len(await line.chats()) == 2
