"""What is asked for every message is found by an index, however large the tables are."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from frontdesk.domain.importance import Scored
from frontdesk.store import (
    arrivals,
    chats,
    contacts,
    groups,
    importance,
    messages,
    outgoing,
    pages,
    pages_house,
    promises,
    receipts,
    reminders,
    sweeps,
    turns,
    vanishing,
)
from frontdesk.store.compiled import Query
from frontdesk.store.store import Store, Tx
from frontdesk.store.wire import _compile, _driver
from frontdesk.testing.stores import fresh_store

UNSCORED = importance.Unscored("m", "a", "c", "p", "text", "t", None, None, 1, 1, None, False, "[]")
Question = Callable[[Tx], Awaitable[Any]]
QUESTIONS: dict[str, Question] = {
    "people": lambda tx: contacts.find(tx, ["a"]),
    "addresses": lambda tx: contacts.addresses_of(tx, "a"),
    "names": lambda tx: contacts.names_of(tx, ["a"]),
    "chats of people": lambda tx: arrivals.chats_of(tx, contact_ids=["a"]),
    "chats of groups": lambda tx: arrivals.chats_of(tx, contact_ids=[], groups=[("a", "g")]),
    "known": lambda tx: arrivals.known(tx, address_ids=["a/phone:1"], given=[("a", "x")]),
    "duplicates": lambda tx: arrivals.known_messages(tx, [("c", "x")]),
    "echoes": lambda tx: arrivals.ours(tx, [("a", "x")]),
    "pending": lambda tx: messages.pending(tx, "c"),
    "recent": lambda tx: messages.recent(tx, "c", 10),
    "outbox": lambda tx: messages.outbox(tx, "c"),
    "doubt": lambda tx: messages.in_doubt(tx, "c"),
    "newest inbound": lambda tx: messages.newest_inbound(tx, "c"),
    "unable": lambda tx: pages.unable(tx, ["c"]),
    "by idempotency key": lambda tx: messages.by_idempotency_key(tx, "c", "k"),
    "receipts": lambda tx: messages.for_receipts(tx, "a", our_ids=["m"], external_ids=["x"]),
    "early receipts": lambda tx: receipts.for_message(tx, account_id="a", external_id="x"),
    "waiting receipts": lambda tx: messages.with_early_receipts(tx, "a"),
    "edit": lambda tx: messages.edited(tx, "c", "x", by=("inbound", "p"), text="t", at=1),
    "deletion": lambda tx: messages.revoked(tx, "c", "x", way="inbound", at=1),
    "what another message is about": lambda tx: messages.said_as(tx, "x", chat_id="c"),
    "open sends": lambda tx: outgoing.open_sends(tx, ["c"]),
    "pace": lambda tx: outgoing.last_moments(tx, "c"),
    "receipts beside open sends": lambda tx: receipts.beside_open_sends(tx, "a"),
    "unscored": lambda tx: importance.unscored(tx, after="", most=10),
    "scores": lambda tx: importance.score(tx, [(UNSCORED, Scored(3, "Why"))]),
    "addresses of who wrote": lambda tx: importance.addresses_of(tx, ["p"]),
    "pressing chats": lambda tx: importance.pressing(tx, ["c"]),
    "group": lambda tx: groups.known(tx, "a", "g"),
    "names of groups": lambda tx: groups.names_of(tx, ["a/g"]),
    "vanishing": lambda tx: vanishing.due(tx, now=1, most=10),
    "files of what vanishes": lambda tx: vanishing.forsaken(tx, [vanishing.Due("m", "c", "f", "sha")]),
    "what vanishes": lambda tx: vanishing.vanish(tx, [vanishing.Due("m", "c", "f", "sha")], now=1),
    "what may be promised": lambda tx: promises.unread(tx, most=10),
    "reminders of messages": lambda tx: reminders.drop(tx, ["m"], now=1),
    "reminders of a chat": lambda tx: reminders.of_chat(tx, "c"),
    "reminders of chats": lambda tx: reminders.open_in(tx, ["c"]),
    "due reminders": lambda tx: reminders.due(tx, now=1, most=10),
    "open reminders": lambda tx: reminders.open_ones(tx, sight=None),
    "chat": lambda tx: chats.by_id(tx, "c"),
    "thread": lambda tx: turns.present_thread(tx, "c"),
    "happening": lambda tx: pages_house.happening(tx, "c"),
    "lost turns": sweeps.chats_without_turn,
    "lost deliveries": lambda tx: sweeps.chats_without_delivery(tx, ["a"]),
}


async def _plan(store: Store, ask: Question) -> list[str]:
    """How the database goes about each statement of the question."""
    asked: list[Query] = []
    async with store.begin() as tx:
        wire: Any = tx.wire
        inner = wire.ask

        async def listening(behind: Any, queries: Any) -> Any:
            asked.extend(queries)
            return await inner(behind, queries)

        wire.ask = listening
        try:
            await ask(tx)
        finally:
            del wire.ask
    return [line for query in asked for line in await _explained(store, query)]


async def _explained(store: Store, query: Query) -> list[str]:
    def explain(connection: Any) -> list[str]:
        statement: Any = query.statement
        if query.params is None:
            compiled = statement.compile(connection.engine, compile_kwargs={"render_postcompile": True})
            sql, row = str(compiled), tuple(compiled.params[name] for name in compiled.positiontup or ())
        else:
            ready = _compile(statement, tuple(query.params))
            sql, row = ready.sql, ready.row(query.params)
        return [line[3] for line in _driver(connection).execute(f"EXPLAIN QUERY PLAN {sql}", row)]

    lines: list[str] = await store.backend.writer.wire.run(explain)
    return lines


pytestmark = pytest.mark.embedded("SQLite plans in its own words.")


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_question_of_the_way_of_a_message_reads_no_table_from_end_to_end(store: Store, name: str) -> None:
    plan = await _plan(store, QUESTIONS[name])
    assert plan
    walks = [line for line in plan if line.startswith("SCAN") and "json_each" not in line]
    partial = (  # they hold only what waits
        *("ix_messages_pending", "ix_messages_outbox", "ix_messages_open", "ix_messages_promises"),
        "ix_reminders_open",
    )
    assert [line for line in walks if not line.endswith(partial)] == []


async def test_duplicates_are_looked_for_pair_by_pair(store: Store) -> None:
    """Two lists would be asked for each of the one with each of the other."""
    plan = await _plan(store, QUESTIONS["duplicates"])
    assert sum("LIST SUBQUERY" in line for line in plan) == 0
    assert any("external_id=?" in line and "SEARCH messages" in line for line in plan)


async def test_a_table_that_is_walked_is_noticed(store: Store) -> None:
    plan = await _plan(store, lambda tx: chats.held_past(tx, 1))
    assert any(line.startswith("SCAN") for line in plan)
