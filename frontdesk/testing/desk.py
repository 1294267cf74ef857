"""A house with one fake line, and short words for what tests of the desk do with it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import Delivery, Event, Inbound, Receipt, Sender
from frontdesk.store import accounts, alerts, contacts, ledger, messages
from frontdesk.store.rows import AlertRow, ChatRow, DeadLetterRow, JobRow, MediaRow, MessageRow, TurnRow
from frontdesk.store.tables import (
    chats as chat_table,
    dead_letters,
    jobs as job_table,
    media as media_table,
    messages as message_table,
    turns as turn_table,
)
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.house import TestHouse, house

NUMBER = "451"
ANA = "447700900123"


@dataclass(slots=True)
class FakeLine:
    """The house, its fake channel and the account on it."""

    house: TestHouse
    channel: FakeChannel
    account_id: str
    clock: FrozenClock
    told: list[Live] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def desk(self) -> Any:
        """The use cases."""
        return self.house.desk

    @property
    def store(self) -> Any:
        """The database."""
        return self.house.built.store

    def message(self, text: str | None = "Hello", *, who: str | Sequence[str] = ANA, **parts: Any) -> Inbound:
        """A message that arrives. `who` is one address or several, in any form that people use."""
        known = (who,) if isinstance(who, str) else tuple(who)
        sender = Sender(tuple(parse(one) for one in known), parts.pop("name", "Ana"), parts.pop("username", None))
        if isinstance(group := parts.get("group"), str):
            parts["group"] = Address(AddressKind.GROUP, group)
        external = parts.pop("external_id", None) or f"in-{next(self.numbers)}"
        parts.setdefault("at", self.clock.now())
        return Inbound(external, parts.pop("kind", "text"), sender, text=text, **parts)

    async def arrive(self, *events: Event, number: str = NUMBER) -> None:
        """Hand events to the intake as one delivery; returns when they are stored."""
        allowed = frozenset({self.account_id})
        await self.desk.intake.receive(self.channel.name, [Delivery(number, events)], allowed=allowed)

    async def receipt(self, external_id: str, status: Any, **parts: Any) -> None:
        """The channel reports about a message of ours."""
        await self.arrive(Receipt(external_id, status, **parts))

    async def chat(self, who: str = ANA) -> ChatRow:
        """The chat of that address."""
        found = await self.chats(who)
        assert len(found) == 1, f"{len(found)} chats of {who}"
        return found[0]

    async def chats(self, who: str | None = None) -> list[ChatRow]:
        """Every chat, or those of an address, the oldest first."""
        async with self.store.read() as read:
            rows: list[ChatRow] = await read.all(select(chat_table).order_by(chat_table.c.id), ChatRow)
            if who is None:
                return rows
            key = contacts.address_id(self.account_id, parse(who))
            contact = (await contacts.find(read, [key])).get(key)
        return [row for row in rows if (row.contact_id and row.contact_id == contact) or row.group_ref == who]

    async def messages(self, direction: str | None = None) -> list[MessageRow]:
        """Every message, by the provider's time."""
        async with self.store.read() as read:
            order = (message_table.c.provider_time, message_table.c.id)
            rows: list[MessageRow] = await read.all(select(message_table).order_by(*order), MessageRow)
        return [row for row in rows if direction in (None, row.direction)]

    async def one(self, message_id: str) -> MessageRow:
        """The message of that id."""
        async with self.store.read() as read:
            row = await messages.by_id(read, message_id)
        assert row is not None
        return row

    async def out(self) -> list[tuple[str | None, str]]:
        """Text and status of what we wrote."""
        return [(row.text, row.status) for row in await self.messages("outbound")]

    async def decisions(self) -> list[tuple[str | None, str | None, str | None]]:
        """Text, decision and the gate's reason of what came in."""
        return [(row.text, row.decision, row.gate_reason) for row in await self.messages("inbound")]

    async def jobs(self, kind: str | None = None) -> list[JobRow]:
        """Work that waits, runs or has failed."""
        async with self.store.read() as read:
            rows: list[JobRow] = await read.all(select(job_table).order_by(job_table.c.id), JobRow)
        return [row for row in rows if kind in (None, row.kind)]

    async def turns(self) -> list[TurnRow]:
        """Every run of the agent."""
        async with self.store.read() as read:
            rows: list[TurnRow] = await read.all(select(turn_table).order_by(turn_table.c.id), TurnRow)
        return rows

    async def dead(self) -> list[DeadLetterRow]:
        """The dead letters."""
        async with self.store.read() as read:
            rows: list[DeadLetterRow] = await read.all(select(dead_letters), DeadLetterRow)
        return rows

    async def files(self) -> list[MediaRow]:
        """Every media file."""
        async with self.store.read() as read:
            rows: list[MediaRow] = await read.all(select(media_table).order_by(media_table.c.id), MediaRow)
        return rows

    async def alerts(self) -> list[AlertRow]:
        """The open alerts."""
        async with self.store.read() as read:
            return await alerts.recent(read, only_open=True)

    async def balance(self) -> ledger.Balance:
        """The ledger."""
        async with self.store.read() as read:
            return await ledger.balance(read)

    async def state(self) -> tuple[State, str | None]:
        """How the line stands in the database, and why."""
        async with self.store.read() as read:
            row = await accounts.by_id(read, self.account_id)
        assert row is not None
        return State(row.state), row.state_reason

    async def becomes(self, state: State) -> None:
        """Wait until the line stands so, at hand and in the database."""

        async def stands() -> bool:
            return self.desk.accounts.get(self.account_id).state is state and (await self.state())[0] is state

        await until(stands)
        await self.desk.accounts.load()  # waits until all that was told of it is at hand too

    async def idle(self) -> None:
        """Wait until nothing that is due waits and nothing runs."""
        await self.house.idle()

    async def pass_time(self, milliseconds: int) -> None:
        """Move the clock, and wait until what became due is done."""
        self.clock.advance(milliseconds)
        await self.idle()

    def happened(self, kind: LiveType) -> list[Live]:
        """The live events of a kind that were told so far."""
        return [live for live in self.told if live.type is kind]


@asynccontextmanager
async def fake_line(
    folder: Path, *, channel: FakeChannel | None = None, clock: FrozenClock | None = None, **more: Any
) -> AsyncIterator[FakeLine]:
    """A house with one connected fake line; `more` is handed to `house`. The same folder again is a restart."""
    fake, clock = channel or FakeChannel(), clock or FrozenClock()
    async with house(folder, clock=clock, channels=(fake,), **more) as built:
        known = built.desk.accounts.by_ref(fake.name, NUMBER)
        if known is None:
            account_id = await built.desk.accounts.add(fake.name, name="Shop", options={"number": NUMBER})
            await built.desk.accounts.connect(account_id)
        else:
            account_id = known.row.id
        line = FakeLine(built, fake, account_id, clock)
        _listen(line)
        if fake.states and fake.states[-1].state is State.CONNECTED and more.get("start", True):
            await line.becomes(State.CONNECTED)
        yield line


def _listen(line: FakeLine) -> None:
    tell = line.store.after_commit

    def told(events: Sequence[Live], *, due: int | None) -> None:
        line.told += events
        tell(events, due=due)

    line.store.after_commit = told
