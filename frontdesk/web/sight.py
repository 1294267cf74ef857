"""What a caller sees of the lines: every id in a path is looked at before the route is, and every event that goes out.

Where somebody may not see a thing, they are told that there is none, in the words in which they would be told so.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from frontdesk.desk.errors import NotFound
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.personas import Match, Persona
from frontdesk.store import sight as store
from frontdesk.web.rooms import Rooms

KNOWN = 20_000  # chats of which it is remembered on which line they are
NO_ACCOUNT = "There is no such account."

# The parameters of paths that name what belongs to a line, and how it is told that there is none.
BY_ID: Mapping[str, tuple[str, str]] = {
    "account_id": ("account", NO_ACCOUNT),
    "appointment_id": ("appointment", "There is no such appointment."),
    "contact_id": ("contact", "There is no such contact."),
    "alert_id": ("alert", "There is no such alert."),
    "gap_id": ("gap", "There is no such open question."),
    "chat_id": ("chat", "There is no such chat. It may have been erased."),
    "media_id": ("media", "There is no such file."),
    "reminder_id": ("reminder", "There is no such reminder."),
    "message_id": ("message", "There is no such message. It may have been erased."),
}
# Those that the route itself looks up, by more than an id, among what its caller sees; and those of no line.
BY_ROUTE = frozenset({"chat", "contact", "digest_id", "filename", "issue_id", "session_id"})
OF_THE_HOUSE = frozenset({"feed_id", "key_id", "passage_id", "resource_id", "service_id", "special_id", "user_id"})


async def look_at(rooms: Rooms, sight: Sight, path: Mapping[str, str]) -> None:
    """Let pass what is in sight. What nobody has thought of is refused.

    Raises:
        NotFound: the path names something that the caller does not see, or that is not there.
    """
    if sight is None:
        return
    for name, value in path.items():
        if name in BY_ID:
            await _find(rooms, sight, name, value)
        elif name not in BY_ROUTE | OF_THE_HOUSE:
            raise NotFound("There is nothing here.")


async def check(rooms: Rooms, sight: Sight, name: str, value: str) -> None:
    """The same for an id in a body or a query, by the name that it has in paths."""
    if sight is not None:
        await _find(rooms, sight, name, value)


async def _find(rooms: Rooms, sight: Sight, name: str, one: str) -> None:
    kind, sentence = BY_ID[name]
    if kind == "account":
        account: str | None = one
    else:
        async with rooms.store.read() as read:
            account = await store.account_of(read, kind, one)
    if account is None or not in_sight(sight, account):
        raise NotFound(sentence)


def personas_in_sight(rooms: Rooms, sight: Sight, personas: Iterable[Persona]) -> list[Persona]:
    """Those that serve every chat, or a line that is in sight: the others name lines, and people who write there."""
    if sight is None:
        return list(personas)
    seen = [account.row for account in rooms.desk.accounts.all() if in_sight(sight, account.row.id)]
    named = {row.id for row in seen} | {row.name for row in seen}
    return [each for each in personas if each.match == Match() or each.match.account in named]


class Places:
    """On which line a chat is, which never changes: asked once, however many events of it go to however many."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._known: OrderedDict[str, str] = OrderedDict()

    async def tells(self, sight: Sight, live: Live, *, operator_id: str | None = None) -> bool:
        """Whether an event is for somebody who sees so much. A program with a key is no operator."""
        if live.operator_id is not None:
            return operator_id in (None, live.operator_id)
        if sight is None or live.type in (LiveType.RELOAD, LiveType.AGENT_PAUSED):
            return True
        account = live.account_id
        if account is None and live.chat_id is not None:
            account = await self._of(live.chat_id)
        return account is not None and in_sight(sight, account)

    async def _of(self, chat_id: str) -> str | None:
        if (known := self._known.get(chat_id)) is not None:
            return known
        async with self._rooms.store.read() as read:
            found = await store.account_of(read, "chat", chat_id)
        if found is not None:
            self._known[chat_id] = found
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
        return found
