"""What an operator wants to be told of in the browser."""

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.domain.own_alerts import OwnAlerts, problem
from frontdesk.store import operators
from frontdesk.store.rows import OperatorRow
from frontdesk.store.store import Store


class OwnAlertsBook:
    """Keeps it with the operator."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def change(self, operator_id: str, wanted: OwnAlerts) -> None:
        """They are told so from now on.

        Raises:
            Invalid: it cannot be so; the sentence says why.
            NotFound: there is no such operator.
        """
        quiet = wanted.quiet.replace(" ", "").replace("–", "-") if wanted.quiet is not None else None
        wanted = OwnAlerts(wanted.threshold, quiet)
        if (wrong := problem(wanted)) is not None:
            raise Invalid(wrong)
        async with self._store.begin(shared=True) as tx:
            if not await operators.set_alerts(tx, operator_id, told_from=wanted.threshold, told_quiet=wanted.quiet):
                raise NotFound("There is no such operator.")


def own_alerts(row: OperatorRow) -> OwnAlerts:
    """What stands in the row."""
    return OwnAlerts(row.told_from, row.told_quiet)
