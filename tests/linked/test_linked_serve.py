"""`frontdesk serve` with linked lines, killed and ended: nothing is lost, nothing is stored twice, nobody is answered
twice, and no process of a line outlives it."""

import asyncio
from contextlib import suppress
from pathlib import Path

import linked_fixtures
import psutil

from bench.linked import linked, soak
from bench.linked_house import LinkedHouse, customers, linked_house, question, quiet, replies
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Account, Device, Lab, Phone

lab = linked_fixtures.lab

KILLS, CUSTOMERS, LINES = 2, 30, 12
SYSTEMD = 90  # seconds that it waits for a service to end; twelve stuck lines, one after the other, would take longer
BETWEEN, AHEAD = 10, 20  # messages that the line takes between two kills, and that wait for it at most


def processes(house: LinkedHouse) -> dict[str, psutil.Process]:
    """The processes of the lines by the account that each is for."""
    assert house.program.child is not None
    found = dict[str, psutil.Process]()
    for child in psutil.Process(house.program.child.pid).children():
        with suppress(psutil.NoSuchProcess):  # it ended in this moment
            if "frontdesk.channels.linked.program" in (command := child.cmdline()):
                found |= {Path(argument).name: child for argument in command if "/lines/linked/" in argument}
    return found


async def gone(children: dict[str, psutil.Process]) -> None:
    """Wait until none of these processes is there any more."""
    await until(lambda: not any(map(is_there, children.values())))


def is_there(child: psutil.Process) -> bool:
    """Whether the process runs. It may end while that is looked at."""
    with suppress(psutil.NoSuchProcess):
        return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    return False


async def write_on(phones: list[Phone], device: Device, sent: list[str], over: asyncio.Event) -> None:
    """The customers write in turn, with a tag of its own in each message, until it is over.

    They are ahead of the line by so much at most: however long a start takes, nobody writes like a machine.
    """
    while not over.is_set():
        if len(device.waiting) < AHEAD:
            phone, asked = phones[len(sent) % len(phones)], question(len(sent), len(phones))
            sent.append((await phone.send_text(device.account, asked)).id)
        await asyncio.sleep(0.02)


async def test_killed_while_customers_write_it_loses_nothing_and_answers_nobody_twice(tmp_path: Path) -> None:
    async with linked_house(tmp_path) as house:
        account_id, device = await house.link(house.lab.add_account("351210000100", "Shop"))
        phones, sent, over = customers(house.lab, CUSTOMERS), list[str](), asyncio.Event()
        writing = asyncio.create_task(write_on(phones, device, sent, over))
        for _ in range(KILLS):
            await until(lambda: list(processes(house)) == [account_id])
            await takes_more(device)
            orphans = processes(house)
            await house.program.kill()
            await house.program.start()
            await gone(orphans)
        await takes_more(device)
        over.set()
        await writing
        await until(lambda: not set(sent) - house.inbound().keys())
        ledger = await quiet(house)
        assert house.inbound() == dict.fromkeys(sent, 1)
        assert ledger["balanced"], ledger
        await until(lambda: all_arrived(house, phones))
        assert set(replies(phones).values()) == {1}
        await until(lambda: device.waiting == [])


async def takes_more(device: Device) -> None:
    """Wait until the line takes so many messages more."""
    enough = len(device.acknowledged) + BETWEEN
    await until(lambda: len(device.acknowledged) >= enough)


def all_arrived(house: LinkedHouse, phones: list[Phone]) -> bool:
    """Whether every reply that the database counts as sent has arrived on a phone."""
    sent = house.rows("SELECT count(*) FROM messages WHERE direction = 'outbound' AND status IN ('sent', 'delivered')")
    return sum(replies(phones).values()) >= int(sent[0][0])


async def test_dropped_again_and_again_it_loses_nothing_and_answers_nobody_twice(tmp_path: Path) -> None:
    async with linked_house(tmp_path) as house:
        outcome = await soak(await linked(house, 1), seconds=4, drops=4)
    assert outcome.clean, outcome
    assert (outcome.drops, len(outcome.sent)) == (4, 36)


async def test_twelve_lines_are_linked_answer_stand_apart_end_in_time_and_come_back(tmp_path: Path) -> None:
    async with linked_house(tmp_path) as house:
        shops = [house.lab.add_account(f"3512100001{number:02}", f"Shop {number}") for number in range(LINES)]
        made = await asyncio.gather(*(house.link(shop) for shop in shops))
        lines = dict(zip((account_id for account_id, _ in made), shops, strict=True))
        await all_answer(house.lab, lines, first=0)

        before = processes(house)
        assert before.keys() == lines.keys()
        struck = next(iter(lines))
        before[struck].kill()
        others = {account_id: shop for account_id, shop in lines.items() if account_id != struck}
        await all_answer(house.lab, others, first=100)
        await until(lambda: struck in processes(house) and processes(house)[struck].pid != before[struck].pid)
        await house.connected(*lines)
        after = processes(house)
        assert {account_id: after[account_id].pid for account_id in others} == {
            account_id: before[account_id].pid for account_id in others
        }

        assert await house.program.stop(seconds=SYSTEMD) == 0
        await gone(after)

        await house.program.start()
        await house.connected(*lines)
        await all_answer(house.lab, lines, first=200)


async def all_answer(lab: Lab, lines: dict[str, Account], *, first: int) -> None:
    """Somebody new writes to each line, and is answered."""
    phones = customers(lab, len(lines), first=first)
    for number, (phone, shop) in enumerate(zip(phones, lines.values(), strict=True)):
        await phone.send_text(shop, f"#{first + number:06d} hello")
    answers = await asyncio.gather(*(phone.next(seconds=30) for phone in phones))
    assert [answer.text for answer in answers] == [f"Noted, #{first + number:06d}." for number in range(len(phones))]
