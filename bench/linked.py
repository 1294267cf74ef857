"""Linked devices: the real library in processes of `frontdesk serve`, against the lab on the same machine.

    python -m bench.linked [--soak 60] [--drops 30]

The lab and its scripted phones run in the process that measures, and use the same processors. The model answers at
once, within the program.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench import programs
from bench.linked_house import LinkedHouse, customers, last_tags, linked_house, question, quiet, replies
from bench.report import Figure, median, percentile, say, show
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Account, Device, Phone

COMMAND = "python -m bench.linked"
MESSAGES, LINES, ANSWERED, CODES = 1_000, 20, 60, 5
PATIENCE = 120.0  # seconds
AT_MOST_EACH = 6  # messages of a customer: many more look like two machines that talk


@dataclass
class Line:
    """A line that is linked."""

    house: LinkedHouse
    account_id: str
    shop: Account
    device: Device

    def process(self) -> psutil.Process:
        """The process that holds the device."""
        assert self.house.program.child is not None
        children = psutil.Process(self.house.program.child.pid).children()
        return next(child for child in children if any(self.account_id in part for part in child.cmdline()))


@dataclass
class Soak:
    """What was left of a time of drops."""

    sent: list[str] = field(default_factory=list)
    drops: int = 0
    lost: int = 0
    doubled: int = 0
    answers: int = 0
    answered_twice: int = 0
    unanswered: int = 0  # customers whose last message got no answer
    balanced: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled or miscounted."""
        return not (self.lost or self.doubled or self.answered_twice or self.unanswered) and self.balanced


async def linked(house: LinkedHouse, number: int) -> Line:
    """One more line."""
    shop = house.lab.add_account(f"35121{number:07}", f"Shop {number}")
    account_id, device = await house.link(shop)
    return Line(house, account_id, shop, device)


async def codes(house: LinkedHouse) -> list[float]:
    """Seconds from the wish to connect to the first code, of several lines one after the other."""
    waits = []
    for number in range(CODES):
        made = await house.client.post("/api/v1/accounts", json={"channel": "linked", "name": f"Code {number}"})
        account_id = made.json()["id"]
        began = time.perf_counter()
        await house.client.post(f"/api/v1/accounts/{account_id}/connect")
        await until(lambda account_id=account_id: house.shows_code(account_id), seconds=PATIENCE)  # type: ignore[misc]
        waits.append(time.perf_counter() - began)
        await house.client.post(f"/api/v1/accounts/{account_id}/disconnect")
        await house.client.delete(f"/api/v1/accounts/{account_id}")
    return waits


async def answers(line: Line) -> list[float]:
    """Seconds from a message on the lab to its answer, decrypted on the phone of who wrote; one after the other."""
    waits = []
    for number, phone in enumerate(customers(line.house.lab, ANSWERED + 3, first=10_000)):
        began = time.perf_counter()
        await phone.send_text(line.shop, f"#{number:06d} are you open?")
        answer = await phone.next(seconds=PATIENCE)
        assert answer.text == f"Noted, #{number:06d}.", answer.text
        waits.append(time.perf_counter() - began)
    return waits[3:]


async def many(line: Line) -> tuple[float, bool]:
    """Seconds until a thousand messages that were held back are stored, and whether in the order of their writing."""
    lab, phones = line.house.lab, customers(line.house.lab, 10, first=20_000)
    for phone in phones:  # so that each is known
        await phone.send_text(line.shop, "Hello")
        await phone.next(seconds=PATIENCE)
    before = sum(line.house.inbound().values())
    lab.hold(line.device)
    sent = [(await phones[number % 10].send_text(line.shop, f"#{number:06d}")).id for number in range(MESSAGES)]
    began = time.perf_counter()
    releasing = asyncio.create_task(lab.release(line.device))
    await until(lambda: sum(line.house.inbound().values()) >= before + MESSAGES, seconds=PATIENCE)
    took = time.perf_counter() - began
    await releasing
    rows = line.house.rows("SELECT external_id FROM messages WHERE direction = 'inbound' ORDER BY rowid")
    stored = [str(external_id) for (external_id,) in rows]
    return took, [one for one in stored if one in set(sent)] == sent


async def restored(house: LinkedHouse, lines: Sequence[Line]) -> float:
    """Seconds from the start of the program until all lines stand again."""
    assert await house.program.stop() == 0
    began = time.perf_counter()
    await house.program.start()
    await house.connected(*(line.account_id for line in lines))
    return time.perf_counter() - began


async def soak(line: Line, *, seconds: float, drops: int) -> Soak:
    """Customers write while the connection is cut again and again."""
    outcome = Soak()
    count = max(2, int(seconds * 10 / AT_MOST_EACH))
    phones = customers(line.house.lab, count, first=30_000)
    writing = asyncio.create_task(_write(phones, line.shop, outcome.sent, pause=seconds / (count * AT_MOST_EACH)))
    for _ in range(drops):
        await asyncio.sleep(seconds / drops)
        await until(lambda: line.device.connection is not None, seconds=PATIENCE)
        line.house.lab.drop(line.device)
        outcome.drops += 1
    await writing
    await until(lambda: not set(outcome.sent) - line.house.inbound().keys(), seconds=PATIENCE)
    outcome.balanced = bool((await quiet(line.house))["balanced"])
    last = last_tags(len(outcome.sent), len(phones))
    with suppress(AssertionError):
        await until(lambda: last <= replies(phones).keys())
    stored, answered = line.house.inbound(), replies(phones)
    outcome.lost = len(set(outcome.sent) - stored.keys())
    outcome.doubled = sum(stored[one] > 1 for one in outcome.sent)
    outcome.unanswered = len(last - answered.keys())
    outcome.answers = sum(answered.values())
    outcome.answered_twice = sum(times > 1 for times in answered.values())
    return outcome


async def _write(phones: Sequence[Phone], shop: Account, sent: list[str], *, pause: float) -> None:
    for number in range(len(phones) * AT_MOST_EACH):
        phone = phones[number % len(phones)]
        sent.append((await phone.send_text(shop, question(number, len(phones)))).id)
        await asyncio.sleep(pause)


def memory(lines: Sequence[Line]) -> list[float]:
    """Megabytes of each process of a line: its own, and its share of what several use."""
    return [line.process().memory_full_info().pss / 2**20 for line in lines]


async def _alone(folder: Path) -> list[Figure]:
    async with linked_house(folder) as house:
        waits = await codes(house)
        say(f"start to code: median {median(waits):.2f} s, of {len(waits)}")
        line = await linked(house, 1)
        replied = [wait * 1000 for wait in await answers(line)]
        say(f"message to reply: median {median(replied):.0f} ms, p95 {percentile(replied, 0.95):.0f} ms")
        took, ordered = await many(line)
        held = memory([line])[0]
        say(f"1,000 stored in {took:.2f} s, {'in order' if ordered else 'OUT OF ORDER'}; then {held:.1f} MB")
    return [
        _figure("Linked line, start to code, median", f"{median(waits):.2f} s", "under 1 s", median(waits) < 1),
        _figure(
            "Linked line, message in to reply decrypted on the phone, with the guard of 100 ms, median",
            f"{median(replied):.0f} ms; p95 {percentile(replied, 0.95):.0f} ms",
            "under 400 ms",
            median(replied) < 400,
        ),
        _figure(
            "Linked line, 1,000 messages stored",
            f"{took:.2f} s, {'in order' if ordered else 'out of order'}",
            "under 10 s, in order",
            took < 10 and ordered,
        ),
        _figure("Linked line, memory alone after 1,000 messages", f"{held:.1f} MB", "under 60 MB", held < 60),
    ]


async def _together(folder: Path) -> list[Figure]:
    async with linked_house(folder) as house:
        lines = [await linked(house, number) for number in range(LINES)]
        took = await restored(house, lines)
        held = memory(lines)
        say(f"{LINES} lines restored in {took:.1f} s; {median(held):.1f} MB each")
    name = f"{LINES} linked lines"
    return [
        _figure(f"{name}, restored after the start of the program", f"{took:.1f} s", "within 15 s", took < 15),
        _figure(f"{name}, memory of each, median", f"{median(held):.1f} MB", "under 60 MB", median(held) < 60),
    ]


async def _dropped(folder: Path, *, seconds: float, drops: int) -> list[Figure]:
    async with linked_house(folder) as house:
        outcome = await soak(await linked(house, 1), seconds=seconds, drops=drops)
    ledger = "balances" if outcome.balanced else "does not balance"
    found = (
        f"{outcome.lost} lost, {outcome.doubled} stored twice, {outcome.answered_twice} answered twice, "
        f"{outcome.unanswered} left without, of {len(outcome.sent)}; ledger {ledger}"
    )
    say(f"{outcome.drops} drops: {found}; {outcome.answers} answers")
    name = f"Linked line, {seconds:.0f} s with {outcome.drops} forced drops of the connection"
    return [_figure(name, found, "none lost, none twice, balanced", outcome.clean)]


def _figure(name: str, value: str, target: str, reached: bool) -> Figure:
    return Figure(name, value, target, reached, COMMAND)


def figures(*, seconds: float = 60.0, drops: int = 30) -> list[Figure]:
    """All of it, each part with a program of its own."""
    parts: list[Callable[[Path], Awaitable[list[Figure]]]] = [
        _alone,
        _together,
        lambda folder: _dropped(folder, seconds=seconds, drops=drops),
    ]
    found: list[Figure] = []
    for part in parts:
        with programs.folder() as folder:
            found += asyncio.run(_run(part, folder))
    return found


async def _run(part: Callable[[Path], Awaitable[list[Figure]]], folder: Path) -> list[Figure]:
    return await part(folder)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soak", type=float, default=60.0, help="seconds")
    parser.add_argument("--drops", type=int, default=30)
    arguments = parser.parse_args()
    show(figures(seconds=arguments.soak, drops=arguments.drops))


if __name__ == "__main__":
    main()
