"""Appointments: a time is given once, whoever asks at the same moment, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from clinic import Clinic, as_read, clinic, lisbon
from sqlalchemy import func, select

from frontdesk.desk.appointments import AGENT, NOT_YOURS, TOO_MANY, Booked, Wish
from frontdesk.desk.errors import Conflict, Forbidden, Invalid, NotFound
from frontdesk.domain.appointments import CLOSED, OFF_GRID, PAST, TAKEN, Opening, Resource, Service, State
from frontdesk.domain.live import LiveType
from frontdesk.kit.clock import DAY, HOUR, MINUTE
from frontdesk.store import appointments as rows
from frontdesk.store.tables import appointment_cells

pytestmark = pytest.mark.both_shapes
BEN = "447700900999"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path) as found:
        yield found


async def free(here: Clinic, service: Service, day: int = 24, resource_id: str | None = None) -> list[str]:
    """The free times of a day of November, each once."""
    on = date(2026, 11, day)
    async with here.line.store.read() as read:
        found = await here.desk.free(read, service.id, first=on, last=on, resource_id=resource_id)
    return sorted({as_read(slot.start)[3:] for slot in found})


async def kept_cells(here: Clinic) -> int:
    async with here.line.store.read() as read:
        return int(await read.scalar(select(func.count()).select_from(appointment_cells)))


async def at_once(*wishes: object) -> tuple[list[Booked], list[BaseException]]:
    """What came of them, and what was refused."""
    results = await asyncio.gather(*wishes, return_exceptions=True)  # type: ignore[call-overload]
    return [one for one in results if isinstance(one, Booked)], [one for one in results if not isinstance(one, Booked)]


# Once


async def test_of_fifty_who_want_one_time_at_the_same_moment_exactly_one_gets_it(here: Clinic) -> None:
    wishes = [
        Wish(
            here.filling.id, lisbon(24, 10), "api", resource_id=here.costa.id, name=f"Person {number}", key=f"{number}"
        )
        for number in range(50)
    ]
    made, refused = await at_once(*(here.desk.book(wish) for wish in wishes))
    assert len(made) == 1
    assert {str(each) for each in refused} == {TAKEN}
    assert len(refused) == 49
    assert len(await here.all()) == 1


async def test_of_fifty_that_overlap_none_overlap_afterwards(here: Clinic) -> None:
    services = [
        await here.calendar.put_service(
            Service("", f"{minutes}", minutes, step=5, after=5 * (minutes % 3), notice=0, resources=(here.costa.id,))
        )
        for minutes in (10, 25, 40, 60, 95)
    ]
    wishes = [
        Wish(services[n % 5].id, lisbon(24, 10) + 5 * MINUTE * ((n * 7) % 24), "api", name=f"P{n}", freely=True)
        for n in range(50)
    ]
    made, refused = await at_once(*(here.desk.book(wish) for wish in wishes))
    assert made
    assert {str(each) for each in refused} == {TAKEN}
    times = sorted((line.row.kept_from, line.row.kept_to) for line in await here.all())
    assert len(times) == len(made)
    assert all(before[1] <= after[0] for before, after in pairwise(times))


async def test_the_database_itself_refuses_a_time_twice_whatever_was_read_before(here: Clinic) -> None:
    times = [lisbon(day, hour, minute) for day in (25, 26) for hour in range(9, 17) for minute in (0, 30)]
    lines = [await here.book(at) for at in times[:25] for _ in range(2)]

    async def take(appointment_id: str) -> int | None:
        """Without the order that the desk keeps."""
        begins = lisbon(24, 10)
        async with here.line.store.begin(shared=True) as tx:
            return await rows.occupy(
                tx, appointment_id, resource_id=here.costa.id, seats=1, begins=begins, ends=begins + HOUR
            )

    seats = await asyncio.gather(*(take(line.row.id) for line in lines))
    assert sorted(seats, key=str) == [0, *[None] * 49]


async def test_fifty_moves_to_one_time_let_one_through_and_leave_the_others_where_they_were(here: Clinic) -> None:
    times = [lisbon(day, hour, minute) for day in (25, 26) for hour in range(9, 17) for minute in (0, 30)]
    lines = [await here.book(at, resource_id=here.costa.id) for at in times[:25]]
    moves = (here.desk.move(line.row.id, lisbon(24, 10), by="opr_1", resource_id=here.costa.id) for line in lines)
    made, refused = await at_once(*moves)
    assert (len(made), {str(each) for each in refused}) == (1, {TAKEN})
    after = sorted(line.row.start_at for line in await here.all())
    moved = next(line for line in lines if line.row.id == made[0].line.row.id)
    assert after == sorted({*times[:25], lisbon(24, 10)} - {moved.row.start_at})


async def test_two_who_change_places_at_the_same_moment_do_not_wait_for_ever(here: Clinic) -> None:
    first = await here.book(lisbon(24, 9), resource_id=here.costa.id)
    second = await here.book(lisbon(24, 10), resource_id=here.silva.id)
    made, refused = await at_once(
        here.desk.move(first.row.id, lisbon(24, 10), by="opr_1", resource_id=here.silva.id),
        here.desk.move(second.row.id, lisbon(24, 9), by="opr_1", resource_id=here.costa.id),
    )
    assert len(made) + len(refused) == 2
    assert all(str(each) == TAKEN for each in refused)


# Booking


async def test_a_booking_takes_its_time_with_buffers_and_whoever_is_free(here: Clinic) -> None:
    assert (await free(here, here.cleaning))[:3] == ["09:00", "09:30", "10:00"]
    first = await here.book(lisbon(24, 9))
    second = await here.book(lisbon(24, 9))
    assert {first.resource, second.resource} == {"Dr Costa", "Dr Silva"}
    assert (await free(here, here.cleaning))[0] == "09:30"
    filling = await here.book(lisbon(24, 11), service=here.filling)
    assert (filling.resource, (filling.row.kept_to - filling.row.end_at) // MINUTE) == ("Dr Costa", 10)
    assert "12:00" not in await free(here, here.cleaning, resource_id=here.costa.id)
    with pytest.raises(Conflict, match=TAKEN):
        await here.book(lisbon(24, 9))


async def test_the_same_key_gives_the_same_appointment_and_books_nothing_again(here: Clinic) -> None:
    wish = Wish(here.cleaning.id, lisbon(24, 9), "api", name="Ana", key="k1")
    made, refused = await at_once(*(here.desk.book(wish) for _ in range(10)))
    assert refused == []
    assert len({each.line.row.id for each in made}) == 1
    assert [each.new for each in made].count(True) == 1
    assert len(await here.all()) == 1
    with pytest.raises(Conflict, match="already used for another appointment"):
        await here.desk.book(replace(wish, service_id=here.filling.id))


async def test_the_same_person_at_the_same_time_is_booked_once_also_when_the_agent_is_run_again(here: Clinic) -> None:
    contact = await here.contact()
    wish = Wish(here.cleaning.id, lisbon(24, 9), AGENT, contact_id=contact)
    made, refused = await at_once(*(here.desk.book(wish) for _ in range(5)))
    assert (len(made), refused, len(await here.all())) == (5, [], 1)
    assert made[0].line.row.name == "Ana"


async def test_what_was_cancelled_can_be_booked_again_at_the_same_time(here: Clinic) -> None:
    contact = await here.contact()
    wish = Wish(here.cleaning.id, lisbon(24, 9), AGENT, contact_id=contact)
    first = await here.desk.book(wish)
    await here.desk.cancel(first.line.row.id, by=AGENT, of=contact)
    again = await here.desk.book(wish)
    assert again.new
    assert again.line.row.id != first.line.row.id


async def test_what_cannot_be_booked_is_refused_with_its_reason(here: Clinic) -> None:
    for start, why in (
        (lisbon(24, 8, 30), CLOSED),
        (lisbon(22, 10), CLOSED),  # a Sunday
        (lisbon(18, 9), PAST),
        (lisbon(18, 11, 30), "at least 1 hour ahead"),
        (lisbon(24, 10, month=12) + 60 * DAY, "next 60 days"),
    ):
        with pytest.raises(Conflict, match=why):
            await here.book(start)
    with pytest.raises(Invalid, match=OFF_GRID):
        await here.book(lisbon(24, 10) + MINUTE)
    with pytest.raises(Invalid, match="does not do"):
        await here.book(lisbon(24, 10), service=here.filling, resource_id=here.silva.id)
    with pytest.raises(NotFound):
        await here.book(lisbon(24, 10), contact_id="con_none")
    with pytest.raises(Invalid, match="for whom"):
        await here.book(lisbon(24, 10), name=" ")
    assert await here.all() == []
    assert await kept_cells(here) == 0


async def test_a_person_at_the_desk_may_book_outside_the_hours_but_never_double(here: Clinic) -> None:
    await here.book(lisbon(24, 20), freely=True, resource_id=here.costa.id)
    with pytest.raises(Conflict, match=TAKEN):
        await here.book(lisbon(24, 20), freely=True, resource_id=here.costa.id)


async def test_a_viewing_with_three_seats_takes_three(here: Clinic) -> None:
    flat = await here.calendar.put_resource(Resource("", "Flat", "", seats=3, openings=(Opening(1, 540, 600),)))
    viewing = await here.calendar.put_service(Service("", "Viewing", 30, step=30, notice=0, resources=(flat.id,)))
    made, refused = await at_once(
        *(here.desk.book(Wish(viewing.id, lisbon(24, 9), "api", name=f"P{n}")) for n in range(12))
    )
    assert sorted(each.line.row.seat for each in made) == [0, 1, 2]
    assert len(refused) == 9


async def test_one_person_cannot_fill_the_calendar_through_the_agent(here: Clinic) -> None:
    contact = await here.contact()
    for number in range(5):
        await here.desk.book(Wish(here.cleaning.id, lisbon(24, 9 + number), AGENT, contact_id=contact))
    with pytest.raises(Conflict, match=TOO_MANY):
        await here.desk.book(Wish(here.cleaning.id, lisbon(25, 9), AGENT, contact_id=contact))


# Moving, cancelling, noting


async def test_a_move_frees_the_old_time_and_takes_the_new_one_with_the_same_resource(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9), resource_id=here.silva.id)
    cells = await kept_cells(here)
    moved = (await here.desk.move(line.row.id, lisbon(24, 9, 30), by="opr_1")).line
    assert (moved.row.start_at, moved.resource, moved.row.sequence) == (lisbon(24, 9, 30), "Dr Silva", 1)
    assert await kept_cells(here) == cells
    assert "09:00" in await free(here, here.cleaning, resource_id=here.silva.id)
    assert "09:30" not in await free(here, here.cleaning, resource_id=here.silva.id)
    again = await here.desk.move(line.row.id, lisbon(24, 9, 30), by="opr_1")
    assert (again.new, again.line.row.sequence) == (False, 1)


async def test_a_move_that_overlaps_its_own_old_time_is_no_conflict(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9), service=here.filling)
    moved = await here.desk.move(line.row.id, lisbon(24, 9, 30), by="opr_1")
    assert moved.line.row.start_at == lisbon(24, 9, 30)


async def test_a_move_that_is_refused_leaves_the_old_time(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9), service=here.filling)
    await here.book(lisbon(24, 11), resource_id=here.costa.id)
    for start, why in ((lisbon(24, 10, 30), TAKEN), (lisbon(24, 20), CLOSED)):
        with pytest.raises(Conflict, match=why):
            await here.desk.move(line.row.id, start, by="opr_1")
    assert {each.row.start_at for each in await here.all()} == {lisbon(24, 9), lisbon(24, 11)}
    with pytest.raises(Conflict, match=TAKEN):
        await here.book(lisbon(24, 9, 30), resource_id=here.costa.id)


async def test_a_cancelled_time_is_free_again_and_cancelling_twice_is_no_fault(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9), service=here.filling)
    assert (await here.desk.cancel(line.row.id, by="opr_1")).new
    assert not (await here.desk.cancel(line.row.id, by="opr_1")).new
    assert await kept_cells(here) == 0
    assert "09:00" in await free(here, here.filling)
    with pytest.raises(Conflict, match="is cancelled"):
        await here.desk.move(line.row.id, lisbon(24, 11), by="opr_1")


async def test_the_agent_touches_only_appointments_of_its_own_chats_person(here: Clinic) -> None:
    ana, ben = await here.contact(), await here.contact(BEN)
    line = (await here.desk.book(Wish(here.cleaning.id, lisbon(24, 9), AGENT, contact_id=ana))).line
    nobodys = await here.book(lisbon(24, 10))
    for one in (line, nobodys):
        with pytest.raises(Forbidden, match=NOT_YOURS):
            await here.desk.cancel(one.row.id, by=AGENT, of=ben)
        with pytest.raises(Forbidden, match=NOT_YOURS):
            await here.desk.move(one.row.id, lisbon(24, 12), by=AGENT, of=ben)
    assert {each.row.state for each in await here.all()} == {State.BOOKED}


async def test_what_came_of_it_is_noted_once_it_has_begun(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9))
    with pytest.raises(Conflict, match="not begun"):
        await here.desk.note(line.row.id, State.DONE, by="opr_1")
    here.line.clock.advance(lisbon(24, 10) - here.line.clock.now())
    assert (await here.desk.note(line.row.id, State.NO_SHOW, by="opr_1")).row.state == State.NO_SHOW
    assert (await here.desk.note(line.row.id, State.DONE, by="opr_1")).row.state == State.DONE
    with pytest.raises(Conflict, match=PAST):
        await here.desk.cancel(line.row.id, by="opr_1")


async def test_every_change_is_told_to_those_who_listen(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9))
    await here.desk.move(line.row.id, lisbon(24, 10), by="opr_1")
    await here.desk.cancel(line.row.id, by="opr_1")
    told = here.line.happened(LiveType.APPOINTMENT_CHANGED)
    assert [each.payload["id"] for each in told] == [line.row.id] * 3


async def test_appointments_follow_a_person_who_turns_out_to_be_another(here: Clinic) -> None:
    ana, ben = await here.contact(), await here.contact(BEN)
    await here.desk.book(Wish(here.cleaning.id, lisbon(24, 9), "api", contact_id=ben))
    keep, gone = await here.line.chat(), await here.line.chat(BEN)
    await here.line.desk.contacts.merge(keep.id, other=gone.id, by="opr_1")
    (line,) = await here.all()
    assert (line.row.contact_id, line.chat_id) == (ana, keep.id)


async def test_a_retired_resource_is_offered_no_longer_and_keeps_what_is_booked(here: Clinic) -> None:
    line = await here.book(lisbon(24, 9), service=here.filling)
    await here.calendar.retire("resource", here.costa.id)
    with pytest.raises(Conflict, match="Nobody does"):
        await here.book(lisbon(24, 11), service=here.filling)
    assert [each.row.id for each in await here.all()] == [line.row.id]
    assert (await here.desk.move(line.row.id, lisbon(24, 12), by="opr_1")).new
