"""Which of Meta's notices ask for the owner's attention, in a sentence each."""

from collections.abc import Callable
from typing import Any

from frontdesk.channels.cloud.redaction import clear
from frontdesk.channels.cloud.shapes import Json, record
from frontdesk.kit.text import keepable, shorten

Alert = tuple[str, bool]  # the sentence, and whether the line is down by it

_TEMPLATE_EVENTS = {
    "REJECTED": "was rejected by Meta",
    "PAUSED": "was paused by Meta because of its low quality",
    "DISABLED": "was disabled by Meta",
    "FLAGGED": "was flagged by Meta and may be disabled soon",
    "LIMIT_EXCEEDED": "has reached the number of templates that Meta allows",
    "LOCKED": "was locked by Meta and cannot be edited",
}
_ACCOUNT_EVENTS: dict[str, Alert] = {
    "ACCOUNT_VIOLATION": ("Meta reports that the WhatsApp account broke a policy", False),
    "ACCOUNT_RESTRICTION": ("Meta has restricted the WhatsApp account", False),
    "ACCOUNT_DELETED": ("The WhatsApp account was deleted at Meta", True),
    "ACCOUNT_OFFBOARDED": ("The number was taken off the Cloud API", True),
    "PARTNER_REMOVED": ("The number was unlinked from this app", True),
    "PARTNER_APP_UNINSTALLED": ("The app was removed from the WhatsApp account", True),
}
_WHERE = "See WhatsApp Manager."


def alert(field: str, value: Json) -> Alert | None:
    """The sentence for a notice that asks for attention; None for the others."""
    judge = _JUDGES.get(field)
    if judge is None and "new_quality_score" in value:
        judge = _template_quality
    return judge(value) if judge is not None else None


def _say(value: Any) -> str:
    return shorten(clear(keepable(value)), 300) if isinstance(value, str) else ""


def _because(*reasons: Any) -> str:
    said = [text for text in map(_say, reasons) if text and text != "NONE"]
    return f": {' '.join(said)}" if said else ""


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _template(value: Json) -> str:
    name, language = _say(value.get("message_template_name")), _say(value.get("message_template_language"))
    return f"The message template “{name or 'without a name'}”" + (f" ({language})" if language else "")


def _template_status(value: Json) -> Alert | None:
    happened = _TEMPLATE_EVENTS.get(_say(value.get("event")))
    if happened is None:
        return None
    rejection, other = record(value.get("rejection_info")), record(value.get("other_info"))
    why = _because(
        value.get("reason"), rejection.get("reason"), rejection.get("recommendation"), other.get("description")
    )
    return _stop(f"{_template(value)} {happened}{why}") + f" {_WHERE}", False


def _template_quality(value: Json) -> Alert | None:
    score = _say(value.get("new_quality_score"))
    if score not in ("YELLOW", "RED"):
        return None
    meaning = "low: Meta may pause it" if score == "RED" else "only medium now"
    return f"The quality of {_template(value)[0].lower()}{_template(value)[1:]} is {meaning}. {_WHERE}", False


def _template_category(value: Json) -> Alert | None:
    category = _say(value.get("new_category"))
    if category != "MARKETING" or value.get("previous_category") == "MARKETING":
        return None
    return f"{_template(value)} now counts as marketing and has another price. {_WHERE}", False


def _number_quality(value: Json) -> Alert | None:
    event, limit = _say(value.get("event")), _say(value.get("current_limit"))
    now = f" The limit is now {limit}." if limit else ""
    if event == "DOWNGRADE":
        return f"Meta lets the number write to fewer people per day.{now} {_WHERE}", False
    if event == "FLAGGED":
        return f"Meta rates the quality of the number as low and may limit it.{now} {_WHERE}", False
    return None


def _number_name(value: Json) -> Alert | None:
    if _say(value.get("decision")) not in ("REJECTED", "DECLINED"):
        return None
    name = _say(value.get("requested_verified_name"))
    return _stop(f"Meta refused the display name “{name}”{_because(value.get('rejection_reason'))}"), False


def _account(value: Json) -> Alert | None:
    event = _say(value.get("event"))
    if event == "DISABLED_UPDATE":
        return _ban(record(value.get("ban_info")))
    known = _ACCOUNT_EVENTS.get(event)
    if known is None:
        return None
    violation, left = record(value.get("violation_info")), record(value.get("disconnection_info"))
    limits = value.get("restriction_info")
    limited = [record(limit).get("restriction_type") for limit in limits] if isinstance(limits, list) else []
    why = _because(violation.get("violation_type"), left.get("reason"), *limited[:3])
    return f"{_stop(known[0] + why)} {_WHERE}", known[1]


def _ban(ban: Json) -> Alert | None:
    state, day = _say(ban.get("waba_ban_state")), _say(ban.get("waba_ban_date"))
    if state == "REINSTATE":
        return None
    if state == "SCHEDULE_FOR_DISABLE":
        return f"Meta is going to disable the WhatsApp account{f' on {day}' if day else ''}. {_WHERE}", False
    return f"Meta has disabled the WhatsApp account{f' since {day}' if day else ''}. {_WHERE}", True


def _review(value: Json) -> Alert | None:
    if _say(value.get("decision")) != "REJECTED":
        return None
    return f"Meta's review of the WhatsApp account ended with a refusal. {_WHERE}", False


def _account_alert(value: Json) -> Alert | None:
    about = record(value.get("alert_info")) or value
    severity, status = _say(about.get("alert_severity")), _say(about.get("alert_status"))
    if severity in ("INFORMATIONAL", "INFO") or status in ("RESOLVED", "DISMISSED"):
        return None
    why = _because(about.get("alert_description") or about.get("alert_type"))
    return f"{_stop(f'Meta warns about the WhatsApp account{why}')} {_WHERE}", False


def _security(value: Json) -> Alert | None:
    happened = {
        "PIN_CHANGED": "was changed",
        "PIN_RESET_REQUEST": "is asked to be reset",
        "PIN_RESET_SUCCESS": "was reset",
    }.get(_say(value.get("event")))
    if happened is None:
        return None
    return f"The PIN of the number {happened}. If that was nobody of yours, act at once in WhatsApp Manager.", False


_JUDGES: dict[str, Callable[[Json], Alert | None]] = {
    "message_template_status_update": _template_status,
    "message_template_quality_update": _template_quality,
    "template_category_update": _template_category,
    "phone_number_quality_update": _number_quality,
    "phone_number_name_update": _number_name,
    "account_update": _account,
    "account_review_update": _review,
    "account_alerts": _account_alert,
    "security": _security,
}
