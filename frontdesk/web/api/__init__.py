"""The JSON API under `/api/v1`."""

from fastapi import APIRouter

from frontdesk.web.api import (
    accounts,
    appointments,
    calendar,
    chats,
    contacts,
    digests,
    feeds,
    holding,
    house,
    knowledge,
    media,
    messages,
    pause,
    privacy,
    reminders,
    settings,
    team,
)
from frontdesk.web.api.deps import EVERYWHERE

router = APIRouter(prefix="/api/v1", responses=EVERYWHERE)
for part in (
    accounts,
    chats,
    contacts,
    privacy,
    messages,
    holding,
    media,
    house,
    knowledge,
    appointments,
    calendar,
    feeds,
    digests,
    pause,
    reminders,
    settings,
    team,
):
    router.include_router(part.router)
