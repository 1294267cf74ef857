"""What waits to be stored, and in which groups it is stored. Only a database with room for many writers needs them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from frontdesk.desk import later_changes
from frontdesk.desk.accounts import Account
from frontdesk.desk.people import forms
from frontdesk.domain.importance import is_asked
from frontdesk.domain.wire import Damaged, Event, Inbound, Notice, Receipt
from frontdesk.store.store import StoreUnavailable

# Messages that share a transaction where each takes locks of its own, of which a database has some thousands.
APART = 64


@dataclass(slots=True, eq=False)
class Parcel:
    """What one call of `receive` brought, and who waits for it."""

    channel: str
    placed: list[tuple[Account | None, str | None, Event]]  # the account, the line's own id, and what it is
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(slots=True, eq=False)
class Group:
    """Parcels that share a transaction.

    `apart`: messages, each of which touches its sender alone. `alone`: it may touch what any other message touches.
    """

    parcels: list[Parcel]
    apart: bool = False
    alone: bool = True
    accounts: set[str] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)  # by the keys of their addresses, in every form
    told: set[str] = field(default_factory=set)  # the messages, by their own ids

    def __post_init__(self) -> None:
        for parcel in self.parcels if self.apart else ():
            for account, _, said in parcel.placed:
                assert account is not None
                assert isinstance(said, Inbound)
                self.accounts.add(account.row.id)
                self.senders.update(forms(account.row.id, said.sender.addresses))
                self.told.add(f"message:{account.row.id}/{said.external_id}")

    @property
    def asks_scores(self) -> bool:
        """Whether somebody said, or said anew, what waits to be scored then."""
        said = (event for parcel in self.parcels for _, _, event in parcel.placed if isinstance(event, Inbound))
        return any(one.kind == _EDIT or asks_score(one) for one in said)


_EDIT = "edit"


def asks_score(message: Inbound) -> bool:
    """Whether a message that arrives is to be scored."""
    return is_asked(message.kind, typed_on_phone=message.typed_on_phone, history=message.history)


def groups_of(parcels: list[Parcel]) -> list[Group]:
    """Messages keep their order, and so all go together where one of them touches more than its sender."""
    plain: list[Parcel] = []
    others: list[Parcel] = []
    for parcel in parcels:
        few = len(parcel.placed) <= APART
        is_plain = few and all(_is_plain(account, event) for account, _, event in parcel.placed)
        (plain if is_plain else others).append(parcel)
    # Receipts are of other messages.
    if any(not isinstance(event, Receipt | Notice | Damaged) for parcel in others for _, _, event in parcel.placed):
        return [Group(parcels)]
    groups = [Group(few, apart=True, alone=False) for few in _cut(plain)]
    return [*groups, Group(others, alone=False)] if others else groups


def _cut(parcels: list[Parcel]) -> Iterator[list[Parcel]]:
    """In groups with few enough messages."""
    group: list[Parcel] = []
    for parcel in parcels:
        if sum(len(one.placed) for one in (*group, parcel)) > APART:
            yield group
            group = []
        group.append(parcel)
    if group:
        yield group


def _is_plain(account: Account | None, event: Event) -> bool:
    """Whether it touches its sender and their chat alone."""
    return (
        account is not None
        and isinstance(event, Inbound)
        and bool(event.sender.addresses)
        and event.group is None
        and not event.typed_on_phone
        and not event.history
        and event.kind not in later_changes.KINDS
    )


def tell(parcels: list[Parcel], failure: StoreUnavailable | None = None) -> None:
    """Those who wait, and were not told yet, learn how it went; who stopped waiting is left alone."""
    for parcel in parcels:
        if parcel.stored.done():
            continue
        if failure is None:
            parcel.stored.set_result(None)
        else:
            parcel.stored.set_exception(failure)
