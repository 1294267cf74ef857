"""A line on which the agent is off and two people have written: what goes out is what a test writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from frontdesk.testing.desk import ANA, FakeLine, fake_line

OFF = 'timezone = "Europe/Lisbon"\n[[persona]]\nname = "Desk"\ntrusted = true\nagent_mode = "off"\n'
BEA = "447700900999"


@asynccontextmanager
async def sending_line(folder: Path) -> AsyncIterator[FakeLine]:
    """A house in `folder` with such a line; Ana and Bea have written."""
    async with fake_line(folder, config=OFF) as line:
        await line.arrive(line.message(), line.message(who=BEA))
        await line.idle()
        yield line


async def write(line: FakeLine, *texts: str, who: str = ANA) -> list[str]:
    """An operator writes these; the ids of the messages."""
    chat = await line.chat(who)
    return [await line.desk.outbox.write(chat.id, by="api", text=text) for text in texts]
