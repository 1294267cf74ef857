"""Those outside: people who write, Meta which carries their texts until they are taken, and operators at the desk."""

import asyncio
import hashlib
import hmac
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from frontdesk.testing.chaos.graph import Taken
from frontdesk.testing.chaos.secretary import URGENT

SECRET = "chaos-app-secret-0123456789abcdef"
LINES = ("330000000000451", "330000000000452")  # phone number ids
PATIENCE = 8.0  # seconds that Meta waits for an answer
SENDERS = 6
REFUSED_RIGHTLY = {503}  # what Meta may be told instead of 200, so that it tries again
_WORDS = (
    "prices", "parking", "Thursday", "the second floor", "braces", "my daughter", "an invoice", "insurance",
    "a cleaning", "Saturday morning", "the address", "anaesthesia", "a receipt", "my last visit", "whitening",
    "the lift", "a crown", "the pharmacy", "a discount", "the bus", "opening times", "my son", "a filling", "pain",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """One text of one person."""

    tag: str
    line_ref: str
    phone: str
    said_at: int  # Unix seconds, as Meta tells them

    @property
    def chat(self) -> tuple[str, str]:
        """The line and the person."""
        return self.line_ref, self.phone

    @property
    def urgent(self) -> bool:
        """Whether its owner is to know at once. Few are: one word names no more than eight."""
        return int(self.tag) % 8 == 1 and int(self.tag) < 64

    @property
    def external_id(self) -> str:
        """Meta's id of it."""
        return f"wamid.IN{self.tag}"


@dataclass(frozen=True, slots=True)
class Element:
    """What is carried in the body of a webhook: a text or a status."""

    line_ref: str
    value: dict[str, Any]
    text: Text | None = None


def _envelope(elements: Sequence[Element]) -> bytes:
    changes = [
        {
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": one.line_ref[-12:], "phone_number_id": one.line_ref},
                **one.value,
            },
        }
        for one in elements
    ]
    entries = [{"id": "210000000000017", "changes": [change]} for change in changes]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}, separators=(",", ":")).encode()


def _text_element(text: Text) -> Element:
    words = " and ".join(random.Random(text.tag).sample(_WORDS, 4))
    contact = {"profile": {"name": f"Person {text.phone[-4:]}"}, "wa_id": text.phone}
    message = {
        "from": text.phone,
        "id": text.external_id,
        "timestamp": str(text.said_at),
        "type": "text",
        "text": {"body": f"#{text.tag} {URGENT if text.urgent else f'What about {words}?'}"},
    }
    return Element(text.line_ref, {"contacts": [contact], "messages": [message]}, text)


def _status_element(taken: Taken, word: str) -> Element:
    status = {
        "id": taken.external_id,
        "status": word,
        "timestamp": str(int(time.time())),
        "recipient_id": taken.to.lstrip("+"),
        "biz_opaque_callback_data": taken.our_id,
    }
    return Element(taken.line_ref, {"statuses": [status]})


@dataclass
class Meta:
    """Carries elements until they were taken: batched anew at each try, in disorder, and often once more afterwards."""

    urls: Sequence[str]
    chance: random.Random
    carried: dict[str, float] = field(default_factory=dict)  # tag -> when the house first said that it is stored
    first_tried: dict[str, float] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    _waiting: list[Element] = field(default_factory=list)
    _under_way: int = 0
    _later: int = 0

    def put(self, element: Element, *, after: float = 0.0) -> None:
        """Take up an element, for `after` seconds from now."""
        self._later += 1
        asyncio.get_running_loop().call_later(after, self._now, element)

    def _now(self, element: Element) -> None:
        self._later -= 1
        self._waiting.append(element)

    @property
    def quiet(self) -> bool:
        """Whether everything was taken."""
        return not self._waiting and not self._under_way and not self._later

    def report(self, taken: Taken) -> None:
        """What Meta reports of a message that it took. Of some it never says a word."""
        if not taken.said and self.chance.random() < 0.3:
            return
        words = ["sent", "delivered", *(["read"] if self.chance.random() < 0.5 else [])]
        self.chance.shuffle(words)
        for word in words:
            self.put(_status_element(taken, word), after=self.chance.uniform(0.0, 2.0))

    async def run(self) -> None:
        """Carry for ever; one of several that do."""
        async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            while True:
                if not self._waiting:
                    await asyncio.sleep(0.02)
                    continue
                self.chance.shuffle(self._waiting)
                size = self.chance.choice((1, 1, 2, 4))
                body, self._waiting = self._waiting[:size], self._waiting[size:]
                self._under_way += 1
                try:
                    await self._carry(client, body)
                finally:
                    self._under_way -= 1

    async def _carry(self, client: httpx2.AsyncClient, elements: list[Element]) -> None:
        raw = _envelope(elements)
        mark = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={mark}", "Content-Type": "application/json"}
        for tag in _tags(elements):
            self.first_tried.setdefault(tag, time.monotonic())
        try:
            answer = await client.post(f"{self.chance.choice(self.urls)}/webhook", content=raw, headers=headers)
            told = str(answer.status_code)
        except httpx2.HTTPError as broken:
            told = type(broken).__name__
        self.answers[told] += 1
        if told != "200":
            for one in elements:
                self.put(one, after=self.chance.uniform(0.05, 0.5))
            return
        for tag in _tags(elements):
            self.carried.setdefault(tag, time.monotonic())
        if self.chance.random() < 0.25:
            self.put(self.chance.choice(elements), after=self.chance.uniform(0.0, 5.0))


def _tags(elements: Sequence[Element]) -> list[str]:
    return [one.text.tag for one in elements if one.text is not None]


@dataclass
class Town:
    """The people. Each writes to one line; some texts of theirs come seconds late, and after later ones."""

    meta: Meta
    chance: random.Random
    people: int = 12
    texts: list[Text] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def phones(self) -> list[tuple[str, str]]:
        """The line and the phone of each."""
        return [(LINES[number % len(LINES)], f"44770{number:07d}") for number in range(self.people)]

    def say(self, line_ref: str, phone: str, *, late: float = 0.0) -> Text:
        """A person writes a text."""
        text = Text(f"{next(self._numbers):06d}", line_ref, phone, int(time.time()))
        self.texts.append(text)
        self.meta.put(_text_element(text), after=late)
        return text

    async def live(self, *, seconds: float, each: int) -> None:
        """Each person writes about `each` texts within that time, some in bursts."""
        until = [asyncio.create_task(self._write(*who, seconds=seconds, each=each)) for who in self.phones]
        await asyncio.gather(*until)

    async def _write(self, line_ref: str, phone: str, *, seconds: float, each: int) -> None:
        left = each
        while left > 0:
            await asyncio.sleep(self.chance.uniform(0.3, 2 * seconds / each))
            for _ in range(min(left, self.chance.choice((1, 1, 2)))):
                late = self.chance.uniform(0.5, 4.0) if self.chance.random() < 0.2 else 0.0
                self.say(line_ref, phone, late=late)
                left -= 1


@dataclass
class Operators:
    """People at the desk: they take chats over, write there and hand them back, by the API and until it has heard."""

    urls: Sequence[str]
    key: str
    chance: random.Random
    note: Callable[[str], None]
    wrote: dict[str, str] = field(default_factory=dict)  # our key of each message -> the id that the house gave it
    asked: set[str] = field(default_factory=set)  # our keys of what was asked for
    refused: Counter[str] = field(default_factory=Counter)

    async def work(self, phones: Sequence[tuple[str, str]], *, seconds: float, times: int) -> None:
        """Care for that many chats within that time."""
        chosen = self.chance.sample(list(phones), min(times, len(phones)))
        await asyncio.gather(*(self._care(phone, seconds) for _, phone in chosen))

    async def _care(self, phone: str, seconds: float) -> None:
        await asyncio.sleep(self.chance.uniform(0.15, 0.7) * seconds)
        await self._surely("takeover", {"phone": phone})
        for number in range(self.chance.choice((1, 2))):
            key = f"op-{phone}-{number}"
            self.asked.add(key)
            words = {"phone": phone, "message": f"An operator writes {key}.", "messageId": key}
            answer = await self._surely("operator-message", words)
            if answer is not None:
                self.wrote[key] = str(answer["message_id"])
            await asyncio.sleep(self.chance.uniform(0.0, 1.5))
        await self._surely("handback", {"phone": phone})

    async def _surely(self, verb: str, words: dict[str, Any]) -> dict[str, Any] | None:
        """Ask until there is an answer; None where it was refused."""
        while True:
            async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False, headers={"X-Api-Key": self.key}) as client:
                with suppress(httpx2.HTTPError):
                    answer = await client.post(f"{self.chance.choice(self.urls)}/api/v1/{verb}", json=words)
                    if answer.status_code == 200:
                        found: dict[str, Any] = answer.json()
                        return found
                    self.refused[f"{verb} {answer.status_code}"] += 1
                    if answer.status_code in (409, 422):
                        self.note(f"{verb} was refused: {answer.text[:200]}")
                        return None
            await asyncio.sleep(0.3)
