"""What the Graph API does with a call, without HTTP: it refuses, or takes, and things follow."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Literal

from frontdesk.channels.simulator.behaviour import Behaviour, Later
from frontdesk.channels.simulator.checks import MEDIA_KINDS, check_message
from frontdesk.channels.simulator.faults import FaultKind, Faults, GraphError
from frontdesk.channels.simulator.limits import Limits
from frontdesk.channels.simulator.media import MediaShelf, Stored, what_is_wrong
from frontdesk.channels.simulator.people import Customer, Json, Number, country_of, new_wamid
from frontdesk.channels.simulator.receipts import Reports, failed_recipient
from frontdesk.channels.simulator.templates import APPROVED, fill
from frontdesk.channels.simulator.threads import Bubble, Change, Entry, Thread, Threads
from frontdesk.channels.simulator.voice import length_of
from frontdesk.kit.clock import SECOND, Clock

TYPING = 25 * SECOND
_LATE_CODES = (131047, 131053, 131026)

Twist = Literal["", "drop", "hang", "empty", "html"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a call. `twist` says how HTTP is to spoil it."""

    content: Json
    twist: Twist = ""


@dataclass(frozen=True, slots=True)
class _Sending:
    """A message on its way through the checks."""

    number: Number
    customer: Customer
    body: Json
    kind: str
    wamid: str
    known: bool
    by_user_id: bool

    @property
    def part(self) -> Json:
        part = self.body[self.kind]
        return part if isinstance(part, dict) else {"contacts": part}

    @property
    def tracker(self) -> str | None:
        return self.body.get("biz_opaque_callback_data") or None

    @property
    def to(self) -> Json:
        return failed_recipient(self.customer, by_user_id=self.by_user_id)


class GraphSide:
    """The calls that a business makes."""

    def __init__(
        self, clock: Clock, random: Random, *, behaviour: Callable[[], Behaviour], threads: Threads, reports: Reports
    ) -> None:
        self._clock = clock
        self._random = random
        self._behaviour = behaviour
        self._threads = threads
        self._reports = reports
        self._later = Later(clock)
        self.faults = Faults()
        self.limits = Limits()
        self.media = MediaShelf(clock)

    async def stop(self) -> None:
        """Forget what was planned."""
        await self._later.close()

    def number_for(self, phone_number_id: str, token: str) -> Number:
        """The number, when the token is its own.

        Raises:
            GraphError: 100 for an unknown number, 190 for a wrong token.
        """
        number = self._threads.numbers.get(phone_number_id)
        if number is None:
            raise GraphError(
                100, f"Object with ID '{phone_number_id[:40]}' does not exist or cannot be loaded.", subcode=33
            )
        _check_token(number, token)
        return number

    def media_for(self, media_id: str, token: str) -> Stored:
        """The file, when the token is that of its number.

        Raises:
            GraphError: 100 for an unknown file, 190 for a wrong token.
        """
        stored = self.media.get(media_id)
        self.number_for(stored.phone_number_id, token)
        return stored

    def link_for(self, key: str, token: str) -> Stored | None:
        """The file behind a link; None when the link is unknown or expired.

        Raises:
            GraphError: 190 for a wrong token.
        """
        stored = self.media.behind(key)
        if stored is not None:
            self.number_for(stored.phone_number_id, token)
        return stored

    def waba_for(self, waba_id: str, token: str) -> bool:
        """Whether this is a business account with that token."""
        numbers = [one for one in self._threads.numbers.values() if one.waba_id == waba_id]
        if numbers and not any(hmac.compare_digest(one.token.encode(), token.encode()) for one in numbers):
            raise GraphError(190)
        return bool(numbers)

    def list_templates(self) -> Json:
        """What `GET /{waba-id}/message_templates` answers."""
        return {"data": [template.as_listed(index) for index, template in enumerate(APPROVED)]}

    def upload(self, number: Number, content: bytes, mime: str, name: str | None) -> Json:
        """Take a file that the business wants to send.

        Raises:
            GraphError: an injected fault, or 131053 when it is too large.
        """
        fault = self.faults.take("media", (FaultKind.ERROR,))
        if fault is not None:
            raise GraphError(fault.code or 131053)
        stored = self.media.put(content, mime, name=name, phone_number_id=number.phone_number_id, inbound=False)
        self._note(f"Upload of {stored.mime}, {len(content)} bytes")
        return {"id": stored.media_id}

    def post(self, number: Number, body: Json) -> Answer:
        """Take a message, or the word that one was read.

        Raises:
            GraphError: why not.
        """
        try:
            return self._mark_read(number, body) if body.get("status") == "read" else self._send(number, body)
        except GraphError as error:
            self._note(f"{str(body.get('type') or 'call')[:20]}: refused, {error}", fine=False)
            raise

    def _mark_read(self, number: Number, body: Json) -> Answer:
        fault = self.faults.take("read", (FaultKind.ERROR,))
        if fault is not None:
            raise GraphError(fault.code or 131000)
        found = self._threads.locate(str(body.get("message_id")))
        if found is None or not found[1].mine or found[0].phone_number_id != number.phone_number_id:
            raise GraphError(131009, "The message_id is not that of a message to this number.")
        thread, bubble = found
        for other in list(thread.bubbles.values()):
            if other.mine and other.at <= bubble.at and other.status == "delivered":
                self._threads.advance(other.wamid, "read")
        self._threads.advance(bubble.wamid, "read")
        typing = bool(body.get("typing_indicator"))
        if typing:
            self._type(thread)
        self._note("Marked as read" + (", typing" if typing else ""))
        return Answer({"success": True})

    def _type(self, thread: Thread) -> None:
        thread.typing_until = self._clock.now() + TYPING
        change = Change("typing", thread.phone_number_id, thread.customer_id)
        self._threads.tell(change)
        self._later.at(thread.typing_until, partial(self._threads.tell, change))

    def _send(self, number: Number, body: Json) -> Answer:
        fault = self.faults.take("send", (FaultKind.ERROR, FaultKind.HTML))
        if fault is not None and fault.kind is FaultKind.HTML:
            self._note("Answered with a page of HTML", fine=False)
            return Answer({}, "html")
        if fault is not None:
            raise GraphError(fault.code or 131000)
        sending = self._read(number, body)
        thread = self._thread(sending)
        late = self._what_fails_late(sending, thread)
        if late is None:
            self._show(sending, thread)
        else:
            self._reports.fail(sending.wamid, late, number, to=sending.to, tracker=sending.tracker)
        self._note(f"{sending.kind} to {sending.customer.name}" + (f", will fail: {late}" if late else ""))
        spoiled = self.faults.take("send", (FaultKind.DROP, FaultKind.HANG, FaultKind.EMPTY))
        return Answer(_taken(sending), _TWISTS[spoiled.kind] if spoiled else "")

    def _read(self, number: Number, body: Json) -> _Sending:
        """Everything that is refused at once, in Meta's order as far as it is known."""
        kind = check_message(body)
        if body.get("recipient_type", "individual") != "individual":
            raise GraphError(131009, "The simulator has no groups.")
        sending = self._address(number, body, kind)
        if kind in MEDIA_KINDS and body[kind].get("id"):
            self.media.get(str(body[kind]["id"]))
        if kind == "template":
            fill(sending.part)
        thread = self._thread(sending)
        if kind != "template" and not (thread and thread.open_at(self._clock.now())):
            raise GraphError(131047)
        if kind == "reaction":
            self._check_target(sending)
        self.limits.spend(
            self._clock.now(), phone_number_id=number.phone_number_id, customer_id=sending.customer.customer_id
        )
        return sending

    def _thread(self, sending: _Sending) -> Thread | None:
        if not sending.known:
            return None
        ids = {"phone_number_id": sending.number.phone_number_id, "customer_id": sending.customer.customer_id}
        return self._threads.thread(**ids)

    def _address(self, number: Number, body: Json, kind: str) -> _Sending:
        to, recipient = body.get("to"), body.get("recipient")
        if to:
            digits = re.sub(r"\D", "", str(to))
            if digits == number.phone:
                raise GraphError(131021)
            if not 6 <= len(digits) <= 15:
                raise GraphError(131009, "The parameter to is not a phone number.")
            customer, stranger = self._threads.find(phone=digits), _stranger(digits, f"{country_of(digits)}.0")
        elif recipient:
            customer, stranger = self._threads.find(user_id=str(recipient)), _stranger("", str(recipient)[:150])
        else:
            raise GraphError(131008, "The parameter to or recipient is required.")
        someone = customer or stranger
        wamid = new_wamid(someone.phone or someone.user_id, inbound=False)
        return _Sending(number, someone, body, kind, wamid, known=customer is not None, by_user_id=not to)

    def _check_target(self, sending: _Sending) -> None:
        found = self._threads.locate(sending.part["message_id"])
        if found is None or found[0].customer_id != sending.customer.customer_id:
            raise GraphError(131009, "The message to react to is not known.")

    def _what_fails_late(self, sending: _Sending, thread: Thread | None) -> GraphError | None:
        fault = self.faults.take("send", (FaultKind.LATE,), customer_id=sending.customer.customer_id)
        if fault is not None:
            return GraphError(fault.code or 131026)
        if thread is None:
            return GraphError(131026)
        if sending.kind in MEDIA_KINDS and sending.part.get("id"):
            stored = self.media.get(str(sending.part["id"]))
            wrong = what_is_wrong(stored, sending.kind, voice=bool(sending.part.get("voice")))
            if wrong:
                return GraphError(131053, wrong)
        if self._random.random() < self._behaviour().fails_late:
            return GraphError(self._random.choice(_LATE_CODES))
        return None

    def _show(self, sending: _Sending, thread: Thread | None) -> None:
        assert thread is not None
        voice = sending.kind == "audio" and bool(sending.part.get("voice"))
        if sending.kind == "reaction":
            self._react(sending)
        else:
            self._put(sending, thread)
        self._reports.follow(
            sending.wamid, sending.customer, sending.number, kind=sending.kind, tracker=sending.tracker, voice=voice
        )

    def _react(self, sending: _Sending) -> None:
        found = self._threads.locate(sending.part["message_id"])
        if found is not None:
            found[1].reactions["business"] = sending.part["emoji"]
            self._threads.changed(*found)

    def _put(self, sending: _Sending, thread: Thread) -> None:
        content = dict(sending.part)
        if sending.kind == "template":
            content = {"body": fill(sending.part), "template": sending.part["name"]}
        if content.get("id") and sending.kind in MEDIA_KINDS:
            stored = self.media.get(str(content["id"]))
            length = length_of(stored.content) if sending.kind == "audio" else None
            content |= {"mime_type": stored.mime, "size": len(stored.content), "milliseconds": length}
            content.setdefault("filename", stored.name)
        quote = (sending.body.get("context") or {}).get("message_id")
        if thread.typing_until > self._clock.now():
            thread.typing_until = 0
            self._threads.tell(Change("typing", thread.phone_number_id, thread.customer_id))
        thread.unread += 1
        now, wamid = self._clock.now(), sending.wamid
        bubble = Bubble(wamid, now, False, sending.kind, content, quote=quote, status="taken", tracker=sending.tracker)
        self._threads.put(thread, bubble)

    def _note(self, text: str, *, fine: bool = True) -> None:
        self._threads.note(Entry(self._clock.now(), "in", text, fine))


_TWISTS: dict[FaultKind, Twist] = {FaultKind.DROP: "drop", FaultKind.HANG: "hang", FaultKind.EMPTY: "empty"}


def _check_token(number: Number, token: str) -> None:
    if not hmac.compare_digest(number.token.encode(), token.encode()):
        raise GraphError(190)


def _stranger(phone: str, user_id: str) -> Customer:
    """Someone who has no phone here: nothing reaches them."""
    return Customer(f"c{phone}" if phone else user_id, "an unknown person", phone, user_id)


def _taken(sending: _Sending) -> Json:
    """The answer to a message that was taken: `user_id` only where it was sent to that id alone."""
    given = sending.body.get("recipient") if sending.by_user_id else sending.body.get("to")
    contact: Json = {"input": str(given)}
    if sending.by_user_id:
        contact["user_id"] = sending.customer.user_id
    else:
        contact["wa_id"] = sending.customer.phone
    message: Json = {"id": sending.wamid}
    if sending.kind == "template":
        message["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}
