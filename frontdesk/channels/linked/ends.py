"""What the program of a linked line tells of the line: which state it is in, and whether to start it again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState


class Then(Enum):
    """What follows for the process."""

    GO_ON = "go on"  # nothing: it goes on by itself
    AGAIN = "again"  # it is started again after a while
    STOP = "stop"  # it makes no sense to start it again before somebody acts
    FORGET = "forget"  # as stop, and the credentials are worth nothing any more


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of a line by something that was told. Without a state the present one stays."""

    then: Then = Then.GO_ON
    state: LineState | None = None
    why: str = ""  # where it is started again: the sentence to show until it stands


_LINK_AGAIN = "Link it again: press Connect and scan the code."
_PASSKEY = (
    "WhatsApp asks for a passkey before this phone may link a device, and linking here cannot give one. On the phone, "
    "open Settings > Account > Passkeys, switch the passkey off, and link again; or use the Cloud API for this number."
)
_OUTDATED = (
    "WhatsApp no longer takes this version of the software behind linked devices. Update Frontdesk; until then use "
    "the phone. Nothing that came in is lost."
)
_REPLACED = (
    "The link was opened at another place. If this installation runs twice, stop the other one; then press Connect."
)
_REFUSALS = {
    "MAIN_DEVICE_GONE": "WhatsApp says that the phone of this number is gone or the number was banned (403).",
    "UNKNOWN_LOGOUT": "WhatsApp ended the link and did not say why (406).",
}


def turn(told: Mapping[str, Any], now: int) -> Turn:
    """What follows from a `state` that the program told. `now` is Unix milliseconds."""
    known = _TURNS.get(str(told.get("is")))
    return known(told, now) if known is not None else Turn()


def _connected(told: Mapping[str, Any], _now: int) -> Turn:
    phone = told.get("phone")
    return Turn(state=LineState(State.CONNECTED, phone=phone if isinstance(phone, str) else None))


def _logged_out(told: Mapping[str, Any], _now: int) -> Turn:
    reason = str(told.get("reason"))
    if told.get("while_connecting") and reason in _REFUSALS:
        return Turn(Then.FORGET, LineState(State.LOGGED_OUT, f"{_REFUSALS[reason]} {_LINK_AGAIN}"))
    why = "The device was taken off on the phone, or WhatsApp ended the link (401)."
    return Turn(Then.FORGET, LineState(State.LOGGED_OUT, f"{why} {_LINK_AGAIN}"))


def _banned(told: Mapping[str, Any], now: int) -> Turn:
    expire = told.get("expire")
    seconds = expire if isinstance(expire, int) and expire > 0 else 0
    until = seconds if seconds > 1_000_000_000 else now // 1000 + seconds  # some tell a moment, some a length
    when = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else "a time it did not say"
    why = _BANS.get(int(told.get("code") or 0), "for breaking its rules")
    sentence = (
        f"WhatsApp has banned this number for a while, {why}, until {when}. Do not use it before; then press Connect "
        "and write less to people who do not know you."
    )
    return Turn(Then.STOP, LineState(State.ACTION_REQUIRED, sentence))


_BANS = {
    1: "because it wrote to too many people who do not have it in their address book",
    101: "because it wrote to too many people who do not have it in their address book",
    2: "because people blocked it",
    102: "because people blocked it",
    3: "because it made too many groups",
    103: "because it made too many groups",
    4: "because it sent the same message too often",
    104: "because it sent the same message too often",
    5: "because it used broadcast lists too much",
    106: "because it used broadcast lists too much",
}


def _refused(told: Mapping[str, Any], _now: int) -> Turn:
    reason = str(told.get("reason") or "GENERIC").replace("_", " ").lower()
    return Turn(Then.AGAIN, why=f"WhatsApp refused the connection for now ({reason}).")


def _unreachable(told: Mapping[str, Any], _now: int) -> Turn:
    said = str(told.get("why") or "").lower()
    if "certificate" in said or "x509" in said:
        why = "The connection to WhatsApp is not trusted. Check the clock of this machine, and what is between."
        return Turn(Then.AGAIN, why=why)
    if told.get("by_proxy"):
        why = "WhatsApp cannot be reached by the proxy of this line. Check the proxy in the line's settings."
        return Turn(Then.AGAIN, why=why)
    return Turn(Then.AGAIN, why="WhatsApp cannot be reached. Check the internet connection of this machine.")


def _stop(sentence: str) -> Turn:
    return Turn(Then.STOP, LineState(State.ACTION_REQUIRED, sentence))


def _refused_for_now(told: Mapping[str, Any], _now: int) -> Turn:
    said = f"WhatsApp does not take the line for now ({told.get('code')}); it tries again by itself."
    return Turn(state=LineState(State.CONNECTING, said))


OWNED = (
    "Another program holds this line: another Frontdesk on the same data folder, or one that is still ending. Stop the "
    "other one."
)
_NO_ROOM = (
    "The disk of this machine is full or cannot be written to, so nothing that comes in could be kept. Free space."
)
_DISK_FULL = (
    "The disk of this machine is full: what comes in is stored while Frontdesk runs, and may be lost if it ends. Free "
    "some space."
)
_STALLED = LineState(State.CONNECTING, "WhatsApp does not answer at the moment; the line tries again by itself.")
_LOST = LineState(State.CONNECTING, "The connection to WhatsApp was lost; it is being made again.")
_TURNS: dict[str, Callable[[Mapping[str, Any], int], Turn]] = {
    "connecting": lambda told, now: Turn(state=LineState(State.CONNECTING)),
    "connected": _connected,
    "paired": lambda told, now: Turn(state=LineState(State.CONNECTING, "The code was scanned. Signing in.")),
    "disconnected": lambda told, now: Turn(state=_LOST),
    "logged_out": _logged_out,
    "banned": _banned,
    "outdated": lambda told, now: _stop(_OUTDATED),
    "replaced": lambda told, now: _stop(_REPLACED),
    "refused": _refused,
    "refused_for_now": _refused_for_now,
    "stalled": lambda told, now: Turn(state=_STALLED),
    "disk_full": lambda told, now: Turn(state=LineState(State.CONNECTED, _DISK_FULL)),
    "no_room": lambda told, now: Turn(Then.AGAIN, why=_NO_ROOM),
    "owned": lambda told, now: Turn(Then.AGAIN, why=OWNED),
    "unreachable": _unreachable,
    "passkey": lambda told, now: _stop(_PASSKEY),
    "pairing_failed": lambda told, now: Turn(Then.AGAIN, why="The phone and this line could not agree on the link."),
    "no_library": lambda told, now: _stop(
        "The library for linked devices cannot be loaded on this machine. Run `frontdesk doctor`: it says what is "
        "missing. All other lines work."
    ),
}
