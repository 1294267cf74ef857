"""Small pieces of SQL that each database writes in its own way."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Texts(FunctionElement[str]):
    """The texts of a JSON list, as a subquery: one parameter, however long the list."""

    name = "texts"
    inherit_cache = True
    type = Text()


@compiles(_Texts, "sqlite")
def _on_sqlite(element: _Texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"  # noqa: S608 - a bound parameter


@compiles(_Texts, "postgresql")
def _on_postgresql(element: _Texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT jsonb_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS jsonb)))"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`column IN` the texts of the parameter `name`, which is made by `texts(...)`."""
    return column.bool_op("IN")(_Texts(bindparam(name, type_=Text)))


def texts(values: Iterable[str]) -> str:
    """The parameter for `among`."""
    return orjson.dumps(list(values)).decode()


def to_json(value: Any) -> str:
    """A value as JSON text for a column."""
    return orjson.dumps(value, default=str).decode()


def const(value: str) -> ColumnElement[str]:
    """A text written into the statement itself: the database uses a partial index only for a constant it can see."""
    assert value.isidentifier()
    return literal_column(f"'{value}'", Text)
