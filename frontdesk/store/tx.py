"""What is done on a connection: reading, and in a transaction writing."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Executable

from frontdesk.domain.live import Live
from frontdesk.store.compiled import Params, Query, Write

R = TypeVar("R")
Row = tuple[Any, ...]


class Wire(Protocol):
    """A connection to a database."""

    async def ask(self, behind: Sequence[Write], queries: Sequence[Query]) -> list[list[Row]]:
        """Write what was left behind, then answer: for each question its rows. All in one trip."""

    async def touch(self, behind: Sequence[Write], query: Query) -> int:
        """Write what was left behind, then this; gives how many rows this touched."""

    async def finish(self, behind: Sequence[Write], end: str) -> None:
        """Write what was left behind, and end the transaction with the statement `end`."""


class Read:
    """A connection that reads.

    A statement given with `params` must be one that lives as long as the program; it is compiled once.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    async def _ask(self, *queries: Query) -> list[list[Row]]:
        return await self.wire.ask((), queries)

    async def all(self, statement: Executable, row: Callable[..., R], params: Params | None = None) -> list[R]:
        """Every row, each made by `row(*columns)`."""
        (rows,) = await self._ask(Query(statement, params))
        return [row(*columns) for columns in rows]

    async def one(self, statement: Executable, row: Callable[..., R], params: Params | None = None) -> R | None:
        """The first row, made by `row(*columns)`, or None."""
        (rows,) = await self._ask(Query(statement, params))
        return row(*rows[0]) if rows else None

    async def scalar(self, statement: Executable, params: Params | None = None) -> Any:
        """The first column of the first row, or None."""
        (rows,) = await self._ask(Query(statement, params))
        return rows[0][0] if rows else None

    async def scalars(self, statement: Executable, params: Params | None = None) -> list[Any]:
        """The first column of every row."""
        (rows,) = await self._ask(Query(statement, params))
        return [columns[0] for columns in rows]

    async def pairs(self, statement: Executable, params: Params | None = None) -> dict[Any, Any]:
        """A dict from the first column to the second."""
        (rows,) = await self._ask(Query(statement, params))
        pairs: dict[Any, Any] = dict(rows)
        return pairs

    async def together(self, *queries: tuple[Executable, Callable[..., Any], Params | None]) -> list[list[Any]]:
        """Several questions in one trip: for each (statement, row, params) its rows."""
        results = await self._ask(*(Query(statement, params) for statement, _, params in queries))
        return [[row(*columns) for columns in rows] for (_, row, _), rows in zip(queries, results, strict=True)]


class Tx(Read):
    """A transaction. Events emitted in it are told after the commit, or never.

    What only writes is left behind until something is asked, or until the end: it then goes along in the same trip.
    """

    def __init__(self, wire: Wire, *beginning: Write) -> None:
        super().__init__(wire)
        self.events: list[Live] = []
        self.due: int | None = None
        self.begun = False
        self._beginning = len(beginning)
        self._behind: list[Write] = list(beginning)

    async def _ask(self, *queries: Query) -> list[list[Row]]:
        return await self.wire.ask(self._left_behind(), queries)

    def _left_behind(self) -> list[Write]:
        behind, self._behind, self.begun = self._behind, [], True
        return behind

    @property
    def idle(self) -> bool:
        """Whether nothing was asked or written in it."""
        return not self.begun and len(self._behind) == self._beginning

    async def flush(self) -> None:
        """Write what was left behind."""
        if self._behind and not self.idle:
            await self._ask()

    async def finish(self, end: str) -> None:
        """Write what was left behind and end with that statement, in one trip. Raises what the wire raises."""
        await self.wire.finish(self._left_behind(), end)

    async def run(self, statement: Executable, params: Params | Sequence[Params] | None = None) -> None:
        """Execute a statement that writes; a list of parameters runs it once for each."""
        rows = [params] if isinstance(params, dict) else params
        if rows is None or rows:
            self._behind.append(Write(statement, rows))

    async def count(self, statement: Executable, params: Params | None = None) -> int:
        """Execute a statement that writes, and give how many rows it touched."""
        return await self.wire.touch(self._left_behind(), Query(statement, params))

    async def run_all(self, work: Sequence[tuple[Executable, Sequence[Params]]]) -> None:
        """Execute many statements that write, each for a list of parameters with the same keys."""
        self._behind += [Write(statement, rows) for statement, rows in work if rows]

    def emit(self, event: Live) -> None:
        """Tell the listeners after the commit."""
        self.events.append(event)

    def wake(self, due: int) -> None:
        """Let the runner know after the commit that there is work due at that moment."""
        self.due = due if self.due is None else min(self.due, due)
