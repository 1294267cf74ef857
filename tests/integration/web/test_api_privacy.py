"""One person's archive, and their erasure, through the API and in the inbox."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from inbox_visit import visit

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Damaged, GroupChange, MediaRef, Member, Notice
from frontdesk.store import alerts, contacts, knowledge
from frontdesk.testing.desk import ANA, FakeLine, fake_line

BEA = "447700900999"
GROUP = "12036304@g.us"
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"
CONFIG = """
timezone = "Europe/Lisbon"
[[persona]]
name = "Desk"
trusted = true
agent_mode = "off"
"""


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=CONFIG) as line:
        yield line


async def live_through(line: FakeLine) -> None:
    line.channel.files["p"] = PNG
    picture: dict[str, Any] = {"kind": "image", "media": MediaRef("p", mime="image/png", name="../X-ray <1>.png")}
    await line.arrive(line.message("Is Tuesday free? <b>bold</b>"), line.message("=1+1"))
    await line.arrive(line.message("Here it is", **picture))
    await line.arrive(line.message("In the club", group=Address(AddressKind.GROUP, GROUP)))
    await line.arrive(
        line.message("Somebody else's words", who=BEA, name="Bea", group=Address(AddressKind.GROUP, GROUP))
    )
    await line.idle()
    answer = await line.house.http.post(f"/api/v1/chats/{ANA}/messages", json={"text": "Yes, at ten"})
    assert answer.status_code == 202
    await line.idle()


async def exported(line: FakeLine, who: str = ANA) -> zipfile.ZipFile:
    answer = await line.house.http.get(f"/api/v1/contacts/{who}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    return zipfile.ZipFile(io.BytesIO(answer.content))


async def test_the_archive_holds_all_that_a_person_wrote_and_was_told(line: FakeLine) -> None:
    await live_through(line)
    archive = await exported(line)
    assert archive.testzip() is None
    messages = json.loads(archive.read("messages.json"))
    texts = ["Is Tuesday free? <b>bold</b>", "=1+1", "Here it is", "Yes, at ten", "In the club"]
    assert [each["text"] for each in messages] == texts
    assert [each["from"] for each in messages] == ["Ana", "Ana", "Ana", "We", "Ana"]
    contact = json.loads(archive.read("contact.json"))
    assert contact["contact"]["name"] == "Ana"
    assert [each["value"] for each in contact["addresses"]] == [ANA]
    assert len(contact["chats"]) == 2
    page = archive.read("index.html").decode()
    assert "Is Tuesday free? &lt;b&gt;bold&lt;/b&gt;" in page
    assert "<script" not in page
    assert "Somebody else" not in page


async def test_files_are_in_it_under_their_names_and_the_page_shows_them(line: FakeLine) -> None:
    await live_through(line)
    archive = await exported(line)
    (name,) = [each for each in archive.namelist() if each.startswith("media/")]
    assert name == "media/0001 X-ray _1_.png"
    assert archive.read(name) == PNG
    assert 'src="media/0001%20X-ray%20_1_.png"' in archive.read("index.html").decode()
    (told,) = [each["file"] for each in json.loads(archive.read("messages.json")) if each["file"]]
    assert told["path"] == name


async def test_what_has_no_words_is_said_in_words_and_an_answer_shows_what_it_answers(line: FakeLine) -> None:
    line.channel.files["v"] = b"OggS" + bytes(3_000)
    place = {"latitude": 38.7, "longitude": -9.1, "name": "Rua Augusta"}
    card = {"contacts": [{"name": {"formatted_name": "Bea"}, "phones": [{"phone": "+44 20"}]}, "x"]}
    await line.arrive(line.message("Is Tuesday free?", external_id="one"))
    await line.arrive(line.message("Or Friday?", reply_to="one"))
    await line.arrive(line.message(None, kind="location", content=place))
    await line.arrive(line.message(None, kind="contacts", content=card))
    await line.arrive(line.message("👍", kind="reaction", content={"target": "one", "emoji": "👍"}))
    await line.arrive(line.message(None, kind="audio", media=MediaRef("v", mime="audio/ogg", voice=True)))
    await line.idle()
    archive = await exported(line)
    page = archive.read("index.html").decode()
    said = ("Place: Rua Augusta, 38.7, -9.1", "Contact card: Bea, +44 20", "Reacted with 👍", "</audio>", "3 kB")
    assert [words for words in said if words not in page] == []
    assert page.count('<blockquote dir="auto">Is Tuesday free?</blockquote>') == 1
    assert "[" not in page.partition("<h2")[2]
    assert "media/0001 audio.oga" in archive.namelist()
    assert "Place: Rua Augusta" in archive.read("messages.csv").decode("utf-8-sig")


async def test_a_spreadsheet_calculates_nothing_of_what_was_written(line: FakeLine) -> None:
    await live_through(line)
    rows = list(csv.DictReader(io.StringIO((await exported(line)).read("messages.csv").decode("utf-8-sig"))))
    assert [row["text"] for row in rows][1:3] == ["'=1+1", "Here it is"]
    assert rows[0]["from"] == "Ana"


async def test_a_long_history_is_written_page_by_page(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.web.export.PAGE", 2)
    await line.arrive(*(line.message(str(number)) for number in range(7)))
    archive = await exported(line)
    assert [each["text"] for each in json.loads(archive.read("messages.json"))] == [str(n) for n in range(7)]
    assert archive.read("index.html").decode().count("<article") == 7
    assert archive.read("index.html").decode().count("<h3>") == 1


async def test_who_has_written_nothing_has_an_archive_too(line: FakeLine) -> None:
    async with line.store.begin() as tx:
        await contacts.add(tx, "con_book", account_id=line.account_id, created_at=0, given_name="Zoe", username=None)
    archive = await exported(line, "con_book")
    assert json.loads(archive.read("messages.json")) == []
    assert "There are no messages." in archive.read("index.html").decode()


async def test_erased_through_the_api_a_person_is_gone(line: FakeLine) -> None:
    await live_through(line)
    api = line.house.http
    assert (await api.delete(f"/api/v1/contacts/{ANA}")).status_code == 204
    for path in (f"/api/v1/chats/{ANA}", f"/api/v1/contacts/{ANA}/export"):
        assert (await api.get(path)).status_code == 404
    assert (await api.delete(f"/api/v1/contacts/{ANA}")).status_code == 404
    assert (await api.get("/api/v1/ledger")).json()["balanced"] is True


@pytest.mark.parametrize("contact", ["con_none", "447700900777", "nonsense!"])
async def test_nobody_is_not_exported_and_not_erased(line: FakeLine, contact: str) -> None:
    for method in ("GET", "DELETE"):
        path = f"/api/v1/contacts/{contact}" + ("/export" if method == "GET" else "")
        assert (await line.house.http.request(method, path)).status_code == 404


async def test_a_group_is_no_person(line: FakeLine) -> None:
    await live_through(line)
    answer = await line.house.http.delete(f"/api/v1/contacts/{GROUP}")
    assert (answer.status_code, "no person" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("scope", ["read", "write"])
async def test_both_are_for_admins(line: FakeLine, scope: str) -> None:
    await line.arrive(line.message("Hello"))
    _, key = await line.desk.api_keys.create("crm", [scope])
    headers = {"X-Api-Key": key}
    for method, path in (("GET", f"/api/v1/contacts/{ANA}/export"), ("DELETE", f"/api/v1/contacts/{ANA}")):
        assert (await line.house.http.request(method, path, headers=headers)).status_code == 403


async def test_in_the_inbox_an_admin_exports_and_erases(line: FakeLine) -> None:
    await live_through(line)
    chat = (await line.chat()).id
    async with visit(line.house) as http:
        page = (await http.get(f"/chats/{chat}")).text
        assert f"/inbox/chats/{chat}/export" in page
        assert f"/inbox/chats/{chat}/erase" in page
        archive = await http.get(f"/inbox/chats/{chat}/export")
        assert "Ana.zip" in archive.headers["content-disposition"]
        gone = await http.post(f"/inbox/chats/{chat}/erase")
        assert (gone.status_code, gone.headers["hx-redirect"]) == (204, "/")
    assert [row.group_ref for row in await line.chats()] == [GROUP]


async def test_in_the_inbox_others_see_no_such_button(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    chat = (await line.chat()).id
    async with visit(line.house, role="operator") as http:
        page = (await http.get(f"/chats/{chat}")).text
        assert "/erase" not in page
        assert (await http.post(f"/inbox/chats/{chat}/erase")).status_code == 403


async def test_what_the_house_noted_of_a_person_is_in_it(line: FakeLine) -> None:
    await live_through(line)
    chat, now = await line.chat(), line.clock.now()
    async with line.store.begin() as tx:
        await alerts.raise_(tx, now=now, kind="x", sentence="Ana needs a person", chat_id=chat.id)
        await knowledge.add_gap(tx, "How much is a crown?", chat_id=chat.id, now=now)
    await line.arrive(Damaged("It cannot be read.", f'{{"from": "{ANA}"}}'), Notice("field", {"number": ANA}))
    group = Address(AddressKind.GROUP, GROUP)
    await line.arrive(GroupChange(group, "The club", members=(Member((Address(AddressKind.PHONE, ANA),), "Ana"),)))
    put = await line.house.http.put(f"/api/v1/settings/llm?phone_number={ANA}", json={"temperature": 0.5})
    assert put.status_code == 200, put.text
    contact = json.loads((await exported(line)).read("contact.json"))
    assert [each["sentence"] for each in contact["alerts"]] == ["Ana needs a person"]
    assert [each["question"] for each in contact["questions_without_an_answer"]] == ["How much is a crown?"]
    assert [each["name"] for each in contact["groups"]] == ["The club"]
    assert [each["temperature"] for each in contact["model_set_for_this_number"]] == [0.5]
    assert len(contact["what_could_not_be_read"]) == len(contact["notices_of_the_line"]) == 1
