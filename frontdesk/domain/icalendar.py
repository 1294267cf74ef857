"""The calendar as other calendars read it (RFC 5545): an event for each appointment, times in UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_FOLD = 75  # octets of a line


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `sequence` grows with each change, so that others take the newer one."""

    uid: str
    title: str
    start: int
    end: int
    sequence: int
    changed_at: int
    cancelled: bool = False
    place: str | None = None
    words: str = ""


def calendar_text(entries: Iterable[Entry], *, name: str, now: int) -> str:
    """A whole calendar with these events."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Frontdesk//Appointments//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
        *(line for entry in entries for line in _event(entry, now)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(entry: Entry, now: int) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}@frontdesk",
        f"DTSTAMP:{_utc(now)}",
        f"LAST-MODIFIED:{_utc(entry.changed_at)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTART:{_utc(entry.start)}",
        f"DTEND:{_utc(entry.end)}",
        f"SUMMARY:{_escaped(entry.title)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
    ]
    if entry.place:
        lines.append(f"LOCATION:{_escaped(entry.place)}")
    if entry.words:
        lines.append(f"DESCRIPTION:{_escaped(entry.words)}")
    return [*lines, "END:VEVENT"]


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1_000, UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    one_line = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    plain = one_line.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(character for character in plain if character >= " " and character != "\x7f")


def _folded(line: str) -> str:
    """Lines of at most 75 octets; what is longer goes on in the next one, behind a blank. No character is cut."""
    parts, part, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _FOLD:
            parts.append(part)
            part, size = " ", 1
        part, size = part + character, size + width
    return "\r\n".join([*parts, part])
