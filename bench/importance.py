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
from frontdesk.domain.importance import LEVELS, MIDDLE, Judged, Label, Rated, Unsure, judge
from frontdesk.kit.clock import SystemClock
from frontdesk.llm.models import Models, ProviderAccess
from frontdesk.settings import load_settings
from frontdesk.testing.rater import rater

LABELLED = PROJECT / "tests" / "labelled"
SETS = ("importance.tsv", "importance_unseen.tsv")
WRITTEN = int(datetime(2026, 3, 11, 14, 0, tzinfo=UTC).timestamp() * 1000)
BATCH = 25
Rate = Callable[[Sequence[Unsure]], Awaitable[Rated]]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of the messages: told exactly, and told one off at the most; and how many the rules were sure of."""

    messages: int
    exact: float
    within_one: float
    sure: float


def labelled(file: Path) -> list[tuple[int, str]]:
    """Level and text of every message of a set."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = csv.reader(lines, delimiter="\t")
    return [(LEVELS[Label(label)], text) for label, _, _, text in rows]


async def accuracy(file: Path, rate: Rate | None = None) -> Accuracy:
    """Measured on a set; without a model, what the rules are not sure of is in the middle."""
    asked = labelled(file)
    told = [judge(Judged(text, at=WRITTEN)) for _, text in asked]
    levels = [scored.level if scored else MIDDLE for scored in told]
    unsure = [at for at, scored in enumerate(told) if scored is None]
    for first in range(0, len(unsure) if rate else 0, BATCH):
        batch = unsure[first : first + BATCH]
        assert rate is not None
        rated = await rate([Unsure(str(at), asked[at][1]) for at in batch])
        for at in batch:
            if str(at) in rated.scores:
                levels[at] = rated.scores[str(at)].level
    off = [abs(level - meant) for level, (meant, _) in zip(levels, asked, strict=True)]
    count = len(asked)
    return Accuracy(count, off.count(0) / count, sum(each <= 1 for each in off) / count, (count - len(unsure)) / count)


async def stand_in(messages: Sequence[Unsure]) -> Rated:
    """Ask the stand-in model."""
    return await rating.rate(messages, rater())


def _figures(named: str, file: str, found: Accuracy) -> list[Figure]:
    what = f"Importance, {file.removesuffix('.tsv')} ({found.messages}), {named}"
    value = f"exact {found.exact:.0%}, within one {found.within_one:.0%}"
    return [Figure(what, value, "", None, "python -m bench.importance")]


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
        found += _figures(f"rules alone, sure of {alone.sure:.0%}", file, alone)
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
    say("The second set was not looked at while the rules were written.")


if __name__ == "__main__":
    main()
