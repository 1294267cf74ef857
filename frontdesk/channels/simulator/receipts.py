"""Reports what became of the messages that a business sent."""

from collections.abc import Callable
from functools import partial
from random import Random

from frontdesk.channels.simulator.behaviour import Behaviour, Later, plan
from frontdesk.channels.simulator.envelope import Update, contact_of, recipient_keys, seconds
from frontdesk.channels.simulator.faults import GraphError
from frontdesk.channels.simulator.people import Customer, Json, Number
from frontdesk.channels.simulator.threads import Threads
from frontdesk.kit.clock import Clock

_MOST_HELD = 5_000


class Reports:
    """Makes statuses and gives them to `send` when their time has come; while `paused`, they are held back."""

    def __init__(self, clock: Clock, random: Random, *, behaviour: Callable[[], Behaviour], threads: Threads) -> None:
        self._clock = clock
        self._random = random
        self._behaviour = behaviour
        self._threads = threads
        self._later = Later(clock)
        self._held: list[Update] = []
        self._paused = False
        self.send: Callable[[Update], None] = self._held.append

    @property
    def paused(self) -> bool:
        """Whether statuses are held back."""
        return self._paused

    @property
    def planned(self) -> int:
        """How many statuses have not been reported yet."""
        return self._later.pending + len(self._held)

    def pause(self, paused: bool) -> None:
        """Hold statuses back, or let them all go."""
        self._paused = paused
        if not paused:
            held, self._held = self._held, []
            for update in held:
                self.send(update)

    def follow(
        self, wamid: str, customer: Customer, number: Number, *, kind: str, tracker: str | None, voice: bool
    ) -> None:
        """Report the way of a message that was taken."""
        now = self._clock.now()
        priced = self._random.choice(("delivered", "read"))
        for step in plan(kind, self._behaviour(), self._random, voice=voice):
            element = self._element(wamid, step.status, now + step.happened, tracker)
            element.update(recipient_keys(customer))
            if step.status in ("sent", priced) and kind != "reaction":
                element["pricing"] = _pricing(kind)
            contact = contact_of(customer, username=step.status != "sent")
            update = Update(number, "messages", "statuses", element, contact=contact, wamid=wamid)
            self._later.at(now + step.after, partial(self._report, update))

    def read(self, wamid: str, customer: Customer, number: Number, *, tracker: str | None) -> None:
        """Report that a message was read just now."""
        element = self._element(wamid, "read", self._clock.now(), tracker) | recipient_keys(customer)
        self._report(Update(number, "messages", "statuses", element, contact=contact_of(customer), wamid=wamid))

    def fail(self, wamid: str, error: GraphError, number: Number, *, to: Json, tracker: str | None) -> None:
        """Report, a moment later, that a message failed: without contacts, as Meta does it."""
        now = self._clock.now()
        due = now + self._random.randint(*self._behaviour().delivered_after)
        element = self._element(wamid, "failed", due, tracker) | to | {"errors": [error.in_status()]}
        update = Update(number, "messages", "statuses", element, wamid=wamid)
        self._later.at(due, partial(self._report, update))

    async def stop(self) -> None:
        """Forget what was not reported yet."""
        await self._later.close()

    def _element(self, wamid: str, status: str, at: int, tracker: str | None) -> Json:
        element: Json = {"id": wamid, "status": status, "timestamp": seconds(at)}
        return element | ({"biz_opaque_callback_data": tracker} if tracker else {})

    def _report(self, update: Update) -> None:
        if update.element["status"] != "failed":
            self._threads.advance(update.wamid, update.element["status"])
        if self._paused:
            self._held.append(update)
            del self._held[:-_MOST_HELD]
        else:
            self.send(update)


def failed_recipient(customer: Customer, *, by_user_id: bool) -> Json:
    """How a `failed` status names the recipient: only by the id that the message was sent to."""
    return {"recipient_user_id": customer.user_id} if by_user_id else {"recipient_id": customer.phone}


def _pricing(kind: str) -> Json:
    free = kind != "template"
    return {
        "billable": not free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if free else "regular",
        "category": "service" if free else "utility",
    }
