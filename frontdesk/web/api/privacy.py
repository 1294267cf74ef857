"""A person's own: all that is kept of them in one archive, and the end of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.domain.addresses import MalformedAddress, meant_as_phone
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.store import contacts
from frontdesk.web.api.contacts import ContactId
from frontdesk.web.api.deps import find_one, problems
from frontdesk.web.archives import archive_of
from frontdesk.web.auth import Admin, RoomsOf, known_caller
from frontdesk.web.rooms import Rooms

router = APIRouter(prefix="/contacts", tags=["chats"], responses=problems(404, 409))

_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


async def _person(request: Request, contact: ContactId, rooms: RoomsOf) -> str:
    sight = (await known_caller(request)).sight
    return (
        await _by_own_id(rooms, contact, sight) if contact.startswith("con_") else await _by_chat(rooms, contact, sight)
    )


async def _by_own_id(rooms: Rooms, contact: str, sight: Sight) -> str:
    """Also somebody of the address book with whom nothing was written yet."""
    async with rooms.store.read() as read:
        found = await contacts.by_id(read, contact)
    if found is None or not in_sight(sight, found.account_id):
        raise NotFound("There is no contact with this id. It may have been erased.")
    return found.id


async def _by_chat(rooms: Rooms, text: str, sight: Sight) -> str:
    try:
        chat = await find_one(rooms, text, sight=sight)
    except MalformedAddress as unreadable:
        if meant_as_phone(text):
            raise
        raise NotFound(unreadable.sentence) from unreadable
    if chat.contact_id is None:
        raise Conflict("A group is no person. Name one of those who wrote in it.")
    return chat.contact_id


Person = Annotated[str, Depends(_person)]


@router.get(
    "/{contact}/export",
    summary="All that is kept of one person",
    response_class=StreamingResponse,
    responses=_ARCHIVE,
)
async def export(caller: Admin, rooms: RoomsOf, contact: Person) -> Response:
    """A zip: a page to read (`index.html`), the same as JSON and CSV, and the files under their names."""
    return await archive_of(rooms, contact)


@router.delete("/{contact}", status_code=204, summary="Forget one person for good")
async def erase(caller: Admin, rooms: RoomsOf, contact: Person) -> None:
    """Contact, chat, messages (also in groups), files, and what was noted of them. There is no way back.

    409 while something is being sent to them. A person who writes on two lines is two contacts: erase both.
    """
    await rooms.desk.erasing.erase(contact, by=caller.by)
