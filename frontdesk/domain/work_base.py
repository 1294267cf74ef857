"""What every piece of durable work has."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of durable work. At most one job of the same `key` waits; jobs of one `lock` never run together.

    Priorities: 8 hand back, 7 what a person waits for, 5 turns and answers, 3 sweeps, 2 scores, 1 receipts.
    """

    kind: ClassVar[str]
    queue: ClassVar[str] = "default"
    priority: ClassVar[int] = 5
    replaces: ClassVar[str] = ""  # what people used to build for this, for the reference
    attempts: ClassVar[int] = 5  # tries before it is given up and shown

    @property
    def key(self) -> str | None:
        """A waiting job with the same key takes this one's place."""
        return None

    @property
    def lock(self) -> str | None:
        """Jobs with the same lock run one after the other."""
        return None

    def payload(self) -> dict[str, Any]:
        """What is stored, as plain JSON."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
