"""Writes docs/reference/ from the code, so that it cannot fall behind. `make reference` runs it; a test compares.

python -m frontdesk.testing.reference docs/reference
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from frontdesk.domain.live import LiveType
from frontdesk.domain.work import KINDS, Job
from frontdesk.settings.environment import Settings, names
from frontdesk.settings.house_file import HouseForm, PersonaForm

_GENERATED = "Written by `make reference` from {source}. Change the code, not this page."

# What each live event says, and the keys of its payload.
LIVE: dict[LiveType, tuple[str, str]] = {
    LiveType.MESSAGE_ADDED: ("a message was stored, in either direction", "the message"),
    LiveType.MESSAGE_STATUS: ("a message that we sent came further, or failed", "`id`, `chat_id`, `status`, `error`"),
    LiveType.MESSAGE_CHANGED: ("a message got a verdict, a turn, an edit, or was revoked", "`id`, `chat_id`"),
    LiveType.CHAT_CHANGED: ("name, switches, hold, labels, counts or order of a chat changed", "`chat_id`"),
    LiveType.ACCOUNT_STATE: ("a line changed its state", "`account_id`, `state`, `sentence`"),
    LiveType.ACCOUNT_QR: ("a line shows a new code to scan", "`account_id`, `qr`, `expires_at`"),
    LiveType.TURN_STARTED: ("the agent began to write", "`turn_id`, `chat_id`"),
    LiveType.TURN_FINISHED: ("a turn ended", "`turn_id`, `chat_id`, `state`"),
    LiveType.MEDIA_CHANGED: ("a media file was stored, refused or lost", "`media_id`, `message_id`, `state`"),
    LiveType.ALERT_RAISED: ("something asks for the owner's attention", "`kind`, `sentence`, `severe`"),
    LiveType.ALERT_CHANGED: ("an alert was repeated, acknowledged or settled", "`id` or `key`"),
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


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "frontdesk-toml.md": house_file,
    "live-events.md": live_events,
    "jobs.md": jobs,
}


def index() -> str:
    """The page that leads to the others."""
    links = [f"- [{make().splitlines()[0].removeprefix('# ')}]({name})" for name, make in PAGES.items()]
    return page("Reference", "the code", "\n".join(links))


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    return {"README.md": index(), **{name: make() for name, make in PAGES.items()}}


def write(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
