"""The agent books in its chat alone, what is real alone, once; and says nothing that the calendar does not hold."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clinic import HOUSE, Clinic, clinic, lisbon
from langchain_core.messages import BaseMessage, ToolMessage

from frontdesk.desk.appointments import AGENT, Wish
from frontdesk.domain.appointments import State
from frontdesk.kit.clock import MINUTE
from frontdesk.llm.base import ModelOptions
from frontdesk.llm.offline import Offline
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA
from frontdesk.testing.models import FakeModel, Script, Scripted, ToolUse

BEN = "447700900999"


class Talk:
    """A clinic whose model does what a script says."""

    def __init__(self, here: Clinic, model: FakeModel) -> None:
        self.here = here
        self.model = model

    async def says(self, text: str, *script: Scripted, who: str = ANA) -> list[str]:
        """The person writes, the model does these one after the other; gives what was answered."""
        self.model.calls, self.model.answers = 0, script or ("ok",)
        before = len(await self.here.line.messages("outbound"))
        await self.here.line.arrive(self.here.line.message(text, who=who))
        await self.here.line.idle()
        return [row.text or "" for row in (await self.here.line.messages("outbound"))[before:]]

    def results(self) -> list[str]:
        """What the tools have told the model in the last turn."""
        return [str(one.text) for one in self.model.asked[-1] if one.type == "tool"]

    def prompt(self) -> str:
        """The system prompt of the last turn."""
        return str(self.model.asked[-1][0].text)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    model = FakeModel()
    async with clinic(tmp_path, model=model) as here:
        yield Talk(here, model)


def finds(**more: str) -> ToolUse:
    return ToolUse("find_slots", {"service": "Cleaning", **more})


def books(slot: str = "2026-11-24 10:30", **more: str) -> ToolUse:
    return ToolUse("book_appointment", {"service": "Cleaning", "slot": slot, **more})


# Tools


async def test_free_times_are_told_with_day_date_time_zone_and_an_id(talk: Talk) -> None:
    said = await talk.says(
        "Tuesday?", finds(from_day="2026-11-24"), "On Tuesday 24 November I have 9:00 and 10:30 free. Which one?"
    )
    (told,) = talk.results()
    assert "Free for Cleaning (30 minutes, 45 €), Tuesday 24 November 2026:" in told
    assert "Tuesday 24 November 2026, 10:30-11:00 (Europe/Lisbon) with Dr Costa or Dr Silva" in told
    assert said == ["On Tuesday 24 November I have 9:00 and 10:30 free. Which one?"]


async def test_a_time_is_booked_by_its_id_or_by_its_words(talk: Talk) -> None:
    await talk.says("Tuesday?", finds(from_day="2026-11-24"), "Tuesday 24 at 9:00 is free.")
    (told,) = talk.results()
    line = next(each for each in told.splitlines() if "11:30-12:00" in each)
    slot = line.partition("[")[2].partition("]")[0]
    said = await talk.says("11:30 please", books(slot), "Booked: Tuesday 24 November at 11:30.")
    assert said == ["Booked: Tuesday 24 November at 11:30."]
    await talk.says("And Wednesday at nine", books("Wednesday 25 November at 9:00"), "See you on Wednesday at 9:00!")
    (first, second) = await talk.here.all()
    assert (first.row.start_at, second.row.start_at) == (lisbon(24, 11, 30), lisbon(25, 9))
    assert {first.row.booked_by, second.row.booked_by} == {AGENT}
    assert first.row.contact_id == (await talk.here.line.chat()).contact_id


async def test_what_was_never_free_is_not_booked_and_the_free_times_are_told_instead(talk: Talk) -> None:
    await talk.says("At 8 on Tuesday", books("2026-11-24 08:00"), "That is not free, sorry.")
    (told,) = talk.results()
    assert told.startswith("Nothing was changed: that time is not free.")
    assert "09:00-09:30" in told
    await talk.says("At 10:10 on Tuesday", books("2026-11-24 10:10"), "That is not free, sorry.")
    assert await talk.here.all() == []


@pytest.mark.both_shapes
async def test_the_same_booking_twice_in_a_turn_or_in_the_next_one_is_one_appointment(talk: Talk) -> None:
    await talk.says("Tuesday 10:30", [books(), books()], "Booked for Tuesday at 10:30.")
    assert "booked already" in talk.results()[-1]
    await talk.says("Did you book it?", books(), "Yes, you are booked for Tuesday at 10:30.")
    assert len(await talk.here.all()) == 1


@pytest.mark.both_shapes
async def test_a_turn_that_is_run_again_after_the_booking_finds_it_booked_and_says_so(talk: Talk) -> None:
    """The person writes on while the agent books: the answer is dropped, the appointment stands."""
    wrote = False

    async def also(messages: list[BaseMessage]) -> None:
        nonlocal wrote
        if not wrote and any(one.type == "tool" for one in messages):
            wrote = True
            await talk.here.line.arrive(talk.here.line.message("with Dr Silva if possible"))

    script: Script = lambda messages: (  # noqa: E731
        "Your cleaning is booked for Tuesday at 10:30."
        if "Appointments of this person" in str(messages[0].text) or any(one.type == "tool" for one in messages)
        else books()
    )
    talk.model.answers = script
    said = await _with_a_word_between(talk, "Tuesday 10:30 please", also)
    assert said == ["Your cleaning is booked for Tuesday at 10:30."]
    assert len(await talk.here.all()) == 1
    assert "Cleaning on Tuesday 24 November at 10:30" in talk.prompt()


async def _with_a_word_between(talk: Talk, text: str, between: Callable[[list[BaseMessage]], Any]) -> list[str]:
    ask = talk.here.desk.book

    async def booking(wish: Wish) -> Any:
        booked = await ask(wish)
        await between([*talk.model.asked[-1], ToolMessage("booked", tool_call_id="1")])
        return booked

    talk.here.desk.book = booking  # type: ignore[method-assign]
    await talk.here.line.arrive(talk.here.line.message(text))
    await talk.here.line.idle()
    await talk.here.line.pass_time(MINUTE)
    return [row.text or "" for row in await talk.here.line.messages("outbound")]


async def test_an_appointment_is_moved_and_cancelled_by_the_one_whose_it_is(talk: Talk) -> None:
    await talk.says("Tuesday 10:30", books(), "Booked for Tuesday at 10:30.")
    moves = ToolUse("move_appointment", {"slot": "2026-11-25 15:00"})
    said = await talk.says("Rather Wednesday at 3", moves, "It is moved to Wednesday 25 November at 15:00.")
    assert said == ["It is moved to Wednesday 25 November at 15:00."]
    assert [line.row.start_at for line in await talk.here.all()] == [lisbon(25, 15)]
    said = await talk.says("I cannot come", ToolUse("cancel_appointment"), "Your appointment is cancelled.")
    assert said == ["Your appointment is cancelled."]
    assert [line.row.state for line in await talk.here.all()] == [State.CANCELLED]


async def test_nobody_reaches_anothers_appointment_through_the_agent(talk: Talk) -> None:
    await talk.says("Tuesday 10:30", books(), "Booked for Tuesday at 10:30.")
    (line,) = await talk.here.all()
    for use in (
        ToolUse("cancel_appointment", {"appointment": line.row.id}),
        ToolUse("move_appointment", {"appointment": line.row.id, "slot": "2026-11-25 15:00"}),
        ToolUse("my_appointments"),
    ):
        await talk.says("About Ana's appointment", use, "I can only see your own appointments.", who=BEN)
        assert "This person has no appointment" in talk.results()[-1]
    assert "10:30" not in talk.prompt()
    (after,) = await talk.here.all()
    assert after.row == line.row


async def test_where_a_person_approves_the_agent_looks_and_books_nothing(tmp_path: Path) -> None:
    model = FakeModel(answers=(books(), "Booked for Tuesday at 10:30.", "A colleague books it."))
    async with clinic(tmp_path, model=model, config=HOUSE.replace('"auto"', '"draft"')) as here:
        await here.line.arrive(here.line.message("Tuesday 10:30"))
        await here.line.idle()
        assert await here.all() == []
        assert [text for text, _ in await here.line.out()] == ["A colleague books it."]


@pytest.mark.both_shapes
async def test_nothing_is_booked_in_a_chat_that_was_taken_over_meanwhile(talk: Talk) -> None:
    talk.model.answers = (books(), "That did not work, sorry.")
    talk.model.gate = asyncio.Event()
    await talk.here.line.arrive(talk.here.line.message("Tuesday 10:30"))
    await until(lambda: talk.model.waiting == 1)
    await talk.here.line.desk.holding.take_over((await talk.here.line.chat()).id, by="api")
    talk.model.gate.set()
    await talk.here.line.idle()
    assert "taken over" in talk.results()[-1]
    assert await talk.here.all() == []


async def test_a_group_has_no_calendar(talk: Talk) -> None:
    group = talk.here.line.message("@451 Tuesday?", group="12036302", content={"mentions_us": True})
    await talk.here.line.arrive(group)
    await talk.here.line.idle()
    assert talk.model.offered
    assert all("find_slots" not in names for names in talk.model.offered)


async def test_a_persona_without_the_tool_has_no_calendar(tmp_path: Path) -> None:
    model = FakeModel()
    async with clinic(tmp_path, model=model, config=HOUSE.replace(', "appointments"', "")) as here:
        await here.line.arrive(here.line.message("Tuesday?"))
        await here.line.idle()
    assert all("find_slots" not in names for names in model.offered)


# After the model has written


async def test_a_time_that_was_not_looked_up_is_written_again(talk: Talk) -> None:
    said = await talk.says(
        "Is there anything on Tuesday?",
        "Tuesday at 10:30 is free.",
        finds(from_day="2026-11-24"),
        "Tuesday 24 November at 10:30 is free. Shall I book it?",
    )
    assert said == ["Tuesday 24 November at 10:30 is free. Shall I book it?"]
    nudge = [str(one.text) for one in talk.model.asked[1] if one.type == "human"][-1]
    assert "does not hold (tuesday at 10:30)" in nudge


async def test_a_booking_that_was_not_made_is_never_said(talk: Talk) -> None:
    said = await talk.says(
        "Tuesday 10:30", "You are booked for Tuesday at 10:30!", "Booked, see you on Tuesday at 10:30!"
    )
    assert len(said) == 1
    assert "10:30" not in said[0]
    chat = await talk.here.line.chat()
    assert chat.held_by == "agent"
    assert await talk.here.all() == []


async def test_after_a_false_claim_what_was_really_booked_is_said_in_our_own_words(talk: Talk) -> None:
    said = await talk.says(
        "Quero terça às 10:30", books(), "Marquei quarta às 10:30.", "Está marcado para quarta às 11h!"
    )
    assert said == ["A sua marcação está feita: Cleaning com Dr Costa, terça-feira, 24 de novembro, às 10:30."]
    assert (await talk.here.line.chat()).held_by is None


async def test_after_a_false_claim_what_is_really_free_is_said_in_our_own_words(talk: Talk) -> None:
    said = await talk.says(
        "What is free on Tuesday?", finds(from_day="2026-11-24"), "Sunday at 9:00.", "Sunday at 9:00 is free!"
    )
    assert said[0].startswith("These times are free for Cleaning:\n1. Tuesday 24 November at 09:00\n2. ")


async def test_a_false_claim_beside_a_hand_over_is_not_said(talk: Talk) -> None:
    over = ToolUse("hand_over", {"reply": "You are booked for Friday at 9:00. A colleague will write.", "reason": "x"})
    said = await talk.says("Friday 9:00", over)
    assert "9:00" not in said[0]


async def test_opening_hours_of_the_knowledge_base_are_said_as_they_stand(talk: Talk) -> None:
    await talk.here.line.desk.knowledge.add("hours.md", "## When are you open?\nMonday to Friday from 9:00 to 17:00.")
    said = await talk.says("When are you open?", "We are open Monday to Friday from 9:00 to 17:00.")
    assert said == ["We are open Monday to Friday from 9:00 to 17:00."]


@pytest.mark.both_shapes
async def test_what_was_booked_a_moment_ago_by_somebody_else_is_known_to_the_guard(talk: Talk) -> None:
    contact = await talk.here.contact()
    await talk.here.book(lisbon(24, 10, 30), contact_id=contact)
    said = await talk.says("When is my appointment?", "Your appointment is on Tuesday 24 November at 10:30.")
    assert said == ["Your appointment is on Tuesday 24 November at 10:30."]


# Without a model


@pytest.fixture
async def offline(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(tmp_path, model=Offline().build(ModelOptions(""))) as here:
        yield here


async def heard(here: Clinic, text: str) -> str:
    before = len(await here.line.messages("outbound"))
    await here.line.arrive(here.line.message(text))
    await here.line.idle()
    return "\n".join(row.text or "" for row in (await here.line.messages("outbound"))[before:])


async def test_without_a_model_free_times_are_listed_and_the_chosen_one_is_booked(offline: Clinic) -> None:
    said = await heard(offline, "I would like an appointment for a cleaning on Tuesday")
    assert said.startswith(
        "These times are free for Cleaning:\n1. Tuesday 24 November at 09:00\n2. Tuesday 24 November at"
    )
    said = await heard(offline, "2")
    assert said.startswith("Your appointment is booked: Cleaning with Dr Costa on Tuesday 24 November at")
    assert len(await offline.all()) == 1
    said = await heard(offline, "Please cancel my appointment")
    assert said.startswith("Your appointment is cancelled: Cleaning with Dr Costa on Tuesday 24 November")
    assert [line.row.state for line in await offline.all()] == [State.CANCELLED]


async def test_without_a_model_the_directions_are_told_with_the_booking(offline: Clinic) -> None:
    service = replace(offline.cleaning, directions="Ring at Costa.\nBring your card.")
    await offline.calendar.put_service(service)
    await heard(offline, "I would like an appointment for a cleaning on Tuesday")
    said = await heard(offline, "2")
    assert said.startswith("Your appointment is booked: Cleaning with Dr Costa on Tuesday 24 November at")
    assert said.endswith("\nRing at Costa.\nBring your card.")


async def test_without_a_model_it_speaks_the_persons_language_and_asks_for_the_service(offline: Clinic) -> None:
    said = await heard(offline, "Olá, queria marcar uma consulta")
    assert said == "Para que serviço? Temos: Cleaning, Filling."
    said = await heard(offline, "Filling, quinta-feira de manhã")
    assert said.startswith("Estes horários estão livres para Filling:\n1. quinta-feira, 19 de novembro, às 09:00")
    said = await heard(offline, "às 9:00 por favor")
    assert said.startswith("A sua marcação está feita: Filling com Dr Costa, quinta-feira, 19 de novembro, às 09:00")


async def test_a_service_is_meant_by_what_tells_it_from_the_others(offline: Clinic) -> None:
    for known, name in ((offline.cleaning, "Viewing Rua das Flores"), (offline.filling, "Viewing Rua do Sol")):
        await offline.calendar.put_service(replace(known, name=name))
    said = await heard(offline, "I would like to book a viewing in Rua do Sol on Tuesday")
    assert said.startswith("These times are free for Viewing Rua do Sol:")


async def test_without_a_model_a_service_is_chosen_by_its_place_in_the_question(offline: Clinic) -> None:
    assert await heard(offline, "I need an appointment") == "What is it for? We have: Cleaning, Filling."
    assert (await heard(offline, "the first one please")).startswith("These times are free for Cleaning:")
    assert await heard(offline, "I need an appointment") == "What is it for? We have: Cleaning, Filling."
    assert (await heard(offline, "2")).startswith("These times are free for Filling:")


async def test_without_a_model_who_asks_for_a_person_about_an_appointment_gets_one(offline: Clinic) -> None:
    said = await heard(offline, "I want to talk to a human about my appointment")
    assert "passed this chat to a colleague" in said
    assert (await offline.line.chat()).held_by == "agent"


async def test_without_a_model_a_wish_to_move_books_nothing_new(offline: Clinic) -> None:
    assert "libres" not in await heard(offline, "¿Puedo cambiar mi cita?")
    assert await offline.all() == []


async def test_without_a_model_questions_about_appointments_are_still_looked_up(offline: Clinic) -> None:
    await offline.line.desk.knowledge.add("a.md", "## How do I book an appointment?\nWrite to us here.")
    assert "Write to us here." in await heard(offline, "How do I book an appointment?")
