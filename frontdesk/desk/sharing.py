"""Who sees which line: its owner, those it was given to, and those who see all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frontdesk.desk.accounts import Accounts
from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.desk.rights import Rights
from frontdesk.domain.operators import Role, Sees
from frontdesk.store import accounts, operators, sight
from frontdesk.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person is to see: this line, and whether all others too, also those that are added later."""

    line: bool
    everything: bool


class Sharing:
    """Gives a line to people, and takes it from them."""

    def __init__(self, store: Store, accounts: Accounts, rights: Rights) -> None:
        self._store = store
        self._accounts = accounts
        self._rights = rights

    async def share(self, account_id: str, people: Mapping[str, Shown], *, owner_id: str | None) -> None:
        """Set who owns a line and which of the people see it. Who saw all lines until now keeps the others.

        Raises:
            NotFound: there is no such account, or no such operator.
        """
        self._accounts.get(account_id)
        async with self._store.begin() as tx:
            if owner_id and await operators.by_id(tx, owner_id) is None:
                raise NotFound("There is no such operator.")
            given = await sight.given(tx)
            for operator_id, shown in people.items():
                await self._show(tx, account_id, shown, who=operator_id, given=given.get(operator_id, []))
        await self._accounts.change(account_id, owner_id=owner_id or "")
        self._rights.ended()

    async def _show(self, tx: Tx, account_id: str, shown: Shown, *, who: str, given: Sequence[str]) -> None:
        operator = await operators.by_id(tx, who)
        if operator is None:
            raise NotFound("There is no such operator.")
        if operator.role == Role.ADMIN:
            return
        saw_all = operator.sees == Sees.ALL
        await operators.change(tx, who, {"sees": (Sees.ALL if shown.everything else Sees.GIVEN).value})
        if not shown.everything:
            known = [row.id for row in await accounts.all_live(tx)] if saw_all else given
            rest = [one for one in known if one != account_id]
            await sight.give(tx, who, [*rest, account_id] if shown.line else rest)


def sees_of(word: str) -> str:
    """The word, where it is one.

    Raises:
        Invalid: it is none.
    """
    if word not in set(Sees):
        raise Invalid(f"sees must be all or given, not “{word[:40]}”.")
    return Sees(word).value


async def give(tx: Tx, operator_id: str, accounts: Sequence[str]) -> None:
    """The operator is given these accounts and no others; of those that were removed they keep what they had.

    Raises:
        Invalid: there is no such account.
    """
    had = (await sight.given(tx)).get(operator_id, [])
    live = set(await sight.live(tx, [*accounts, *had]))
    unknown = [one for one in accounts if one not in live and one not in had]
    if unknown:
        raise Invalid(f"There is no account “{unknown[0][:60]}”. GET /api/v1/accounts lists those that there are.")
    if accounts or had:
        await sight.give(tx, operator_id, [*accounts, *(one for one in had if one not in live)])
