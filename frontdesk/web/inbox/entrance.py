"""Coming in and going out: the one-time link, the first set-up, the password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from frontdesk.desk.errors import DeskError
from frontdesk.desk.operators import SignIn, TooManyTries
from frontdesk.domain.operators import SHORTEST_PASSWORD
from frontdesk.kit.command import command
from frontdesk.web.auth import (
    COOKIE,
    check_form,
    forget_cookie,
    of_operator,
    rooms_of,
    same_origin,
    set_cookie,
    signed_in,
)
from frontdesk.web.inbox.context import door_values
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import inside

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=2_000)]
SEE_OTHER = 303


@router.get("/welcome")
async def welcome(request: Request, token: str = "") -> Response:
    """Use up a one-time link: in at once. A browser that only looks ahead does not use it up."""
    present = await signed_in(request)
    if request.headers.get("sec-purpose") or request.headers.get("purpose") == "prefetch":
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    if present is not None and not await rooms_of(request).desk.operators.link_good(token):
        return _go("/welcome/you" if present.needs_password else "/")
    try:
        sign_in = await rooms_of(request).desk.operators.sign_in_by_link(token)
    except DeskError as refused:
        return answer("door/used.html", door_values(request) | {"sentence": refused.sentence}, status=refused.status)
    return _in(request, sign_in, "/welcome/you" if sign_in.needs_password else "/")


@router.get("/welcome/you")
async def you(request: Request) -> Response:
    """Ask who has come in for the first time."""
    present = await signed_in(request)
    if present is None or not present.needs_password:
        return _go("/sign-in" if present is None else "/")
    return _ask(request, present)


@router.post("/welcome/you")
async def set_up(
    request: Request, *, name: Field = "", login: Field = "", password: Field = "", csrf: Field = ""
) -> Response:
    """Name, login and password of who has come in for the first time."""
    present = await signed_in(request)
    if present is None:
        return _go("/sign-in")
    check_form(request, of_operator(present), csrf)
    try:
        await rooms_of(request).desk.operators.set_up(present.operator.id, login=login, name=name, password=password)
    except DeskError as refused:
        return _ask(request, present, name=name, login=login, fault=refused.sentence, status=refused.status)
    return _go("/")


def _ask(
    request: Request, present: SignIn, *, name: str = "", login: str | None = None, fault: str = "", status: int = 200
) -> Response:
    values = {
        "csrf": rooms_of(request).desk.operators.csrf(present.token),
        "name": name,
        "login": present.operator.login if login is None else login,
        "fault": fault,
        "shortest": SHORTEST_PASSWORD,
    }
    return answer("door/you.html", door_values(request) | values, status=status)


@router.get("/sign-in")
async def door(request: Request, next: str = "/") -> Response:  # noqa: A002 - the word in the address
    """Ask for login and password."""
    present = await signed_in(request)
    if present is not None:
        return _go("/welcome/you" if present.needs_password else inside(next))
    return _door(request, inside(next))


@router.post("/sign-in")
async def sign_in(request: Request, login: Field = "", password: Field = "", next: Field = "/") -> Response:  # noqa: A002
    """Come in by password."""
    if not same_origin(request):
        return _door(request, inside(next), fault="The form came from another site. Sign in here.", status=403)
    address = request.client.host if request.client else "unknown"
    try:
        found = await rooms_of(request).desk.operators.sign_in(login, password, address=address)
    except DeskError as refused:
        shown = _door(request, inside(next), login=login, fault=refused.sentence, status=refused.status)
        if isinstance(refused, TooManyTries):
            shown.headers["Retry-After"] = str(refused.retry_after)
        return shown
    return _in(request, found, inside(next))


@router.post("/sign-out")
async def sign_out(request: Request, csrf: Field = "") -> Response:
    """Go out."""
    present = await signed_in(request)
    if present is not None:
        check_form(request, of_operator(present), csrf)
        await rooms_of(request).desk.operators.sign_out(request.cookies[COOKIE])
    gone = _go("/sign-in")
    forget_cookie(gone)
    return gone


def _door(request: Request, back: str, *, login: str = "", fault: str = "", status: int = 200) -> Response:
    values = {"back": back, "login": login[:200], "fault": fault, "command": command()}
    return answer("door/sign_in.html", door_values(request) | values, status=status)


def _in(request: Request, sign_in: SignIn, path: str) -> Response:
    gone = _go(path)
    set_cookie(gone, request, sign_in)
    return gone


def _go(path: str) -> RedirectResponse:
    return RedirectResponse(path, SEE_OTHER, {"Cache-Control": "no-store"})
