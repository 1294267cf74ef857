"""One person goes out of the file of a linked device, whether it is in use or sealed."""

import asyncio
import logging
from collections.abc import Sequence

from frontdesk.channels.linked.credentials import Credentials, Found
from frontdesk.channels.linked.device_file import Damaged, forget_people
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.kit.errors import Rejected, Retryable

log = logging.getLogger(__name__)


async def forget(credentials: Credentials, person: Sequence[Address]) -> None:
    """Nothing of the person stays in the credentials of a line. Those who wait may wait some seconds.

    Raises:
        Retryable: another program is at the file.
        Rejected: it is sealed with another key.
    """
    numbers = sorted({one.value for one in person if one.kind in (AddressKind.PHONE, AddressKind.LID)})
    if not numbers:
        return
    try:
        found = await asyncio.to_thread(credentials.change, lambda path: forget_people(path, numbers))
    except (OSError, Damaged) as busy:
        log.warning("the file of a linked device could not be changed: %s", busy)
        raise Retryable("The address book of the linked device is in use. Try again in a moment.", after=1000) from busy
    if found is Found.LOCKED:
        raise Rejected(credentials.locked_sentence)
