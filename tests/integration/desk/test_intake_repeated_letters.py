"""A dead letter is kept once, however often its sender repeats it, and the ledger balances."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk import intake
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Damaged, Event, Inbound, Receipt, Sender
from frontdesk.kit.clock import DAY, HOUR
from frontdesk.testing.desk import FakeLine, fake_line

BROKEN = Damaged("The message has no usable id.", '{"type":"text","text":{"body":"Hi"}}')


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path) as line:
        yield line


async def _balance(line: FakeLine) -> tuple[int, int, int, int]:
    balance = await line.balance()
    assert balance.balanced, balance
    return balance.received, balance.stored, balance.duplicate, balance.dead_letter


async def test_a_body_that_is_repeated_for_days_leaves_one_dead_letter(line: FakeLine) -> None:
    body, began = (line.message("Hi"), BROKEN), line.clock.now()
    for _ in range(4):
        await line.arrive(*body)
        line.clock.advance(DAY)
    (dead,) = await line.dead()
    assert (dead.count, dead.received_at, dead.last_at) == (4, began, began + 3 * DAY)
    assert await _balance(line) == (8, 1, 6, 1)


async def test_the_same_dead_letter_twice_in_one_body_is_kept_once(line: FakeLine) -> None:
    await line.arrive(BROKEN, BROKEN)
    assert [dead.count for dead in await line.dead()] == [2]
    assert await _balance(line) == (2, 0, 1, 1)


async def test_the_same_content_written_in_another_order_is_the_same_dead_letter(line: FakeLine) -> None:
    await line.arrive(BROKEN, Damaged(BROKEN.reason, '{"text": {"body": "\\u0048i"}, "type": "text"}'))
    assert [(dead.raw, dead.count) for dead in await line.dead()] == [(BROKEN.raw, 2)]


async def test_another_content_or_reason_or_line_is_another_dead_letter(line: FakeLine) -> None:
    await line.arrive(BROKEN, Damaged(BROKEN.reason, "no JSON"), Damaged("Another reason.", BROKEN.raw))
    await line.arrive(BROKEN, number="998")
    await line.arrive(BROKEN, number="999")
    assert [dead.count for dead in await line.dead()] == [1] * 5
    assert await _balance(line) == (5, 0, 0, 5)


@pytest.mark.parametrize(
    ("event", "counted"),
    [
        (Inbound("x", "text", Sender((Address(AddressKind.PHONE, "447700900123"),)), at=1, text="Hi"), (2, 0, 1, 1)),
        (Receipt("x", Status.SENT), (0, 0, 0, 0)),
    ],
)
async def test_what_comes_again_for_an_unknown_line_is_kept_once(
    line: FakeLine, event: Event, counted: tuple[int, int, int, int]
) -> None:
    for _ in range(2):
        await line.arrive(event, number="999")
        line.clock.advance(HOUR)
    assert [dead.count for dead in await line.dead()] == [2]
    assert await _balance(line) == counted


async def test_poison_that_comes_again_is_kept_once(line: FakeLine) -> None:
    poison = Inbound("bad", "text", Sender((Address(AddressKind.PHONE, "\ud800"),)), text="x", at=line.clock.now())
    for _ in range(2):
        await line.arrive(poison)
    assert [dead.count for dead in await line.dead()] == [2]
    assert await _balance(line) == (2, 0, 1, 1)


async def test_dead_letters_that_had_to_leave_their_content_are_not_taken_for_each_other(
    line: FakeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(event: Event) -> dict[str, str]:
        raise ValueError(f"{type(event).__name__} is too much")

    monkeypatch.setattr(intake, "_plain", too_much)
    poison = Inbound("bad", "text", Sender((Address(AddressKind.PHONE, "\ud800"),)), text="x", at=line.clock.now())
    await line.arrive(poison, poison)
    assert [(dead.raw, dead.count) for dead in await line.dead()] == [("", 1), ("", 1)]
    assert await _balance(line) == (2, 0, 0, 2)


async def test_a_thousand_broken_elements_in_one_body_are_all_kept(line: FakeLine) -> None:
    body = [Damaged(BROKEN.reason, f'{{"n": {n}}}') for n in range(1_000)]
    await line.arrive(*body)
    await line.arrive(*body)
    assert [dead.count for dead in await line.dead()] == [2] * 1_000
    assert await _balance(line) == (2_000, 0, 1_000, 1_000)
