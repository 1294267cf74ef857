"""The states of a line: which may follow which, and what each means for the person who looks at it."""

from enum import StrEnum


class State(StrEnum):
    """How a line stands."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    QR_PENDING = "qr_pending"
    CONNECTED = "connected"
    ACTION_REQUIRED = "action_required"
    LOGGED_OUT = "logged_out"


_S = State
TRANSITIONS: dict[State, frozenset[State]] = {
    _S.DISCONNECTED: frozenset({_S.CONNECTING, _S.LOGGED_OUT, _S.ACTION_REQUIRED}),
    _S.CONNECTING: frozenset({_S.QR_PENDING, _S.CONNECTED, _S.DISCONNECTED, _S.ACTION_REQUIRED, _S.LOGGED_OUT}),
    _S.QR_PENDING: frozenset({_S.CONNECTING, _S.CONNECTED, _S.DISCONNECTED, _S.ACTION_REQUIRED, _S.LOGGED_OUT}),
    _S.CONNECTED: frozenset({_S.CONNECTING, _S.DISCONNECTED, _S.LOGGED_OUT, _S.ACTION_REQUIRED}),
    _S.ACTION_REQUIRED: frozenset({_S.CONNECTING, _S.CONNECTED, _S.DISCONNECTED, _S.LOGGED_OUT}),
    _S.LOGGED_OUT: frozenset({_S.CONNECTING}),  # that it is not connected either is no news
}

_SENTENCES: dict[State, str] = {
    _S.DISCONNECTED: "Not connected. Connect the line to send and receive.",
    _S.CONNECTING: "Connecting. This takes a few seconds.",
    _S.QR_PENDING: "Waiting for the code to be scanned with the phone.",
    _S.CONNECTED: "Connected. Messages come in and go out.",
    _S.ACTION_REQUIRED: "Stopped until you act.",
    _S.LOGGED_OUT: "Logged out. Link the line again to use it.",
}


_LINK = "Open WhatsApp on the phone > Settings > Linked devices > Link a device"
_NEXT: dict[State, str] = {
    _S.DISCONNECTED: "Connect the line.",
    _S.ACTION_REQUIRED: "When that is done, connect the line again.",
    _S.LOGGED_OUT: "Connect the line again.",
}
_NEXT_OF_LINKED: dict[State, str] = {
    _S.DISCONNECTED: "Connect the line for a code, and scan it with the phone.",
    _S.QR_PENDING: f"{_LINK}, and scan.",
    _S.LOGGED_OUT: f"Connect the line for a new code. {_LINK}, and scan. The chats are kept.",
}
_NEXT_BY_LINK = "Connect the line. While the phone lists it under Linked devices, no new code is needed."
_NEXT_BY_CODE = f"{_LINK} > Link with phone number instead, and type the code."

_UNCHECKED = "The access token could not be checked"


def unchecked_reason(why: str) -> str:
    """The reason behind a line that counts as connected, although nobody could be asked whether it is."""
    return f"{_UNCHECKED}: {why}"


def is_unchecked(state: State, reason: str | None) -> bool:
    """Whether a line counts as connected without having been checked."""
    return state is State.CONNECTED and (reason or "").startswith(_UNCHECKED)


def may_follow(current: State, following: State) -> bool:
    """Whether a line may go from one state to the other; staying where it is always may."""
    return current is following or following in TRANSITIONS[current]


def sentence(state: State, reason: str | None = None, *, waits_until: str | None = None) -> str:
    """What the state means, for people, with the reason behind it where there is one.

    `waits_until` is the time of day until which nothing goes out, where the channel asked the whole line to wait.
    """
    if state is State.CONNECTED and waits_until:
        waits = f"Messages come in; WhatsApp asked this line to wait, so nothing goes out before {waits_until}."
        return f"Connected. {waits} {reason}" if reason else f"Connected. {waits}"
    if is_unchecked(state, reason):
        return f"Not checked yet. {reason}"
    return f"{_SENTENCES[state]} {reason}" if reason else _SENTENCES[state]


def next_step(
    state: State, reason: str | None = None, *, links: bool = False, by_code: bool = False, linked: bool = False
) -> str | None:
    """What somebody has to do so that the line works, None when that is nothing.

    `links` is for lines that are linked with a phone, `linked` for one that was before; `by_code` when a code waits to
    be typed there.
    """
    if is_unchecked(state, reason):
        return "Connect the line again to have it checked."
    if state is State.QR_PENDING and by_code:
        return _NEXT_BY_CODE
    if state is State.DISCONNECTED and links and linked:
        return _NEXT_BY_LINK
    return (_NEXT | _NEXT_OF_LINKED if links else _NEXT).get(state)


def may_send(state: State) -> bool:
    """Whether messages may go out now; in other states they wait in the outbox."""
    return state is State.CONNECTED
