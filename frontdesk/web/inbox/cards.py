"""Chats as the list shows them: one card each, ready for its template."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from frontdesk.desk.pausing import Pause
from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.domain.chats import held
from frontdesk.domain.messages import Author
from frontdesk.domain.operators import Sight
from frontdesk.kit.clock import MINUTE
from frontdesk.store.pages import ChatLine
from frontdesk.web.inbox import markup, words

LATE = 15 * MINUTE  # a wait that long is shown in the colour of a warning
AUTHOR_ICONS = {Author.AGENT: "sparkles", Author.OPERATOR: "corner-down-right", Author.PHONE: "smartphone"}
NOT_PEOPLE = {"phone": "Phone", "agent": "Needs a person", "api": "API"}
PROGRAMS = ("api", "settings", "local")  # keys without a row of their own, and keys that were not told apart


@dataclass(frozen=True, slots=True)
class Look:
    """What every page needs to say times and names: the moment, the zone, who looks, and who there is."""

    now: int
    zone: str
    operator_id: str
    operators: Mapping[str, str]  # id -> name
    real: Mapping[str, bool]  # channel -> whether it reaches real phones
    writers: frozenset[str] = frozenset()  # the operators who may answer
    sights: Mapping[str, Sight] = field(default_factory=dict)  # what each of them sees
    keys: Mapping[str, str] = field(default_factory=dict)  # id -> name of an API key
    own_chats: frozenset[str] = frozenset()  # those of the owner with the desk
    paused: Pause | None = None  # the agent, in every chat

    def through(self, actor: str) -> str:
        """How a program acted, within a sentence: `through the API by “crm”`; empty for people."""
        if actor in self.keys:
            return f"through the API by “{self.keys[actor]}”"
        return "through the API" if actor in PROGRAMS else ""

    def person(self, operator_id: str | None) -> str:
        """The name of an operator, or of a program, as the one who looks reads it."""
        if operator_id is None:
            return ""
        if operator_id == self.operator_id:
            return "You"
        if operator_id in self.keys:
            return f"API “{self.keys[operator_id]}”"
        if operator_id in PROGRAMS:
            return "API"
        return self.operators.get(operator_id, "A colleague")


@dataclass(frozen=True, slots=True)
class Card:
    """One chat in the list. Empty texts and None are not shown."""

    id: str
    name: str
    initials: str
    hue: int
    group: bool
    account: str
    simulated: bool
    last: str
    last_icon: str | None
    last_word: str
    time: str
    at: int
    unread: int
    waiting: str
    late: bool
    agent: str  # as `word_of`, or failed where the last message got no answer for a fault
    held: str
    assigned: str
    resolved: bool
    labels: tuple[str, ...]
    pressing: int = 0  # 4 or 5 where something that nobody has answered matters that much
    missed: bool = False  # something came in while the line was down, too late to be answered
    own: bool = False  # the owner's own chat with the desk


def card(line: ChatLine, look: Look, *, failed: bool = False, pressing: int = 0) -> Card:
    """The card of a chat. `failed`: the agent was to answer what waits there, and could not."""
    chat = line.chat
    icon, word = _last_mark(line)
    name, own = name_of(line, look), chat.id in look.own_chats
    waited = look.now - chat.waiting_since if chat.waiting_since is not None else 0
    return Card(
        id=chat.id,
        name=name,
        initials=words.initials(name),
        hue=words.hue(chat.id),
        group=chat.group_ref is not None,
        account=line.account_name,
        simulated=not look.real.get(line.channel, True),
        last=_last_text(chat.last_text),
        last_icon=icon,
        last_word=word,
        time=words.stamp(chat.last_message_at, look.now, look.zone) if chat.last_message_at else "",
        at=chat.last_message_at,
        unread=chat.unread,
        waiting=words.duration(max(waited, MINUTE)) if chat.waiting_since is not None else "",
        late=waited >= LATE,
        agent="failed" if failed else word_of(line, look),
        held=holder(line, look),
        assigned=look.person(chat.assigned_to),
        resolved=chat.state == "resolved",
        labels=labels(chat.labels),
        pressing=pressing,
        missed=chat.missed_at is not None,
        own=own,
    )


def name_of(line: ChatLine, look: Look) -> str:
    """What the chat is called on the screen: the owner's own one is “You”."""
    return "You" if line.chat.id in look.own_chats else line.name


def word_of(line: ChatLine, look: Look) -> str:
    """As `agent_word`, with what holds beside the chat: `own` in the owner's own, `paused` in the whole house."""
    if line.chat.id in look.own_chats:
        return "own"
    word = agent_word(line, look.now)
    return "paused" if look.paused is not None and word in ("on", "draft") else word


def agent_word(line: ChatLine, now: int) -> str:
    """What the agent does in a chat: `held`, `off`, `untrusted`, `quiet` (loop guard), `draft` or `on`."""
    chat = line.chat
    if held(chat.held_by, chat.held_until, now):
        return "held"
    if chat.agent_mode == "off":
        return "off"
    if not chat.trusted:
        return "untrusted"
    if chat.cooldown_until is not None and now < chat.cooldown_until:
        return "quiet"
    return "draft" if chat.agent_mode == "draft" else "on"


def answers(line: ChatLine, now: int) -> bool:
    """Whether the agent may answer in a chat, were it asked now."""
    return agent_word(line, now) in ("on", "draft")


def holder(line: ChatLine, look: Look) -> str:
    """Who holds a chat now; empty when nobody does."""
    by = line.chat.held_by
    if by is None or not held(by, line.chat.held_until, look.now):
        return ""
    return NOT_PEOPLE.get(by) or look.person(by)


def within(person: str) -> str:
    """A person as named within a sentence."""
    return person.lower() if person in ("You", "A colleague") else person


def labels(stored: str) -> tuple[str, ...]:
    """The labels of a chat from their column."""
    found = orjson.loads(stored) if stored else []
    return tuple(str(label) for label in found)


def best_address(addresses: tuple[Address, ...], group_ref: str | None = None) -> str:
    """The id that people would write down: the phone where there is one."""
    if group_ref is not None:
        return "Group"
    phones = [address for address in addresses if address.kind is AddressKind.PHONE]
    return display((phones or list(addresses))[0]) if addresses else ""


def _last_mark(line: ChatLine) -> tuple[str | None, str]:
    author = line.chat.last_author
    if author is None or author not in AUTHOR_ICONS:
        return None, ""
    return AUTHOR_ICONS[Author(author)], {"agent": "Agent", "operator": "Operator", "phone": "From the phone"}[author]


def _last_text(text: str | None) -> str:
    """The line of a card; `[image]` and the like are said in words."""
    if text is None:
        return ""
    if text.startswith("[") and text.endswith("]") and text[1:-1].replace("_", "").isalpha():
        kind = text[1:-1]
        return words.KINDS.get(kind, ("", kind.replace("_", " ").capitalize()))[1]
    return markup.plain(text)
