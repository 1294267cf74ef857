"""What went over the wires, for tests to look at."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from frontdesk.testing.lab.binary import Node

Direction = Literal["->", "<-"]  # from the client, to the client


@dataclass(frozen=True)
class Entry:
    """One stanza."""

    at: float
    direction: Direction
    who: str  # the device's address by phone number, or “unpaired”
    node: Node

    def __str__(self) -> str:
        return f"{self.direction} {self.who} {self.node}"


@dataclass
class Journal:
    """Every stanza so far, what the lab did not know how to answer (it gave an empty result), and where it failed."""

    entries: list[Entry] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def note(self, direction: Direction, who: str, node: Node) -> None:
        """Keep a stanza."""
        self.entries.append(Entry(time.time(), direction, who, node))

    def stanzas(self, tag: str, direction: Direction | None = None) -> list[Node]:
        """The stanzas of one kind."""
        return [
            entry.node
            for entry in self.entries
            if entry.node.tag == tag and (direction is None or entry.direction == direction)
        ]
