"""Statements as a driver takes them.

Those that live as long as the program are compiled once and handed to the driver as they are; those made for the moment
go another way, which each database has of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Boolean, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """A question. With `params`, the statement is one that lives as long as the program."""

    statement: Executable
    params: Params | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """What only writes: plain SQL, a statement made for the moment (no `rows`), or a lasting one for each of `rows`."""

    statement: Executable | str
    rows: Sequence[Params] | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as the driver takes it: the names of its parameters in order, and those that never change."""

    sql: str
    names: tuple[str, ...]
    fixed: Params
    truths: tuple[int, ...]  # columns of the result that are booleans, which SQLite gives as 0 and 1

    def row(self, given: Params) -> tuple[Any, ...]:
        """One set of parameters, in order."""
        whole = {**self.fixed, **given} if self.fixed else given
        return tuple([whole[name] for name in self.names])

    def rows(self, given: Sequence[Params]) -> list[tuple[Any, ...]]:
        """Many sets of parameters."""
        if self.fixed or len(self.names) < 2:
            return [self.row(one) for one in given]
        return list(map(itemgetter(*self.names), given))


def compile_lasting(statement: Any, keys: tuple[str, ...], dialect: Dialect) -> Compiled:
    """Compile a statement whose parameters are named `keys`. Callers remember the result."""
    columns = list(keys) if statement.is_insert else None
    compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
    if "POSTCOMPILE" in str(compiled):
        raise TypeError(f"A list is no parameter of a lasting statement; write among() or const(): {compiled}")
    names = tuple(compiled.positiontup or ())
    fixed = {name: value for name, value in compiled.params.items() if name in names and name not in keys}
    fixed |= {
        column.key: getattr(column.default, "arg", None)
        for column in compiled.insert_prefetch
        if column.key not in keys
    }
    shown = getattr(statement, "selected_columns", None) if statement.is_select else None
    if shown is None:
        shown = getattr(statement, "exported_columns", ()) if getattr(statement, "_returning", ()) else ()
    truths = tuple(place for place, column in enumerate(shown) if isinstance(column.type, Boolean))
    return Compiled(str(compiled), names, fixed, truths)
