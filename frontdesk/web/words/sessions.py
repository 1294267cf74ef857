"""`/sessions/{id}/...`: a line as Baileys servers speak of it. The word ends here: inside, it is an account."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AliasChoices, ConfigDict, Field

from frontdesk.desk.accounts import Account
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind, MalformedAddress, parse, variants
from frontdesk.domain.operators import LineAct, in_sight
from frontdesk.store import pages
from frontdesk.web.api import accounts, chats, messages
from frontdesk.web.api.accounts import LineStatus
from frontdesk.web.api.chats import NewChat
from frontdesk.web.api.deps import Limit, find_one, not_kept
from frontdesk.web.api.messages import NewMessage
from frontdesk.web.api.settings import MaxTokens, ModelName, Temperature, full_name, parts
from frontdesk.web.api.shapes import Chat, Given, Message, OrNone, Recipient, Shape, TextOrNone, message_shape
from frontdesk.web.auth import Admin, Caller, Reader, RoomsOf, Writer, known_caller, needs
from frontdesk.web.rooms import Rooms
from frontdesk.web.words.envelope import TAG, refusals
from frontdesk.web.words.shapes import address_of, file_name, message_id

router = APIRouter(
    prefix="/sessions/{session_id}", tags=[TAG], responses=refusals(404, 409), dependencies=[Depends(not_kept)]
)


class SessionStatus(Shape):
    """How a line stands. `reason` is there where a line is down until somebody acts."""

    status: str
    qrCode: str | None  # noqa: N815 - other systems' words
    phoneNumber: str | None  # noqa: N815
    reason: str | None = None


class SessionMessage(Shape):
    """A message of any chat of the line."""

    id: str
    messageId: str  # noqa: N815
    chatId: str  # noqa: N815
    remoteJid: str  # noqa: N815
    fromMe: bool  # noqa: N815
    messageType: str  # noqa: N815
    content: str | None
    mediaUrl: str | None  # noqa: N815
    status: str
    timestamp: str | None


class SessionMessages(Shape):
    """The newest messages of the line, in the order of time."""

    messages: list[SessionMessage]


class NewSessionMessage(Given):
    """What to write, and to whom: `to` and `message`, or one of their other names."""

    model_config = ConfigDict(
        coerce_numbers_to_str=True, json_schema_extra={"example": {"to": "447700900123", "message": "We open at nine."}}
    )

    to: Recipient = Field(
        max_length=300,
        validation_alias=AliasChoices("to", "recipient", "phone", "phoneNumber", "jid", "remoteJid", "chatId"),
    )
    message: str = Field(max_length=65_536, validation_alias=AliasChoices("message", "text", "content"))
    idempotency_key: TextOrNone = Field(
        default=None, max_length=200, validation_alias=AliasChoices("idempotencyKey", "idempotency_key")
    )


class Written(Shape):
    """The message is in the outbox: its status goes on from `queued`."""

    messageId: str  # noqa: N815
    status: str


class SessionAi(Shape):
    """What the agent does on this line where nothing else is set for a chat. `apiKey` is never shown."""

    enabled: bool
    systemPrompt: str  # noqa: N815
    model: str
    temperature: float | None
    maxTokens: int | None  # noqa: N815


class SessionAiChange(Given):
    """What to set; what is left out stays. `enabled` means: trusted, and answering by itself."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"enabled": True, "systemPrompt": "Answer for the shop.", "model": "gpt-4o"}}
    )

    enabled: bool | None = None
    systemPrompt: str | None = Field(default=None, max_length=50_000)  # noqa: N815
    model: ModelName = None
    temperature: Temperature = None
    maxTokens: MaxTokens = None  # noqa: N815
    apiKey: TextOrNone = None  # noqa: N815


async def _meant(
    session_id: Annotated[str, Path(description="An account: its id, its name or its phone.", max_length=200)],
    rooms: RoomsOf,
    request: Request,
) -> Account:
    sight = (await known_caller(request)).sight
    lines = [one for one in rooms.desk.accounts.all() if in_sight(sight, one.row.id)]
    if (account := next((one for one in lines if one.row.id == session_id), None)) is not None:
        return account
    called, phone = session_id.strip().casefold(), _phone(session_id)
    phones = {form.value for form in variants(phone)} if phone else set[str]()
    found = [one for one in lines if one.row.name.casefold() == called] or [
        one for one in lines if one.row.phone and one.row.phone in phones
    ]
    if not found:
        raise NotFound("There is no such line. Give an account's id, its name or its phone; see /api/v1/accounts.")
    if len(found) > 1:
        raise Conflict(f"{len(found)} lines are meant by this. Give the id: {', '.join(one.row.id for one in found)}.")
    return found[0]


TheLine = Annotated[Account, Depends(_meant)]


@router.post("/connect", summary="Bring a line up", response_model_exclude_unset=True)
async def connect(
    caller: Annotated[Caller, needs(LineAct.CONNECT.scope)], rooms: RoomsOf, line: TheLine
) -> SessionStatus:
    """Then ask for the status, until it is connected."""
    return status_of(await accounts.connect(caller, rooms, line.row.id))


@router.post("/disconnect", summary="Take a line down", response_model_exclude_unset=True)
async def disconnect(
    caller: Annotated[Caller, needs(LineAct.DISCONNECT.scope)], rooms: RoomsOf, line: TheLine
) -> SessionStatus:
    """What it needs to come back is kept."""
    return status_of(await accounts.disconnect(caller, rooms, line.row.id))


@router.post("/logout", summary="Log a line out", response_model_exclude_unset=True)
async def log_out(
    caller: Annotated[Caller, needs(LineAct.LOG_OUT.scope)], rooms: RoomsOf, line: TheLine
) -> SessionStatus:
    """It has to be linked again."""
    return status_of(await accounts.log_out(caller, rooms, line.row.id))


@router.get("/status", summary="How a line stands", response_model_exclude_unset=True)
async def status(caller: Reader, rooms: RoomsOf, line: TheLine) -> SessionStatus:
    """`qrCode` is a picture to scan, as a data URL, while one waits to be scanned."""
    return status_of(await accounts.status(caller, rooms, line.row.id))


@router.get("/messages", summary="The newest messages of a line")
async def history(
    *,
    caller: Reader,
    rooms: RoomsOf,
    line: TheLine,
    chat: Annotated[
        str | None, Query(description="Only of this chat, by any of its ids.", max_length=300), OrNone
    ] = None,
    limit: Limit = 50,
) -> SessionMessages:
    """Of all its chats, in the order of time."""
    account_id = line.row.id
    if chat is not None:
        one = await find_one(rooms, chat, sight=caller.sight, account_id=account_id)
        shown = [await chats.get_chat(caller, rooms, one)]
    else:
        page = await chats.list_chats(caller=caller, rooms=rooms, account=account_id, before=None, limit=limit)
        shown = page.items
    return SessionMessages(messages=await _newest(rooms, shown, limit))


@router.post("/messages", summary="Write to somebody on a line")
async def write(caller: Writer, rooms: RoomsOf, line: TheLine, new: NewSessionMessage) -> Written:
    """As an operator: the chat is taken over, or begun with a phone that is not known yet."""
    said: dict[str, Any] = {"text": new.message, "idempotency_key": new.idempotency_key}
    try:
        chat = await find_one(rooms, new.to, sight=caller.sight, account_id=line.row.id)
    except NotFound:
        if (phone := _phone(new.to)) is None:
            raise
        first = NewChat(account_id=line.row.id, address=f"+{phone.value}", **said)
        sent = await chats.begin_chat(caller=caller, rooms=rooms, chat=first)
    else:
        sent = await messages.write(caller=caller, rooms=rooms, chat=chat, message=NewMessage(**said))
    return Written(messageId=sent.id, status=sent.status)


@router.get("/ai", summary="What the agent does on a line")
async def get_ai(caller: Reader, rooms: RoomsOf, line: TheLine) -> SessionAi:
    """By the persona that serves it."""
    persona = rooms.desk.casting.persona((line.row.id, line.row.name))
    provider, model = parts(rooms, persona.model or rooms.model)
    return SessionAi(
        enabled=persona.trusted and persona.agent_mode.value == "auto",
        systemPrompt=persona.prompt,
        model=f"{provider}:{model}",
        temperature=persona.temperature,
        maxTokens=persona.max_tokens,
    )


@router.put("/ai", summary="Set what the agent does on a line")
async def put_ai(caller: Admin, rooms: RoomsOf, line: TheLine, change: SessionAiChange) -> SessionAi:
    """Makes a persona for the line. Chats whose switches were set by hand keep them."""
    given = change.model_dump(exclude_unset=True)
    if given.pop("apiKey", None):
        raise Invalid("Keys of providers are set on the machine, for example with OPENAI_API_KEY, and never by here.")
    who = (line.row.id, line.row.name)
    now = parts(rooms, rooms.desk.casting.persona(who).model or rooms.model)
    await rooms.desk.personas.serve(who, by=caller.by, **_ours(rooms, given, now))
    return await get_ai(caller, rooms, line)


def status_of(line: LineStatus) -> SessionStatus:
    """How a line stands in other words, which know no line that waits for somebody to act."""
    if line.state != State.ACTION_REQUIRED:
        return SessionStatus(status=line.state, qrCode=line.qr, phoneNumber=line.phone)
    down = State.DISCONNECTED.value
    return SessionStatus(status=down, qrCode=line.qr, phoneNumber=line.phone, reason=line.sentence)


async def _newest(rooms: Rooms, shown: list[Chat], limit: int) -> list[SessionMessage]:
    """The newest messages of these chats, which come with the newest first: the rest can be no newer than it."""
    found: list[tuple[Message, Chat]] = []
    async with rooms.store.read() as read:
        for chat in shown:
            if len(found) == limit and (chat.last_message_at or "") < (found[0][0].provider_time or ""):
                break
            page = await pages.history(read, chat.id, limit=limit)
            found += [(message_shape(line), chat) for line in page.items]
            found = sorted(found, key=lambda one: (one[0].provider_time or "", one[0].id))[-limit:]
    return [_session_message(*one) for one in found]


def _session_message(message: Message, chat: Chat) -> SessionMessage:
    file = file_name(message.media)
    return SessionMessage(
        id=message.id,
        messageId=message_id(message),
        chatId=message.chat_id,
        remoteJid=address_of(chat).replace("@c.us", "@s.whatsapp.net"),
        fromMe=message.direction == "outbound",
        messageType=message.kind,
        content=message.text,
        mediaUrl=f"/api/files/{file}" if file else None,
        status=message.status,
        timestamp=message.provider_time,
    )


def _phone(text: str) -> Address | None:
    try:
        address = parse(text)
    except MalformedAddress:
        return None
    return address if address.kind is AddressKind.PHONE else None


def _ours(rooms: Rooms, given: dict[str, Any], now: tuple[str, str]) -> dict[str, Any]:
    """The change in the keys of a persona. `now` is the model in force, as provider and name."""
    wanted: dict[str, Any] = {}
    if given.get("enabled") is not None:
        wanted["agent_mode"] = "auto" if given["enabled"] else "off"
    if given.get("enabled"):
        wanted["trusted"] = True
    if "systemPrompt" in given:
        wanted["prompt"] = given["systemPrompt"] or ""
    if "model" in given:
        wanted["model"] = full_name(rooms, None, given["model"], now=now)
        if wanted["model"] is not None:
            rooms.models.check(wanted["model"])
        wanted["base_url"] = None
    names = {"temperature": "temperature", "maxTokens": "max_tokens"}
    return wanted | {ours: given[theirs] for theirs, ours in names.items() if theirs in given}
