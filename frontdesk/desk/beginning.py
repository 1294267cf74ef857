"""Beginning a chat: a person at the desk writes to somebody with whom there is none yet."""

from dataclasses import dataclass
from typing import Any

from frontdesk.channels.base import FindsPeople
from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.casting import Casting
from frontdesk.desk.errors import Conflict, Invalid
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.people import People, forms
from frontdesk.desk.placing import Arrived, Placing
from frontdesk.domain.addresses import Address, AddressKind, MalformedAddress, meant_as_phone, parse, variants
from frontdesk.domain.wire import Inbound, Sender
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.store import arrivals as rows, chats
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Read, Store, Tx


@dataclass(frozen=True, slots=True)
class FirstWords:
    """What is said first, and by whom."""

    by: str
    text: str | None
    kind: str = "text"
    content: dict[str, Any] | None = None
    idempotency_key: str | None = None


class Beginning:
    """Finds the chat of an address or makes it, and writes there."""

    def __init__(self, store: Store, clock: Clock, *, accounts: Accounts, casting: Casting, outbox: Outbox) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._casting = casting
        self._outbox = outbox

    async def write_to(self, account_id: str, address: str, words: FirstWords) -> str:
        """Write to that address on that line, in the chat that is there or in a new one; gives the message's id.

        Whether the number is on WhatsApp is asked where the line can tell, and only once all else is in order: who
        asks for many numbers is taken for a machine.

        Raises:
            NotFound: there is no such account.
            Invalid: that is nobody's address, or there is nothing to send.
            Conflict: it may not be sent now; the sentence says why.
        """
        account = self._accounts.get(account_id)
        whom = _somebody(account, address)
        async with self._store.read() as read:
            known = await self._known(read, account, whom)
            if known is None:
                await self._outbox.may_write(
                    read,
                    self._to_be(account, whom),
                    kind=words.kind,
                    text=words.text,
                    content=words.content,
                    to=(whom,),
                )
        reached = (whom,) if known is not None else await self._reached(account, whom)
        async with self._store.begin(accounts=[account_id]) as tx:
            chat = await self._chat(tx, account, reached)
            return await self._outbox.write_in(
                tx,
                chat,
                by=words.by,
                text=words.text,
                kind=words.kind,
                content=words.content,
                idempotency_key=words.idempotency_key,
            )

    @staticmethod
    async def _known(read: Read, account: Account, whom: Address) -> str | None:
        there = await rows.known(read, address_ids=forms(account.row.id, [whom]), given=())
        return there.chats[0].id if there.chats else None

    async def _reached(self, account: Account, whom: Address) -> tuple[Address, ...]:
        """Under which addresses the other side knows the person."""
        channel = account.channel
        if not isinstance(channel, FindsPeople) or whom.kind is not AddressKind.PHONE:
            return (whom,)
        try:
            found = await channel.find_person(account.line, whom)
        except (Retryable, LoggedOut) as away:
            raise Conflict(f"It cannot be checked now whether {_plus(whom)} is on WhatsApp. {away.sentence}") from away
        except Rejected as refused:
            raise Invalid(refused.sentence) from refused
        if not found:
            raise Invalid(f"{_plus(whom)} is not on WhatsApp. Look whether the number and its country code are right.")
        return found

    async def _chat(self, tx: Tx, account: Account, reached: tuple[Address, ...]) -> ChatRow:
        """The chat of that person, in which something came meanwhile, or a new one."""
        now, batch = self._clock.now(), rows.Batch()
        people, account_id = People(batch, now), account.row.id
        placing, sender = Placing(self._casting, people, now), Sender(reached)
        there = await rows.known(tx, address_ids=forms(account_id, reached), given=())
        found = await people.find(tx, [(account_id, sender, False)], there.people, there.origins)
        one = Arrived(account_id, account.row.name, Inbound("", "text", sender))  # as though they had written
        (place,) = await placing.find(tx, [one], found, there.chats)
        if place.row is not None:
            batch.chats.append(place.row)
        await rows.write(tx, batch)
        chat = await chats.by_id(tx, place.chat_id)
        assert chat is not None
        return chat

    def _to_be(self, account: Account, whom: Address) -> ChatRow:
        """The chat as it would be, to ask what may happen in it before there is one."""
        unset = dict.fromkeys(ChatRow.__dataclass_fields__)
        return ChatRow(**{**unset, "id": f"{account.row.id}/{whom}", "account_id": account.row.id})  # type: ignore[arg-type]


def _somebody(account: Account, text: str) -> Address:
    try:
        whom = parse(text)
    except MalformedAddress as malformed:
        raise Invalid(_malformed(text) or malformed.sentence) from None
    if whom.kind is AddressKind.GROUP:
        raise Invalid("A chat with a group begins when somebody writes in it. Give the number of a person.")
    if account.row.phone and whom in variants(Address(AddressKind.PHONE, account.row.phone)):
        raise Invalid(f"{_plus(whom)} is the number of this line itself. Give the number of somebody else.")
    return whom


def _malformed(text: str) -> str:
    if not text.strip():
        return "Give the phone number with its country code, for example +351 912 345 678."
    if meant_as_phone(text):
        return "That is no phone number. Give all of it with the country code, for example +351 912 345 678."
    return ""


def _plus(whom: Address) -> str:
    return f"+{whom.value}" if whom.kind is AddressKind.PHONE else whom.value
