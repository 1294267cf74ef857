"""How a line stands, in a sentence, as every door tells it."""

from frontdesk.desk.accounts import Account
from frontdesk.domain.accounts import sentence
from frontdesk.kit.clock import to_datetime
from frontdesk.web.rooms import Rooms


def standing(rooms: Rooms, account: Account) -> str:
    """The sentence for the line, with the time of day until which it has to wait, where WhatsApp asked it to."""
    until, reason = account.row.blocked_until, account.row.state_reason
    if until is None or until <= rooms.clock.now():
        return sentence(account.state, reason)
    return sentence(account.state, reason, waits_until=f"{to_datetime(until, rooms.house().timezone):%H:%M}")
