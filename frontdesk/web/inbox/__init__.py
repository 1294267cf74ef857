"""The inbox: the web screen that people look at. Pages in Jinja, made live by htmx."""

from fastapi import APIRouter

from frontdesk.web.inbox import (
    acts,
    appointment_page,
    beginning,
    booking,
    bridges,
    calendar,
    calendar_setup,
    changing,
    digests,
    entrance,
    houses,
    knowledge,
    lines,
    link_page,
    linking,
    people,
    privacy,
    reminders,
    sharing,
    told,
    windows,
    you,
)

router = APIRouter(include_in_schema=False)
for part in (
    calendar,
    booking,
    calendar_setup,
    windows,
    acts,
    appointment_page,
    beginning,
    bridges,
    changing,
    entrance,
    link_page,
    linking,
    lines,
    people,
    sharing,
    houses,
    knowledge,
    digests,
    privacy,
    reminders,
    told,
    you,
):
    router.include_router(part.router)
