"""Adding a line behind a bridge, and what its bridge needs to know. Its secret is shown one time."""

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.accounts import Account
from frontdesk.desk.errors import Conflict, DeskError
from frontdesk.domain.accounts import State
from frontdesk.domain.operators import LineAct
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.context import page_values, setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Visitor, needs
from frontdesk.web.rooms import Rooms

router = APIRouter(include_in_schema=False)

CHANNEL = "bridge"
CALLBACK = "/api/whatsapp/callback"
Way = Literal["here", "elsewhere"]
Field = Annotated[str, Form(max_length=2_000)]
Adds = Annotated[Visitor, needs(LineAct.ADD.scope)]
Changes = Annotated[Visitor, needs(LineAct.CHANGE.scope)]
_NAME = "Give the line a name, so that your people know which number it is."
_COMMAND = "Give the command that starts the bridge, such as node baileys.mjs."
_ADDRESS = "Give the address at which the bridge takes commands, such as http://127.0.0.1:3000/command."
_AGREE = "Tick the box first: you should know what may happen to the number."
_EMPTY = {"name": "", "command": "", "folder": "", "send_url": ""}
_OFF = (
    "This installation starts no programs of others. Whoever runs this machine may allow it with "
    "FRONTDESK_ALLOW_BRIDGE_COMMANDS=true; or start the bridge by hand, and choose that it runs elsewhere."
)


@router.get("/lines/bridge")
async def new(request: Request, visitor: Adds) -> HTMLResponse:
    """The form."""
    way: Way = "here" if rooms_of(request).settings.allow_bridge_commands else "elsewhere"
    return await _page(request, visitor, "pages/bridge.html", {"given": _EMPTY | {"way": way}})


@router.post("/lines/bridge")
async def add(
    request: Request,
    visitor: Adds,
    *,
    name: Field = "",
    way: Annotated[Way, Form()] = "elsewhere",
    command: Field = "",
    folder: Field = "",
    send_url: Field = "",
    agreed: Field = "",
) -> HTMLResponse:
    """A new line with a secret of its own; it connects at once, and what its bridge needs to know is shown."""
    rooms = rooms_of(request)
    given = {"name": name, "way": way, "command": command, "folder": folder, "send_url": send_url}
    fault = _fault(rooms, given, agreed=bool(agreed))
    if not fault:
        token = new_secret()
        wanted = ("command", "folder") if way == "here" else ("send_url",)
        options = {"token": token} | {option: given[option] for option in wanted}
        try:
            account_id = await rooms.desk.accounts.add(CHANNEL, name=name[:80], options=options, owner_id=visitor.id)
            await rooms.desk.accounts.connect(account_id)
        except DeskError as refused:
            fault = refused.sentence
    if fault:
        return await _page(request, visitor, "pages/bridge_form.html", {"given": given, "fault": fault})
    return await _told(request, visitor, account_id, token)


@router.get("/lines/{account_id}/bridge")
async def line(request: Request, visitor: Changes, account_id: str) -> HTMLResponse:
    """What the bridge of a line needs to know, without its secret."""
    return await _page(request, visitor, "pages/bridge_line.html", _of(_behind_a_bridge(request, account_id)))


@router.post("/lines/{account_id}/secret")
async def change_secret(request: Request, visitor: Changes, account_id: str) -> HTMLResponse:
    """Another secret in the place of one that was lost, or that others know; a line that is up connects again."""
    account = _behind_a_bridge(request, account_id)
    accounts, token = rooms_of(request).desk.accounts, new_secret()
    await accounts.change(account_id, options={"token": token})
    if account.state not in (State.DISCONNECTED, State.LOGGED_OUT):
        await accounts.disconnect(account_id)
        await accounts.connect(account_id)
    return await _told(request, visitor, account_id, token)


def new_secret() -> str:
    """A word that nobody can guess."""
    return secrets.token_urlsafe(24)


def _fault(rooms: Rooms, given: dict[str, str], *, agreed: bool) -> str:
    """What is wrong with the form, as a sentence; empty where nothing is."""
    here = given["way"] == "here"
    if not given["name"].strip():
        return _NAME
    if here and not rooms.settings.allow_bridge_commands:
        return _OFF
    if not (given["command"] if here else given["send_url"]).strip():
        return _COMMAND if here else _ADDRESS
    return "" if agreed else _AGREE


async def _told(request: Request, visitor: Visitor, account_id: str, token: str) -> HTMLResponse:
    rooms = rooms_of(request)
    account = rooms.desk.accounts.get(account_id)
    return await _page(request, visitor, "pages/bridge_told.html", _of(account) | {"token": token})


def _behind_a_bridge(request: Request, account_id: str) -> Account:
    account = rooms_of(request).desk.accounts.get(account_id)
    if account.row.channel != CHANNEL:
        raise Conflict(f"“{account.row.name}” is not behind a bridge, so there is nothing to tell one.")
    return account


def _of(account: Account) -> dict[str, Any]:
    options = account.line.options
    return {
        "id": account.row.id,
        "name": account.row.name,
        "here": bool(options.command),
        "command": options.command,
        "folder": options.folder,
        "send_url": options.send_url,
    }


async def _page(request: Request, visitor: Visitor, template: str, values: dict[str, Any]) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
    base = (rooms.settings.public_url or str(request.base_url)).rstrip("/")
    own = {"callback": base + CALLBACK, "starts": rooms.settings.allow_bridge_commands, "fault": "", "token": ""}
    return answer(template, page_values(request, setting, "lines") | own | values)
