"""A linked line that cannot start says why, tries again ever later, and holds up nothing else."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import ANNA, LinkedLine, linked, shop_and_anna

from frontdesk.channels.linked import ownership
from frontdesk.channels.linked.relay import Arrivals, Relay
from frontdesk.domain.accounts import State
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.lab import Lab

lab, line = linked_fixtures.lab, linked_fixtures.line

IMPATIENT = (  # the usual program, for which a device that is held is not worth waiting
    sys.executable,
    "-c",
    "import sys; from frontdesk.channels.linked import program; program.OWNER_PATIENCE = 0.2; sys.exit(program.main())",
)
NO_ROOM = (  # the usual program on a disk that is full from the start
    sys.executable,
    "-c",
    "import os, sys\n"
    "from frontdesk.channels.linked import program, spool\n"
    "def refuse(*_): raise OSError(28, os.strerror(28))\n"
    "spool.Spool._begin = refuse\n"
    "sys.exit(program.main())",
)


def starts(line: LinkedLine) -> int:
    """How often the process of the line was started."""
    return line.channel._lines["acc_1"]._keeper.starts


async def test_whatsapp_that_cannot_be_reached_is_tried_again_ever_later(lab: Lab, tmp_path: Path) -> None:
    clock = FrozenClock()
    async with linked(lab, tmp_path / "lines", clock=clock) as line:
        await line.link(shop_and_anna(lab)[0])
        await line.down()
        await lab.go_away()
        await line.connect()
        for tries in range(1, 4):
            await until(lambda: bool(clock._sleepers))
            assert (starts(line), len(waits(line))) == (tries, tries)
            clock.advance(1000)  # the longest pause of the lines of tests
        assert all("WhatsApp cannot be reached. Check the internet connection" in told for told in waits(line))
        await until(lambda: bool(clock._sleepers))
        await lab.come_back()
        before = len(line.states)
        await line.connect()  # whoever presses Connect need not wait
        await line.state(State.CONNECTED, after=before)


def waits(line: LinkedLine) -> list[str]:
    """The reasons for which the line waits for its next try."""
    return [told.reason for told in line.states if told.reason and "Next try" in told.reason]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_does_not_answer_is_named(lab: Lab, tmp_path: Path, scheme: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # it never listens, and while it has the port nobody else does
        proxy = f"{scheme}://127.0.0.1:{nobody.getsockname()[1]}"
        async with linked(lab, tmp_path / "lines", proxy=proxy) as line:
            await line.connect()
            assert (await line.reason("by the proxy of this line")).state is State.CONNECTING


async def test_a_proxy_that_works_is_used(lab: Lab, tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []

    def reach(place: tuple[str, int]) -> socket.socket:
        asked.append(place)
        return socket.create_connection(place)

    shop, anna = shop_and_anna(lab)
    async with linked(lab, tmp_path / "lines", proxy=Relay(Arrivals(), reach).open()) as line:
        await line.link(shop)
        await anna.send_text(shop, "By the proxy")
        assert (await line.inbound()).text == "By the proxy"
    assert asked[0] == ("127.0.0.1", lab.port)


async def test_a_connection_that_is_not_trusted_points_to_the_clock(lab: Lab, tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.pem"
    nobody.write_text("")
    async with linked(lab, tmp_path / "lines", environment={"SSL_CERT_FILE": str(nobody)}) as line:
        await line.connect()
        assert "Check the clock of this machine" in ((await line.reason("not trusted")).reason or "")


async def test_without_the_library_the_line_points_to_doctor(lab: Lab, tmp_path: Path) -> None:
    async with linked(lab, tmp_path / "lines", environment=without_the_library(tmp_path)) as line:
        await line.connect()
        told = await line.state(State.ACTION_REQUIRED)
        assert "frontdesk doctor" in (told.reason or "")
        await until(lambda: not line.channel._lines["acc_1"].running)
        assert starts(line) == 1


def without_the_library(folder: Path) -> dict[str, str]:
    """An environment in which the library of linked devices is there and cannot be loaded."""
    broken = folder / "broken" / "neonize"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libc.so: wrong kind of machine')\n")
    return {"PYTHONPATH": str(broken.parent)}


async def test_a_device_that_another_program_holds_is_left_alone(lab: Lab, tmp_path: Path) -> None:
    shop, anna = shop_and_anna(lab)
    async with linked(lab, tmp_path / "lines") as first, linked(lab, tmp_path / "lines", program=IMPATIENT) as second:
        await first.link(shop)
        await second.connect()
        told = await second.reason("Another program holds this line")
        assert told.state is State.CONNECTING
        await second.down()
        await anna.send_text(shop, "Still with the first")
        assert (await first.inbound()).text == "Still with the first"
        await first.send(ANNA, text="Yes")
        assert (await anna.next()).text == "Yes"
        assert first.states[-1].state is State.CONNECTED


async def test_a_program_that_is_still_ending_is_waited_for(lab: Lab, line: LinkedLine) -> None:
    await line.link(shop_and_anna(lab)[0])
    await line.down()
    held = ownership.take(line.folder / "acc_1")
    assert held is not None
    before = len(line.states)
    await line.connect()
    assert not line.channel._lines["acc_1"].running
    held.close()
    await line.state(State.CONNECTED, after=before)
    assert starts(line) == 1


async def test_a_full_disk_at_the_start_is_told(lab: Lab, tmp_path: Path) -> None:
    async with linked(lab, tmp_path / "lines", program=NO_ROOM) as line:
        await line.connect()
        assert (await line.reason("disk of this machine is full")).state is State.CONNECTING


async def test_a_folder_that_cannot_be_used_is_told_and_tried_again(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("A file is in the way.")
    async with linked(lab, tmp_path / "lines") as line:
        await line.connect()
        told = await line.reason("The folder of this line cannot be used")
        assert (told.state, "Next try in" in (told.reason or "")) == (State.CONNECTING, True)
        (tmp_path / "lines").unlink()
        await line.state(State.QR_PENDING)


@asynccontextmanager
async def _two(lab: Lab, folder: Path) -> AsyncIterator[tuple[LinkedLine, LinkedLine]]:
    async with linked(lab, folder / "good") as good, linked(lab, folder / "bad", program=("/no/such/program",)) as bad:
        yield good, bad


async def test_a_line_that_cannot_start_costs_no_other(lab: Lab, tmp_path: Path) -> None:
    shop, anna = shop_and_anna(lab)
    async with _two(lab, tmp_path) as (good, bad):
        await asyncio.gather(good.link(shop), bad.connect())
        assert "cannot be started" in ((await bad.reason("cannot be started")).reason or "")
        await anna.send_text(shop, "All well?")
        assert (await good.inbound()).text == "All well?"
