"""Messages and statuses of a webhook value, one at a time, each read so that its neighbours do not depend on it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from frontdesk.channels.cloud import contents, faults, shapes
from frontdesk.channels.cloud.people import People, named, sender
from frontdesk.channels.cloud.shapes import Json
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import AddressChange, Damaged, Event, Inbound, Notice, Receipt, Sender

_WORD = re.compile(r"[a-z_]{1,40}")
_STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.PLAYED,
    "failed": Status.FAILED,
}
_OTHER_STATUSES = frozenset({"deleted", "warning"})
_OTHER_MATTERS = frozenset({"payment", "call"})
_LONGEST_OUR_ID = 512
_NO_REASON = "WhatsApp could not deliver the message and gave no reason."


def each(elements: Any, name: str, read: Callable[[Json], Iterable[Event]]) -> list[Event]:
    """Read every element of a list; one that cannot be read becomes Damaged where it stood."""
    if elements is None:
        return []
    if not isinstance(elements, list):
        return [Damaged(f"“{name}” is not a list.", shapes.raw(elements))]
    events: list[Event] = []
    for element in elements:
        if not isinstance(element, dict):
            events.append(Damaged(f"An element of “{name}” is not an object.", shapes.raw(element)))
            continue
        try:
            events.extend(read(element))
        except Exception as broken:  # whatever it is: one element never costs its neighbours
            events.append(Damaged(f"This could not be read ({type(broken).__name__}).", shapes.raw(element)))
    return events


def received(message: Json, people: People) -> tuple[Event, ...]:
    """A message from a person, and beside it the change of address that some of them tell of."""
    found = inbound(message, sender(message, people))
    change = None
    if isinstance(found, Inbound) and found.kind == "system":
        change = _moved(message, found.sender)
    elif isinstance(found, Inbound) and found.kind == "contacts" and found.group is None:
        change = _shared(message, found.sender)
    return (found,) if change is None else (found, change)


def inbound(message: Json, who: Sender, *, typed_on_phone: bool = False, history: bool = False) -> Inbound | Damaged:
    """One message with its person; Damaged without a usable id, or when nobody can be named."""
    external_id = shapes.ident(message.get("id"))
    if external_id is None:
        return Damaged("The message has no usable id.", shapes.raw(message))
    group = _group(message.get("group_id"))
    if not who.addresses:
        who = _moved_to(message)
        if not who.addresses and group is None:
            return Damaged("The message does not say who it is from.", shapes.raw(message))
    kind = _kind(message.get("type"))
    text, media, content = contents.read(kind, message)
    context = message.get("context")
    if context is not None or "referral" in message or "errors" in message:
        content = content | contents.attached(message)
    return Inbound(
        external_id=external_id,
        kind=kind,
        sender=who,
        at=shapes.moment(message.get("timestamp")),
        text=text,
        group=group,
        reply_to=shapes.ident(context.get("id")) if isinstance(context, dict) else None,
        media=media,
        content=content,
        typed_on_phone=typed_on_phone,
        history=history,
    )


def receipt(status: Json) -> tuple[Event, ...]:
    """What became of a message of ours."""
    external_id = shapes.ident(status.get("id"))
    word = status.get("status")
    if external_id is None:
        return (Damaged("The status has no usable id.", shapes.raw(status)),)
    if not isinstance(word, str) or word not in _STATUSES:
        if _is_another_matter(status):
            return (Notice("messages", {"status": shapes.words(word), "external_id": external_id}),)
        return (Damaged("The status is none that we know.", shapes.raw(status)),)
    said = faults.first_complaint(status.get("errors"))
    failed = word == "failed"
    return (
        Receipt(
            external_id=external_id,
            status=_STATUSES[word],
            at=shapes.moment(status.get("timestamp")),
            our_id=_our_id(status.get("biz_opaque_callback_data")),
            error_code=str(said.code) if said.code is not None else None,
            error=(_NO_REASON if said == faults.Complaint(None) else faults.sentence(said)) if failed else None,
            stops_line=failed and faults.stops_line(said.code),
        ),
    )


def _is_another_matter(status: Json) -> bool:
    """Words of old versions, and the statuses of payments, say nothing about how far a message has come."""
    word, matter = status.get("status"), status.get("type")
    return (isinstance(word, str) and word in _OTHER_STATUSES) or (isinstance(matter, str) and matter in _OTHER_MATTERS)


def _kind(value: Any) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "unknown"


def _group(value: Any) -> Address | None:
    group_id = shapes.ident(value)
    return Address(AddressKind.GROUP, group_id) if group_id is not None else None


def _our_id(value: Any) -> str | None:
    text = shapes.words(value)
    return text if text and len(text) <= _LONGEST_OUR_ID else None


def _new_addresses(message: Json) -> tuple[Address, ...]:
    part = shapes.record(message.get("system"))
    found = (
        shapes.phone(part.get("wa_id")) or shapes.phone(part.get("new_wa_id")),
        shapes.user(part.get("user_id")),
        shapes.user(part.get("parent_user_id")),
    )
    return tuple(address for address in found if address is not None)


def _moved(message: Json, who: Sender) -> AddressChange | None:
    if shapes.record(message.get("system")).get("type") == "customer_identity_changed":
        return None
    new = tuple(address for address in _new_addresses(message) if address not in who.addresses)
    return AddressChange(old=who.addresses, new=new) if new else None


def _moved_to(message: Json) -> Sender:
    """Whom a system message is about when it names only the new ids."""
    return named(_new_addresses(message), {})


def _shared(message: Json, who: Sender) -> AddressChange | None:
    """The own number of a person with a hidden one, shared because we asked; any other card is about somebody else."""
    if any(address.kind is AddressKind.PHONE for address in who.addresses):
        return None
    number = contents.own_number(message)
    return AddressChange(old=who.addresses, new=(number,)) if number is not None else None
