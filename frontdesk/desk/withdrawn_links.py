"""When the addresses of a line's page were last withdrawn: whoever takes a line down by hand ends them all."""

from frontdesk.store import marks
from frontdesk.store.store import Read, Tx


async def since(read: Read, account_id: str) -> int | None:
    """Since when those that were made before are over; None: no moment."""
    return await marks.moment(read, _name(account_id))


async def note(tx: Tx, account_id: str, now: int) -> None:
    """Those that were made until now are over."""
    await marks.note(tx, _name(account_id), now)


async def forget(tx: Tx, account_id: str) -> None:
    """There is no such line any more."""
    await marks.forget(tx, _name(account_id))


def _name(account_id: str) -> str:
    return f"link pages withdrawn:{account_id}"
