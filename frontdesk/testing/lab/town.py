"""The people of `frontdesk lab` with their phones, what their owners do with linked devices, and what goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from frontdesk import samples
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.testing.lab.accounts import Device
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.phone import Phone
from frontdesk.testing.lab.pocket import Pocket
from frontdesk.testing.lab.server import Lab
from frontdesk.testing.lab.shown import Changes

OWNED = (("351210000100", samples.NAME), ("351210000200", "Second number"))
CUSTOMERS = (("447700900123", "Anna Lima"), ("447700900456", "Ben Okafor"), ("447700900789", "Carla Reis"))
GROUP = "Family check-ups"
AWAY = 20 * SECOND
_NAMELESS = "A linked device"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that shows a code now."""

    account_id: str
    name: str
    qr: str | None
    pairing_code: str | None


class ShowsCodes(Protocol):
    """The desk, as far as the phones look at its screen."""

    def waiting(self) -> Sequence[Waiting]:
        """The lines that show a code now."""


class Town:
    """Everybody with a phone. The phones are in memory alone: each start has new ones."""

    def __init__(self, lab: Lab, clock: Clock) -> None:
        self.lab, self.clock, self.changes = lab, clock, Changes()
        self.pockets: dict[str, Pocket] = {}
        self.screen: ShowsCodes | None = None
        self.away_until = 0
        self._names: dict[Device, str] = {}
        self._outage: asyncio.Task[None] | None = None

    async def move_in(self) -> None:
        """Give everybody a phone, and everybody's chats."""
        for people, owned in ((OWNED, True), (CUSTOMERS, False)):
            for number, name in people:
                phone = Phone(self.lab, self.lab.add_account(number, name))
                self.pockets[number] = Pocket(phone, self.clock, self.changes, owned=owned)
        shops = [pocket.account for pocket in self.pockets.values() if pocket.owned]
        customers = [pocket.account for pocket in self.pockets.values() if not pocket.owned]
        group = await self.lab.create_group(GROUP, customers[0], [customers[1], shops[0]])
        for pocket in self.pockets.values():
            pocket.knows(*(customers if pocket.owned else shops))
            if pocket.account in group.members:
                pocket.knows(group)

    @asynccontextmanager
    async def living(self) -> AsyncIterator["Town"]:
        """The town with everybody's phone switched on."""
        await self.move_in()
        listening = [asyncio.create_task(pocket.listen()) for pocket in self.pockets.values()]
        try:
            yield self
        finally:
            for task in filter(None, [*listening, self._outage]):
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)

    def pocket(self, number: str) -> Pocket:
        """Somebody's phone.

        Raises:
            LabError: nobody has that number.
        """
        if number not in self.pockets:
            raise LabError("Nobody here has this phone.")
        return self.pockets[number]

    # linked devices
    def waiting(self) -> Sequence[Waiting]:
        """The lines that show a code now."""
        return self.screen.waiting() if self.screen else ()

    def devices(self, pocket: Pocket) -> list[tuple[Device, str]]:
        """The devices that are linked with a phone, and what they are called."""
        linked = [device for device in pocket.account.devices.values() if device.number]
        return [(device, self._names.get(device, _NAMELESS)) for device in linked]

    async def scan(self, pocket: Pocket, account_id: str) -> None:
        """Scan the code that a line shows, with this phone."""
        line = next((one for one in self.waiting() if one.account_id == account_id and one.qr), None)
        if line is None or line.qr is None:
            raise LabError("This line shows no code any more. Show a new one under Lines, and scan again.")
        device = await self.lab.scan_qr(pocket.account, line.qr)
        self._names[device] = line.name

    async def type_code(self, pocket: Pocket, typed: str) -> None:
        """Type a code of eight letters and digits on this phone."""
        code = "".join(letter for letter in typed.upper() if letter.isalnum())
        line = next((one for one in self.waiting() if (one.pairing_code or "").replace("-", "") == code), None)
        if line is None:
            raise LabError(
                "No line shows this code for now. On the line's page choose “Use a code instead”, give the number "
                f"+{pocket.account.phone}, and type what it shows."
            )
        device = await self.lab.enter_code(pocket.account, code)
        self._names[device] = line.name

    async def unlink(self, pocket: Pocket, number: str) -> None:
        """Take a linked device off, as its owner does on the phone."""
        for device, _ in self.devices(pocket):
            if str(device.number) == number:
                await self.lab.unlink(device)

    # troubles
    def cut(self, pocket: Pocket) -> None:
        """The connections of its linked devices drop."""
        for device, _ in self.devices(pocket):
            self.lab.drop(device)

    async def log_out(self, pocket: Pocket) -> None:
        """WhatsApp logs its linked devices out: their next login is refused."""
        for device, _ in self.devices(pocket):
            pocket.account.devices.pop(device.number)
            await self.lab.relay.devices_changed(pocket.account)
            self.lab.refuse(device, 401)

    async def go_away(self) -> None:
        """WhatsApp cannot be reached for a while. Again meanwhile changes nothing."""
        if self._outage is None or self._outage.done():
            self.away_until = self.clock.now() + AWAY
            self._outage = asyncio.create_task(self._be_away())

    async def _be_away(self) -> None:
        await self.lab.go_away()
        await self.clock.sleep(AWAY)
        await self.lab.come_back()
