"""People are told of their appointments once, in their language, within the 24-hour window or by template."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from clinic import Clinic, clinic, lisbon

from frontdesk.desk.appointment_links import KEPT
from frontdesk.desk.appointments import AGENT, Wish
from frontdesk.domain.appointments import Service
from frontdesk.domain.work import RemindOfAppointments
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, MINUTE
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.think import FakeThink

BOOKED = "Your appointment is booked: Cleaning with Dr Costa on Tuesday 24 November at 10:30."
REMINDER = (
    "A reminder of your appointment: Cleaning with Dr Costa on Tuesday 24 November at 10:30. "
    "If you cannot come, just answer here."
)


class Windowed(FakeChannel):
    """A channel with the window of 24 hours."""

    capabilities = replace(FakeChannel.capabilities, window=True, templates=True)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path, think=FakeThink()) as found:
        yield found


@pytest.fixture
async def windowed(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path, think=FakeThink(), channel=Windowed()) as found:
        yield found


async def told(here: Clinic) -> list[str]:
    """What we wrote beside the agent's answers, in order."""
    await here.line.idle()
    return [row.text or row.kind for row in await here.line.messages("outbound") if row.author != "agent"]


async def booked(here: Clinic, contact: str, at: int = lisbon(24, 10, 30), **more: object) -> str:
    wish = Wish(here.cleaning.id, at, "opr_1", contact_id=contact, resource_id=here.costa.id, **more)  # type: ignore[arg-type]
    return (await here.desk.book(wish)).line.row.id


async def to(here: Clinic, at: int) -> None:
    """The clock stands at that moment, and what is due is done."""
    await here.line.pass_time(at - here.line.clock.now())
    async with here.line.store.begin(shared=True) as tx:  # as the schedule does within the minute
        await enqueue(tx, RemindOfAppointments(), now=here.line.clock.now())
    await here.line.idle()


# Confirmations


async def test_who_is_booked_by_the_desk_is_told_with_a_calendar_file(here: Clinic) -> None:
    await booked(here, await here.contact(), tell=True)
    assert await told(here) == [BOOKED, "document"]
    (file,) = await here.line.files()
    assert (file.name, file.mime) == ("appointment.ics", "text/calendar")


async def test_a_move_and_a_cancelling_are_told(here: Clinic) -> None:
    appointment = await booked(here, await here.contact())
    await here.desk.move(appointment, lisbon(24, 15), by="opr_1", tell=True)
    assert (await told(here))[0] == (
        "Your appointment has a new time: Cleaning with Dr Costa on Tuesday 24 November at 15:00."
    )
    await here.desk.cancel(appointment, by="opr_1", tell=True)
    assert (await told(here))[-1] == (
        "Your appointment is cancelled: Cleaning with Dr Costa on Tuesday 24 November at 15:00."
    )


async def test_what_the_agent_books_is_told_by_its_own_reply(here: Clinic) -> None:
    contact = await here.contact()
    await here.desk.book(Wish(here.cleaning.id, lisbon(24, 10, 30), AGENT, contact_id=contact))
    assert await told(here) == []


async def test_people_are_told_in_their_language_with_the_directions(here: Clinic) -> None:
    await here.calendar.put_service(replace(here.cleaning, directions="Rua Augusta 1"))
    contact = await here.contact(text="Olá, queria saber quanto custa uma consulta, obrigado")
    await booked(here, contact, tell=True)
    assert (await told(here))[0] == (
        "A sua marcação está feita: Cleaning com Dr Costa, terça-feira, 24 de novembro, às 10:30.\nRua Augusta 1"
    )


async def test_who_does_not_write_is_told_nothing(here: Clinic) -> None:
    await here.desk.book(Wish(here.cleaning.id, lisbon(24, 10, 30), "opr_1", name="Rui", tell=True))
    assert await told(here) == []


# A link in the place of a calendar file

PUBLIC = "https://desk.example.com"
LINK = re.compile(rf"{PUBLIC}(/appointment/[\w-]{{40,70}}\.ics)")


@pytest.fixture
async def by_link(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path, think=FakeThink(), channel=Windowed(), public_url=PUBLIC) as found:
        yield found


@pytest.mark.both_shapes
async def test_a_line_that_carries_no_calendar_file_tells_where_it_is_to_be_had(tmp_path: Path) -> None:
    async with clinic(tmp_path, think=FakeThink(), channel=Windowed(), public_url=PUBLIC) as here:
        appointment = await booked(here, await here.contact(), tell=True)
        (said,) = await told(here)
        assert re.fullmatch(rf"{re.escape(BOOKED)}\nAdd it to your calendar: {LINK.pattern}", said)
        await here.desk.move(appointment, lisbon(24, 15), by="opr_1", tell=True)
        assert LINK.findall((await told(here))[1]) == LINK.findall(said)
        await here.desk.cancel(appointment, by="opr_1", tell=True)
        assert LINK.search((await told(here))[2]) is None


async def test_a_line_that_carries_the_file_sends_no_link(tmp_path: Path) -> None:
    async with clinic(tmp_path, think=FakeThink(), public_url=PUBLIC) as here:
        await booked(here, await here.contact(), tell=True)
        assert await told(here) == [BOOKED, "document"]


async def test_without_a_public_address_no_link_is_sent(windowed: Clinic) -> None:
    await booked(windowed, await windowed.contact(), tell=True)
    assert await told(windowed) == [BOOKED]


async def test_the_link_is_told_in_the_language_of_the_person(by_link: Clinic) -> None:
    contact = await by_link.contact(text="Olá, queria saber quanto custa uma consulta, obrigado")
    await booked(by_link, contact, tell=True)
    assert f"\nAdicione-a ao seu calendário: {PUBLIC}/appointment/" in (await told(by_link))[0]


async def asked(here: Clinic, path: str) -> httpx2.Response:
    """The answer to somebody who is not signed in."""
    transport = httpx2.ASGITransport(app=here.line.house.built.web)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC, headers={"Accept": "text/html"}) as client:
        return await client.get(path)


async def test_behind_the_link_is_the_one_appointment_as_it_stands(by_link: Clinic) -> None:
    contact = await by_link.contact()
    appointment = await booked(by_link, contact, tell=True)
    await by_link.book(lisbon(25, 9), name="Somebody else")
    (path,) = LINK.findall((await told(by_link))[0])
    first = await asked(by_link, path)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert first.text.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:Cleaning · Dr Costa" in first.text
    assert "DTSTART:20261124T103000Z" in first.text
    assert "Somebody else" not in first.text
    await by_link.desk.move(appointment, lisbon(24, 15), by="opr_1")
    assert "DTSTART:20261124T150000Z" in (await asked(by_link, path)).text
    await by_link.desk.cancel(appointment, by="opr_1")
    cancelled = (await asked(by_link, path)).text
    assert "STATUS:CANCELLED" in cancelled
    assert f"UID:{appointment}@frontdesk" in first.text
    assert f"UID:{appointment}@frontdesk" in cancelled


async def test_the_link_is_kept_and_passed_on_by_nobody(by_link: Clinic) -> None:
    await booked(by_link, await by_link.contact(), tell=True)
    (path,) = LINK.findall((await told(by_link))[0])
    headers = (await asked(by_link, path)).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in headers["X-Robots-Tag"]


async def test_the_link_ends_a_week_after_the_appointment(by_link: Clinic) -> None:
    await booked(by_link, await by_link.contact(), tell=True)
    (path,) = LINK.findall((await told(by_link))[0])
    by_link.line.clock.advance(lisbon(24, 11) + KEPT - 1 - by_link.line.clock.now())
    assert (await asked(by_link, path)).status_code == 200
    by_link.line.clock.advance(1)
    over = await asked(by_link, path)
    assert (over.status_code, "appointment is over" in over.text) == (410, True)


async def test_an_address_that_was_not_written_here_has_no_appointment(by_link: Clinic) -> None:
    appointment = await booked(by_link, await by_link.contact(), tell=True)
    (path,) = LINK.findall((await told(by_link))[0])
    for wrong in (path.replace(".ics", "A.ics"), f"/appointment/{appointment}.ics", "/appointment/x.ics"):
        answer = await asked(by_link, wrong)
        assert (answer.status_code, "no appointment" in answer.text) == (404, True)
    assert (await asked(by_link, path.replace("/appointment/", "/link/").removesuffix(".ics"))).status_code == 404


# Reminders


@pytest.mark.both_shapes
async def test_a_reminder_is_sent_once_also_over_a_restart(tmp_path: Path) -> None:
    async with clinic(tmp_path, think=FakeThink()) as here:
        await booked(here, await here.contact())
        clock = here.line.clock
        await to(here, lisbon(23, 10, 29))
        assert await told(here) == []
        await to(here, lisbon(23, 10, 31))
        assert await told(here) == [REMINDER]
    async with clinic(tmp_path, think=FakeThink(), clock=clock) as here:
        for _ in range(3):
            await here.line.pass_time(HOUR)
        assert await told(here) == [REMINDER]


async def test_each_reminder_of_a_service_is_sent_and_none_after_the_start(here: Clinic) -> None:
    await here.calendar.put_service(replace(here.cleaning, reminders=(1440, 120)))
    await booked(here, await here.contact())
    await to(here, lisbon(23, 11))
    await to(here, lisbon(24, 8, 31))
    assert await told(here) == [REMINDER, REMINDER]
    await to(here, lisbon(24, 12))
    assert len(await told(here)) == 2


@pytest.mark.both_shapes
async def test_what_was_due_while_the_program_was_down_is_sent_late_but_not_after_the_start(tmp_path: Path) -> None:
    async with clinic(tmp_path, think=FakeThink()) as here:
        contact = await here.contact()
        await booked(here, contact)
        await booked(here, contact, lisbon(25, 9))
        clock = here.line.clock
    clock.advance(lisbon(24, 10, 45) - clock.now())
    async with clinic(tmp_path, think=FakeThink(), clock=clock) as here:
        await here.line.pass_time(MINUTE)
        (late,) = await told(here)
        assert "Wednesday 25 November at 09:00" in late


@pytest.mark.both_shapes
async def test_a_cancelled_appointment_is_not_reminded_of_and_a_moved_one_at_its_new_time(here: Clinic) -> None:
    contact = await here.contact()
    gone, moved = await booked(here, contact), await booked(here, contact, lisbon(24, 12))
    await here.desk.cancel(gone, by="opr_1")
    await here.desk.move(moved, lisbon(26, 12), by="opr_1")
    await to(here, lisbon(24, 11))
    assert await told(here) == []
    await to(here, lisbon(25, 12, 1))
    assert [each[:30] for each in await told(here)] == ["A reminder of your appointment"]


async def test_what_is_booked_later_than_its_reminder_is_not_reminded_of_at_once(here: Clinic) -> None:
    await booked(here, await here.contact(), lisbon(19, 9))
    await here.line.pass_time(HOUR)
    assert await told(here) == []


async def test_without_reminders_none_is_sent(here: Clinic) -> None:
    await here.calendar.put_service(replace(here.cleaning, reminders=()))
    await booked(here, await here.contact())
    await to(here, lisbon(24, 10))
    assert await told(here) == []


# The window of 24 hours


async def test_within_the_window_a_reminder_is_a_message(windowed: Clinic) -> None:
    contact = await windowed.contact()
    await booked(windowed, contact)
    await to(windowed, lisbon(23, 9))
    await windowed.contact(text="See you tomorrow")
    await to(windowed, lisbon(23, 10, 31))
    assert await told(windowed) == [REMINDER]


async def test_outside_the_window_a_reminder_goes_as_the_template_of_its_service(windowed: Clinic) -> None:
    await windowed.calendar.put_service(replace(windowed.cleaning, template="visit", language="pt_PT"))
    await booked(windowed, await windowed.contact())
    await to(windowed, lisbon(23, 10, 31))
    await windowed.line.idle()
    (row,) = [each for each in await windowed.line.messages("outbound") if each.kind == "template"]
    assert row.content is not None
    for said in (
        '"name":"visit"',
        '"language":"pt_PT"',
        '"Ana"',
        '"Cleaning"',
        '"terça-feira, 24 de novembro"',
        '"10:30"',
    ):
        assert said in row.content


async def test_outside_the_window_and_without_a_template_an_alert_asks_to_call(windowed: Clinic) -> None:
    await booked(windowed, await windowed.contact())
    await to(windowed, lisbon(23, 10, 31))
    assert await told(windowed) == []
    (alert,) = [each for each in await windowed.line.alerts() if each.kind == "appointment"]
    assert alert.sentence == (
        "Ana was not reminded of their appointment on Tuesday 24 November at 10:30: The person has not written in the "
        "last 24 hours, and the service has no template for it. Set one under Services, or call."
    )
    await windowed.line.pass_time(DAY // 24)
    assert len([each for each in await windowed.line.alerts() if each.kind == "appointment"]) == 1


def test_a_service_reminds_a_day_before_unless_told_otherwise() -> None:
    assert Service("s", "Cleaning", 30).reminders == (1440,)
