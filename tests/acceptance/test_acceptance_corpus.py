"""Everything that the Cloud API is known to send, through HTTP into the database and out by the API."""

import json
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from acceptance_desk import (
    CORPUS,
    INDEX,
    NUMBER_ID,
    OTHER_NUMBER_ID,
    SECRET,
    Desk,
    Json,
    desk,
    envelope,
    signed,
)
from sqlalchemy import delete

from frontdesk.domain.messages import ANSWERABLE
from frontdesk.store.tables import metadata
from frontdesk.testing.clock import FrozenClock

pytestmark = pytest.mark.both_shapes

SILENT = """
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "off"
"""
NOW = 1_790_060_000_000  # a little after the newest sample


def raw(sample: Json) -> bytes:
    return (CORPUS / "cloud" / str(sample["file"])).read_bytes()


@pytest.fixture
async def corpus_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A house with both numbers of the samples; media cannot be fetched from its Graph API."""
    async with desk(tmp_path, config=SILENT, clock=FrozenClock(NOW)) as d:
        first = await d.account()
        options = {
            "phone_number_id": OTHER_NUMBER_ID,
            "access_token": "another",
            "app_secret": SECRET,
            "graph_url": first["options"]["graph_url"],
        }
        await d.do("/api/v1/accounts", {"channel": "cloud", "name": "Second", "options": options})
        yield d


async def everything(d: Desk) -> Json:
    """All that the API shows of what arrived, without what counts deliveries."""
    chats = (await d.get("/api/v1/chats", limit=200))["items"]
    messages = {one["id"]: await d.history(one["id"]) for one in chats}
    dead = (await d.get("/api/v1/dead-letters"))["items"]
    return {"chats": chats, "messages": messages, "dead": {(one["reason"], one["raw"]) for one in dead}}


def stored(state: Json) -> list[Json]:
    return [message for found in state["messages"].values() for message in found]


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def refs(d: Desk) -> dict[str, str]:
    return {one["id"]: one["line_ref"] for one in (await d.get("/api/v1/accounts"))["items"]}


def check_message(state: Json, wanted: Json, lines: dict[str, str]) -> None:
    """The message is stored once, in the chat of who wrote it, with all that the index says."""
    found = [one for one in stored(state) if one["external_id"] == wanted["id"]]
    assert len(found) == 1, wanted["id"]
    message = found[0]
    chat = next(one for one in state["chats"] if one["id"] == message["chat_id"])
    assert (message["direction"], message["author"], message["kind"]) == ("inbound", "contact", wanted["type"])
    assert message["text"] == wanted["text"]
    assert lines[message["account_id"]] == wanted["phone_number_id"]
    assert message["reply_to_external_id"] == wanted["context_id"]
    assert (message["media"] is not None) == (wanted["media_id"] is not None)
    if wanted["timestamp"] is not None:
        assert datetime.fromisoformat(message["provider_time"]).timestamp() == wanted["timestamp"]
    check_sender(chat, wanted)
    check_content(message, wanted)
    answerable = wanted["type"] in ANSWERABLE
    assert message["gate"] is not None or answerable  # what asks for no answer is refused at once, with its reason


def check_sender(chat: Json, wanted: Json) -> None:
    if wanted["group_id"]:
        assert chat["is_group"]
        assert wanted["group_id"] in chat["addresses"][0]
        return
    known = " ".join(chat["addresses"])
    ids = [wanted["from"], wanted["user_id"]] if wanted["type"] != "system" else [wanted["new_wa_id"]]
    assert all(one in known for one in ids if one), (ids, known)
    if wanted["name"]:
        assert wanted["name"] in (chat["name"], chat["contact_name"])


def check_content(message: Json, wanted: Json) -> None:
    content = json.dumps(message["content"], ensure_ascii=False)
    names = ("reply_id", "latitude", "longitude", "reaction_to", "original_message_id", "error_code", "flow_token")
    for name in (*names, "unsupported_type", "system_type", "new_wa_id"):
        if wanted.get(name) is not None:
            assert str(wanted[name]) in content, (name, content)
    if wanted.get("filename"):
        assert message["media"]["name"] == wanted["filename"]


async def test_every_sample_reaches_the_database_and_a_repetition_changes_nothing(corpus_desk: Desk) -> None:
    wrong: dict[str, str] = {}
    for sample in INDEX["files"]:
        await forget_everything(corpus_desk)
        try:
            await check_sample(corpus_desk, sample)
        except (AssertionError, StopIteration, KeyError) as problem:
            wrong[sample["name"]] = str(problem)[:600]
    assert not wrong


async def check_sample(d: Desk, sample: Json) -> None:
    expect = sample["expect"]
    headers = {"X-Hub-Signature-256": sample["x_hub_signature_256"]}
    answer = await d.http.post("/webhook", content=raw(sample), headers=headers)
    assert answer.status_code == (200 if sample["should_ack_200"] else 400), answer.text
    await d.idle()
    first, lines = await everything(d), await refs(d)
    for wanted in expect["messages"]:
        check_message(first, wanted, lines)
    inbound = [one for one in stored(first) if one["author"] == "contact" and not _from_history(one)]
    assert len(inbound) == expect["unique_message_count"]
    await check_echoes(first, expect["echoes"], lines)
    await check_notices(d, expect["other_fields"])
    again = await d.http.post("/webhook", content=raw(sample), headers=headers)
    assert again.status_code == answer.status_code
    await d.idle()
    assert await everything(d) == first
    assert not d.graph.calls
    await d.balanced()


async def forget_everything(d: Desk) -> None:
    """Empty every table but those of the lines, so that one house serves for all samples."""
    d.clock.advance(10_000)  # so that the API's rate is no matter
    async with d.house.built.store.begin() as tx:
        for table in reversed(metadata.sorted_tables):
            if table.name not in ("accounts", "api_keys", "operators"):
                await tx.run(delete(table))


def _from_history(message: Json) -> bool:
    return bool(message["gate"]) and message["gate"]["reason"] == "history"


async def check_echoes(state: Json, echoes: list[Json], lines: dict[str, str]) -> None:
    typed = [one for one in stored(state) if one["author"] == "phone" and not _from_history(one)]
    for wanted in echoes:
        message = next(one for one in typed if one["external_id"] == wanted["id"])
        chat = next(one for one in state["chats"] if one["id"] == message["chat_id"])
        assert (message["direction"], message["kind"], message["text"]) == ("outbound", wanted["type"], wanted["text"])
        assert wanted["to"] in " ".join(chat["addresses"])
        assert lines[message["account_id"]] == wanted["phone_number_id"]
        assert chat["held_by"] == "phone"
        assert chat["held_until"]


async def check_notices(d: Desk, fields: list[str]) -> None:
    shown = {one["field"] for one in (await d.get("/api/v1/notices"))["items"]}
    dead = (await d.get("/api/v1/dead-letters"))["items"]
    messages_themselves = {"smb_message_echoes", "history", "user_id_update", "smb_app_state_sync"}
    for field in fields:
        assert field in shown or field in messages_themselves or dead, (field, shown)


async def test_all_samples_together_in_any_order_are_stored_once_and_balance(corpus_desk: Desk) -> None:
    d, chance = corpus_desk, random.Random(7)
    bodies = [raw(sample) for sample in INDEX["files"]] * 2
    chance.shuffle(bodies)
    for body in bodies:
        answer = await d.http.post("/webhook", content=body, headers=signed(body))
        assert answer.status_code in (200, 400)
    await d.idle()
    state = await everything(d)
    wanted = {one["id"] for sample in INDEX["files"] for one in sample["expect"]["messages"]}
    ids = [one["external_id"] for one in stored(state) if one["direction"] == "inbound"]
    assert wanted <= set(ids)
    assert len({(one["chat_id"], one["external_id"], one["kind"]) for one in stored(state)}) == len(stored(state))
    assert not d.graph.calls
    await d.balanced()


async def test_history_is_stored_and_never_answered(tmp_path: Path) -> None:
    asked: list[Any] = []

    async def think(*given: Any) -> Any:
        asked.append(given)
        raise AssertionError("nobody should be asked")

    async with desk(tmp_path, clock=FrozenClock(NOW), think=think) as d:
        await d.post((CORPUS / "cloud" / "history_chunk.json").read_bytes())
        await d.idle()
        state = await everything(d)
        assert len(stored(state)) == 4
        assert {one["gate"]["reason"] for one in stored(state) if one["direction"] == "inbound"} == {"history"}
        assert not any(one["held_by"] for one in state["chats"])
        assert not asked
        assert not d.graph.calls


async def test_a_new_user_id_and_a_new_number_lead_to_the_same_chat(corpus_desk: Desk) -> None:
    d = corpus_desk
    update = json.loads((CORPUS / "cloud" / "user_id_update.json").read_bytes())
    value = update["entry"][0]["changes"][0]["value"]["user_id_update"][0]
    before, after = value["user_id"]["previous"], value["user_id"]["current"]
    await d.post(by_user_id("first", before, "wamid.before"))
    await d.post(json.dumps(update).encode())
    await d.post(by_user_id("second", after, "wamid.after"))
    chats = (await d.get("/api/v1/chats"))["items"]
    assert len(chats) == 1
    assert [one["text"] for one in await d.history(chats[0]["id"])] == ["first", "second"]
    await d.post((CORPUS / "cloud" / "text_basic.json").read_bytes())
    await d.post((CORPUS / "cloud" / "system_user_changed_number.json").read_bytes())
    old, new = await d.get("/api/v1/chats/447700900123"), await d.get("/api/v1/chats/447700900999")
    assert old["id"] == new["id"]


def said(text: str, wamid: str) -> dict[str, Any]:
    """A text message, but for who wrote it."""
    return {"id": wamid, "timestamp": "1790000000", "type": "text", "text": {"body": text}}


def by_user_id(text: str, user_id: str, wamid: str) -> bytes:
    message = {"from_user_id": user_id, **said(text, wamid)}
    contact = {"profile": {"name": "Cai"}, "user_id": user_id}
    return envelope({"contacts": [contact], "messages": [message]})


async def test_an_unknown_number_id_is_a_dead_letter_and_200(corpus_desk: Desk) -> None:
    d = corpus_desk
    message = {"from": "447700900123", **said("?", "wamid.x")}
    await d.post(envelope({"messages": [message]}, number_id="999"))
    dead = (await d.get("/api/v1/dead-letters"))["items"]
    assert [(one["line_ref"], one["messages"]) for one in dead] == [("999", 1)]
    assert "999" in dead[0]["reason"]
    assert (await d.balanced())["dead_letter"] == 1
    assert (await d.get("/api/v1/chats"))["items"] == []


async def test_statuses_of_a_sample_reach_the_message_that_they_speak_of(tmp_path: Path) -> None:
    async with desk(tmp_path, clock=FrozenClock(NOW), config=SILENT) as d:
        d.open_window("12025550143")
        await d.hear("Hello", phone="12025550143")
        for name in ("status_out_of_order_batch", "status_played", "status_failed_131026", "status_delivered_2026"):
            sample = next(one for one in INDEX["files"] if one["name"] == name)
            sent = await d.do("/api/v1/chats/12025550143/messages", {"text": name})
            await d.idle()
            external = (await d.get(f"/api/v1/messages/{sent['id']}"))["external_id"]
            theirs = sample["expect"]["statuses"][0]["id"]
            await d.post(raw(sample).replace(theirs.encode(), external.encode()))
            message = await d.get(f"/api/v1/messages/{sent['id']}")
            best = {"status_out_of_order_batch": "read", "status_played": "played", "status_failed_131026": "failed"}
            assert message["status"] == best.get(name, "delivered")
            assert (message["error_code"] == "131026") == (name == "status_failed_131026")
            assert bool(message["error"]) == (message["status"] == "failed")


async def test_a_poisoned_element_never_loses_its_neighbours(corpus_desk: Desk) -> None:
    d = corpus_desk
    good = {"from": "447700900123", **said("a", "wamid.good")}
    poisons: list[Any] = [7, None, "x", [], {"id": 5}, {"type": "text"}, {**good, "id": None}, {**good, "id": ["x"]}]
    for number, poison in enumerate(poisons):
        neighbours = [{**good, "id": f"wamid.{number}.a"}, poison, {**good, "id": f"wamid.{number}.b"}]
        await d.post(envelope({"messages": neighbours}))
    assert len(await d.history("447700900123")) == 2 * len(poisons)
    assert len((await d.get("/api/v1/dead-letters"))["items"]) == len(poisons)
    await d.balanced()


async def test_no_mutation_of_a_body_raises_a_5xx_and_the_ledger_balances(corpus_desk: Desk) -> None:
    d, chance = corpus_desk, random.Random(20_261_121)
    for body in mutations(chance, 600):
        answer = await d.http.post("/webhook", content=body, headers=signed(body))
        assert answer.status_code in (200, 400), (answer.status_code, body)
        if answer.status_code == 400:
            with pytest.raises(ValueError):  # noqa: PT011 - any of those that the parsers raise
                json.loads(body.decode("utf-8", "strict"), parse_constant=_no_constant)
    await d.idle()
    await d.balanced()
    for chat in (await d.get("/api/v1/chats", limit=200))["items"]:
        await d.history(chat["id"])


def _no_constant(word: str) -> None:
    raise ValueError(word)


def mutations(chance: random.Random, many: int) -> Iterator[bytes]:
    """Bodies with one to three parts of their document replaced, dropped, doubled, or with bytes damaged."""
    documents = [raw(one) for one in INDEX["files"] if one["valid_json"]]
    for _ in range(many):
        body = chance.choice(documents)
        if chance.random() < 0.15:
            place = chance.randrange(len(body))
            yield body[:place] + bytes([chance.randrange(256)]) + body[place + chance.randrange(3) :]
            continue
        document = json.loads(body)
        for _ in range(chance.randint(1, 3)):
            document = mutated(document, chance)
        yield json.dumps(document).encode()


STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1e308, "", " ", "\x00", "\ud800", "a" * 70_000, [], [[]], {}, {"a": {}}, "١٢٣", "-5",
    "99999999999999999999", "447700900123", NUMBER_ID, ["447700900123"], {"body": "x"}, "\u202e", "'; DROP TABLE x;--",
)  # fmt: skip


def mutated(node: Any, chance: random.Random) -> Any:
    if not isinstance(node, dict | list) or not node or chance.random() < 0.12:
        return chance.choice(STRANGE)
    if isinstance(node, list):
        place = chance.randrange(len(node))
        kind = chance.random()
        if kind < 0.15:
            return [*node, node[place]]
        if kind < 0.25:
            return node[:place] + node[place + 1 :]
        return [*node[:place], mutated(node[place], chance), *node[place + 1 :]]
    key = chance.choice(list(node))
    if chance.random() < 0.2:
        return {name: value for name, value in node.items() if name != key}
    return {**node, key: mutated(node[key], chance)}
