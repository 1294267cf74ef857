"""An operator who was given one line is told nothing of the others, at any door; who sees all is told of all."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from inbox_visit import visit
from sight_doors import DOORS, NAMES, OTHER_PLACES, OTHERS, Ask
from sqlalchemy import select

from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.domain.wire import Damaged, Delivery, LineState, MediaRef, Notice
from frontdesk.kit.clock import SECOND
from frontdesk.store.tables import accounts, alerts, appointments, chats, media, messages, model_choices, reminders
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.house import TestHouse

CONFIG = """
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "off"
prompt = "You answer for a shop."
[[persona]]
name = "Zebra desk"
match = { account = "Zebra line" }
prompt = "Zebra prompt"
"""
ZOE, ANA = "351933333333", "351911111111"
THEIRS = re.compile("zebra|351 ?933 ?333 ?333|351 ?922 ?222 ?222", re.IGNORECASE)
NOWHERE = {
    "account": "acc_00000000nowhere",
    "alert": "alr_00000000nowhere",
    "reminder": "rem_00000000nowhere",
    "appointment": "apt_00000000nowhere",
    "gap": "gap_00000000nowhere",
    "resource": "res_00000000nowhere",
    "service": "svc_00000000nowhere",
    "chat": "cht_00000000nowhere",
    "contact": "con_00000000nowhere",
    "digest": "dig_00000000nowhere",
    "issue": "iss_00000000nowhere",
    "media": "med_00000000nowhere",
    "message": "msg_00000000nowhere",
    "ours": "msg_00000001nowhere",
    "phone": "351944444444",
    "line phone": "351955555555",
    "line": "No such line",
    "file": "nowhere.txt",
    "text": "nowhere",
}
_MADE = re.compile(r"(?:key|dig|iss|kn)_\w+")  # a new one each time


@dataclass(slots=True)
class Two:
    """A house with two lines: `mine` is given to the operator, all else of `theirs` is not."""

    line: FakeLine
    mine: str
    theirs: dict[str, str]

    @property
    def house(self) -> TestHouse:
        """The house."""
        return self.line.house

    async def kept(self) -> list[tuple[Any, ...]]:
        """All that is stored of the other line."""
        of = self.theirs["account"]
        tables = (
            (accounts, accounts.c.id),
            *((each, each.c.account_id) for each in (alerts, appointments, chats, media, messages, reminders)),
        )
        found: list[tuple[Any, ...]] = []
        async with self.line.store.read() as read:
            for table, column in tables:
                found += await read.all(select(table).where(column == of), lambda *columns: columns)
            found += await read.all(select(model_choices), lambda *columns: columns)
        return found


async def _arrive(line: FakeLine, account: str, number: str, *events: Any) -> None:
    await line.desk.intake.receive("fake", [Delivery(number, events)], allowed=frozenset({account}))


async def _furnish(line: FakeLine) -> dict[str, str]:
    """A second line, with something of everything."""
    h, number = line.house, "452"
    line.channel.states = (LineState(line.channel.states[0].state, phone="351922222222"),)
    account = await h.desk.accounts.add("fake", name="Zebra line", options={"number": number})
    await h.desk.accounts.connect(account)
    await h.connected()
    line.channel.files["z"] = b"zebra plan"
    plan = MediaRef("z", "text/plain", name="zebra.txt")
    for event in (
        line.message("A zebra came", who=ZOE, name="Zoe Zebra"),
        line.message(None, who=ZOE, name="Zoe Zebra", kind="document", media=plan),
        Damaged("A zebra could not be read", '{"text": "zebra"}'),
        Notice("quality", {"zebra": 1}, alert="The zebra line has lost quality"),
    ):
        await _arrive(line, account, number, event)
    await h.idle()
    chat = (await h.http.get("/api/v1/chats", params={"account": account})).json()["items"][0]
    said = await h.http.post(f"/api/v1/chats/{chat['id']}/messages", json={"text": "Our zebra"})
    await h.idle()
    put = await h.http.put(f"/api/v1/settings/llm?phone_number={ZOE}", json={"temperature": 0.125})
    assert put.status_code == 200, put.text
    line.clock.advance(SECOND)
    issue = (await h.http.post("/api/v1/digests/now")).json()
    await h.idle()
    booked = await _book(h, account, str(chat["contact_id"]))
    row = (await line.files())[-1]
    told = {"chat": chat["id"], "what": "Feed the zebra", "when": "tomorrow"}
    made = await h.http.post("/api/v1/reminders", json=told)
    assert made.status_code == 201, made.text
    await h.desk.knowledge.note_gap("Do you feed zebras?", chat_id=str(chat["id"]))
    [gap] = await h.desk.knowledge.gaps()
    alert = next(each for each in await line.alerts() if each.account_id == account)
    return {
        "account": account,
        "alert": alert.id,
        **booked,
        "chat": chat["id"],
        "contact": chat["contact_id"],
        "digest": issue["digest_id"],
        "gap": gap.id,
        "issue": issue["id"],
        "media": row.id,
        "message": str(row.message_id),
        "ours": said.json()["id"],
        "phone": ZOE,
        "reminder": made.json()["id"],
        "line phone": "351922222222",
        "line": "Zebra line",
        "file": "zebra.txt",
        "text": "zebra",
    }


async def _book(h: TestHouse, account: str, contact: str) -> dict[str, str]:
    """Something that can be booked on the line, and an appointment."""
    hours = {"tue": ["09:00-17:00"]}
    vet = (
        await h.http.post("/api/v1/resources", json={"name": "Zebra vet", "hours": hours, "account_id": account})
    ).json()
    body = {"name": "Zebra check", "minutes": 30, "account_id": account, "resources": [vet["id"]]}
    check = (await h.http.post("/api/v1/services", json=body)).json()
    body = {"service_id": check["id"], "start": "2026-11-24T10:00", "contact_id": contact, "tell": False}
    made = (await h.http.post("/api/v1/appointments", json=body)).json()
    return {"resource": vet["id"], "service": check["id"], "appointment": made["id"]}


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with fake_line(tmp_path, channel=FakeChannel(), config=CONFIG) as line:
        await line.arrive(line.message("A lion came", who=ANA, name="Ana Lion"))
        theirs = await _furnish(line)
        people = line.desk.operators
        await people.add("zed", name="Zed", role="operator", sees="given", accounts=[theirs["account"]])
        yield Two(line, line.account_id, theirs)


async def narrow(two: Two, login: str, *accounts: str) -> str:
    """From now on the operator sees these lines only; gives the operator's id."""
    who = next(row.id for row in await two.house.desk.operators.all() if row.login == login)
    await two.house.desk.operators.change(who, sees="given", accounts=list(accounts))
    return str(who)


def doors(h: TestHouse) -> set[str]:
    """Each method and path of the application."""
    contexts = iter_route_contexts(h.built.web.routes)
    return {f"{method} {each.path}" for each in contexts for method in each.methods or ("WS",)}


def paths(path: str) -> Iterable[str]:
    """The path with each form of what its parameters stand for."""
    names = re.findall(r"\{(\w+)\}", path)
    for values in product(*(NAMES[name] for name in names)):
        filled = path
        for name, value in zip(names, values, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        yield filled


def meant(what: Any, words: dict[str, str]) -> Any:
    """What is asked for, with the ids of a line in the place of the words that stand for them."""
    if isinstance(what, dict):
        return {key: meant(value, words) for key, value in what.items()}
    if isinstance(what, list):
        return [meant(value, words) for value in what]
    return re.sub(r"<([\w ]+)>", lambda found: words[found[1]], what) if isinstance(what, str) else what


async def asked(
    client: httpx2.AsyncClient, method: str, path: str, *, ask: Ask, words: dict[str, str], part: bool
) -> httpx2.Response:
    files = {"file": ("x.txt", b"x", "text/plain")} if ask.file else None
    return await client.request(
        method,
        meant(path + ask.query, words),
        headers={"HX-Request": "true"} if part else {},
        json=meant(ask.json, words),
        data=meant(ask.data, words),
        files=files,
    )


def plainly(answer: httpx2.Response, words: dict[str, str]) -> tuple[int, str]:
    """The answer without what was asked for, which it may repeat, and without what is new on each page."""
    text = _MADE.sub("key", answer.text)
    phones = [display(Address(AddressKind.PHONE, words[name])) for name in ("phone", "line phone")]
    for value in sorted([*words.values(), *phones], key=len, reverse=True):
        text = text.replace(value, "…")
    return answer.status_code, text


async def test_every_door_stands_in_the_table(two: Two) -> None:
    everything = {door for door in doors(two.house) if not any(place in door for place in OTHER_PLACES)}
    assert everything == DOORS.keys() | OTHERS


async def test_who_was_given_one_line_is_told_nothing_of_another_at_any_door(two: Two) -> None:
    async with visit(two.house, role="operator") as client:
        await narrow(two, "rita", two.mine)
        before = await two.kept()
        for door, asks in DOORS.items():
            method, path = door.split(" ", 1)
            for ask, one, part in product(asks, paths(path), (False, True)):
                given = await asked(client, method, one, ask=ask, words=two.theirs, part=part)
                unknown = await asked(client, method, one, ask=ask, words=NOWHERE, part=part)
                told, expected = plainly(given, two.theirs), plainly(unknown, NOWHERE)
                assert told == expected, f"{method} {one}{ask.query} ({part=})"
                assert not THEIRS.search(told[1]), f"{method} {one}{ask.query}: {told[1]}"
                assert given.status_code != 500, f"{method} {one}{ask.query}: {given.text}"
        assert await two.kept() == before


async def test_who_sees_all_is_told_of_every_line_at_these_doors(two: Two) -> None:
    silent = []
    async with visit(two.house, role="admin") as client:
        for door, asks in DOORS.items():
            method, path = door.split(" ", 1)
            for ask, one in product([ask for ask in asks if ask.tells], paths(path)):
                given = await asked(client, method, one, ask=ask, words=two.theirs, part=False)
                unknown = await asked(client, method, one, ask=ask, words=NOWHERE, part=False)
                told = [two.theirs["account"] in given.text, THEIRS.search(given.text) is not None]
                differs = plainly(given, two.theirs) != plainly(unknown, NOWHERE)
                if not (given.status_code == 200 and (any(told) or differs)):
                    silent.append(f"{method} {one}{ask.query}: {given.status_code}")
    assert silent == []


async def test_who_was_given_one_line_works_on_it_as_before(two: Two) -> None:
    async with visit(two.house, role="operator") as client:
        await narrow(two, "rita", two.mine)
        (chat,) = (await client.get("/api/v1/chats")).json()["items"]
        assert (chat["account_id"], chat["name"]) == (two.mine, "Ana Lion")
        for path in (f"/api/v1/chats/{ANA}", f"/chats/{chat['id']}", "/", f"/api/v1/accounts/{two.mine}"):
            assert (await client.get(path)).status_code == 200, path
        assert "Ana Lion" in (await client.get("/")).text
        wrote = await client.post(f"/inbox/chats/{chat['id']}/messages", data={"text": "Our lion"})
        assert wrote.status_code == 200
        assert "Our lion" in (await client.get("/api/v1/search", params={"q": "lion"})).text


async def test_a_file_in_sight_is_found_by_its_name_whatever_else_is_called_so(two: Two) -> None:
    two.line.channel.files["l"] = b"lion plan"
    plan = MediaRef("l", "text/plain", name=two.theirs["file"])
    await two.line.arrive(two.line.message(None, who=ANA, kind="document", media=plan))
    await two.line.idle()
    async with visit(two.house, role="operator") as client:
        assert (await client.get(f"/api/files/{two.theirs['file']}")).status_code == 409
        await narrow(two, "rita", two.mine)
        assert (await client.get(f"/api/files/{two.theirs['file']}")).content == b"lion plan"


async def test_what_is_named_in_a_body_beside_a_line_in_sight_has_to_be_in_sight_too(two: Two) -> None:
    async with visit(two.house, role="operator") as client:
        zed = next(row.id for row in await two.house.desk.operators.all() if row.login == "zed")
        await narrow(two, "rita", two.mine)
        (chat,) = (await client.get("/api/v1/chats")).json()["items"]
        here = f"/api/v1/chats/{chat['id']}"
        for path, body in (
            (f"{here}/messages", {"text": "x", "reply_to": "<message>"}),
            (f"{here}/messages", {"text": "x", "media": "<media>"}),
            (f"{here}/messages", {"text": "x", "kind": "edit", "content": {"target": "<ours>"}}),
            (f"/api/v1/contacts/{chat['id']}/merge", {"with": "<chat>"}),
            (f"/api/v1/contacts/{chat['id']}/merge", {"with": "<account>:<phone>"}),
        ):
            given = await client.post(path, json=meant(body, two.theirs))
            unknown = await client.post(path, json=meant(body, NOWHERE))
            assert plainly(given, two.theirs) == plainly(unknown, NOWHERE), (path, body)
            assert given.status_code in (404, 409, 422), given.text
        merged = await client.post(f"/inbox/chats/{chat['id']}/same", data={"other": two.theirs["chat"]})
        assert merged.status_code == 404
        assigned = await client.patch(here, json={"assigned_to": zed})
        assert assigned.status_code == 422
        assert "does not see the line" in assigned.text
        assert "Zed" not in (await client.get(f"/chats/{chat['id']}")).text
