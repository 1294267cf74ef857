"""Statements as PostgreSQL takes them: compiled once, and the rows of one INSERT as one parameter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import Dialect

from frontdesk.store.compiled import Compiled, Params, Query, Write, compile_lasting
from frontdesk.store.postgres_trip import Statement

_DIALECT: Dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_INSERT = re.compile(
    r'INSERT INTO (?P<table>"?\w+"?) \((?P<columns>[^)]*)\) VALUES \((?P<given>[$\d, ]*)\)(?P<tail>.*)', re.DOTALL
)
_CONFLICT = re.compile(r"ON CONFLICT \((?P<columns>[^)]*)\).*DO UPDATE", re.DOTALL)
_NUL = "\\u0000"
FEW = 3  # rows, up to which they go one by one


@dataclass(frozen=True, slots=True)
class _Bulk:
    """An INSERT of all rows in a JSON list. `apart`: rows that are equal in these columns cannot go together."""

    sql: bytes
    apart: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Lasting:
    sql: bytes
    compiled: Compiled
    bulk: _Bulk | None


def plain(sql: str) -> Statement:
    """SQL of ours without parameters."""
    return Statement(sql.encode())


def of_query(query: Query) -> Statement:
    """A question."""
    return _one(query.statement, query.params)


def of_write(write: Write) -> list[Statement]:
    """What only writes."""
    if write.rows is None or len(write.rows) == 1:
        return [_one(write.statement, write.rows[0] if write.rows else None)]
    if not write.rows:
        return []
    lasting = _lasting(write.statement, tuple(write.rows[0]))
    if len(write.rows) > FEW and lasting.bulk is not None and (whole := _whole(lasting, write.rows)) is not None:
        return [Statement(lasting.bulk.sql, (whole,))]
    return [Statement(lasting.sql, _kept(row)) for row in lasting.compiled.rows(write.rows)]


def _one(statement: Any, params: Params | None) -> Statement:
    if isinstance(statement, str):
        return Statement(statement.encode(), _kept(tuple((params or {}).values())))
    if params is not None:
        lasting = _lasting(statement, tuple(params))
        return Statement(lasting.sql, _kept(lasting.compiled.row(params)))
    made = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = _kept(tuple(made.params[name] for name in made.positiontup or ()))
    return Statement(str(made).encode(), values, lasts=False)


@lru_cache(maxsize=512)
def _lasting(statement: Any, keys: tuple[str, ...]) -> _Lasting:
    compiled = compile_lasting(statement, keys, _DIALECT)
    return _Lasting(compiled.sql.encode(), compiled, _bulk(compiled))


def _bulk(compiled: Compiled) -> _Bulk | None:
    """The same INSERT for many rows; None where it is none, or does more than to insert what it is given."""
    found = _INSERT.fullmatch(compiled.sql)
    if found is None or found["given"].count("$") != len(compiled.names) or "$" in found["tail"]:
        return None
    table, columns, tail = found["table"], found["columns"], found["tail"]
    rows = f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, CAST($1 AS json))"  # noqa: S608 - names of ours
    conflict = _CONFLICT.search(tail)
    apart = tuple(conflict["columns"].replace('"', "").split(", ")) if conflict else ()
    return _Bulk(f"INSERT INTO {table} ({columns}) {rows}{tail}".encode(), apart)


def _whole(lasting: _Lasting, rows: Sequence[Params]) -> str | None:
    """All rows as one parameter; None where they have to go one by one."""
    assert lasting.bulk is not None
    fixed, apart = lasting.compiled.fixed, lasting.bulk.apart
    if apart and len({tuple(row[name] for name in apart) for row in rows}) < len(rows):
        return None
    whole = [{**fixed, **row} for row in rows] if fixed else list(rows)
    try:
        told = orjson.dumps(whole).decode()
    except TypeError:  # a number beyond 64 bits, bytes, half a character: one by one, the database says which
        return None
    if _NUL not in told:
        return told
    return orjson.dumps([dict(zip(row, _kept(tuple(row.values())), strict=True)) for row in whole]).decode()


def _kept(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """PostgreSQL keeps every character but one."""
    return tuple([value.replace("\0", "") if type(value) is str and "\0" in value else value for value in row])
