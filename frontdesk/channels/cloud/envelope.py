"""The whole of a webhook body: every entry, every change, by its field."""

from collections.abc import Callable, Iterable
from typing import Any

from frontdesk.channels.cloud import coexistence, faults, messages, redaction, shapes
from frontdesk.channels.cloud.alerts import alert
from frontdesk.channels.cloud.people import known, sender
from frontdesk.channels.cloud.shapes import Json
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import AddressChange, Called, Damaged, Delivery, Event, Notice

OBJECT = "whatsapp_business_account"
_COMMON = frozenset({"messaging_product", "metadata", "contacts"})
_LISTS: dict[str, tuple[str, ...]] = {
    "calls": ("statuses",),
    "user_preferences": ("user_preferences",),
    "group_lifecycle_update": ("groups",),
    "group_participants_update": ("groups",),
    "group_settings_update": ("groups",),
    "group_status_update": ("groups",),
}


def parse(body: bytes, hidden: redaction.Secrets = ()) -> tuple[Delivery, ...]:
    """What the body holds, change by change, in its order. Other objects than WhatsApp's hold nothing for us.

    `hidden` are the secrets that are kept out of Meta's words about errors.

    Raises:
        NotADocument: the bytes are no JSON document.
    """
    document = shapes.load(body)
    if b"errors" in body:
        document = redaction.clear_errors(document, hidden)
    if not isinstance(document, dict):
        return ()
    entries = document.get("entry")
    if document.get("object", OBJECT) not in (OBJECT, None):
        return ()  # of another of Meta's products; a body that names none is taken for what its entries hold
    if not isinstance(entries, list):
        return _damaged("“entry” is not a list.", entries)
    deliveries: list[Delivery] = []
    for entry in entries:
        deliveries.extend(_entry(entry))
    return tuple(deliveries)


def _damaged(reason: str, element: Any, line_ref: str | None = None) -> tuple[Delivery, ...]:
    return () if element is None else (Delivery(line_ref, (Damaged(reason, shapes.raw(element)),)),)


def _entry(entry: Any) -> Iterable[Delivery]:
    if not isinstance(entry, dict):
        return _damaged("An element of “entry” is not an object.", entry)
    if entry.get("object", OBJECT) not in (OBJECT, None):
        return ()  # some of Meta's own examples name the object in here
    changes = entry.get("changes")
    if not isinstance(changes, list):
        return _damaged("“changes” is not a list.", changes)
    waba_id = shapes.lenient_ident(entry.get("id"))
    deliveries: list[Delivery] = []
    for change in changes:
        deliveries.extend(_change(change, waba_id))
    return deliveries


def _change(change: Any, waba_id: str | None) -> Iterable[Delivery]:
    if not isinstance(change, dict):
        return _damaged("An element of “changes” is not an object.", change)
    value, field = change.get("value"), change.get("field")
    if not isinstance(value, dict):
        return _damaged("The change has no value.", change)
    metadata = value.get("metadata")
    line_ref = shapes.lenient_ident(metadata.get("phone_number_id")) if isinstance(metadata, dict) else None
    if not isinstance(field, str):
        field = value.get("field")  # where some of Meta's own examples put it
    if not isinstance(field, str):
        field = "messages" if "messages" in value or "statuses" in value else "unknown"
    try:
        events = _FIELDS[field](value) if field in _FIELDS else _notices(field, value, waba_id)
        if "errors" in value:
            events = events + _errors(value["errors"], waba_id)
    except Exception as broken:  # whatever it is: one change never costs its neighbours
        return _damaged(f"This could not be read ({type(broken).__name__}).", change, line_ref)
    return (Delivery(line_ref, tuple(events)),) if events else ()


def _messages(value: Json) -> list[Event]:
    events: list[Event] = []
    if "messages" in value:
        people = known(value.get("contacts"))
        events = messages.each(value["messages"], "messages", lambda message: messages.received(message, people))
    if "statuses" in value:
        events += messages.each(value["statuses"], "statuses", messages.receipt)
    return events


def _errors(errors: Any, waba_id: str | None) -> list[Event]:
    def read(error: Json) -> Iterable[Event]:
        said = faults.complaint(error)
        content = {"code": said.code, "title": shapes.words(error.get("title")), "details": said.details}
        sentence = faults.sentence(said) + (f" (code {said.code})" if said.code is not None else "")
        yield Notice("errors", content | {"waba_id": waba_id}, alert=sentence, severe=faults.stops_line(said.code))

    return messages.each(errors, "errors", read)


def _user_ids(value: Json) -> list[Event]:
    return messages.each(value.get("user_id_update"), "user_id_update", _user_id)


def _user_id(update: Json) -> Iterable[Event]:
    ids, parents = shapes.record(update.get("user_id")), shapes.record(update.get("parent_user_id"))
    old = _all(shapes.user(ids.get("previous")), shapes.user(parents.get("previous")))
    new = _all(shapes.phone(update.get("wa_id")), shapes.user(ids.get("current")), shapes.user(parents.get("current")))
    if not old or not new:
        yield Damaged("The change of a user id names no old or no new one.", shapes.raw(update))
        return
    new = tuple(address for address in new if address not in old)
    if new:
        yield AddressChange(old, new)


def _all(*addresses: Address | None) -> tuple[Address, ...]:
    return tuple(address for address in addresses if address is not None)


def _notices(field: str, value: Json, waba_id: str | None) -> list[Event]:
    """What concerns the line and no message. Lists are told element by element."""
    name = shapes.clean(field)[:80]
    told = _calls(value, waba_id) if field == "calls" else []
    for key in _LISTS.get(field, ()):
        if key in value:
            told += messages.each(value[key], key, lambda element: [Notice(name, _content(element, waba_id))])
    if told or field in _LISTS:
        return told
    found = alert(field, value)
    sentence, severe = found if found is not None else (None, False)
    return [Notice(name, _content(value, waba_id), sentence, severe)]


def _calls(value: Json, waba_id: str | None) -> list[Event]:
    people = known(value.get("contacts"))

    def read(call: Json) -> Iterable[Event]:
        yield Notice("calls", _content(call, waba_id))
        if call.get("event") == "connect" and call.get("direction") == "USER_INITIATED":
            yield Called(sender(call, people), shapes.moment(call.get("timestamp")))

    return messages.each(value.get("calls"), "calls", read)


def _content(value: Json, waba_id: str | None) -> Json:
    kept = {key: item for key, item in value.items() if key not in _COMMON and key != "session"}
    content = shapes.record(shapes.clean(kept))
    return content | {"waba_id": waba_id}


_FIELDS: dict[str, Callable[[Json], list[Event]]] = {
    "messages": _messages,
    "smb_message_echoes": coexistence.echoes,
    "history": coexistence.history,
    "smb_app_state_sync": coexistence.address_book,
    "user_id_update": _user_ids,
}
