"""One run: a house, people, troubles, calm, and the judgement."""

import asyncio
import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from frontdesk.testing.chaos import judging, judging_secretary, plan
from frontdesk.testing.chaos.graph import Graph
from frontdesk.testing.chaos.houses import TARGETS, Embedded, House, Scaled
from frontdesk.testing.chaos.judging import World
from frontdesk.testing.chaos.model import Model
from frontdesk.testing.chaos.plan import Shape, Trouble
from frontdesk.testing.chaos.players import SENDERS, Meta, Operators, Town
from frontdesk.testing.chaos.secretary import Guests, Owner
from frontdesk.testing.chaos.throwing import Thrower, Timeline
from frontdesk.testing.processes import API_KEY

SETTLING = 75.0  # seconds that the house gets to come to rest: the sweep comes once a minute. See also plan.put_off
HOUSES: dict[Shape, type[House]] = {Shape.EMBEDDED: Embedded, Shape.SCALED: Scaled}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done."""

    shape: Shape
    seed: int
    seconds: float = plan.ROUND  # in which troubles begin
    people: int = 10
    each: int = 4  # texts of each person; fewer than what looks like two machines talking
    settling: float = SETTLING
    twice: bool = False  # each kind of trouble twice
    keep: bool = False  # the logs, also where all holds

    def __str__(self) -> str:
        return f"SEED={self.seed} {self.shape}"


@dataclass
class Outcome:
    """What came of it."""

    order: Order
    faults: list[str] = field(default_factory=list)
    timeline: Timeline = field(default_factory=Timeline)
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0  # from calm to rest
    logs: Path | None = None  # kept where something does not hold

    def told(self) -> str:
        """All that helps to find the cause."""
        lines = [f"{self.order}: {len(self.faults)} things do not hold.", *self.faults]
        return "\n".join([*lines, "", *self.timeline.lines, "", f"The logs are in {self.logs}."])


async def run(order: Order) -> Outcome:
    """Do it."""
    outcome = Outcome(order)
    folder = Path(tempfile.mkdtemp(prefix=f"frontdesk-chaos-{order.shape}-{order.seed}-"))
    outcome.timeline.note(str(order))
    try:
        async with AsyncExitStack() as stack:
            graph = Graph(random.Random(f"{order.seed} graph"))
            model = Model(random.Random(f"{order.seed} model"))
            graph_url = await stack.enter_async_context(graph.wires.serving())
            model_url = await stack.enter_async_context(model.wires.serving())
            owner = Owner(random.Random(f"{order.seed} owner"))
            owner_url = await stack.enter_async_context(owner.wires.serving())
            house = HOUSES[order.shape](folder, graph_url, model_url, owner_url)
            try:
                await _ordeal(outcome, house, (graph, model), owner)
            except Exception as broken:
                outcome.faults.append(f"the run broke: {''.join(traceback.format_exception(broken))}")
            finally:
                late = await asyncio.to_thread(house.close)
                outcome.faults += [f"{name} did not end within 25 seconds when asked" for name in late]
    finally:
        if outcome.faults or order.keep:
            outcome.logs = folder
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return outcome


async def _ordeal(outcome: Outcome, house: House, worlds: tuple[Graph, Model], owner: Owner) -> None:
    order, timeline, (graph, model) = outcome.order, outcome.timeline, worlds
    await asyncio.to_thread(house.open)
    await house.healthy()
    await house.furnish()
    meta = Meta(house.urls, random.Random(f"{order.seed} meta"))
    graph.told = meta.report
    town = Town(meta, random.Random(f"{order.seed} town"), order.people)
    operators = Operators(house.urls, API_KEY, random.Random(f"{order.seed} desk"), timeline.note)
    world = World(house, graph, meta, town, operators)
    guests = Guests(house.urls, API_KEY, random.Random(f"{order.seed} guests"), timeline.note)
    async with house.client as client:
        await guests.set_up(client)
    carriers = [asyncio.create_task(meta.run()) for _ in range(SENDERS)]
    try:
        thrower = Thrower(house, (graph, model), timeline, order.seed)
        troubles = plan.troubles(order.shape, order.seed, seconds=order.seconds, twice=order.twice)
        await asyncio.gather(_trouble(outcome, world, thrower, troubles), guests.work(seconds=order.seconds))
        owner.calm = True
        await _rest(outcome, world, order.settling + plan.put_off(troubles))
        for line_ref, phone in town.phones:  # everybody is still served
            town.say(line_ref, phone)
        await _rest(outcome, world, order.settling, also=judging_secretary.unscored)
        outcome.faults += await judging.faults(world)
        outcome.faults += await asyncio.to_thread(
            judging_secretary.faults, house, owner, guests, targets=TARGETS, troubles=timeline.spans
        )
        if outcome.faults:
            await asyncio.to_thread(judging.kept, house, house.folder / "rows.txt")
        outcome.counts = {
            "texts": len(town.texts),
            "posts": sum(meta.answers.values()),
            "sent": len(graph.taken),
            "model": model.asked,
            "told the owner": len(owner.heard),
            "booked": len(guests.booked),
            **{f"told {answer}": times for answer, times in meta.answers.items()},
        }
    finally:
        for carrier in carriers:
            carrier.cancel()
        await asyncio.gather(*carriers, return_exceptions=True)


async def _trouble(outcome: Outcome, world: World, thrower: Thrower, troubles: list[Trouble]) -> None:
    """Everybody at once; then calm."""
    order = outcome.order
    work = asyncio.create_task(world.operators.work(world.town.phones, seconds=order.seconds, times=4))
    await asyncio.gather(thrower.throw(troubles), world.town.live(seconds=order.seconds, each=order.each))
    await thrower.calm()
    outcome.timeline.note("calm")
    await asyncio.wait_for(work, order.settling)


async def _rest(
    outcome: Outcome, world: World, limit: float, *, also: Callable[[House], list[str]] = lambda _: []
) -> None:
    """Wait until nothing moves any more, for `limit` seconds; `also` gives what is left beside."""
    began = time.monotonic()
    left = [""]
    while left and time.monotonic() - began < limit:
        await asyncio.sleep(0.5)
        left = await judging.unsettled(world) or await asyncio.to_thread(also, world.house)
    outcome.seconds = time.monotonic() - began
    outcome.timeline.note(f"at rest after {outcome.seconds:.1f} s" if not left else f"never at rest: {left[:10]}")
    outcome.faults += [f"after {limit:.0f} s {one}" for one in left]
