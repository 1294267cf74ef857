"""Who sees a line, and whose it is: a page for admins, with a box to tick for each person."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse

from frontdesk.desk.sharing import Shown
from frontdesk.domain.operators import LineAct, Role, Sees
from frontdesk.store import sight
from frontdesk.store.rows import AccountRow, OperatorRow
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.acts import Toast
from frontdesk.web.inbox.context import page_values, setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Visitor, needs

router = APIRouter(include_in_schema=False, prefix="/lines/{account_id}/people")
Changes = Annotated[Visitor, needs(LineAct.CHANGE.scope)]
Ids = Annotated[list[str], Form(max_length=1_000)]
_ROLES = {Role.OPERATOR: "Operator", Role.VIEWER: "Viewer"}


@router.get("")
async def page(request: Request, visitor: Changes, account_id: str) -> HTMLResponse:
    """The form."""
    return await _page(request, visitor, account_id, "pages/share.html")


@router.post("")
async def share(
    request: Request,
    visitor: Changes,
    account_id: str,
    *,
    owner: Annotated[str, Form(max_length=60)] = "",
    person: Ids = [],  # noqa: B006 - FastAPI copies it
    line: Ids = [],  # noqa: B006
    everything: Ids = [],  # noqa: B006
) -> HTMLResponse:
    """Set it. `person` are those who stood on the page; ticked are who is among `line` or `everything`."""
    people = {one: Shown(line=one in line, everything=one in everything) for one in person}
    await rooms_of(request).desk.sharing.share(account_id, people, owner_id=owner or None)
    return await _page(request, visitor, account_id, "pages/share_again.html", toast=Toast("Saved."))


async def _page(
    request: Request, visitor: Visitor, account_id: str, template: str, *, toast: Toast | None = None
) -> HTMLResponse:
    rooms = rooms_of(request)
    row = rooms.desk.accounts.get(account_id).row
    everybody = [one for one in await rooms.desk.operators.all() if one.disabled_at is None or one.id == row.owner_id]
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        given = await sight.given(read)
    shown = [one for one in everybody if one.role != Role.ADMIN and one.disabled_at is None]
    values = {
        "id": row.id,
        "name": row.name,
        "owner": row.owner_id or "",
        "owners": [(one.id, one.name) for one in everybody],
        "people": [_person(one, row, given.get(one.id, [])) for one in shown],
        "toast": toast,
    }
    return answer(template, page_values(request, setting, "lines") | values)


def _person(one: OperatorRow, line: AccountRow, given: list[str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "role": _ROLES[Role(one.role)],
        "owns": one.id == line.owner_id,
        "everything": one.sees == Sees.ALL,
        "line": one.sees == Sees.ALL or line.id in given,
    }
