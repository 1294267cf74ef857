"""The JSON API under `/api/v1`."""

from fastapi import APIRouter

from frontdesk.web.api import accounts, chats, holding, house, media, messages, settings, team
from frontdesk.web.api.deps import EVERYWHERE

router = APIRouter(prefix="/api/v1", responses=EVERYWHERE)
for part in (accounts, chats, messages, holding, media, house, settings, team):
    router.include_router(part.router)
