"""`frontdesk.toml` (or `app.json` with the same keys) as values of the domain."""

import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints, ValidationError

from frontdesk.domain.addresses import parse
from frontdesk.domain.importance import Wanted
from frontdesk.domain.personas import (
    TOOLS,
    AgentMode,
    Defaults,
    Hours,
    House,
    Match,
    Memory,
    MemoryMode,
    Persona,
)
from frontdesk.domain.retention import SHORTEST_DAYS
from frontdesk.domain.telling import Target
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings.house_errors import Look, broken
from frontdesk.settings.owner_sections import HeartbeatForm, OwnerForm, QuietHours, UrgentForm, quiet_of
from frontdesk.settings.wording import not_utf8

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"(\S+)\s+(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError("must be an IANA time zone such as Europe/Lisbon") from None
    return name


def _chat(text: str) -> str:
    if text != "*":
        try:
            parse(text)
        except FrontdeskError:
            raise ValueError("must be a phone number with its country code, an id such as ...@g.us, or *") from None
    return text


def _person(text: str) -> str:
    return _chat(text) if text != "*" else _chat("")


def _model(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*:\S*", text):
        raise ValueError("must be provider:model, for example gemini:gemini-2.5-flash, or offline:")
    return text


def _url(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise ValueError("must be a URL such as http://127.0.0.1:11434")
    return text.rstrip("/")


def _tool(name: str) -> str:
    if name not in TOOLS:
        raise ValueError(f"must be one of {', '.join(TOOLS)}")
    return name


def _notice(url: str) -> str:
    if "://" not in url:
        raise ValueError("must be an Apprise URL such as tgram://..., or whatsapp://self")
    return url


def hours_of(text: str) -> Hours:
    """`Mon-Fri 09:00-18:00`, `Sat,Sun 10:00-13:00`, `daily 22:00-02:00` as hours.

    Raises:
        ValueError: it is none of these; the text says what it must be.
    """
    match = _SPAN.fullmatch(text.strip())
    if match:
        opens, closes = (int(match[at]) * 60 + int(match[at + 1]) for at in (2, 4))
        days = _days(match[1])
        if (
            days
            and opens != closes
            and opens < 24 * 60
            and closes <= 24 * 60
            and max(int(match[3]), int(match[5])) < 60
        ):
            return Hours(days, opens, closes)
    raise ValueError("must be days and times such as Mon-Fri 09:00-18:00")


def _days(text: str) -> frozenset[int]:
    if text.lower() in ("daily", "mon-sun"):
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        ends = [
            [day.lower() for day in DAYS].index(day) if day.title() in DAYS else -1 for day in part.lower().split("-")
        ]
        if -1 in ends or len(ends) > 2:
            return frozenset()
        found |= {day % 7 for day in range(ends[0], ends[0] + (ends[-1] - ends[0]) % 7 + 1)}
    return frozenset(found)


def hours_text(hours: Hours) -> str:
    """The hours as the file writes them."""
    return f"{_days_text(sorted(hours.days))} {_clock(hours.opens)}-{_clock(hours.closes)}"


def _days_text(days: list[int]) -> str:
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(DAYS[run[0]] + (f"-{DAYS[run[-1]]}" if run[1:] else "") for run in runs)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _kept(days: int) -> int:
    if 0 < days < SHORTEST_DAYS:
        raise ValueError(
            f"must be 0 (keep for ever) or at least {SHORTEST_DAYS}: WhatsApp may repeat a message for so long, and "
            "what was deleted would come as new"
        )
    return days


def _hours(text: str) -> str:
    return hours_text(hours_of(text))


Model = Annotated[str, AfterValidator(_model)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Match(_Section):
    account: Annotated[str, Field(min_length=1)] = "*"
    chats: tuple[Annotated[str, AfterValidator(_chat)], ...] = ("*",)


class _Memory(_Section):
    mode: MemoryMode = MemoryMode.SILENCE
    hours: float = Field(24, gt=0, le=24 * 366)
    messages: int = Field(10, ge=1, le=200)


class PersonaForm(_Section):
    """One `[[persona]]`."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    match: _Match = _Match()
    model: Model | None = None
    fallbacks: tuple[Model, ...] = ()
    prompt: str = Field("", max_length=50_000)
    voice: str = Field("", max_length=2_000)
    trusted: StrictBool = False
    agent_mode: AgentMode = AgentMode.OFF
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, le=200_000)
    base_url: Annotated[str, AfterValidator(_url)] | None = None
    memory: _Memory = _Memory()
    tools: tuple[Annotated[str, AfterValidator(_tool)], ...] = ("knowledge", "hand_over")
    only_from_knowledge: StrictBool = False
    hours: tuple[Annotated[str, AfterValidator(_hours)], ...] = ()
    quiet_seconds: float | None = Field(None, ge=0, le=3_600)
    cap_seconds: float | None = Field(None, ge=0, le=3_600)
    answer_within_minutes: float | None = Field(None, ge=1, le=60 * 24 * 7)
    debug: StrictBool = False


class _Defaults(_Section):
    trusted: StrictBool = False
    agent_mode: AgentMode = AgentMode.OFF
    answer_within_minutes: float = Field(60, ge=1, le=60 * 24 * 7)


class _Care(_Section):
    cold_contacts_per_day: int = Field(10, ge=0, le=10_000)


class _Buffer(_Section):
    quiet_seconds: float = Field(3.0, ge=0, le=3_600)
    cap_seconds: float = Field(15.0, ge=0, le=3_600)


class _Hold(_Section):
    minutes: float = Field(240, ge=0, le=60 * 24 * 366)


class _Importance(_Section):
    enabled: StrictBool = True
    vips: tuple[Annotated[str, AfterValidator(_person)], ...] = ()
    words: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)], ...] = ()
    model: Model | None = None


class _Retention(_Section):
    """How long things are kept. 0: messages for ever, and files as long as their messages."""

    days: Annotated[int, AfterValidator(_kept)] = Field(90, ge=0, le=36_500)
    media_days: int = Field(0, ge=0, le=36_500)


class _Disk(_Section):
    """The room that has to be free. Left out: 200 MB, or on a small disk a fiftieth of it."""

    least_free_mb: int | None = Field(None, ge=0, le=100_000_000)


class _Digests(_Section):
    model: Model | None = None


class _Promises(_Section):
    """Whose promises become reminders: the agent's, the operators', those typed on the phone. None: nobody's."""

    by: tuple[Literal["agent", "operator", "phone"], ...] = ("agent", "operator", "phone")


class _Notify(_Section):
    """Where the owner is told, and of what."""

    url: Annotated[str, AfterValidator(_notice)] = Field(repr=False)
    threshold: int | None = Field(None, ge=1, le=5)
    quiet: QuietHours | None = None
    on: tuple[Literal["line", "urgent", "digest", "heartbeat"], ...] = ("line", "urgent", "digest")


class HouseForm(_Section):
    """The whole file."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    defaults: _Defaults = _Defaults()
    buffer: _Buffer = _Buffer()
    hold: _Hold = _Hold()
    care: _Care = _Care()
    persona: tuple[PersonaForm, ...] = ()
    owner: OwnerForm = OwnerForm()
    heartbeat: HeartbeatForm = HeartbeatForm()
    urgent: UrgentForm = UrgentForm()
    retention: _Retention = _Retention()
    digests: _Digests = _Digests()
    importance: _Importance = _Importance()
    disk: _Disk = _Disk()
    promises: _Promises = _Promises()
    notify: tuple[_Notify, ...] = ()


def read_house(path: Path | None) -> House:
    """What the file says; without a file, what holds when nothing is said.

    Raises:
        SettingsError: one sentence per problem, with the key, the name of the file and the line where it is known.
    """
    return House() if path is None else house_from(file_text(path), path.name)


def file_text(path: Path) -> str:
    """What stands in the file.

    Raises:
        SettingsError: it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise SettingsError(not_utf8(str(path), wrong)) from None
    except OSError as wrong:
        raise SettingsError(f"{path} cannot be read: {wrong.strerror}. Give this user the file.") from None


def house_from(text: str, file: str) -> House:
    """What a text of the file says; a name that ends in `.json` is read as JSON, any other as TOML.

    Raises:
        SettingsError: as of `read_house`.
    """
    written = _parse(text, file)
    try:
        form = HouseForm.model_validate(written)
    except ValidationError as wrong:
        look = Look(HouseForm, written, text, file)
        sentences = [look.sentence(error) for error in wrong.errors(include_url=False)]
        raise SettingsError("\n".join(dict.fromkeys(sentences))) from None
    names = [persona.name for persona in form.persona]
    if doubled := [name for at, name in enumerate(names) if name in names[:at]]:
        raise SettingsError(f"Two personas are called “{doubled[0]}” ({file}): give each a name of its own.")
    return _house(form)


def _parse(text: str, file: str) -> dict[str, Any]:
    is_json = file.endswith(".json")
    try:
        written = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise SettingsError(broken(file, wrong, "JSON" if is_json else "TOML")) from None
    if not isinstance(written, dict):
        raise SettingsError(f"{file} must be an object with keys such as timezone and persona.")
    return written


def _house(form: HouseForm) -> House:
    return House(
        timezone=form.timezone,
        defaults=Defaults(trusted=form.defaults.trusted, agent_mode=form.defaults.agent_mode),
        quiet_seconds=form.buffer.quiet_seconds,
        cap_seconds=form.buffer.cap_seconds,
        hold_minutes=form.hold.minutes,
        answer_within_minutes=form.defaults.answer_within_minutes,
        cold_contacts_per_day=form.care.cold_contacts_per_day,
        personas=tuple(_persona(persona) for persona in form.persona),
        retention_days=form.retention.days,
        digest_model=form.digests.model,
        importance=Wanted(
            form.importance.enabled,
            tuple(str(parse(vip)) for vip in form.importance.vips),
            form.importance.words,
            form.importance.model,
        ),
        media_days=form.retention.media_days,
        least_free_mb=form.disk.least_free_mb,
        promises_by=form.promises.by,
        notify=tuple(Target(one.url, one.on, one.threshold, quiet_of(one.quiet)) for one in form.notify),
        owner=form.owner.value(),
        heartbeat=form.heartbeat.value(),
        urgent=form.urgent.value(),
    )


def _persona(form: PersonaForm) -> Persona:
    plain = form.model_dump(exclude={"match", "memory", "hours"})
    return Persona(
        **plain,
        match=Match(account=form.match.account, chats=form.match.chats),
        memory=Memory(mode=form.memory.mode, hours=form.memory.hours, messages=form.memory.messages),
        hours=tuple(hours_of(span) for span in form.hours),
    )


def persona_of(body: str) -> Persona:
    """A persona from its stored JSON, whose keys are those of the file.

    Raises:
        SettingsError: it does not keep to the form.
    """
    try:
        return _persona(PersonaForm.model_validate_json(body))
    except ValidationError as wrong:
        written = {"persona": [json.loads(body)]} if wrong.errors()[0]["type"] != "json_invalid" else {}
        errors = wrong.errors(include_url=False)
        for error in errors:
            error["loc"] = ("persona", 0, *error["loc"])
        look = Look(HouseForm, written, "", "stored")
        raise SettingsError("\n".join(look.sentence(error) for error in errors)) from None


def persona_body(persona: Persona) -> str:
    """The persona as JSON with the keys of the file; `persona_of` reads it back to an equal value."""
    form = PersonaForm(
        match=_Match(account=persona.match.account, chats=persona.match.chats),
        memory=_Memory(mode=persona.memory.mode, hours=persona.memory.hours, messages=persona.memory.messages),
        hours=tuple(hours_text(span) for span in persona.hours),
        **{name: getattr(persona, name) for name in _PLAIN},
    )
    return form.model_dump_json()


_PLAIN = tuple(name for name in PersonaForm.model_fields if name not in ("match", "memory", "hours"))
