"""The pages beside the inbox: personas, alerts, status and settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form, Request
from pydantic import AliasChoices, SecretStr
from starlette.responses import HTMLResponse

import frontdesk
from frontdesk import __version__
from frontdesk.desk.muting import FOREVER
from frontdesk.domain.operators import Scope
from frontdesk.domain.personas import Hours, House, Match, Memory, MemoryMode, Persona, fallback_persona
from frontdesk.kit.command import command
from frontdesk.settings import Settings
from frontdesk.store import ledger, model_uses, pages_house
from frontdesk.store.ledger import Balance
from frontdesk.store.rows import AlertRow, ApiKeyRow, DeadLetterRow
from frontdesk.store.store import Read
from frontdesk.web.auth import rooms_of
from frontdesk.web.checks import Check
from frontdesk.web.health import examine
from frontdesk.web.inbox import words
from frontdesk.web.inbox.cards import Look
from frontdesk.web.inbox.context import Setting, page_values, setting_of
from frontdesk.web.inbox.model_uses import spent
from frontdesk.web.inbox.model_words import key_words, model_words
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Admin, Anyone, Visitor, Writer
from frontdesk.web.metrics import day_before
from frontdesk.web.rooms import Rooms
from frontdesk.web.sight import personas_in_sight

router = APIRouter(include_in_schema=False)
OWN_FILE = Path("frontdesk.toml")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CHECKS = {"database": "Database", "bus": "Live events", "workers": "Work", "lines": "Lines"}


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert for its template."""

    id: str
    sentence: str
    severe: bool
    count: int
    when: str
    open: bool
    link: str
    link_word: str


@router.get("/alerts")
async def alerts(request: Request, visitor: Anyone) -> HTMLResponse:
    """What the owner should know."""
    return await _alerts(request, visitor, "pages/alerts.html")


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge(request: Request, visitor: Writer, alert_id: str) -> HTMLResponse:
    """A person has seen it."""
    await rooms_of(request).desk.alerts.acknowledge(alert_id, by=visitor.id)
    return await _alerts(request, visitor, "pages/alerts_part.html")


@router.post("/alerts/acknowledge")
async def acknowledge_all(request: Request, visitor: Writer, until: Annotated[int, Form(ge=0)]) -> HTMLResponse:
    """A person has seen all that stood on the page; what was raised after it was shown stays open."""
    await rooms_of(request).desk.alerts.acknowledge_all(until=until, by=visitor.id, sight=visitor.sight)
    return await _alerts(request, visitor, "pages/alerts_part.html")


async def _alerts(request: Request, visitor: Visitor, template: str) -> HTMLResponse:
    async with rooms_of(request).store.read() as read:
        setting = await setting_of(request, visitor, read)
        page = await pages_house.alert_page(read, sight=visitor.sight, limit=100)
    found = [_alert(row, setting.look) for row in page.items]
    values = {
        "open_alerts": [each for each in found if each.open],
        "seen_alerts": [each for each in found if not each.open],
        "shown_until": setting.look.now,
        "may_write": visitor.may(Scope.WRITE),
    }
    return answer(template, page_values(request, setting, "alerts") | values)


def _alert(row: AlertRow, look: Look) -> AlertView:
    link, word = ("", "")
    if row.chat_id is not None:
        link, word = f"/chats/{row.chat_id}", "Open the chat"
    elif row.kind == "line":
        link, word = "/lines", "Open Lines"
    elif row.kind in ("settings", "personas"):
        link, word = "/personas", "Open Personas"
    return AlertView(
        id=row.id,
        sentence=row.sentence,
        severe=row.severe,
        count=row.count,
        when=words.moment(row.last_at, look.now, look.zone),
        open=row.acknowledged_at is None,
        link=link,
        link_word=word,
    )


@router.get("/personas")
async def personas(request: Request, visitor: Anyone) -> HTMLResponse:
    """The personas as frontdesk.toml writes them."""
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
    house = rooms.house()
    values = {
        "personas": _personas(house, setting),
        "problem": rooms.desk.personas.problem if visitor.sight is None else None,
        "doubt": rooms.desk.personas.doubt if visitor.sight is None else None,
        "file": rooms.desk.personas.path,
        "shipped": _shipped(rooms.desk.personas.path),
        "own_file": _own_file(),
        "command": command(),
    }
    return answer("pages/personas.html", page_values(request, setting, "personas") | values)


def _personas(house: House, setting: Setting) -> list[dict[str, Any]]:
    """The personas, and the built-in one unless one of them serves every chat."""
    seen = personas_in_sight(setting.rooms, setting.visitor.sight, house.personas)
    shown = [_persona(each, setting) for each in seen]
    if any(each.match == Match() for each in house.personas):
        return shown
    serves = "Every chat that no other persona serves" if shown else "Every chat"
    return [*shown, _persona(fallback_persona(house.defaults), setting) | {"serves": serves, "built_in": True}]


def _own_file() -> str:
    """Where a file of the owner's is looked for."""
    return str(OWN_FILE.absolute())


def _shipped(path: Path | None) -> bool:
    """Whether the file came with the program: an update would overwrite what is changed there."""
    return path is not None and Path(frontdesk.__file__).parent in path.parents


def _persona(persona: Persona, setting: Setting) -> dict[str, Any]:
    names = {account.id: account.name for account in setting.accounts}
    everyone = persona.match.chats == ("*",)
    line = "every line" if persona.match.account == "*" else names.get(persona.match.account, persona.match.account)
    return {
        "name": persona.name,
        "built_in": False,
        "hue": words.hue(persona.name),
        "initials": words.initials(persona.name),
        "serves": f"Every chat on {line}" if everyone else f"{', '.join(persona.match.chats)} on {line}",
        "trusted": persona.trusted,
        "agent_mode": persona.agent_mode.value,
        "model": model_words(persona.model or setting.rooms.model),
        "own_model": persona.model is not None,
        "fallbacks": [model_words(each) for each in persona.fallbacks],
        "prompt": persona.prompt,
        "voice": persona.voice,
        "memory": _memory(persona.memory),
        "tools": persona.tools,
        "only_from_knowledge": persona.only_from_knowledge,
        "hours": ", ".join(_hours(span) for span in persona.hours) or "Always",
        "answers": _answers(persona),
        "debug": persona.debug,
    }


def _answers(persona: Persona) -> str:
    """How the model is told to answer; empty where nothing is said."""
    told = []
    if persona.max_tokens is not None:
        told.append(f"at most {words.plural(persona.max_tokens, 'token')} long")
    if persona.temperature is not None:
        told.append(f"temperature {persona.temperature:g}")
    sentence = ", ".join(told)
    return sentence[:1].upper() + sentence[1:]


def _memory(memory: Memory) -> str:
    ends = {
        MemoryMode.SILENCE: f"forgets after {memory.hours:g} h of silence",
        MemoryMode.DAY: "forgets at the end of the day",
        MemoryMode.FIXED: f"forgets {memory.hours:g} h after the first message",
        MemoryMode.NEVER: "never forgets",
    }[memory.mode]
    return f"The last {memory.messages} messages word by word; {ends}"


def _hours(span: Hours) -> str:
    days = " ".join(_DAYS[day] for day in sorted(span.days))
    return f"{days} {span.opens // 60:02}:{span.opens % 60:02}–{span.closes // 60:02}:{span.closes % 60:02}"


@router.get("/status")
async def status(request: Request, visitor: Anyone) -> HTMLResponse:
    """How the house is: checks, the ledger, work, what could not be read."""
    rooms = rooms_of(request)
    health = await examine(rooms)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        balance = await ledger.balance(read)
        work = await pages_house.work(read, now=rooms.clock.now())
        letters = await pages_house.dead_letter_page(read, sight=visitor.sight, limit=20)
        uses = await model_uses.since(read, day_before(rooms, 7))
    values = {
        "health": health,
        "checks": [_check(name, check) for name, check in health.checks.items()],
        "balance": balance,
        "balanced": _balanced(balance),
        "refused": sum(balance.refused.values()),
        "work": work,
        "spent": spent(uses),
        "letters": [_letter(row, setting.look) for row in letters.items],
        "version": __version__,
        "up": words.duration(setting.look.now - rooms.started_at),
    }
    return answer("pages/status.html", page_values(request, setting, "status") | values)


def _check(name: str, check: Check) -> dict[str, str]:
    level = {"healthy": "good", "degraded": "warn", "unhealthy": "bad"}[check.status]
    return {"word": _CHECKS.get(name, name.capitalize()), "level": level, "sentence": check.sentence}


def _balanced(balance: Balance) -> str:
    """The ledger as a sentence."""
    lost = balance.received - balance.stored - balance.duplicate - balance.dead_letter
    asked_nothing = balance.stored - balance.decided
    parts = [f"{balance.received:,} in", f"{balance.decided - balance.pending:,} decided"]
    if asked_nothing > 0:
        parts.append(f"{asked_nothing:,} written on your own phone or erased since")
    if balance.pending:
        parts.append(f"{balance.pending:,} being looked at")
    if balance.duplicate:
        parts.append(f"{balance.duplicate:,} delivered twice")
    if balance.dead_letter:
        parts.append(f"{balance.dead_letter:,} unreadable but kept")
    parts.append(f"{max(lost, 0):,} lost")
    return ", ".join(parts) + "."


def _letter(row: DeadLetterRow, look: Look) -> dict[str, str]:
    reason = row.reason if row.count == 1 else f"{row.reason} It came {row.count:,} times."
    return {"when": words.moment(row.last_at, look.now, look.zone), "channel": row.channel, "reason": reason}


@router.get("/settings")
async def settings(request: Request, visitor: Anyone) -> HTMLResponse:
    """The settings in effect, without secrets, and the API keys."""
    return await _settings(request, visitor)


@router.post("/settings/api-keys")
async def create_key(
    request: Request, visitor: Admin, name: Annotated[str, Form(max_length=80)] = "", scope: Annotated[str, Form()] = ""
) -> HTMLResponse:
    """A new key; its text is shown this once."""
    _, text = await rooms_of(request).desk.api_keys.create(name, [scope])
    return await _settings(request, visitor, new_key=text, template="pages/keys.html")


@router.post("/settings/api-keys/{key_id}/revoke")
async def revoke_key(request: Request, visitor: Admin, key_id: str) -> HTMLResponse:
    """The key opens nothing any more."""
    await rooms_of(request).desk.api_keys.revoke(key_id)
    return await _settings(request, visitor, template="pages/keys.html")


async def _settings(
    request: Request, visitor: Visitor, *, new_key: str = "", template: str = "pages/settings.html"
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        owner = await _owner(rooms, setting, read) if visitor.sight is None else {}
    keys = await rooms.desk.api_keys.all() if visitor.may(Scope.ADMIN) else []
    house = rooms.house()
    values = {
        "groups": _groups(rooms)
        | owner
        | {
            "Answers": [
                ("Time zone", house.timezone),
                ("Waits for more to come", f"{house.quiet_seconds:g} s, at most {house.cap_seconds:g} s"),
                ("Leaves to people what comes in later than", _minutes(house.answer_within_minutes)),
                ("After you answered, quiet for", _minutes(house.hold_minutes)),
            ]
        },
        "environment": _environment(rooms.settings) if visitor.may(Scope.ADMIN) else [],
        "keys": [_key(row, setting.look) for row in keys],
        "new_key": new_key,
    }
    return answer(template, page_values(request, setting, "settings") | values)


async def _owner(rooms: Rooms, setting: Setting, read: Read) -> dict[str, list[tuple[str, str]]]:
    """How the desk writes to its owner."""
    house, look = rooms.house(), setting.look
    way, problem = await rooms.desk.own_chat.way(read), await rooms.desk.own_chat.why_not(read)
    muted = await rooms.desk.commands.muted_until(read)
    beat = house.heartbeat
    silent = "Not silent" if muted is None else "Silent until #mute off"
    if muted is not None and muted < FOREVER:
        silent = f"Silent until {words.moment(muted, look.now, look.zone)}"
    return {
        "You": [
            ("Own chat", problem or (way.sentence if way is not None else "")),
            ("Your private numbers", ", ".join(f"+{phone}" for phone in house.owner.phones) or "None named"),
            ("Sign of life", f"Daily at {beat.time} ({house.timezone})" if beat.enabled else "Off"),
            ("At each start", "Told" if beat.startup else "Not told"),
            ("Urgent alerts", silent),
        ]
    }


def _minutes(minutes: float) -> str:
    if not minutes:
        return "Until handed back"
    return words.duration(int(minutes * 60_000))


def _groups(rooms: Rooms) -> dict[str, list[tuple[str, str]]]:
    settings, file = rooms.settings, rooms.desk.personas.path
    return {
        "Model": [
            ("In use", model_words(rooms.model)),
            ("Needs a key", key_words(rooms.model, settings)),
        ],
        "Installation": [
            ("Environment", "production" if settings.production else "development"),
            ("Public address", settings.public_url or "Not set: webhooks from Meta need one"),
            ("Folder", str(settings.data_dir)),
            ("Settings file", str(file) if file else f"None yet: {command()} init writes {_own_file()}"),
            ("Version", __version__),
        ],
    }


def _environment(settings: Settings) -> list[tuple[str, str, str]]:
    """Every setting of the environment: its name, its value as far as it may be shown, and what it is for."""
    shown = []
    for name, field in type(settings).model_fields.items():
        alias = field.validation_alias
        word = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name.upper()
        shown.append((word, _open_value(getattr(settings, name)), field.description or ""))
    return shown


def _open_value(value: object) -> str:
    if value is None or value in ("", ()):
        return "Not set"
    if isinstance(value, SecretStr):
        return "Set"
    return ", ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)


def _key(row: ApiKeyRow, look: Look) -> dict[str, Any]:
    used = words.moment(row.last_used_at, look.now, look.zone) if row.last_used_at else "Never used"
    return {
        "id": row.id,
        "name": row.name,
        "hint": row.hint,
        "scope": (orjson.loads(row.scopes) or ["read"])[-1],
        "used": used,
        "made": words.day_name(row.created_at, look.now, look.zone),
        "revoked": row.revoked_at is not None,
    }
