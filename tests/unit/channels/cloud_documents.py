"""Makes webhook bodies of the Cloud API, odd ones as well, and reads them with the channel."""

from typing import Any

import orjson

from frontdesk.channels.cloud import CloudChannel
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Event, Inbound

channel = CloudChannel()
PHONE = Address(AddressKind.PHONE, "447700900123")
USER = Address(AddressKind.USER, "GB.5520918837410026")
METADATA = {"display_phone_number": "351210000100", "phone_number_id": "330000000000451"}
CONTACT = {"profile": {"name": "Ana"}, "wa_id": PHONE.value, "user_id": USER.value}


def document(*changes: Any) -> dict[str, Any]:
    """A whole body with one entry."""
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "210000000000017", "changes": list(changes)}],
    }


def change(field: str = "messages", **value: Any) -> dict[str, Any]:
    """One change of an entry, about our line."""
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": METADATA, **value}}


def message(kind: Any = "text", **parts: Any) -> dict[str, Any]:
    """One message from Ana's phone, as Meta writes it; `parts` may be odd."""
    return {"from": PHONE.value, "id": "wamid.1", "timestamp": "1790000037", "type": kind, **parts}


def parse(*changes: Any) -> list[Event]:
    """Every event that the channel finds in a body with these changes."""
    deliveries = channel.parse(orjson.dumps(document(*changes)))
    return [event for delivery in deliveries for event in delivery.events]


def read(kind: Any = "text", *, contacts: Any = (), **parts: Any) -> Inbound:
    """The one message that the channel finds, when it is sent alone."""
    (event,) = parse(change(contacts=list(contacts), messages=[message(kind, **parts)]))
    assert isinstance(event, Inbound)
    return event
