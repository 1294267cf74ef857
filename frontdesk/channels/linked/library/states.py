"""What the library tells of the line itself, in words of ours: `{"is": word, ...}`."""

import re
from collections.abc import Callable
from typing import Any

from neonize.proto import Neonize_pb2 as shapes

CONNECTED = 3
RESTORED = 5  # answers come again on the same connection
TYPING = 19

_REASONS = {number: name for name, number in shapes.ConnectFailureReason.items()}


def _logged_out(content: bytes) -> dict[str, Any]:
    told = shapes.LoggedOut.FromString(content)
    return {"is": "logged_out", "while_connecting": told.OnConnect, "reason": _REASONS.get(told.Reason, "GENERIC")}


def _banned(content: bytes) -> dict[str, Any]:
    told = shapes.TemporaryBan.FromString(content)
    return {"is": "banned", "code": int(told.Code), "expire": int(told.Expire)}


def _refused(content: bytes) -> dict[str, Any]:
    told = shapes.ConnectFailure.FromString(content)
    return {"is": "refused", "reason": _REASONS.get(told.Reason, "GENERIC"), "why": told.Message[:200]}


def _paired(content: bytes) -> dict[str, Any]:
    told = shapes.PairStatus.FromString(content)
    if told.Error:
        return {"is": "pairing_failed", "why": told.Error[:200]}
    return {"is": "paired", "phone": told.ID.User}


def _stream_error(content: bytes) -> dict[str, Any]:
    return {"is": "stream_error", "code": shapes.StreamError.FromString(content).Code[:40]}


_TOLD: dict[int, Callable[[bytes], dict[str, Any]]] = {
    2: _paired,
    4: lambda _: {"is": "stalled"},
    6: _logged_out,
    7: lambda _: {"is": "replaced"},
    8: _banned,
    9: _refused,
    10: lambda _: {"is": "outdated"},
    11: _stream_error,
    12: lambda _: {"is": "disconnected"},
}


def of_event(code: int, content: bytes) -> dict[str, Any] | None:
    """What an event says of the line; None where it says nothing."""
    told = _TOLD.get(code)
    return told(content) if told is not None else None


def of_login(word: str) -> dict[str, Any] | None:
    """What the end of a pairing says."""
    if word == "success":
        return None
    if word == "timeout":
        return {"is": "code_ran_out"}
    if word.startswith("passkey"):
        return {"is": "passkey"}
    if "outdated" in word:
        return {"is": "outdated"}
    return {"is": "pairing_failed", "why": word[:100]}


def of_log(level: str, text: str) -> dict[str, Any] | None:
    """What only the library's log says: a refusal after which it tries again by itself, and a passkey."""
    if level.upper() not in _SERIOUS:
        return None  # it may hold what people wrote
    if (refused := _REFUSED_FOR_NOW.match(text)) is not None:
        return {"is": "refused_for_now", "code": int(refused[1])}
    return {"is": "passkey"} if "passkey" in text else None


def of_failure(failure: Exception, *, by_proxy: bool) -> dict[str, Any]:
    """What it says of the line that it could not be connected. `by_proxy`: it was tried by a proxy of the owner's."""
    why = str(failure)[:300]
    if "ConnectFailure" in why:  # it was told why, in a way that the library cannot pass on
        return {"is": "refused", "reason": "GENERIC"}
    return {"is": "unreachable", "why": why, "by_proxy": by_proxy}


_REFUSED_FOR_NOW = re.compile(r"Got (\d+)\b.* (?:connect failure|stream error), assuming")
_SERIOUS = frozenset({"WARN", "WARNING", "ERROR"})
