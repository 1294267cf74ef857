"""The Lines page: every account with its state and what to do about it, and the form for a new one."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.accounts import Account
from frontdesk.desk.errors import DeskError
from frontdesk.domain.accounts import State, is_unchecked
from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.domain.operators import LineAct, in_sight
from frontdesk.store.rows import AccountRow
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.context import Setting, page_values, setting_of
from frontdesk.web.inbox.line_kinds import linked_kinds
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor, needs
from frontdesk.web.standing import is_set_up, next_of, rests, standing

router = APIRouter(include_in_schema=False)
_LEVELS = {
    State.CONNECTED: "good",
    State.CONNECTING: "warn",
    State.QR_PENDING: "warn",
    State.DISCONNECTED: "",
    State.ACTION_REQUIRED: "bad",
    State.LOGGED_OUT: "bad",
}
_WORDS = {
    State.CONNECTED: "Connected",
    State.CONNECTING: "Connecting",
    State.QR_PENDING: "Scan the code",
    State.DISCONNECTED: "Disconnected",
    State.ACTION_REQUIRED: "Needs you",
    State.LOGGED_OUT: "Logged out",
}
_TO_LINK = frozenset({State.QR_PENDING, State.LOGGED_OUT})
Field = Annotated[str, Form(max_length=2_000)]
Connects = Annotated[Visitor, needs(LineAct.CONNECT.scope)]
Disconnects = Annotated[Visitor, needs(LineAct.DISCONNECT.scope)]
Adds = Annotated[Visitor, needs(LineAct.ADD.scope)]
Changes = Annotated[Visitor, needs(LineAct.CHANGE.scope)]
LogsOut = Annotated[Visitor, needs(LineAct.LOG_OUT.scope)]
Removes = Annotated[Visitor, needs(LineAct.REMOVE.scope)]


@router.get("/lines")
async def lines(request: Request, visitor: Anyone) -> HTMLResponse:
    """Every line."""
    return await _page(request, visitor, "pages/lines.html")


@router.get("/lines/cards")
async def cards(request: Request, visitor: Anyone) -> HTMLResponse:
    """The cards again, after something has changed."""
    return await _page(request, visitor, "pages/line_cards.html")


@router.post("/lines")
async def add(
    request: Request,
    visitor: Adds,
    *,
    name: Field = "",
    phone_number_id: Field = "",
    access_token: Field = "",
    app_secret: Field = "",
    verify_token: Field = "",
    waba_id: Field = "",
) -> HTMLResponse:
    """A new Cloud API line; it connects at once."""
    given = {
        "phone_number_id": phone_number_id,
        "access_token": access_token,
        "app_secret": app_secret,
        "verify_token": verify_token,
        "waba_id": waba_id,
    }
    options = {key: value.strip() for key, value in given.items() if value.strip()}
    shown = {"name": name, "phone_number_id": phone_number_id, "waba_id": waba_id}
    try:
        account_id = await rooms_of(request).desk.accounts.add(
            "cloud", name=name or "WhatsApp line", options=options, owner_id=visitor.id
        )
        await rooms_of(request).desk.accounts.connect(account_id)
    except DeskError as refused:
        return await _page(request, visitor, "pages/line_form.html", given=shown, fault=refused.sentence)
    return await _page(request, visitor, "pages/line_added.html")


@router.post("/lines/{account_id}/connect")
async def connect(request: Request, visitor: Connects, account_id: str) -> HTMLResponse:
    """Bring a line up."""
    await rooms_of(request).desk.accounts.connect(account_id)
    return await _page(request, visitor, "pages/line_cards.html")


@router.post("/lines/{account_id}/disconnect")
async def disconnect(request: Request, visitor: Disconnects, account_id: str) -> HTMLResponse:
    """Take a line down; what it needs to come back is kept."""
    await rooms_of(request).desk.accounts.disconnect(account_id)
    return await _page(request, visitor, "pages/line_cards.html")


@router.post("/lines/{account_id}/logout")
async def log_out(request: Request, visitor: LogsOut, account_id: str) -> HTMLResponse:
    """End the link with the phone; the line has to be linked again."""
    await rooms_of(request).desk.accounts.log_out(account_id)
    return await _page(request, visitor, "pages/line_cards.html")


@router.post("/lines/{account_id}/token")
async def token(request: Request, visitor: Changes, account_id: str, access_token: Field = "") -> HTMLResponse:
    """Another access token, where Meta no longer takes the old one; the line connects again."""
    accounts = rooms_of(request).desk.accounts
    await accounts.change(account_id, options={"access_token": access_token.strip()})
    await accounts.connect(account_id)
    return await _page(request, visitor, "pages/line_cards.html")


@router.post("/lines/{account_id}/rename")
async def rename(request: Request, visitor: Changes, account_id: str, name: Field = "") -> HTMLResponse:
    """Another name for a line."""
    await rooms_of(request).desk.accounts.change(account_id, name=name[:80])
    return await _page(request, visitor, "pages/line_cards.html")


@router.post("/lines/{account_id}/remove")
async def remove(request: Request, visitor: Removes, account_id: str) -> HTMLResponse:
    """Remove a line with its secrets; its chats stay."""
    await rooms_of(request).desk.accounts.remove(account_id)
    return await _page(request, visitor, "pages/line_cards.html")


async def _page(
    request: Request, visitor: Visitor, template: str, *, given: dict[str, str] | None = None, fault: str = ""
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
    base = (rooms.settings.public_url or str(request.base_url)).rstrip("/")
    values = {
        "lines": [_line(one, setting) for one in rooms.desk.accounts.all() if in_sight(visitor.sight, one.row.id)],
        "may": {act.name.lower(): visitor.may(act.scope) for act in LineAct},
        "callback": f"{base}/webhook",
        "public": bool(rooms.settings.public_url),
        "given": given or {"name": "", "phone_number_id": "", "waba_id": ""},
        "fault": fault,
        "kinds": linked_kinds(rooms),
        "linked": {"name": "", "channel": "", "fault": ""},
    }
    return answer(template, page_values(request, setting, "lines") | values)


def _line(account: Account, setting: Setting) -> dict[str, Any]:
    row, look = account.row, setting.look
    can = account.channel.capabilities
    visible = setting.rooms.desk.accounts.visible_options(account)
    resting = rests(setting.rooms, row)
    unchecked = not resting and is_unchecked(account.state, row.state_reason)
    return {
        "id": row.id,
        "name": row.name,
        "title": can.title or row.channel,
        "channel": row.channel,
        "real": can.real,
        "state": row.state,
        "word": "Not in use" if resting else "Not checked yet" if unchecked else _WORDS[account.state],
        "level": "" if resting else "warn" if unchecked else _LEVELS[account.state],
        "unchecked": unchecked,
        "resting": resting,
        "sentence": standing(setting.rooms, account),
        "phone": display(Address(AddressKind.PHONE, row.phone)) if row.phone else "",
        "line_ref": row.line_ref or "",
        "times": [(word, words.moment(at, look.now, look.zone)) for word, at in _times(row) if at],
        "up": account.state in (State.CONNECTED, State.CONNECTING, State.QR_PENDING),
        "is_set_up": is_set_up(setting.rooms, row),
        "was_set_up": row.from_settings,
        "webhook": row.channel == "cloud",
        "signed": visible.get("app_secret") == "set",
        "verifies": visible.get("verify_token") == "set",
        "links": account.links,
        "official": can.official,
        "next": next_of(setting.rooms, account) if account.links else None,
        "to_link": account.links and (account.state in _TO_LINK or not row.phone),
    }


def _times(row: AccountRow) -> tuple[tuple[str, int | None], ...]:
    up = row.state == State.CONNECTED
    return (
        ("Last seen", row.last_seen_at),
        ("Connected", row.last_connected_at if up else None),
        ("Disconnected", None if up else row.last_disconnected_at),
    )
