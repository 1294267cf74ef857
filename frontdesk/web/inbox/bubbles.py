"""Messages as the chat window shows them: days, bubbles, and small lines in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from frontdesk.domain.changes import CHANGES
from frontdesk.domain.chats import SENTENCES, WINDOW, Reason
from frontdesk.domain.delivery import CLOSED, may_help
from frontdesk.domain.importance import LEVELS, Label
from frontdesk.domain.messages import Author, Decision, Status
from frontdesk.kit.clock import MINUTE, to_iso
from frontdesk.kit.text import shorten
from frontdesk.store.pages import MessageLine
from frontdesk.store.rows import MediaRow, MessageRow
from frontdesk.web.api.media import SHOWN as SERVED
from frontdesk.web.inbox import markup, words
from frontdesk.web.inbox.cards import Look, within

TOGETHER = 5 * MINUTE  # messages of one author that are closer than this stand as one group
_FAILED = Decision.FAILED
_STATUSES = {status.value: status for status in Status}
_UNSENT = (Status.DRAFT, Status.DISCARDED, Status.FAILED)
_LOST = (Status.FAILED, Status.UNKNOWN)
HIDDEN = CHANGES  # shown at the message that they speak of, or by themselves where they did not get through
SHOWN = {
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts",
    "interactive", "button", "buttons", "list", "order", "template",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Media:
    """A file beside a message. `state` is stored, pending, refused, failed or gone."""

    id: str
    state: str
    mime: str
    name: str
    size: str
    error: str
    voice: bool
    shows: bool = True  # a browser shows or plays it


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message replies to. `id` is None where the quoted message is not kept."""

    id: str | None
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message. `side` is in, out or mid (a small line in the middle)."""

    id: str
    external_id: str | None
    side: str
    author: str
    by: str
    kind: str
    icon: str
    word: str
    at: int
    cursor: str
    iso: str
    time: str
    day: str
    day_name: str
    text: str
    pieces: tuple[markup.Piece, ...] = ()
    large: bool = False
    media: Media | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    quote: Quote | None = None
    reactions: tuple[tuple[str, str], ...] = ()  # emoji, who
    status: str = ""
    tick: str = ""
    tick_word: str = ""
    error: str = ""
    again: bool = False  # it failed, and trying again may help
    overtaken: bool = False  # a draft, and a person has answered since
    edited: bool = False
    revoked: bool = False
    vanished: bool = False
    why: str = ""  # the short word beside the question mark
    silent: bool = False  # the gate said no, or the agent could not
    pressing: str = ""  # why it matters today; empty where it does not
    urgent: bool = False
    ask_again: bool = False  # the agent could not answer it, nobody has since, and it may be asked once more
    model: str = ""
    sources: tuple[str, ...] = ()
    first: bool = True
    last: bool = True
    new_day: bool = False
    unread_from_here: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is words and nothing else, as most messages are."""
        return self.kind == "text" and bool(self.pieces) and self.media is None and not self.content


def thread(
    lines: Sequence[MessageLine], look: Look, *, unread: int = 0, name: str = "", agent_answers: bool = False
) -> tuple[Bubble, ...]:
    """The messages of a chat in order, grouped, with reactions at their targets and the line above what is unread.

    `name` is what the one person of the chat is called; empty in a group. `agent_answers`: these are the newest, and
    the agent may answer in the chat, so that it can be asked again where it failed.
    """
    known = {line.message.external_id for line in lines if line.message.kind not in HIDDEN}
    reactions = _reactions(lines, look)
    shown = [
        line
        for line in lines
        if not (line.message.kind in HIDDEN and _target(line.message) in known) or line.message.status in _LOST
    ]
    bubbles = [_bubble(line, look, reactions) for line in shown]
    first_unread, failed = _first_unread(bubbles, unread), _unanswered_failure(lines, look) if agent_answers else None
    authors = {bubble.id: (name if bubble.side == "in" else "") or bubble.by for bubble in bubbles}
    drafted = {line.message.turn_id for line in lines if line.message.status == Status.DRAFT}
    asked = {line.message.id for line in lines if line.message.turn_id in drafted and line.message.turn_id}
    answered = max((i for i, each in enumerate(bubbles) if _by_a_person(each)), default=-1)
    return tuple(
        replace(
            bubble,
            by=authors[bubble.id],
            quote=_named(bubble.quote, authors, name),
            overtaken=bubble.status == Status.DRAFT and i < answered,
            why=_DRAFT_ONLY.get(bubble.why, bubble.why) if bubble.id in asked else bubble.why,
            first=not _together(bubbles[i - 1] if i else None, bubble),
            last=not _together(bubble, bubbles[i + 1] if i + 1 < len(bubbles) else None),
            new_day=i == 0 or bubbles[i - 1].day != bubble.day,
            unread_from_here=bubble.id == first_unread,
            ask_again=bubble.id == failed,
        )
        for i, bubble in enumerate(bubbles)
    )


def _by_a_person(bubble: Bubble) -> bool:
    return bubble.side == "out" and bubble.author in (Author.OPERATOR, Author.PHONE)


def _named(quote: Quote | None, authors: Mapping[str, str], name: str) -> Quote | None:
    if quote is None or quote.id is None:
        return quote
    return replace(quote, by=authors.get(quote.id) or (name if quote.by == "Contact" and name else quote.by))


def _together(one: Bubble | None, two: Bubble | None) -> bool:
    if one is None or two is None or one.side == "mid" or two.side == "mid":
        return False
    same = (one.author, one.by, one.day) == (two.author, two.by, two.day)
    return same and two.at - one.at < TOGETHER and one.status != Status.DRAFT and two.status != Status.DRAFT


def _first_unread(bubbles: Sequence[Bubble], unread: int) -> str | None:
    if unread <= 0:
        return None
    theirs = [bubble.id for bubble in bubbles if bubble.side == "in"]
    return theirs[-unread] if len(theirs) >= unread else theirs[0] if theirs else None


def _unanswered_failure(lines: Sequence[MessageLine], look: Look) -> str | None:
    """The newest message that asks for an answer, when the agent failed at it and nothing was said since."""
    for line in reversed(lines):
        row = line.message
        if row.direction != "inbound":
            if row.status not in _UNSENT and row.kind not in HIDDEN:
                return None
        elif row.decision is not None and row.gate_reason not in _OF_COURSE:
            return row.id if row.decision == _FAILED and look.now - row.provider_time < WINDOW else None
    return None


def _bubble(line: MessageLine, look: Look, reactions: Mapping[str, tuple[tuple[str, str], ...]]) -> Bubble:
    message = line.message
    icon, word = words.KINDS.get(message.kind, ("circle-help", "Message"))
    side = _side(message)
    text = message.text or ""
    status = _STATUSES.get(message.status, Status.RECEIVED)
    content = _content(message)
    return Bubble(
        id=message.id,
        external_id=message.external_id,
        side=side,
        author=message.author,
        by=_by(line, look),
        kind=message.kind if message.kind in SHOWN or side == "mid" else "unsupported",
        icon=icon,
        word=word,
        at=message.provider_time,
        cursor=f"{message.provider_time}.{message.id}",
        iso=to_iso(message.provider_time) or "",
        time=words.clock_time(message.provider_time, look.zone),
        day=words.day_key(message.provider_time, look.zone),
        day_name=words.day_name(message.provider_time, look.now, look.zone),
        text=_mid_text(line, look) if side == "mid" else text,
        pieces=markup.pieces(text),
        large=message.kind == "text" and markup.only_emoji(text),
        media=_media(line.media, message.kind),
        content=content,
        quote=_quote(line, look),
        reactions=reactions.get(message.external_id or "", ()),
        status=status.value,
        tick=words.STATUS_ICONS.get(status, "") if side == "out" else "",
        tick_word=words.STATUS_WORDS.get(status, ""),
        error=_error(message),
        again=status is Status.FAILED and may_help(message.error_code),
        edited=message.edited_at is not None,
        revoked=message.revoked_at is not None,
        vanished=message.vanished_at is not None,
        why=_why(message),
        silent=message.decision == _FAILED or (message.gate_allowed is False and message.gate_reason not in _CALM),
        pressing=_pressing(message),
        urgent=message.importance == LEVELS[Label.URGENT],
        model=(line.model or "") if message.author == Author.AGENT else "",
        sources=_sources(line),
    )


def _side(message: MessageRow) -> str:
    if message.kind == "system" or message.kind in HIDDEN:
        return "mid"
    if message.direction == "inbound":
        return "mid" if message.author == Author.SYSTEM else "in"
    return "out"


def _by(line: MessageLine, look: Look) -> str:
    message = line.message
    if message.author == Author.AGENT:
        if not message.operator_id or message.status in (Status.DRAFT, Status.DISCARDED):
            return "Agent"
        return (
            f"Agent, approved {look.through(message.operator_id) or f'by {within(look.person(message.operator_id))}'}"
        )
    if message.author in (Author.PHONE, Author.SYSTEM):
        return "Phone" if message.author == Author.PHONE else "Desk"
    if message.author == Author.OPERATOR:
        return look.person(message.operator_id) if message.operator_id else "Operator"
    return line.sender_name or ""


def _error(message: MessageRow) -> str:
    """Why it failed. Where Meta only repeats that the window is closed, its words are left to the story behind."""
    error = message.error or ""
    return error.partition(" Meta says: ")[0] if message.error_code in CLOSED else error


def _mid_text(line: MessageLine, look: Look) -> str:
    message = line.message
    who = line.sender_name or ("You" if message.direction == "outbound" else "The contact")
    if message.status in _LOST and message.kind in HIDDEN:
        return _NOT_DONE[message.kind]
    if message.kind == "reaction":
        emoji = _emoji(message)
        return f"{who} reacted {emoji} to an older message" if emoji else f"{who} took a reaction back"
    if message.kind == "edit":
        return f"{who} edited an older message: “{shorten(message.text or '', 200)}”"
    if message.kind == "revoke":
        return f"{who} deleted an older message"
    return message.text or "Something changed in this chat."


_NOT_DONE = {
    "reaction": "Your reaction to a message",
    "edit": "Your edit of a message",
    "revoke": "Your deletion of a message",
}


def _emoji(reaction: MessageRow) -> str:
    """With what was reacted; empty where a reaction was taken back."""
    told = _content(reaction).get("emoji")
    return reaction.text or (told if isinstance(told, str) else "")


def _content(message: MessageRow) -> Mapping[str, Any]:
    try:
        found = orjson.loads(message.content) if message.content else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _target(message: MessageRow) -> str | None:
    """The channel's id of the message that this one is about."""
    target = _content(message).get("target")
    return target if isinstance(target, str) else None


def _reactions(lines: Sequence[MessageLine], look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
    """The last reaction of each person at each message. To the others all of us are one: the line."""
    latest: dict[str, dict[str, tuple[str, str]]] = {}
    for line in lines:
        message = line.message
        target = _target(message) if message.kind == "reaction" and message.status not in _LOST else None
        if target is None:
            continue
        who = (message.contact_id or message.author) if message.direction == "inbound" else "us"
        latest.setdefault(target, {})[who] = (_emoji(message), _by(line, look) or "The contact")
    return {target: tuple(each for each in people.values() if each[0]) for target, people in latest.items()}


def _media(row: MediaRow | None, kind: str) -> Media | None:
    if row is None:
        return None
    word = words.KINDS.get(kind, ("", "File"))[1]
    mime = (row.mime or "").split(";")[0]
    return Media(
        id=row.id,
        state=row.state,
        mime=mime,
        name=row.name or word,
        size=words.size(row.size),
        error=row.error or "",
        voice=row.voice,
        shows=kind == "document" or (mime in SERVED and mime != "text/plain"),
    )


def _quote(line: MessageLine, look: Look) -> Quote | None:
    if not line.message.reply_to:
        return None
    quoted = line.quoted
    if quoted is None:
        return Quote(None, "", "A message that is not kept here")
    by = {"agent": "Agent", "phone": "Phone", "operator": "Operator", "system": "Desk"}.get(quoted.author, "Contact")
    return Quote(
        quoted.id, by, shorten(markup.plain(quoted.text or "") or words.KINDS.get(quoted.kind, ("", "Message"))[1], 160)
    )


_OF_COURSE = {Reason.OWN_MESSAGE, Reason.OWN_CHAT, Reason.HISTORY, Reason.KIND}
_CALM = _OF_COURSE | {Reason.PAUSED, Reason.HELD, Reason.AGENT_OFF, Reason.HOURS, Reason.NOT_ADDRESSED}
_SHORT = {
    Reason.NOT_TRUSTED: "Not answered: chat not trusted",
    Reason.AGENT_OFF: "Not answered: agent is off",
    Reason.HELD: "Left to you: chat is taken over",
    Reason.LINE: "Not answered: line is down",
    Reason.NOT_ADDRESSED: "Not answered: agent not mentioned",
    Reason.TOO_OLD: "Missed while offline",
    Reason.HOURS: "Not answered: outside hours",
    Reason.WINDOW: "Not answered: 24-hour window closed",
    Reason.BUDGET: "Not answered: budget used up",
    Reason.LOOP: "Not answered: looked like two machines talking",
    Reason.PAUSED: "Left to you: agent is paused everywhere",
    Reason.OWN_CHAT: "For the desk",
}
_DECISIONS = {
    "pending": "The agent is about to look at this",
    "answered": "Answered",
    "drafted": "Answered with a draft",
    "handed_over": "Handed over to a person",
    "failed": "The agent could not answer",
    "silent": "The agent chose not to answer",
}
_DRAFT_ONLY = {_DECISIONS["handed_over"]: "Handed over to a person; the reply is only a draft"}


def _why(message: MessageRow) -> str:
    """The short reason beside a message; empty where nobody would ask."""
    if message.author == Author.AGENT:
        return "Why this answer"
    if message.direction != "inbound":
        return ""
    if message.gate_allowed is False:
        reason = message.gate_reason or ""
        if reason in _OF_COURSE:
            return ""
        return _SHORT.get(Reason(reason), SENTENCES[Reason(reason)]) if reason in set(Reason) else "Not answered"
    return _DECISIONS.get(message.decision or "", "")


def _pressing(message: MessageRow) -> str:
    gone = message.revoked_at is not None or message.vanished_at is not None
    matters = not gone and (message.importance or 0) >= LEVELS[Label.HIGH]
    return (message.importance_reason or "It matters") if matters else ""


def _sources(line: MessageLine) -> tuple[str, ...]:
    if line.message.author != Author.AGENT or not line.sources:
        return ()
    found = orjson.loads(line.sources)
    return tuple(str(source.get("title") or source.get("source") or "") for source in found)
