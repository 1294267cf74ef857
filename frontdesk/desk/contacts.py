"""Who is who, as people say it: two contacts are one person, or an address is another person's."""

from frontdesk.desk import later_changes
from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.desk.notes import note
from frontdesk.domain.addresses import Address, display, variants
from frontdesk.kit.clock import Clock
from frontdesk.store import chats, contacts, merging, operators, splitting
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Read, Store, Tx

_A_GROUP = "A group is no person. Only chats with one person can be put together or taken apart."


class Contacts:
    """Merging and splitting by hand. Neither wakes the agent; what waited for it before waits on."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def merge(self, chat_id: str, *, other: str, by: str) -> str:
        """The persons of two chats are one: all that is in the chat `other` goes into this one, which stays.

        Gives the id of the chat that stays. Once more is no fault.

        Raises:
            NotFound: there is no such chat.
            Conflict: one is a group, or they are on two lines.
        """
        now = self._clock.now()
        async with self._store.begin() as tx:
            keep, gone = await _direct(tx, chat_id), await _direct(tx, other)
            if keep.id == gone.id:
                return keep.id
            if keep.account_id != gone.account_id:
                raise Conflict(
                    "These two chats are on different lines. A chat belongs to the line it is written on, so that"
                    " only chats of one line can be put together."
                )
            words = f"{await _name(tx, by)} said that this is the same person as “{gone.name}”"
            known = ", ".join(map(display, await contacts.addresses_of_chat(tx, gone)))
            assert keep.contact_id is not None
            assert gone.contact_id is not None
            for chat in (keep, gone):
                await contacts.last_used(tx, str(chat.contact_id), at=chat.last_inbound_at or 0)
            await merging.merge(tx, keep.contact_id, gone.contact_id, now=now)
            await later_changes.catch_up_with(tx, keep.contact_id)
            sentence = f"{words} ({known}). Both chats are one now."
            await note(tx, keep.id, sentence, account_id=keep.account_id, now=now)
        return keep.id

    async def split(self, chat_id: str, address: Address, *, by: str) -> str:
        """An address is another person's: it gets a chat of its own, with the messages that came by it or went to it.

        What the line tells of one person goes with it, and other ways of writing the number. Gives the id of the new
        chat.

        Raises:
            NotFound: there is no such chat, or the address is none of its person.
            Conflict: it is a group, or the person has no other address.
        """
        now = self._clock.now()
        async with self._store.begin() as tx:
            chat = await _direct(tx, chat_id)
            parts = await contacts.parts_of(tx, str(chat.contact_id))
            gone = next((part for part in parts if not set(variants(address)).isdisjoint(part)), None)
            if gone is None:
                raise NotFound(f"{display(address)} is no address of “{chat.name}”.")
            if len(parts) == 1:
                raise Conflict(
                    f"“{chat.name}” has no other address than {display(address)}, so that there is nothing to take"
                    " apart. Two ways of writing one number count as one."
                )
            new = await splitting.split(tx, chat, gone, now=now)
            words = f"{await _name(tx, by)} said that {', '.join(map(display, gone))} is not the same person as"
            here = f"{words} “{chat.name}”. What came from there is in a chat of its own now."
            there = f"{words} “{chat.name}”. Until then both were one chat."
            for one, sentence in ((chat.id, here), (new, there)):
                await note(tx, one, sentence, account_id=chat.account_id, now=now)
        return new


async def _direct(tx: Tx, chat_id: str) -> ChatRow:
    chat = await chats.by_id(tx, chat_id)
    if chat is None:
        raise NotFound("There is no such chat.")
    if chat.contact_id is None:
        raise Conflict(_A_GROUP)
    return chat


async def _name(read: Read, by: str) -> str:
    operator = await operators.by_id(read, by)
    return operator.name if operator is not None else "A program (through the API)"
