"""Linking a line with a phone: the form for a new one, and the page with the code, which follows what happens."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.accounts import Account
from frontdesk.desk.errors import Conflict, DeskError
from frontdesk.desk.line_codes import NOTHING, Shown
from frontdesk.desk.link_pages import why_not
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.domain.operators import LineAct
from frontdesk.kit import qr
from frontdesk.kit.clock import SECOND, to_datetime
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.context import Setting, page_values, setting_of
from frontdesk.web.inbox.line_kinds import linked_kinds
from frontdesk.web.inbox.numbers import local_number
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Visitor, needs, wants_part
from frontdesk.web.rooms import Rooms
from frontdesk.web.standing import next_of, standing

router = APIRouter(include_in_schema=False)

GRACE = 6 * SECOND  # after its end in which the next code may come
Way = Literal["qr", "code"]
Field = Annotated[str, Form(max_length=200)]
Links = Annotated[Visitor, needs(LineAct.CONNECT.scope)]
Adds = Annotated[Visitor, needs(LineAct.ADD.scope)]
_AGREE = "Tick the box first: you should know what may happen to the number."
_NAME = "Give the line a name, so that your people know which number it is."


class Phase(StrEnum):
    """What the page shows."""

    STARTING = "starting"
    SCAN = "scan"
    OUT = "out"  # the code has run out, and no other one came
    PHONE = "phone"  # which number the code is for
    TYPE = "type"
    CONNECTED = "connected"
    STOPPED = "stopped"


@router.post("/lines/linked")
async def add(
    request: Request, visitor: Adds, *, name: Field = "", channel: Field = "", agreed: Field = ""
) -> Response:
    """A new line that is linked with a phone: it begins to connect, and the page with its code is opened."""
    rooms = rooms_of(request)
    kinds = linked_kinds(rooms)
    channel = channel or (kinds[0][0] if kinds else "")
    fault = "" if name.strip() and agreed else _NAME if not name.strip() else _AGREE
    if not fault:
        try:
            account_id = await rooms.desk.accounts.add(channel, name=name[:80], options={}, owner_id=visitor.id)
            await rooms.desk.accounts.connect(account_id)
        except DeskError as refused:
            fault = refused.sentence
    if fault:
        values = {"kinds": kinds, "linked": {"name": name, "channel": channel, "fault": fault}, "csrf": visitor.csrf}
        return answer("pages/link_form.html", values)
    return _to(request, f"/lines/{account_id}/link")


@router.get("/lines/{account_id}/link")
async def page(request: Request, visitor: Links, account_id: str, by: Way = "qr") -> HTMLResponse:
    """The page with the code."""
    return await _page(request, visitor, account_id, by=by)


@router.get("/lines/{account_id}/link/now")
async def now(request: Request, visitor: Links, account_id: str, by: Way = "qr") -> HTMLResponse:
    """What is to be seen there now."""
    return await _page(request, visitor, account_id, by=by, template="pages/link_now.html")


@router.post("/lines/{account_id}/link")
async def begin(request: Request, visitor: Links, account_id: str) -> HTMLResponse:
    """Show a code: a first one, or another one in the place of one that has run out."""
    await rooms_of(request).desk.accounts.connect(account_id)
    return await _page(request, visitor, account_id, by="qr", template="pages/link_now.html")


@router.post("/lines/{account_id}/pair")
async def pair(request: Request, visitor: Links, account_id: str, phone: Field = "") -> Response:
    """Show a code that is typed on that phone."""
    fault = local_number(phone)
    try:
        if not fault:
            await rooms_of(request).desk.accounts.pair_by_code(account_id, phone)
    except DeskError as refused:
        fault = refused.sentence
    if not fault and not wants_part(request):
        return _to(request, f"/lines/{account_id}/link?by=code")
    template = "pages/link_now.html" if wants_part(request) else "pages/link.html"
    return await _page(request, visitor, account_id, by="code", template=template, refused=(fault, phone))


def _to(request: Request, path: str) -> Response:
    if wants_part(request):
        return Response(headers={"HX-Redirect": path})
    return Response(status_code=303, headers={"Location": path})


async def _page(
    request: Request,
    visitor: Visitor,
    account_id: str,
    *,
    by: Way,
    template: str = "pages/link.html",
    refused: tuple[str, str] = ("", ""),
) -> HTMLResponse:
    rooms = rooms_of(request)
    account = rooms.desk.accounts.get(account_id)
    if not account.links:
        raise Conflict(f"“{account.row.name}” is not linked with a phone, so there is no code for it.")
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
    fault, number = refused
    values = page_values(request, setting, "lines") | link_values(rooms, account, by)
    values |= {"fault": fault, "number": number if fault else "", "send": _send(visitor, setting, account)}
    return answer(template, values)


def _send(visitor: Visitor, setting: Setting, account: Account) -> dict[str, str] | None:
    """The page for a phone elsewhere, for admins: its address and until when it holds, or why there is none."""
    if not visitor.may(LineAct.CHANGE.scope) or why_not(account) is not None:
        return None
    page = setting.rooms.desk.link_pages.of(account)
    if page is None:
        return {"url": "", "until": ""}
    return {"url": page.url, "until": moment_words(page.expires_at, setting.look.zone)}


def moment_words(at: int, zone: str) -> str:
    """A moment as it is told to somebody elsewhere: `14:05 on 24 November`."""
    local = to_datetime(at, zone)
    return f"{local:%H:%M} on {local.day} {local:%B}"


def link_values(rooms: Rooms, account: Account, by: Way) -> dict[str, Any]:
    """What is to be seen of a line that is linked."""
    at = rooms.clock.now()
    shown = rooms.desk.accounts.qr(account.row.id) or NOTHING
    under_way = account.state is State.CONNECTING and account.row.state_reason is not None
    phase = Phase.STARTING if under_way else phase_of(account.state, shown, by=by, at=at)
    return {
        "id": account.row.id,
        "name": account.row.name,
        "page_at": f"/lines/{account.row.id}/link",
        "pair_at": f"/lines/{account.row.id}/pair",
        "stranger": False,
        "ends_in": "",
        "by": by,
        "phase": phase.value,
        "sentence": standing(rooms, account),
        "reason": account.row.state_reason or "",
        "next": next_of(rooms, account),
        "state": account.state.value,
        "was_linked": account.row.phone is not None,
        "phone": _number(account.row.phone),
        "official": account.channel.capabilities.official,
        "drawn": qr.drawing(shown.qr) if phase is Phase.SCAN and shown.qr else None,
        "groups": in_fours(shown.pairing_code or "") if phase is Phase.TYPE else [],
        "pairing_number": _number(rooms.desk.accounts.pairing_number(account.row.id)),
        "clock": _clock(shown, phase, at),
    }


def phase_of(state: State, shown: Shown, *, by: Way, at: int) -> Phase:
    """What the page shows of a line that stands so."""
    if state is State.CONNECTED:
        return Phase.CONNECTED
    if by == "code":
        return Phase.TYPE if state is State.QR_PENDING and shown.has_pairing_code(at) else Phase.PHONE
    if state is State.CONNECTING or (state is State.QR_PENDING and shown.qr is None):
        return Phase.STARTING
    if state is not State.QR_PENDING:
        return Phase.STOPPED
    return Phase.SCAN if shown.has_qr(at - GRACE) else Phase.OUT


def in_fours(code: str) -> list[str]:
    """A code as it is read aloud: `WXYZ-2345` and `WXYZ2345` in two groups of four."""
    letters = "".join(each for each in code if each.isalnum())
    return [letters[at : at + 4] for at in range(0, len(letters), 4)]


def _number(digits: str | None) -> str:
    return display(Address(AddressKind.PHONE, digits)) if digits else ""


def _clock(shown: Shown, phase: Phase, at: int) -> dict[str, Any] | None:
    """How long the code that is shown still holds, of how long in all; `of` tells it from the next."""
    ends, since = shown.expires_at, shown.since
    if phase is Phase.TYPE:
        ends, since = shown.pairing_expires_at, shown.pairing_since
    if phase not in (Phase.SCAN, Phase.TYPE) or ends is None:
        return None
    left = max(0, ends - at)
    return {"left": left, "lasts": max(ends - since, 1), "of": since, "seconds": -(-left // SECOND)}
