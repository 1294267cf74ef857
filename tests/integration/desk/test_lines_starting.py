"""Lines that run a program each come up by and by after a start, and their last sign of life is kept."""

import asyncio
from functools import partial
from pathlib import Path

from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import Delivery, Inbound, LineState, Sender
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.store import accounts
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.desk import fake_line
from frontdesk.testing.linking import LinkedLine, linked_line

STEP = SECOND // 4
UP = (LineState(State.CONNECTED, phone="351912345678"),)


def _up() -> LinkedFake:
    channel = LinkedFake()
    channel.states = UP
    return channel


async def _several(folder: Path, count: int) -> None:
    """Lines that were up when the house ended."""
    async with linked_line(folder, channel=_up()) as line:
        lines = line.house.desk.accounts
        ids = [line.account_id, *[await lines.add("linkable", name=f"Line {n}", options={}) for n in range(1, count)]]
        for account_id in ids:
            await lines.connect(account_id)
        await line.house.connected()


async def _connects(line: LinkedLine, count: int) -> None:
    await until(lambda: len(line.channel.connected) == count)
    await line.house.idle()
    assert len(line.channel.connected) == count


async def test_lines_come_up_a_quarter_of_a_second_apart(tmp_path: Path) -> None:
    await _several(tmp_path, 3)
    async with linked_line(tmp_path, channel=_up()) as line:
        for count in (1, 2, 3):
            await _connects(line, count)
            line.clock.advance(STEP)
        await line.house.connected()


async def test_lines_that_wait_for_their_turn_do_not_say_that_they_are_connected(tmp_path: Path) -> None:
    await _several(tmp_path, 3)
    async with linked_line(tmp_path, channel=_up()) as line:
        await _connects(line, 1)
        await line.becomes(State.CONNECTED)
        assert [each.state for each in line.house.desk.accounts.all()][1:] == [State.CONNECTING] * 2


async def test_no_more_than_four_lines_come_up_at_once_unless_one_takes_long(tmp_path: Path) -> None:
    await _several(tmp_path, 6)
    silent = LinkedFake()
    silent.states = ()
    async with linked_line(tmp_path, channel=silent) as line:
        for count in (1, 2, 3, 4):
            await _connects(line, count)
            line.clock.advance(STEP)
        for _ in range(3):
            await _connects(line, 4)
            line.clock.advance(STEP)
        line.channel.say(line.account_id, *UP)  # makes room for one
        await _connects(line, 5)
        line.clock.advance(10 * SECOND)  # the others are waited for no longer
        await until(lambda: len(line.channel.connected) == 6)


async def test_a_line_that_is_asked_for_by_hand_need_not_wait_for_its_turn(tmp_path: Path) -> None:
    await _several(tmp_path, 3)
    async with linked_line(tmp_path, channel=_up()) as line:
        await _connects(line, 1)
        last = line.house.desk.accounts.all()[-1].row.id
        await line.house.desk.accounts.connect(last)
        await _connects(line, 2)
        for _ in range(3):
            line.clock.advance(STEP)
            await line.house.idle()
        await _connects(line, 3)


async def test_a_line_that_is_taken_down_while_it_waits_stays_down(tmp_path: Path) -> None:
    await _several(tmp_path, 2)
    async with linked_line(tmp_path, channel=_up()) as line:
        await _connects(line, 1)
        last = line.house.desk.accounts.all()[-1].row.id
        await line.house.desk.accounts.disconnect(last)
        line.clock.advance(STEP)
        await _connects(line, 1)
        assert line.house.desk.accounts.get(last).state is State.DISCONNECTED


def _hello(clock: FrozenClock, number: int) -> Delivery:
    sender = Sender((parse("447700900123"),), "Ana")
    return Delivery(None, (Inbound(f"in-{number}", "text", sender, at=clock.now(), text="Hello"),))


async def test_traffic_brings_the_last_sign_of_life_forward_once_a_minute(tmp_path: Path) -> None:
    async with linked_line(tmp_path, channel=_up()) as line:
        await line.house.desk.accounts.connect(line.account_id)
        await line.becomes(State.CONNECTED)
        start = line.clock.now()
        for number, after in enumerate((MINUTE - 1, MINUTE, 2 * MINUTE - 1), 1):
            line.clock.advance(start + after - line.clock.now())
            line.channel.say(line.account_id, _hello(line.clock, number))
            await until(partial(_stored, line, number))
        assert line.account.row.last_seen_at == start + MINUTE
        async with line.house.built.store.read() as read:
            row = await accounts.by_id(read, line.account_id)
        assert row is not None
        assert row.last_seen_at == start + MINUTE


async def _stored(line: LinkedLine, count: int) -> bool:
    answer = await line.house.http.get("/api/v1/ledger")
    return bool(answer.json()["received"] >= count)


async def test_a_sign_of_life_that_comes_while_lines_are_read_is_not_forgotten(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        line.clock.advance(MINUTE)
        reading = asyncio.create_task(line.desk.accounts.load())
        await asyncio.sleep(0)  # they are being read
        async with line.store.begin() as tx:
            await line.desk.accounts.seen(tx, [line.account_id])
        await reading
        assert line.desk.accounts.get(line.account_id).row.last_seen_at == line.clock.now()


async def test_what_comes_by_webhook_is_a_sign_of_life_too(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        line.clock.advance(MINUTE)
        await line.arrive(line.message())
        assert line.desk.accounts.get(line.account_id).row.last_seen_at == line.clock.now()


async def test_a_line_that_is_logged_out_on_the_phone_keeps_its_chats(tmp_path: Path) -> None:
    async with linked_line(tmp_path, channel=_up()) as line:
        await line.house.desk.accounts.connect(line.account_id)
        await line.becomes(State.CONNECTED)
        line.channel.say(line.account_id, _hello(line.clock, 1))
        await until(lambda: _stored(line, 1))
        line.says(State.LOGGED_OUT, "The phone unlinked this device.")
        await line.becomes(State.LOGGED_OUT)
        chats = (await line.house.http.get("/api/v1/chats")).json()["items"]
        assert [chat["account_id"] for chat in chats] == [line.account_id]
