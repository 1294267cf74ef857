"""An echo may be faster than the channel's own answer to the send."""

import asyncio
from pathlib import Path

import pytest
from intake_line import balances
from unofficial_line import unofficial_line

from frontdesk.domain.wire import Sent
from frontdesk.kit.clock import SECOND
from frontdesk.testing.clock import until


@pytest.mark.parametrize("echoed", ["*Yes*", "Yes, as the channel writes it"])
async def test_an_echo_that_is_faster_than_the_answer_leaves_one_message(tmp_path: Path, echoed: str) -> None:
    async with unofficial_line(tmp_path) as line:
        line.channel.gate = asyncio.Event()
        line.channel.script.append(Sent("x"))
        message_id = await line.desk.outbox.write((await line.chat()).id, by="api", text="*Yes*")
        line.clock.advance(SECOND)
        await until(lambda: line.channel.under_way == 1)
        await line.arrive(line.message(echoed, external_id="x", typed_on_phone=True))
        line.channel.gate.set()
        await line.idle()
        (row,) = await line.messages("outbound")
        assert (row.id, row.status, row.external_id, row.text) == (message_id, "sent", "x", "*Yes*")
        await balances(line)
