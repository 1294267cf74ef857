"""The errors of the Graph API, and the faults that can be put before the next calls."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.channels.simulator.people import Json

_HELP = "/documentation/business-messaging/whatsapp/support/error-codes"


@dataclass(frozen=True, slots=True)
class Known:
    """An error code as Meta answers it. `details` is what a client may show to people."""

    http: int
    title: str
    details: str = ""


KNOWN: dict[int, Known] = {
    0: Known(401, "AuthException"),
    190: Known(401, "Access token has expired"),
    3: Known(500, "Capability issue"),
    10: Known(403, "Application does not have permission for this action"),
    200: Known(403, "Permissions error"),
    131005: Known(403, "Access denied", "Permission is either not granted or has been removed."),
    368: Known(403, "Temporarily blocked for policies violations", "Business account is restricted."),
    131031: Known(403, "Account has been locked", "Business account is restricted from messaging."),
    130497: Known(403, "Business account is restricted from messaging users in this country"),
    4: Known(400, "Application request limit reached"),
    80007: Known(400, "Rate limit issues", "The business account has reached its rate limit."),
    130429: Known(400, "Rate limit hit", "Cloud API message throughput has been reached."),
    131056: Known(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because too many messages went from this number to the same person in a short time.",
    ),
    131048: Known(400, "Spam rate limit hit", "There are restrictions on how many messages this number may send."),
    133016: Known(400, "Account register deregister rate limit exceeded"),
    1: Known(400, "An unknown error occurred"),
    2: Known(503, "Service temporarily unavailable"),
    133004: Known(503, "Server temporarily unavailable"),
    131000: Known(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131016: Known(500, "Service unavailable", "A service is temporarily unavailable."),
    131057: Known(500, "Account in maintenance mode", "The account is being moved to a higher throughput."),
    131047: Known(
        400, "Re-engagement message", "More than 24 hours have passed since the person last wrote to this number."
    ),
    131026: Known(400, "Message undeliverable", "The message cannot be delivered to this person."),
    131049: Known(400, "Meta chose not to deliver", "Kept back to maintain healthy engagement."),
    131050: Known(400, "User has stopped marketing messages", "The person opted out of marketing messages."),
    130472: Known(400, "User's number is part of an experiment"),
    131021: Known(400, "Recipient cannot be sender", "The recipient is the sending number itself."),
    131030: Known(400, "Recipient phone number not in allowed list", "Add the number to the recipient list."),
    131037: Known(400, "Display name approval needed", "The number's display name was not approved yet."),
    131042: Known(400, "Business eligibility payment issue", "There is a problem with the payment method."),
    131045: Known(500, "Incorrect certificate", "The phone number is not registered."),
    133010: Known(400, "Phone number not registered", "The phone number is not registered on the platform."),
    131051: Known(400, "Unsupported message type", "This type of message is not supported."),
    131008: Known(400, "Required parameter is missing", "A required parameter is missing."),
    131009: Known(400, "Parameter value is not valid", "A parameter has a value that is not valid."),
    100: Known(400, "Invalid parameter", "A parameter is not valid."),
    33: Known(400, "Parameter value is not valid", "The business phone number has been deleted."),
    135000: Known(400, "Generic user error", "The request's parameters caused an unknown error."),
    131052: Known(400, "Media download error", "The media could not be downloaded."),
    131053: Known(400, "Media upload error", "Unsupported MIME type or size."),
    131062: Known(400, "BSUID recipient not supported", "This message needs a phone number."),
    132000: Known(400, "Template param count mismatch", "The number of parameters differs from the template's."),
    132001: Known(404, "Template name does not exist in the translation", "There is no such template."),
    132012: Known(400, "Template parameter format mismatch", "A parameter has another format than the template's."),
    132015: Known(400, "Template is paused", "The template is paused for low quality."),
    132016: Known(400, "Template is disabled", "The template was disabled for low quality."),
}


class GraphError(Exception):
    """A call that the Graph API refuses. `code` decides what a client does; `http` is only the transport's."""

    def __init__(self, code: int, details: str | None = None, *, subcode: int | None = None) -> None:
        known = KNOWN.get(code) or Known(400, "Unknown error")
        super().__init__(f"(#{code}) {known.title}")
        self.code = code
        self.subcode = subcode
        self.http = known.http
        self.title = known.title
        self.details = known.details if details is None else details

    def answer(self) -> Json:
        """The body of the HTTP answer."""
        error: Json = {"message": str(self), "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": {**error, "fbtrace_id": "A" + os.urandom(8).hex()}}

    def in_status(self) -> Json:
        """The element of `errors` in a `failed` status."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": _HELP,
        }


def short_title(code: int) -> str:
    """What a code means, in few words."""
    title = KNOWN[code].title if code in KNOWN else "Unknown error"
    return title.rpartition(") ")[2].capitalize() if title.startswith("(") else title


class FaultKind(StrEnum):
    """What goes wrong."""

    ERROR = "error"  # refused at once with `code`
    LATE = "late"  # taken with 200, then a `failed` status with `code`
    DROP = "drop"  # taken, then the connection is cut before the answer
    HANG = "hang"  # taken, and no answer comes
    EMPTY = "empty"  # taken, and the answer is 200 with nothing in it
    HTML = "html"  # not taken: a page of HTML with 502
    SIGNATURE = "signature"  # the next webhook is signed wrongly


@dataclass(slots=True)
class Fault:
    """Something that goes wrong in the next `times` calls (None: until it is taken away).

    `on` says in which calls: `send`, `read`, `media`; `customer_id` narrows it to one person.
    """

    kind: FaultKind
    code: int | None = None
    times: int | None = 1
    on: str = "send"
    customer_id: str | None = None

    @property
    def label(self) -> str:
        """The fault in a few words, for the phone page."""
        if self.code is not None:
            return f"{self.code} · {short_title(self.code)}"
        return {
            FaultKind.DROP: "Take it, cut the connection",
            FaultKind.HANG: "Take it, never answer",
            FaultKind.EMPTY: "Take it, answer 200 with nothing",
            FaultKind.HTML: "Answer 502 with HTML",
            FaultKind.SIGNATURE: "Sign the next webhook wrongly",
        }.get(self.kind, self.kind.value)


class Faults:
    """The faults that wait for their calls, oldest first; at most 50."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def inject(self, fault: Fault) -> None:
        """Put a fault before the next matching calls."""
        self._waiting.append(fault)
        del self._waiting[:-50]

    def clear(self) -> None:
        """Take all faults away."""
        self._waiting.clear()

    def remove(self, index: int) -> None:
        """Take away the fault at that place of `waiting`; unknown places are ignored."""
        if 0 <= index < len(self._waiting):
            del self._waiting[index]

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What still waits."""
        return tuple(self._waiting)

    def take(
        self, on: str, kinds: Iterable[FaultKind] | None = None, *, customer_id: str | None = None
    ) -> Fault | None:
        """The first fault that matches this call, counted down; None when all goes well."""
        wanted = frozenset(kinds or FaultKind)
        for fault in self._waiting:
            if fault.on != on or fault.kind not in wanted or fault.customer_id not in (None, customer_id):
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault
        return None
