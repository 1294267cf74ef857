"""A reply held against the calendar, and the words of ours that take its place when it states what is not there."""

from collections.abc import Sequence

from frontdesk.domain.appointment_words import offer, sentence
from frontdesk.domain.booking import Answered, Held
from frontdesk.domain.claims import Facts, wrong_claims
from frontdesk.domain.turns import Passage, TurnInput
from frontdesk.kit.clock import to_datetime

_OFFERED = 6  # times in a list of ours


def wrong(
    text: str, turn: TurnInput, used: Sequence[Answered], held: Sequence[Held], *, passages: Sequence[Passage]
) -> tuple[str, ...]:
    """What the reply states of free times and appointments and the calendar does not hold."""
    zone = turn.calendar.zone if turn.calendar is not None else turn.zone
    known = [turn.persona.prompt, *(passage.text for passage in (*turn.whole_knowledge, *passages))]
    facts = Facts(
        today=to_datetime(turn.now, zone).date(),
        offers=tuple(each for one in used for each in one.offers),
        held=tuple(held),
        cancelled=any(what == "cancelled" for one in used for what, _ in one.done),
        known="\n".join(known),
        only_bookings="appointments" not in turn.persona.tools,
    )
    if facts.only_bookings:  # what people arranged in the chat is known from it
        said = [said.text for said in (*turn.history, *turn.pending)]
        facts = Facts(facts.today, known="\n".join((*known, *said)), only_bookings=True)
    return wrong_claims(text, facts)


def done(used: Sequence[Answered], language: str | None) -> str:
    """What was booked, moved or cancelled in this turn, in the person's language; empty where nothing was."""
    return "\n".join(
        sentence(
            what,
            service=held.service,
            resource=held.resource,
            start=held.start,
            zone=held.zone,
            language=language,
        )
        for one in used
        for what, held in one.done
    )


def own_words(used: Sequence[Answered], language: str | None) -> str:
    """What can be said truly without the model: what was done, else what is free; empty where there is neither."""
    if said := done(used, language):
        return said
    offers = next((one.offers for one in reversed(used) if one.offers), ())
    if not offers:
        return ""
    return offer(offers[0].service, tuple((each.start, each.zone) for each in offers[:_OFFERED]), language)
