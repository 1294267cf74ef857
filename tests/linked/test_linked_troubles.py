"""A linked line that stands and gets into trouble: outages, a deaf connection, a full disk, a process that grew."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import ANNA, IN_TIME, LinkedLine, linked, shop_and_anna

from frontdesk.channels.linked import line as lines
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Inbound, MediaFile
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.kit.errors import Retryable
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.lab import About, Lab, Phone

lab, line = linked_fixtures.lab, linked_fixtures.line

ON_A_DISK_THAT_FILLS = (  # the usual program, whose spool finds no room while a file named `full` is beside it
    sys.executable,
    "-c",
    "import os, pathlib, sys\n"
    "from frontdesk.channels.linked import program\n"
    "folder, write = pathlib.Path(sys.argv[1]), os.write\n"
    "def fills(descriptor, content):\n"
    "    where = os.readlink(f'/proc/self/fd/{descriptor}')\n"
    "    if 'spool-' in where and (folder / 'full').exists(): raise OSError(28, os.strerror(28))\n"
    "    return write(descriptor, content)\n"
    "os.write = fills\n"
    "sys.exit(program.main())",
)

HANGS_AT_THE_END = (  # the usual program, whose library never comes back when it is asked to end
    sys.executable,
    "-c",
    "import sys, threading\n"
    "from frontdesk.channels.linked import program\n"
    "from frontdesk.channels.linked.library import device, line\n"
    "line.END, device.Device.stop = 0.3, lambda self: threading.Event().wait()\n"
    "sys.exit(program.main())",
)


def starts(line: LinkedLine) -> int:
    """How often the process of the line was started."""
    return line.channel._lines["acc_1"]._keeper.starts


async def texts(line: LinkedLine, count: int) -> list[str | None]:
    """The texts of so many messages, in the order in which they came in."""
    return [(await line.inbound()).text for _ in range(count)]


def told_once(line: LinkedLine) -> list[str | None]:
    """The texts that came in; what was told as the process ended may be told again, and falls on its id."""
    return list({told.external_id: told.text for told in line.events if isinstance(told, Inbound)}.values())


async def test_after_an_outage_the_line_comes_back_by_itself_with_what_was_missed_in_order(
    lab: Lab, line: LinkedLine
) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    before = len(line.states)
    await lab.go_away()
    told = await line.state(State.CONNECTING, after=before)
    assert told.reason == "The connection to WhatsApp was lost; it is being made again."
    with pytest.raises(Retryable):
        await line.send(ANNA, text="Not now")
    for number in range(20):
        await anna.send_text(shop, f"{number}. during the outage")
    await lab.come_back()
    await line.state(State.CONNECTED, after=before)
    assert await texts(line, 20) == [f"{number}. during the outage" for number in range(20)]
    assert starts(line) == 1


async def test_an_outage_while_a_code_is_shown_ends_with_a_new_code(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    await line.connect()
    await line.state(State.QR_PENDING)
    await lab.go_away()
    await line.reason("WhatsApp cannot be reached")
    await lab.come_back()
    shown = await line.state(State.QR_PENDING, after=len(line.states))
    assert shown.qr is not None
    await lab.scan_qr(shop, shown.qr)
    await line.state(State.CONNECTED)


async def test_a_connection_that_does_not_come_back_is_begun_anew_after_two_minutes(lab: Lab, tmp_path: Path) -> None:
    clock = FrozenClock()
    async with linked(lab, tmp_path / "lines", clock=clock) as line:
        shop, anna = shop_and_anna(lab)
        await line.link(shop)
        await lab.go_away()
        await line.reason("was lost")
        clock.advance(MINUTE)
        await line.channel.check(line.line)
        assert (starts(line), line.channel._lines["acc_1"].running) == (1, True)
        clock.advance(2 * MINUTE)
        await line.channel.check(line.line)
        assert "Next try in" in ((await line.reason("did not come back")).reason or "")
        await anna.send_text(shop, "Meanwhile")
        await lab.come_back()
        before = len(line.states)
        await line.connect()
        await line.state(State.CONNECTED, after=before)
        assert (await line.inbound()).text == "Meanwhile"


async def test_a_good_line_passes_its_check_and_silence_restarts_nothing(lab: Lab, tmp_path: Path) -> None:
    clock = FrozenClock()
    async with linked(lab, tmp_path / "lines", clock=clock) as line:
        await line.link(shop_and_anna(lab)[0])
        for _ in range(3):
            clock.advance(HOUR)
            await line.channel.check(line.line)
        assert starts(line) == 1
        assert line.states[-1].state is State.CONNECTED


async def test_a_line_that_no_longer_hears_whatsapp_is_started_again(
    lab: Lab, line: LinkedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "CHECK", 0.2)
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    lab.leave_unanswered("usync", 1000)
    before = len(line.states)
    await line.channel.check(line.line)
    assert "no longer heard WhatsApp" in ((await line.reason("no longer heard")).reason or "")
    await anna.send_text(shop, "Anybody there?")
    await line.state(State.CONNECTED, after=before)
    assert (await line.inbound()).text == "Anybody there?"
    assert starts(line) == 2


async def test_a_long_silence_is_answered_by_a_message_to_oneself_that_shows_nowhere(lab: Lab, tmp_path: Path) -> None:
    clock = FrozenClock()
    async with linked(lab, tmp_path / "lines", clock=clock) as line:
        shop, anna = shop_and_anna(lab)
        owner = Phone(lab, shop)
        await line.link(shop)
        await anna.send_text(shop, "Good night")
        assert (await line.inbound()).text == "Good night"
        clock.advance(7 * HOUR)
        checking = asyncio.create_task(line.channel.check(line.line))
        received = await owner.next("reaction")
        assert not received.text
        await owner.read(received, kind="sender")  # what a phone says to a message of one's own
        await checking
        assert line.channel._lines["acc_1"]._heard_at == clock.now()
        await anna.send_text(shop, "Good morning")
        assert (await line.inbound()).text == "Good morning"
        assert [type(event) for event in line.events] == [Inbound, Inbound]
        assert starts(line) == 1


async def test_a_process_that_grew_too_large_is_begun_anew_and_nothing_is_lost(
    lab: Lab, line: LinkedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    monkeypatch.setattr(lines, "LARGE", 1)
    await anna.send_text(shop, "0")
    await line.channel.check(line.line)
    for number in range(1, 10):
        await anna.send_text(shop, str(number))
    await line.until(lambda: len(told_once(line)) == 10)
    assert told_once(line) == [str(number) for number in range(10)]
    await until(lambda: starts(line) == 2 and line.states[-1].state is State.CONNECTED)
    assert not any(
        told.reason for told in line.states if told.state is State.CONNECTING and "try" in (told.reason or "")
    )


@asynccontextmanager
async def standing_still(line: LinkedLine) -> AsyncIterator[None]:
    """While the block lasts, the process of the line does nothing."""
    child = line.channel._lines["acc_1"]._keeper._child
    assert child is not None
    assert child.pid is not None
    pid = child.pid
    os.kill(pid, signal.SIGSTOP)
    await asyncio.to_thread(os.waitid, os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    yield
    os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("ends", ["check", "disconnect"])
async def test_what_is_being_sent_is_sent_before_the_process_ends(
    lab: Lab, line: LinkedLine, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr(lines, "LARGE", 1)
    monkeypatch.setattr(lines, "LAST_ANSWERS", IN_TIME)
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    kept = line.channel._lines["acc_1"]
    async with standing_still(line):
        sending = asyncio.create_task(line.send(ANNA, text="Halfway"))
        await until(lambda: bool(kept._under_way))
        ending = asyncio.create_task(getattr(line.channel, ends)(line.line))
        await until(lambda: not kept.connected)
        with pytest.raises(Retryable):  # what is new waits for the next run
            await line.send(ANNA, text="Not now")
    await ending
    assert (await sending).external_id == (await anna.next(seconds=IN_TIME)).id


async def test_a_file_that_cannot_be_brought_to_whatsapp_or_fetched_is_tried_again(
    lab: Lab, line: LinkedLine, tmp_path: Path
) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # it never listens, and while it has the port nobody else does
        object.__setattr__(lab._queries._parts, "host", f"127.0.0.1:{nobody.getsockname()[1]}")
        price_list = tmp_path / "prices.pdf"
        price_list.write_bytes(b"%PDF-1.4 prices")
        file = MediaFile(price_list, "application/pdf", 15, "prices.pdf")
        with pytest.raises(Retryable, match="could not be reached"):  # and not in doubt: nothing went out
            await line.send(ANNA, "document", media=file)
        await anna.send_file(shop, "image", b"a picture", About("image/jpeg"))
        media = (await line.inbound()).media
        assert media is not None
        with pytest.raises(Retryable, match="could not be reached"):
            await line.channel.fetch(line.line, media, tmp_path / "file", limit=1 << 20)


async def test_a_library_that_hangs_at_the_end_is_left_and_costs_nothing(lab: Lab, tmp_path: Path) -> None:
    shop, anna = shop_and_anna(lab)
    async with linked(lab, tmp_path / "lines", program=HANGS_AT_THE_END) as line:
        await line.link(shop)
        await line.down()
        assert {"device.sealed", "running"} <= set(line.files)
        assert "device.db" not in line.files
    await anna.send_text(shop, "Are you back?")
    async with linked(lab, tmp_path / "lines") as again:
        await again.connect()
        assert (await again.inbound()).text == "Are you back?"
        await again.send(ANNA, text="Yes")
        assert (await anna.next(seconds=IN_TIME)).text == "Yes"


async def test_a_full_disk_is_told_and_nothing_is_lost_while_the_line_runs(lab: Lab, tmp_path: Path) -> None:
    async with linked(lab, tmp_path / "lines", program=ON_A_DISK_THAT_FILLS) as line:
        shop, anna = shop_and_anna(lab)
        await line.link(shop)
        full = line.folder / "acc_1" / "full"
        full.touch()
        await anna.send_text(shop, "Without a place")
        assert (await line.reason("disk of this machine is full")).state is State.CONNECTED
        assert (await line.inbound()).text == "Without a place"
        before = len(line.states)
        full.unlink()
        await anna.send_text(shop, "With a place")
        assert (await line.inbound()).text == "With a place"
        assert (await line.state(State.CONNECTED, after=before)).reason is None
        assert sum("disk" in (told.reason or "") for told in line.states) == 1
        await line.send(ANNA, text="Here")
        assert (await anna.next(seconds=IN_TIME)).text == "Here"
