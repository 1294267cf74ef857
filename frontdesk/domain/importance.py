"""How much a message matters, from 1 to 5, and why: what plain rules can tell, and what has to be asked of a model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.domain import importance_rules as rules, importance_words as words
from frontdesk.domain.importance_reading import Reading, folded
from frontdesk.domain.importance_times import JUST_PAST, minutes_ahead, time_of_today
from frontdesk.domain.smalltalk import asks_for_person, small_talk, upset
from frontdesk.domain.words import fold

LONGEST = 600  # characters that are looked at
UNSURE = "Nothing tells that it matters more or less than others"


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
    """A message that a model is asked about, as far as it is shown one. `written`: day and time, for people."""

    id: str
    text: str
    vip: bool = False
    written: str = ""


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
    found, sure = _told(message, house_words)
    return found if sure else None


def lean(message: Judged) -> Scored:
    """What the rules guess where they are not sure: for when no model can be asked."""
    found, _ = _told(message, ())
    reason = found.reason if found.reason == UNSURE else f"{found.reason}, as far as the rules can guess"
    return Scored(found.level, reason, By.FALLBACK)


Told = tuple[Scored, bool]  # and whether the rules are sure


def _told(message: Judged, house_words: Iterable[str]) -> Told:
    found, sure = _of_message(message, house_words)
    if message.vip and found.level < LEVELS[Label.HIGH] and not (sure and found.level == LEVELS[Label.NOISE]):
        return _scored(Label.HIGH, "From a VIP"), True
    return found, sure


def _of_message(message: Judged, house_words: Iterable[str]) -> Told:
    if message.kind in _NOISE_KINDS:
        return _scored(Label.NOISE, _NOISE_KINDS[message.kind]), True
    text = (message.text or "")[:LONGEST].strip()
    if not text:
        return _scored(Label.NORMAL, _WITHOUT_WORDS.get(message.kind, "It has no words")), True
    said = _Said.of(text)
    return _noise(said, forwarded=message.forwarded) or _of_words(said, message, house_words)


def _of_words(said: "_Said", message: Judged, house_words: Iterable[str]) -> Told:
    found = _urgent(said, message)
    if found is None or not found[1] or found[0].level < LEVELS[Label.HIGH]:
        found = _house_word(said, house_words) or found
    found = found or _high(said, message)
    return _despite_its_orders(found) if said.to_the_rater else found or _calm(said)


def _despite_its_orders(found: Told | None) -> Told:
    """For what tells a machine how to rate it: no model gets to read that, and its "urgent" counts for nothing."""
    if found is None or found[0].reason == rules.SAYS_SO:
        return _scored(Label.NORMAL, "Tries to tell a machine how to rate it"), True
    return found[0], True


@dataclass(frozen=True, slots=True)
class _Said:
    """A text made ready: folded, and without what only sounds urgent."""

    raw: str
    folded: str
    words: tuple[str, ...]
    reading: Reading
    calm: bool
    to_the_rater: bool

    @classmethod
    def of(cls, text: str) -> "_Said":
        plain = folded(text)
        honest = _without_sentences(plain, words.TO_THE_RATER)
        calm = words.CALM.sub(" ", honest)
        kept = words.INNOCENT.sub(" ", calm)
        return cls(text, kept, tuple(_WORD.findall(plain)), Reading.of(kept), calm != honest, honest != plain)

    @property
    def asks(self) -> bool:
        return "?" in self.raw

    @property
    def opens_a_question(self) -> bool:
        """Whether it begins with a word that begins a question, greetings aside."""
        begins = next((at for at, word in enumerate(self.reading.words) if word not in words.OPENINGS), 0)
        return begins in self.reading.found.get("asks", ())


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


def _noise(said: _Said, *, forwarded: bool) -> Told | None:
    reason = _why_noise(said)
    if reason is not None:
        return _scored(Label.NOISE, reason), True
    if words.PLAIN_ANSWERS.issuperset(said.words):
        return _scored(Label.LOW, "A plain yes or no"), True
    if forwarded and not said.asks and len(said.words) > _LONG:
        return _scored(Label.LOW, "Passed on from somebody else"), True
    return None


_LONG = 30  # words
_CHAIN_REACH = 8  # words
_PROMO_SIGNS = 2


def _why_noise(said: _Said) -> str | None:
    if not said.words:
        return "Only emojis or signs"
    if words.CHAIN.search(said.folded) or _goes_round(said.reading):
        return "A chain letter"
    if words.CODE.search(said.folded):
        return "A code that a machine sent"
    if words.SURVEY.search(said.folded):
        return "A survey that a machine sent"
    if _promotes(said):
        return "Looks like advertising"
    if words.PLAIN_ANSWERS.issuperset(said.words):
        return None
    if not said.asks and words.GREETINGS.issuperset(_without_laughter(said.raw)):
        return "Only a greeting, thanks or laughter"
    return "Only a greeting or thanks" if small_talk(said.raw) is not None else None


def _without_laughter(text: str) -> list[str]:
    kept = " ".join(word for word in _WORD.findall(fold(text)) if not words.LAUGHTER.fullmatch(word))
    return _WORD.findall(folded(kept))


def _goes_round(reading: Reading) -> bool:
    """Asks to be passed on to so many people."""
    return reading.near(("pass_on", "many_people"), _CHAIN_REACH) and any(word.isdecimal() for word in reading.words)


def _promotes(said: _Said) -> bool:
    if words.PROMO.search(said.folded):
        return True
    signs = len({said.reading.words[at] for at in said.reading.found.get("promo", ())})
    return signs >= _PROMO_SIGNS + said.reading.has("asks")


# What matters


_SOON = 60  # minutes that somebody names, within which it is urgent
_AT_ONCE = 40  # minutes until a time of the day that is urgent
_SHORTLY = 2 * 60  # minutes until a time that is urgent where something is amiss
_TODAY = 6 * 60  # minutes ahead of a time that makes a message a matter of today
_AMISS = ("not", "nobody", "where_are", "leave", "by_mistake", "cannot", "stop_it", "guests", "problem", "at_door")


def _urgent(said: _Said, message: Judged) -> Told | None:
    rule = rules.URGENT.first(said.reading)
    if rule is not None and rule.sure:
        return _scored(Label.URGENT, rule.reason), True
    if (soon := _soon(said, message)) is not None:
        return soon
    return (_scored(Label.URGENT, rule.reason), False) if rule is not None else None


def _soon(said: _Said, message: Judged) -> Told | None:
    """What happens within the next two hours."""
    reading = said.reading
    minutes = minutes_ahead(said.folded)
    if minutes is not None and minutes <= _SOON:
        if reading.has("arriving"):
            return _scored(Label.NORMAL, f"Is there in {minutes} minutes"), False
        return _scored(Label.URGENT, f"Something happens in {minutes} minutes"), True
    clock = _clock(said, message)
    if clock is None or reading.has("cancel", "fetch") or clock[0] < -JUST_PAST:
        return None
    if clock[0] <= _AT_ONCE or (clock[0] <= _SHORTLY and reading.has(*_AMISS)):
        return _scored(Label.URGENT, f"It is about {clock[1]} today"), True
    return None


def _clock(said: _Said, message: Judged) -> tuple[int, str] | None:
    if said.reading.has("trade", "theory"):
        return None
    return time_of_today(said.folded, at=message.at, zone=message.zone)


def _house_word(said: _Said, house_words: Iterable[str]) -> Told | None:
    for word in house_words:
        if re.search(rf"(?<!\w){re.escape(fold(word).strip())}(?!\w)", said.folded):
            return _scored(Label.HIGH, f"Says “{word}”, a word that you marked"), True
    return None


def _high(said: _Said, message: Judged) -> Told | None:
    clock = _clock(said, message)
    soon = clock is not None and -JUST_PAST <= clock[0] <= _TODAY
    if said.reading.has("cancel") and soon:
        return _scored(Label.HIGH, rules.CANCELS), True
    rule = rules.HIGH.first(said.reading)
    if said.calm:
        return (_scored(Label.NORMAL, f"{rule.reason}, in no hurry"), False) if rule is not None and rule.sure else None
    if rule is not None and rule.sure:
        return _scored(Label.HIGH, rule.reason), True
    if upset(said.folded):
        return _scored(Label.HIGH, rules.COMPLAINS), True
    if asks_for_person(said.folded):
        return _scored(Label.HIGH, rules.PERSON), True
    if soon and clock is not None:
        return _scored(Label.HIGH, f"It is about {clock[1]} today"), True
    return (_scored(Label.HIGH, rule.reason), False) if rule is not None else None


def _calm(said: _Said) -> Told:
    """An ordinary question or request, or words that ask for nothing."""
    reading = said.reading
    trouble = sum(reading.has(concept) for concept in rules.TROUBLE)
    if said.calm:
        if said.asks or reading.has("trade", "order", "bill", "visit"):
            return _scored(Label.NORMAL, "Asks for something, and is in no hurry"), True
        return _scored(Label.LOW, "Says that there is no hurry"), True
    if trouble > 1 + reading.has("tells") and not reading.has("resolved", "theory"):
        return _scored(Label.HIGH, "Sounds as if something is the matter"), False
    if said.asks or said.opens_a_question or reading.has("wants"):
        plain = trouble == 0 and (said.asks or not reading.has("not"))
        return _scored(Label.NORMAL, "An ordinary question or request"), plain or reading.has("theory")
    if reading.has("tells", "resolved"):
        return _scored(Label.LOW, "Tells something and asks for nothing"), not trouble and not reading.has("not")
    if reading.has("trade", "asks"):
        return _scored(Label.NORMAL, "An ordinary question or request"), False
    if trouble == 0 and reading.has("chatty", "closing", "positive"):
        return _scored(Label.LOW, "Tells something and asks for nothing"), False
    return _scored(Label.NORMAL, UNSURE), False
