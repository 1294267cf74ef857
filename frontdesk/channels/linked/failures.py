"""What a failure of the library means for what was asked: nothing happened, it is refused, or nobody knows."""

import re

_UNANSWERED = (  # of something that goes out, nobody knows then whether it did
    "timed out waiting",
    "deadline exceeded",
    "disconnected before",
    "connection reset",
    "broken pipe",
    "use of closed network",
    "i/o timeout",
    "unexpected eof",
)
_UNREACHABLE = (
    "dial tcp",
    "connection refused",
    "no such host",
    "network is unreachable",
    "tls handshake",
    "failed to execute request",
)
_NOT_CONNECTED = ("not connected", "websocket not", "no socket", "failed to send node: frame socket is closed")
_LOGGED_OUT = ("not logged in", "the store doesn't contain a device", "logged out")
_GONE = ("status code 404", "status code 410", "status code 403", "media not found")
_BUSY = ("429", "rate-overlimit", "503", "500", "service-unavailable", "internal-server-error")
_ADDRESS = re.compile(r'"?https?://\S+')  # it may hold a key, and any digits
LONGEST = 300


def said(failure: Exception) -> str:
    """What the failure says, without addresses."""
    return f"{type(failure).__name__}: {_ADDRESS.sub('…', str(failure))}"[:LONGEST]


def code_of(failure: Exception) -> str:
    """`logged_out`, `not_connected`, `unreachable`, `gone`, `busy` or `rejected`."""
    text = said(failure).lower()
    if isinstance(failure, OSError):
        return "not_connected"
    for code, marks in (
        ("logged_out", _LOGGED_OUT),
        ("not_connected", _NOT_CONNECTED),
        ("gone", _GONE),
        ("unreachable", _UNANSWERED + _UNREACHABLE),
        ("busy", _BUSY),
    ):
        if any(mark in text for mark in marks):
            return code
    return "rejected"


def is_in_doubt(failure: Exception) -> bool:
    """Whether a message may have gone out although sending it failed so."""
    return code_of(failure) == "unreachable"
