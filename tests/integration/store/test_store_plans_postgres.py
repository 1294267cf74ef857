"""On PostgreSQL, too, what is asked for every message and every page is found by an index once tables are large."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import sql
from test_store_plans import QUESTIONS

from bench.growth_rows import Filling, Spread
from frontdesk.store import jobs, pages, pages_house, pages_important, sending, sight
from frontdesk.store.compiled import Query
from frontdesk.store.pages import ChatFilter
from frontdesk.store.pages_important import Important
from frontdesk.store.postgres_bulk import of_query
from frontdesk.store.postgres_wire import _WITH_OTHERS
from frontdesk.store.store import Store, Tx
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.server_fixtures import NEWEST

Question = Callable[[Tx], Awaitable[Any]]
LARGE = {"addresses", "chats", "contacts", "messages", "threads", "turns"}
JOBS = {"jobs"}  # large while work waits
# Indexes of few rows: what waits, or is a group.
SMALL = re.compile(
    r"ix_messages_(pending|outbox|open|vanishing|waits_for|promises|important)|ix_turns_running|ix_jobs_sent|uq_jobs_lock"
    r"|uq_chats_group|ix_reminders_open"
)
CHAT = "cht_0199c82cc000000000000003"
ACCOUNT = "acc_0199c82cc000000000000003"
LINES = frozenset(f"acc_0199c82cc00000000000000{number}" for number in range(5))


def _list(**wanted: Any) -> Question:
    return lambda tx: pages.chat_list(tx, ChatFilter(**wanted))


PAGES: dict[str, Question] = {
    "list": _list(),
    "list, next page": _list(before=f"1760000000000.{CHAT}"),
    "list of a line": _list(account=ACCOUNT),
    "list of several lines": _list(sight=LINES),
    "list of those who wait": _list(tab="unanswered"),
    "list of mine": _list(tab="mine", operator_id="opr_1"),
    "list of what presses": _list(important=True),
    "what matters": lambda tx: pages_important.important(tx, Important(sight=LINES)),
    "what matters, next page": lambda tx: pages_important.important(tx, Important(5, before="1760000000000.msg_1")),
    "what matters and waits": lambda tx: pages_important.important(tx, Important(unanswered=True, since=1)),
    "list by the beginning of a number": lambda tx: pages._people(tx, "4470"),
    "numbers on tabs": lambda tx: pages.counts(tx, "opr_1"),
    "chat by its id": lambda tx: pages.find_chat(tx, CHAT),
    "chat by a number": lambda tx: pages.find_chat(tx, "+447710000003", account_id=ACCOUNT),
    "whose chat": lambda tx: sight.account_of(tx, "chat", CHAT),
    "history": lambda tx: pages.history(tx, CHAT),
    "history far back": lambda tx: pages.history(tx, CHAT, before=f"1760000000000.msg_{0:024x}"),
    "search in a chat": lambda tx: pages.search(tx, "word", chat_id=CHAT),
    "message": lambda tx: pages.message_line(tx, "msg_1"),
    "beside a chat": lambda tx: pages_house.happening(tx, CHAT),
}
WORK: dict[str, Question] = {
    "a look at what is due": sending.outlook,
    "marking": lambda tx: sending.mark_due(tx, "turn", now=1, most=10),
    "claiming": lambda tx: sending.take(tx, ["job_1", "job_2"], worker="w", now=1),
    "putting back": lambda tx: jobs.put_back_all(tx, "w", due=1, error="x"),
}


@pytest.fixture(scope="module")
def filled(postgres: Postgres) -> Iterator[str]:
    """A database in which an index is worth its while, and of which the planner knows that."""
    url = postgres.create("plans", template=NEWEST)
    with psycopg.connect(url) as database:
        database.execute(
            "INSERT INTO accounts (id, channel, name, options, state, from_settings, created_at) "
            "VALUES ('acc_first', 'cloud', 'First', '', 'connected', false, 0)"
        )
        database.execute(
            "INSERT INTO jobs (id, kind, key, lock, queue, priority, state, payload, attempts, due_at, first_at) "
            "SELECT 'job_' || n, 'turn', 'turn:' || n, 'turn:' || n, 'default', 5, 'queued', '{}', 0, 10, 10 "
            "FROM generate_series(1, 5000) AS n"
        )
    Filling(url, accounts=50).grow(Spread(accounts=50, chats=20_000, messages=20_000))
    yield url
    postgres.drop("plans")


@pytest.fixture
async def store(filled: str) -> AsyncIterator[Store]:
    store = Store(filled)
    yield store
    await store.close()


class _Enough(Exception):
    """All was heard."""


async def _asked(store: Store, ask: Question) -> list[Query]:
    """Each statement of the question; what it changes is taken back."""
    asked: list[Query] = []
    with suppress(_Enough):
        async with store.begin() as tx:
            wire: Any = tx.wire
            asking, touching = wire.ask, wire.touch

            async def listening(behind: Any, queries: Any) -> Any:
                asked.extend(Query(each.statement, row) for each in behind[2:] for row in (each.rows or [None])[:1])
                asked.extend(queries)
                return await asking(behind, queries)

            async def counting(behind: Any, query: Any) -> Any:
                asked.append(query)
                return await touching(behind, query)

            wire.ask, wire.touch = listening, counting
            await ask(tx)
            raise _Enough
    return asked


def _plan(database: psycopg.Connection[Any], query: Query, mode: str) -> str:
    """How the server goes about it, for these values, or whatever the values are."""
    asked = of_query(query)
    given = ", ".join(sql.quote(value) for value in asked.params)
    cursor = psycopg.RawCursor(database)
    cursor.execute(f"SET LOCAL plan_cache_mode = force_{mode}_plan".encode())
    cursor.execute(b"PREPARE asked AS " + asked.sql)
    lines = cursor.execute(f"EXPLAIN (COSTS OFF) EXECUTE asked{f'({given})' if given else ''}".encode()).fetchall()
    cursor.execute(b"DEALLOCATE asked")
    return "\n".join(line for (line,) in lines)


def _walks(plan: str, large: set[str]) -> list[str]:
    """The tables, and the indexes without a condition, that are read from end to end, unless as far as a page goes."""
    found = [name for name in re.findall(r"Seq Scan on (\w+)", plan) if name in large]
    lines = plan.split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        scan = re.search(r"Index (?:Only )?Scan (?:Backward )?using (\w+) on (\w+)", line) or re.search(
            r"Bitmap Index Scan on (\w+)()", line
        )
        if scan and "Index Cond" not in following and "Limit" not in plan and not SMALL.match(scan[1]):
            found.append(scan[1])
    return found


@pytest.mark.parametrize("mode", ["custom", "generic"])
@pytest.mark.parametrize("name", [*QUESTIONS, *PAGES, *WORK])
async def test_postgresql_reads_no_large_table_from_end_to_end(store: Store, name: str, mode: str) -> None:
    queries = await _asked(store, {**QUESTIONS, **PAGES, **WORK}[name])
    assert queries
    large = LARGE | JOBS if name in WORK else LARGE
    with psycopg.connect(store.url) as database:
        if name not in PAGES:  # pages are read outside of transactions
            database.execute(_WITH_OTHERS.encode())
        plans = [_plan(database, query, mode) for query in queries]
    assert [(walk, plan) for plan in plans for walk in _walks(plan, large)] == []


async def test_a_large_table_that_postgresql_reads_is_noticed(store: Store) -> None:
    (query,) = await _asked(store, lambda tx: tx.scalars(pages._WITH_DIGITS, {"digits": "98765"}))
    with psycopg.connect(store.url) as database:
        assert _walks(_plan(database, query, "custom"), LARGE) == ["addresses"]
