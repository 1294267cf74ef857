"""`frontdesk serve` with linked lines, killed and ended: nothing is lost, nothing is stored twice, nobody is answered
twice, and no process of a line outlives it."""

import asyncio
import time
from pathlib import Path

import linked_fixtures
import psutil

from bench.linked import linked, soak
from bench.linked_house import LinkedHouse, customers, linked_house, question, quiet, replies
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Account, Lab, Phone

lab = linked_fixtures.lab

KILLS, CUSTOMERS, LINES = 2, 30, 12
AT_MOST_EACH = 6  # messages of a customer: many more would look like a machine that talks to us


def processes(house: LinkedHouse) -> dict[str, psutil.Process]:
    """The processes of the lines by the account that each is for."""
    assert house.program.child is not None
    children = psutil.Process(house.program.child.pid).children()
    commands = {child: child.cmdline() for child in children}
    return {
        Path(argument).name: child
        for child, command in commands.items()
        if "frontdesk.channels.linked.program" in command
        for argument in command
        if "/lines/linked/" in argument
    }


async def gone(children: dict[str, psutil.Process]) -> None:
    """Wait until none of these processes is there any more."""
    await until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children.values()))


async def write_on(phones: list[Phone], shop: Account, sent: list[str], over: asyncio.Event) -> None:
    """Each customer writes in turn, with a tag of its own in each message, until it is over."""
    while not over.is_set() and len(sent) < AT_MOST_EACH * len(phones):
        number = len(sent)
        sent.append((await phones[number % len(phones)].send_text(shop, question(number, len(phones)))).id)
        await asyncio.sleep(0.08)


async def test_killed_while_customers_write_it_loses_nothing_and_answers_nobody_twice(tmp_path: Path) -> None:
    async with linked_house(tmp_path) as house:
        shop = house.lab.add_account("351210000100", "Shop")
        account_id, device = await house.link(shop)
        phones, sent, over = customers(house.lab, CUSTOMERS), list[str](), asyncio.Event()
        writing = asyncio.create_task(write_on(phones, shop, sent, over))
        for _ in range(KILLS):
            enough = len(sent) + 10
            await until(lambda enough=enough: len(sent) >= enough)  # type: ignore[misc]
            orphans = processes(house)
            assert list(orphans) == [account_id]
            await house.program.kill()
            await house.program.start()
            await gone(orphans)
            await house.connected(account_id)
        over.set()
        await writing
        await until(lambda: not set(sent) - house.inbound().keys())
        ledger = await quiet(house)
        assert house.inbound() == dict.fromkeys(sent, 1)
        assert ledger["balanced"], ledger
        await until(lambda: all_arrived(house, phones))
        assert set(replies(phones).values()) == {1}
        assert device.waiting == []


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
        await house.connected(*lines)
        after = processes(house)
        assert {account_id: after[account_id].pid for account_id in others} == {
            account_id: before[account_id].pid for account_id in others
        }
        assert after[struck].pid != before[struck].pid

        began = time.monotonic()
        assert await house.program.stop() == 0
        assert time.monotonic() - began < 20
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
