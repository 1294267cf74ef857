"""Law 1: imports go downward only, in the open, at the top of a file."""

from pathlib import Path

import pytest
from house_source import Import, Source, build, house, imports, room_of

GROUND = {"kit", "domain"}
SOCKETS = {"channels", "llm", "notify"}
BELOW_DESK = GROUND | SOCKETS | {"settings", "samples", "store", "events", "jobs", "agent"}
BELOW_ROOF = BELOW_DESK | {"desk", "web"}

# Which rooms a room may import. `samples` is the business of the demonstration;
# `worker` is the door through which Celery finds the application.
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "kit": set(),
    "domain": {"kit"},
    "settings": GROUND,
    "samples": GROUND,
    "store": GROUND,
    "events": GROUND,
    "jobs": GROUND | {"settings", "store", "events"},
    "channels": GROUND,
    "llm": GROUND,
    "notify": GROUND,
    "agent": GROUND,
    "desk": BELOW_DESK - {"desk"},
    "web": BELOW_DESK | {"desk"},
    "app": BELOW_ROOF,
    "cli": BELOW_ROOF | {"app"},
    "worker": BELOW_ROOF | {"app"},
    "__main__": {"cli"},
    "testing": BELOW_ROOF | {"app", "cli", "worker"},
}

# Packages that are slow to load or optional, and so may be imported inside a function of a socket or of the agent.
SLOW = (
    "PIL", "aiohttp", "aiosmtplib", "anthropic", "apprise", "docx", "google", "httpx2", "langchain",
    "langchain_anthropic", "langchain_core", "langchain_google_genai", "langchain_ollama", "langchain_openai",
    "langgraph", "neonize", "ollama", "openai", "pypdf", "tiktoken",
)  # fmt: skip
MAY_BE_SLOW = SOCKETS | {"agent"}
OPTIONAL = {"frontdesk/app/serve.py": {"uvloop"}}  # not on every platform


def _across(source: Source, found: Import) -> str | None:
    room = room_of(found.module)
    return room if room != source.room else None


def directions(sources: list[Source] | tuple[Source, ...]) -> list[str]:
    """Imports of a room that the importing room may not know."""
    complaints = []
    for source in sources:
        if source.room not in ALLOWED:
            complaints.append(f"{source.path}:1: the plan of the house has no room called {source.room}")
            continue
        for found in imports(source):
            room = _across(source, found)
            if room in ALLOWED and room not in ALLOWED[source.room]:
                complaints.append(source.complaint(found.node, f"{source.room} may not import {room}"))
    return complaints


def cycles(sources: list[Source] | tuple[Source, ...]) -> list[str]:
    """Rooms that reach themselves through others."""
    edges: dict[str, set[str]] = {}
    for source in sources:
        for found in imports(source):
            if (room := _across(source, found)) in ALLOWED:
                edges.setdefault(source.room, set()).add(room)
    return [f"{room} is in a cycle of rooms" for room in edges if room in _reached(edges, room)]


def _reached(edges: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(edges.get(start, ()))
    while waiting:
        room = waiting.pop()
        if room not in seen:
            seen.add(room)
            waiting.extend(edges.get(room, ()))
    return seen


def hidden(sources: list[Source] | tuple[Source, ...]) -> list[str]:
    """Imports inside functions, behind TYPE_CHECKING, or made by name at run time."""
    complaints = []
    for source in sources:
        for found in imports(source):
            if found.inside and not _may_be_slow(source, found):
                complaints.append(source.complaint(found.node, f"{found.module} is imported inside a function"))
            if found.type_checking and _across(source, found):
                complaints.append(source.complaint(found.node, f"{found.module} hides behind TYPE_CHECKING"))
            if found.module in ("importlib.import_module", "importlib", "runpy"):
                complaints.append(source.complaint(found.node, "modules are imported by name"))
        if "__import__(" in source.text:
            complaints.append(f"{source.path}:1: modules are imported by name")
    return complaints


def _may_be_slow(source: Source, found: Import) -> bool:
    package = found.module.split(".")[0]
    return (source.room in MAY_BE_SLOW and package in SLOW) or package in OPTIONAL.get(source.path, set())


def test_rooms_import_downward_only() -> None:
    assert directions(house()) == []


def test_no_rooms_are_in_a_cycle() -> None:
    assert cycles(house()) == []


def test_no_import_is_hidden() -> None:
    assert hidden(house()) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("kit/ids.py", "from frontdesk.domain import chats"),
        ("domain/chats.py", "from frontdesk.store.store import Store"),
        ("domain/chats.py", "from frontdesk import store"),
        ("domain/chats.py", "from ..store import store"),
        ("store/store.py", "import frontdesk.settings"),
        ("channels/cloud/send.py", "from frontdesk.llm.base import Provider"),
        ("channels/base.py", "from frontdesk.store.store import Store"),
        ("agent/graph.py", "from frontdesk.llm import base"),
        ("desk/turns.py", "from frontdesk.web.deps import house"),
        ("web/deps.py", "from frontdesk.app import House"),
        ("desk/turns.py", "from frontdesk.testing.clock import FrozenClock"),
        ("cellar/wine.py", ""),
    ],
)
def test_an_import_upward_or_sideways_is_noticed(tmp_path: Path, name: str, code: str) -> None:
    assert len(directions(build(tmp_path, {name: code}))) == 1


def test_an_import_downward_is_fine(tmp_path: Path) -> None:
    code = "import json\nfrom frontdesk.store.store import Store\nfrom .outbox import post\nimport frontdesk.kit.clock"
    assert directions(build(tmp_path, {"desk/turns.py": code})) == []


def test_rooms_in_a_cycle_are_noticed(tmp_path: Path) -> None:
    files = {"store/a.py": "import frontdesk.events.bus", "events/bus.py": "from frontdesk.store import a"}
    assert sorted(cycles(build(tmp_path, files))) == ["events is in a cycle of rooms", "store is in a cycle of rooms"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("desk/turns.py", "def run():\n    from frontdesk.store import store"),
        ("desk/turns.py", "def run():\n    import langgraph.graph"),
        ("llm/gemini.py", "def build():\n    import json"),
        ("llm/gemini.py", "class A:\n    async def build(self):\n        if 1:\n            import json"),
        ("web/deps.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from frontdesk.desk import turns"),
        ("app.py", "from importlib import import_module"),
        ("app.py", "store = __import__('frontdesk.store')"),
    ],
)
def test_a_hidden_import_is_noticed(tmp_path: Path, name: str, code: str) -> None:
    assert len(hidden(build(tmp_path, {name: code}))) == 1


def test_a_slow_package_may_be_imported_late_inside_a_socket(tmp_path: Path) -> None:
    code = "def build():\n    from langchain_google_genai import ChatGoogleGenerativeAI"
    assert hidden(build(tmp_path, {"llm/gemini.py": code})) == []
