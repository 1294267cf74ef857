"""Groups: as they are now, and what changed in them, told in a sentence where people expect one."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from frontdesk.channels.linked import reading_people, reading_protocol
from frontdesk.channels.linked.reading_people import NOBODY, Own, Source
from frontdesk.channels.linked.reading_said import Said, inbound, objects
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Damaged, Event, GroupChange, Member
from frontdesk.kit.loose import Json, raw, record, words

_MOST_NAMES = 3
_MANY = 2_000  # members of whom it is told that they came or went, at the most


def read(given: Json, _own: Own) -> Iterable[Event]:
    """A group as it is now, also where it is wrapped in the news that we have joined it."""
    told = record(given.get("GroupInfo")) or given
    group = _group(told.get("JID"))
    if group is None:
        return (Damaged("The group has no usable id.", raw(given)),)
    members = tuple(_member(one) for one in objects(told, "Participants"))
    known = tuple(member for member in members if member.addresses)
    return (GroupChange(group, _name(told.get("GroupName")), known or None),)


def _member(told: Json) -> Member:
    found = (reading_people.of_jid(told.get(key)) for key in ("PhoneNumber", "LID", "JID"))
    who = reading_people.person(*found, name=told.get("DisplayName"))
    return Member(who.addresses, who.name, admin=told.get("IsAdmin") is True or told.get("IsSuperAdmin") is True)


def change(given: Json, own: Own) -> Iterator[Event]:
    """What changed in a group: the group as far as it is told, and sentences for the middle of its chat."""
    group = _group(given.get("JID"))
    if group is None:
        yield Damaged("The change of a group does not say of which.", raw(given))
        return
    name, gone = _name(given.get("Name")), _people(given.get("Leave"))
    left = any(map(own.has, gone)) or record(given.get("Delete")).get("Deleted") is True
    if name or left:
        yield GroupChange(group, name, left=left)
    by = reading_people.of_jid(given.get("Sender"))
    source = Source(NOBODY if own.has(by) else reading_people.person(by), group)
    at, seed = reading_people.moment(given.get("Timestamp")), hashlib.sha256(raw(given).encode()).hexdigest()[:24]
    for number, said in enumerate(_sentences(given, own, by)):
        sentence = inbound(said, source, external_id=f"group-change-{seed}-{number}", at=at)
        if sentence is not None:
            yield sentence


def _sentences(given: Json, own: Own, by: Address | None) -> Iterator[Said]:
    who = _call(by, own)
    name = _name(given.get("Name"))
    if name:
        yield _note("name", f"{who} changed the name of the group to “{name}”.", name=name)
    if words(record(given.get("Topic")).get("Topic")):
        yield _note("topic", f"{who} changed the description of the group.")
    joined, gone = _people(given.get("Join")), _people(given.get("Leave"))
    if joined:
        alone = by is None or joined == [by] or given.get("JoinReason") == "invite"
        yield _note("joined", _came(joined, None if alone else who, own), people=list(map(str, joined)))
    if gone:
        alone = by is None or gone == [by]
        yield _note("left", _went(gone, None if alone else who, own), people=list(map(str, gone)))
    if record(given.get("Delete")).get("Deleted") is True:
        yield _note("deleted", "The group was deleted.")
    if isinstance(given.get("Ephemeral"), dict):
        yield reading_protocol.expiring(given["Ephemeral"].get("DisappearingTimer"))


def _note(kind: str, text: str, **more: Any) -> Said:
    return Said("system", text[0].upper() + text[1:], content={"system_type": f"group_{kind}", **more})


def _came(people: list[Address], by: str | None, own: Own) -> str:
    return f"{by} added {_list(people, own)}." if by else f"{_list(people, own)} joined."


def _went(people: list[Address], by: str | None, own: Own) -> str:
    return f"{by} removed {_list(people, own)}." if by else f"{_list(people, own)} left."


def _list(people: list[Address], own: Own) -> str:
    shown = list(dict.fromkeys(_call(one, own) for one in people[:_MOST_NAMES]))
    others = len(people) - len(shown)
    if others > 0:
        shown.append(f"{others} other{'s' if others != 1 else ''}")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _call(one: Address | None, own: Own) -> str:
    return "this line" if own.has(one) else reading_people.called(one)


def _people(given: Any) -> list[Address]:
    found = map(reading_people.of_jid, given[:_MANY]) if isinstance(given, list) else ()
    return [one for one in found if one is not None and one.kind is not AddressKind.GROUP]


def _group(given: Any) -> Address | None:
    found = reading_people.of_jid(given)
    return found if found is not None and found.kind is AddressKind.GROUP else None


def _name(given: Any) -> str | None:
    return words(record(given).get("Name")) or None
