"""A shop whose number is linked, with the owner's phone and two customers: one for all tests of a file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from linked_line import ANNA, BEN, IN_TIME, SHOP, LinkedLine, linked

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import GroupChange, Inbound, Receipt
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Account, Device, Group, Lab, Phone, Received, Said

T = TypeVar("T")

THUMBNAIL = b"\xff\xd8thumbnail\xff\xd9"
CONTENT = b"%PDF-1.4 " + bytes(range(256)) * 40


@dataclass
class Shop:
    """Everybody and everything."""

    lab: Lab
    line: LinkedLine
    account: Account
    device: Device
    owner: Phone
    anna: Phone
    ben: Phone

    async def heard(self, said: Said | str, *, kind: str | None = None) -> Inbound:
        """What the line told of a message."""
        wanted = said if isinstance(said, str) else said.id
        return await self.line.event(
            Inbound, lambda one: one.external_id == wanted and (kind is None or one.kind == kind)
        )

    def told_of(self, said: Said | str) -> list[Inbound]:
        """All that the line has told of a message so far."""
        wanted = said if isinstance(said, str) else said.id
        return [one for one in self.line.events if isinstance(one, Inbound) and one.external_id == wanted]

    async def receipt(self, external_id: str, status: Status) -> Receipt:
        """What the line reports of a message of ours."""
        return await self.line.event(Receipt, lambda one: (one.external_id, one.status) == (external_id, status))

    async def group(self, subject: str = "Orders") -> Group:
        """A group of Anna's with Ben and the shop, of which the line has told."""
        group = await self.lab.create_group(subject, self.anna.account, [self.account, self.ben.account])
        await self.line.event(GroupChange, lambda one: one.group == address_of(group))
        return group


def address_of(group: Group) -> Address:
    """The address of a group."""
    return Address(AddressKind.GROUP, str(group.jid))


def phone_of(account: Account) -> Address:
    """The address of a person by number."""
    return Address(AddressKind.PHONE, account.phone)


def lid_of(account: Account) -> Address:
    """The hidden address of a person."""
    return Address(AddressKind.LID, account.lid)


def both(account: Account) -> tuple[Address, ...]:
    """Both addresses of a person, the best one first."""
    return phone_of(account), lid_of(account)


async def from_shop(phone: Phone, external_id: str | None) -> Received:
    """What a phone reads of a message of the shop's."""
    while (received := await phone.next(seconds=IN_TIME)).id != external_id:
        pass
    return received


async def first(ask: Callable[[], Awaitable[T]], matches: Callable[[T], bool]) -> T:
    """The first of what is given that matches."""
    while not matches(found := await ask()):
        pass
    return found


@asynccontextmanager
async def linked_shop(folder: Path) -> AsyncIterator[Shop]:
    """The shop, ready. In the end the lab must have known everything that it was asked."""
    async with Lab(folder / "lab") as lab:
        account = lab.add_account(SHOP, "Shop")
        owner, anna, ben = Phone(lab, account), *(Phone(lab, lab.add_account(*who)) for who in _CUSTOMERS)
        async with linked(lab, folder / "lines") as line:
            device = await line.link(account)
            await until(lambda: not device.waiting)
            yield Shop(lab, line, account, device, owner, anna, ben)
        assert (lab.errors, dict(lab.unknown)) == ([], {})


_CUSTOMERS = ((ANNA, "Anna"), (BEN, "Ben"))
