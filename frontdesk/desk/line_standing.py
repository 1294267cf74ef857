"""How a line stands: why it is down, what is told of it, and what the terminal gets to read."""

import logging
from dataclasses import replace

from frontdesk.domain.accounts import State, is_unchecked, sentence
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.telling import Word, word_for
from frontdesk.domain.wire import LineState
from frontdesk.store.rows import AccountRow

log = logging.getLogger(__name__)

BY_HAND = "It was taken down by hand."
STILL_LISTED = (
    "WhatsApp could not be told. If the phone still lists this device under Settings > Linked devices, take it off "
    "there."
)
_BY_HAND: dict[State, tuple[str | None, ...]] = {  # what is said where it was a person who did it
    State.DISCONNECTED: (BY_HAND,),
    State.LOGGED_OUT: (None, STILL_LISTED),
}
_UP = (State.CONNECTED, State.CONNECTING, State.QR_PENDING)


def state_event(account_id: str, state: State, reason: str | None) -> Live:
    """The live event of how a line stands."""
    payload = {"account_id": account_id, "state": state.value, "sentence": sentence(state, reason)}
    return Live(LiveType.ACCOUNT_STATE, payload, account_id)


def is_down_by_hand(row: AccountRow) -> bool:
    """Whether somebody took it down, or added it and has never connected it."""
    untouched = row.state_reason is None and row.last_connected_at is None and not row.from_settings
    return State(row.state) is State.DISCONNECTED and (row.state_reason == BY_HAND or untouched)


def is_by_hand(state: State, reason: str | None) -> bool:
    """Whether somebody took the line down or logged it out."""
    return reason in _BY_HAND.get(state, ())


def stays_down(row: AccountRow, what: LineState) -> bool:
    """A line that was taken down or logged out by hand says so itself a moment later: why it is down is known."""
    return State(row.state) is what.state and is_by_hand(what.state, row.state_reason)


def as_sealed(row: AccountRow) -> AccountRow:
    """The row of a line whose secrets cannot be opened: what it says of the last run, that it is up, is over."""
    up = State(row.state) in _UP
    return replace(row, state=State.ACTION_REQUIRED.value, state_reason=None) if up else row


def has_stopped(state: State, reason: str | None) -> bool:
    """Whether a line waits for its owner, who did not stop it."""
    return state is State.ACTION_REQUIRED or (state is State.LOGGED_OUT and not is_by_hand(state, reason))


def has_fallen(state: State, reason: str | None) -> bool:
    """Whether a line is down although nobody took it down."""
    return state is State.DISCONNECTED and reason not in (None, BY_HAND)


def word_of(row: AccountRow) -> Word | None:
    """How the owner is told that the line stands; None when nobody is: it was never up, or is down by hand."""
    if is_down_by_hand(row) or is_by_hand(State(row.state), row.state_reason):
        return None
    return word_for(State(row.state), was_up=row.last_connected_at is not None)


def note(row: AccountRow, what: LineState) -> None:
    """Write into the log, once, that a line has stopped, fell, or could not be checked."""
    if (row.state, row.state_reason) == (what.state.value, what.reason):
        return
    how = (what.state, what.reason)
    if has_stopped(*how) or has_fallen(*how) or is_unchecked(*how):
        log.warning("The line “%s”: %s", row.name, sentence(what.state, what.reason), extra={"account": row.id})
