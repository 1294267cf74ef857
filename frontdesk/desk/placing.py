"""Where what arrives belongs: the chats of one batch, found or made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.desk.casting import Casting
from frontdesk.desk.people import People
from frontdesk.domain.addresses import placeholder_name
from frontdesk.domain.personas import Persona
from frontdesk.domain.wire import Inbound
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import arrivals as rows, contacts, groups as group_rows
from frontdesk.store.store import Tx

YOU = "You"  # what an own chat is called, where the owner has no name
_NOBODY = Persona(name="")  # stands until the chat's persona is chosen


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message that arrived on an account."""

    account_id: str
    account_name: str
    message: Inbound
    settles: bool = True  # the channel tells our own messages by our own id
    own: bool = False  # it stands in the owner's own chat
    orders: bool = False  # and is the owner's word to the desk


@dataclass(slots=True)
class Place:
    """Where a message belongs. `row` is set while the chat is new."""

    chat_id: str
    contact_id: str
    persona: Persona
    row: dict[str, Any] | None = None
    named: str | None = None  # the persona named for the chat by hand
    awaits: bool = False  # an edit or a deletion came ahead of its message
    burst_at: int | None = None  # when the burst began behind the turn that waits
    expires_after: int | None = None  # seconds after which its messages vanish


class Placing:
    """The chats of one batch, by contact or group. Those that are made are written with the batch."""

    def __init__(self, casting: Casting, people: People, now: int) -> None:
        self._casting = casting
        self._people = people
        self._now = now
        self._given: dict[str, str] = {}  # names of known people who have no chat yet
        self._titles: dict[str, str] = {}  # names of groups that have no chat yet
        self._chats: dict[str, Place] = {}  # contact id or group ref -> place

    def fresh(self) -> Iterator[Place]:
        """Those that were made."""
        return (place for place in self._chats.values() if place.row is not None)

    async def find(
        self, tx: Tx, arrived: Sequence[Arrived], people: list[str], known: list[rows.KnownChat]
    ) -> list[Place]:
        """The chat of each, as it is known or as it is made; `people` are the contacts who wrote."""
        old = {person for person in people if person and person not in self._people.fresh}
        groups = {(one.account_id, one.message.group.value) for one in arrived if one.message.group}
        moved = old if self._people.merged else ()  # whose chats are no longer what they were
        told = await rows.chats_of(tx, contact_ids=moved, groups=groups)
        for chat in told if moved else (*known, *told):
            key = chat.contact_id or f"{chat.account_id}/{chat.group_ref}"
            self._chats[key] = Place(
                chat.id,
                chat.contact_id or "",
                _NOBODY,
                named=chat.persona,
                awaits=chat.awaits,
                burst_at=chat.burst_at,
                expires_after=chat.expires_after,
            )
        chatless = [person for person in old if person not in self._chats]
        if chatless:  # they may come to have one elsewhere, by another of their addresses
            self._people.need_all()
        self._given = await contacts.names_of(tx, chatless)
        self._titles = await self._titles_of(tx, groups)
        return [self._place(one, person) for one, person in zip(arrived, people, strict=True)]

    async def _titles_of(self, tx: Tx, named: set[tuple[str, str]]) -> dict[str, str]:
        """What the groups are called that have no chat yet."""
        new = [group_rows.group_id(account, ref) for account, ref in named if f"{account}/{ref}" not in self._chats]
        return await group_rows.names_of(tx, new)

    def _place(self, one: Arrived, person: str) -> Place:
        group = one.message.group
        key = f"{one.account_id}/{group.value}" if group else person
        place = self._chats.get(key)
        if place is None:
            place = self._chats[key] = self._new_chat(one, None if group else person)
        persona = self._persona(one, place.named)
        return replace(place, contact_id=person, persona=persona)

    def _persona(self, one: Arrived, named: str | None) -> Persona:
        group = one.message.group
        addresses = (group,) if group else one.message.sender.addresses
        return self._casting.persona((one.account_id, one.account_name), addresses, named)

    def _new_chat(self, one: Arrived, contact_id: str | None) -> Place:
        group = one.message.group
        addresses = (group,) if group else one.message.sender.addresses
        persona = self._persona(one, None)
        chat_id = new_id("cht")
        fallback = placeholder_name(addresses[0]) if addresses else "Contact"
        title = self._titles.get(group_rows.group_id(one.account_id, group.value)) if group else None
        row = {
            "id": chat_id,
            "account_id": one.account_id,
            "contact_id": contact_id,
            "group_ref": group.value if group else None,
            "name": (title if group else self._name_of(one, contact_id)) or fallback,
            "trusted": persona.trusted,
            "agent_mode": persona.agent_mode.value,
            "switched_by_hand": False,
            "state": "open",
            "labels": "[]",
            "last_message_at": 0,
            "last_text": None,
            "last_author": None,
            "last_inbound_at": None,
            "waiting_since": None,
            "unread": 0,
            "missed_at": None,
            "expires_after": None,
            "created_at": self._now,
        }
        return Place(chat_id, contact_id or "", persona, row)

    def _name_of(self, one: Arrived, contact_id: str | None) -> str | None:
        sender = one.message.sender
        itself = YOU if one.own and one.message.typed_on_phone else None
        return self._given.get(contact_id or "") or _kept(sender.name) or _kept(sender.username) or itself


def _kept(text: str | None) -> str | None:
    return None if text is None else keepable(text)
