"""A line that writes to its own number, and short words for what the owner does in the own chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from frontdesk.kit.clock import SECOND
from frontdesk.testing.channels import UnofficialFake
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

SELF = "351210000100"  # the number of the fake lines
PRIVATE = "351912345678"  # the owner's own phone, where the line is another number


def house_with(sections: str, zone: str = "Europe/Lisbon") -> str:
    """The open house in that zone, with more sections."""
    return f'timezone = "{zone}"\n{OPEN_HOUSE}\n{sections}'


@asynccontextmanager
async def own_line(folder: Path, sections: str = "", **more: Any) -> AsyncIterator[FakeLine]:
    """A house in `folder` whose line may write to its own number, with these sections in its file."""
    channel, zone = more.pop("channel", None) or UnofficialFake(), more.pop("zone", "Europe/Lisbon")
    more.setdefault("think", FakeThink())
    async with fake_line(folder, channel=channel, config=house_with(sections, zone), **more) as line:
        yield line


async def type_to_self(line: FakeLine, text: str, **parts: Any) -> None:
    """The owner types in the chat with the own number, on the phone."""
    await line.arrive(line.message(text, who=parts.pop("who", SELF), name=None, typed_on_phone=True, **parts))
    await line.pass_time(SECOND)


async def post(line: FakeLine, text: str, key: str = "k", account_id: str | None = None) -> str | None:
    """The desk writes to the owner; what the outbox can send has gone out."""
    async with line.store.begin() as tx:
        posted: str | None = await line.desk.own_chat.post(tx, text=text, key=key, account_id=account_id)
    await line.pass_time(SECOND)
    return posted


async def why_not(line: FakeLine) -> str | None:
    """Why the desk cannot write to the owner."""
    async with line.store.read() as read:
        why: str | None = await line.desk.own_chat.why_not(read)
    return why
