"""The words of other systems: their routes, shapes and events, translated here and nowhere else.

Every route hands on to one of ours, or to the same reading function; what it means is decided there.
"""

from fastapi import APIRouter

from frontdesk.web.words import appointments, bridges, chats, files, models, sessions
from frontdesk.web.words.envelope import REFUSALS

router = APIRouter(responses=REFUSALS)
for part in (bridges, chats, appointments, models, files, sessions):
    router.include_router(part.router)
