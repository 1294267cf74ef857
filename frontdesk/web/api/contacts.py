"""Contacts: two that are one person, and an address that is another person's."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import ConfigDict, Field

from frontdesk.desk.errors import NotFound
from frontdesk.domain.addresses import MalformedAddress, meant_as_phone, parse
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.store import contacts
from frontdesk.store.rows import ChatRow
from frontdesk.web.api.deps import chat_line, find_one, problems
from frontdesk.web.api.shapes import Chat, Given, chat_shape
from frontdesk.web.auth import RoomsOf, Writer, known_caller
from frontdesk.web.rooms import Rooms

router = APIRouter(prefix="/contacts", tags=["chats"], responses=problems(404, 409))

ContactId = Annotated[
    str,
    Path(
        description="`contact_id` of a chat, or any id of the chat: our own, `account_id:address`, or an address.",
        examples=["447700900123"],
        max_length=300,
    ),
]


class SamePerson(Given):
    """The other contact, by its id or any id of its chat."""

    model_config = ConfigDict(json_schema_extra={"example": {"with": "99000111@lid"}})

    other: str = Field(alias="with", max_length=300)


class AnotherPerson(Given):
    """The address that is another person's, in any form."""

    model_config = ConfigDict(json_schema_extra={"example": {"address": "447700900999"}})

    address: str = Field(max_length=300)


async def _found(rooms: Rooms, text: str, *, sight: Sight, account_id: str | None = None) -> ChatRow:
    if text.startswith("con_"):
        async with rooms.store.read() as read:
            chat = await contacts.chat_of(read, text)
        if chat is None or not in_sight(sight, chat.account_id):
            raise NotFound("There is no contact with this id, or nothing was written with them yet.")
        return chat
    return await find_one(rooms, text, sight=sight, account_id=account_id)


async def _chat(request: Request, contact: ContactId, rooms: RoomsOf) -> ChatRow:
    try:
        return await _found(rooms, contact, sight=(await known_caller(request)).sight)
    except MalformedAddress as unreadable:
        if meant_as_phone(contact):
            raise
        raise NotFound(unreadable.sentence) from unreadable


TheirChat = Annotated[ChatRow, Depends(_chat)]


@router.post("/{contact}/merge", summary="Two contacts of one line are one person")
async def merge(caller: Writer, rooms: RoomsOf, contact: TheirChat, who: SamePerson) -> Chat:
    """Everything in the other one's chat goes into this one's, which is given back. The other chat's id leads here."""
    on = None if _is_ours(who.other) else contact.account_id
    other = await _found(rooms, who.other, sight=caller.sight, account_id=on)
    return await _shown(rooms, await rooms.desk.contacts.merge(contact.id, other=other.id, by=caller.by))


@router.post("/{contact}/split", summary="An address is another person's")
async def split(caller: Writer, rooms: RoomsOf, contact: TheirChat, what: AnotherPerson) -> Chat:
    """What came by the address, or went to it, moves into a chat of its own, which is given back."""
    new = await rooms.desk.contacts.split(contact.id, parse(what.address), by=caller.by)
    return await _shown(rooms, new)


def _is_ours(text: str) -> bool:
    """Whether it names its line by itself: our ids, and `account_id:address`."""
    return text.startswith(("con_", "cht_", "acc_"))


async def _shown(rooms: Rooms, chat_id: str) -> Chat:
    return chat_shape(await chat_line(rooms, chat_id), rooms.clock.now())
