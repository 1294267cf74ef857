"""The operator's own page: what one is told of, the password, and where else one is signed in."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.errors import DeskError, Invalid
from frontdesk.desk.operators import TooManyTries, WrongSignIn
from frontdesk.domain.operators import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.acts import Toast
from frontdesk.web.inbox.context import page_values, setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor
from frontdesk.web.inbox.you_alerts import AlertsView, view, wanted

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Form(max_length=40)]
Secret = Annotated[str, Form(max_length=LONGEST_PASSWORD + 1_000)]
_ROLES = {
    Role.VIEWER: "Viewer: looks at chats and lines, changes nothing",
    Role.OPERATOR: "Operator: answers chats, brings lines up and takes them down",
    Role.ADMIN: "Admin: may do everything",
}


@router.get("/you")
async def you(request: Request, visitor: Anyone) -> HTMLResponse:
    """Who is signed in, and how."""
    return await _page(request, visitor, "pages/you.html")


@router.post("/you/alerts")
async def alerts(request: Request, visitor: Anyone, threshold: Word = "", quiet: Word = "") -> HTMLResponse:
    """Of which messages the browser tells, and when it does not."""
    rooms = rooms_of(request)
    try:
        await rooms.desk.own_alerts.change(visitor.id, wanted(threshold, quiet))
    except Invalid as refused:
        typed = replace(view(visitor.operator, rooms.house()), threshold=threshold, quiet=quiet, fault=refused.sentence)
        return await _page(request, visitor, "pages/you_alerts_part.html", alerts=typed, status=refused.status)
    visitor = replace(visitor, operator=await rooms.desk.operators.get(visitor.id))
    said = view(visitor.operator, rooms.house(), saved=True)
    return await _page(request, visitor, "pages/you_alerts_part.html", alerts=said)


@router.post("/you/password")
async def password(request: Request, visitor: Anyone, old: Secret = "", new: Secret = "") -> HTMLResponse:
    """Another password; every other browser is signed out."""
    try:
        await rooms_of(request).desk.operators.change_password(visitor.id, old, new, keep=visitor.token)
    except DeskError as refused:
        shown = await _page(request, visitor, "pages/you_refused.html", refused=refused)
        if isinstance(refused, TooManyTries):
            shown.headers["Retry-After"] = str(refused.retry_after)
        return shown
    return await _page(request, visitor, "pages/you_changed.html", changed=True)


@router.post("/you/sign-out-elsewhere")
async def sign_out_elsewhere(request: Request, visitor: Anyone) -> HTMLResponse:
    """Every other browser is signed out."""
    await rooms_of(request).desk.operators.sign_out_elsewhere(visitor.id, keep=visitor.token)
    return await _page(request, visitor, "pages/you_signed_out.html", toast="Signed out everywhere else.")


async def _page(
    request: Request,
    visitor: Visitor,
    template: str,
    *,
    refused: DeskError | None = None,
    changed: bool = False,
    toast: str = "",
    alerts: AlertsView | None = None,
    status: int = 200,
) -> HTMLResponse:
    rooms = rooms_of(request)
    others = await rooms.desk.operators.sign_ins(visitor.id) - 1
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
    values = {
        "role": _ROLES[visitor.role],
        "shortest": SHORTEST_PASSWORD,
        "faults": _faults(refused),
        "changed": changed,
        "others": _browsers(others) if others > 0 else "",
        "toast": Toast(toast),
        "alerts": alerts or view(visitor.operator, rooms.house()),
    }
    return answer(template, page_values(request, setting, "you") | values, status=refused.status if refused else status)


def _browsers(count: int) -> str:
    return "1 other browser" if count == 1 else f"{count} other browsers"


def _faults(refused: DeskError | None) -> dict[str, str]:
    """What was refused, beside the field where it can be mended; `form`: at none of them."""
    found = dict.fromkeys(("old", "new", "form"), "")
    if refused is None:
        return found
    field = "old" if isinstance(refused, WrongSignIn) else "new" if isinstance(refused, Invalid) else "form"
    return found | {field: refused.sentence}
