"""How a line stands, in a sentence, as every door tells it; and what sets it up."""

from frontdesk.desk.accounts import Account
from frontdesk.domain.accounts import next_step, sentence
from frontdesk.kit.clock import to_datetime
from frontdesk.kit.command import command
from frontdesk.store.rows import AccountRow
from frontdesk.web.rooms import Rooms


def standing(rooms: Rooms, account: Account) -> str:
    """The sentence for the line, with the time of day until which it has to wait, where WhatsApp asked it to."""
    if rests(rooms, account.row):
        return resting()
    until, reason = account.row.blocked_until, account.row.state_reason
    if until is None or until <= rooms.clock.now():
        return sentence(account.state, reason)
    return sentence(account.state, reason, waits_until=f"{to_datetime(until, rooms.house().timezone):%H:%M}")


def next_of(rooms: Rooms, account: Account) -> str | None:
    """What somebody has to do so that the line works; None when that is nothing."""
    if rests(rooms, account.row):
        return None
    shown, now = rooms.desk.accounts.qr(account.row.id), rooms.clock.now()
    by_code = shown is not None and shown.has_pairing_code(now)
    linked = account.row.phone is not None
    return next_step(account.state, account.row.state_reason, links=account.links, by_code=by_code, linked=linked)


def resting() -> str:
    """The sentence for the demonstration's line while that is not run."""
    again = f"“{command()} serve --demo” runs it again."
    return f"The demonstration is not running, so nothing comes in or goes out here. {again}"


def is_set_up(rooms: Rooms, row: AccountRow) -> bool:
    """Whether the environment names the line now, or the demonstration that runs: the next start would bring it back.

    A line stays when what had set it up is gone; then it is kept and removed like one that was added by hand.
    """
    if _is_of_demo(rooms, row):
        return rooms.standin is not None
    named = rooms.settings.cloud_account
    return named is not None and (row.channel, row.line_ref) == ("cloud", named.phone_number_id)


def rests(rooms: Rooms, row: AccountRow) -> bool:
    """Whether the line is the demonstration's while that is not run: nobody is there who could answer it."""
    return _is_of_demo(rooms, row) and rooms.standin is None


def _is_of_demo(rooms: Rooms, row: AccountRow) -> bool:
    channel = rooms.channels.get(row.channel)
    return row.from_settings and channel is not None and not channel.capabilities.real
