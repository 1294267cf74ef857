"""One appointment for other calendars: whoever has its address needs nothing else."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from frontdesk.desk.appointment_links import PATH
from frontdesk.desk.appointment_notices import FILE, entry_of
from frontdesk.desk.link_pages import NoPage
from frontdesk.domain.icalendar import calendar_text
from frontdesk.web.api.appointments import ICS
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox.link_page import TO_NOBODY, check_rate, gone

router = APIRouter(include_in_schema=False)


@router.get(f"{PATH}{{token}}.ics")
async def appointment(request: Request, token: str) -> Response:
    """Its calendar file as it stands now; shown in its place, so that a phone offers to take it in."""
    rooms = rooms_of(request)
    try:
        check_rate(request)
        async with rooms.store.read() as read:
            line = await rooms.desk.appointment_links.find(read, token)
    except NoPage as none:
        return gone(request, none, what="appointment")
    text = calendar_text([entry_of(line)], name=line.service, now=rooms.clock.now())
    headers = {"Content-Disposition": f'inline; filename="{FILE}"', "Cache-Control": "no-store", **TO_NOBODY}
    return Response(text, media_type=ICS, headers=headers)
