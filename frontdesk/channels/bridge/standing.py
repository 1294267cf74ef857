"""What a bridge tells of its line: which state it is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frontdesk.channels.bridge.protocol import moment
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import AddressKind, MalformedAddress, parse
from frontdesk.domain.wire import LineState
from frontdesk.kit.loose import record, words

_LINK_AGAIN = "Link it again: press Connect and scan the code."
_LOGGED_OUT = f"The device was taken off on the phone, or WhatsApp ended the link. {_LINK_AGAIN}"
_SAVED_LOST = f"The bridge could not use the link that it had kept. {_LINK_AGAIN}"
_LOST = "The bridge has lost its connection to WhatsApp, and makes it again."
_BANNED = "WhatsApp has stopped this number for breaking its rules. Open WhatsApp on the phone: it says what to do."
_REPLACED = "The link was opened at another place. If the bridge runs twice, stop the other one; then press Connect."
_OUTDATED = "WhatsApp no longer takes this version of the bridge. Update the bridge; then press Connect."
_PICTURE = "The bridge sends its code as a picture only. Scan it where the bridge shows it, or let it send the text."

# Reasons as whatsapp-web.js (words) and Baileys (numbers) give them, in capitals without punctuation.
_ENDS: dict[str, LineState] = {
    **dict.fromkeys(
        ("LOGOUT", "LOGGEDOUT", "UNPAIRED", "UNPAIREDIDLE", "401", "403", "UNAUTHORIZED", "FORBIDDEN"),
        LineState(State.LOGGED_OUT, _LOGGED_OUT),
    ),
    **dict.fromkeys(("BADSESSION", "500", "AUTHFAILURE"), LineState(State.LOGGED_OUT, _SAVED_LOST)),
    **dict.fromkeys(("TOSBLOCK", "SMBTOSBLOCK", "BANNED"), LineState(State.ACTION_REQUIRED, _BANNED)),
    **dict.fromkeys(("CONFLICT", "CONNECTIONREPLACED", "REPLACED", "440"), LineState(State.ACTION_REQUIRED, _REPLACED)),
    **dict.fromkeys(("DEPRECATEDVERSION", "411", "405"), LineState(State.ACTION_REQUIRED, _OUTDATED)),
}
_SIGNING_IN = LineState(State.CONNECTING, "The code was scanned, or the link was kept. The bridge is signing in.")
_STARTING = LineState(State.CONNECTING)
_WORDS: dict[str, State] = {
    **dict.fromkeys(("CONNECTED", "READY", "OPEN", "ONLINE", "AUTHORIZED"), State.CONNECTED),
    **dict.fromkeys(
        ("CONNECTING", "OPENING", "INITIALIZING", "STARTING", "LOADING", "AUTHENTICATED", "PAIRING", "RECONNECTING"),
        State.CONNECTING,
    ),
    **dict.fromkeys(("QR", "QRCODE", "QRPENDING", "QRREADY", "SCANQR", "WAITINGFORQR"), State.QR_PENDING),
    **dict.fromkeys(("LOGGEDOUT", "LOGOUT", "UNPAIRED"), State.LOGGED_OUT),
    **dict.fromkeys(("DISCONNECTED", "CLOSED", "CLOSE", "OFFLINE"), State.CONNECTING),
}
_CODES = ("qr", "qrCode", "qr_code", "code", "value")


@dataclass(frozen=True, slots=True)
class Turn:
    """The state that follows. `over`: it makes no sense to go on before somebody acts."""

    state: LineState
    over: bool = False


def turn(event: str, given: Mapping[str, Any]) -> Turn | None:
    """What follows from an event about the line; None for an event about anything else."""
    if event in ("qr_code", "qr"):
        return Turn(_code(given))
    if event == "pairing_code":
        code, ends = words(given.get("code")), moment(given.get("expires_at"))
        return Turn(LineState(State.QR_PENDING, pairing_code=code, expires_at=ends)) if code else None
    if event == "ready":
        return Turn(LineState(State.CONNECTED, phone=_phone(given)))
    if event == "authenticated":
        return Turn(_SIGNING_IN)
    if event == "auth_failure":
        return Turn(_ENDS["AUTHFAILURE"], over=True)
    if event == "disconnected":
        return _ended(given)
    if event in ("state", "status", "change_state"):
        return of_status(given)
    return None


def of_status(given: Mapping[str, Any]) -> Turn | None:
    """The state behind what a bridge answers to `get_status`; None where it says none that is known."""
    for name in ("state", "status", "connection", "is", "value"):
        known = _WORDS.get(_bare(given.get(name)))
        if known is State.CONNECTED:
            return Turn(LineState(State.CONNECTED, phone=_phone(given)))
        if known is State.QR_PENDING:
            return Turn(_code(given))
        if known is State.LOGGED_OUT:
            return Turn(_ENDS["LOGOUT"], over=True)
        if known is not None:
            return _ended(given) if "reason" in given else Turn(_STARTING)
    for name in ("connected", "ready", "isReady", "isConnected", "is_ready", "is_connected"):
        if isinstance(given.get(name), bool):
            return Turn(LineState(State.CONNECTED, phone=_phone(given)) if given[name] else _STARTING)
    return None


def _ended(given: Mapping[str, Any]) -> Turn:
    for name in ("reason", "statusCode", "code", "status", "value"):
        if (known := _ENDS.get(_bare(given.get(name)))) is not None:
            return Turn(known, over=True)
    return Turn(LineState(State.CONNECTING, _LOST))


def _bare(value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return "".join(sign for sign in text[:60].upper() if sign.isalnum())


def _code(given: Mapping[str, Any]) -> LineState:
    shown = next((words(given.get(name)) for name in _CODES if words(given.get(name))), "")
    if not shown:
        return LineState(State.QR_PENDING)
    if shown.startswith("data:") or len(shown) > 2_000:
        return LineState(State.QR_PENDING, _PICTURE)
    return LineState(State.QR_PENDING, qr=shown, expires_at=moment(given.get("expires_at") or given.get("expiresAt")))


def _phone(given: Mapping[str, Any]) -> str | None:
    """The line's own number, as far as it is told."""
    told = [given.get(name) for name in ("phone", "phoneNumber", "phone_number", "me", "wid", "number")]
    for one in told:
        text = words(one) or words(record(one).get("_serialized")) or words(record(one).get("id"))
        try:
            found = parse(text) if text else None
        except MalformedAddress:
            continue
        if found is not None and found.kind is AddressKind.PHONE:
            return found.value
    return None
