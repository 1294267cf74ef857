"""`/api/appointments` as other systems write it: listed, booked, changed, cancelled."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AliasChoices, Field

from frontdesk.web.api import appointments as ours
from frontdesk.web.api.shapes import Given, TextOrNone
from frontdesk.web.auth import Reader, RoomsOf, Writer
from frontdesk.web.words.envelope import TAG, Answer, refusals

router = APIRouter(prefix="/api", tags=[TAG])


class Appointments(Answer):
    """Those that were asked for."""

    appointments: list[dict[str, Any]]


class OneAppointment(Answer):
    """One of them."""

    appointment: dict[str, Any]


class New(Given):
    """What to book."""

    service_id: str = Field(validation_alias=AliasChoices("serviceId", "service_id"), max_length=60)
    start: str = Field(validation_alias=AliasChoices("start", "startTime", "start_time"), max_length=40)
    resource_id: TextOrNone = Field(
        default=None, validation_alias=AliasChoices("resourceId", "resource_id"), max_length=60
    )
    contact_id: TextOrNone = Field(
        default=None, validation_alias=AliasChoices("contactId", "contact_id"), max_length=60
    )
    name: TextOrNone = Field(default=None, max_length=120)
    phone: TextOrNone = Field(default=None, max_length=40)
    notes: TextOrNone = Field(default=None, max_length=1_000)


@router.get("/appointments", summary="List appointments")
async def listed(
    *,
    caller: Reader,
    rooms: RoomsOf,
    from_: Annotated[str | None, Query(alias="from", max_length=40)] = None,
    to: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Appointments:
    """The earliest first."""
    found = await ours.listed(caller=caller, rooms=rooms, from_=from_, to=to, limit=limit)
    return Appointments(appointments=[_worded(each) for each in found.items])


@router.post("/appointments", summary="Book", responses=refusals(404, 409))
async def book(caller: Writer, rooms: RoomsOf, new: New) -> OneAppointment:
    """409 where the time is taken."""
    given = new.model_dump(exclude={"notes"})
    made = await ours.book(caller=caller, rooms=rooms, new=ours.NewAppointment(**given, note=new.notes))
    return OneAppointment(appointment=_worded(made))


@router.delete("/appointments/{appointment_id}", summary="Cancel it", responses=refusals(404, 409))
async def cancel(caller: Writer, rooms: RoomsOf, appointment_id: str) -> OneAppointment:
    """Its time is free again."""
    made = await ours.cancel(caller=caller, rooms=rooms, appointment_id=appointment_id)
    return OneAppointment(appointment=_worded(made))


def _worded(made: ours.Appointment) -> dict[str, Any]:
    return {
        "id": made.id,
        "service": made.service,
        "resource": made.resource,
        "contactId": made.contact_id,
        "chatId": made.chat_id,
        "name": made.name,
        "phone": made.phone,
        "startTime": made.start,
        "endTime": made.end,
        "timezone": made.zone,
        "status": made.state,
        "notes": made.note,
    }
