"""Phones look the same after a restart."""

import asyncio
import threading
from pathlib import Path

import pytest

from frontdesk.channels.simulator.behaviour import CALM
from frontdesk.channels.simulator.memory import Memory, forget_in_file
from frontdesk.channels.simulator.people import Number, make_customer
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.kit.clock import SECOND
from frontdesk.testing.clock import FrozenClock, until

NUMBER = Number("1", "351210000100", "http://127.0.0.1:9/webhook")
ANA = make_customer("Ana", "+447700900123")


def new_standin(clock: FrozenClock) -> StandIn:
    standin = StandIn(clock, behaviour=CALM)
    standin.add_number(NUMBER)
    return standin


async def test_people_threads_and_windows_outlive_a_restart(tmp_path: Path) -> None:
    clock = FrozenClock()
    first = new_standin(clock)
    memory = Memory(first, tmp_path / "phones.json")
    assert not await memory.start()
    first.add_customer(ANA)
    bubble = first.write(first.thread(ANA.customer_id), "Olá \ud800")
    first.owner_says(first.thread(ANA.customer_id), "Hello")
    await memory.stop()

    second = new_standin(clock)
    memory = Memory(second, tmp_path / "phones.json")
    assert await memory.start()
    thread = second.thread(ANA.customer_id)
    assert thread.open_at(clock.now())
    assert [one.by_owner for one in thread.bubbles.values()] == [False, True]
    assert second.threads.locate(bubble.wamid) is not None
    assert "Send it again" in (thread.bubbles[bubble.wamid].note or "")
    await memory.stop()
    await first.stop()
    await second.stop()


async def test_who_is_forgotten_has_no_phone_any_more_and_is_in_no_file(tmp_path: Path) -> None:
    clock, path = FrozenClock(), tmp_path / "phones.json"
    standin = new_standin(clock)
    memory = Memory(standin, path)
    await memory.start()
    standin.add_customer(ANA)
    standin.add_customer(make_customer("Bea", "+447700900999"))
    bubble = standin.write(standin.thread(ANA.customer_id), "Forget me")
    standin.write(standin.thread("c447700900999"), "Not me")
    await memory.forget([Address(AddressKind.PHONE, ANA.phone)])
    assert ANA.customer_id not in standin.threads.customers
    assert standin.threads.locate(bubble.wamid) is None
    for _ in range(2):
        kept = path.read_text(encoding="utf-8")
        assert ("Not me" in kept, ANA.phone in kept, "Forget me" in kept) == (True, False, False)
        await memory.stop()
    forget_in_file(path, [Address(AddressKind.PHONE, "447700900999")])
    assert "Not me" not in path.read_text(encoding="utf-8")
    await standin.stop()


async def test_change_is_kept_soon_without_a_stop(tmp_path: Path) -> None:
    clock, path = FrozenClock(), tmp_path / "phones.json"
    standin = new_standin(clock)
    memory = Memory(standin, path)
    await memory.start()
    standin.add_customer(ANA)
    standin.write(standin.thread(ANA.customer_id), "Kept")

    def kept() -> bool:
        clock.advance(2 * SECOND)
        return path.exists() and "Kept" in path.read_text(encoding="utf-8")

    await until(kept)
    assert path.stat().st_mode & 0o777 == 0o600
    await memory.stop()
    await standin.stop()


async def test_last_write_comes_behind_one_that_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, path = FrozenClock(), tmp_path / "phones.json"
    standin = new_standin(clock)
    memory = Memory(standin, path)
    write, go, told = memory._replace, threading.Event(), list[str]()

    def slow(text: str) -> None:
        told.append("begun")
        assert go.wait(10)
        write(text)
        told.append("done")

    def begun() -> bool:
        clock.advance(2 * SECOND)
        return bool(told)

    monkeypatch.setattr(memory, "_replace", slow)
    await memory.start()
    standin.add_customer(ANA)
    await until(begun)
    stopping = asyncio.create_task(memory.stop())
    for _ in range(20):
        await asyncio.sleep(0)
    go.set()
    await stopping
    assert told == ["begun", "done", "begun", "done"]
    await standin.stop()


async def test_damaged_memory_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "phones.json"
    path.write_text("{", encoding="utf-8")
    standin = new_standin(FrozenClock())
    memory = Memory(standin, path)
    assert not await memory.start()
    await memory.stop()
    await standin.stop()


async def test_thread_of_nobody_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "phones.json"
    path.write_text('{"format": 1, "customers": [{"name": "x"}], "threads": [{"customer_id": "c1"}, 5]}')
    standin = new_standin(FrozenClock())
    memory = Memory(standin, path)
    assert await memory.start()
    assert standin.threads.all_threads() == ()
    await memory.stop()
    await standin.stop()
