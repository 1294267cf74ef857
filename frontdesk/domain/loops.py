"""When two machines seem to talk to each other, so that ours goes quiet first."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from frontdesk.domain.messages import Author
from frontdesk.domain.turns import Said
from frontdesk.kit.clock import MINUTE, SECOND

COOL_DOWN = 60 * MINUTE
MOST_ANSWERS = 10  # of the agent in one chat within RATE_SPAN
RATE_SPAN = 10 * MINUTE
MOST_ALIKE = 4  # near-identical messages in a row from the other side
ALIKE = 0.9
_COMPARED = 400  # characters
_DIGITS = re.compile(r"\d+")
QUICK = 15 * SECOND  # a person needs longer to read an answer and write the next message, again and again


def loop_suspected(recent: Sequence[Said], now: int) -> str | None:
    """A sentence that says why the chat looks like two machines, else None. `recent` is in order of time.

    When it gives a sentence, the chat stays quiet until `now + COOL_DOWN`. People who write at length, repeat
    themselves slowly or are answered by operators never raise it.
    """
    answers = sum(said.author is Author.AGENT and said.at > now - RATE_SPAN for said in recent)
    if answers > MOST_ANSWERS:
        return f"The agent answered {answers} times within {RATE_SPAN // MINUTE} minutes here."
    alike = _alike_in_a_row(recent)
    if alike > MOST_ALIKE:
        return f"{alike} nearly identical messages came in a row, each within seconds of our answer."
    return None


def _alike_in_a_row(recent: Sequence[Said]) -> int:
    """How many of the latest inbound messages say the same, counting only those that came quickly upon an answer."""
    count, later = 0, None
    for position in range(len(recent) - 1, -1, -1):
        said = recent[position]
        if said.author is not Author.CONTACT:
            continue
        if later is not None and not _same(said.text, later.text):
            break
        before = recent[position - 1] if position else None
        answered = before is not None and before.author is Author.AGENT
        if count and not answered and position:
            break
        if answered and before is not None and said.at - before.at > QUICK:
            break
        count, later = count + 1, said
    return count


def _same(first: str, second: str) -> bool:
    one, other = _bare(first), _bare(second)
    if one == other:
        return True
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _bare(text: str) -> str:
    """What machines repeat, without the numbers that they count up, cut to what a comparison is worth."""
    return " ".join(_DIGITS.sub("0", text.casefold()).split())[:_COMPARED]
