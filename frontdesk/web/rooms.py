"""What the web is handed: the parts of the house that pages and programs speak to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from frontdesk.channels.base import Channel
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.desk.desk import Desk
from frontdesk.domain.personas import House
from frontdesk.events.base import Bus
from frontdesk.kit.clock import Clock
from frontdesk.kit.vault import Vault
from frontdesk.llm.models import Models
from frontdesk.settings import Settings
from frontdesk.store.store import Store
from frontdesk.web.counts import Counts


@dataclass(slots=True)
class Door:
    """Whether a load balancer is to send requests to this process: `closed` says why not."""

    closed: str | None = "This process is starting. Ask again in a moment."


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms behind the door."""

    settings: Settings
    clock: Clock
    vault: Vault
    store: Store
    bus: Bus
    desk: Desk
    channels: Mapping[str, Channel]
    house: Callable[[], House]  # what frontdesk.toml says now
    counts: Counts
    started_at: int
    models: Models
    model: str = "offline:"  # the installation's model, as provider:model
    standin: StandIn | None = None  # the demo's Graph API
    suggestions: tuple[str, ...] = field(default=())  # questions that the phone page offers
    running: Callable[[], int] = lambda: 0  # jobs that run now
    alone: bool = True  # no other process serves the house
    door: Door = field(default_factory=Door)
