"""The parts of the house as `/health` names them, each with a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from frontdesk.desk.disk import Disk
from frontdesk.desk.line_owners import NO_LINES
from frontdesk.desk.line_place import runs
from frontdesk.domain.accounts import State, is_unchecked
from frontdesk.events.base import Bus
from frontdesk.kit.clock import SECOND
from frontdesk.kit.command import command
from frontdesk.store import pages_house
from frontdesk.store.rows import AccountRow
from frontdesk.web.rooms import Rooms
from frontdesk.web.standing import rests

LATE = 60 * SECOND  # work that is due for longer than this is not being done

Level = Literal["healthy", "degraded", "unhealthy"]
NO_WORKER = "No worker runs. Start `frontdesk worker`."
NO_BEAT = "No beat runs, and nothing happens by the clock. Start `frontdesk beat`."


class Check(BaseModel):
    """One part of the house."""

    status: Level
    sentence: str


def disk(found: Disk) -> Check:
    """The disk below the data folder. Where only files find no room, messages are taken all the same."""
    if found.trouble is None:
        return Check(status="healthy", sentence="It reads and writes.")
    return Check(status="unhealthy" if found.database else "degraded", sentence=found.trouble)


def bus(found: Bus) -> Check:
    """Live events. While they do not go out, messages are taken and answered all the same."""
    return Check(status="degraded" if found.trouble else "healthy", sentence=found.trouble or "Live events go out.")


def workers(work: pages_house.Work, now: int, *, roles: Mapping[str, int] | None = None) -> Check:
    """The work. `roles` says how many processes of each role live, where there are several."""
    late = now - work.oldest_due_at if work.oldest_due_at else 0
    missing = "" if roles is None else " ".join(_missing(roles))
    if late > LATE:
        mend = missing or (f"Start “{command()} serve” or a worker." if roles is None else "Start more workers.")
        return Check(status="degraded", sentence=f"Work has been waiting for {late // SECOND} s. {mend}")
    told = _running(roles) + _waiting(work) if not missing else f"{missing} {_waiting(work)}"
    return Check(status="degraded" if missing else "healthy", sentence=told)


def _missing(roles: Mapping[str, int]) -> list[str]:
    return [sentence for role, sentence in (("worker", NO_WORKER), ("beat", NO_BEAT)) if not roles.get(role)]


def _running(roles: Mapping[str, int] | None) -> str:
    if roles is None:
        return ""
    count = roles["worker"]
    return f"{count} {'worker runs' if count == 1 else 'workers run'}. "


def _waiting(work: pages_house.Work) -> str:
    waiting = sum(work.queued.values())
    wait, run, given_up = (
        "job waits" if waiting == 1 else "jobs wait",
        "runs" if work.running == 1 else "run",
        "was given up" if work.failed == 1 else "were given up",
    )
    timers = f" {work.timers} {'timer is' if work.timers == 1 else 'timers are'} set." if work.timers else ""
    return f"{waiting} {wait}, {work.running} {run}, {work.failed} {given_up}.{timers}"


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines stand how. Of the `up` ones, `unchecked` count as connected though nobody could be asked."""

    total: int
    up: int
    unchecked: int = 0
    resting: bool = False  # beside them there is the demonstration's, which is not run
    programs: int = 0  # of them need a process for lines


def count_lines(rooms: Rooms, rows: Sequence[AccountRow]) -> Lines:
    """The lines in use. The demonstration's does not count while it is not run: it can be neither well nor ill."""
    known = {line.row.id: line for line in rooms.desk.accounts.all()}  # as the Lines page shows them
    used = [known[row.id].row if row.id in known else row for row in rows if not rests(rooms, row)]
    return Lines(
        total=len(used),
        up=sum(row.state == State.CONNECTED for row in used),
        unchecked=sum(is_unchecked(State(row.state), row.state_reason) for row in used),
        resting=len(used) < len(rows),
        programs=sum(row.id in known and runs(known[row.id]) for row in used),
    )


def lines(found: Lines, *, holders: Mapping[str, int] | None = None) -> Check:
    """The lines. `holders` says which processes for lines live, and how many each holds, where there are several."""
    sure = found.up - found.unchecked
    beside = " The demonstration's line rests: it is not run." if found.resting else ""
    if holders is not None and found.programs and not holders:
        return Check(status="degraded", sentence=f"{NO_LINES} {_lines_sentence(found, sure)}{beside}")
    held = _held(holders) if holders and found.programs else ""
    well = sure == found.total
    return Check(status="healthy" if well else "degraded", sentence=_lines_sentence(found, sure) + held + beside)


def _held(holders: Mapping[str, int]) -> str:
    count, by = sum(holders.values()), len(holders)
    one = f"{count} {'is' if count == 1 else 'are'} held"
    return f" {one} by {by} {'process' if by == 1 else 'processes'} for lines."


def _lines_sentence(found: Lines, sure: int) -> str:
    if found.total == 0:
        return "No line is in use." if found.resting else "There is no line yet."
    if found.total == 1:
        if found.unchecked:
            return "The line could not be checked yet. Open Lines and press “Check again”."
        return f"The line is {'' if sure else 'not '}connected."
    told = f"{sure} of {found.total} lines {'is' if sure == 1 else 'are'} connected"
    if found.unchecked:
        return f"{told}, {found.unchecked} could not be checked yet. Open Lines and press “Check again”."
    return f"{told}."
