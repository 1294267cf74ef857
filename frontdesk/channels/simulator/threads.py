"""What stands on the phones: people, threads and bubbles, and word of every change. Bounded, in memory."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from frontdesk.channels.simulator.people import Customer, Json, NotFound, Number
from frontdesk.kit.clock import DAY

WINDOW = DAY
_BUBBLES, _CUSTOMERS, _KNOWN_IDS, _FEED = 500, 5_000, 20_000, 500
_RANK = {"waiting": 0, "refused": 0, "taken": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}

What = Literal["bubble", "person", "typing", "curtain", "lost", "closed"]


@dataclass(slots=True)
class Bubble:
    """One message on a phone. `mine`: written by the person who holds the phone.

    `status` of mine: waiting, refused, delivered (the webhook was taken), read. `content` is the message's own part,
    such as `{"body": ...}` of a text. `note` is a sentence for people where something went wrong. `tracker` is the
    business's own id, which its statuses carry back.
    """

    wamid: str
    at: int
    mine: bool
    kind: str
    content: Json
    quote: str | None = None
    status: str = "sent"
    note: str | None = None
    by_owner: bool = False
    tapped: str | None = None
    tracker: str | None = field(default=None, repr=False)
    reactions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Thread:
    """Between one number and one person. `wrote_at` is when the person last wrote, which opens the window."""

    phone_number_id: str
    customer_id: str
    bubbles: OrderedDict[str, Bubble] = field(default_factory=OrderedDict)
    wrote_at: int | None = None
    typing_until: int = 0
    unread: int = 0

    def window_ends(self) -> int | None:
        """When free messages stop being allowed; None when the person never wrote."""
        return None if self.wrote_at is None else self.wrote_at + WINDOW

    def open_at(self, now: int) -> bool:
        """Whether the business may send free messages."""
        ends = self.window_ends()
        return ends is not None and now < ends

    @property
    def last(self) -> Bubble | None:
        """The newest bubble."""
        return next(reversed(self.bubbles.values()), None)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that a watching page has to draw again."""

    what: What
    phone_number_id: str = ""
    customer_id: str = ""
    wamid: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal behind the curtain: `way` is `in` (a call to the Graph API) or `out` (a webhook)."""

    at: int
    way: Literal["in", "out"]
    text: str
    fine: bool


class Threads:
    """All that the phone page shows."""

    def __init__(self) -> None:
        self.numbers: dict[str, Number] = {}
        self.customers: OrderedDict[str, Customer] = OrderedDict()
        self.journal: deque[Entry] = deque(maxlen=60)
        self._threads: OrderedDict[tuple[str, str], Thread] = OrderedDict()
        self._homes: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._watchers: set[asyncio.Queue[Change]] = set()

    def number(self, phone_number_id: str) -> Number:
        """The business number.

        Raises:
            NotFound: there is none with that id.
        """
        if phone_number_id not in self.numbers:
            raise NotFound(f"The simulator has no number with the id {phone_number_id[:40]}.")
        return self.numbers[phone_number_id]

    def customer(self, customer_id: str) -> Customer:
        """The person.

        Raises:
            NotFound: there is none with that id.
        """
        if customer_id not in self.customers:
            raise NotFound("The simulator does not know this person.")
        return self.customers[customer_id]

    def add(self, customer: Customer) -> None:
        """Give a person a phone; a known phone gets the new name."""
        self.customers[customer.customer_id] = customer
        while len(self.customers) > _CUSTOMERS:
            gone, _ = self.customers.popitem(last=False)
            for phone_number_id in self.numbers:
                self._threads.pop((phone_number_id, gone), None)
        self.tell(Change("person", customer_id=customer.customer_id))

    def remove(self, customer: Customer) -> None:
        """Take a phone away, with its threads and all that the journal tells of it."""
        self.customers.pop(customer.customer_id, None)
        for key in [key for key in self._threads if key[1] == customer.customer_id]:
            del self._threads[key]
        for wamid in [wamid for wamid, key in self._homes.items() if key[1] == customer.customer_id]:
            del self._homes[wamid]
        self.journal.clear()
        self.tell(Change("lost"))

    def find(self, *, phone: str | None = None, user_id: str | None = None) -> Customer | None:
        """The person with that phone (digits) or one of those user ids."""
        if phone is not None:
            return self.customers.get(f"c{phone}")
        matching = (one for one in self.customers.values() if user_id in (one.user_id, one.parent_user_id))
        return next(matching, None)

    def thread(self, *, phone_number_id: str, customer_id: str) -> Thread:
        """The thread of the two, made when it is new."""
        key = (phone_number_id, customer_id)
        if key not in self._threads:
            self._threads[key] = Thread(phone_number_id, customer_id)
        return self._threads[key]

    def all_threads(self) -> tuple[Thread, ...]:
        """Every thread there is."""
        return tuple(self._threads.values())

    def put(self, thread: Thread, bubble: Bubble) -> None:
        """Show a bubble."""
        thread.bubbles[bubble.wamid] = bubble
        self._homes[bubble.wamid] = (thread.phone_number_id, thread.customer_id)
        while len(thread.bubbles) > _BUBBLES:
            thread.bubbles.popitem(last=False)
        while len(self._homes) > _KNOWN_IDS:
            self._homes.popitem(last=False)
        self.changed(thread, bubble)

    def locate(self, wamid: str) -> tuple[Thread, Bubble] | None:
        """Where the message with that id stands, None when it is unknown or forgotten."""
        key = self._homes.get(wamid)
        thread = self._threads.get(key) if key else None
        bubble = thread.bubbles.get(wamid) if thread else None
        return (thread, bubble) if thread and bubble else None

    def advance(self, wamid: str, status: str) -> None:
        """Move a bubble's status forward; late and repeated word changes nothing."""
        found = self.locate(wamid)
        if found and _RANK.get(status, 0) > _RANK.get(found[1].status, 0):
            found[1].status, found[1].note = status, None
            self.changed(*found)

    def changed(self, thread: Thread, bubble: Bubble) -> None:
        """Tell the pages that a bubble looks different now."""
        self.tell(Change("bubble", thread.phone_number_id, thread.customer_id, bubble.wamid))

    def note(self, entry: Entry) -> None:
        """Write a line into the journal."""
        self.journal.append(entry)
        self.tell(Change("curtain"))

    def tell(self, change: Change) -> None:
        """Hand a change to every watching page; one that cannot keep up is told to read everything again."""
        for watcher in self._watchers:
            if watcher.full():
                while not watcher.empty():
                    watcher.get_nowait()
                watcher.put_nowait(Change("lost"))
            else:
                watcher.put_nowait(change)

    def close(self) -> None:
        """Tell the pages that nothing more comes."""
        self.tell(Change("closed"))

    @contextmanager
    def watching(self) -> Iterator[asyncio.Queue[Change]]:
        """A queue of all changes from now on."""
        queue: asyncio.Queue[Change] = asyncio.Queue(_FEED)
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)
