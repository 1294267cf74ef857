"""What the page of the lab's phones shows."""

from collections.abc import Iterable
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from frontdesk import samples
from frontdesk.kit.clock import SECOND, to_datetime
from frontdesk.kit.text import shorten
from frontdesk.testing.lab.pocket import Pocket
from frontdesk.testing.lab.shown import Bubble, Thread
from frontdesk.testing.lab.town import Town
from frontdesk.web.phone_view import Settings, file_word, initials, runs, size

_TICKS = {"waiting": "Sent", "delivered": "Delivered", "read": "Read", "played": "Played"}
_KINDS = {"location": "A place", "contacts": "A contact", "poll": "A poll", "audio": "Audio", "image": "Photo"}


class PhonesView:
    """Draws the page and its parts, in the style of the simulator's phone page."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._settings = Settings(inbox_url="/", zone=samples.ZONE)
        loaders = [PackageLoader("frontdesk.testing.lab", "templates"), PackageLoader("frontdesk.web", "templates")]
        self._templates = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            runs=runs, initials=initials, size=size, file_word=file_word, brief=brief, clock=self._clock_time, day=_day
        )
        self._templates.globals.update(ticks=_TICKS, kinds=_KINDS, suggestions=samples.SUGGESTED)

    def page(self, pocket: Pocket, thread: Thread, *, opened: bool) -> str:
        """A chat on a phone; `opened` with what the owner does with linked devices."""
        return self._draw("lab/page.html", pocket, thread, opened=opened)

    def closed(self) -> str:
        """The page for those who may not use it."""
        return self._templates.get_template("lab/closed.html").render(settings=self._settings)

    def bubbles(self, pocket: Pocket, thread: Thread, which: Iterable[Bubble] | None = None) -> str:
        """The bubbles of a chat, or some of them."""
        chosen = list(thread.bubbles.values()) if which is None else list(which)
        return self._draw("lab/bubbles.html", pocket, thread, bubbles=chosen)

    def people(self, pocket: Pocket, thread: Thread) -> str:
        """The phones, and the chats on this one."""
        return self._draw("lab/people.html", pocket, thread)

    def curtain(self, pocket: Pocket, thread: Thread) -> str:
        """Linked devices and troubles."""
        return self._draw("lab/curtain_state.html", pocket, thread)

    def _draw(self, template: str, pocket: Pocket, thread: Thread, **more: Any) -> str:
        now = self._town.clock.now()
        values: dict[str, Any] = {
            "settings": self._settings,
            "town": self._town,
            "pocket": pocket,
            "thread": thread,
            "pockets": list(self._town.pockets.values()),
            "bubbles": list(thread.bubbles.values()),
            "base": f"/lab/{pocket.account.phone}/{thread.key}",
            "typing": thread.is_typed_in(now),
            "is_group": bool(thread.members),
            "owners": [one.account.name for one in self._town.pockets.values() if one.owned],
            "tones": {number: 1 + place for place, number in enumerate(self._town.pockets)},
            "devices": self._town.devices(pocket),
            "waiting": [line for line in self._town.waiting() if line.qr] if pocket.owned else [],
            "away": max(0, -(-(self._town.away_until - now) // SECOND)),
        }
        return self._templates.get_template(template).render(values | more)

    def _clock_time(self, at: int) -> str:
        return to_datetime(at, self._settings.zone).strftime("%H:%M")


def _day(_at: int) -> str:
    return "Today"  # the lab forgets at its end


def brief(bubble: Bubble) -> str:
    """A message in one line."""
    if bubble.revoked:
        return "Deleted message"
    if bubble.text:
        return shorten("".join(run.text for run in runs(bubble.text[:400])), 80)
    if bubble.file is not None:
        return (
            "Voice note" if bubble.file.is_voice else bubble.file.name or _KINDS.get(bubble.kind, bubble.kind.title())
        )
    return _KINDS.get(bubble.kind, bubble.kind.capitalize())
