"""How well importance is told on the labelled messages of tests/labelled: by the rules alone, and with a model.

python -m bench.importance              with the stand-in model, which needs no key
python -m bench.importance --model gemini:gemini-2.5-flash   with a real one, by the settings of this directory
"""

import argparse
import asyncio
import csv
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.programs import PROJECT
from bench.report import Figure, say, show
from frontdesk.agent import importance as rating
from frontdesk.domain.importance import LABELS, LEVELS, Judged, Label, Rated, Unsure, judge, lean
from frontdesk.kit.clock import SystemClock
from frontdesk.llm.models import Models, ProviderAccess
from frontdesk.settings import load_settings
from frontdesk.testing.rater import rater

LABELLED = PROJECT / "tests" / "labelled"
LEARNED = ("importance.tsv", "importance_dev.tsv")  # the rules were made with these
UNSEEN = ("importance_held_out.tsv", "importance_unseen.tsv")
SETS = (*LEARNED, *UNSEEN)
WRITTEN = int(datetime(2026, 3, 11, 14, 0, tzinfo=UTC).timestamp() * 1000)
BATCH = 25
Rate = Callable[[Sequence[Unsure]], Awaitable[Rated]]
Pair = tuple[int, int]  # the level that is meant, and the one that was told


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of the messages of a set.

    `alarms`: of those of 4 and 5, which are told so. `missed`: of those of 5, which are told as 3 or less.
    `false_alarms`: of those of 1 and 2, which are told as 5. `sure`: which the rules told alone; `sure_within_one`: of
    these.
    """

    messages: int
    exact: float
    within_one: float
    alarms: float
    missed: float
    false_alarms: float
    sure: float
    sure_within_one: float


def labelled(file: Path) -> list[tuple[int, str]]:
    """Level and text of every message of a set."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = csv.reader(lines, delimiter="\t")
    return [(LEVELS[Label(label)], text) for label, _, _, text in rows]


async def accuracy(file: Path, rate: Rate | None = None) -> Accuracy:
    """Measured on a set; without a model, what the rules are not sure of is as they guess."""
    asked = labelled(file)
    told = [judge(Judged(text, at=WRITTEN)) for _, text in asked]
    levels = [(scored or lean(Judged(text, at=WRITTEN))).level for scored, (_, text) in zip(told, asked, strict=True)]
    unsure = [at for at, scored in enumerate(told) if scored is None]
    for first in range(0, len(unsure) if rate else 0, BATCH):
        batch = unsure[first : first + BATCH]
        assert rate is not None
        rated = await rate([Unsure(str(at), asked[at][1], written="Wednesday 14:00") for at in batch])
        for at in batch:
            if str(at) in rated.scores:
                levels[at] = rated.scores[str(at)].level
    pairs = [(meant, level) for (meant, _), level in zip(asked, levels, strict=True)]
    return _accuracy(pairs, [pair for pair, scored in zip(pairs, told, strict=True) if scored])


def _accuracy(pairs: Sequence[Pair], sure: Sequence[Pair]) -> Accuracy:
    return Accuracy(
        messages=len(pairs),
        exact=_share(pairs, lambda meant, level: meant == level),
        within_one=_share(pairs, _near),
        alarms=_share([pair for pair in pairs if pair[0] >= 4], lambda _, level: level >= 4),
        missed=_share([pair for pair in pairs if pair[0] == 5], lambda _, level: level <= 3),
        false_alarms=_share([pair for pair in pairs if pair[0] <= 2], lambda _, level: level == 5),
        sure=len(sure) / len(pairs),
        sure_within_one=_share(sure, _near),
    )


def _near(meant: int, level: int) -> bool:
    return abs(meant - level) <= 1


def _share(pairs: Sequence[Pair], holds: Callable[[int, int], bool]) -> float:
    return sum(holds(meant, level) for meant, level in pairs) / max(1, len(pairs))


async def stand_in(messages: Sequence[Unsure]) -> Rated:
    """Ask the stand-in model, which learned from what the rules were made with."""
    return await rating.rate(messages, rater(_examples()))


def _examples() -> list[tuple[Label, str]]:
    return [(LABELS[level], text) for file in LEARNED for level, text in labelled(LABELLED / file)]


def _figures(named: str, file: str, found: Accuracy) -> list[Figure]:
    what = f"Importance, {file.removesuffix('.tsv')} ({found.messages}), {named}"
    value = (
        f"exact {found.exact:.0%}, within one {found.within_one:.0%}, 4 and 5 found {found.alarms:.0%}, "
        f"5 missed {found.missed:.0%}, false 5 {found.false_alarms:.0%}"
    )
    return [Figure(what, value, "", None, "python -m bench.importance")]


def _sure(found: Accuracy) -> str:
    return f"rules alone, sure of {found.sure:.0%}, of these within one {found.sure_within_one:.0%}"


async def _measure(model: str | None) -> list[Figure]:
    models = None
    rate: Rate = stand_in
    if model is not None:
        access = load_settings().provider_access()
        models = Models(
            {name: ProviderAccess(given.key, given.base_url) for name, given in access.items()}, clock=SystemClock()
        )
        asked = models.chat_model((model,))

        async def rate(messages: Sequence[Unsure]) -> Rated:
            return await rating.rate(messages, asked)

    found = []
    for file in SETS:
        alone = await accuracy(LABELLED / file)
        found += _figures(_sure(alone), file, alone)
        found += _figures(f"rules and {model or 'the stand-in model'}", file, await accuracy(LABELLED / file, rate))
    if models is not None:
        await models.aclose()
    return found


def figures() -> list[Figure]:
    """With the stand-in model."""
    return asyncio.run(_measure(None))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="provider:model, by the settings of this directory")
    show(asyncio.run(_measure(parser.parse_args().model)))
    say("The rules were made with the first two sets. Of the others only the totals were looked at.")


if __name__ == "__main__":
    main()
