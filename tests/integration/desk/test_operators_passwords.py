"""Another password, and what happens to those who come in meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from frontdesk.desk import passwords
from frontdesk.desk.errors import Conflict, Invalid
from frontdesk.desk.operators import Operators, TooManyTries, WrongSignIn
from frontdesk.kit.vault import Vault
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import fresh_store

PASSWORD = "a quiet blue harbour"
ANOTHER = "a grey stone bridge"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "LOG2_N", 8)


@pytest.fixture
async def operators(tmp_path: Path) -> AsyncIterator[Operators]:
    async with fresh_store(tmp_path) as store:
        operators = Operators(store, FrozenClock(), Vault("k" * 32))
        await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
        yield operators


@contextmanager
def slow_hashing() -> Iterator[None]:
    """Nothing is hashed until the block ends."""
    going_on = Event()
    for _ in range(2):
        passwords._THREADS.submit(going_on.wait)
    try:
        yield
    finally:
        going_on.set()


async def _disable(operators: Operators, operator_id: str) -> None:
    await operators.change(operator_id, disabled=True)


async def _forget(operators: Operators, operator_id: str) -> None:
    await operators.invite(operator_id, forget_password=True)


@pytest.mark.parametrize("end", [_disable, _forget])
async def test_who_was_shut_out_while_the_password_was_looked_at_stays_out(
    operators: Operators, end: Callable[[Operators, str], Awaitable[None]]
) -> None:
    rui = await operators.add("rui", name="Rui", role="viewer", password=PASSWORD)
    with slow_hashing():
        coming_in = asyncio.create_task(operators.sign_in("rui", PASSWORD, address="::1"))
        await until(lambda: passwords._THREADS._work_queue.qsize() == 1)
        await end(operators, rui.id)
    with pytest.raises(WrongSignIn):
        await coming_in
    assert await operators.sign_ins(rui.id) == 0


async def test_the_brake_on_guesses_of_the_old_password_holds_side_by_side(operators: Operators) -> None:
    ana = (await operators.all())[0]
    guesses = (operators.change_password(ana.id, f"a wrong guess {number}", ANOTHER) for number in range(12))
    refused = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(each, WrongSignIn) for each in refused) == 5
    assert sum(isinstance(each, TooManyTries) for each in refused) == 7


@pytest.mark.parametrize("new", [PASSWORD, "short", "aaaaaaaaaaaa", "x" * 1_001])
async def test_a_new_password_that_cannot_be_one_is_refused_and_the_old_one_stays(
    operators: Operators, new: str
) -> None:
    ana, here = (await operators.all())[0], await operators.sign_in("ana", PASSWORD, address="::1")
    with pytest.raises(Invalid):
        await operators.change_password(ana.id, PASSWORD, new)
    assert await operators.signed_in(here.token) is not None
    await operators.sign_in("ana", PASSWORD, address="::1")


async def test_who_has_no_password_yet_is_told_to_set_one(operators: Operators) -> None:
    rui = await operators.add("rui", name="Rui", role="viewer")
    with pytest.raises(Conflict):
        await operators.change_password(rui.id, "", ANOTHER)


async def test_signing_out_elsewhere_leaves_this_browser_and_others_people(operators: Operators) -> None:
    ana, rui = (await operators.all())[0], await operators.add("rui", name="Rui", role="viewer", password=PASSWORD)
    here, there = [await operators.sign_in("ana", PASSWORD, address="::1") for _ in range(2)]
    other = await operators.sign_in("rui", PASSWORD, address="::1")
    link = await operators.invite(ana.id)
    assert (await operators.sign_ins(ana.id), await operators.sign_ins(rui.id)) == (2, 1)
    await operators.sign_out_elsewhere(ana.id, keep=here.token)
    assert [await operators.holds(each.token) for each in (here, there, other)] == [True, False, True]
    assert not await operators.link_good(link)
