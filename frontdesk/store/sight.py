"""Which accounts an operator sees: their own, those that they were given, or all."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, delete, func, insert, null, or_, select

from frontdesk.domain.operators import Role, Sees, Sight, in_sight
from frontdesk.store import changes
from frontdesk.store.changes import Kind
from frontdesk.store.sql import among, const, joined, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import (
    accounts,
    alerts,
    appointments,
    chats,
    contacts,
    given_accounts,
    knowledge_gaps,
    media,
    merged_chats,
    messages,
    operators,
    reminders,
)

_ALL = or_(operators.c.role == const(Role.ADMIN.value), operators.c.sees == const(Sees.ALL.value))
_GIVEN = select(given_accounts.c.account_id).where(given_accounts.c.operator_id == operators.c.id)
_IDS = (  # removed ones too: their chats stay
    select(func.coalesce(joined(accounts.c.id), ""))
    .where(or_(accounts.c.owner_id == operators.c.id, accounts.c.id.in_(_GIVEN.correlate(operators))))
    .correlate(operators)
    .scalar_subquery()
)
SIGHT: ColumnElement[str | None] = case((_ALL, null()), else_=_IDS)  # a column beside those of an operator
_OF = select(SIGHT).where(operators.c.id == bindparam("operator"))


def sight(ids: str | None) -> Sight:
    """The value of the column `SIGHT`."""
    return None if ids is None else frozenset(ids.split())


async def of(read: Read, operator_id: str) -> Sight:
    """What an operator sees; who is none sees nothing."""
    found = await read.all(_OF, sight, {"operator": operator_id})
    return found[0] if found else frozenset()


async def sees(read: Read, operator_id: str, *, account_id: str) -> bool:
    """Whether an operator sees the account."""
    return in_sight(await of(read, operator_id), account_id)


async def given(read: Read) -> dict[str, list[str]]:
    """From the operators who were given accounts to the ids of these, in order."""
    found: dict[str, list[str]] = {}
    rows = select(given_accounts.c.operator_id, given_accounts.c.account_id).order_by(given_accounts.c.account_id)
    for operator_id, account_id in await read.all(rows, lambda *columns: columns):
        found.setdefault(operator_id, []).append(account_id)
    return found


_LIVE = select(accounts.c.id).where(among(accounts.c.id, "ids"), accounts.c.deleted_at.is_(None))


async def live(read: Read, account_ids: Sequence[str]) -> list[str]:
    """Those of the ids that are of accounts which were not removed."""
    return await read.scalars(_LIVE, {"ids": texts(account_ids)})


async def give(tx: Tx, operator_id: str, account_ids: Sequence[str]) -> None:
    """The operator is given these accounts, and no others."""
    await tx.run(delete(given_accounts).where(given_accounts.c.operator_id == operator_id))
    for account_id in dict.fromkeys(account_ids):
        await tx.run(insert(given_accounts).values(operator_id=operator_id, account_id=account_id))
    await changes.note(tx, Kind.RIGHTS, operator_id)


_ONE: BindParameter[str] = bindparam("one")
_INTO = select(merged_chats.c.chat_id).where(merged_chats.c.id == _ONE)
_WHERE: Mapping[str, Select[Any]] = {
    "appointment": select(appointments.c.account_id).where(appointments.c.id == _ONE),
    "contact": select(contacts.c.account_id).where(contacts.c.id == _ONE),
    "alert": select(alerts.c.account_id).where(alerts.c.id == _ONE),
    "chat": select(chats.c.account_id).where(chats.c.id == func.coalesce(_INTO.scalar_subquery(), _ONE)),
    "gap": select(chats.c.account_id)
    .join(knowledge_gaps, knowledge_gaps.c.chat_id == chats.c.id)
    .where(knowledge_gaps.c.id == _ONE),
    "media": select(media.c.account_id).where(media.c.id == _ONE),
    "reminder": select(reminders.c.account_id).where(reminders.c.id == _ONE),
    "message": select(messages.c.account_id).where(messages.c.id == _ONE),
}


async def account_of(read: Read, kind: str, one: str) -> str | None:
    """The account to which an `alert`, a `chat`, a `media` file or a `message` belongs; None where there is none."""
    found: str | None = await read.scalar(_WHERE[kind], {"one": one})
    return found
