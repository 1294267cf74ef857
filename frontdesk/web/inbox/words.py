"""How the inbox says times, sizes, statuses and kinds. Pure: the moment and the zone are handed in."""

import zlib
from datetime import datetime

from frontdesk.domain.messages import Status
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND, to_datetime

HUES = 8
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

STATUS_WORDS = {
    Status.QUEUED: "Waiting to be sent",
    Status.SENDING: "Sending",
    Status.UNKNOWN: "It is not known whether this was sent",
    Status.SENT: "Sent",
    Status.DELIVERED: "Delivered",
    Status.READ: "Read",
    Status.PLAYED: "Played",
    Status.FAILED: "Not sent",
    Status.DRAFT: "Draft, not sent",
    Status.DISCARDED: "Draft that was rejected, never sent",
}
STATUS_ICONS = {
    Status.QUEUED: "clock",
    Status.SENDING: "clock",
    Status.UNKNOWN: "circle-help",
    Status.SENT: "check",
    Status.DELIVERED: "check-check",
    Status.READ: "check-check",
    Status.PLAYED: "check-check",
    Status.FAILED: "circle-alert",
}
KINDS = {  # kind -> icon, word
    "image": ("image", "Photo"),
    "video": ("video", "Video"),
    "audio": ("mic", "Voice message"),
    "document": ("file-text", "Document"),
    "sticker": ("sticker", "Sticker"),
    "location": ("map-pin", "Location"),
    "contacts": ("contact", "Contact card"),
    "reaction": ("smile", "Reaction"),
    "order": ("shopping-bag", "Order"),
    "interactive": ("mouse-pointer-click", "Choice"),
    "button": ("mouse-pointer-click", "Choice"),
    "buttons": ("mouse-pointer-click", "Buttons"),
    "list": ("mouse-pointer-click", "List"),
    "template": ("file-text", "Template"),
    "system": ("info", "Notice"),
    "edit": ("pencil", "Edited message"),
    "revoke": ("ban", "Deleted message"),
}


def clock_time(at: int, zone: str) -> str:
    """`14:20`, in the zone."""
    return to_datetime(at, zone).strftime("%H:%M")


def day_name(at: int, now: int, zone: str) -> str:
    """`Today`, `Yesterday`, `Monday`, `12 November`, or with the year when it is another."""
    then, present = to_datetime(at, zone), to_datetime(now, zone)
    days = (present.date() - then.date()).days
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    if 1 < days < 7:
        return _DAYS[then.weekday()]
    return _date(then, year=then.year != present.year)


def day_key(at: int, zone: str) -> str:
    """The day as `2026-11-21`, in the zone."""
    return to_datetime(at, zone).date().isoformat()


def _date(then: datetime, *, year: bool) -> str:
    return f"{then.day} {_MONTHS[then.month - 1]}" + (f" {then.year}" if year else "")


def stamp(at: int, now: int, zone: str) -> str:
    """When, as short as a list allows: `now`, `5 min`, `14:20`, `Yesterday`, `Tue`, `12 Nov`."""
    if 0 <= now - at < MINUTE:
        return "now"
    if 0 <= now - at < HOUR:
        return f"{(now - at) // MINUTE} min"
    then, present = to_datetime(at, zone), to_datetime(now, zone)
    days = (present.date() - then.date()).days
    if days <= 0:
        return then.strftime("%H:%M")
    if days == 1:
        return "Yesterday"
    if days < 7:
        return _DAYS[then.weekday()][:3]
    short = f"{then.day} {_MONTHS[then.month - 1][:3]}"
    return short if then.year == present.year else f"{short} {then.year}"


def moment(at: int, now: int, zone: str) -> str:
    """The day and the time in one: `Today 14:20`."""
    return f"{day_name(at, now, zone)} {clock_time(at, zone)}"


def span(since: int, until: int, zone: str) -> str:
    """From when to when: `27 March 20:00 to 28 March 08:00`, and the day once where it is the same."""
    first, last = to_datetime(since, zone), to_datetime(until, zone)
    if first.date() == last.date():
        return f"{_date(first, year=False)} {first:%H:%M} to {last:%H:%M}"
    return " to ".join(f"{_date(one, year=first.year != last.year)} {one:%H:%M}" for one in (first, last))


def coming(at: int, now: int, zone: str) -> str:
    """When something will be, or was to be: `Tomorrow 10:00`, `Friday 10:00`, `24 November 10:00`, or as `moment`."""
    then, present = to_datetime(at, zone), to_datetime(now, zone)
    days = (then.date() - present.date()).days
    if days <= 0:
        return moment(at, now, zone)
    day = (
        "Tomorrow" if days == 1 else _DAYS[then.weekday()] if days < 7 else _date(then, year=then.year != present.year)
    )
    return f"{day} {clock_time(at, zone)}"


def duration(milliseconds: int) -> str:
    """How long, in one or two units: `40 s`, `12 min`, `2 h 5 min`, `3 days`."""
    if milliseconds < MINUTE:
        return f"{max(milliseconds, 0) // SECOND} s"
    if milliseconds < HOUR:
        return f"{milliseconds // MINUTE} min"
    if milliseconds < DAY:
        hours, rest = divmod(milliseconds, HOUR)
        return f"{hours} h {rest // MINUTE} min" if rest >= MINUTE and hours < 10 else f"{hours} h"
    days = milliseconds // DAY
    return "1 day" if days == 1 else f"{days} days"


def size(count: int | None) -> str:
    """Bytes for people: `340 KB`, `2.1 MB`."""
    if count is None:
        return ""
    if count < 1_000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} KB"
    if count < 1_000_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000_000_000:.1f} GB"


def initials(name: str) -> str:
    """Up to two letters that stand for a name; empty where it has none, such as a bare number."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return ""
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def hue(key: str) -> int:
    """One of the avatar colours, always the same for one key."""
    return zlib.crc32(key.encode()) % HUES


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 message`, `3 messages`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
