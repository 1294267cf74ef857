"""The agent paused everywhere, and the owner's own chat."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, ConfigDict, Field
from starlette.exceptions import HTTPException

from frontdesk.desk.errors import Invalid
from frontdesk.kit.clock import MINUTE, to_iso
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Given, NoSwitch, Shape
from frontdesk.web.auth import Caller, Reader, RoomsOf, Writer
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["house"])


class Pause(Shape):
    """Whether the agent is paused in every chat. Without `until` it is until somebody ends it."""

    paused: bool
    since: str | None = None
    until: str | None = None
    by: str | None = None


class ChangePause(Given):
    """Pause the agent everywhere, for so many `minutes` or `until` a moment, or end that."""

    model_config = ConfigDict(json_schema_extra={"example": {"paused": True, "minutes": 120}})

    paused: Annotated[bool, Field(strict=True)]
    minutes: Annotated[float | None, Field(gt=0, le=525_600), NoSwitch] = None
    until: AwareDatetime | None = None


class OwnChat(Shape):
    """How the desk writes to its owner: `way` says over which line, `problem` why it cannot now."""

    way: str | None
    problem: str | None
    account_id: str | None
    muted_until: str | None


@router.get("/pause", summary="Whether the agent is paused everywhere")
async def pause(caller: Reader, rooms: RoomsOf) -> Pause:
    """A pause that has run out is none."""
    return await _state(rooms)


@router.put("/pause", summary="Pause the agent everywhere, or end that", responses=problems(403))
async def change_pause(caller: Writer, rooms: RoomsOf, change: ChangePause) -> Pause:
    """It holds at once, for every line and every chat. What comes in meanwhile waits for people."""
    _sees_all(caller)
    if not change.paused:
        await rooms.desk.pausing.resume(by=caller.by)
        return await _state(rooms)
    if change.minutes is not None and change.until is not None:
        raise Invalid("Give minutes or until, not both.")
    until = int(change.until.timestamp() * 1_000) if change.until is not None else None
    if change.minutes is not None:
        until = rooms.clock.now() + int(change.minutes * MINUTE)
    await rooms.desk.pausing.pause(by=caller.by, until=until)
    return await _state(rooms)


@router.get("/own-chat", summary="How the desk writes to its owner", responses=problems(403))
async def own_chat(caller: Reader, rooms: RoomsOf) -> OwnChat:
    """Where signs of life, digests and debug messages go, and where commands are taken."""
    _sees_all(caller)
    async with rooms.store.read() as read:
        way = await rooms.desk.own_chat.way(read)
        problem = await rooms.desk.own_chat.why_not(read)
        muted = await rooms.desk.commands.muted_until(read)
    return OwnChat(
        way=way.sentence if way is not None else None,
        problem=problem,
        account_id=way.account.row.id if way is not None else None,
        muted_until=to_iso(min(muted, _LAST)) if muted is not None else None,
    )


_LAST = 253_402_300_799_000  # the last moment that is written with four digits of a year


def _sees_all(caller: Caller) -> None:
    if caller.sight is not None:
        raise HTTPException(403, "This concerns every line of the house, and you see some of them only.")


async def _state(rooms: Rooms) -> Pause:
    async with rooms.store.read() as read:
        found = await rooms.desk.pausing.state(read)
    if found is None:
        return Pause(paused=False)
    return Pause(paused=True, since=to_iso(found.since), until=to_iso(found.until), by=found.by)
