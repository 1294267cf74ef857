"""The bodies of webhooks: who is named how, one element at a time, and many elements in one document."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from frontdesk.channels.simulator.people import Customer, Json, Number
from frontdesk.kit.clock import SECOND


@dataclass(slots=True)
class Update:
    """One element on its way to the callback: a message, a status, an echo, or a whole value of another field.

    `section` is the list of `value` in which it stands, None for a whole value. `due` is when it may be sent next.
    """

    number: Number
    field: str
    section: str | None
    element: Json
    contact: Json | None = None
    due: int = 0
    born: int = 0
    attempts: int = 0
    wamid: str = ""


def contact_of(customer: Customer, *, username: bool = True) -> Json:
    """The element of `contacts` for a person, with only what the business may see."""
    profile: Json = {"name": customer.name}
    if customer.username and username:
        profile["username"] = customer.username
    contact: Json = {"profile": profile}
    if customer.shows_phone:
        contact["wa_id"] = customer.phone
    if customer.shows_user_id:
        contact["user_id"] = customer.user_id
    if customer.parent_user_id:
        contact["parent_user_id"] = customer.parent_user_id
    return contact


def sender_keys(customer: Customer) -> Json:
    """How a message names its sender."""
    return _keys(customer, "from", "from_user_id", "from_parent_user_id")


def recipient_keys(customer: Customer) -> Json:
    """How a status names its recipient."""
    return _keys(customer, "recipient_id", "recipient_user_id", "recipient_parent_user_id")


def echo_keys(customer: Customer) -> Json:
    """How an echo names the person it was sent to."""
    return _keys(customer, "to", "to_user_id", "to_parent_user_id")


def _keys(customer: Customer, phone: str, user: str, parent: str) -> Json:
    keys: Json = {}
    if customer.shows_phone:
        keys[phone] = customer.phone
    if customer.shows_user_id:
        keys[user] = customer.user_id
    if customer.parent_user_id:
        keys[parent] = customer.parent_user_id
    return keys


def seconds(at: int) -> str:
    """A moment as webhooks carry it: Unix seconds in a string."""
    return str(at // SECOND)


def document(updates: Sequence[Update], *, now: int, random: Random | None = None) -> Json:
    """One webhook body with all the updates. With `random`, contacts stand in any order and `time` is given.

    Messages and statuses of a number share one value where they stand side by side, as Meta does it too.
    """
    entries: dict[str, Json] = {}
    for update in updates:
        entry = entries.setdefault(update.number.waba_id, {"id": update.number.waba_id, "changes": []})
        if random is not None:
            entry["time"] = now // SECOND
        _place(entry["changes"], update)
    for entry in entries.values():
        for change in entry["changes"]:
            contacts = change["value"].get("contacts")
            if contacts and random is not None:
                random.shuffle(contacts)
    return {"object": "whatsapp_business_account", "entry": list(entries.values())}


def _place(changes: list[Json], update: Update) -> None:
    """Add the update to the last change where it fits, else to a new one."""
    if update.section is None:
        changes.append({"value": update.element, "field": update.field})
        return
    last = changes[-1] if changes else None
    fits = (
        last is not None
        and last["field"] == update.field
        and last["value"].get("metadata", {}).get("phone_number_id") == update.number.phone_number_id
    )
    if last is None or not fits:
        last = {"value": {"messaging_product": "whatsapp", "metadata": metadata(update.number)}, "field": update.field}
        changes.append(last)
    value = last["value"]
    if update.contact is not None and update.contact not in value.setdefault("contacts", []):
        value["contacts"].append(update.contact)
    value.setdefault(update.section, []).append(update.element)


def metadata(number: Number) -> Json:
    """Which of our numbers a value is about."""
    return {"display_phone_number": number.phone, "phone_number_id": number.phone_number_id}


def to_bytes(body: Json) -> bytes:
    """Compact, with everything beyond ASCII as lower-case escapes: the bytes that are signed and sent."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True).encode()


def signature(body: bytes, app_secret: str) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
