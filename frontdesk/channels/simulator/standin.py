"""The stand-in as a whole: a Graph API on one side, people with phones on the other, webhooks in between.

    standin = StandIn(clock, behaviour=CALM)
    standin.add_number(Number(phone_number_id="1", phone="351210000100", callback="http://127.0.0.1:8000/webhook"))
    ana = standin.add_customer(make_customer("Ana", "+44 7700 900123"))
    await standin.start()
    standin.write(standin.thread(ana.customer_id), "Hello")

It knows no HTTP framework: `frontdesk.web.simulator` puts it behind URLs.
"""

import hmac
import secrets
from dataclasses import replace
from random import Random
from typing import Any

import httpx2

from frontdesk.channels.simulator.behaviour import LIVELY, Behaviour
from frontdesk.channels.simulator.courier import Courier
from frontdesk.channels.simulator.envelope import Update, metadata
from frontdesk.channels.simulator.faults import Fault, FaultKind
from frontdesk.channels.simulator.graph import GraphSide
from frontdesk.channels.simulator.people import TONES, Customer, Json, NotFound, Number
from frontdesk.channels.simulator.phones import Attachment, PhoneSide
from frontdesk.channels.simulator.receipts import Reports
from frontdesk.channels.simulator.threads import Bubble, Entry, Thread, Threads
from frontdesk.kit import guard
from frontdesk.kit.clock import SECOND, Clock

_REFUSED = "Frontdesk did not take the message ({wrong}). {next}"


class StandIn:
    """A local stand-in of the Graph API with everything that happens around it.

    `seed` makes what is random repeatable; ids of messages are always new, so that a restart repeats none.
    """

    def __init__(self, clock: Clock, *, behaviour: Behaviour = LIVELY, seed: int = 0) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.threads = Threads()
        random = Random(seed)  # noqa: S311 - to be repeatable, not secret
        self.reports = Reports(clock, random, behaviour=lambda: self.behaviour, threads=self.threads)
        self.graph = GraphSide(
            clock, random, behaviour=lambda: self.behaviour, threads=self.threads, reports=self.reports
        )
        self._phones = PhoneSide(clock, threads=self.threads, media=self.graph.media, reports=self.reports)
        self._courier = Courier(clock, random, behaviour=lambda: self.behaviour, settled=self._settled)
        self._last: dict[str, list[Update]] = {}
        self.reports.send = self._courier.send
        self._phones.send = self._send

    async def start(self) -> None:
        """Begin to deliver webhooks."""
        await self._courier.start()

    async def stop(self) -> None:
        """Stop everything; what was not delivered is forgotten."""
        self.threads.close()
        await self._courier.stop()
        await self.reports.stop()
        await self.graph.stop()

    # Who there is

    def add_number(self, number: Number) -> Number:
        """Give a business a number; one with the same id is replaced."""
        self.threads.numbers[number.phone_number_id] = number
        return number

    def add_customer(self, customer: Customer) -> Customer:
        """Give a person a phone, and an avatar of another colour than the last one's."""
        known = self.threads.customers.get(customer.customer_id)
        tone = known.tone if known else len(self.threads.customers) % TONES + 1
        self.threads.add(replace(customer, tone=tone))
        return self.threads.customer(customer.customer_id)

    def thread(self, customer_id: str, *, phone_number_id: str | None = None) -> Thread:
        """The thread of a person with a number (None: the first number).

        Raises:
            NotFound: there is no such person or number.
        """
        if phone_number_id is None:
            phone_number_id = next(iter(self.threads.numbers), "")
        self.threads.number(phone_number_id)
        self.threads.customer(customer_id)
        return self.threads.thread(phone_number_id=phone_number_id, customer_id=customer_id)

    async def verify_callback(self, phone_number_id: str) -> bool:
        """Ask the callback the verification question, as when its URL is entered at Meta; True when answered right."""
        guard.outside_transaction()
        number = self.threads.number(phone_number_id)
        challenge = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": number.verify_token}
        try:
            async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
                answer = await client.get(number.callback, params=query)
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200 and hmac.compare_digest(answer.content, challenge.encode())

    # What people do

    def write(self, thread: Thread, text: str, *, quote: str | None = None) -> Bubble:
        """A text from the person."""
        return self._phones.write(thread, text, quote=quote)

    def attach(self, thread: Thread, file: Attachment, *, caption: str = "", quote: str | None = None) -> Bubble:
        """A file from the person."""
        return self._phones.attach(thread, file, caption=caption, quote=quote)

    def say(self, thread: Thread, kind: str, part: Any, *, quote: str | None = None) -> Bubble:
        """Any kind of message from the person, with its part as webhooks carry it."""
        return self._phones.say(thread, kind, part, quote=quote)

    def tap(self, thread: Thread, wamid: str, choice: str) -> Bubble:
        """The person taps a button or a row of a list."""
        return self._phones.tap(thread, wamid, choice)

    def react(self, thread: Thread, wamid: str, emoji: str) -> None:
        """The person reacts to a message."""
        self._phones.react(thread, wamid, emoji)

    def look(self, thread: Thread) -> None:
        """The person looks at the thread: the business's messages are read."""
        self._phones.look(thread)

    def owner_says(self, thread: Thread, text: str) -> Bubble:
        """The owner answers on the phone app: an echo."""
        return self._phones.owner_says(thread, text)

    def close_window(self, thread: Thread) -> None:
        """Go beyond the 24 hours."""
        self._phones.close_window(thread)

    # Behind the curtain

    @property
    def waiting(self) -> int:
        """How many webhook updates were not taken yet."""
        return self._courier.waiting

    def inject(self, fault: Fault) -> None:
        """Let something go wrong."""
        if fault.kind is FaultKind.SIGNATURE:
            self._courier.spoil_next += fault.times or 1_000
        else:
            self.graph.faults.inject(fault)

    def repeat_last(self, phone_number_id: str) -> int:
        """Deliver the newest message webhook once more, with an older one beside it; how many updates that is.

        Raises:
            NotFound: nothing was delivered yet.
        """
        last = self._last.get(phone_number_id)
        if not last:
            raise NotFound("There is no webhook to repeat yet. Send a message first.")
        for update in last[-2:]:
            self._courier.send(replace(update, due=0, born=0, attempts=0))
        return len(last[-2:])

    def report(self, phone_number_id: str, field: str, value: Json) -> None:
        """Deliver a change of any other field, such as `account_update`; metadata is added where it is missing."""
        number = self.threads.number(phone_number_id)
        whole = {"messaging_product": "whatsapp", "metadata": metadata(number)} | value
        self._send(Update(number, field, None, whole))

    def unlink(self, phone_number_id: str) -> None:
        """The owner removes the connection on the phone app: account_update PARTNER_REMOVED."""
        number = self.threads.number(phone_number_id)
        gone = {"reason": "USER_INITIATED", "initiated_by": "BUSINESS"}
        value = {"event": "PARTNER_REMOVED", "phone_number": number.phone, "disconnection_info": gone}
        self._send(Update(number, "account_update", None, value))

    def _send(self, update: Update) -> None:
        self._courier.send(update)

    def _settled(self, updates: list[Update], wrong: str | None, again_in: int | None) -> None:
        now = self.clock.now()
        for update in updates:
            if wrong is None:
                self._taken(update)
            else:
                self._refused(update, wrong, again_in)
        kinds = ", ".join(_name(update) for update in updates[:4]) + (" ..." if len(updates) > 4 else "")
        self.threads.note(Entry(now, "out", kinds if wrong is None else f"{kinds}: {wrong}", wrong is None))

    def _taken(self, update: Update) -> None:
        found = self.threads.locate(update.wamid)
        if found is not None and found[1].note is not None and update.section != "statuses":
            found[1].note = None
            self.threads.changed(*found)
        if update.section == "messages":
            self.threads.advance(update.wamid, "delivered")
            number_id = update.number.phone_number_id
            self._last[number_id] = [*self._last.get(number_id, []), update][-2:]

    def _refused(self, update: Update, wrong: str, again_in: int | None) -> None:
        found = self.threads.locate(update.wamid)
        if found is None or update.section == "statuses" or found[1].status == "read":
            return
        bubble = found[1]
        then = "It will not be tried again." if again_in is None else f"It will be tried again {_in(again_in)}."
        bubble.note = _REFUSED.format(wrong=wrong, next=then)
        if bubble.status == "waiting":
            bubble.status = "refused"
        self.threads.changed(*found)


def _name(update: Update) -> str:
    if update.section == "statuses":
        return f"status {update.element['status']}"
    if update.section == "messages":
        return f"message {update.element['type']}"
    return "echo from the phone app" if update.section == "message_echoes" else update.field


def _in(milliseconds: int) -> str:
    seconds = max(0, round(milliseconds / SECOND))
    if seconds < 1:
        return "at once"
    return f"in {seconds} s" if seconds < 120 else f"in {seconds // 60} min"
