"""A connection to PostgreSQL, and the locks with which its transactions begin."""

from collections.abc import Sequence

from frontdesk.kit.cancelling import kept
from frontdesk.store.compiled import Query, Write
from frontdesk.store.outcome import Scope
from frontdesk.store.postgres_bulk import of_query, of_write, plain
from frontdesk.store.postgres_trip import Answer, Connection, Row, Statement
from frontdesk.store.sql import texts

_PATIENCE = "set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '20s', true)"
# Plans are kept while tables grow, and one made on a small table would read all of it for ever: so none is made but
# what goes from row to row by indexes, as every statement here can.
_KINDS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit")
_BY_INDEX = ", ".join(f"set_config('{kind}', 'off', true)" for kind in _KINDS)
_HOW = f"{_PATIENCE}, {_BY_INDEX}"
_NOT_LASTING = "set_config('synchronous_commit', 'off', true)"
_ALONE = f"SELECT {_HOW}, pg_advisory_xact_lock(hashtextextended('house', 0))"
_WITH_OTHERS = f"SELECT {_HOW}, pg_advisory_xact_lock_shared(hashtextextended('house', 0))"
_IN_PASSING = f"SELECT {_HOW}, {_NOT_LASTING}, pg_advisory_xact_lock_shared(hashtextextended('house', 0))"
_ACCOUNTS = """
SELECT pg_advisory_xact_lock(hashtextextended('account:' || one, 0))
FROM (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)) AS one ORDER BY 1) AS accounts"""
# First its account: while that is waited for, the chat may become another one, and no more once it is had.
_ACCOUNT_OF = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('account:' || account_id, 0))
FROM chats WHERE id = $1 OR id = (SELECT chat_id FROM merged_chats WHERE id = $1)"""
_CHAT = """
SELECT pg_advisory_xact_lock(hashtextextended('chat:' || id, 0))
FROM chats WHERE id = $1 OR id = (SELECT chat_id FROM merged_chats WHERE id = $1)"""
_ACCOUNTS_OF = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('account:' || one, 0))
FROM (SELECT DISTINCT account_id AS one FROM chats
    WHERE id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY 1) AS accounts"""
_CHATS = """
SELECT pg_advisory_xact_lock(hashtextextended('chat:' || one, 0))
FROM (SELECT id AS one FROM chats
    WHERE id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb))) ORDER BY 1) AS chats"""

_ACCOUNTS_BEHIND = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('account:' || one, 0))
FROM (SELECT DISTINCT split_part(jsonb_array_elements_text(CAST($1 AS jsonb)), '/', 1) AS one ORDER BY 1) AS accounts"""
_ADDRESSES = """
SELECT pg_advisory_xact_lock(hashtextextended('address:' || one, 0))
FROM (SELECT DISTINCT jsonb_array_elements_text(CAST($1 AS jsonb)) AS one ORDER BY 1) AS addresses"""
# Only now is it certain who is behind them: what was waited for may have brought somebody new.
_CHATS_BEHIND = """
SELECT pg_advisory_xact_lock(hashtextextended('chat:' || one, 0))
FROM (SELECT id AS one FROM chats WHERE contact_id IN (SELECT contact_id FROM addresses
    WHERE id IN (SELECT jsonb_array_elements_text(CAST($1 AS jsonb)))) ORDER BY 1) AS chats"""


def locking(scope: Scope) -> list[Write]:
    """What keeps others out of all that the transaction touches. Always in the same order, so that none waits for ever.

    Whoever dies or stands still while it holds them loses its connection, and with that the locks.
    """
    if not scope.shared:
        return [Write(_ALONE)]
    locks = [Write(_WITH_OTHERS if scope.lasting else _IN_PASSING)]
    if scope.addresses:
        locks.append(Write(_ACCOUNTS_BEHIND, [{"$1": texts(scope.addresses)}]))
    if scope.accounts:
        locks.append(Write(_ACCOUNTS, [{"$1": texts(scope.accounts)}]))
    if scope.addresses:
        locks += [Write(each, [{"$1": texts(scope.addresses)}]) for each in (_ADDRESSES, _CHATS_BEHIND)]
    if len(scope.chats) == 1:
        locks += [Write(each, [{"$1": scope.chats[0]}]) for each in (_ACCOUNT_OF, _CHAT)]
    elif scope.chats:
        locks += [Write(each, [{"$1": texts(scope.chats)}]) for each in (_ACCOUNTS_OF, _CHATS)]
    return locks


class PostgresWire:
    """A connection that was taken from the pool."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def ask(self, behind: Sequence[Write], queries: Sequence[Query]) -> list[list[Row]]:
        """Write what was left behind, then answer: for each question its rows. All in one trip."""
        answers = await self._trip(behind, [of_query(query) for query in queries])
        return [self.connection.rows(answer) for answer in answers]

    async def touch(self, behind: Sequence[Write], query: Query) -> int:
        """Write what was left behind, then this; gives how many rows this touched."""
        (answer,) = await self._trip(behind, [of_query(query)])
        return answer.command_tuples or 0

    async def finish(self, behind: Sequence[Write], end: str) -> None:
        """Write what was left behind, and end the transaction with the statement `end`."""
        await self._trip(behind, [plain(end)])

    async def _trip(self, behind: Sequence[Write], asked: list[Statement]) -> list[Answer]:
        """Gives the answers to what was asked."""
        written = [statement for write in behind for statement in of_write(write)]
        answers = await kept(self.connection.trip([*written, *asked]))
        return answers[len(written) :]
