"""Which kinds of line can be added by a name and a scan."""

from pydantic import ValidationError

from frontdesk.channels.base import Channel, Pairs
from frontdesk.web.rooms import Rooms


def linked_kinds(rooms: Rooms) -> list[tuple[str, str]]:
    """Name and title of each channel whose lines are linked with a phone and need no options."""
    return [
        (name, channel.capabilities.title or name)
        for name, channel in rooms.channels.items()
        if isinstance(channel, Pairs) and _needs_nothing(channel)
    ]


def _needs_nothing(channel: Channel) -> bool:
    try:
        channel.Options()
    except ValidationError:
        return False
    return True
