"""What an operator is told of in the browser, on the page of their own."""

from dataclasses import dataclass

from frontdesk.desk.own_alerts import own_alerts
from frontdesk.domain.own_alerts import NEVER_QUIET, NOTHING, OwnAlerts, quiet_of, told_from
from frontdesk.domain.personas import House
from frontdesk.domain.urgent import Quiet
from frontdesk.store.rows import OperatorRow

NEVER = "never"
_WORDS = {
    5: "of importance 5: urgent",
    4: "from importance 4 on",
    3: "from importance 3 on",
    2: "from importance 2 on",
    1: "of any importance",
    NOTHING: "none",
}


@dataclass(frozen=True, slots=True)
class AlertsView:
    """The form for its template."""

    thresholds: list[tuple[str, str]]
    threshold: str
    quiet: str
    usual: str  # what holds where nothing is written
    zone: str
    now: str  # what holds, in a sentence
    saved: bool = False
    fault: str = ""


def view(operator: OperatorRow, house: House, *, saved: bool = False) -> AlertsView:
    """What stands there."""
    own = own_alerts(operator)
    usual = OwnAlerts()
    as_house = f"as the house: {_WORDS[told_from(usual, house.urgent)]}"
    return AlertsView(
        thresholds=[("", as_house), *((str(level), words) for level, words in _WORDS.items())],
        threshold="" if own.threshold is None else str(own.threshold),
        quiet=NEVER if own.quiet == NEVER_QUIET else own.quiet or "",
        usual=_hours(quiet_of(usual, house.urgent)),
        zone=house.timezone,
        now=_now(own, house),
        saved=saved,
    )


def wanted(threshold: str, quiet: str) -> OwnAlerts:
    """What the form says."""
    said = quiet.strip()
    hours = None if not said else NEVER_QUIET if said.lower() == NEVER else said
    return OwnAlerts(int(threshold) if threshold.isdecimal() else None, hours)


def _now(own: OwnAlerts, house: House) -> str:
    start, quiet = told_from(own, house.urgent), quiet_of(own, house.urgent)
    if start == NOTHING:
        return "The browser tells you of no message."
    through = house.urgent.through
    but = f", but for what matters {through}" if start <= through < NOTHING else ""
    hours = f" Between {quiet.begins} and {quiet.ends} it is quiet{but}." if quiet is not None else ""
    return f"The browser tells you of messages {_WORDS[start]}.{hours}"


def _hours(quiet: Quiet | None) -> str:
    return f"{quiet.begins}-{quiet.ends}" if quiet is not None else NEVER
