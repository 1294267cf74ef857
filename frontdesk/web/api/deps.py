"""What the API's routes share: the chat behind an id in a path, one message, and the size of a page."""

from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Path, Query, Request
from starlette.responses import Response

from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.domain.addresses import AddressKind, MalformedAddress, meant_as_phone
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.store import pages
from frontdesk.store.pages import ChatLine, MessageLine
from frontdesk.store.rows import ChatRow
from frontdesk.web.auth import RoomsOf, known_caller
from frontdesk.web.rooms import Rooms

Limit = Annotated[int, Query(ge=1, le=200, description="How many at the most.")]
Before = Annotated[str | None, Query(description="`next` of the page before.", max_length=200)]
IdempotencyKey = Annotated[str | None, Header(max_length=200, description="Instead of the one in the body.")]
ChatId = Annotated[
    str,
    Path(
        description="Our id, `account_id:address`, or an address: `447700900123`, `+44…`, `…@c.us`, "
        "`…@s.whatsapp.net`, `…@g.us`, `…@lid`; URL-encoded.",
        examples=["447700900123"],
        max_length=300,
    ),
]


def not_kept(response: Response) -> None:
    """A code that links a line is in the answer, or may be: no browser and no proxy on the way keeps a copy."""
    response.headers["Cache-Control"] = "no-store"


async def find_one(rooms: Rooms, text: str, *, sight: Sight, account_id: str | None = None) -> ChatRow:
    """The one chat that an id means, of those that the caller sees.

    Raises:
        NotFound: there is none.
        Conflict: it stands on several lines.
        MalformedAddress: it is no id of any form.
    """
    try:
        async with rooms.store.read() as read:
            found = await pages.find_chat(read, text, account_id=account_id, sight=sight)
    except MalformedAddress:
        account, colon, address = text.strip().partition(":")
        if colon and in_sight(sight, account) and rooms.desk.accounts.find(account) is not None:
            if address.strip():
                raise
            raise NotFound("Behind the account stands no address. Write account_id:447700900123.") from None
        if colon and account not in set(AddressKind):
            raise NotFound(f"There is no account “{account[:40]}”. See /api/v1/accounts for what there is.") from None
        if text.strip().lower().startswith("cht_"):
            raise NotFound("There is no chat with this id. Ids are written as they were given: cht_…") from None
        raise
    if not found:
        raise NotFound("There is no chat with this id. Nobody has written from there yet.")
    if len(found) > 1:
        ways = ", ".join(f"{chat.account_id}:…" for chat in found)
        raise Conflict(f"This address has chats on {len(found)} lines. Say which: {ways}")
    return found[0]


async def _chat(request: Request, chat: ChatId, rooms: RoomsOf) -> ChatRow:
    try:
        return await find_one(rooms, chat, sight=(await known_caller(request)).sight)
    except MalformedAddress as unreadable:
        if meant_as_phone(chat):
            raise
        raise NotFound(unreadable.sentence) from unreadable


TheChat = Annotated[ChatRow, Depends(_chat)]


async def chat_line(rooms: Rooms, chat_id: str) -> ChatLine:
    """A chat as the list shows it.

    Raises:
        NotFound: there is none.
    """
    async with rooms.store.read() as read:
        found = await pages.chat_line(read, chat_id)
    if found is None:
        raise NotFound("There is no such chat.")
    return found


async def message_line(rooms: Rooms, message_id: str) -> MessageLine:
    """A message as the history shows it.

    Raises:
        NotFound: there is none.
    """
    async with rooms.store.read() as read:
        found = await pages.message_line(read, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    return found


def same_message(
    line: MessageLine,
    *,
    text: str | None,
    media_id: str | None,
    kind: str = "text",
    content: dict[str, Any] | None = None,
    reply_to: str | None = None,
) -> None:
    """Refuse an idempotency key that stands for another message than the one given now.

    `reply_to` is our id of the message replied to, or the channel's, as it was given.

    Raises:
        Conflict: the message that was made under the key says something else.
    """
    made = line.message
    before = (made.text or None, made.media_id, orjson.loads(made.content) if made.content else {})
    same = before == (text or None, media_id, content or {}) and kind in ("text", made.kind)
    if not same or not _same_reply(line, reply_to):
        raise Conflict(
            f"This idempotency key was already used for another message, {line.message.id}. Nothing was sent. "
            "Give every message a key of its own."
        )


def _same_reply(line: MessageLine, reply_to: str | None) -> bool:
    made = line.message.reply_to
    if made is None or reply_to is None:
        return made is reply_to
    if line.quoted is None:  # it is gone, and with it our id of it
        return reply_to == made or reply_to.startswith("msg_")
    return reply_to in (made, line.quoted.id)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of the problems that a route may answer with."""
    return {status: {"description": _WORDS[status], "content": _CONTENT} for status in statuses}


_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_WORDS = {
    400: "The body is not a JSON document.",
    401: "No key, or a wrong one.",
    403: "The caller may not do this.",
    404: "There is no such thing.",
    409: "It may not be done as things stand now; `detail` says why.",
    413: "The body is too large.",
    422: "What was given cannot be right; `errors` says where.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "The database does not answer; `Retry-After` says when to come back.",
}
EVERYWHERE = problems(401, 403, 422, 429, 503)
