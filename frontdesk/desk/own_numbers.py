"""Which chats are the owner's own: those with the number of the line itself, and with the owner's private numbers."""

from collections.abc import Callable, Iterable

from frontdesk.desk.accounts import Account, Accounts
from frontdesk.domain.addresses import Address
from frontdesk.domain.owner import Owner, gives_orders, own_numbers
from frontdesk.domain.personas import House
from frontdesk.domain.wire import Inbound
from frontdesk.store import contacts, own_chats
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.store import Read


class OwnNumbers:
    """Asked for every message, so it remembers what it has worked out. Nothing is stored: it follows the house."""

    def __init__(self, accounts: Accounts, house: Callable[[], House]) -> None:
        self._accounts = accounts
        self._house = house
        self._known: dict[str, tuple[Owner, str | None, frozenset[Address]]] = {}

    def of(self, account: Account) -> frozenset[Address]:
        """Every form of every address by which the owner is reached on a line."""
        owner, phone = self._house().owner, self._itself(account)
        known = self._known.get(account.row.id)
        if known is None or known[0] != owner or known[1] != phone:
            known = self._known[account.row.id] = (owner, phone, own_numbers(owner, phone))
        return known[2]

    def has(self, account: Account, addresses: Iterable[Address]) -> bool:
        """Whether one of these is the owner's."""
        known = self.of(account)
        return bool(known) and any(address in known for address in addresses)

    def holds(self, account: Account, message: Inbound) -> bool:
        """Whether a message stands in an own chat."""
        return message.group is None and self.has(account, message.sender.addresses)

    def speaks(self, account: Account, message: Inbound) -> bool:
        """Whether a message is the owner's word to the desk."""
        owner, phone = self._house().owner, self._itself(account)
        addresses, typed = message.sender.addresses, message.typed_on_phone
        return message.group is None and gives_orders(owner, phone, addresses, typed_on_phone=typed)

    def wrote(self, account: Account, row: MessageRow) -> bool:
        """Whether a stored message came by an address of the owner's."""
        known = {str(address) for address in self.of(account)}
        return row.address is not None and row.address in known

    async def chat_ids(self, read: Read) -> frozenset[str]:
        """Every own chat of the house."""
        return await own_chats.ids_behind(read, self._keys(self._accounts.all()))

    async def is_chat(self, read: Read, chat: ChatRow) -> bool:
        """Whether this is an own chat."""
        account = self._accounts.find(chat.account_id)
        if account is None or chat.contact_id is None:
            return False
        return chat.id in await own_chats.ids_behind(read, self._keys([account]))

    def _keys(self, accounts: Iterable[Account]) -> list[str]:
        return [contacts.address_id(account.row.id, address) for account in accounts for address in self.of(account)]

    @staticmethod
    def _itself(account: Account) -> str | None:
        """The line's own number, where it can write to itself."""
        return account.row.phone if account.channel.capabilities.to_self else None
