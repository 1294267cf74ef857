"""The channels of the house: those that come with it, one line each, and those that other packages bring.

A package brings a channel by an entry point of the group `frontdesk.channels` that names its class; the class takes
the clock.
"""

from importlib.metadata import entry_points

from frontdesk.channels.base import Channel
from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.simulator.channel import SimulatorChannel
from frontdesk.kit.clock import Clock

ENTRY_POINTS = "frontdesk.channels"

# The simulator is asked first: it takes only what it signed itself, whatever a line in development lets through.
BUILTIN = (SimulatorChannel, CloudChannel)


def installed(clock: Clock) -> tuple[Channel, ...]:
    """Every channel that is there, made with the clock."""
    brought = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    return tuple(make(clock) for make in (*BUILTIN, *(entry.load() for entry in brought)))
