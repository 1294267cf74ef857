"""What a failure of the library means for what was asked: nothing happened, it is refused, or nobody knows."""

_DOUBT = (
    "timed out waiting",  # sent, and WhatsApp did not confirm
    "deadline exceeded",
    "disconnected before",
    "connection reset",
    "broken pipe",
    "use of closed network",
)
_NOT_CONNECTED = ("not connected", "websocket not", "no socket", "failed to send node: frame socket is closed")
_LOGGED_OUT = ("not logged in", "the store doesn't contain a device", "logged out")
_BUSY = ("429", "rate-overlimit", "503", "500", "service-unavailable", "internal-server-error")


def code_of(failure: Exception) -> str:
    """`doubt`, `not_connected`, `logged_out`, `busy`, `gone` or `rejected`."""
    text = str(failure).lower()
    if isinstance(failure, OSError):
        return "not_connected"
    for code, marks in (
        ("logged_out", _LOGGED_OUT),
        ("not_connected", _NOT_CONNECTED),
        ("doubt", _DOUBT),
        ("gone", ("status code 404", "status code 410", "status code 403", "media not found")),
        ("busy", _BUSY),
    ):
        if any(mark in text for mark in marks):
            return code
    return "rejected"
