"""The inbox page, the chat window, and the parts of both that htmx asks for."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.errors import NotFound
from frontdesk.domain.personas import Persona, choose, fallback_persona
from frontdesk.kit.ids import new_id
from frontdesk.store import contacts, groups, importance, pages, pages_house
from frontdesk.store.pages import ChatLine, MessageLine
from frontdesk.store.store import Read
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import bubbles as messages, panes, reminding, shelf
from frontdesk.web.inbox.cards import Look, answers, card
from frontdesk.web.inbox.context import Setting, look_of, page_values, setting_of
from frontdesk.web.inbox.shelf import MOST, PAGE, Shelf, shelf_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor, elsewhere, wants_part
from frontdesk.web.inbox.why import may_refuse, why_of
from frontdesk.web.rooms import Rooms
from frontdesk.web.sight import personas_in_sight
from frontdesk.web.standing import rests

HISTORY = 30  # messages that a chat opens with
LONGEST_TAIL = 200  # messages that a refresh renders again

router = APIRouter(include_in_schema=False)


@router.get("/")
async def inbox(request: Request, visitor: Anyone) -> HTMLResponse:
    """The inbox with no chat open."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        values = page_values(request, setting, "inbox") | await _list(read, setting, shelf_of(request.query_params))
    return answer("inbox/page.html", values | {"pane": None, "open_chat": None})


@router.get("/chats/{chat_id}")
async def chat(request: Request, visitor: Anyone, chat_id: str) -> HTMLResponse:
    """A chat: within the whole page, or alone when htmx asks."""
    rooms = rooms_of(request)
    asked = shelf_of(request.query_params)
    async with rooms.store.read() as read:
        if now := await pages.chat_now(read, chat_id):
            raise elsewhere(request, f"/chats/{now}{asked.suffix}")
        line = await _line(read, chat_id)
        if wants_part(request):
            look = await look_of(rooms, visitor, read)
            values = await chat_values(read, rooms, visitor=visitor, look=look, line=line) | {"shelf": asked}
            return answer("inbox/desk.html", values)
        setting = await setting_of(request, visitor, read)
        values = page_values(request, setting, "inbox") | await _list(
            read, setting, asked, path=f"/chats/{line.chat.id}"
        )
        values |= await chat_values(read, rooms, visitor=visitor, look=setting.look, line=line)
    return answer("inbox/page.html", values | {"open_chat": line.chat.id})


@router.get("/inbox/chats")
async def chat_list(
    request: Request,
    visitor: Anyone,
    *,
    before: str | None = None,
    count: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    refresh: bool = False,
) -> HTMLResponse:
    """The list again; `before` asks for the next cards only, `refresh` also for the numbers on the rail."""
    rooms, asked = rooms_of(request), shelf_of(request.query_params)
    path = _path(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        values = await _list(read, setting, asked, path=path, before=before, count=count)
    values |= page_values(request, setting, "inbox") | {"open_chat": _open_chat(path)}
    if before is not None:
        return answer("inbox/cards.html", values)
    if refresh:
        return answer("inbox/list_refresh.html", values)
    answered = answer("inbox/list.html", values)
    answered.headers["HX-Replace-Url"] = f"{path}{asked.suffix}"
    return answered


@router.get("/inbox/rail")
async def rail(request: Request, visitor: Anyone, here: str = "") -> HTMLResponse:
    """The numbers on the rail again, for the pages beside the inbox."""
    async with rooms_of(request).store.read() as read:
        setting = await setting_of(request, visitor, read)
    return answer("parts/rail_refresh.html", page_values(request, setting, here))


@router.get("/inbox/pulse", status_code=204)
async def pulse(visitor: Anyone) -> Response:
    """Whether the sign-in still holds."""
    return Response(status_code=204)


@router.get("/inbox/chats/{chat_id}")
async def chat_again(
    request: Request,
    visitor: Anyone,
    chat_id: str,
    *,
    since: Annotated[str, Query(alias="from", max_length=80)] = "",
    count: Annotated[int, Query(ge=0)] = HISTORY,
) -> HTMLResponse:
    """Every part of an open chat again. `from` is the place of the first message shown, `count` how many are."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        if now := await pages.chat_now(read, chat_id):
            raise elsewhere(request, f"/chats/{now}{shelf_of(request.query_params).suffix}")
        look = await look_of(rooms, visitor, read)
        values = await refresh_values(
            read, rooms, visitor=visitor, look=look, chat_id=chat_id, since=since, count=count
        )
    return answer("inbox/refresh.html", values | {"shelf": shelf_of(request.query_params), "toast": None})


@router.get("/inbox/chats/{chat_id}/messages")
async def older(request: Request, visitor: Anyone, chat_id: str, before: str) -> HTMLResponse:
    """The messages before a place."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        line = await _line(read, chat_id)
        page = await pages.history(read, line.chat.id, before=before, limit=HISTORY)
        look = await look_of(rooms, visitor, read)
    values = _bubble_values(line, page.items, look, visitor, newest=False) | {
        "older": page.next,
        "chat_id": line.chat.id,
    }
    return answer("inbox/older.html", values)


@router.get("/inbox/messages/{message_id}/why")
async def why(request: Request, visitor: Anyone, message_id: str) -> HTMLResponse:
    """Why a message was answered, or not."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        found = await pages.trace(read, message_id)
        if found is None:
            raise NotFound("There is no such message.")
        look = await look_of(rooms, visitor, read)
        line = await _line(read, found.line.message.chat_id)
    persona, can = _persona(rooms, line), rooms.channels[line.channel].capabilities
    asked = may_refuse(group=line.chat.group_ref is not None, hours=bool(persona and persona.hours), window=can.window)
    return answer("inbox/why.html", {"why": why_of(found, look, asked)})


@router.get("/inbox/messages/{message_id}/draft")
async def draft(request: Request, visitor: Anyone, message_id: str, edit: bool = False) -> HTMLResponse:
    """What can be done with a draft, or with `edit` the draft itself to be changed before it is sent."""
    async with rooms_of(request).store.read() as read:
        found = await pages.message_line(read, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    values = {"message_id": found.message.id, "text": found.message.text or ""}
    return answer("inbox/edit.html" if edit else "inbox/draft_tools.html", values)


async def chat_values(read: Read, rooms: Rooms, *, visitor: Visitor, look: Look, line: ChatLine) -> dict[str, Any]:
    """A chat as it opens: its pane and its newest messages."""
    page = await pages.history(read, line.chat.id, limit=HISTORY)
    return (
        await _pane_values(read, rooms, visitor=visitor, look=look, line=line, newest=page.items)
        | _bubble_values(line, page.items, look, visitor, unread=line.chat.unread)
        | {"older": page.next}
    )


async def refresh_values(
    read: Read, rooms: Rooms, *, visitor: Visitor, look: Look, chat_id: str, since: str, count: int
) -> dict[str, Any]:
    """A chat that is open, again: the messages from the first shown one on."""
    line = await _line(read, chat_id)
    page = await pages.history(read, line.chat.id, limit=min(max(count, HISTORY) + HISTORY, LONGEST_TAIL))
    shown = [each for each in page.items if _key(each) >= _place(since)]
    return await _pane_values(read, rooms, visitor=visitor, look=look, line=line, newest=page.items) | _bubble_values(
        line, shown, look, visitor
    )


async def _pane_values(
    read: Read, rooms: Rooms, *, visitor: Visitor, look: Look, line: ChatLine, newest: Sequence[MessageLine]
) -> dict[str, Any]:
    going_on = await pages_house.happening(read, line.chat.id)
    own, offered = _persona(rooms, line), personas_in_sight(rooms, visitor.sight, rooms.house().personas)
    names = dict.fromkeys(persona.name for persona in offered) | dict.fromkeys(filter(None, [line.chat.persona]))
    account = rooms.desk.accounts.find(line.chat.account_id)
    around = panes.Around(
        can=rooms.channels[line.channel].capabilities,
        persona=own or fallback_persona(rooms.house().defaults),
        built_in=own is None,
        rests=account is not None and rests(rooms, account.row),
        role=visitor.role,
        running=going_on.running,
        alerts=[alert for alert in going_on.alerts if alert.kind != "reminder"],  # they have a card of their own
        newest=newest,
        members=await groups.members_of(read, line.chat),
        parts=await contacts.parts_of(read, line.chat.contact_id or "", only_joined=True)
        if len(line.addresses) > 1
        else (),
    )
    return {
        "pane": panes.pane(line, look, around),
        "colleagues": panes.people(look, line.chat),
        "persona_names": list(names),
        "idempotency_key": new_id("key"),
        "csrf": visitor.csrf,
    } | await reminding.of_chat(read, line.chat.id, look)


def _bubble_values(
    line: ChatLine, lines: Sequence[MessageLine], look: Look, visitor: Visitor, *, unread: int = 0, newest: bool = True
) -> dict[str, Any]:
    name = "" if line.chat.group_ref else line.name
    asks = newest and answers(line, look.now)
    return {
        "bubbles": messages.thread(lines, look, unread=unread, name=name, agent_answers=asks),
        "pane_id": line.chat.id,
        "pane_group": line.chat.group_ref is not None,
        "may_write": visitor.role.value != "viewer",
    }


def _persona(rooms: Rooms, line: ChatLine) -> Persona | None:
    """The persona that serves the chat; None where only the built-in one does."""
    account = (line.chat.account_id, line.account_name)
    return choose(rooms.house().personas, account=account, addresses=line.addresses, named=line.chat.persona)


async def _list(
    read: Read, setting: Setting, asked: Shelf, *, path: str = "/", before: str | None = None, count: int = PAGE
) -> dict[str, Any]:
    visitor = setting.visitor
    page = await pages.chat_list(read, asked.filter(visitor.id, sight=visitor.sight, before=before, limit=count))
    failed = await _failed(read, page.items, setting.look.now)
    matter = await importance.pressing(read, [line.chat.id for line in page.items if line.chat.waiting_since])
    more = f"{asked.query}&before={page.next}" if page.next else ""
    return {
        "shelf": shelf.view(asked, setting.counts, setting.accounts, path=path),
        "cards": [
            card(line, setting.look, failed=line.chat.id in failed, pressing=matter.get(line.chat.id, 0))
            for line in page.items
        ],
        "more": more.removeprefix("&"),
    }


async def _failed(read: Read, lines: Sequence[ChatLine], now: int) -> frozenset[str]:
    """The chats in which somebody waits because the agent, which was to answer, could not."""
    wait = [line.chat.id for line in lines if line.chat.waiting_since is not None and answers(line, now)]
    return frozenset(await pages.unable(read, wait))


async def _line(read: Read, chat_id: str) -> ChatLine:
    found = await pages.chat_line(read, chat_id)
    if found is None:
        raise NotFound("There is no such chat. It may have been erased.")
    return found


def _key(line: MessageLine) -> tuple[int, str]:
    return line.message.provider_time, line.message.id


def _place(since: str) -> tuple[int, str]:
    at, _, key = since.partition(".")
    return (int(at), key) if at.isascii() and at.isdecimal() and len(at) < 18 else (0, "")


def _path(request: Request) -> str:
    """The page on which htmx stands, without its query."""
    current = request.headers.get("hx-current-url", "").split("?", 1)[0].split("#", 1)[0]
    path = "/" + current.split("/", 3)[3] if current.count("/") >= 3 else "/"
    return path if _open_chat(path) else "/"


def _open_chat(path: str) -> str | None:
    chat_id = path.removeprefix("/chats/")
    return chat_id if chat_id != path and chat_id.replace("_", "").isalnum() else None
