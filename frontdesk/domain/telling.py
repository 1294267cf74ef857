"""What the owner is told of a line by another path, and when: one word for each way in which a line stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from frontdesk.domain.accounts import State
from frontdesk.kit.clock import MINUTE


@dataclass(frozen=True, slots=True)
class Alert:
    """What is told, as plain text. `good` when it is no trouble; `link` leads to all of it, where it has to be cut."""

    title: str
    text: str
    good: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where the owner is told, and of what: `line`, `urgent`, `digest`, `heartbeat`. The address is a secret."""

    url: str = field(repr=False)
    on: tuple[str, ...] = ("line", "urgent", "digest")
    threshold: int | None = None  # importance from which on it is told at once; None: the house's
    quiet: tuple[str, str] | None = None  # times of the day between which it is not told; None: the house's

    @property
    def mark(self) -> str:
        """Tells one target from another in the store and gives nothing of the address away."""
        return sha256(self.url.encode("utf-8", "replace")).hexdigest()[:16]


class Word(StrEnum):
    """How a line stands, as far as its owner is told."""

    DOWN = "down"
    SCAN = "scan"
    LOGGED_OUT = "logged_out"
    STOPPED = "stopped"
    BACK = "back"


# How long a line has to stand so before anybody is told: one that is back sooner says nothing.
PATIENCE: dict[Word, int] = {
    Word.DOWN: 2 * MINUTE,  # most come back by themselves within that time
    Word.SCAN: MINUTE,
    Word.LOGGED_OUT: MINUTE,
    Word.STOPPED: MINUTE,
    Word.BACK: MINUTE,
}
QUIET = 15 * MINUTE  # in which the same word is not said twice of a line, however often it falls
LINKED_ANEW = (Word.SCAN, Word.LOGGED_OUT, Word.STOPPED)  # is what may help where a line is linked with a phone
_WEIGHT = {Word.DOWN: 1, Word.SCAN: 2, Word.LOGGED_OUT: 3, Word.STOPPED: 3}
_WORDS = {
    State.CONNECTED: Word.BACK,
    State.ACTION_REQUIRED: Word.STOPPED,
    State.LOGGED_OUT: Word.LOGGED_OUT,
    State.QR_PENDING: Word.SCAN,
    State.CONNECTING: Word.DOWN,
    State.DISCONNECTED: Word.DOWN,
}
_BEFORE_THE_FIRST_TIME = (Word.DOWN, Word.SCAN)  # are no news of a line that was never up


@dataclass(frozen=True, slots=True)
class Said:
    """A word about one line at one target. Without `told` it was tried, and the target was away."""

    word: Word
    at: int
    told: bool


def word_for(state: State, *, was_up: bool) -> Word | None:
    """The word for a line that nobody took down by hand; None where there is nothing to tell."""
    word = _WORDS[state]
    return None if word in _BEFORE_THE_FIRST_TIME and not was_up else word


def say_at(word: Word, said: Sequence[Said], now: int) -> int | None:
    """When the word is to be said, `now` or later, after what was said of that line; None: not at all."""
    if not _is_news(word, said):
        return None
    before = [one.at for one in said if one.word is word and one.told]
    return max(now, *(at + QUIET for at in before)) if before else now


def _is_news(word: Word, said: Sequence[Said]) -> bool:
    told = max((one for one in said if one.told), key=lambda one: one.at, default=None)
    if word is Word.BACK:
        tried = any(not one.told and (told is None or one.at >= told.at) for one in said)
        return tried or (told is not None and told.word is not Word.BACK)
    if told is None or told.word is Word.BACK:
        return True
    return word is not told.word and _WEIGHT[word] >= _WEIGHT[told.word]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a line that is told of. `since` is the moment it was last up, as people read it.

    `page` is the address where it can be linked without signing in, and until when; None: it needs none.
    """

    name: str
    sentence: str
    next_step: str | None = None
    since: str | None = None
    link: str | None = None
    page: tuple[str, str] | None = None
    no_page: bool = False  # it needs one, and nobody elsewhere could open it


_TITLES = {
    Word.DOWN: "The line “{}” is down",
    Word.SCAN: "The line “{}” waits to be linked again",
    Word.LOGGED_OUT: "The line “{}” is logged out",
    Word.STOPPED: "The line “{}” has stopped",
    Word.BACK: "The line “{}” is back",
}


def alert_of(word: Word, line: Standing) -> Alert:
    """The word in sentences: what happened, since when, what to do, and where."""
    good = word is Word.BACK
    since = ("It last went down at {}." if good else "Nothing came in or went out since {}.").format(line.since)
    parts = [line.sentence, since if line.since else None, line.next_step]
    text = " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
    link = line.page[0] if line.page is not None else line.link
    return Alert(_TITLES[word].format(line.name), "\n".join([text, *_where(line)]), good, link)


def _where(line: Standing) -> list[str]:
    if line.page is not None:
        url, until = line.page
        return [
            f"Link it on any screen, without signing in, until {until}:",
            url,
            "Keep this address to yourself: whoever has it sees the code of this line.",
        ]
    if line.no_page:
        return ["Set PUBLIC_URL, and a link to a page with the code stands here."]
    return [line.link] if line.link else []


TRIAL = Alert("Frontdesk can reach you here", "This is a trial. You are told here when a line goes down.", good=True)
