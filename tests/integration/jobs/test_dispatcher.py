"""The dispatcher: sends what is due, the most urgent first, once, and again what the broker forgot."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from frontdesk.domain.work import KINDS, Deliver, HandBack, Job, ReadUp, RunTurn
from frontdesk.jobs import queue
from frontdesk.jobs.claims import Claims
from frontdesk.jobs.dispatcher import AT_MOST, FORGOTTEN, LOOK, SURELY_FORGOTTEN, Dispatcher
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.publisher import BrokerAway
from frontdesk.kit.clock import SECOND
from frontdesk.store import jobs
from frontdesk.store.rows import JobRow
from frontdesk.store.sending import Letter
from frontdesk.store.store import Store
from frontdesk.store.tables import jobs as table
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes
REST = tuple(kind for kind in KINDS if kind != "turn")


class Twin:
    """A broker that keeps what it is given, unless it is away."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.away = False
        self.held = 0

    async def publish(self, letters: Sequence[Letter]) -> None:
        if self.away:
            raise BrokerAway
        self.letters += letters

    async def holds(self) -> int:
        if self.away:
            raise BrokerAway
        return self.held


class WakeUps:
    """Wake-ups from other processes, made by hand."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[int] = asyncio.Queue()

    async def wait(self, seconds: float, /) -> int | None:
        return await self.told.get()


@dataclass
class Scene:
    """A dispatcher on a table of its own."""

    store: Store
    clock: FrozenClock = field(default_factory=FrozenClock)
    broker: Twin = field(default_factory=Twin)
    wake_ups: WakeUps = field(default_factory=WakeUps)
    lanes: tuple[Lane, ...] = field(default_factory=lambda: (Lane(("turn",), 10), Lane(REST, 10)))
    direct: list[int] = field(default_factory=list)
    here: list[Letter] = field(default_factory=list)
    dispatcher: Any = None
    looks: int = 0

    def start(self) -> "Scene":
        self.dispatcher = Dispatcher(
            self.store, self.clock, lanes=self.lanes, broker=self.broker, wake_ups=self.wake_ups, direct=self._direct,
            take=self.here.append,
        )  # fmt: skip
        look = self.dispatcher._round

        async def counted() -> int:
            again: int = await look()
            self.looks += 1
            return again

        self.dispatcher._round = counted
        self.dispatcher.start()
        return self

    async def _direct(self) -> int:
        self.direct.append(self.clock.now())
        return 0

    async def add(self, *work: Job, due: int | None = None) -> None:
        async with self.store.begin(shared=True) as tx:
            await queue.enqueue_all(tx, work, now=self.clock.now(), due=due)

    async def rows(self) -> list[JobRow]:
        async with self.store.read() as read:
            return await read.all(select(table).order_by(table.c.id), JobRow)

    async def rests(self) -> None:
        await until(lambda: self.dispatcher._rest.asleep_until > self.clock.now())

    async def passes(self, milliseconds: int) -> None:
        """Time, with a whole look at the end of it."""
        await self.rests()
        self.clock.advance(milliseconds)
        for _ in range(2):  # the first may have begun before
            ended = self.looks + 1
            self.dispatcher.look()
            await until(partial(self._has_looked, ended))
        await self.rests()

    def _has_looked(self, times: int) -> bool:
        return self.looks >= times

    async def sent(self, count: int) -> list[str]:
        await until(lambda: len(self.broker.letters) >= count)
        await self.rests()
        return [letter.kind for letter in self.broker.letters]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with fresh_store(tmp_path) as store:
        scene = Scene(store)
        yield scene
        if scene.dispatcher is not None:
            await scene.dispatcher.close()


async def test_what_is_due_is_sent_once_the_most_urgent_first(scene: Scene) -> None:
    await scene.add(ReadUp("a"), RunTurn("a"), HandBack("a"), Deliver("a"))
    await scene.add(RunTurn("later"), due=scene.clock.now() + 60 * SECOND)
    scene.start()
    assert await scene.sent(4) == ["hand_back", "deliver", "turn", "read_up"]
    await scene.passes(LOOK)
    assert len(scene.broker.letters) == 4
    letter = scene.broker.letters[0]
    assert (letter.queue, letter.priority, letter.sends) == ("state", 8, 1)


async def test_what_becomes_due_is_sent_at_its_moment(scene: Scene) -> None:
    await scene.add(RunTurn("a"), due=scene.clock.now() + 300)
    scene.start()
    await scene.rests()
    scene.clock.advance(299)
    await scene.rests()
    assert scene.broker.letters == []
    scene.clock.advance(1)
    assert await scene.sent(1) == ["turn"]


async def test_a_wake_up_from_another_process_is_heard(scene: Scene) -> None:
    scene.start()
    await scene.rests()
    await scene.add(RunTurn("a"))
    scene.wake_ups.told.put_nowait(scene.clock.now())
    assert await scene.sent(1) == ["turn"]


async def test_without_any_wake_up_work_is_found_within_a_second_or_so(scene: Scene) -> None:
    scene.start()
    await scene.rests()
    await scene.add(RunTurn("a"))
    scene.clock.advance(1_200)
    assert await scene.sent(1) == ["turn"]


async def test_two_dispatchers_never_send_the_same(scene: Scene) -> None:
    other = Scene(scene.store, scene.clock, scene.broker)
    await scene.add(*(RunTurn(f"{n}") for n in range(20)))
    scene.start()
    other.start()
    await scene.sent(20)
    await other.rests()
    assert len({letter.id for letter in scene.broker.letters}) == len(scene.broker.letters) == 20
    await other.dispatcher.close()


async def test_the_broker_gets_no_more_than_there_are_places_soon_and_the_backlog_stays(scene: Scene) -> None:
    await scene.add(*(RunTurn(f"{n}") for n in range(50)))
    await scene.add(Deliver("a"))
    scene.start()
    assert await scene.sent(21) == ["deliver", *["turn"] * 20]
    await scene.passes(SECOND // 10)
    assert len(scene.broker.letters) == 21
    claimed = [await Claims(scene.store, scene.clock, lambda: "w").take(row.id) for row in scene.broker.letters[1:6]]
    assert all(claimed)
    await scene.passes(SECOND // 10)
    assert len(scene.broker.letters) == 26
    scene.lanes[0].taken = 10
    await scene.passes(SECOND // 10)
    assert len(scene.broker.letters) == 26


async def test_however_many_places_there_are_the_broker_holds_only_so_much_of_a_lane(scene: Scene) -> None:
    scene.lanes = (Lane(tuple(KINDS), 100_000),)
    await scene.add(*(RunTurn(f"{n}") for n in range(AT_MOST + 10)))
    scene.start()
    await scene.sent(AT_MOST)
    assert len(scene.broker.letters) == AT_MOST


async def test_a_locked_out_one_is_sent_when_its_like_has_ended(scene: Scene) -> None:
    await scene.add(RunTurn("a"))
    (first,) = await scene.rows()
    row = await Claims(scene.store, scene.clock, lambda: "w").take(first.id)
    assert row is not None
    await scene.add(RunTurn("a"))
    scene.start()
    await scene.passes(LOOK)
    assert scene.broker.letters == []
    async with scene.store.begin(shared=True) as tx:
        await jobs.done(tx, row)
    scene.dispatcher.look()
    assert await scene.sent(1) == ["turn"]


async def test_what_the_broker_forgot_is_sent_again_later_each_time(scene: Scene) -> None:
    await scene.add(RunTurn("a"))
    scene.broker.held = 1  # it may be that one
    scene.start()
    await scene.sent(1)
    for silence, sends in ((FORGOTTEN, 2), (20 * SECOND, 3), (40 * SECOND, 4)):
        await scene.passes(silence - 1)
        assert len(scene.broker.letters) == sends - 1
        await scene.passes(LOOK)
        assert [letter.sends for letter in scene.broker.letters] == list(range(1, sends + 1))


async def test_where_the_broker_holds_nothing_and_places_are_free_it_is_sent_again_soon(scene: Scene) -> None:
    await scene.add(RunTurn("a"))
    scene.start()
    await scene.sent(1)
    for times, sends in ((1, 2), (2, 3), (4, 4)):
        await scene.passes(times * SURELY_FORGOTTEN - 1)
        assert len(scene.broker.letters) == sends - 1
        await scene.passes(LOOK)
        assert [letter.sends for letter in scene.broker.letters] == list(range(1, sends + 1))


async def test_what_the_broker_forgets_again_and_again_is_done_here(scene: Scene) -> None:
    await scene.add(RunTurn("a"))
    scene.start()
    await scene.sent(1)
    for silence in (10, 20, 40, 80):
        await scene.passes(silence * SECOND)
    assert ([letter.sends for letter in scene.broker.letters], [letter.sends for letter in scene.here]) == (
        [1, 2, 3, 4], [5],
    )  # fmt: skip


async def test_without_a_broker_work_is_done_here_and_nothing_counts_as_sent(scene: Scene) -> None:
    scene.broker.away = True
    await scene.add(RunTurn("a"))
    scene.start()
    await until(lambda: bool(scene.direct))
    assert [row.sent_at for row in await scene.rows()] == [None]
    scene.broker.away = False
    await scene.passes(LOOK)
    assert await scene.sent(1) == ["turn"]
    assert not scene.dispatcher.away


async def test_a_turn_that_is_moved_while_its_letter_is_under_way_is_sent_at_its_new_moment(scene: Scene) -> None:
    await scene.add(RunTurn("a"))
    scene.start()
    await scene.sent(1)
    async with scene.store.begin(shared=True) as tx:
        await queue.enqueue(tx, RunTurn("a"), now=scene.clock.now(), due=scene.clock.now() + 500, move=True)
    await scene.passes(500)
    assert len(await scene.sent(2)) == 2
