"""The channels of the house: those that come with it, one line each, and those that other packages bring.

A package brings a channel by an entry point of the group `frontdesk.channels` that names its class; the class takes
the clock, and with `keeps_files = True` also `folder`, a private place for its files, and `vault`, which seals them.
With `asks_leave = True` it is told whether it `starts_programs` that a line names, and with `runs_programs = True` it
gets the `leave` that is asked before the program of a line is started, and told of each.
"""

from pathlib import Path
from typing import Any

from frontdesk.channels.base import Channel
from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.bridge.fence import Leave
from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.channels.simulator.channel import SimulatorChannel
from frontdesk.kit.clock import Clock
from frontdesk.kit.plugins import entry_points
from frontdesk.kit.vault import Vault

ENTRY_POINTS = "frontdesk.channels"

# The simulator is asked first: it takes only what it signed itself, whatever a line in development lets through.
BUILTIN: tuple[Any, ...] = (SimulatorChannel, CloudChannel, LinkedChannel, BridgeChannel)


def installed(
    clock: Clock, *, folder: Path, vault: Vault, starts_programs: bool = False, leave: Leave | None = None
) -> tuple[Channel, ...]:
    """Every channel that is there. Those that keep files get a place in the folder, and the vault to seal them.

    `starts_programs` is the leave of the machine's owner to start what the options of a line name; `leave` is that of
    whoever knows which lines are held by this process, without it all of them.
    """
    brought = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    made: list[Channel] = []
    for make in (*BUILTIN, *(entry.load() for entry in brought)):
        given: dict[str, Any] = {}
        if getattr(make, "keeps_files", False):
            given |= {"folder": folder / make.name, "vault": vault}
        if getattr(make, "asks_leave", False):
            given["starts_programs"] = starts_programs
        if getattr(make, "runs_programs", False):
            given["leave"] = leave
        made.append(make(clock, **given))
    return tuple(made)
