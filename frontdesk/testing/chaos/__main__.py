"""Troubles by hand: `make chaos MINUTES=30`, and `make chaos SEED=7` for those of one seed once more."""

import argparse
import asyncio
import random
import sys
import time

from frontdesk.testing.chaos.ordeal import Order, Outcome, run
from frontdesk.testing.chaos.plan import Shape

EACH = 5  # texts of each person


def say(line: str) -> None:
    """Tell whoever waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Give 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m frontdesk.testing.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long new seeds are tried [10]")
    parser.add_argument("--seed", type=int, help="one seed, once in each shape")
    parser.add_argument("--shape", choices=[str(shape) for shape in Shape], help="one shape only")
    parser.add_argument("--people", type=int, default=20, help="how many people write [20]")
    parser.add_argument("--twice", action="store_true", help="throw each trouble twice")
    parser.add_argument("--keep", action="store_true", help="keep the logs also where all holds")
    given = parser.parse_args()
    shapes = [Shape(given.shape)] if given.shape else list(Shape)
    until = time.monotonic() + given.minutes * 60
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1, 1_000_000)
    outcomes: list[Outcome] = []
    while True:
        more = {"twice": given.twice, "keep": given.keep, "people": given.people, "each": EACH}
        outcomes += [_one(Order(shape, seed, **more)) for shape in shapes]
        if given.seed is not None or time.monotonic() > until:
            break
        seed += 1
    return _summary(outcomes)


def _one(order: Order) -> Outcome:
    say(f"{order} ...")
    outcome = asyncio.run(run(order))
    if outcome.faults:
        say(outcome.told())
    else:
        say(f"{order}: all holds. {outcome.counts}, at rest {outcome.seconds:.0f} s after calm.{_where(outcome)}")
    return outcome


def _where(outcome: Outcome) -> str:
    return f" The logs are in {outcome.logs}." if outcome.logs else ""


def _summary(outcomes: list[Outcome]) -> int:
    bad = [outcome for outcome in outcomes if outcome.faults]
    say(f"\n{len(outcomes)} runs, {len(bad)} of them with something that does not hold.")
    for outcome in bad:
        say(f"  make chaos SEED={outcome.order.seed} SHAPE={outcome.order.shape}   {outcome.faults[0]}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
