"""The chat window around its messages: header, agent pill, window, composer, and the panel beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.channels.base import Capabilities
from frontdesk.domain.accounts import State, may_send, sentence
from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.domain.chats import window_ends
from frontdesk.domain.delivery import CLOSED
from frontdesk.domain.messages import Direction, Status, settled
from frontdesk.domain.operators import Role, Scope, in_sight
from frontdesk.domain.personas import Persona
from frontdesk.domain.wire import Member
from frontdesk.kit.clock import HOUR
from frontdesk.store.pages import ChatLine, MessageLine
from frontdesk.store.rows import AlertRow, ChatRow
from frontdesk.web.inbox import words
from frontdesk.web.inbox.cards import Look, best_address, holder, labels, name_of, within, word_of
from frontdesk.web.standing import resting

CLOSING = 2 * HOUR  # what is left of the window when it begins to be shown as a warning
_ADDRESS_WORDS = {
    AddressKind.PHONE: "Phone",
    AddressKind.LID: "Hidden id",
    AddressKind.USER: "User id",
    AddressKind.GROUP: "Group id",
}


@dataclass(frozen=True, slots=True)
class Pill:
    """The agent in this chat: the word for its look, what it says, and until when."""

    look: str  # on, draft, paused, off
    icon: str
    says: str
    until: int | None = None
    explains: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The 24 hours in which Meta lets a business write freely. `ends` is None on channels without one."""

    ends: int | None
    open: bool
    closing: bool
    never: bool = False
    refused: bool = False  # by our clock it is open, but Meta says that it is not


@dataclass(frozen=True, slots=True)
class Composer:
    """Whether one may write. `shut` is empty when one may; then it is the heading of the reason."""

    shut: str = ""
    reason: str = ""
    link: str = ""
    link_word: str = ""
    waits: str = ""  # one may write, but it will wait: why


@dataclass(frozen=True, slots=True)
class Pane:
    """Everything of one chat but its messages."""

    id: str
    account_id: str
    name: str
    initials: str
    hue: int
    group: bool
    address: str
    account: str
    simulated: bool
    channel_title: str
    pill: Pill
    trusted: bool
    agent_mode: str
    held: bool
    held_by: str
    held_reason: str
    window: Window
    composer: Composer
    running: bool
    waiting_since: int | None
    waiting: str
    unread: int
    state: str
    assigned_to: str | None
    persona: str | None
    persona_chosen: str
    labels: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    addresses: tuple[tuple[str, str], ...]
    since: str
    may_write: bool
    may_erase: bool  # with the export of all that is kept of the person
    alerts: Sequence[AlertRow] = ()
    given_name: str = ""
    parts: tuple[tuple[str, str], ...] = ()  # addresses that can be taken out together: how they are written, one's id
    own: bool = False  # the owner's own chat with the desk
    members: tuple[tuple[str, str, bool], ...] = ()  # of a group: name, address, whether they run it


@dataclass(frozen=True, slots=True)
class Around:
    """What a pane needs beside the chat itself."""

    can: Capabilities
    persona: Persona | None
    role: Role
    running: bool = False
    alerts: Sequence[AlertRow] = ()
    newest: Sequence[MessageLine] = ()  # messages of the chat, the newest at the end
    built_in: bool = False  # no persona serves the chat, so that the one of the house does
    rests: bool = False  # the line is of a demonstration that is not run
    members: Sequence[Member] = ()  # of a group
    parts: Sequence[tuple[Address, ...]] = ()  # of a person's addresses, as they can be taken apart


def pane(line: ChatLine, look: Look, around: Around) -> Pane:
    """The pane of a chat."""
    chat = line.chat
    word, name = word_of(line, look), name_of(line, look)
    may_write = Scope.WRITE in around.role.scopes()
    window = _window(chat.last_inbound_at, look.now, around)
    return Pane(
        id=chat.id,
        account_id=chat.account_id,
        name=name,
        initials=words.initials(name),
        hue=words.hue(chat.id),
        group=chat.group_ref is not None,
        address=best_address(line.addresses, chat.group_ref),
        account=line.account_name,
        simulated=not around.can.real,
        channel_title=around.can.title or line.channel,
        pill=_pill(line, look, word),
        trusted=chat.trusted,
        agent_mode=chat.agent_mode,
        held=word == "held",
        held_by=holder(line, look),
        held_reason=_more_of(chat.held_reason or ""),
        window=window,
        composer=_composer(State(line.account_state), window, look, may_write=may_write, rests=around.rests),
        running=around.running,
        waiting_since=chat.waiting_since,
        waiting=words.duration(look.now - chat.waiting_since) if chat.waiting_since is not None else "",
        unread=chat.unread,
        state=chat.state,
        assigned_to=chat.assigned_to,
        persona=chat.persona,
        persona_chosen=_persona_name(around),
        labels=labels(chat.labels),
        names=_names(line),
        addresses=_addresses(line.addresses, chat.group_ref),
        since=words.day_name(chat.created_at, look.now, look.zone),
        may_write=may_write,
        may_erase=Scope.ADMIN in around.role.scopes() and line.chat.contact_id is not None,
        alerts=around.alerts,
        given_name=line.given_name or "",
        parts=_apart(around.parts),
        own=word == "own",
        members=tuple(_member(member) for member in around.members),
    )


def _pill(line: ChatLine, look: Look, word: str) -> Pill:
    chat = line.chat
    if word == "held":
        explains = _how_held(line, look)
        if chat.held_until is None:
            return Pill("paused", "pause", "Paused", explains=f"Until it is handed back: {explains}.")
        at = words.clock_time(chat.held_until, look.zone)
        return Pill("paused", "pause", "Paused", chat.held_until, f"Until {at}: {explains}.")
    if word == "quiet":
        at = words.clock_time(chat.cooldown_until or 0, look.zone)
        explains = f"Until {at}: it looked like two machines talking."
        return Pill("paused", "pause", "Quiet", chat.cooldown_until, explains)
    if word == "paused":
        until = look.paused.until if look.paused is not None else None
        end = f"until {words.clock_time(until, look.zone)}" if until is not None else "until that is ended"
        return Pill("paused", "pause", "Paused", until, f"The owner has paused the agent in every chat {end}.")
    if word == "own":
        explains = "This is your own chat: what you write here is for the desk. #help says what it understands."
        return Pill("off", "user-check", "Own chat", explains=explains)
    if word == "untrusted":
        return Pill("off", "bot", "Waits", explains="The agent waits until the chat is trusted.")
    return {
        "on": Pill("on", "sparkles", "On", explains="The agent answers by itself."),
        "draft": Pill("draft", "pencil", "Draft", explains="The agent writes drafts; a person sends them."),
        "off": Pill("off", "bot", "Off", explains="The agent does not answer here."),
    }[word]


_ANSWERED = "Answered "  # so begins the reason of a hold that came with an answer
_BY_API = "Answered through the API"
_ASKED = "The agent asks for a person."  # where it gave no reason of its own


def _how_held(line: ChatLine, look: Look) -> str:
    """Why nobody but people answer, within a sentence."""
    by, reason = line.chat.held_by or "", line.chat.held_reason or ""
    if by in ("phone", "agent"):
        return "answered on the phone" if by == "phone" else "it asked for a person"
    verb = "answered" if reason.startswith(_ANSWERED) else "taken over"
    if by not in look.keys and reason.startswith(_BY_API):
        return f"{verb}{reason.removeprefix(verb.capitalize()).rstrip('.')}"
    if through := look.through(by):
        return f"{verb} {through}"
    who = within(look.person(by))
    return f"{who} answered" if verb == "answered" else f"{who} took over"


def _more_of(reason: str) -> str:
    """What a hold's reason adds to who holds; nothing where it says the same once more."""
    return "" if reason.startswith(_ANSWERED) or reason == _ASKED else reason


def _persona_name(around: Around) -> str:
    if around.persona is None:
        return ""
    return f"{around.persona.name}, built in" if around.built_in else around.persona.name


def _window(last_inbound_at: int | None, now: int, around: Around) -> Window:
    if not around.can.window:
        return Window(None, open=True, closing=False)
    ends = window_ends(last_inbound_at)
    if ends is None:
        return Window(None, open=False, closing=False, never=True)
    if now < ends and _refused(around.newest, last_inbound_at or 0):
        return Window(ends, open=False, closing=False, refused=True)
    return Window(ends, open=now < ends, closing=0 < ends - now < CLOSING)


def _refused(newest: Sequence[MessageLine], last_inbound_at: int) -> bool:
    """Whether the channel refused our last message because the window is closed, and they did not write since."""
    ours = [
        line.message
        for line in newest
        if line.message.direction == Direction.OUTBOUND
        and settled(Status(line.message.status))
        and line.message.status != Status.DISCARDED
    ]
    last = ours[-1] if ours else None
    return last is not None and last.error_code in CLOSED and last.provider_time >= last_inbound_at


def _composer(state: State, window: Window, look: Look, *, may_write: bool, rests: bool) -> Composer:
    if not may_write:
        return Composer("You can read this chat", "Your role is viewer. An admin can let you write.")
    if rests:
        return Composer("This line cannot send", resting(), "/lines", "Open Lines")
    if state in (State.LOGGED_OUT, State.ACTION_REQUIRED, State.DISCONNECTED):
        return Composer("This line cannot send", sentence(state), "/lines", "Open Lines")
    if window.never:
        return Composer(
            "They have not written yet",
            "WhatsApp lets a business begin only with an approved template. You can answer as soon as they write.",
        )
    if window.refused:
        return Composer(
            "The 24-hour window has closed",
            "WhatsApp refused the last message for it. It now takes only an approved template;"
            " once they write again you can answer.",
        )
    if not window.open and window.ends is not None:
        day = words.day_name(window.ends, look.now, look.zone)
        day = day.lower() if day in ("Today", "Yesterday") else f"on {day}"
        at = f"{day} at {words.clock_time(window.ends, look.zone)}"
        return Composer(
            "The 24-hour window has closed",
            f"It closed {at}. WhatsApp now takes only an approved template; once they write again you can answer.",
        )
    waits = "" if may_send(state) else "The line is not connected: what you write waits and goes out when it is back."
    return Composer(waits=waits, link="/lines", link_word="Open Lines")


def _names(line: ChatLine) -> tuple[tuple[str, str], ...]:
    known = (
        ("Called here", line.given_name),
        ("Calls itself", line.contact_name),
        ("Username", f"@{line.username}" if line.username else None),
    )
    return tuple((word, name) for word, name in known if name)


def _addresses(addresses: tuple[Address, ...], group_ref: str | None) -> tuple[tuple[str, str], ...]:
    if group_ref is not None:
        return (("Group id", group_ref),)
    return tuple((_ADDRESS_WORDS[address.kind], display(address)) for address in addresses)


def _apart(parts: Sequence[tuple[Address, ...]]) -> tuple[tuple[str, str], ...]:
    return tuple((", ".join(map(display, part)), str(part[0])) for part in parts) if len(parts) > 1 else ()


def _member(member: Member) -> tuple[str, str, bool]:
    address = display(member.addresses[0]) if member.addresses else ""
    return (member.name or address or "Somebody", address if member.name else "", member.admin)


def people(look: Look, chat: ChatRow) -> tuple[tuple[str, str], ...]:
    """Whom a chat can be given to: id and name of those who see its line and may answer, the one who looks first.

    Who has the chat already stands among them, also when they may no longer answer.
    """
    assigned_to, able = chat.assigned_to, {key for key in look.writers if in_sight(look.sights[key], chat.account_id)}
    may = {key: name for key, name in look.operators.items() if key in able}
    mine = [(look.operator_id, f"{may.pop(look.operator_id)} (you)")] if look.operator_id in may else []
    if assigned_to is not None and assigned_to in look.operators and assigned_to not in able:
        may[assigned_to] = f"{look.operators[assigned_to]} (cannot answer)"
    return (*mine, *sorted(may.items(), key=lambda each: (each[1], each[0])))
