"""Care of a number on a channel that WhatsApp does not support: it is lost when it behaves as no person would.

Such a line answers. It writes first only where a person at the desk begins, and to few strangers in a day. Each line
can be taken out of this by its option `care`; what a channel is officially for needs none of it.
"""

from collections.abc import Callable

from frontdesk.desk.accounts import Account
from frontdesk.desk.errors import Conflict
from frontdesk.desk.own_numbers import OwnNumbers
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import House
from frontdesk.kit.clock import DAY, Clock, to_datetime
from frontdesk.store import strangers
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Read

REPLY_ONLY = (
    "Nobody has written in this chat yet, and on this line only a person may begin one: an unofficial line that writes"
    " first by itself soon loses its number. Write the first message by hand; the answers can then come from the agent."
)


def needs_care(account: Account) -> bool:
    """Whether care is taken of the number of this line."""
    return not account.channel.capabilities.official and bool(getattr(account.line.options, "care", True))


class Care:
    """Asked before anything is put into the outbox."""

    def __init__(self, clock: Clock, house: Callable[[], House], own: OwnNumbers) -> None:
        self._clock = clock
        self._house = house
        self._own = own

    async def may_post(self, read: Read, account: Account, chat: ChatRow, author: Author) -> None:
        """Whether a message by that author may go into the chat.

        Raises:
            Conflict: nobody has written there, and it is not a person who begins.
        """
        by_itself = author in (Author.AGENT, Author.SYSTEM)
        if by_itself and needs_care(account) and not await self._knows(read, chat):
            raise Conflict(REPLY_ONLY)

    async def may_begin(self, read: Read, account: Account, chat: ChatRow) -> None:
        """Whether a person at the desk may write to this chat now.

        Raises:
            Conflict: it is a stranger's, and as many strangers as the line may write to were written to in a day.
        """
        if not needs_care(account) or await self._knows(read, chat):
            return
        now = self._clock.now()
        since = now - DAY
        written = await strangers.written_to(read, account.row.id, since=since)
        most = self._most(account)
        if chat.id in written or len(written) < most:
            return
        free_at = sorted(written.values())[len(written) - most] + DAY if most else None
        raise Conflict(self._too_many(account, most, free_at))

    async def _knows(self, read: Read, chat: ChatRow) -> bool:
        """Whether the chat is no stranger's: they wrote, or it is the owner's own."""
        return await strangers.has_written(read, chat) or await self._own.is_chat(read, chat)

    async def left(self, read: Read, account: Account) -> tuple[int, int] | None:
        """To how many more strangers the line may write now, and of how many in 24 hours; None: none are counted."""
        if not needs_care(account):
            return None
        most = self._most(account)
        written = await strangers.written_to(read, account.row.id, since=self._clock.now() - DAY)
        return max(0, most - len(written)), most

    def _most(self, account: Account) -> int:
        own = getattr(account.line.options, "strangers_per_day", None)
        return self._house().cold_contacts_per_day if own is None else int(own)

    def _too_many(self, account: Account, most: int, free_at: int | None) -> str:
        name, why = account.row.name, "an unofficial line that writes to many strangers soon loses its number"
        if free_at is None:
            return (
                f"“{name}” writes to nobody who has not written first: {why}. Change the limit in the line's options."
            )
        zone = self._house().timezone
        at = to_datetime(free_at, zone)
        people = "person" if most == 1 else "people"
        return (
            f"“{name}” has written to {most} {people} within 24 hours who never wrote to it, and {why}."
            f" It may write to the next one on {at.day} {at:%B} from {at:%H:%M} ({zone}) on."
            " Whoever writes first is answered at any time."
        )
