"""Media files: which there are, and how each stands. The bytes lie in the media folder, named by their hash."""

from typing import Any

from sqlalchemy import insert, select

from frontdesk.domain.live import Live, LiveType
from frontdesk.store.rows import MediaRow
from frontdesk.store.sql import changes, updating
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import media


async def by_id(read: Read, media_id: str) -> MediaRow | None:
    """The file of that id."""
    return await read.one(select(media).where(media.c.id == media_id), MediaRow)


async def is_stored(read: Read, digest: str) -> bool:
    """Whether a file of that hash is kept."""
    kept = select(media.c.id).where(media.c.sha256 == digest, media.c.state == "stored").limit(1)
    return await read.scalar(kept) is not None


_ADD = insert(media)


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """A new file."""
    await tx.run(_ADD, row)


async def change(tx: Tx, row: MediaRow, **values: Any) -> None:
    """Set columns, and tell the listeners."""
    await tx.run(updating(media, tuple(values)), changes(values, id=row.id))
    payload = {"media_id": row.id, "message_id": row.message_id, "state": values.get("state", row.state)}
    tx.emit(Live(LiveType.MEDIA_CHANGED, payload, row.account_id))
