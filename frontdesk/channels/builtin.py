"""The channels that come with the house, one line each; others are added from outside by the entry point `frontdesk.channels`."""

from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.simulator.channel import SimulatorChannel

# The simulator is asked first: it takes only what it signed itself, whatever a line in development lets through.
BUILTIN = (SimulatorChannel, CloudChannel)
