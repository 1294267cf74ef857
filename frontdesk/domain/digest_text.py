"""A digest as a text for WhatsApp and for notifiers: what waits comes first, and nothing is longer than it may be."""

from collections.abc import Iterator
from dataclasses import dataclass

from frontdesk.domain.digest_words import OTHER, WORDS, Words
from frontdesk.domain.digests import ChatGist, Content, Counts, Offline, Pledge, Waiting
from frontdesk.kit.clock import DAY, to_datetime
from frontdesk.kit.text import shorten

ROOM = 3_500  # characters of the whole
MOST_WAITING, MOST_PLEDGES, MOST_DECISIONS, MOST_CHATS = 12, 12, 8, 12
_LINE = 180


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: in which language, in which zone, and where the pages are (None: nowhere that a link could lead)."""

    language: str
    zone: str
    public_url: str | None

    @property
    def words(self) -> Words:
        """The words of their language."""
        return WORDS[self.language]


def title(content: Content, reader: Reader) -> str:
    """The heading."""
    long = content.until - content.since > 300 * DAY
    since, until = (_at(at, reader, year=long) for at in (content.since, content.until))
    return reader.words.title.format(since=since, until=until)


def text(content: Content, reader: Reader, *, link: str | None = None) -> str:
    """The whole digest. Where there is no room for all of it, `link` leads to the rest."""
    blocks = [block for block in _blocks(content, reader) if block]
    kept: list[str] = []
    room = ROOM - len(link or "") - 2
    for block in blocks:
        left = room - sum(map(len, kept)) - 2 * len(kept)
        if len(block) > left:
            kept += _begun(block, left)
            break
        kept.append(block)
    return "\n\n".join([*kept, link] if link else kept)


def _begun(block: str, room: int) -> list[str]:
    """What of a section there is room for, where that is more than its heading."""
    heading, *lines = block.split("\n")
    kept, room = [heading], room - len(heading) - 2
    for line in lines:
        if len(line) + 1 > room:
            break
        kept.append(line)
        room -= len(line) + 1
    return ["\n".join([*kept, "…"])] if len(kept) > 1 else []


def reconciliation(counts: Counts, language: str) -> str:
    """What became of each message that came in, as a sum that adds up."""
    words = WORDS[language]
    parts = [words.answered.format(n=counts.answered)] if counts.answered else []
    for reason, n in sorted(counts.refused.items(), key=lambda pair: -pair[1]):
        sentence = words.reasons.get(reason)
        parts.append(sentence.format(n=n) if sentence else OTHER[language].format(n=n, reason=reason.replace("_", " ")))
    if counts.pending:
        parts.append(words.pending.format(n=counts.pending))
    return words.sum_in.format(inbound=counts.inbound, parts=" + ".join(parts)) if len(parts) > 1 else ""


def counted(counts: Counts, words: Words) -> str:
    """How much came in and went out."""
    if not counts.inbound and not counts.outbound:
        return words.nothing
    came = words.counts_one if counts.chats == 1 else words.counts
    parts = [came.format(inbound=counts.inbound, chats=counts.chats) if counts.inbound else words.nothing.rstrip(".")]
    if counts.outbound:
        wrote = {"agent": counts.agent, "system": counts.system, "operator": counts.operator, "phone": counts.phone}
        by = ", ".join(words.by[who].format(n=n) for who, n in wrote.items() if n)
        parts.append(words.went_out.format(outbound=counts.outbound, by=by))
    if counts.failed:
        parts.append(words.failed.format(failed=counts.failed))
    return ", ".join(parts) + "."


def _blocks(content: Content, reader: Reader) -> Iterator[str]:
    words = reader.words
    late = words.late.format(due=_at(content.late, reader)) if content.late is not None else ""
    yield "\n".join(part for part in (f"*{title(content, reader)}*", late, counted(content.counts, words)) if part)
    waiting = [_waiting(one, content, reader) for one in content.waiting[:MOST_WAITING]]
    more = _more(len(content.waiting) - MOST_WAITING + content.waiting_more, words.more)
    yield _section(words.waiting, waiting, more=more) or words.nobody_waits
    missed = [_offline(one, reader) for one in content.offline[:MOST_WAITING]]
    yield _section(
        offline_heading(content, words), missed, more=_more(len(content.offline) - MOST_WAITING, words.more_chats)
    )
    pledges = [_pledge(one, content, reader) for one in content.pledges[:MOST_PLEDGES]]
    yield _section(words.pledges, pledges, more=_more(len(content.pledges) - MOST_PLEDGES, words.more))
    decided = [f"• {chat.name}: {shorten(what, _LINE)}" for chat in content.chats for what in chat.decisions]
    yield _section(words.decisions, decided[:MOST_DECISIONS], more=_more(len(decided) - MOST_DECISIONS, words.more))
    for place, chat in enumerate(content.chats[:MOST_CHATS]):
        block = _chat(chat)
        yield f"*{words.chats}*\n{block}" if not place else block
    yield _more(len(content.chats) - MOST_CHATS + content.chats_more, words.more_chats)
    yield how_made(content, words)
    yield reconciliation(content.counts, reader.language)


def how_made(content: Content, words: Words) -> str:
    """Whether a model wrote it, where that is not so."""
    if content.model_failed:
        return words.model_failed
    return words.by_messages if content.chats and not content.by_model else ""


def _section(heading: str, lines: list[str], *, more: str) -> str:
    return "\n".join([f"*{heading}*", *lines, *([more] if more else [])]) if lines else ""


def _more(n: int, words: str) -> str:
    return words.format(n=n) if n > 0 else ""


def _waiting(one: Waiting, content: Content, reader: Reader) -> str:
    words = reader.words
    notes = [words.since.format(at=_at(one.since, reader, near=content.until))]
    notes += [words.missed] if one.missed else []
    notes += [words.draft] if one.draft else []
    mark = "❗ " if (one.level or 0) >= 5 else ""
    return f"• {mark}{one.name} ({', '.join(notes)}): {shorten(one.text, _LINE)}{_link(one.chat_id, reader)}"


def offline_heading(content: Content, words: Words) -> str:
    """How much came in that was written while we were offline, and what became of it."""
    came, answered, missed = content.came_offline
    return f"{words.offline.format(n=came)} ({became(answered, missed, words)})" if came else ""


def became(answered: int, missed: int, words: Words) -> str:
    """What became of what was written while we were offline."""
    parts = [words.offline_answered.format(n=answered)] if answered else []
    return ", ".join([*parts, words.offline_missed.format(n=missed)] if missed or not parts else parts)


def _offline(one: Offline, reader: Reader) -> str:
    what = became(one.answered, one.missed, reader.words)
    return f"• {one.name} ({what}): {shorten(one.text, _LINE)}{_link(one.chat_id, reader)}"


def _pledge(one: Pledge, content: Content, reader: Reader) -> str:
    words = reader.words
    when = ""
    if one.due is not None:
        at = _at(one.due, reader, near=content.until)
        when = f" ({(words.overdue if one.overdue else words.due).format(at=at)})"
    return f"• {one.name}: {shorten(one.what, _LINE)}{when}{_link(one.chat_id, reader)}"


def _chat(chat: ChatGist) -> str:
    return "\n".join([f"{chat.name} (↓{chat.inbound} ↑{chat.outbound})", *(f"• {point}" for point in chat.points)])


def _link(chat_id: str | None, reader: Reader) -> str:
    if reader.public_url is None or chat_id is None:
        return ""
    return f" {reader.public_url.rstrip('/')}/chats/{chat_id}"


def _at(moment: int, reader: Reader, *, near: int | None = None, year: bool = False) -> str:
    """A moment in figures; of a day near the end of the digest the time alone."""
    local = to_datetime(moment, reader.zone)
    if near is not None and abs(near - moment) < DAY and to_datetime(near, reader.zone).date() == local.date():
        return f"{local:%H:%M}"
    return f"{local:%d/%m/%Y %H:%M}" if year else f"{local:%d/%m %H:%M}"
