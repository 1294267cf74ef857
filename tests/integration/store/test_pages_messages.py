"""Pages of messages, one message with its story, and the search."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from frontdesk.store import pages
from frontdesk.store.pages import MalformedCursor
from frontdesk.store.store import Store
from frontdesk.store.tables import accounts, chats, contacts, jobs, media, messages, operators, turns, waiting_receipts
from frontdesk.testing.stores import fresh_store

T = 1_795_000_000_000


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    account = {"id": "acc_1", "channel": "cloud", "name": "Clinic", "options": "", "state": "connected"}
    chat = {
        "account_id": "acc_1",
        "name": "Ana",
        "trusted": True,
        "agent_mode": "auto",
        "switched_by_hand": False,
        "state": "open",
        "labels": "[]",
        "last_message_at": T,
        "unread": 0,
        "created_at": T,
    }
    operator = {"id": "opr_1", "login": "bo", "name": "Bo", "role": "admin", "created_at": T}
    contact = {"id": "con_1", "account_id": "acc_1", "name": "Ana", "created_at": T}
    async with fresh_store(tmp_path) as store:
        async with store.begin() as tx:
            await tx.run(insert(accounts), {**account, "created_at": T})
            await tx.run(insert(operators), operator)
            await tx.run(insert(contacts), contact)
            await tx.run(insert(chats), [{**chat, "id": "cht_1", "contact_id": "con_1"}])
            await tx.run(insert(chats), [{**chat, "id": "cht_2", "group_ref": "1@g.us"}])
        yield store


async def add(store: Store, number: int, **more: Any) -> str:
    row = {
        "id": f"msg_{number:03}",
        "account_id": "acc_1",
        "chat_id": "cht_1",
        "external_id": f"wamid.{number}",
        "direction": "inbound",
        "author": "contact",
        "kind": "text",
        "text": f"Message {number}",
        "status": "received",
        "attempts": 0,
        "provider_time": T + number,
        "created_at": T + number,
    }
    async with store.begin() as tx:
        await tx.run(insert(messages), {**row, **more})
    return str(row["id"])


async def ids(store: Store, **wanted: Any) -> tuple[list[str], str | None]:
    async with store.read() as read:
        page = await pages.history(read, "cht_1", **wanted)
    return [line.message.id for line in page.items], page.next


async def test_the_history_is_ordered_by_the_providers_time_and_not_by_arrival(store: Store) -> None:
    await add(store, 1, provider_time=T + 30)
    await add(store, 2, provider_time=T + 10)  # late, and older
    await add(store, 3, provider_time=T + 30)
    assert await ids(store) == (["msg_002", "msg_001", "msg_003"], None)


async def test_pages_of_history_meet_without_gap_or_double_within_one_millisecond(store: Store) -> None:
    for number in range(7):
        await add(store, number, provider_time=T + number // 3)
    seen: list[str] = []
    before: str | None = None
    while True:
        page, before = await ids(store, limit=2, before=before)
        seen = page + seen
        if before is None:
            break
    assert seen == [f"msg_{number:03}" for number in range(7)]


async def test_a_message_of_our_own_may_be_the_place_to_go_on_from(store: Store) -> None:
    for number in range(4):
        await add(store, number)
    assert (await ids(store, before="msg_002"))[0] == ["msg_000", "msg_001"]
    with pytest.raises(MalformedCursor):
        await ids(store, before="wamid.1")


async def test_other_chats_stay_out(store: Store) -> None:
    await add(store, 1)
    await add(store, 2, chat_id="cht_2")
    assert (await ids(store))[0] == ["msg_001"]


async def test_a_line_of_history_carries_file_sender_operator_turn_and_quoted_message(store: Store) -> None:
    turn = {"id": "trn_1", "chat_id": "cht_1", "persona": "Front desk", "state": "done", "model": "offline:"}
    counts = {"tokens_in": 12, "tokens_out": 3, "calls": 1, "sources": '[{"title":"Hours"}]', "started_at": T}
    file = {"id": "med_1", "account_id": "acc_1", "message_id": "msg_001", "state": "stored", "voice": False}
    async with store.begin() as tx:
        await tx.run(insert(turns), {**turn, **counts})
        await tx.run(insert(media), {**file, "mime": "image/png", "created_at": T})
    await add(store, 1, contact_id="con_1", kind="image", media_id="med_1")
    await add(store, 2, external_id="wamid.1", kind="reaction", text="+")  # shares the external id of what it is about
    ours = {"direction": "outbound", "author": "operator", "operator_id": "opr_1"}
    await add(store, 3, **ours, reply_to="wamid.1", turn_id="trn_1")
    async with store.read() as read:
        first, _, last = (await pages.history(read, "cht_1")).items
    assert (first.sender_name, first.media and first.media.mime, first.quoted) == ("Ana", "image/png", None)
    assert (last.operator_name, last.model, last.tokens_in, last.tokens_out) == ("Bo", "offline:", 12, 3)
    assert last.quoted is not None
    assert (last.quoted.id, last.quoted.kind, last.media) == ("msg_001", "image", None)


async def test_the_words_of_a_message_that_was_taken_back_are_quoted_no_more(store: Store) -> None:
    await add(store, 1, text="My card is 4111", revoked_at=T)
    await add(store, 2, reply_to="wamid.1")
    async with store.read() as read:
        _, answer = (await pages.history(read, "cht_1")).items
    assert answer.quoted is not None
    assert (answer.quoted.id, answer.quoted.text) == ("msg_001", None)


async def test_a_search_finds_the_newest_first_in_all_chats_or_one(store: Store) -> None:
    await add(store, 1, text="A RED bicycle, 100% new")
    await add(store, 2, text="a red_bicycle", chat_id="cht_2")
    await add(store, 3, text="ÉCLAIR")
    async with store.read() as read:
        everywhere = [line.message.id for line in await pages.search(read, "red")]
        here = [line.message.id for line in await pages.search(read, "red", chat_id="cht_1")]
        signs = [line.message.id for line in await pages.search(read, "0%")]
        underscore = [line.message.id for line in await pages.search(read, "d_b")]
        accent = [line.message.id for line in await pages.search(read, "éclair")]
    assert everywhere == ["msg_002", "msg_001"]
    assert (here, signs, underscore, accent) == (["msg_001"], ["msg_001"], ["msg_002"], ["msg_003"])


async def test_a_trace_holds_the_turn_what_it_had_to_answer_and_what_it_wrote(store: Store) -> None:
    turn = {"id": "trn_1", "chat_id": "cht_1", "persona": "Front desk", "state": "done", "sources": "[]"}
    counts = {"tokens_in": 1, "tokens_out": 1, "calls": 1, "started_at": T}
    early = {"account_id": "acc_1", "external_id": "wamid.3", "status": "read", "received_at": T}
    job = {"id": "job_1", "kind": "turn", "key": "turn:cht_1", "queue": "default", "priority": 5, "state": "queued"}
    async with store.begin() as tx:
        await tx.run(insert(turns), {**turn, **counts})
        await tx.run(insert(waiting_receipts), {"id": "rcp_1", **early})
        await tx.run(insert(jobs), {**job, "payload": "{}", "attempts": 0, "due_at": T + 9, "first_at": T})
    await add(store, 1, turn_id="trn_1")
    await add(store, 2, turn_id="trn_1")
    await add(store, 3, turn_id="trn_1", direction="outbound", author="agent", status="sent")
    await add(store, 4)
    async with store.read() as read:
        story = await pages.trace(read, "msg_003")
        assert story is not None
        assert [row.id for row in story.asked] == ["msg_001", "msg_002"]
        assert [row.id for row in story.sends] == ["msg_003"]
        assert [row.status for row in story.receipts] == ["read"]
        assert (story.turn and story.turn.id, story.job and story.job.due_at) == ("trn_1", T + 9)
        assert await pages.trace(read, "msg_999") is None
