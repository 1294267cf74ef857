"""The ledger: what was counted on the way in, held against the rows that are there."""

from dataclasses import dataclass

from sqlalchemy import func, select

from frontdesk.store.sql import const
from frontdesk.store.store import Read
from frontdesk.store.tables import dead_letters, ledger, messages


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts that must add up. `received` and `duplicate` are counted as things arrive, the others are rows.

    What was stored and is deleted since, by retention or with its person, is counted on in `stored` and `dead_letter`;
    `erased` says how many messages that are. What became of them is told no more.
    """

    received: int
    stored: int
    duplicate: int
    dead_letter: int
    decided: int
    answered: int
    refused: dict[str, int]
    pending: int
    out: int
    sent: int
    failed: int
    unknown: int
    queued: int
    erased: int = 0

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost."""
        return (
            self.received == self.stored + self.duplicate + self.dead_letter
            and self.decided == self.answered + sum(self.refused.values()) + self.pending
            and self.out == self.sent + self.failed + self.unknown + self.queued
        )


_SENT = ("sent", "delivered", "read", "played")
_WAITING = ("queued", "sending")


async def balance(read: Read) -> Balance:
    """The whole installation's counts, now."""
    counted = await read.pairs(select(ledger.c.entry, func.sum(ledger.c.count)).group_by(ledger.c.entry))
    dead = int(await read.scalar(select(func.coalesce(func.sum(dead_letters.c.messages), 0))))
    decisions = await read.all(
        select(messages.c.decision, messages.c.gate_reason, func.count())
        .where(messages.c.direction == "inbound")
        .group_by(messages.c.decision, messages.c.gate_reason),
        lambda decision, reason, n: (decision, reason, n),
    )
    from_phone = int(await read.scalar(select(func.count()).where(messages.c.author == "phone")))
    ours = await read.pairs(
        select(messages.c.status, func.count())
        .where(messages.c.direction == const("outbound"), messages.c.author != "phone")
        .group_by(messages.c.status)
    )
    inbound = sum(n for _, _, n in decisions)
    refused: dict[str, int] = {}
    for decision, reason, n in decisions:
        if decision in ("refused", "failed"):  # no answer came of it: the reason says why
            refused[reason or "unknown"] = refused.get(reason or "unknown", 0) + n
    pending = sum(n for decision, _, n in decisions if decision == "pending")
    return Balance(
        received=int(counted.get("received", 0)),
        stored=inbound + from_phone + int(counted.get("erased", 0)),
        duplicate=int(counted.get("duplicate", 0)),
        dead_letter=dead + int(counted.get("erased_letter", 0)),
        decided=inbound,
        answered=inbound - pending - sum(refused.values()),
        refused=refused,
        pending=pending,
        out=sum(n for status, n in ours.items() if status not in ("draft", "discarded")),
        sent=sum(ours.get(status, 0) for status in _SENT),
        failed=int(ours.get("failed", 0)),
        unknown=int(ours.get("unknown", 0)),
        queued=sum(ours.get(status, 0) for status in _WAITING),
        erased=int(counted.get("erased", 0)),
    )
