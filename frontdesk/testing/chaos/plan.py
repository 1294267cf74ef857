"""What is thrown, when, at whom and for how long: all of it follows from a seed."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

ROUND = 22.0  # seconds in which troubles begin


class Shape(StrEnum):
    """How the house runs."""

    EMBEDDED = "embedded"
    SCALED = "scaled"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble: the verb, what it may hit, between how many seconds it lasts, and its strength."""

    verb: str
    targets: tuple[str, ...]
    lasts: tuple[float, float] = (0.2, 2.5)
    values: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble. Times are seconds; `at` counts from the begin of the round."""

    at: float
    verb: str
    target: str
    lasts: float
    value: str = ""

    def __str__(self) -> str:
        value = f" {self.value}" if self.value else ""
        return f"{self.verb} {self.target}{value} for {self.lasts:.1f} s"


_GRAPH = (
    Kind("graph", ("graph",), (1.0, 4.0), ("answers 429",)),
    Kind("graph", ("graph",), (1.0, 4.0), ("answers 500",)),
    Kind("graph", ("graph",), (0.5, 2.0), ("answers 500 without a reason",)),
    Kind("graph", ("graph",), (0.5, 2.0), ("answers 200 with HTML",)),
    Kind("graph", ("graph",), (0.5, 4.0), ("answers nothing",)),
    Kind("graph", ("graph",), (0.5, 2.0), ("takes it and cuts the connection",)),
    Kind("graph", ("graph",), (0.5, 2.0), ("cuts the connection at once",)),
    Kind("graph", ("graph",), (1.0, 4.0), ("is slow",)),
)
_MODEL = (
    Kind("model", ("model",), (0.5, 2.5), ("answers 500",)),
    Kind("model", ("model",), (0.5, 4.0), ("answers nothing",)),
    Kind("model", ("model",), (1.0, 4.0), ("is slow",)),
)
_AHEAD, _BEHIND = ("3600", "90"), ("-3600", "-90")  # seconds by which a clock is wrong
_NOTICED = 15 * 60  # seconds of waiting from which the sweep sees that a clock was wrong
_EMBEDDED = (
    Kind("kill", ("serve",)),
    Kind("kill", ("serve",), (0.0, 0.1)),
    Kind("halt", ("serve",), (1.0, 4.0)),
    Kind("clock", ("serve",), (2.0, 5.0), _AHEAD),
    Kind("clock", ("serve",), (2.0, 5.0), _BEHIND),
    Kind("full", ("serve",), (1.0, 3.0)),
)
_WEB, _WORKERS, _LINES = ("web1", "web2"), ("worker1", "worker2"), ("lines1", "lines2")
_SCALED = (
    Kind("kill", _WEB),
    Kind("kill", _WORKERS),
    Kind("kill", _LINES),
    Kind("halt", _WEB, (1.0, 4.0)),
    Kind("halt", _WORKERS, (9.0, 12.0)),  # long enough to be taken for dead, and to wake beside who took its work
    Kind("halt", _LINES, (6.0, 12.0)),
    Kind("clock", _WEB, (2.0, 5.0), _AHEAD + _BEHIND),
    Kind("clock", _WORKERS, (2.0, 5.0), _AHEAD),
    Kind("clock", _WORKERS, (2.0, 5.0), _BEHIND),
    Kind("kill", ("redis",), (0.2, 3.0)),
    Kind("halt", ("redis",), (1.0, 5.0)),
    Kind("empty", ("redis",), (0.0, 0.0)),
    Kind("cut", ("redis",), (0.0, 0.0)),
    Kind("kill", ("postgres",), (0.2, 2.0)),
    Kind("restart", ("postgres",), (0.0, 0.5)),
    Kind("halt", ("postgres",), (1.0, 3.0)),
    Kind("cut", ("postgres",), (0.0, 0.0)),
    Kind("shoot", ("postgres",), (0.0, 0.0)),
    Kind("full", ("postgres",), (0.5, 1.5)),
)
KINDS = {Shape.EMBEDDED: _EMBEDDED + _GRAPH + _MODEL, Shape.SCALED: _SCALED + _GRAPH + _MODEL}


def troubles(shape: Shape, seed: int, *, seconds: float = ROUND, twice: bool = False) -> list[Trouble]:
    """Each kind once (or twice), in an order and at moments that follow from the seed."""
    chance = random.Random(f"{seed} {shape} troubles")
    kinds = list(KINDS[shape]) * (2 if twice else 1)
    chance.shuffle(kinds)
    moments = sorted(chance.uniform(0, seconds) for _ in kinds)
    return [_trouble(kind, at, chance) for kind, at in zip(kinds, moments, strict=True)]


def put_off(thrown: Iterable[Trouble]) -> float:
    """Seconds that a turn may have to wait because a clock was ahead by them when it was planned."""
    ahead = (float(one.value) for one in thrown if one.verb == "clock")
    return max((seconds for seconds in ahead if 0 < seconds < _NOTICED), default=0.0)


def _trouble(kind: Kind, at: float, chance: random.Random) -> Trouble:
    return Trouble(
        at=round(at, 2),
        verb=kind.verb,
        target=chance.choice(kind.targets),
        lasts=round(chance.uniform(*kind.lasts), 2),
        value=chance.choice(kind.values),
    )
