"""`/health` for watchers, `/stats` for people with a terminal, `/metrics` for Prometheus."""

import asyncio
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from frontdesk import __version__
from frontdesk.desk.line_owners import takers
from frontdesk.domain.operators import Scope, Sight
from frontdesk.kit.clock import to_iso
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import leases, pages, pages_house, processes
from frontdesk.web import checks
from frontdesk.web.api.deps import problems
from frontdesk.web.auth import RoomsOf, local_or_reader
from frontdesk.web.checks import Check, Level
from frontdesk.web.metrics import Metrics
from frontdesk.web.problems import RETRY_AFTER
from frontdesk.web.rooms import Rooms

PATIENCE = 4.0  # seconds in which the database has to answer

_log = logging.getLogger(__name__)

_ORDER: tuple[Level, ...] = ("healthy", "degraded", "unhealthy")

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """How the house is."""

    status: Level
    checks: dict[str, Check]
    version: str
    at: str


async def examine(rooms: Rooms) -> Health:
    """Look at the database, the bus, the workers and the lines."""
    parts = {"database": checks.disk(rooms.desk.disk), "bus": checks.bus(rooms.bus)}
    try:
        async with asyncio.timeout(PATIENCE):
            parts |= await _asked(rooms)
        if rooms.store.trouble:
            parts["database"] = Check(status="unhealthy", sentence=rooms.store.trouble)
    except Exception as broken:
        told = isinstance(broken, FrontdeskError | TimeoutError)
        _log.warning("the database does not answer: %s", _why(broken), exc_info=None if told else broken)
        parts["database"] = Check(status="unhealthy", sentence=_why(broken))
        unknown = Check(status="degraded", sentence="Not known while the database does not answer.")
        parts |= {"workers": unknown, "lines": unknown}
    worst = max((check.status for check in parts.values()), key=_ORDER.index)
    return Health(status=worst, checks=parts, version=__version__, at=to_iso(rooms.clock.now()) or "")


async def _asked(rooms: Rooms) -> dict[str, Check]:
    """What only the database knows."""
    now, roles, holders = rooms.clock.now(), None, None
    async with rooms.store.read() as read:
        await pages_house.alive(read)
        rows = await pages.lines(read)
        work = await pages_house.work(read, now=now)
        if not rooms.alone:
            roles, holders = await processes.roles(read), takers(await leases.every(read))
    lines = checks.lines(checks.count_lines(rooms, rows), holders=holders)
    return {"workers": checks.workers(work, now, roles=roles), "lines": lines}


def _why(broken: Exception) -> str:
    if isinstance(broken, TimeoutError):
        return "The database does not answer in time."
    return broken.sentence if isinstance(broken, FrontdeskError) else "The database cannot be read; see the log."


@router.get(
    "/health",
    summary="How the house is",
    response_model=Health,
    responses={503: {"model": Health, "description": "A part of it is unhealthy; `checks` says which."}},
)
async def health(rooms: RoomsOf) -> Response:
    """200 while it works (healthy or degraded), 503 when it does not."""
    found = await examine(rooms)
    return JSONResponse(found.model_dump(), 503 if found.status == "unhealthy" else 200, {"Cache-Control": "no-store"})


@router.get("/health/live", summary="Whether the process runs")
async def live() -> dict[str, str]:
    """Asks nothing of anyone."""
    return {"status": "healthy"}


@router.get("/health/ready", summary="Whether it can take messages", responses=problems(503))
async def ready(rooms: RoomsOf) -> dict[str, str]:
    """200 from when the house is taken up until it is told to end, while the database answers.

    Raises:
        HTTPException: it is starting, or ending, or the database does not answer: 503.
        StoreUnavailable: the same.
    """
    if rooms.door.closed is not None:
        raise HTTPException(503, rooms.door.closed, {"Retry-After": RETRY_AFTER})
    try:
        async with asyncio.timeout(PATIENCE), rooms.store.read() as read:
            await pages_house.alive(read)
    except TimeoutError as slow:
        raise HTTPException(503, _why(slow), {"Retry-After": RETRY_AFTER}) from slow
    return {"status": "healthy"}


for path, endpoint in (("/health", health), ("/health/live", live), ("/health/ready", ready)):
    router.add_api_route(path, endpoint, methods=["HEAD"], include_in_schema=False)  # some watchers ask for no body


def _metrics(request: Request) -> Metrics:
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)
    return metrics


Counts = Annotated[Sight, Depends(local_or_reader)]  # who asks for numbers, and what they see
# Either kind of key with the scope, or nothing: `{}` is for who asks from this machine.
_READ = [Scope.READ.value]
_NUMBERS: dict[str, Any] = {
    "responses": problems(401, 403, 429, 503),
    "openapi_extra": {"security": [{"APIKeyHeader": _READ}, {"HTTPBearer": _READ}, {}]},
}


@router.get("/metrics", summary="Numbers for Prometheus", response_class=PlainTextResponse, **_NUMBERS)
async def metrics(counted: Annotated[Metrics, Depends(_metrics)], sight: Counts) -> Response:
    """Prometheus' text form. Asked from this machine, by a local name and not through a proxy, it needs no key."""
    return Response(await counted.text(sight), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/stats", summary="Numbers for people", **_NUMBERS)
async def stats(rooms: RoomsOf, counted: Annotated[Metrics, Depends(_metrics)], sight: Counts) -> dict[str, Any]:
    """Messages, work, and the size of the database. No key is needed where `/metrics` needs none."""
    return await counted.stats(__version__)
