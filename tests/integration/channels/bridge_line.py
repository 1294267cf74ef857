"""A line of the channel `bridge` and all that it told."""

import asyncio
from pathlib import Path
from typing import Any

from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.bridge.options import BridgeOptions
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Delivery, Event, Inbound, Line, LineState, Outbound, Sent
from frontdesk.testing.clock import FrozenClock, until

ANA = Address(AddressKind.PHONE, "447700900123")
CHAT = "447700900123@c.us"


def inbound(**more: Any) -> dict[str, Any]:
    """A message in the words of a bridge."""
    return {"id": "in_1", "chatId": CHAT, "body": "Hello", "fromMe": False, "type": "chat", **more}


class BridgeLine:
    """Its channel, its states, and its deliveries."""

    def __init__(self, place: Path, *, leave: bool = True, **options: Any) -> None:
        self.clock = FrozenClock()
        self.folder = place / "lines"
        self.channel = BridgeChannel(self.clock, folder=self.folder, starts_programs=leave)
        self.line = Line("acc_1", BridgeOptions.model_validate(options))
        self.states: list[LineState] = []
        self.deliveries: list[Delivery] = []

    def emit(self, _account_id: str, what: LineState | Delivery) -> None:
        """Take what the channel tells."""
        if isinstance(what, LineState):
            self.states.append(what)
        else:
            self.deliveries.append(what)

    @property
    def events(self) -> list[Event]:
        """Everything that was delivered."""
        return [one for delivery in self.deliveries for one in delivery.events]

    def texts(self) -> list[str | None]:
        """The texts of the messages that came in."""
        return [one.text for one in self.events if isinstance(one, Inbound)]

    async def connect(self, state: State = State.CONNECTED) -> None:
        """Bring the line up."""
        await self.channel.connect(self.line, self.emit)
        await self.stands(state)

    async def stands(self, state: State) -> None:
        """Wait until the line has told that state last."""
        await until(lambda: bool(self.states) and self.states[-1].state is state)

    async def heard(self, count: int) -> None:
        """Wait until so many deliveries came."""
        await until(lambda: len(self.deliveries) >= count)

    async def send(self, text: str, our_id: str = "msg_1") -> Sent:
        """Send a text to Ana."""
        async with asyncio.timeout(20):
            return await self.channel.send(self.line, Outbound(our_id, (ANA,), "text", text))
