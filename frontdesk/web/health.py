"""`/health` for watchers, `/stats` for people with a terminal, `/metrics` for Prometheus."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse, Response

from frontdesk import __version__
from frontdesk.domain.accounts import State, is_unchecked
from frontdesk.domain.operators import Scope, Sight
from frontdesk.kit.clock import SECOND, to_iso
from frontdesk.kit.command import command
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store import pages, pages_house
from frontdesk.store.rows import AccountRow
from frontdesk.web.api.deps import problems
from frontdesk.web.auth import RoomsOf, local_or_reader
from frontdesk.web.metrics import Metrics
from frontdesk.web.rooms import Rooms
from frontdesk.web.standing import rests

LATE = 60 * SECOND  # work that is due for longer than this is not being done
LEAST_ROOM = 64 * 1024 * 1024  # bytes that have to be free on the disk; on a small one, a fiftieth

_log = logging.getLogger(__name__)

Level = Literal["healthy", "degraded", "unhealthy"]
_ORDER: tuple[Level, ...] = ("healthy", "degraded", "unhealthy")

router = APIRouter(tags=["health"])


class Check(BaseModel):
    """One part of the house."""

    status: Level
    sentence: str


class Health(BaseModel):
    """How the house is."""

    status: Level
    checks: dict[str, Check]
    version: str
    at: str


async def examine(rooms: Rooms) -> Health:
    """Look at the database, the bus, the workers and the lines."""
    checks = {"database": _disk(rooms), "bus": Check(status="healthy", sentence="Live events go out.")}
    try:
        async with rooms.store.read() as read:
            await pages_house.alive(read)
            lines = await pages.lines(read)
            work = await pages_house.work(read, now=rooms.clock.now())
        checks |= {"workers": _workers(work, rooms.clock.now()), "lines": _lines(_count_lines(rooms, lines))}
        if rooms.store.trouble:
            checks["database"] = Check(status="unhealthy", sentence=rooms.store.trouble)
    except Exception as broken:
        _log.warning("the database does not answer", exc_info=broken)
        sentence = (
            broken.sentence if isinstance(broken, FrontdeskError) else "The database cannot be read; see the log."
        )
        checks["database"] = Check(status="unhealthy", sentence=sentence)
        unknown = Check(status="degraded", sentence="Not known while the database does not answer.")
        checks |= {"workers": unknown, "lines": unknown}
    worst = max((check.status for check in checks.values()), key=_ORDER.index)
    return Health(status=worst, checks=checks, version=__version__, at=to_iso(rooms.clock.now()) or "")


def _disk(rooms: Rooms) -> Check:
    disk = shutil.disk_usage(_existing(rooms.settings.data_dir))
    if disk.free < min(LEAST_ROOM, disk.total // 50):
        sentence = f"The disk is full: {disk.free // 1024**2} MB are left. Free some space; it goes on by itself."
        return Check(status="unhealthy", sentence=sentence)
    return Check(status="healthy", sentence="It reads and writes.")


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _workers(work: pages_house.Work, now: int) -> Check:
    late = now - work.oldest_due_at if work.oldest_due_at else 0
    if late > LATE:
        sentence = f"Work has been waiting for {late // SECOND} s. Start “{command()} serve” or a worker."
        return Check(status="degraded", sentence=sentence)
    waiting = sum(work.queued.values())
    wait, run, given_up = (
        "job waits" if waiting == 1 else "jobs wait",
        "runs" if work.running == 1 else "run",
        "was given up" if work.failed == 1 else "were given up",
    )
    timers = f" {work.timers} {'timer is' if work.timers == 1 else 'timers are'} set." if work.timers else ""
    return Check(
        status="healthy", sentence=f"{waiting} {wait}, {work.running} {run}, {work.failed} {given_up}.{timers}"
    )


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines stand how. Of the `up` ones, `unchecked` count as connected though nobody could be asked."""

    total: int
    up: int
    unchecked: int = 0
    resting: bool = False  # beside them there is the demonstration's, which is not run


def _count_lines(rooms: Rooms, rows: Sequence[AccountRow]) -> Lines:
    """The lines in use. The demonstration's does not count while it is not run: it can be neither well nor ill."""
    known = {line.row.id: line.row for line in rooms.desk.accounts.all()}  # as the Lines page shows them
    used = [known.get(row.id, row) for row in rows if not rests(rooms, row)]
    return Lines(
        total=len(used),
        up=sum(row.state == State.CONNECTED for row in used),
        unchecked=sum(is_unchecked(State(row.state), row.state_reason) for row in used),
        resting=len(used) < len(rows),
    )


def _lines(lines: Lines) -> Check:
    sure = lines.up - lines.unchecked
    beside = " The demonstration's line rests: it is not run." if lines.resting else ""
    well = sure == lines.total
    return Check(status="healthy" if well else "degraded", sentence=_lines_sentence(lines, sure) + beside)


def _lines_sentence(lines: Lines, sure: int) -> str:
    if lines.total == 0:
        return "No line is in use." if lines.resting else "There is no line yet."
    if lines.total == 1:
        if lines.unchecked:
            return "The line could not be checked yet. Open Lines and press “Check again”."
        return f"The line is {'' if sure else 'not '}connected."
    told = f"{sure} of {lines.total} lines {'is' if sure == 1 else 'are'} connected"
    if lines.unchecked:
        return f"{told}, {lines.unchecked} could not be checked yet. Open Lines and press “Check again”."
    return f"{told}."


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
    """Asks the database.

    Raises:
        StoreUnavailable: it does not answer: 503.
    """
    async with rooms.store.read() as read:
        await pages_house.alive(read)
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
