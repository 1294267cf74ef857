"""What channels report about our messages, in whatever order and however often."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sending_line import OFF

from frontdesk.domain.accounts import State
from frontdesk.domain.messages import Author, Status
from frontdesk.domain.wire import Delivery, Receipt, Sent
from frontdesk.domain.work import Sweep
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import DAY, MINUTE
from frontdesk.kit.errors import Retryable
from frontdesk.store import chats
from frontdesk.store.rows import JobRow
from frontdesk.store.tables import waiting_receipts
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line

SENT, DELIVERED, READ, FAILED = Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message())
        await line.idle()
        yield line


async def _write(line: FakeLine) -> str:
    message_id: str = await line.desk.outbox.write((await line.chat()).id, by="api", text="Yes")
    return message_id


async def _sent(line: FakeLine) -> str:
    message_id = await _write(line)
    await line.idle()
    return message_id


async def _status(line: FakeLine, message_id: str) -> str:
    return (await line.one(message_id)).status


def _ticket() -> Ticket:
    return Ticket(
        JobRow("job_x", "sweep", None, None, "default", 3, "running", "{}", 1, None, "wrk", 0, 0, None, None, 0)
    )


async def _waiting(line: FakeLine) -> int:
    async with line.store.read() as read:
        return len(await read.scalars(waiting_receipts.select()))


@pytest.mark.parametrize("order", list(itertools.permutations([SENT, DELIVERED, READ])))
async def test_receipts_in_any_order_end_at_the_furthest(line: FakeLine, order: tuple[Status, ...]) -> None:
    message_id = await _sent(line)
    for status in order:
        await line.receipt("out-1", status)
    assert await _status(line, message_id) == "read"


@pytest.mark.parametrize("order", list(itertools.permutations([SENT, DELIVERED, READ])))
async def test_receipts_in_any_order_in_one_batch_end_at_the_furthest(
    line: FakeLine, order: tuple[Status, ...]
) -> None:
    message_id = await _sent(line)
    await line.arrive(*(Receipt("out-1", status) for status in order))
    assert await _status(line, message_id) == "read"


async def test_a_repeated_receipt_tells_nothing_again(line: FakeLine) -> None:
    await _sent(line)
    await line.receipt("out-1", DELIVERED)
    told = len(line.told)
    await line.receipt("out-1", DELIVERED)
    assert len(line.told) == told


async def test_failed_counts_before_delivered_and_gives_its_sentence(line: FakeLine) -> None:
    message_id = await _sent(line)
    await line.receipt("out-1", FAILED, error="The person is not on WhatsApp.", error_code="131026")
    row = await line.one(message_id)
    assert (row.status, row.error, row.error_code) == ("failed", "The person is not on WhatsApp.", "131026")
    assert (await line.balance()).balanced


async def test_failed_after_delivered_is_ignored(line: FakeLine) -> None:
    message_id = await _sent(line)
    await line.receipt("out-1", DELIVERED)
    await line.receipt("out-1", FAILED, error="No.")
    row = await line.one(message_id)
    assert (row.status, row.error) == ("delivered", None)


async def test_a_proof_of_arrival_takes_a_failure_back(line: FakeLine) -> None:
    message_id = await _sent(line)
    await line.receipt("out-1", FAILED, error="No.")
    await line.receipt("out-1", READ)
    row = await line.one(message_id)
    assert (row.status, row.error) == ("read", None)


async def test_early_receipts_wait_for_their_message_and_are_gone_then(line: FakeLine) -> None:
    await line.receipt("out-1", SENT)
    await line.receipt("out-1", DELIVERED)
    assert await _waiting(line) == 2
    message_id = await _sent(line)
    assert (await _status(line, message_id), await _waiting(line)) == ("delivered", 0)


async def test_receipts_that_nobody_asks_for_are_forgotten_after_a_week(line: FakeLine) -> None:
    await line.receipt("somebody-elses", SENT)
    line.clock.advance(6 * DAY)
    await line.desk.sweeping.run(Sweep(), _ticket())
    assert await _waiting(line) == 1
    line.clock.advance(DAY + MINUTE)
    await line.desk.sweeping.run(Sweep(), _ticket())
    assert await _waiting(line) == 0


async def test_our_id_settles_a_send_that_is_under_way(line: FakeLine) -> None:
    line.channel.gate = asyncio.Event()
    line.channel.script.append(Sent(None, "The connection broke."))
    message_id = await _write(line)
    await until(lambda: line.channel.under_way == 1)
    await line.receipt("out-7", SENT, our_id=message_id)
    line.channel.gate.set()
    await line.idle()
    row = await line.one(message_id)
    assert (row.status, row.external_id) == ("sent", "out-7")


async def test_our_id_of_another_line_settles_nothing(line: FakeLine) -> None:
    line.channel.script.append(Sent(None, "?"))
    message_id = await _sent(line)
    other = await line.desk.accounts.add("fake", name="Other", options={"number": "452"})
    receipt = Receipt("out-7", SENT, our_id=message_id)
    await line.desk.intake.receive("fake", [Delivery("452", (receipt,))], allowed=frozenset({other}))
    assert await _status(line, message_id) == "unknown"


@pytest.mark.parametrize("stale", [SENT, FAILED])
async def test_a_late_receipt_of_an_earlier_try_does_not_end_the_next(line: FakeLine, stale: Status) -> None:
    message_id = await _sent(line)
    await line.receipt("out-1", FAILED, our_id=message_id, error="No.")
    line.channel.script.append(Retryable("Busy.", after=MINUTE))
    await line.desk.outbox.retry(message_id, by="api")
    await line.idle()
    await line.receipt("out-1", stale, our_id=message_id, error="No.")
    assert await _status(line, message_id) == "queued"
    await line.pass_time(MINUTE)
    await line.receipt("out-1", stale, our_id=message_id, error="No.")
    row = await line.one(message_id)
    assert (row.status, row.external_id) == ("sent", "out-2")


async def test_a_proof_that_the_earlier_try_arrived_stops_the_next(line: FakeLine) -> None:
    line.channel.script += [Sent(None, "?"), Retryable("Busy.", after=MINUTE)]
    message_id = await _sent(line)
    await line.desk.outbox.retry(message_id, by="api")
    await line.idle()
    await line.receipt("out-7", SENT, our_id=message_id)
    await line.pass_time(MINUTE)
    assert (await _status(line, message_id), len(line.channel.sent)) == ("sent", 2)


async def test_a_draft_does_not_move_by_receipts(line: FakeLine) -> None:
    async with line.store.begin() as tx:
        chat = await chats.by_id(tx, (await line.chat()).id)
        message_id = await line.desk.outbox.post(tx, chat, author=Author.AGENT, text="x", draft=True)
    await line.receipt("out-7", READ, our_id=message_id)
    assert await _status(line, message_id) == "draft"


async def test_the_ledger_balances_over_everything_that_goes_out(line: FakeLine) -> None:
    line.channel.script += [None, Sent(None, "?"), Retryable("Busy.", after=DAY)]
    for _ in range(3):
        await _write(line)
    await line.idle()
    await line.receipt("out-1", READ)
    balance = await line.balance()
    assert (balance.out, balance.sent, balance.unknown, balance.queued) == (3, 1, 1, 1)
    assert balance.balanced


BANNED = "The account is banned."


async def _banned(line: FakeLine, external_id: str) -> None:
    await line.receipt(external_id, FAILED, error=BANNED, stops_line=True)


async def _reports_are_through(line: FakeLine) -> None:
    """Intake answers before it stops a line, and is one worker: when it takes the next message it is through."""
    await line.arrive(line.message())


async def test_a_receipt_that_stops_the_line_stops_it_once(line: FakeLine) -> None:
    message_id = await _sent(line)
    external_id = (await line.one(message_id)).external_id or ""
    await _banned(line, external_id)
    await line.becomes(State.ACTION_REQUIRED)
    assert await line.state() == (State.ACTION_REQUIRED, BANNED)
    assert [alert.kind for alert in await line.alerts()] == ["line"]
    await line.desk.accounts.connect(line.account_id)
    await line.becomes(State.CONNECTED)
    await _banned(line, external_id)
    await _reports_are_through(line)
    assert (await line.state())[0] is State.CONNECTED


async def test_a_failure_of_a_message_that_arrived_or_is_not_ours_stops_no_line(line: FakeLine) -> None:
    message_id = await _sent(line)
    external_id = (await line.one(message_id)).external_id or ""
    await line.receipt(external_id, DELIVERED)
    await _banned(line, external_id)
    await _banned(line, "not-ours")
    await _reports_are_through(line)
    assert (await line.state())[0] is State.CONNECTED
