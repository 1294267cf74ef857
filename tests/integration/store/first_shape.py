"""A database as an older version left it, and what of it can be compared: rows, and the shape of every table."""

from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Engine, MetaData, create_engine, inspect, select
from sqlalchemy.pool import NullPool

from frontdesk.store.migrations import _config

ROWS = Path(__file__).with_name("rows_of_0003.sql")
Rows = dict[str, list[dict[str, Any]]]


def engine(url: str) -> Engine:
    """To look at it directly; it keeps no connection open."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)


def make(url: str, *, revision: str, rows: Path | None = None) -> None:
    """Make an empty database of a migration, and fill it."""
    command.upgrade(_config(url), revision)
    if rows is not None:
        fill(url, rows)


def fill(url: str, rows: Path = ROWS) -> None:
    """Store the rows of a file."""
    with engine(url).begin() as connection:
        connection.execution_options(no_parameters=True)  # a percent sign is one
        for statement in rows.read_text(encoding="utf-8").split("\n;\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


def all_rows(url: str) -> Rows:
    """Every row of every table, in the order of their keys."""
    tables = MetaData()
    with engine(url).connect() as connection:
        tables.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            for name, table in tables.tables.items()
            if name != "alembic_version"
        }


def shape(url: str) -> dict[str, Any]:
    """Columns with types and defaults, keys and indexes with their conditions, of every table, whatever their order."""
    looking = inspect(engine(url))
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in looking.get_columns(name)
            },
            "key": looking.get_pk_constraint(name)["constrained_columns"],
            "references": sorted(
                (each["constrained_columns"], each["referred_table"], each["referred_columns"])
                for each in looking.get_foreign_keys(name)
            ),
            "unique": sorted(each["column_names"] for each in looking.get_unique_constraints(name)),
            "indexes": {
                str(each["name"]): (each["column_names"], bool(each["unique"]), _condition(dict(each)))
                for each in looking.get_indexes(name)
            },
        }
        for name in looking.get_table_names()
        if name != "alembic_version"
    }


def _condition(index: dict[str, Any]) -> str | None:
    options = index.get("dialect_options") or {}
    return next((str(text) for option, text in options.items() if option.endswith("_where")), None)
