"""Making what is told as short as its target takes it: whole words, and where the rest stands."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

from frontdesk.domain.telling import Alert

Size = Callable[[str], int]


def units(text: str) -> int:
    """Its length as most services count it: a character beyond the first 65,536, such as an emoji, is two."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def octets(text: str) -> int:
    """Its length in bytes."""
    return len(text.encode("utf-8", "replace"))


def fitted(alert: Alert, room: int, *, title: int, size: Size = units) -> Alert:
    """The alert within that room; `title` is how long that may be. What is cut ends with its link, if there is one."""
    heading = _cut(alert.title, min(title, room), size)
    if size(f"{heading}\n{alert.text}") <= room:
        return replace(alert, title=heading)
    end = f"…\n{alert.link}" if alert.link else "…"
    heading = _cut(heading, max(0, room - size(end) - 2), size)
    text = alert.text.removesuffix(alert.link or "").rstrip()
    kept = _cut(text, room - size(heading) - size(end) - 2, size, mark="")
    return replace(alert, title=heading, text=f"{kept}{end}" if kept.endswith("\n") or not kept else f"{kept} {end}")


def _cut(text: str, room: int, size: Size, *, mark: str = "…") -> str:
    """As many whole lines as fit where that is most of it, else whole words, else letters."""
    if size(text) <= room:
        return text
    if (left := room - size(mark)) <= 0:
        return ""
    fits = bisect_right(range(1, len(text) + 1), left, key=lambda length: size(text[:length]))
    whole = text[:fits]
    for end in ("\n", " "):
        if (at := whole.rfind(end)) > fits // 2:
            return whole[: at + (end == "\n")].rstrip(" ") + mark
    return whole.rstrip() + mark
