"""Lines on which nothing gets out: since when, why, and how much was given up."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.store import changes
from frontdesk.store.changes import Kind
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import alerts, outages


@dataclass(frozen=True, slots=True)
class OutageRow:
    """A row of `outages`: the first failure behind the last success, and the last."""

    account_id: str
    since: int
    last_at: int
    why: str
    given_up: int  # messages that had no try left


_FAILED = upsert(outages)
_FAILED = _FAILED.on_conflict_do_update(
    index_elements=[outages.c.account_id],
    set_={
        "last_at": _FAILED.excluded.last_at,
        "why": _FAILED.excluded.why,
        "given_up": outages.c.given_up + _FAILED.excluded.given_up,
    },
)
_END = delete(outages).where(outages.c.account_id == bindparam("account"))
_ALL = select(outages).order_by(outages.c.account_id)
_OF = select(outages).where(outages.c.account_id == bindparam("account"))
_WHY = select(outages.c.why).where(outages.c.account_id == bindparam("account"))
_TOLD = select(alerts.c.key).where(alerts.c.acknowledged_at.is_(None), alerts.c.key.like("outage:%"))


def key(account_id: str) -> str:
    """The key of the alert."""
    return f"outage:{account_id}"


async def failed(tx: Tx, account_id: str, *, now: int, why: str, given_up: bool) -> None:
    """Nothing went out."""
    row = {"account_id": account_id, "since": now, "last_at": now, "why": why, "given_up": int(given_up)}
    await tx.run(_FAILED, row)


async def end(tx: Tx, account_id: str) -> None:
    """Something went out, or it is no longer known whether anything would."""
    await tx.run(_END, {"account": account_id})


async def changed(tx: Tx, account_id: str) -> None:
    """Whether the line fails, or its owner was told so, is otherwise from now on."""
    await changes.note(tx, Kind.OUTAGE, account_id)


async def all_(read: Read) -> list[OutageRow]:
    """Every line that fails."""
    return await read.all(_ALL, OutageRow, {})


async def of(read: Read, account_id: str) -> OutageRow | None:
    """The outage of a line, where it fails."""
    return await read.one(_OF, OutageRow, {"account": account_id})


async def why(read: Read, account_id: str) -> str | None:
    """Why the line failed last; None where it does not."""
    found: str | None = await read.scalar(_WHY, {"account": account_id})
    return found


async def troubled(read: Read) -> set[str]:
    """The lines that fail, and those of which an alert is open that says so."""
    rows, told = await read.together((_ALL, OutageRow, {}), (_TOLD, lambda one: one, {}))
    return {row.account_id for row in rows} | {one.removeprefix(key("")) for one in told}
