"""What matters enough to whoever looks: a word on the screen, of which the browser may make a notification."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.own_alerts import own_alerts
from frontdesk.domain.operators import in_sight
from frontdesk.domain.own_alerts import is_told
from frontdesk.domain.urgent import Pressing, alert_of
from frontdesk.store import urgent
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone

MOST = 50  # messages at once
router = APIRouter(include_in_schema=False, prefix="/inbox")


@router.get("/told", response_model=None)
async def told(
    request: Request, visitor: Anyone, message: Annotated[list[str], Query(max_length=MOST)]
) -> HTMLResponse | Response:
    """These messages in one word, as far as they are in sight and matter enough now; else nothing."""
    rooms, own = rooms_of(request), own_alerts(visitor.operator)
    house, now = rooms.house(), rooms.clock.now()
    async with rooms.store.read() as read:
        found = await urgent.scored(read, message)
    news = [
        one
        for one in found
        if in_sight(visitor.sight, one.account_id) and is_told(one.level, now, own, house.urgent, zone=house.timezone)
    ]
    if not news:
        return Response(status_code=204)
    alert = alert_of([_pressing(one) for one in news], zone=house.timezone, public_url=None)
    values = {"alert": alert, "link": f"/chats/{news[0].chat_id}" if len(news) == 1 else "/", "mark": news[0].id}
    return answer("parts/told.html", values)


def _pressing(one: urgent.Scored) -> Pressing:
    return Pressing(one.name, one.text or f"[{one.kind}]", one.reason, one.level, one.at, one.chat_id)
