"""What this process counts and has not told yet: numbers that only grow, by name and labels."""

from bisect import bisect_left
from collections.abc import Mapping

BOUNDS = (0.01, 0.05, 0.25, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds: of every histogram here
LAST = "+Inf"


def bucket_of(seconds: float) -> str:
    """The upper bound of the bucket into which so many seconds fall, as it is written."""
    place = bisect_left(BOUNDS, seconds)
    return f"{BOUNDS[place]:g}" if place < len(BOUNDS) else LAST


def key_of(name: str, labels: Mapping[str, str]) -> str:
    """A name with its labels, in one word: `jobs;kind=turn;outcome=done`."""
    return ";".join([name, *(f"{label}={labels[label]}" for label in sorted(labels))])


def parts_of(key: str) -> tuple[str, dict[str, str]]:
    """The name and the labels of a key."""
    name, *labels = key.split(";")
    return name, dict(label.split("=", 1) for label in labels)


class Tally:
    """Counts. Labels are words of ours, without `;` and `=`."""

    def __init__(self) -> None:
        self._grown: dict[str, float] = {}

    def count(self, name: str, /, **labels: str) -> None:
        """It happened once."""
        self.add(name, 1.0, **labels)

    def add(self, name: str, by: float, /, **labels: str) -> None:
        """It grew by so much."""
        key = key_of(name, labels)
        self._grown[key] = self._grown.get(key, 0.0) + by

    def took(self, name: str, seconds: float, /, **labels: str) -> None:
        """It happened once, and took so long: a histogram."""
        self.count(f"{name}_bucket", le=bucket_of(seconds), **labels)
        self.add(f"{name}_sum", max(0.0, seconds), **labels)

    def hand_over(self) -> dict[str, float]:
        """By how much each has grown since the last time."""
        grown, self._grown = self._grown, {}
        return grown

    def take_back(self, grown: Mapping[str, float]) -> None:
        """They could not be told: they are told the next time."""
        for key, by in grown.items():
            self._grown[key] = self._grown.get(key, 0.0) + by
