"""What each error code of Meta means: for the message, for the line, and in words."""

from dataclasses import dataclass
from typing import Any, Literal

from frontdesk.channels.cloud.shapes import Json, record, whole, words
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable, Scope
from frontdesk.kit.text import shorten

Action = Literal["retry", "reject", "stop"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One error code: what to do, and the sentence for people.

    `after` is in milliseconds; `growth` is the base of a wait that grows with each refusal (in seconds);
    `tries` bounds how often one message is tried again.
    """

    sentence: str
    action: Action = "reject"
    after: int | None = None
    scope: Scope = "message"
    growth: int | None = None
    tries: int | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Complaint:
    """What Meta said about something that failed."""

    code: int | None
    details: str | None = None
    subcode: int | None = None


def _stop(sentence: str) -> Fault:
    return Fault(sentence, "stop", alert=True)


def _refuse(sentence: str, *, alert: bool = False) -> Fault:
    return Fault(sentence, alert=alert)


_TOKEN = _stop(
    "The access token is no longer valid. Make a new one in Meta's app dashboard and enter it for this line."
)
_PERMISSION = _stop(
    "The access token lacks a permission. Give its system user whatsapp_business_messaging for this number."
)
_REGISTER = _stop("The number is not registered with the Cloud API. Register it in WhatsApp Manager.")
_WRONG = _refuse("Meta does not accept the message as it is.")
_TEMPLATE = _refuse("Meta refuses this use of the template. Compare its parameters and its state in WhatsApp Manager.")
_TEMPLATE_OFF = _refuse("The template is paused or disabled for its low quality. Use or make another one.")
_GROUP = _refuse("Meta refuses to send this to the group.")
_LATER = Fault("WhatsApp is unavailable for a moment.", "retry")
_SYNC = _refuse("The history of the phone app cannot be handed over (again).")

_TABLE: dict[int, Fault] = {
    0: _TOKEN,
    190: _TOKEN,
    3: _refuse("The app may not do this with its present access. Check its permissions in Meta's app dashboard."),
    10: _PERMISSION,
    131005: _PERMISSION,
    33: _stop("The number was deleted at Meta, or its phone number id is wrong. Check the id in WhatsApp Manager."),
    368: _stop("Meta has blocked the account for breaking its policies. See the reason in WhatsApp Manager."),
    131031: _stop("Meta has locked the account. See the reason in WhatsApp Manager."),
    130497: _refuse("Meta does not let this account write to people in that country.", alert=True),
    4: Fault("The app has reached its limit of calls.", "retry", after=2 * MINUTE, scope="account"),
    80007: Fault("The business account has reached its limit of calls.", "retry", after=2 * MINUTE, scope="account"),
    130429: Fault("The number sends faster than Meta allows.", "retry", scope="account", growth=2),
    131056: Fault("Too many messages to this person in a short time.", "retry", scope="chat", growth=4),
    131048: _refuse(
        "Meta holds the number back because people blocked or reported its messages. Wait some hours.", alert=True
    ),
    131064: _refuse("Meta limits the number because templates were put into the wrong category."),
    133016: Fault("The number was registered too often. Wait some hours.", "retry", after=HOUR, scope="account"),
    1: Fault("Meta reports an unknown error.", "retry", tries=2),
    2: _LATER,
    133004: _LATER,
    131016: _LATER,
    131000: Fault("Something went wrong at WhatsApp.", "retry", tries=4),
    131057: Fault("Meta is working on the number.", "retry", after=MINUTE, scope="account"),
    131047: _refuse("More than 24 hours have passed since the person last wrote. Send a template instead."),
    131026: _refuse("The message cannot be delivered: the number has no WhatsApp, or an app too old for it."),
    131049: _refuse("Meta held the message back to spare the person. Try again in 24 hours at the earliest."),
    131050: _refuse("The person has stopped marketing messages from this business."),
    130472: _refuse("Meta held the message back because the person takes part in an experiment."),
    131021: _refuse("The number cannot write to itself."),
    131030: _refuse("A test number writes only to numbers on its list. Add the number in Meta's app dashboard."),
    131037: _refuse("Meta has not approved the display name of the number. See WhatsApp Manager."),
    131042: _refuse(
        "Meta could not charge the account. Check the payment method in Meta's billing settings.", alert=True
    ),
    131045: _REGISTER,
    133010: _REGISTER,
    131051: _refuse("WhatsApp does not know this kind of message."),
    131008: _WRONG,
    131009: _WRONG,
    100: _WRONG,
    135000: _WRONG,
    131052: _refuse("WhatsApp could not fetch the file. Send another one."),
    131053: _refuse("WhatsApp does not take this file. Send it in another format."),
    131060: _refuse("The message can only be read in the phone app."),
    131062: _refuse("This cannot be sent to somebody whose phone number is not known."),
    132000: _TEMPLATE,
    132001: _refuse("There is no such template in that language. See the list in WhatsApp Manager."),
    132005: _TEMPLATE,
    132007: _TEMPLATE,
    132012: _TEMPLATE,
    132015: _TEMPLATE_OFF,
    132016: _TEMPLATE_OFF,
    132068: _refuse("The form in the template is blocked."),
    132069: _refuse("The form in the template is held back for a while."),
    131020: _GROUP,
    131041: _GROUP,
    2593107: _SYNC,
    2593108: _SYNC,
    2593109: _refuse("The business does not share the history of the phone app."),
}

_UNKNOWN = _refuse("WhatsApp refused the message.")


def fault(code: int | None) -> Fault:
    """What a code means; a code that is not in the table is a refusal."""
    if code is None:
        return _UNKNOWN
    known = _TABLE.get(code)
    if known is not None:
        return known
    return _PERMISSION if 200 <= code <= 299 else _UNKNOWN


def stops_line(code: int | None) -> bool:
    """Whether the line cannot be used until somebody acts at Meta."""
    return fault(code).action == "stop"


def sentence(complaint: Complaint) -> str:
    """Our words for the code, and Meta's own details behind them."""
    said = fault(complaint.code).sentence
    if complaint.details and len(complaint.details) > 3:
        said += f" Meta says: {shorten(complaint.details, 300)}"
    return said


def complaint(error: Any) -> Complaint:
    """Read one error object, from an answer or from a webhook. The title is not looked at."""
    error = record(error)
    details = words(record(error.get("error_data")).get("details"))
    if details is None:
        details = words(error.get("error_user_msg")) or words(error.get("message")) or words(error.get("title"))
    return Complaint(whole(error.get("code")), details, whole(error.get("error_subcode")))


def first_complaint(errors: Any) -> Complaint:
    """The first of a list of errors."""
    return complaint(errors[0]) if isinstance(errors, list) and errors else Complaint(None)


def refusal(document: Json | None) -> Complaint | None:
    """The error that an answer of the Graph API holds, None when it holds none with a code."""
    error = record(document).get("error")
    found = complaint(error) if isinstance(error, dict) else None
    return found if found is not None and found.code is not None else None


def to_error(said: Complaint) -> PluginError:
    """The error to raise for what Meta said."""
    meaning, text, code = fault(said.code), sentence(said), str(said.code)
    if meaning.action == "retry":
        return Retryable(text, after=meaning.after, scope=meaning.scope, code=code)
    if meaning.action == "stop":
        return LoggedOut(text, code=code)
    return Rejected(text, code=code, alert=meaning.alert)


def about_file(said: Complaint) -> PluginError:
    """The error to raise when a file was asked for: an unknown id is the file's fault and not the line's."""
    if said.code in (33, 100):
        return Rejected("WhatsApp no longer holds this file: it is kept for 7 days.", code=str(said.code))
    return to_error(said)
