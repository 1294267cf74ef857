"""What the desk and its owner say to each other in the own chat, put together."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from frontdesk.desk.accounts import Accounts
from frontdesk.desk.commands import Commands
from frontdesk.desk.debugging import Debugging
from frontdesk.desk.heartbeat import Heartbeat
from frontdesk.desk.holding import Holding
from frontdesk.desk.muting import Muting
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.own_chat import OwnChat
from frontdesk.desk.own_numbers import OwnNumbers
from frontdesk.desk.pausing import Pausing
from frontdesk.domain.personas import House
from frontdesk.kit.clock import Clock
from frontdesk.store.store import Store


@dataclass(frozen=True, slots=True)
class ToOwner:
    """The parts that write there, or read there."""

    own_chat: OwnChat
    commands: Commands
    heartbeat: Heartbeat
    debugging: Debugging


def build(
    store: Store,
    clock: Clock,
    *,
    accounts: Accounts,
    numbers: OwnNumbers,
    holding: Holding,
    outbox: Outbox,
    pausing: Pausing,
    house: Callable[[], House],
    public_url: str | None,
    disk: Path,
) -> ToOwner:
    """Put them together; nothing is started."""
    own = OwnChat(clock, accounts=accounts, numbers=numbers, house=house, outbox=outbox)
    commands = Commands(
        store,
        clock,
        accounts=accounts,
        own_chat=own,
        holding=holding,
        pausing=pausing,
        muting=Muting(clock),
        house=house,
        public_url=public_url,
    )
    heartbeat = Heartbeat(store, clock, accounts=accounts, own_chat=own, pausing=pausing, house=house, disk=disk)
    return ToOwner(own, commands, heartbeat, Debugging(store, own, public_url=public_url))
