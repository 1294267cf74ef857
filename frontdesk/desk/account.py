"""An account as the desk works with it."""

from dataclasses import dataclass

from pydantic import BaseModel

from frontdesk.channels.base import Channel, Pairs
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Line
from frontdesk.store.rows import AccountRow


class Unopened(BaseModel):
    """Stands where the options of a line would, when its secrets cannot be opened with the present key."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account: its row, and its options opened. `sealed` says why they cannot be."""

    row: AccountRow
    line: Line
    channel: Channel
    sealed: str | None = None

    @property
    def state(self) -> State:
        """How the line stands."""
        return State(self.row.state)

    @property
    def links(self) -> bool:
        """Whether the line is linked with a phone, by a code."""
        return isinstance(self.channel, Pairs)
