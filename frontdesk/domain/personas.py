"""Personas: who the agent is in which chats, and the settings of an installation that its file carries."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from frontdesk.domain.addresses import Address, MalformedAddress, parse
from frontdesk.domain.importance import Wanted
from frontdesk.domain.owner import Heartbeat, Owner
from frontdesk.domain.telling import Target
from frontdesk.domain.urgent import Urgent

TOOLS = ("knowledge", "hand_over", "appointments", "note")


class AgentMode(StrEnum):
    """What the agent may do in a chat."""

    OFF = "off"
    DRAFT = "draft"
    AUTO = "auto"


class MemoryMode(StrEnum):
    """When a thread of memory ends."""

    SILENCE = "silence"  # after `hours` without a message
    DAY = "day"  # at the end of the day, in the installation's zone
    FIXED = "fixed"  # `hours` after it began
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Memory:
    """How long the agent remembers, and how many messages it sees word by word."""

    mode: MemoryMode = MemoryMode.SILENCE
    hours: float = 24
    messages: int = 10


@dataclass(frozen=True, slots=True)
class Match:
    """The chats that a persona serves: an account (id, name or `*`) and ids of chats (or `*`)."""

    account: str = "*"
    chats: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Hours:
    """When the agent answers: days (0 = Monday) and minutes of the day, from and to."""

    days: frozenset[int]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Persona:
    """Prompt, voice, model, tools and memory for some chats."""

    name: str
    match: Match = Match()
    model: str | None = None  # provider:model; None: the installation's
    fallbacks: tuple[str, ...] = ()
    prompt: str = ""
    voice: str = ""
    trusted: bool = False
    agent_mode: AgentMode = AgentMode.OFF
    temperature: float | None = None
    max_tokens: int | None = None
    base_url: str | None = None
    memory: Memory = Memory()
    tools: tuple[str, ...] = ("knowledge", "hand_over")
    only_from_knowledge: bool = False
    hours: tuple[Hours, ...] = ()  # empty: always
    quiet_seconds: float | None = None  # None: the installation's buffer
    cap_seconds: float | None = None
    answer_within_minutes: float | None = None  # None: the installation's
    debug: bool = False


@dataclass(frozen=True, slots=True)
class Defaults:
    """For chats that no persona names."""

    trusted: bool = False
    agent_mode: AgentMode = AgentMode.OFF


@dataclass(frozen=True, slots=True)
class House:
    """Everything that `frontdesk.toml` says, as values. Times in seconds and minutes as written there."""

    timezone: str = "UTC"
    defaults: Defaults = Defaults()
    quiet_seconds: float = 3.0
    cap_seconds: float = 15.0
    hold_minutes: float = 240
    answer_within_minutes: float = 60  # what came in later than that was missed
    cold_contacts_per_day: int = 10  # people who never wrote and may be written to, on a line that needs care
    personas: tuple[Persona, ...] = ()
    digest_model: str | None = None  # provider:model that makes digests; None: the installation's
    retention_days: int = 90  # 0: for ever
    media_days: int = 0  # 0: as long as their messages
    least_free_mb: int | None = None  # room on the disk; None: what suits its size
    notify: tuple[Target, ...] = ()
    importance: Wanted = field(default_factory=Wanted)
    urgent: Urgent = field(default_factory=Urgent)
    owner: Owner = field(default_factory=Owner)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    promises_by: tuple[str, ...] = ("agent", "operator", "phone")  # whose promises become reminders
    extra: dict[str, object] = field(default_factory=dict)  # sections for parts that read them themselves

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that is named first somewhere, as `provider:model`, once."""
        named = (*(persona.model for persona in self.personas), self.importance.model, self.digest_model)
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model that was set by hand for a phone number, beside the persona. None: nothing was set."""

    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    base_url: str | None = None

    def on(self, persona: Persona) -> Persona:
        """The persona with what was set. An address belongs to its model: another model does not take it along."""
        values = {name: value for name, value in asdict(self).items() if value is not None}
        if self.model is not None:
            values.setdefault("base_url", None)
        return replace(persona, **values)


def choose(
    personas: Iterable[Persona], *, account: tuple[str, ...], addresses: tuple[Address, ...], named: str | None = None
) -> Persona | None:
    """The persona for a chat: the one the chat names, else the first that matches most closely.

    A match by chat beats a match by account, which beats `*`. `account` holds the account's id and name.
    """
    best: tuple[int, Persona] | None = None
    for persona in personas:
        if named is not None and persona.name == named:
            return persona
        rank = _rank(persona.match, account, addresses)
        if rank and (best is None or rank > best[0]):
            best = (rank, persona)
    return best[1] if best else None


def _rank(match: Match, account: tuple[str, ...], addresses: tuple[Address, ...]) -> int:
    if match.account != "*" and match.account not in account:
        return 0
    of_account = 1 if match.account == "*" else 2
    if any(_names(chat, addresses) for chat in match.chats if chat != "*"):
        return of_account + 4
    return of_account if "*" in match.chats else 0


def _names(pattern: str, addresses: tuple[Address, ...]) -> bool:
    try:
        return parse(pattern) in addresses
    except MalformedAddress:
        return any(pattern == address.value for address in addresses)


def fallback_persona(defaults: Defaults) -> Persona:
    """The persona of chats that no persona names."""
    return replace(
        Persona(name="Front desk"),
        trusted=defaults.trusted,
        agent_mode=defaults.agent_mode,
    )
