"""`/api/files/{filename}`: a file by our id, or by the name under which it came. A name is never used as a path."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import FileResponse, Response

from frontdesk.desk.errors import Conflict
from frontdesk.domain.operators import Sight
from frontdesk.store import pages_house
from frontdesk.web.api import media
from frontdesk.web.auth import KnownFirst, Reader, RoomsOf
from frontdesk.web.rooms import Rooms
from frontdesk.web.words.envelope import TAG, refusals

router = APIRouter(prefix="/api/files", tags=[TAG], responses=refusals(404, 409), route_class=KnownFirst)


@router.get(
    "/{filename}",
    summary="A file by its name",
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
    filename: str,
    download: bool = False,
    wanted: Annotated[str | None, Header(alias="range", include_in_schema=False)] = None,
) -> Response:
    """`media_path` of a message names its file. 409 where several files have the name."""
    media_id = await _meant(rooms, filename, caller.sight)
    return await media.get(caller=caller, rooms=rooms, media_id=media_id, download=download, wanted=wanted)


async def _meant(rooms: Rooms, filename: str, sight: Sight) -> str:
    if filename.startswith("med_"):
        return filename.partition(".")[0]
    async with rooms.store.read() as read:
        named = await pages_house.files_named(read, filename, sight=sight)
    if len(named) > 1:
        raise Conflict("Several files have this name. Ask for the one by `media_path` of its message.")
    return named[0].id if named else filename
