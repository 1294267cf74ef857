"""A house with one line that is linked with a phone, and short words for what tests of linking do with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontdesk.desk.accounts import Account
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import SECOND
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.house import TestHouse, house

PHONE = "351912345678"
LASTS = 20 * SECOND  # what a QR code of the fake does


@dataclass(slots=True)
class LinkedLine:
    """The house, its fake channel and the account on it."""

    house: TestHouse
    channel: LinkedFake
    account_id: str
    clock: FrozenClock

    @property
    def account(self) -> Account:
        """How it is at hand."""
        return self.house.desk.accounts.get(self.account_id)

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/api/v1/accounts/{self.account_id}"

    async def status(self, **headers: str) -> Any:
        """What the API says of it."""
        answer = await self.house.http.get(f"{self.path}/status", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def becomes(self, state: State) -> None:
        """Wait until it stands so."""
        await until(lambda: self.account.state is state)
        await self.house.desk.accounts.load()  # waits until it is stored too

    async def shows(self, qr: str | None) -> None:
        """Wait until it shows that code."""
        await until(lambda: getattr(self.house.desk.accounts.qr(self.account_id), "qr", None) == qr)
        await self.house.desk.accounts.load()

    def says(self, state: State, reason: str | None = None, **more: Any) -> None:
        """The line reports how it stands."""
        self.channel.say(self.account_id, LineState(state, reason, **more))

    async def next_code(self, qr: str) -> None:
        """Another code takes the place of the one before, and lasts as long."""
        self.says(State.QR_PENDING, qr=qr, expires_at=self.clock.now() + LASTS)
        await self.shows(qr)

    async def scanned(self) -> None:
        """Somebody scans the code."""
        self.says(State.CONNECTED, phone=PHONE)
        await self.becomes(State.CONNECTED)


@asynccontextmanager
async def linked_line(folder: Path, *, channel: LinkedFake | None = None, **more: Any) -> AsyncIterator[LinkedLine]:
    """A house with one linked line, which nobody has connected yet. The same folder again is a restart."""
    fake, clock = channel or LinkedFake(), more.pop("clock", None) or FrozenClock()
    async with house(folder, clock=clock, channels=(fake,), **more) as built:
        known = [account for account in built.desk.accounts.all() if account.channel is fake]
        account_id = known[0].row.id if known else await built.desk.accounts.add(fake.name, name="Clinic", options={})
        yield LinkedLine(built, fake, account_id, clock)
