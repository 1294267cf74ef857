"""Small pieces of SQL that each database writes in its own way."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    literal_column,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from frontdesk.kit.text import keepable


class _Among(FunctionElement[bool]):
    """Whether a column is one of the texts of a JSON list: one parameter, however long the list."""

    name = "among"
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> "_Among":
        """It stands as it is: with the `= 1` that SQLite gets for other truths, no index would be used."""
        return self


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({given})))"  # noqa: S608 - a bound parameter


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    """As an array, so that an index is used whatever is known of the table and of the list."""
    column, given = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({given} AS jsonb)))))"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`column IN` the texts of the parameter `name`, which is made by `texts(...)`."""
    return _Among(column, bindparam(name, type_=Text))


class _AmongFound(FunctionElement[bool]):
    """Whether a column is one of what a SELECT finds."""

    name = "among_found"
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> "_AmongFound":
        """As in `_Among`."""
        return self


@compiles(_AmongFound, "sqlite")
def _found_on_sqlite(element: _AmongFound, compiler: SQLCompiler, **kw: Any) -> str:
    column, found = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} IN {found})"


@compiles(_AmongFound, "postgresql")
def _found_on_postgresql(element: _AmongFound, compiler: SQLCompiler, **kw: Any) -> str:
    """As an array: what is found is found first, and the column's index used then, whatever is known of the tables."""
    column, found = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} = ANY (ARRAY{found}))"


def among_found(column: ColumnElement[Any], found: Select[tuple[Any]]) -> ColumnElement[bool]:
    """`column IN (SELECT ...)`, where the SELECT is about other rows than the column's."""
    return _AmongFound(column, found.scalar_subquery())


class joined(FunctionElement[str]):  # noqa: N801 - as SQLAlchemy writes functions
    """The ids of a column, of every row, as one text with blanks in between; NULL of no row."""

    name = "joined"
    inherit_cache = True
    type = Text()


@compiles(joined, "sqlite")
def _joined_on_sqlite(element: joined, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)}, ' ')"


@compiles(joined, "postgresql")
def _joined_on_postgresql(element: joined, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, ' ')"


class unaccent(FunctionElement[str]):  # noqa: N801 - as SQLAlchemy writes functions
    """A text in lower case without accents, as `domain.words.fold` makes it; SQLite is taught the function."""

    name = "unaccent"
    inherit_cache = True
    type = Text()


@compiles(unaccent, "sqlite")
def _unaccent_on_sqlite(element: unaccent, compiler: SQLCompiler, **kw: Any) -> str:
    return f"unaccent({compiler.process(element.clauses, **kw)})"


@compiles(unaccent, "postgresql")
def _unaccent_on_postgresql(element: unaccent, compiler: SQLCompiler, **kw: Any) -> str:
    """PostgreSQL's own `unaccent` is an extension, which not every house may install."""
    folded = f"lower({compiler.process(element.clauses, **kw)})"
    return rf"regexp_replace(normalize({folded}, NFKD), '[\u0300-\u036f]', '', 'g')"


class _Pairs(FunctionElement[str]):
    """The pairs of a JSON list of lists, as a table with the columns `first` and `second`."""

    name = "pairs"
    inherit_cache = True


@compiles(_Pairs, "sqlite")
def _pairs_on_sqlite(element: _Pairs, compiler: SQLCompiler, **kw: Any) -> str:
    given = compiler.process(element.clauses, **kw)
    columns = "json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS second"
    return f"(SELECT {columns} FROM json_each({given}))"  # noqa: S608 - a bound parameter


@compiles(_Pairs, "postgresql")
def _pairs_on_postgresql(element: _Pairs, compiler: SQLCompiler, **kw: Any) -> str:
    given = compiler.process(element.clauses, **kw)
    columns = "value ->> 0 AS first, value ->> 1 AS second"
    return f"(SELECT {columns} FROM jsonb_array_elements(CAST({given} AS jsonb)))"  # noqa: S608 - a bound parameter


def pairs(name: str) -> TableValuedAlias:
    """A table of the pairs in the parameter `name`, which is made by `texts(...)` of pairs: join it to what they name.

    Two `among` would ask for each of the one with each of the other.
    """
    return _Pairs(bindparam(name, type_=Text)).table_valued("first", "second", name=name)


def texts(values: Iterable[str | tuple[str, str]]) -> str:
    """The parameter for `among`, or from pairs for `pairs`."""
    return orjson.dumps(list(values)).decode()


def to_json(value: Any) -> str:
    """A value as JSON text for a column, which can be read again whatever the value was.

    What UTF-8 cannot carry is replaced; a number beyond 64 bits becomes a text.
    """
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # a lone surrogate, a number beyond 64 bits, or a key that is no text
        return orjson.dumps(_readable(value)).decode()


def _readable(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {keepable(str(name)): _readable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(item) for item in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return value
    return keepable(str(value))


def const(value: str) -> ColumnElement[str]:
    """A text written into the statement itself: the database uses a partial index only for a constant it can see."""
    assert value.isidentifier()
    return literal_column(f"'{value}'", Text)


@lru_cache(maxsize=512)
def updating(table: Table, columns: tuple[str, ...], by: tuple[str, ...] = ("id",)) -> Update:
    """An UPDATE of these columns where the columns `by` are equal. One for each set of columns, so that it lasts.

    Its parameters are made by `changes`.
    """
    found = [table.c[name] == bindparam(f"is_{name}") for name in by]
    return update(table).where(*found).values({name: bindparam(f"new_{name}") for name in columns})


def changes(values: Mapping[str, Any], **found: Any) -> dict[str, Any]:
    """The parameters of `updating`: new values, and what the columns `by` are equal to."""
    return {f"new_{name}": value for name, value in values.items()} | {
        f"is_{name}": value for name, value in found.items()
    }
