"""The lines of a channel that are up, and whose turn it is with each of them."""

import asyncio
from typing import Protocol, TypeVar


class _Up(Protocol):
    async def down(self) -> None: ...


L = TypeVar("L", bound=_Up)


class Lines(dict[str, L]):
    """By the id of their account. Who brings one up, or takes it down, does so inside its `turn`."""

    def __init__(self) -> None:
        super().__init__()
        self._turns: dict[str, asyncio.Lock] = {}

    def turn(self, account_id: str) -> asyncio.Lock:
        """One run of a line ends before the next begins: two programs on one link would throw each other out."""
        return self._turns.setdefault(account_id, asyncio.Lock())

    async def take_down(self, account_id: str) -> None:
        """End its run in order, where there is one."""
        kept = self.pop(account_id, None)
        if kept is not None:
            await kept.down()

    async def take_down_all(self) -> None:
        """End every run."""
        kept = tuple(self.values())
        self.clear()
        await asyncio.gather(*(line.down() for line in kept))
