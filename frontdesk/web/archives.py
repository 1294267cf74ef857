"""Archives on their way out: made in a folder that is gone before the first byte leaves."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from frontdesk.desk import old_files
from frontdesk.desk.errors import NotFound
from frontdesk.store import contacts
from frontdesk.web.export import Export
from frontdesk.web.rooms import Rooms

CHUNK = 256 * 1024


async def archive_of(rooms: Rooms, contact_id: str) -> Response:
    """Everything that is kept of a person, as a download.

    Raises:
        NotFound: there is no such contact.
        StoreUnavailable: the disk is full.
    """
    rooms.desk.disk.needed_for_files()
    async with rooms.store.read() as read:
        contact = await contacts.by_id(read, contact_id)
    if contact is None:
        raise NotFound("There is no such contact.")
    account = rooms.desk.accounts.find(contact.account_id)
    line = account.row.name if account is not None else "a line that was removed"
    root = rooms.settings.data_dir / "media"
    made = Export(
        rooms.store,
        place=lambda digest: old_files.place_of(root, digest),
        zone=rooms.house().timezone,
        now=rooms.clock.now(),
    )
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as folder:
        path, name = await made.write(contact_id, Path(folder), line=line)
        file, size = path.open("rb"), path.stat().st_size  # it lives on until it is closed
    named = f"attachment; filename=\"export.zip\"; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": named, "Content-Length": str(size), "Cache-Control": "no-store"}
    return StreamingResponse(_chunks(file), media_type="application/zip", headers=headers)


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
