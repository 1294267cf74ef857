"""Many rows go to PostgreSQL as one statement, and many statements in one trip; what fails leaves nothing behind."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.store.compiled import Query, Write
from frontdesk.store.postgres_bulk import FEW, of_query, of_write
from frontdesk.store.postgres_trip import Connection, Statement
from frontdesk.store.store import Store, StoreUnavailable
from frontdesk.store.tables import ledger, marks

MANY = FEW + 5
ADD = insert(marks)
ADD_NEW = upsert(marks).on_conflict_do_nothing()
KEEP = upsert(marks)
KEEP_NEWEST = KEEP.on_conflict_do_update(index_elements=[marks.c.name], set_={"value": KEEP.excluded.value})
COUNT = upsert(ledger)
COUNT_UP = COUNT.on_conflict_do_update(
    index_elements=[ledger.c.account_id, ledger.c.entry], set_={"count": ledger.c.count + COUNT.excluded.count}
)
OF_NAME = select(marks.c.value).where(marks.c.name == bindparam("wanted"))


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    store = Store(postgres_url)
    yield store
    await store.close()


def _rows(count: int, value: Any = "x") -> list[dict[str, Any]]:
    return [{"name": f"mark {number}", "value": value} for number in range(count)]


async def _kept(store: Store) -> dict[str, str]:
    async with store.read() as read:
        return await read.pairs(select(marks.c.name, marks.c.value).where(marks.c.name.like("mark %")))


async def _cut_off(store: Store) -> None:
    async with store.read() as read:
        connection: Connection = read.wire.connection  # type: ignore[attr-defined]
        await connection.trip([Statement(b"SELECT pg_terminate_backend(pg_backend_pid())"), Statement(b"SELECT 1")])


def test_many_rows_of_one_insert_are_one_statement() -> None:
    assert len(of_write(Write(ADD, _rows(MANY)))) == 1


def test_few_rows_go_one_by_one() -> None:
    assert len(of_write(Write(ADD, _rows(FEW)))) == FEW


def test_an_update_goes_row_by_row() -> None:
    change = update(marks).where(marks.c.name == bindparam("wanted")).values(value=bindparam("new"))
    assert len(of_write(Write(change, [{"wanted": f"{n}", "new": "y"} for n in range(MANY)]))) == MANY


async def test_many_rows_are_stored_as_they_are(store: Store) -> None:
    values = ["", "null", 'it\'s "quoted" \\ and\nbroken', "Ünïcode 🙂", "\\u0000", "5", "true", "[1]"]
    async with store.begin() as tx:
        await tx.run(ADD, [{"name": f"mark {number}", "value": value} for number, value in enumerate(values)])
    assert await _kept(store) == {f"mark {number}": value for number, value in enumerate(values)}


async def test_numbers_of_many_rows_stay_numbers(store: Store) -> None:
    rows: list[dict[str, Any]] = [
        {"account_id": "-", "entry": f"entry {number}", "count": 10**15 + number} for number in range(MANY)
    ]
    async with store.begin() as tx:
        await tx.run(COUNT_UP, rows)
        await tx.run(COUNT_UP, rows)
        counts = await tx.pairs(select(ledger.c.entry, ledger.c.count).where(ledger.c.account_id == "-"))
    assert counts == {row["entry"]: 2 * row["count"] for row in rows}


async def test_the_one_character_that_cannot_be_kept_costs_none_of_the_others(store: Store) -> None:
    async with store.begin() as tx:
        await tx.run(ADD, [{"name": f"mark {number}", "value": "a\0b"} for number in range(MANY)])
    assert set((await _kept(store)).values()) == {"ab"}


async def test_of_many_rows_those_that_are_there_already_stay(store: Store) -> None:
    async with store.begin() as tx:
        await tx.run(ADD, {"name": "mark 0", "value": "first"})
        await tx.run(ADD_NEW, _rows(MANY, "later"))
    kept = await _kept(store)
    assert (kept.pop("mark 0"), set(kept.values()), len(kept)) == ("first", {"later"}, MANY - 1)


async def test_rows_that_change_the_same_one_go_after_each_other(store: Store) -> None:
    twice = [*_rows(MANY, "first"), {"name": "mark 0", "value": "last"}]
    async with store.begin() as tx:
        await tx.run(KEEP_NEWEST, twice)
    assert (await _kept(store))["mark 0"] == "last"


async def test_one_row_that_cannot_be_stored_takes_all_back(store: Store) -> None:
    with pytest.raises(errors.NotNullViolation):
        async with store.begin() as tx:
            await tx.run(ADD, [*_rows(MANY), {"name": None, "value": "x"}])
    assert await _kept(store) == {}


async def test_what_was_prepared_beside_a_failure_can_be_used_again(store: Store) -> None:
    """The failure comes between: what stands before it is prepared by then, what stands behind it is not."""
    async with store.read() as read:
        connection: Connection = read.wire.connection  # type: ignore[attr-defined]
        before, behind = of_query(Query(OF_NAME, {"wanted": "a"})), Statement(b"SELECT $1::bigint + 1", (1,))
        with pytest.raises(errors.DivisionByZero):
            await connection.trip([before, Statement(b"SELECT 1 / $1::int", (0,)), behind])
        answers = await connection.trip([before, behind, before, behind])
    assert [connection.rows(answer) for answer in answers] == [[], [(2,)], [], [(2,)]]


async def test_a_statement_is_prepared_once_for_each_kind_of_its_values(store: Store) -> None:
    async with store.read() as read:
        connection: Connection = read.wire.connection  # type: ignore[attr-defined]
        before = len(connection.prepared)
        for value in ("a", "b", "a"):
            await connection.trip([of_query(Query(OF_NAME, {"wanted": value}))])
        assert len(connection.prepared) == before + 1


async def test_a_server_that_is_cut_off_within_a_trip_is_said_to_be_lost(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match="connection to the database was lost"):
        await _cut_off(store)
    assert await _kept(store) == {}


async def test_what_is_more_than_the_wire_holds_arrives_whole(store: Store) -> None:
    large = "x" * 3_000_000
    async with store.begin() as tx:
        await tx.run(ADD, _rows(MANY, large))
        answers = await tx.together(*((OF_NAME, str, {"wanted": f"mark {number}"}) for number in range(MANY)))
    assert answers == [[large]] * MANY
