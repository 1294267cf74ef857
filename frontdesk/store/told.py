"""Which word was said of a line at a target, and when: so that a restart says nothing twice."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.telling import Said, Word
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import told_words

_COLUMNS = (told_words.c.word, told_words.c.at, told_words.c.told)
_OF = select(*_COLUMNS).where(told_words.c.target == bindparam("mark"), told_words.c.account_id == bindparam("line"))


def _said(word: str, at: int, told: bool) -> Said:
    return Said(Word(word), at, told)


async def of(read: Read, target: str, account_id: str) -> list[Said]:
    """What that target was told of the line."""
    return await read.all(_OF, _said, {"mark": target, "line": account_id})


_EVERY = select(told_words.c.target, told_words.c.account_id, *_COLUMNS)


async def every(read: Read) -> dict[tuple[str, str], list[Said]]:
    """What each target was told of each line."""
    found: dict[tuple[str, str], list[Said]] = {}
    for target, account_id, *said in await read.all(_EVERY, lambda *columns: columns, {}):
        found.setdefault((target, account_id), []).append(_said(*said))
    return found


async def put(tx: Tx, target: str, account_id: str, said: Said) -> None:
    """That was said, in the place of when it was said before."""
    row = {"target": target, "account_id": account_id, "word": said.word.value, "at": said.at, "told": said.told}
    statement = upsert(told_words)
    key = [told_words.c.target, told_words.c.account_id, told_words.c.word]
    news = {name: statement.excluded[name] for name in ("at", "told")}
    await tx.run(statement.on_conflict_do_update(index_elements=key, set_=news), row)


async def forget(tx: Tx, account_id: str) -> None:
    """The owner knows how the line stands: what was said of it counts no more."""
    await tx.run(delete(told_words).where(told_words.c.account_id == account_id))
