"""How a turn ends: one outcome, made of what the model wrote and of what the guards say to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from frontdesk.agent import calendar_outcome, prompts, prompts_calendar
from frontdesk.agent.guards import invented_amounts, promises_person
from frontdesk.agent.tools import ASKED_FOR_PERSON, NOT_IN_KNOWLEDGE, Call
from frontdesk.domain.booking import Answered, Held
from frontdesk.domain.formatting import ready
from frontdesk.domain.knowledge import SURE, best, drawn_from
from frontdesk.domain.messages import Author
from frontdesk.domain.smalltalk import small_talk
from frontdesk.domain.turns import Action, Passage, TurnInput
from frontdesk.domain.words import guess_language

_MEDIA = re.compile(r"^\s*\[[^\]]*\]\s*$")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The one thing that a turn leads to, before tokens and sources are added."""

    action: Action
    text: str
    reason: str | None = None
    unanswered: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The model has to write once more; `nudge` tells it why."""

    nudge: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the agent knew when it wrote: all words in front of it, and the passages among them."""

    words: str
    passages: tuple[Passage, ...]
    last_chance: bool
    calendar: tuple[Answered, ...] = ()  # what the uses of the calendar in this turn came to
    held: tuple[Held, ...] = ()  # the person's appointments, as the database has them by now


def question(turn: TurnInput) -> str:
    """What the person asks now, as one text."""
    return "\n".join(said.text for said in turn.pending if said.author is Author.CONTACT).strip()


def of_reply(text: str, turn: TurnInput, seen: Seen) -> Outcome | Again:
    """What to make of a reply written as text."""
    if not ready(text):
        return gave_up(turn, seen) if seen.last_chance else Again(prompts.NUDGE)
    if claims := calendar_outcome.wrong(text, turn, seen.calendar, seen.held, passages=seen.passages):
        if not seen.last_chance:
            return Again(prompts_calendar.NUDGE_CLAIMS.format(claims="; ".join(claims)))
        return gave_up(turn, seen, prompts_calendar.INVENTED_CLAIMS)
    amounts = invented_amounts(text, seen.words)
    if amounts and not seen.last_chance:
        return Again(prompts.NUDGE_AMOUNTS.format(amounts=", ".join(amounts)))
    if amounts:
        return gave_up(turn, seen, prompts.INVENTED_AMOUNTS)
    if promises_person(text):
        return hand_over(turn, prompts.PROMISED, text=text)
    if not seen.calendar and _leaves_knowledge(text, turn, seen.passages):
        return hand_over(turn, prompts.NOT_FROM_KNOWLEDGE, unanswered=_asked_in_words(turn))
    return Outcome(Action.REPLY, text, unanswered=None if seen.calendar else _gap(text, turn, seen.passages))


def of_call(call: Call, aside: str, turn: TurnInput, seen: Seen) -> Outcome:
    """What to make of the tool hand_over; `aside` is what the model wrote beside the call."""
    cause = call.text("cause")
    gap = _asked_in_words(turn) if cause == NOT_IN_KNOWLEDGE else None
    reason = call.text("reason") or prompts.NO_REASON
    made = hand_over(turn, reason, text=call.text("reply"), unanswered=gap, asked=cause == ASKED_FOR_PERSON)
    if aside and not call.text("reply"):
        made = replace(made, text=f"{aside}\n\n{made.text}")
    wrong = calendar_outcome.wrong(made.text, turn, seen.calendar, seen.held, passages=seen.passages)
    if wrong or invented_amounts(made.text, seen.words):
        made = hand_over(turn, reason, unanswered=gap, asked=cause == ASKED_FOR_PERSON)
        if done := calendar_outcome.done(seen.calendar, _language(turn)):
            made = replace(made, text=f"{done}\n\n{made.text}")
    return made


def gave_up(turn: TurnInput, seen: Seen, reason: str = prompts.GAVE_UP) -> Outcome:
    """No words of the model can be used: what was done in the calendar is said in our own, else a person takes over."""
    own = calendar_outcome.own_words(seen.calendar, _language(turn))
    return Outcome(Action.REPLY, own) if own else hand_over(turn, reason)


def hand_over(
    turn: TurnInput, reason: str, *, text: str = "", unanswered: str | None = None, asked: bool = False
) -> Outcome:
    """Hand over with the given words, or with our own in the person's language."""
    words = text if ready(text) else prompts.handed_over(guess_language(question(turn)), asked=asked)
    return Outcome(Action.HAND_OVER, words, reason=reason, unanswered=unanswered or None)


def _language(turn: TurnInput) -> str | None:
    return guess_language(question(turn))


def sources(outcome: Outcome, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages that the words of the outcome were drawn from."""
    return drawn_from(outcome.text, passages)


def _asked_in_words(turn: TurnInput) -> str:
    """The question without what stands for media, such as “[voice message]”: nobody can add an answer to that."""
    return "\n".join(line for line in question(turn).split("\n") if not _MEDIA.match(line))


def _leaves_knowledge(text: str, turn: TurnInput, passages: Sequence[Passage]) -> bool:
    if not turn.persona.only_from_knowledge or turn.whole_knowledge:
        return False
    asks_back = text.rstrip().endswith("?")
    return best(passages) < SURE and small_talk(question(turn)) is None and not asks_back


def _gap(text: str, turn: TurnInput, passages: Sequence[Passage]) -> str | None:
    asked = _asked_in_words(turn)
    searched = "knowledge" in turn.persona.tools and not turn.whole_knowledge
    if not searched or "?" not in asked or best(passages) >= SURE or drawn_from(text, passages):
        return None
    return asked
