"""Which messages of a chat were not marked as read yet: WhatsApp has every one of them marked, not only the newest."""

from collections import OrderedDict
from dataclasses import dataclass

MOST = 5_000  # messages that are remembered; older ones were read long ago, or never will be


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from, as WhatsApp writes it."""

    chat: str
    sender: str


class Unread:
    """Remembers what came in, in order, for as long as the process runs."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Source] = OrderedDict()

    def note(self, external_id: str, source: Source) -> None:
        """A message came in."""
        self._waiting[external_id] = source
        if len(self._waiting) > MOST:
            self._waiting.popitem(last=False)

    def up_to(self, external_id: str) -> dict[Source, list[str]]:
        """What is read with that message: it, and what came before it in its chat, by who wrote it."""
        marked = self._waiting.get(external_id)
        if marked is None:
            return {}
        read: dict[Source, list[str]] = {}
        for one, source in tuple(self._waiting.items()):
            if source.chat == marked.chat:
                read.setdefault(source, []).append(one)
                self._waiting.pop(one, None)  # another thread may have been faster
            if one == external_id:
                break
        return read

    def put_back(self, read: dict[Source, list[str]]) -> None:
        """They could not be marked: with the next one they are."""
        for source, external_ids in read.items():
            for one in reversed(external_ids):
                self._waiting[one] = source
                self._waiting.move_to_end(one, last=False)
