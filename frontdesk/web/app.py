"""The web application of one house: the API, the inbox, and the frame around them."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from frontdesk import __version__
from frontdesk.channels.simulator.demo import GRAPH_PATH
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.web import health, live, problems, webhooks
from frontdesk.web.api import router as api
from frontdesk.web.api.shapes import Problem
from frontdesk.web.auth import Rates
from frontdesk.web.frame import Frame, Net
from frontdesk.web.inbox import errors, router as inbox
from frontdesk.web.metrics import Metrics
from frontdesk.web.phone import phone_router
from frontdesk.web.phone_view import Settings as PhonePage
from frontdesk.web.rooms import Rooms
from frontdesk.web.sight import Places
from frontdesk.web.simulator import graph_router
from frontdesk.web.words import router as words
from frontdesk.web.words.envelope import TAG as WORDS, Envelope

STATIC = Path(__file__).with_name("static")

DESCRIPTION = (
    "The API of a Frontdesk installation. Send an API key in `X-Api-Key`, or as a bearer token. Errors are problem "
    "details (RFC 9457). Times are RFC 3339 in UTC. A chat's id in a path is its own id, `account_id:address`, or an "
    "address such as a phone number, URL-encoded. Lists come in pages: give `next` back as `before`."
)
TAGS = [
    {"name": "webhook", "description": "Where lines report what happens."},
    {"name": "accounts", "description": "The lines."},
    {"name": "chats", "description": "Chats, and who answers in them."},
    {"name": "messages", "description": "What was said, and why it was answered or not."},
    {"name": "operators", "description": "Taking over and handing back by phone number."},
    {"name": "media", "description": "Files."},
    {"name": "digests", "description": "Summaries on a schedule and on demand, from stored messages alone."},
    {"name": "appointments", "description": "The calendar: services, hours, free times, appointments."},
    {"name": "house", "description": "Personas, knowledge, alerts, and what the installation keeps."},
    {"name": "reminders", "description": "What was promised, and what somebody wants to be reminded of."},
    {"name": "live", "description": "Events as they happen: `/ws` (WebSocket) and `/api/v1/events` (SSE)."},
    {"name": "health", "description": "How it is."},
    {"name": WORDS, "description": "The same in the words of other systems; errors are `{success, error}`."},
]


class Web(FastAPI):
    """FastAPI within the frame."""

    frame: Frame | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer through the frame, which comes back here by `inside`."""
        scope["app"] = self
        assert self.frame is not None
        await self.frame(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The documentation of the API, with the shape of its problems."""
        document = super().openapi()
        document["components"]["schemas"].setdefault("Problem", Problem.model_json_schema())
        return document

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without the frame."""
        await super().__call__(scope, receive, send)


def create(rooms: Rooms) -> FastAPI:
    """The ASGI application for a house that is built and started by others."""
    app = Web(
        title="Frontdesk",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,  # its page loads from elsewhere
        redoc_url=None,
        middleware=[*_cors(rooms.settings.cors_origins), Middleware(Envelope), Middleware(Net, page=errors.show)],
    )
    app.state.rooms = rooms
    app.state.rates = Rates(rooms.clock)
    app.state.places, app.state.said = Places(rooms), live.Said()
    app.state.metrics = Metrics(rooms)
    arrivals = webhooks.Webhooks(rooms, app.state.metrics)
    app.frame = Frame(app.inside, {("POST", "/webhook"): arrivals})
    for router in (webhooks.router(arrivals), health.router, live.router, api, words, inbox):
        app.include_router(router)
    if rooms.standin is not None:
        _add_demo(app, rooms, rooms.standin)
    app.mount("/static", Static(directory=STATIC))
    problems.install(app, errors.show)
    return app


def _add_demo(app: FastAPI, rooms: Rooms, standin: StandIn) -> None:
    """The local Graph API, and the phones of those who write to it."""
    app.include_router(graph_router(standin), prefix=GRAPH_PATH)
    page = PhonePage(suggestions=rooms.suggestions, zone=rooms.house().timezone, inbox_url="/")
    app.include_router(phone_router(standin, page))


class Static(StaticFiles):
    """Style, scripts and icons. An address that carries a version may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        answer = await super().get_response(path, scope)
        kept = "public, max-age=31536000, immutable" if scope["query_string"].startswith(b"v=") else "no-cache"
        answer.headers.setdefault("Cache-Control", kept)
        return answer


def _cors(origins: tuple[str, ...]) -> list[Middleware]:
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-Api-Key"],
            expose_headers=["Content-Disposition", "Retry-After"],
            max_age=600,
        )
    ]
