"""What filing takes from messages."""

from frontdesk.desk.filing import _lifetime
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Inbound, Sender


def _telling(lifetime: int) -> Inbound:
    sender = Sender(addresses=(Address(AddressKind.PHONE, "447700900123"),))
    return Inbound("wamid.1", "text", sender, content={"expires_after": lifetime})


def test_a_lifetime_that_no_column_can_hold_is_none() -> None:
    assert _lifetime(_telling(604_800)) == 604_800
    assert _lifetime(_telling(2**31)) is None
