"""Writing to the owner: a message into the own chat of a line, by the outbox like all that leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.line_standing import is_down_by_hand
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.own_numbers import OwnNumbers
from frontdesk.desk.placing import YOU
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.domain.chats import window_open
from frontdesk.domain.formatting import LONGEST_MESSAGE, split
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import House
from frontdesk.kit.clock import Clock
from frontdesk.store import contacts, messages, own_chats, sight
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Read, Tx

MOST = 10  # messages into which one text is split at the most
_TOGETHER = (State.CONNECTED, State.CONNECTING, State.DISCONNECTED)  # states in which a message may wait for its line
_NO_LINE = "There is no line yet over which the desk could write to you."
_CANNOT = (
    "No line can write to you. Link your own number as a linked device, or name your private number in frontdesk.toml:"
    ' [owner] phones = ["+351912345678"].'
)


@dataclass(frozen=True, slots=True)
class Way:
    """A line, and the number of the owner that it writes to. `itself`: that is the number of the line."""

    account: Account
    address: Address

    @property
    def itself(self) -> bool:
        """Whether the line writes to its own number."""
        return self.address.value == self.account.row.phone

    @property
    def sentence(self) -> str:
        """The way for people."""
        if self.itself:
            return f"The desk writes to you over “{self.account.row.name}”, in the chat of that number with itself."
        return f"The desk writes to you over “{self.account.row.name}”, at {display(self.address)}."


class OwnChat:
    """The owner's own chat: `post` writes there, `why_not` says why it cannot."""

    def __init__(
        self, clock: Clock, *, accounts: Accounts, numbers: OwnNumbers, house: Callable[[], House], outbox: Outbox
    ) -> None:
        self._clock = clock
        self._accounts = accounts
        self._house = house
        self._outbox = outbox
        self.numbers = numbers

    async def post(self, tx: Tx, *, text: str, key: str, account_id: str | None = None) -> str | None:
        """Write to the owner, inside the caller's transaction; gives the id of the (first) message.

        The same key writes nothing again and gives the same message. None where there is no way now: `why_not` says
        why. A long text becomes several messages. It never begins with a #, so that no echo of it is a command.
        """
        if (before := await self._said_before(tx, key)) is not None:
            return before
        for way in await self._ways(tx, account_id):
            chat = await self._chat(tx, way)
            if self._is_closed(way.account, chat):
                continue
            if chat is None:
                chat = await own_chats.make(tx, way.account.row.id, way.address, name=YOU, now=self._clock.now())
            return await self._post(tx, chat, way.account, text=text, key=key)
        return None

    async def answer(self, tx: Tx, chat: ChatRow, *, text: str, key: str) -> str | None:
        """Write in that own chat, as an answer to what the owner wrote there; else as `post`."""
        if (before := await messages.by_idempotency_key(tx, chat.id, key)) is not None:
            return before.id
        account = self._accounts.find(chat.account_id)
        if account is None or self._is_closed(account, chat):
            return None
        return await self._post(tx, chat, account, text=text, key=key)

    async def way(self, read: Read, account_id: str | None = None) -> Way | None:
        """Which way a message would take as the lines stand, whether or not its window is open."""
        return next(iter(await self._ways(read, account_id)), None)

    async def why_not(self, read: Read, account_id: str | None = None) -> str | None:
        """A sentence on why nothing can be written to the owner now; None where it can."""
        closed: Way | None = None
        for way in await self._ways(read, account_id):
            if not self._is_closed(way.account, await self._chat(read, way)):
                return None
            closed = closed or way
        if closed is not None:
            return (
                f"You have not written to the line “{closed.account.row.name}” from {display(closed.address)} within"
                " the last 24 hours, and WhatsApp lets it write to nobody who has not. Send it any word, such as #help."
            )
        return self._why_no_way(await self._meant(read, account_id))

    # Which way

    async def _ways(self, read: Read, account_id: str | None) -> list[Way]:
        """Every way, the best one first: lines that stand, and among them chats that need no open window."""
        meant = await self._meant(read, account_id)
        found = [Way(account, address) for account in meant for address in self._at(account)]
        ready = [way for way in found if _may_wait(way.account)]
        return sorted(ready, key=lambda way: (way.account.state is not State.CONNECTED, not way.itself))

    async def _meant(self, read: Read, account_id: str | None) -> list[Account]:
        """The lines that may be used: the one that is asked for, the one of the settings, or any of the house.

        What is told of the whole house goes, unless that is asked for, over no line of somebody who sees only some.
        """
        accounts, named = self._accounts.all(), self._house().owner.line
        if account_id is not None:
            return [account for account in accounts if account.row.id == account_id]
        if named is not None:
            return [account for account in accounts if named in (account.row.id, account.row.name)]
        owners = {account.row.owner_id for account in accounts if account.row.owner_id}
        narrow = {owner for owner in owners if await sight.of(read, owner) is not None}
        return [account for account in accounts if account.row.owner_id not in narrow]

    def _at(self, account: Account) -> list[Address]:
        """The owner's number on a line: a private one where one is named, else that of the line itself."""
        own, phones = account.row.phone, self._house().owner.phones
        can = account.channel.capabilities.to_self and own is not None
        if can and (own in phones or not phones):
            return [Address(AddressKind.PHONE, str(own))]
        return [Address(AddressKind.PHONE, phone) for phone in phones if phone != own][:1]

    def _why_no_way(self, meant: Sequence[Account]) -> str:
        named = self._house().owner.line
        if not meant:
            wrong = f"No line is called “{named}”, as [owner] line in frontdesk.toml has it."
            return wrong if named and self._accounts.all() else _NO_LINE
        able = [account for account in meant if self._at(account)]
        if able:
            return f"The line “{able[0].row.name}”, over which the desk would write to you, is down."
        return _CANNOT

    # Writing

    async def _said_before(self, read: Read, key: str) -> str | None:
        for chat_id in sorted(await self.numbers.chat_ids(read)):
            said = await messages.by_idempotency_key(read, chat_id, key)
            if said is not None:
                return said.id
        return None

    @staticmethod
    async def _chat(read: Read, way: Way) -> ChatRow | None:
        key = contacts.address_id(way.account.row.id, way.address)
        return next(iter(await own_chats.behind(read, [key])), None)

    def _is_closed(self, account: Account, chat: ChatRow | None) -> bool:
        if not account.channel.capabilities.window:
            return False
        return not window_open(chat.last_inbound_at if chat is not None else None, self._clock.now())

    async def _post(self, tx: Tx, chat: ChatRow, account: Account, *, text: str, key: str) -> str:
        limit = min(LONGEST_MESSAGE, account.channel.capabilities.text_limit) - 2
        parts = split(text, limit, MOST) or ("…",)
        ids = [
            await self._outbox.post(
                tx,
                chat,
                author=Author.SYSTEM,
                text=f"› {part}" if part.startswith("#") else part,
                idempotency_key=key if number == 0 else f"{key}/{number + 1}",
            )
            for number, part in enumerate(parts)
        ]
        return ids[0]


def _may_wait(account: Account) -> bool:
    return account.sealed is None and account.state in _TOGETHER and not is_down_by_hand(account.row)
