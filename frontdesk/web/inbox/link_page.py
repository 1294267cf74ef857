"""The page on which a line is linked by whoever has its address. It shows and does nothing else, to nobody else.

A program that only looks ahead, as messengers do for a preview, starts nothing and gets no code: the code is asked for
by the page itself.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.errors import DeskError
from frontdesk.desk.link_pages import PATH, NoPage, Opened
from frontdesk.domain.accounts import State
from frontdesk.domain.discretion import discreet, ending
from frontdesk.web.auth import rooms_of, same_origin
from frontdesk.web.inbox.acts import Toast
from frontdesk.web.inbox.context import door_values
from frontdesk.web.inbox.linking import Phase, Way, link_values, moment_words
from frontdesk.web.inbox.numbers import local_number
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import wants_part
from frontdesk.web.rooms import Rooms

router = APIRouter(include_in_schema=False, prefix=f"{PATH}{{token}}")
Field = Annotated[str, Form(max_length=200)]
TO_NOBODY = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_TITLES = {404: "There is no such {}", 410: "This {} is over", 429: "Too fast"}
_ELSEWHERE = "The request came from another site. Open the link itself."
_TOO_FAST = "Too many requests. Wait a moment and try again."


class _TooFast(NoPage):
    status = 429


@router.get("")
async def page(request: Request, token: str, by: Way = "qr") -> Response:
    """The page, without the code."""
    try:
        opened = await _open(request, token)
    except NoPage as none:
        return gone(request, none)
    if opened.account.state is State.CONNECTED and not wants_part(request):
        return _done(request, opened)
    return _page(request, token, opened, by=by, ahead=True)


@router.get("/now")
async def now(request: Request, token: str, by: Way = "qr") -> Response:
    """What is to be seen there now."""
    try:
        return _page(request, token, await _open(request, token), by=by)
    except NoPage as none:
        return gone(request, none)


@router.post("")
async def begin(request: Request, token: str) -> Response:
    """Show a code: a first one, or another one in the place of one that has run out."""
    fault = "" if _from_here(request) else _ELSEWHERE
    try:
        await _open(request, token)
        if not fault:
            await rooms_of(request).desk.link_pages.show_code(token)
    except NoPage as none:
        return gone(request, none)
    except DeskError as refused:
        fault = refused.sentence
    return _page(request, token, await _open(request, token), by="qr", fault=fault)


@router.post("/pair")
async def pair(request: Request, token: str, phone: Field = "") -> Response:
    """Show a code that is typed on the phone."""
    fault = "" if _from_here(request) else _ELSEWHERE
    try:
        opened = await _open(request, token)
        if opened.account.row.phone is None:
            fault = fault or local_number(phone)
        if not fault:
            await rooms_of(request).desk.link_pages.pair(token, phone)
    except NoPage as none:
        return gone(request, none)
    except DeskError as refused:
        fault = refused.sentence
    return _page(request, token, await _open(request, token), by="code", fault=fault, number=phone)


async def _open(request: Request, token: str) -> Opened:
    """The line behind the address, as every process knows it."""
    rooms = rooms_of(request)
    check_rate(request)
    await rooms.desk.following.caught_up()
    return await rooms.desk.link_pages.open(token)


def check_rate(request: Request) -> None:
    """Whoever has an address keeps to the rate that keys have.

    Raises:
        NoPage: too fast.
    """
    who = request.client.host if request.client else "unknown"
    if request.app.state.rates.wait(f"link {who}"):
        raise _TooFast(_TOO_FAST)


def _from_here(request: Request) -> bool:
    """Whether a page of ours asks. A page that gives its address to nobody names no origin in its forms."""
    if request.headers.get("origin") == "null":
        return request.headers.get("sec-fetch-site") == "same-origin"
    return same_origin(request)


def _page(
    request: Request,
    token: str,
    opened: Opened,
    *,
    by: Way,
    fault: str = "",
    number: str = "",
    ahead: bool = False,
) -> HTMLResponse:
    rooms = rooms_of(request)
    values = door_values(request) | _values(rooms, token, opened, by)
    if ahead and values["phase"] in (Phase.SCAN, Phase.TYPE):
        values |= {"phase": Phase.STARTING.value, "reason": ""}
    fault = discreet(fault, name=opened.account.row.name) if values["phase"] != Phase.CONNECTED else ""
    toast = Toast(fault, bad=True) if fault and by == "qr" else None
    values |= {"fault": fault, "number": number if fault else "", "toast": toast}
    return _told("door/link_now.html" if wants_part(request) else "door/link.html", values)


def _values(rooms: Rooms, token: str, opened: Opened, by: Way) -> dict[str, Any]:
    account = opened.account
    values, name = link_values(rooms, account, by), account.row.name
    if account.state is State.LOGGED_OUT:
        values["next"] = ""  # the button below says it
    values |= {each: discreet(values[each] or "", name=name) for each in ("sentence", "reason", "next")}
    at = f"{PATH}{token}"
    return values | {
        "page_at": at,
        "pair_at": f"{at}/pair",
        "stranger": True,
        "ends_in": ending(account.row.phone),
        "phone": "",
        "until": moment_words(opened.expires_at, rooms.house().timezone),
    }


def _done(request: Request, opened: Opened) -> Response:
    """The line is connected: the address has done its work."""
    sentence = f"“{opened.account.row.name}” is linked. Nothing is left to do."
    values = {"title": "This line is connected", "sentence": sentence, "again": False}
    return _told("door/gone.html", door_values(request) | values, status=410)


def gone(request: Request, none: NoPage, *, what: str = "link") -> Response:
    """In the place of the page. A page that is open already says it in its own place."""
    values = {"title": _TITLES[none.status].format(what), "sentence": none.sentence, "again": what == "link"}
    if wants_part(request):
        return _told("door/link_over.html", values)
    return _told("door/gone.html", door_values(request) | values, status=none.status)


def _told(template: str, values: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    made = answer(template, values, status=status)
    made.headers.update(TO_NOBODY)
    return made
