"""Whether a line can be used, as far as Meta says."""

from frontdesk.channels.cloud import faults
from frontdesk.channels.cloud.graph import Answer, Graph, Unanswered
from frontdesk.channels.cloud.options import Options
from frontdesk.channels.cloud.shapes import Json, words
from frontdesk.domain.accounts import State, unchecked_reason
from frontdesk.domain.wire import LineState
from frontdesk.kit.errors import PluginError

_FIELDS = "display_phone_number,verified_name,quality_rating"
_SECONDS = 8.0
_NOT_ALLOWED = frozenset({3})  # stops nothing on a single message, yet says that this number cannot be asked about


async def check(graph: Graph, options: Options) -> LineState:
    """The state of the line. When Meta cannot be asked, the line counts as connected: webhooks may still come."""
    try:
        answer = await graph.get(options, options.phone_number_id, {"fields": _FIELDS}, seconds=_SECONDS)
    except (PluginError, Unanswered) as silence:
        return _unchecked(silence.sentence)
    return _state(answer)


def _unchecked(why: str) -> LineState:
    return LineState(State.CONNECTED, reason=unchecked_reason(why))


def _state(answer: Answer) -> LineState:
    said = faults.refusal(answer.document)
    if said is not None and _means_no(said):
        return LineState(State.ACTION_REQUIRED, reason=_sentence(said))
    if said is not None:
        return _unchecked(faults.sentence(said))
    if not answer.fine or answer.document is None:
        return _unchecked(f"Meta answered with HTTP {answer.status}.")
    return LineState(State.CONNECTED, reason=_rating(answer.document), phone=_digits(answer.document))


def _means_no(said: faults.Complaint) -> bool:
    if said.code == 100:
        return said.subcode == 33  # no such number, or not for this token
    return faults.stops_line(said.code) or said.code in _NOT_ALLOWED


def _sentence(said: faults.Complaint) -> str:
    if said.code in (33, 100):
        return "Meta knows no such phone number id, or the access token may not use it. Check both."
    return faults.sentence(said)


def _rating(document: Json) -> str | None:
    if document.get("quality_rating") != "RED":
        return None
    return "Meta rates the quality of the number as low: people have blocked or reported it."


def _digits(document: Json) -> str | None:
    shown = words(document.get("display_phone_number")) or ""
    digits = "".join(letter for letter in shown if letter.isascii() and letter.isdecimal())
    return digits or None
