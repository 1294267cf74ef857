"""A line that WhatsApp does not support: its channel carries no id of ours. Ana has written; the agent is off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sending_line import OFF

from frontdesk.kit.clock import SECOND
from frontdesk.testing.channels import UnofficialFake
from frontdesk.testing.desk import ANA, FakeLine, fake_line


@asynccontextmanager
async def unofficial_line(folder: Path, **more: Any) -> AsyncIterator[FakeLine]:
    """A house in `folder` with such a line; `more` is handed to `fake_line`."""
    channel = more.pop("channel", None) or UnofficialFake()
    async with fake_line(folder, channel=channel, **{"config": OFF, **more}) as line:
        await line.arrive(line.message(), line.message(who="447700900999"))
        await line.pass_time(SECOND)
        yield line


async def say(line: FakeLine, text: str, who: str = ANA) -> str:
    """An operator writes; the id of the message, which has gone out as far as the channel lets it."""
    message_id: str = await line.desk.outbox.write((await line.chat(who)).id, by="api", text=text)
    await line.pass_time(SECOND)
    return message_id
