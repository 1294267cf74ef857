"""Files: given out with headers that let nothing in them run, and taken in for messages to come."""

import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, File, Form, Header, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from frontdesk.desk.errors import NotFound
from frontdesk.desk.file_kinds import last_part
from frontdesk.kit.text import keepable
from frontdesk.store import pages_house
from frontdesk.store.rows import MediaRow
from frontdesk.web import sight
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Media, media_shape
from frontdesk.web.auth import KnownFirst, Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

CHUNK = 256 * 1024
# What a browser shows without being able to run it. All else is downloaded.
SHOWN = frozenset(
    {
        "application/pdf",
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/x-wav",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "video/3gpp",
        "video/mp4",
        "video/webm",
    }
)
SEALED = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=86400, immutable",
}

_PART = re.compile(r"(\d{0,15})-(\d{0,15})", re.ASCII)

router = APIRouter(prefix="/media", tags=["media"], responses=problems(404), route_class=KnownFirst)


async def _row(rooms: Rooms, media_id: str) -> MediaRow:
    async with rooms.store.read() as read:
        row = await pages_house.file(read, media_id)
    if row is None:
        raise NotFound("There is no such file.")
    return row


def answer(rooms: Rooms, row: MediaRow, *, download: bool = False) -> Response:
    """A stored file, with ranges, under headers that keep what is in it from running.

    Raises:
        NotFound: it is not stored.
    """
    path = rooms.desk.media.path(row)
    if not path.is_file():
        raise NotFound("The file was deleted from the disk.")
    mime = row.mime or ""
    shown = mime in SHOWN and not download
    return FileResponse(
        path,
        media_type=_served_as(mime),
        filename=last_part(row.name or "") or row.id,
        content_disposition_type="inline" if shown else "attachment",
        headers=SEALED,
    )


def _served_as(mime: str) -> str:
    if mime not in SHOWN:
        return "application/octet-stream"
    return "text/plain; charset=utf-8" if mime == "text/plain" else mime


@router.get(
    "/{media_id}",
    summary="The bytes of a file",
    response_class=FileResponse,
    responses={
        206: {"description": "The part that `Range` asked for."},
        400: {"description": "The header `Range` cannot be read."},
        416: {"description": "No such part."},
    },
)
async def get(
    *,
    caller: Reader,
    rooms: RoomsOf,
    media_id: str,
    download: bool = False,
    wanted: Annotated[str | None, Header(alias="range", include_in_schema=False)] = None,
) -> Response:
    """What a browser can show without running it is shown, all else is downloaded. Ranges are answered."""
    await sight.check(rooms, caller.sight, "media_id", media_id)  # also for who asked by a name
    row = await _row(rooms, media_id)
    given = answer(rooms, row, download=download)
    if wanted is not None:
        _check_range(wanted, rooms.desk.media.path(row).stat().st_size)
    return given


def _check_range(wanted: str, size: int) -> None:
    """Refuse a `Range` that cannot be answered, in words: the library answers without any.

    Raises:
        HTTPException: 400, it is no range; 416, the file is shorter.
    """
    unit, _, parts = wanted.partition("=")
    found = [_PART.fullmatch(part.strip()) for part in parts.split(",")]
    if unit.strip().lower() != "bytes" or not all(found):
        raise HTTPException(400, "The header Range cannot be read. Write it as bytes=0-99, or leave it out.")
    for part in filter(None, found):
        first, last = part[1], part[2]
        if (not first and not last) or (first and last and int(first) > int(last)):
            raise HTTPException(400, "The header Range ends before it begins. Write it as bytes=0-99, or leave it out.")
        if int(first) >= size if first else int(last) == 0:
            headers = {"Content-Range": f"bytes */{size}"}
            raise HTTPException(416, f"The file has {size} bytes: there is no such part of it.", headers)


@router.get("/{media_id}/about", summary="What is known of a file")
async def about(caller: Reader, rooms: RoomsOf, media_id: str) -> Media:
    """Its type, size and state."""
    return media_shape(await _row(rooms, media_id))


@router.post("", status_code=201, summary="Upload a file to send", responses=problems(413))
async def upload(
    *,
    caller: Writer,
    rooms: RoomsOf,
    file: Annotated[UploadFile, File(description="At most 100 MB.")],
    account_id: Annotated[str, Form(description="The line that it will be sent on.")],
    voice: Annotated[bool, Form(description="It is a voice message.")] = False,
) -> Media:
    """Give the `id` as `media` of a message. The type is found by the content."""
    await sight.check(rooms, caller.sight, "account_id", account_id)
    row = await rooms.desk.media.keep(
        keepable(account_id),
        name=keepable(file.filename or "") or None,
        mime=file.content_type,
        chunks=_chunks(file),
        voice=voice,
    )
    return media_shape(row)


@router.post("/{media_id}/fetch", status_code=202, summary="Try again to download a file", responses=problems(409))
async def fetch(caller: Writer, rooms: RoomsOf, media_id: str) -> Media:
    """For one that could not be fetched when its message came."""
    await rooms.desk.media.fetch_again(media_id)
    return media_shape(await _row(rooms, media_id))


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk
