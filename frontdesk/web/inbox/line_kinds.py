"""Which kinds of line can be added by a name and a scan."""

from frontdesk.channels.base import Pairs
from frontdesk.web.rooms import Rooms


def linked_kinds(rooms: Rooms) -> list[tuple[str, str]]:
    """Name and title of each channel whose lines are linked with a phone and need no options."""
    return [
        (name, channel.capabilities.title or name)
        for name, channel in rooms.channels.items()
        if isinstance(channel, Pairs) and not any(each.is_required() for each in channel.Options.model_fields.values())
    ]
