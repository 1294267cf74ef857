"""Writes docs/reference/ from the code, so that it cannot fall behind. `make reference` runs it; a test compares.

python -m frontdesk.testing.reference docs/reference
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from frontdesk.app import Frontdesk, build
from frontdesk.channels.base import FetchesMedia, FindsPeople, Foresees, MarksRead, Pairs, ReceivesWebhooks, Types
from frontdesk.channels.builtin import BUILTIN
from frontdesk.cli.commands import frontdesk
from frontdesk.domain.live import LiveType
from frontdesk.domain.work import KINDS, Job
from frontdesk.llm.models import BUILTIN as PROVIDERS
from frontdesk.settings.environment import Settings, load_settings, names
from frontdesk.settings.house_file import HouseForm, PersonaForm
from frontdesk.testing import other_words as words, reference_metrics as numbers

_GENERATED = "Written by `make reference` from {source}. Change the code, not this page."

# What each live event says, and the keys of its payload.
LIVE: dict[LiveType, tuple[str, str]] = {
    LiveType.MESSAGE_ADDED: (
        "a message was stored, in either direction; `GET /api/v1/messages/{id}` has all of it",
        "`id`, `chat_id`, `account_id`, `direction`, `author`, `kind`, `text`, `status`",
    ),
    LiveType.MESSAGE_STATUS: ("a message that we sent came further, or failed", "`id`, `chat_id`, `status`, `error`"),
    LiveType.MESSAGE_CHANGED: ("a message got a verdict, a turn, an edit, or was revoked", "`id`, `chat_id`"),
    LiveType.CHAT_MERGED: ("a chat went into another one, as both are with one person", "`chat_id`, `into`"),
    LiveType.CHAT_CHANGED: ("name, switches, hold, labels, counts or order of a chat changed", "`chat_id`"),
    LiveType.CONTACT_TYPING: (
        "a person writes, or has stopped; no news for 15 seconds means the same",
        "`chat_id`, `writing`, `recording`",
    ),
    LiveType.ACCOUNT_STATE: ("a line changed its state", "`account_id`, `state`, `sentence`"),
    LiveType.ACCOUNT_QR: (
        "a line shows another code to be linked with, or none any more; `GET /api/v1/accounts/{id}/status` gives it to "
        "those who may connect the line",
        "`account_id`, `has_qr`, `has_pairing_code`, `expires_at`",
    ),
    LiveType.TURN_STARTED: ("the agent began to write", "`turn_id`, `chat_id`"),
    LiveType.TURN_FINISHED: ("a turn ended", "`turn_id`, `chat_id`, `state`"),
    LiveType.MEDIA_CHANGED: ("a media file was stored, refused or lost", "`media_id`, `message_id`, `state`"),
    LiveType.ALERT_RAISED: ("something asks for the owner's attention", "`kind`, `sentence`, `severe`"),
    LiveType.ALERT_CHANGED: (
        "an alert was repeated, acknowledged or settled",
        "`id`, `key`, or none where all were acknowledged",
    ),
    LiveType.APPOINTMENT_CHANGED: ("an appointment was booked, moved, cancelled or noted", "`id`, `resource_id`"),
    LiveType.PERSONAS_CHANGED: ("`frontdesk.toml` was read again", "`names`, `problem`"),
    LiveType.RELOAD: ("some events were missed: load the whole again", "none"),
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(title: str, source: str, *parts: str) -> str:
    """A page with its title and where it comes from."""
    return "\n\n".join([f"# {title}", _GENERATED.format(source=source), *parts]) + "\n"


def _code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def _plain(value: object) -> str:
    if value is PydanticUndefined or value is None or value == ():
        return ""
    if isinstance(value, Path):
        return _code(f"./{value.name}")
    if isinstance(value, bool):
        return _code(str(value).lower())
    return _code(value)


def settings() -> str:
    """Every setting of the environment."""
    rows = [
        (
            " or ".join(_code(name) for name in names(field)),
            field.description or "",
            _plain(field.default),
            _must(field),
        )
        for field in Settings.model_fields.values()
    ]
    return page(
        "Settings",
        "`frontdesk/settings/environment.py`",
        "Set them in the environment or in a file `.env` in the working directory; the environment wins. Where two "
        "names are given, the first is our own and the second is understood too. A wrong value ends a command with "
        "exit code 2 and a sentence that says how to mend it.",
        table(("name", "what it says", "default", "what it must be"), rows),
    )


def _must(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("must", "")) if isinstance(extra, dict) else ""


def house_file() -> str:
    """Every key of frontdesk.toml."""
    parts = []
    for name, field in HouseForm.model_fields.items():
        if name == "persona":
            continue
        section = _section(field)
        if section is None:
            parts.append(f"`{name}` stands at the top of the file; default {_default(field)}.")
        else:
            parts += [f"## {_title(name, field)}", _keys(section)]
    persona = [f"## {_code('[[persona]]')}", _keys(PersonaForm), "What they mean: [personas](../howto/personas.md)."]
    return page(
        "frontdesk.toml",
        "`frontdesk/settings/house_file.py`",
        "The file named by `FRONTDESK_CONFIG`, else `frontdesk.toml`, else `app.json` (the same keys) in the working "
        "directory. Keys that are not listed here are errors. It is read again whenever it changes.",
        *parts,
        *persona,
    )


def _section(field: FieldInfo) -> type[BaseModel] | None:
    for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _title(name: str, field: FieldInfo) -> str:
    return _code(f"[[{name}]]" if isinstance(field.default, tuple) else f"[{name}]")


def _keys(section: type[BaseModel]) -> str:
    rows = []
    for name, field in section.model_fields.items():
        inner = _section(field)
        value = "{ " + ", ".join(inner.model_fields) + " }" if inner else ""
        rows.append((_code(name), _code(value) if inner else _default(field)))
    return table(("key", "default, or keys"), rows)


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    if field.is_required():
        return "must be given"
    if isinstance(default, tuple):
        return _code("[" + ", ".join(f'"{one}"' for one in default) + "]")
    if isinstance(default, str):
        return _code(f'"{default}"')
    return _plain(default) or "none"


def live_events() -> str:
    """Every live event."""
    return page(
        "Live events",
        "`frontdesk/domain/live.py`",
        "`GET /ws` (WebSocket) and `GET /api/v1/events` (server-sent events, `Last-Event-ID`) give one JSON object per "
        'event: `{"id": 1, "type": "...", "at": "...", "payload": {...}}`. `id` grows by one, so that a listener that '
        "missed some knows it and loads again. Events are told after the commit, never before.",
        "A stream ends with the key or the sign-in that opened it: the WebSocket with close code `4401`, the event "
        "stream by its end. Who comes back is refused: the event stream with 401, the handshake of the WebSocket with "
        "403. Close code `1013` means: come back in a moment.",
        "`/ws?words=legacy` tells some of them as [other systems](other-words.md) do.",
        table(("type", "when", "payload"), [(_code(kind.value), *LIVE[kind]) for kind in LiveType]),
    )


def jobs() -> str:
    """Every kind of durable work."""
    rows = [
        (
            _code(kind.kind),
            (kind.__doc__ or "").strip(),
            _code(kind.queue),
            str(kind.priority),
            _code(_sample(kind).key or ""),
            _code(_sample(kind).lock or ""),
            str(kind.attempts) if kind.attempts < 1000 else "until settled",
            kind.replaces,
        )
        for kind in KINDS.values()
    ]
    return page(
        "Jobs",
        "`frontdesk/domain/work.py`",
        "Jobs are rows in the database, written together with their cause. At most one job of a key waits; jobs of one "
        "lock never run together. A higher priority goes first.",
        table(("kind", "what it does", "queue", "priority", "key", "lock", "attempts", "what it replaces"), rows),
    )


def _sample(kind: type[Job]) -> Job:
    return kind(**{field.name: f"<{field.name}>" for field in fields(kind)})


def routes() -> str:
    """Every route of the API, from the OpenAPI description."""
    document = described()
    rows: dict[str, list[tuple[str, str, str, str]]] = {}
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            where, answers = _code(f"{method.upper()} {path}"), ", ".join(sorted(route["responses"]))
            rows.setdefault(route["tags"][0], []).append((where, route["summary"], _scope(route), answers))
    rows.setdefault("live", []).append((_code("GET /ws"), "Listen to live events (WebSocket)", "read", "101, 403"))
    titles = {tag["name"]: tag["description"] for tag in document["tags"]}
    parts = [
        f"## {name}\n\n{titles[name]}\n\n{table(('route', 'what it does', 'scope', 'answers'), rows[name])}"
        for name in rows
    ]
    return page(
        "Routes",
        "the routes of `frontdesk/web/`",
        "Send an API key in `X-Api-Key`, or as `Authorization: Bearer ...`. Errors are problem details (RFC 9457) with "
        "a sentence in `detail`. `{chat}` is our id, `account_id:address`, or an address such as a phone, URL-encoded. "
        "The whole description with examples is served at `/openapi.json`. What the scopes mean: "
        "[people and keys](../howto/people-and-keys.md). Where the scope says *unless from this machine*, no "
        "key is needed by who asks from this machine, by a local name and not through a proxy.",
        *parts,
    )


def _scope(route: dict[str, Any]) -> str:
    ways = route.get("security", ())
    needed = {scope for scheme in ways for scopes in scheme.values() for scope in scopes}
    return ", ".join(sorted(needed)) + (", unless from this machine" if {} in ways else "")


def described() -> dict[str, Any]:
    """The OpenAPI description."""
    return asyncio.run(_openapi())


async def _openapi() -> dict[str, Any]:
    async with _some_house() as house:
        return house.web.openapi()


@asynccontextmanager
async def _some_house() -> AsyncIterator[Frontdesk]:
    with tempfile.TemporaryDirectory() as folder:
        house = await build(load_settings(env_file=None, data_dir=Path(folder), api_key="only-for-this-page"))
        try:
            yield house
        finally:
            await house.close()


def metrics() -> str:
    """Every number for Prometheus."""
    rows = asyncio.run(_numbers())
    return page("Metrics", "`frontdesk/web/metrics.py`", numbers.ABOUT, table(("name", "kind", "of the", "what"), rows))


async def _numbers() -> list[tuple[str, ...]]:
    async with _some_house() as house:
        return numbers.rows(house.web.state.metrics.registry)


def other_words() -> str:
    """What other systems say, and what it is here."""
    return page("Other words", "`frontdesk/testing/other_words.py`", *words.parts(table))


def channels() -> str:
    """What each channel can do."""
    made = [(channel.name, channel.capabilities, channel) for channel in BUILTIN]
    yes = {True: "yes", False: "no"}
    rows = [
        (what, *(tell(capabilities, channel) for _, capabilities, channel in made))
        for what, tell in (
            ("name for people", lambda can, _: can.title),
            ("reaches real phones", lambda can, _: yes[can.real]),
            ("supported by WhatsApp", lambda can, _: yes[can.official]),
            ("linked with a phone by a code", lambda _, channel: yes[_has(channel, Pairs)]),
            ("messages that it can send", lambda can, _: ", ".join(sorted(can.kinds))),
            ("longest text", lambda can, _: f"{can.text_limit:,}"),
            ("free messages only for 24 hours", lambda can, _: yes[can.window]),
            ("templates", lambda can, _: yes[can.templates]),
            ("reports delivery", lambda can, _: yes[can.receipts]),
            ("settles cut-off sends by itself", lambda can, _: yes[can.settles]),
            ("groups", lambda can, _: yes[can.groups]),
            ("events come by webhook", lambda _, channel: yes[_has(channel, ReceivesWebhooks)]),
            ("says before sending what is surely refused", lambda _, channel: yes[_has(channel, Foresees)]),
            ("tells whether a number is on WhatsApp", lambda _, channel: yes[_has(channel, FindsPeople)]),
            ("marks as read", lambda _, channel: yes[_has(channel, MarksRead)]),
            ("shows that somebody writes without reading", lambda _, channel: yes[_has(channel, Types)]),
            ("fetches media", lambda _, channel: yes[_has(channel, FetchesMedia)]),
        )
    ]
    options = [f"## Options of {_code(name)}\n\n{_options(channel.Options)}" for name, _, channel in made]
    return page(
        "Channels",
        "the channels in `frontdesk/channels/`",
        table(("", *(_code(name) for name, _, _ in made)), rows),
        *options,
    )


def _has(channel: type[Any], contract: type[Any]) -> bool:
    names_of = [name for name in vars(contract) if not name.startswith("_")]
    return all(hasattr(channel, name) for name in names_of)


def _options(options: type[BaseModel]) -> str:
    rows = [
        (_code(name), field.description or "", "must be given" if field.is_required() else _plain(field.default))
        for name, field in options.model_fields.items()
    ]
    return table(("option", "what it is", "default"), rows)


def models() -> str:
    """Every provider of chat models."""
    rows = [
        (_code(provider.name), provider.title, "a key" if provider.needs_key else "no key", _first(provider.__doc__))
        for provider in PROVIDERS
    ]
    return page(
        "Models",
        "the providers in `frontdesk/llm/`",
        "Named as `provider:model`, in `FRONTDESK_MODEL` or in a persona. How to choose: [models](../howto/models.md).",
        table(("provider", "title", "needs", "about"), rows),
    )


def _first(documentation: str | None) -> str:
    return (documentation or "").strip().split("\n\n")[0]


def commands() -> str:
    """Every command with its options."""
    parts = [_command(command, f"frontdesk {name}") for name, command in sorted(frontdesk.commands.items())]
    codes = [("0", "fine"), ("1", "failed"), ("2", "wrong settings or usage; one sentence says how to mend it")]
    return page("Commands", "`frontdesk/cli/`", table(("exit code", "meaning"), codes), *parts)


def _command(command: click.Command, name: str) -> str:
    if isinstance(command, click.Group):
        return "\n\n".join(_command(inner, f"{name} {word}") for word, inner in sorted(command.commands.items()))
    words = " ".join(
        one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument)
    )
    options = [(_code(", ".join(one.opts)), one.help or "") for one in command.params if isinstance(one, click.Option)]
    listed = f"\n\n{table(('option', 'meaning'), options)}" if options else ""
    return f"## {_code(f'{name} {words}'.strip())}\n\n{_first(command.help)}{listed}"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "frontdesk-toml.md": house_file,
    "commands.md": commands,
    "routes.md": routes,
    "other-words.md": other_words,
    "live-events.md": live_events,
    "jobs.md": jobs,
    "metrics.md": metrics,
    "channels.md": channels,
    "models.md": models,
}


def pages() -> dict[str, str]:
    """Every page by the name of its file, and the one that leads to them."""
    made = {name: make() for name, make in PAGES.items()}
    links = [f"- [{text.splitlines()[0].removeprefix('# ')}]({name})" for name, text in made.items()]
    return {"README.md": page("Reference", "the code", "\n".join(links)), **made}


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
