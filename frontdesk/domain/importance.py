"""How much a message matters, from 1 to 5, and why: what plain rules can tell, and what has to be asked of a model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from frontdesk.domain import importance_words as words
from frontdesk.domain.smalltalk import small_talk, upset
from frontdesk.domain.words import fold
from frontdesk.kit.clock import to_datetime

LONGEST = 600  # characters that are looked at
UNSURE = "Nothing tells that it matters more or less than others, and no model was asked"


class Label(StrEnum):
    """How much a message matters. Whoever judges chooses a word; the number follows from it."""

    NOISE = "noise"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


LEVELS: dict[Label, int] = {label: level for level, label in enumerate(Label, start=1)}
LABELS: dict[int, Label] = {level: label for label, level in LEVELS.items()}
MIDDLE = LEVELS[Label.NORMAL]


class By(StrEnum):
    """What a score rests on."""

    RULES = "rules"
    MODEL = "model"
    FALLBACK = "fallback"  # nobody could tell: the middle


@dataclass(frozen=True, slots=True)
class Scored:
    """How much a message matters, with the reason as a short sentence for people."""

    level: int
    reason: str
    by: By = By.RULES


@dataclass(frozen=True, slots=True)
class ScoredMessage:
    """A message that was scored, for those who act on it. `at` is when it was written, `contact_id` who wrote it."""

    id: str
    chat_id: str
    account_id: str
    level: int
    reason: str
    at: int
    contact_id: str | None


@dataclass(frozen=True, slots=True)
class Unsure:
    """A message that a model is asked about, as far as it is shown one."""

    id: str
    text: str
    vip: bool = False


@dataclass(frozen=True, slots=True)
class Rated:
    """What a model said: a score for each message that it spoke of, and what it cost."""

    scores: dict[str, Scored]
    model: str
    calls: int = 1
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `[importance]` of the house's file says. `vips` are ids as texts, as addresses are kept."""

    enabled: bool = True
    vips: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    model: str | None = None  # provider:model; None: the installation's


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules look at. `at` is when it was written (Unix ms), in the zone of the house."""

    text: str | None
    kind: str = "text"
    at: int = 0
    zone: str = "UTC"
    vip: bool = False
    forwarded: bool = False


# What changes or keeps a place for another message says nothing by itself.
_SAYS_NOTHING = frozenset({"edit", "revoke", "system", "media_placeholder"})
_WITHOUT_WORDS = {
    "audio": "A voice message: nobody has listened to it yet",
    "image": "A picture without words",
    "video": "A video without words",
    "document": "A file without words",
    "location": "A place",
    "contacts": "A contact",
}
_NOISE_KINDS = {"reaction": "Only a reaction", "sticker": "Only a sticker"}


def is_asked(kind: str, *, typed_on_phone: bool, history: bool) -> bool:
    """Whether a message that arrives is to be scored: it is new, from the other side, and says something."""
    return not typed_on_phone and not history and kind not in _SAYS_NOTHING


def judge(message: Judged, house_words: Iterable[str] = ()) -> Scored | None:
    """What the rules say; None where they are not sure, and a model may know better."""
    if message.kind in _NOISE_KINDS:
        return _scored(Label.NOISE, _NOISE_KINDS[message.kind])
    text = (message.text or "")[:LONGEST].strip()
    if not text:
        found: Scored | None = _scored(Label.NORMAL, _WITHOUT_WORDS.get(message.kind, "It has no words"))
    else:
        said = _Said.of(text)
        if empty := _noise(said, forwarded=message.forwarded):
            return empty
        found = _of_words(said, message, house_words)
    if message.vip and (found is None or found.level < LEVELS[Label.HIGH]):
        return _scored(Label.HIGH, "From a VIP")
    return found


def _of_words(said: "_Said", message: Judged, house_words: Iterable[str]) -> Scored | None:
    found = _urgent(said, message) or _house_word(said, house_words) or _high(said, message)
    if found is None and said.to_the_rater:
        return _scored(Label.NORMAL, "Tries to tell a machine how to rate it")
    return found or _calm(said)


@dataclass(frozen=True, slots=True)
class _Said:
    """A text made ready: folded, and without what only sounds urgent."""

    raw: str
    folded: str
    words: tuple[str, ...]
    calm: bool
    to_the_rater: bool

    @classmethod
    def of(cls, text: str) -> "_Said":
        folded = " ".join(fold(text).replace("'", "").replace("’", "").split())
        honest = _without_sentences(folded, words.TO_THE_RATER)
        calm = words.CALM.sub(" ", honest)
        kept = words.INNOCENT.sub(" ", calm)
        return cls(text, kept, tuple(_WORD.findall(folded)), calm != honest, honest != folded)

    @property
    def asks(self) -> bool:
        return "?" in self.raw


_WORD = re.compile(r"[^\W_]+")
_ENDS = ".!?;"


def _without_sentences(text: str, sign: re.Pattern[str]) -> str:
    """The text without the sentences that hold the sign."""
    while found := sign.search(text):
        begins = max(text.rfind(end, 0, found.start()) for end in _ENDS) + 1
        ends = min((at for end in _ENDS if (at := text.find(end, found.end())) >= 0), default=len(text))
        text = f"{text[:begins]} {text[ends + 1 :]}"
    return text


def _scored(label: Label, reason: str) -> Scored:
    return Scored(LEVELS[label], reason)


# Noise


def _noise(said: _Said, *, forwarded: bool) -> Scored | None:
    if not said.words:
        return _scored(Label.NOISE, "Only emojis or signs")
    if words.CHAIN.search(said.folded):
        return _scored(Label.NOISE, "A chain letter")
    if _promotes(said.folded):
        return _scored(Label.NOISE, "Looks like advertising")
    if words.PLAIN_ANSWERS.issuperset(said.words):
        return _scored(Label.LOW, "A plain yes or no")
    if all(words.LAUGHTER.fullmatch(word) for word in said.words):
        return _scored(Label.NOISE, "Only laughter")
    if small_talk(said.raw) is not None or (not said.asks and words.GREETINGS.issuperset(said.words)):
        return _scored(Label.NOISE, "Only a greeting or thanks")
    if forwarded and not said.asks and len(said.words) > _LONG:
        return _scored(Label.LOW, "Passed on from somebody else")
    return None


_LONG = 30  # words


def _promotes(folded: str) -> bool:
    return bool(words.PROMO.search(folded)) or sum(bool(sign.search(folded)) for sign in words.PROMO_SIGNS) > 1


# What matters


def _urgent(said: _Said, message: Judged) -> Scored | None:
    for reason, sign in words.URGENT:
        if sign.search(said.folded):
            return _scored(Label.URGENT, reason)
    minutes = minutes_ahead(said.folded)
    if minutes is not None and minutes <= _SOON:
        return _scored(Label.URGENT, f"Something happens in {minutes} minutes")
    clock = _clock(said, message)
    if clock is not None and -_JUST_PAST <= clock[0] <= _AT_ONCE:
        return _scored(Label.URGENT, f"It is about {clock[1]} today")
    return None


_SOON = 60  # minutes that somebody names, within which it is urgent
_AT_ONCE, _JUST_PAST = 40, 20  # minutes around a time of the day that is urgent
_TODAY = 6 * 60  # minutes ahead of a time that makes a message a matter of today


def _house_word(said: _Said, house_words: Iterable[str]) -> Scored | None:
    for word in house_words:
        if re.search(rf"(?<!\w){re.escape(fold(word).strip())}(?!\w)", said.folded):
            return _scored(Label.HIGH, f"Says “{word}”, a word that you marked")
    return None


def _high(said: _Said, message: Judged) -> Scored | None:
    text = said.folded
    today = bool(words.TODAY.search(text)) and not words.OTHER_DAY.search(text)
    clock = _clock(said, message)
    soon = clock is not None and -_JUST_PAST <= clock[0] <= _TODAY
    if words.CANCELS.search(text) and (today or soon or words.TODAY.search(text)):
        return _scored(Label.HIGH, "Cancels or moves what is due today")
    in_theory = words.IN_THEORY.search(text)
    for reason, sign in words.HIGH:
        if sign.search(text) and not (in_theory and reason == words.MONEY):
            return _scored(Label.HIGH, reason)
    if upset(text):
        return _scored(Label.HIGH, "Complains")
    if words.CLAIMS.search(text):
        return _scored(Label.HIGH, "Asks for what should be there already")
    if soon and clock is not None:
        return _scored(Label.HIGH, f"It is about {clock[1]} today")
    if words.TODAY.search(text) and words.DUE.search(text):
        return _scored(Label.HIGH, "Something is due today")
    return None


def _calm(said: _Said) -> Scored | None:
    """An ordinary question, or words that ask for nothing."""
    if words.ORDINARY.search(said.folded):
        return _scored(Label.NORMAL, "An ordinary question or request")
    if said.asks:
        return None
    if words.TELLS.search(said.folded):
        return _scored(Label.LOW, "Tells something and asks for nothing")
    if said.calm and words.ASKS_FOR.search(said.folded):
        return _scored(Label.NORMAL, "Asks for something, and is in no hurry")
    if said.calm:
        return _scored(Label.LOW, "Says that there is no hurry")
    return None


# Times

_NUMBERS = {"half an": 30, "media": 30, "meia": 30, "an": 60, "a": 60, "una": 60, "uma": 60, "one": 60}
_MINUTES = re.compile(
    r"(?<!\w)(?:in|en|dentro de|daqui a|em|within) (?:about |like |unos |uns |menos de |less than )?"
    r"(?:(?P<minutes>\d{1,3}) ?(?:minutes|minutos|mins?)(?!\w)"
    r"|(?P<half>half an|an|one|media|una|meia|uma|1) (?:hour|hora)(?!\w))"
)
_CLOCK = re.compile(
    r"(?<!\w)(?:(?:at|by|before|until|till|a las?|antes de las?|as|ate as|pelas|para las) )"
    r"(?P<hour>[012]?\d)(?:[:.h](?P<minute>[0-5]\d))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?h?"
    r"(?![\w%€$£:/]| ?(?:euros|days|dias|people|pessoas|personas|friends|years|anos|meses|months|percent|pounds|km))"
    r"|(?<![\w:])(?P<hour2>[012]?\d)(?:h|:)(?P<minute2>[0-5]\d)(?![\w:])"
)


def minutes_ahead(folded: str) -> int | None:
    """In how many minutes something happens, where a text says so."""
    found = _MINUTES.search(folded)
    if found is None:
        return None
    return int(found["minutes"]) if found["minutes"] else _NUMBERS.get(found["half"], 60)


def _clock(said: _Said, message: Judged) -> tuple[int, str] | None:
    """The time of today that a text names: the minutes until then, and how it is written."""
    if not message.at or words.OTHER_DAY.search(said.folded) or words.ORDINARY.search(said.folded):
        return None
    found = _CLOCK.search(said.folded)
    if found is None:
        return None
    hour, minute = int(found["hour"] or found["hour2"]), int(found["minute"] or found["minute2"] or 0)
    if hour > 23:
        return None
    return _nearest(to_datetime(message.at, message.zone), hour, minute, (found["half"] or "")[:1])


def _nearest(now: datetime, hour: int, minute: int, half: str) -> tuple[int, str]:
    """Of the two times of the day that an hour may mean, the one that is next, or was a moment ago."""
    afternoon = hour % 12 + 12
    given = [afternoon] if half == "p" else [hour] if half == "a" or hour > 12 or not hour else [hour, afternoon]
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [day + timedelta(hours=each, minutes=minute) for each in given]
    away = [int((moment - now).total_seconds() // 60) for moment in moments]
    ahead = [(left, moment) for left, moment in zip(away, moments, strict=True) if left >= -_JUST_PAST]
    left, moment = min(ahead) if ahead else (away[-1], moments[-1])
    return left, f"{moment:%H:%M}"
