"""One trip to PostgreSQL: many statements out, all of their answers back, by the pipeline of its protocol.

It speaks to the driver's own library below its cursors, which cost more than many a statement. What lasts is prepared
with its first execution.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from psycopg import AsyncConnection, errors, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.waiting import Ready, Wait

Row = tuple[Any, ...]
Answer = pq.abc.PGresult
_Key = tuple[bytes, tuple[int, ...]]
_Waits = Generator[Wait, Ready | int, list[Answer]]

_ENDED = pq.ExecStatus.PIPELINE_SYNC
_BAD = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)


@dataclass(slots=True)
class Statement:
    """SQL with its parameters. One that lasts comes again."""

    sql: bytes
    params: Sequence[Any] = ()
    lasts: bool = True


class Connection(AsyncConnection[Row]):
    """A connection that remembers what was prepared on it. `prepares` is False behind a pooler."""

    prepares = True

    def __init__(self, pgconn: "pq.abc.PGconn", *given: Any, **named: Any) -> None:
        super().__init__(pgconn, *given, **named)
        self.prepared: dict[_Key, bytes] = {}
        self.names = count()
        self.translator = Transformer(self)

    async def trip(self, statements: Iterable[Statement]) -> list[Answer]:
        """Send these, in this order, and give the answer to each.

        Raises:
            psycopg.Error: of the first that failed; none behind it was done.
        """
        return await self.wait(_trip(self, statements))

    def rows(self, answer: Answer) -> list[Row]:
        """The rows of an answer."""
        self.translator.set_pgresult(answer)
        return self.translator.load_rows(0, answer.ntuples, tuple)


def _trip(connection: Connection, statements: Iterable[Statement]) -> _Waits:
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    try:
        preparing: list[tuple[_Key, bytes] | None] = []  # for each answer, what is prepared where it is a good one
        for statement in statements:
            _send(connection, statement, preparing)
        pgconn.pipeline_sync()
        answers = yield from _answers(pgconn)
    finally:
        if pgconn.status != pq.ConnStatus.BAD:
            pgconn.exit_pipeline_mode()
    return _checked(connection, answers, preparing)


def _send(connection: Connection, statement: Statement, preparing: list[tuple[_Key, bytes] | None]) -> None:
    pgconn, translator, given = connection.pgconn, connection.translator, statement.params
    values = translator.dump_sequence(given, [PyFormat.AUTO] * len(given)) if given else None
    types, formats = (translator.types or (), translator.formats) if given else ((), None)
    if not (statement.lasts and connection.prepares):
        pgconn.send_query_params(statement.sql, values, types, formats)
    else:
        key = statement.sql, tuple(types)
        name = connection.prepared.get(key) or next((one[1] for one in preparing if one and one[0] == key), None)
        if name is None:
            name = b"s%d" % next(connection.names)
            pgconn.send_prepare(name, statement.sql, types)
            preparing.append((key, name))
        pgconn.send_query_prepared(name, values, formats)
    preparing.append(None)


def _answers(pgconn: "pq.abc.PGconn") -> _Waits:
    """Write all of it, and read until the end of the trip."""
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()
    answers: list[Answer] = []
    while True:
        while pgconn.is_busy():
            yield Wait.R
            pgconn.consume_input()
        answer = pgconn.get_result()
        if answer is None:
            continue  # between two statements
        if answer.status == _ENDED:
            return answers
        answers.append(answer)
        if pgconn.status == pq.ConnStatus.BAD:
            return answers


def _checked(connection: Connection, answers: list[Answer], preparing: list[tuple[_Key, bytes] | None]) -> list[Answer]:
    told = []
    for answer, prepared in zip(answers, preparing, strict=False):
        if answer.status in _BAD:
            raise errors.error_from_result(answer)
        if prepared is None:
            told.append(answer)
        else:
            connection.prepared[prepared[0]] = prepared[1]
    return told
