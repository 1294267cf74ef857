"""What the agent is given of the calendar: plain values, and functions for the contact of its chat alone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from frontdesk.domain.appointments import Service, State


@dataclass(frozen=True, slots=True)
class Offer:
    """A time that was free when it was looked up. `id` names it to the model."""

    id: str
    service: str
    resource: str
    start: int
    end: int
    zone: str


@dataclass(frozen=True, slots=True)
class Held:
    """An appointment of the person in the chat."""

    id: str
    service: str
    resource: str
    start: int
    end: int
    zone: str
    state: State


@dataclass(frozen=True, slots=True)
class Answered:
    """What one use of the calendar came to: the facts in words, what it offered, and what it did."""

    text: str
    offers: tuple[Offer, ...] = ()
    done: tuple[tuple[str, Held], ...] = ()  # booked, moved or cancelled, and the appointment


Ask = Callable[[str, Mapping[str, str]], Awaitable[Answered]]
Mine = Callable[[], Awaitable[tuple[Held, ...]]]


@dataclass(frozen=True, slots=True)
class BookingDesk:
    """The calendar for one chat. `ask` uses a tool by its name; `mine` reads what stands, also what was cancelled."""

    zone: str
    services: tuple[Service, ...]
    held: tuple[Held, ...]  # when the turn began
    ask: Ask
    mine: Mine
    acts: bool = True  # False: a person approves what the agent says, so it books nothing
