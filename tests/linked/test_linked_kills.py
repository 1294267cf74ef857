"""The process of a linked line is killed at the worst moments: nothing that WhatsApp handed over is lost, and of what
was being sent it is known whether it may have gone out."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import ANNA, SHOP, LinkedLine, linked, shop_and_anna

from frontdesk.domain.accounts import State
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Inbound, Receipt
from frontdesk.kit.errors import Retryable
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Device, Lab, Phone

lab, line = linked_fixtures.lab, linked_fixtures.line

KILLS, CUSTOMERS, AHEAD = 5, 4, 100
DIES_ONCE_AFTER_A_SEND = (  # the usual program, killed when the first send is on its spool, before that is answered
    sys.executable,
    "-c",
    "import os, pathlib, signal, sys\n"
    "from frontdesk.channels.linked import codes, program, spool\n"
    "died, put = pathlib.Path(sys.argv[1]) / 'died', spool.Spool.put\n"
    "def deadly(self, code, content, at):\n"
    "    record = put(self, code, content, at)\n"
    "    if code == codes.SENT and not died.exists():\n"
    "        died.touch()\n"
    "        os.kill(os.getpid(), signal.SIGKILL)\n"
    "    return record\n"
    "spool.Spool.put = deadly\n"
    "sys.exit(program.main())",
)
BUSY_ONCE = (  # the usual program, in which nothing gets on the spool any more once a message is to be put there
    sys.executable,
    "-c",
    "import pathlib, sys, threading\n"
    "from frontdesk.channels.linked import codes, program, spool\n"
    "busy, put = pathlib.Path(sys.argv[1]) / 'busy', spool.Spool.put\n"
    "def slow(self, code, content, at):\n"
    "    if code == codes.MESSAGE and not again:\n"
    "        busy.touch()\n"
    "        threading.Event().wait()\n"
    "    return put(self, code, content, at)\n"
    "again, spool.Spool.put = busy.exists(), slow\n"
    "sys.exit(program.main())",
)


BUSY = 20  # messages
NOTES_ARE_TAKEN = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
OPENED = "SELECT count(*) FROM frontdesk_used WHERE held = 'sessions'"  # from how many people something was opened


def pid(line: LinkedLine) -> int:
    """The process of the line."""
    child = line.channel._lines["acc_1"]._keeper._child
    assert child is not None
    assert child.pid is not None
    return child.pid


async def stop(line: LinkedLine) -> None:
    """Let the process stand still: signals take their time where many want the processor."""
    stopped = pid(line)
    os.kill(stopped, signal.SIGSTOP)
    await asyncio.to_thread(os.waitid, os.P_PID, stopped, os.WSTOPPED | os.WNOWAIT)


async def write_on(phones: list[Phone], device: Device, sent: list[str], over: asyncio.Event) -> None:
    """The customers write in turn until it is over, a message whenever the loop has had a turn.

    They are ahead of the line by so much at most: however long a start takes, it finds the same work.
    """
    while not over.is_set():
        if len(device.waiting) < AHEAD:
            phone = phones[len(sent) % len(phones)]
            sent.append((await phone.send_text(device.account, str(len(sent)))).id)
        await asyncio.sleep(0.005)


def heard(line: LinkedLine) -> Counter[str | None]:
    """How often each message came in."""
    return Counter(event.external_id for event in line.events if isinstance(event, Inbound))


async def test_killed_again_and_again_while_customers_write_it_loses_nothing(lab: Lab, line: LinkedLine) -> None:
    shop = lab.add_account(SHOP, "Shop")
    phones = [Phone(lab, lab.add_account(f"4477009{number:05}", f"Customer {number}")) for number in range(CUSTOMERS)]
    device = await line.link(shop)
    sent: list[str] = []
    over = asyncio.Event()
    writing = asyncio.create_task(write_on(phones, device, sent, over))
    for _ in range(KILLS):
        enough, before = len(line.events) + 40, len(line.states)
        await line.until(lambda enough=enough: len(line.events) >= enough)  # type: ignore[misc]
        os.kill(pid(line), signal.SIGKILL)
        await line.state(State.CONNECTED, after=before)
    over.set()
    await writing
    await line.until(lambda: not set(sent) - heard(line).keys())
    assert set(heard(line)) == set(sent)  # what comes twice has the same id, on which the store drops it
    assert line.channel.vitals()["acc_1"].restarts == KILLS
    await until(lambda: device.waiting == [])


async def test_killed_before_a_send_was_begun_it_surely_did_not_go_out(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    before = len(line.states)
    await stop(line)
    sending = asyncio.create_task(line.send(ANNA, text="Never begun"))
    await asyncio.sleep(0)  # it is asked for
    os.kill(pid(line), signal.SIGKILL)
    with pytest.raises(Retryable):
        await sending
    await line.state(State.CONNECTED, after=before)
    await line.send(ANNA, text="Now")
    assert (await anna.next()).text == "Now"


async def test_killed_before_whatsapp_confirmed_a_send_it_is_in_doubt(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    lab.leave_unanswered("message")
    sending = asyncio.create_task(line.send(ANNA, text="Did this go out?"))
    assert (await anna.next()).text == "Did this go out?"
    os.kill(pid(line), signal.SIGKILL)
    sent = await sending
    assert sent.external_id is None
    assert sent.doubt == "The process of this line ended before it answered."
    receipt = await line.event(Receipt, lambda told: told.status is Status.DELIVERED)
    assert receipt.external_id == anna.history[0].id  # the receipt of the customer's phone tells that it did


async def test_killed_after_whatsapp_took_a_send_the_next_run_tells_which(lab: Lab, tmp_path: Path) -> None:
    async with linked(lab, tmp_path / "lines", program=DIES_ONCE_AFTER_A_SEND) as line:
        shop, anna = shop_and_anna(lab)
        await line.link(shop)
        assert (await line.send(ANNA, text="Taken", our_id="msg_taken")).external_id is None
        told = await line.event(Receipt, lambda told: told.our_id == "msg_taken")
        assert (told.status, told.external_id) == (Status.SENT, (await anna.next()).id)


async def test_what_was_handed_over_and_not_stored_is_told_again_after_a_kill(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    line.keeps = False
    texts = [f"{number}. not stored" for number in range(30)]
    for text in texts:
        await anna.send_text(shop, text)
    first = [await line.inbound() for _ in texts]
    line.keeps = True
    os.kill(pid(line), signal.SIGKILL)
    assert [await line.inbound() for _ in texts] == first
    assert [told.text for told in first] == texts


def asked(line: LinkedLine, question: str) -> int:
    """The answer of the file of the device, where nobody else writes to it for as long as that takes."""
    with closing(sqlite3.connect(f"file:{line.folder / 'acc_1' / 'device.db'}?mode=ro", uri=True)) as file:
        return int(file.execute(question).fetchone()[0])


async def test_killed_while_it_was_too_busy_to_keep_what_came_it_has_lost_none_of_it(lab: Lab, tmp_path: Path) -> None:
    async with linked(lab, tmp_path / "lines", program=BUSY_ONCE) as line:
        device = await line.link(lab.add_account(SHOP, "Shop"))
        await until(lambda: asked(line, NOTES_ARE_TAKEN) > 0)
        phones = [Phone(lab, lab.add_account(f"4477009{number:05}", f"Customer {number}")) for number in range(BUSY)]
        sent = [(await phone.send_text(device.account, "Hello")).id for phone in phones]
        await until(lambda: asked(line, OPENED) == BUSY)  # to the library all are delivered; to us, none is
        os.kill(pid(line), signal.SIGKILL)
        await until(lambda: device.connection is None)
        assert device.acknowledged == []
        await line.until(lambda: not set(sent) - heard(line).keys())
        await until(lambda: device.waiting == [])
