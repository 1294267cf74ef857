"""The notifiers of the house: the one that comes with it, and those that other packages bring.

A package brings one by an entry point of the group `frontdesk.notify` that names its class. The class takes an address,
and `schemes` names what stands before `://` in those that are its own.
"""

from typing import Any

from frontdesk.domain.personas import House
from frontdesk.domain.telling import Alert
from frontdesk.kit.errors import Rejected
from frontdesk.kit.plugins import entry_points
from frontdesk.notify.apprise import AppriseNotifier
from frontdesk.notify.base import SELF, Makes, Notifier, tell

ENTRY_POINTS = "frontdesk.notify"

BUILTIN: tuple[Any, ...] = (AppriseNotifier,)


class Notifiers:
    """Makes the notifier of each address once, and asks it."""

    def __init__(self) -> None:
        self._made: dict[str, Notifier] = {}

    def of(self, url: str) -> Notifier:
        """The notifier of that address; nobody is asked. The first one takes a moment.

        Raises:
            Rejected: there is none. The sentence stands behind the name of the key.
        """
        if url not in self._made:
            self._made[url] = _maker(url.partition("://")[0].lower())(url)
        return self._made[url]

    def wrong(self, url: str) -> str | None:
        """Why that address cannot be, to stand behind the name of the key; None when it can."""
        if url == SELF:
            return None
        try:
            self.of(url)
        except Rejected as refused:
            return refused.sentence
        return None

    def shown(self, url: str) -> str:
        """The target without its address: `Telegram (tgram://…)`."""
        return url if url == SELF else f"{self.of(url).title} ({url.partition('://')[0]}://…)"

    async def tell(self, url: str, alert: Alert) -> str | None:
        """Tell the owner there. Gives and raises what `frontdesk.notify.base.tell` does."""
        return await tell(self.of(url), alert)


def _maker(scheme: str) -> Makes:
    brought = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    makers: list[Makes] = [*(entry.load() for entry in brought), *BUILTIN]
    own = next((maker for maker in makers if scheme in maker.schemes), None)
    return own or next(maker for maker in makers if not maker.schemes)


def wrong_targets(house: House) -> list[str]:
    """What is wrong with the addresses in the house's file, each in a sentence without its end."""
    notifiers = Notifiers()
    wrongs = [(number, notifiers.wrong(target.url)) for number, target in enumerate(house.notify, 1)]
    return [f"In notify {number}: “url” {wrong}" for number, wrong in wrongs if wrong]
