"""Pages of chats: what they hold, in which order, and that no page walks a whole table."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, insert, text
from sqlalchemy.dialects import sqlite

from frontdesk.domain.addresses import AddressKind, MalformedAddress
from frontdesk.store import pages
from frontdesk.store.pages import ChatFilter, MalformedCursor
from frontdesk.store.pages_important import Important, important_query
from frontdesk.store.pages_messages import HISTORY, OLDER, search_query
from frontdesk.store.store import Store
from frontdesk.store.tables import accounts, addresses, chats, contacts, operators
from frontdesk.testing.stores import fresh_store

T = 1_795_000_000_000


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    operator = {"id": "opr_1", "login": "ana", "name": "Ana", "role": "admin", "created_at": T}
    async with fresh_store(tmp_path) as store:
        async with store.begin() as tx:
            await tx.run(insert(operators), operator)
            await tx.run(insert(accounts), [_account("acc_1", "Clinic"), _account("acc_2", "Shop")])
        yield store


def _account(key: str, name: str) -> dict[str, Any]:
    row = {"id": key, "channel": "cloud", "name": name, "options": "", "state": "connected", "created_at": T}
    return {**row, "deleted_at": None}


async def add_chat(
    store: Store, number: int, *, account: str = "acc_1", ids: Iterable[str] = (), name: str | None = None, **more: Any
) -> str:
    contact, chat = f"con_{account}_{number:03}", f"cht_{account}_{number:03}"
    row = {
        "id": chat,
        "account_id": account,
        "contact_id": contact,
        "name": name or f"Contact {number:03}",
        "trusted": True,
        "agent_mode": "auto",
        "switched_by_hand": False,
        "state": "open",
        "labels": "[]",
        "last_message_at": T + number,
        "unread": 0,
        "created_at": T,
    }
    async with store.begin() as tx:
        await tx.run(insert(contacts), {"id": contact, "account_id": account, "name": name, "created_at": T})
        for each in ids:
            kind, value = each.split(":", 1)
            key = {"id": f"{account}/{each}", "account_id": account, "contact_id": contact, "seen_at": T}
            await tx.run(insert(addresses), {**key, "kind": kind, "value": value})
        await tx.run(insert(chats), {**row, **more})
    return chat


async def names(store: Store, **wanted: Any) -> list[str]:
    async with store.read() as read:
        return [line.name for line in (await pages.chat_list(read, ChatFilter(**wanted))).items]


async def found(store: Store, text: str, **more: Any) -> list[str]:
    async with store.read() as read:
        return [chat.id for chat in await pages.find_chat(read, text, **more)]


async def test_pages_of_chats_follow_each_other_without_gap_or_double(store: Store) -> None:
    for number in range(7):
        await add_chat(store, number, last_message_at=T + number // 3)  # several of one moment
    seen, before = [], None
    async with store.read() as read:
        while True:
            page = await pages.chat_list(read, ChatFilter(limit=2, before=before))
            seen += [line.chat.id for line in page.items]
            before = page.next
            if before is None:
                break
    assert seen == [f"cht_acc_1_{number:03}" for number in (6, 5, 4, 3, 2, 1, 0)]


async def test_a_full_last_page_leads_nowhere(store: Store) -> None:
    await add_chat(store, 1)
    async with store.read() as read:
        assert (await pages.chat_list(read, ChatFilter(limit=1))).next is None


async def test_a_line_of_the_list_carries_names_addresses_and_the_account(store: Store) -> None:
    await add_chat(store, 1, name="Bo", ids=["phone:447700900123", "lid:99"])
    async with store.read() as read:
        line = (await pages.chat_list(read, ChatFilter())).items[0]
    assert (line.name, line.contact_name, line.phone, line.account_name) == ("Bo", "Bo", "447700900123", "Clinic")
    assert {address.kind for address in line.addresses} == {AddressKind.PHONE, AddressKind.LID}


async def test_the_list_is_narrowed_by_account_state_and_permission(store: Store) -> None:
    await add_chat(store, 1, name="Ana")
    await add_chat(store, 2, name="Bo", account="acc_2", state="resolved")
    assert await names(store, account="acc_2") == ["Bo"]
    assert await names(store, state="open") == ["Ana"]
    assert await names(store, state="resolved") == ["Bo"]
    assert await names(store, sight=frozenset({"acc_1"})) == ["Ana"]
    assert await names(store, sight=frozenset()) == []


async def test_tabs_show_mine_unassigned_and_the_longest_wait_first(store: Store) -> None:
    await add_chat(store, 1, name="Ana", assigned_to="opr_1", waiting_since=T + 20)
    await add_chat(store, 2, name="Bo", waiting_since=T + 10)
    await add_chat(store, 3, name="Cai")
    assert await names(store, tab="mine", operator_id="opr_1") == ["Ana"]
    assert await names(store, tab="unassigned") == ["Cai", "Bo"]
    assert await names(store, tab="unanswered") == ["Bo", "Ana"]
    async with store.read() as read:
        page = await pages.chat_list(read, ChatFilter(tab="unanswered", limit=1))
        after = await pages.chat_list(read, ChatFilter(tab="unanswered", limit=1, before=page.next))
        assert [line.name for line in after.items] == ["Ana"]
        assert await pages.counts(read, "opr_1") == pages.Counts(mine=1, unassigned=2, unanswered=2)


@pytest.mark.both_shapes
@pytest.mark.parametrize("q", ["ferr", "FERR", "é", "É", "+44 7700", "447700900", "0044 7700-900"])
async def test_a_search_finds_a_part_of_the_name_or_the_beginning_of_the_number(store: Store, q: str) -> None:
    await add_chat(store, 1, name="Ana Ferreira É", ids=["phone:447700900123"])
    await add_chat(store, 2, name="Bo", ids=["phone:12025550143"])
    assert await names(store, q=q) == ["Ana Ferreira É"]


@pytest.mark.both_shapes
@pytest.mark.parametrize("q", ["zoe", "ZOË", "Zoé", "muller", "MÜLLER", "анна", "00123", "700900", "000018"])
async def test_a_search_needs_no_accents_and_no_whole_number(store: Store, q: str) -> None:
    await add_chat(store, 1, name="Zoë Müller Анна", ids=["phone:447700900123", "phone:351210000018"])
    await add_chat(store, 2, name="Zo Muler", ids=["phone:12025550143"])
    assert await names(store, q=q) == ["Zoë Müller Анна"]


@pytest.mark.both_shapes
@pytest.mark.parametrize("q", ["0123", "lid", "98765"])
async def test_a_search_by_digits_takes_five_of_them_and_none_of_hidden_ids(store: Store, q: str) -> None:
    await add_chat(store, 1, name="Zoë", ids=["phone:447700900123", "lid:1198765"])
    assert await names(store, q=q) == []


@pytest.mark.both_shapes
@pytest.mark.parametrize("q", ["%", "_", "zz", "447701"])
async def test_a_search_takes_signs_as_they_are(store: Store, q: str) -> None:
    await add_chat(store, 1, name="Ana Ferreira", ids=["phone:447700900123"])
    assert await names(store, q=q) == []


@pytest.mark.parametrize("before", ["x", "12", "12.", "-1.cht_1", "१.cht_1", "9" * 30 + ".cht_1"])
async def test_a_cursor_that_is_none_is_refused_with_a_sentence(store: Store, before: str) -> None:
    with pytest.raises(MalformedCursor, match="next"):
        await names(store, before=before)


@pytest.mark.parametrize(
    "text",
    [
        "cht_acc_1_001",
        "acc_1:447700900123",
        "acc_1:+44 7700 900123",
        "acc_1:99@lid",
        "447700900123",
        "+447700900123",
        "00447700900123",
        "447700900123@c.us",
        "447700900123@s.whatsapp.net",
        "447700900123:7@s.whatsapp.net",
        "phone:447700900123",
        "99@lid",
        "GB.5520918837410026",
    ],
)
async def test_every_form_of_an_id_finds_the_chat(store: Store, text: str) -> None:
    ids = ["phone:447700900123", "lid:99", "user:GB.5520918837410026"]
    await add_chat(store, 1, ids=ids)
    await add_chat(store, 2, ids=["phone:447700900124"])
    assert await found(store, text) == ["cht_acc_1_001"]


async def test_a_lid_is_never_taken_for_a_phone(store: Store) -> None:
    await add_chat(store, 1, ids=["lid:447700900123"])
    assert await found(store, "447700900123") == []
    assert await found(store, "447700900123@lid") == ["cht_acc_1_001"]


async def test_a_group_is_found_by_its_address(store: Store) -> None:
    await add_chat(store, 1, contact_id=None, group_ref="120363040000000001@g.us")
    assert await found(store, "120363040000000001@g.us") == ["cht_acc_1_001"]
    assert await found(store, "acc_1:120363040000000001@g.us") == ["cht_acc_1_001"]


async def test_the_other_form_of_a_brazilian_mobile_finds_the_chat_but_the_written_one_wins(store: Store) -> None:
    await add_chat(store, 1, ids=["phone:551187654321"])
    assert await found(store, "5511987654321") == ["cht_acc_1_001"]
    await add_chat(store, 2, ids=["phone:5511987654321"])
    assert await found(store, "5511987654321") == ["cht_acc_1_002"]


async def test_an_address_on_two_lines_gives_both_unless_the_line_is_named(store: Store) -> None:
    await add_chat(store, 1, ids=["phone:447700900123"])
    await add_chat(store, 1, account="acc_2", ids=["phone:447700900123"])
    assert sorted(await found(store, "447700900123")) == ["cht_acc_1_001", "cht_acc_2_001"]
    assert await found(store, "acc_2:447700900123") == ["cht_acc_2_001"]
    assert await found(store, "447700900123", account_id="acc_1") == ["cht_acc_1_001"]


async def test_a_removed_line_is_not_meant_by_an_address(store: Store) -> None:
    await add_chat(store, 1, ids=["phone:447700900123"])
    async with store.begin() as tx:
        await tx.run(accounts.update().values(deleted_at=T))
    assert await found(store, "447700900123") == []
    assert await found(store, "cht_acc_1_001") == ["cht_acc_1_001"]


@pytest.mark.parametrize("text", ["", "hello", "12", "447700900123@example.com", "acc_9:447700900123x"])
async def test_an_id_of_no_form_is_refused(store: Store, text: str) -> None:
    with pytest.raises(MalformedAddress):
        await found(store, text)


FILTERS = {
    "all": ChatFilter(),
    "next page": ChatFilter(before=f"{T}.cht_1"),
    "account": ChatFilter(account="acc_1", before=f"{T}.cht_1"),
    "state": ChatFilter(state="open", before=f"{T}.cht_1"),
    "mine": ChatFilter(tab="mine", operator_id="opr_1"),
    "unassigned": ChatFilter(tab="unassigned"),
    "unanswered": ChatFilter(tab="unanswered"),
    "search": ChatFilter(q="ana"),
}
QUERIES = {
    **{f"chats: {name}": pages.chat_query(wanted) for name, wanted in FILTERS.items()},
    "history": HISTORY.params(chat="cht_1", most=51),
    "history, next page": OLDER.params(chat="cht_1", most=51, at=T, key="msg_1"),
    "important": important_query(Important(), newer_than=None),
    "important, next page": important_query(
        Important(5, before=f"{T}.msg_1", sight=frozenset({"acc_1"})), newer_than=0
    ),
    "important of some days that waits": important_query(
        Important(since=T, until=T + 9, unanswered=True), newer_than=0
    ),
    "nearly all": important_query(Important(2, account="acc_1"), newer_than=T),
    "search in messages": search_query("word", chat_id=None, newer_than="msg_1", limit=50),
    "search in a chat": search_query("word", chat_id="cht_1", newer_than="", limit=50),
}


async def plan(store: Store, query: Select[Any]) -> list[str]:
    compiled = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with store.read() as read:
        statement = text(f"EXPLAIN QUERY PLAN {compiled}".replace(":", "\\:"))
        return [str(row[3]) for row in await read.all(statement, lambda *columns: columns)]


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("name", QUERIES)
async def test_no_page_scans_a_table_or_sorts(store: Store, name: str, analysed: bool) -> None:
    if analysed:
        for number in range(300):
            await add_chat(
                store, number, ids=[f"phone:4477009{number:05}"], waiting_since=T if number % 50 == 0 else None
            )
        async with store.begin() as tx:
            await tx.run(text("ANALYZE"))
    steps = await plan(store, QUERIES[name])
    # A scan "USING INDEX" is a walk in the index's order, which LIMIT ends. The right part of an order may be sorted:
    # those are the rows of one and the same millisecond. Accounts and operators are a handful.
    few = ("SCAN accounts", "SCAN operators")
    scans = [step for step in steps if step.startswith("SCAN") and not step.startswith(few)]
    assert [step for step in scans if "INDEX" not in step] == []
    ties = ("LAST TERM OF", "RIGHT PART OF")
    assert [step for step in steps if "TEMP B-TREE" in step and not any(tie in step for tie in ties)] == []


async def test_what_is_seen_of_several_lines_comes_in_one_order_page_by_page(tmp_path: Path) -> None:
    async with fresh_store(tmp_path) as store:
        async with store.begin() as tx:
            for name in ("acc_1", "acc_2", "acc_3"):
                row = {"id": name, "channel": "c", "name": name, "options": "", "state": "connected", "created_at": 1}
                await tx.run(insert(accounts), row)
            for number in range(30):
                row = _chat_row(f"cht_{number:02}", f"acc_{number % 3 + 1}", at=number)
                await tx.run(insert(chats), row)
        seen, before = frozenset({"acc_1", "acc_3"}), None
        found: list[str] = []
        async with store.read() as read:
            while True:
                page = await pages.chat_list(read, ChatFilter(sight=seen, limit=7, before=before))
                found += [line.chat.id for line in page.items]
                if (before := page.next) is None:
                    break
            nothing = await pages.chat_list(read, ChatFilter(sight=frozenset(), limit=7))
        assert found == [f"cht_{number:02}" for number in reversed(range(30)) if number % 3 != 1]
        assert nothing.items == ()


def _chat_row(chat_id: str, account_id: str, *, at: int) -> dict[str, Any]:
    return {
        "id": chat_id,
        "account_id": account_id,
        "group_ref": f"{chat_id}@g.us",
        "name": chat_id,
        "trusted": False,
        "agent_mode": "off",
        "switched_by_hand": False,
        "state": "open",
        "labels": "[]",
        "last_message_at": at,
        "unread": 0,
        "created_at": 1,
    }
