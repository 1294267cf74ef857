"""Law 5: the domain is pure. It does no IO, waits for nothing, reads no clock, and its values are frozen."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_source import House, Source, build, calls, house, imports, last_name, room_of

IMPURE = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "queue", "random", "select", "shutil",
    "smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "urllib",
}  # fmt: skip
FROM_KIT = {"frontdesk.kit.ids.new_id", "frontdesk.kit.clock.SystemClock", "frontdesk.kit.clock.Clock"}
CLOCKS = {("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "perf_counter"), ("datetime", "now"),
          ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}  # fmt: skip
NOT_VALUES = {"Protocol", "Enum", "StrEnum", "IntEnum", "NamedTuple", "TypedDict", "Exception", "FrontdeskError"}


def impure(sources: House) -> list[str]:
    """Everything in the domain that is more than a pure rule or a frozen value."""
    return [complaint for source in sources if source.room == "domain" for complaint in _complaints(source)]


def _complaints(source: Source) -> Iterator[str]:
    for found in imports(source):
        top = found.module.split(".")[0]
        outside = room_of(found.module) not in ("kit", "domain") and top not in sys.stdlib_module_names
        if outside or top in IMPURE or found.module in FROM_KIT:
            yield source.complaint(found.node, f"the domain imports {found.module}")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield source.complaint(node, "the domain waits")
        if isinstance(node, ast.ClassDef) and not (_is_frozen(node) or _is_no_value(node) or _is_built_once(node)):
            yield source.complaint(node, f"{node.name} is no frozen dataclass")
    for call, name in calls(source.tree):
        owner = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if (owner, name) in CLOCKS:
            yield source.complaint(call, f"the domain reads a clock: {owner}.{name}()")
        if not owner and name in ("open", "print", "input"):
            yield source.complaint(call, f"the domain does IO: {name}()")


def _is_frozen(node: ast.ClassDef) -> bool:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and last_name(decorator.func) == "dataclass":
            return any(word.arg == "frozen" and ast.unparse(word.value) == "True" for word in decorator.keywords)
    return False


def _is_no_value(node: ast.ClassDef) -> bool:
    return any(last_name(base) in NOT_VALUES or last_name(base).endswith("Error") for base in node.bases)


def _is_built_once(node: ast.ClassDef) -> bool:
    """A plain class with a constructor, outside of which none of its attributes is set: an index, for example."""
    methods = [child for child in node.body if isinstance(child, ast.FunctionDef)]
    sets = [
        method.name
        for method in methods
        for child in ast.walk(method)
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store) and last_name(child.value) == "self"
    ]
    return not node.decorator_list and bool(sets) and set(sets) == {"__init__"}


def test_the_domain_is_pure() -> None:
    assert impure(house()) == []


@pytest.mark.parametrize(
    "code",
    [
        "import orjson",
        "from pydantic import BaseModel",
        "import asyncio",
        "import random",
        "from frontdesk.kit.ids import new_id",
        "async def ask(): ...",
        "def now():\n    return time.time()",
        "def now():\n    return datetime.now(UTC)",
        "def read(path):\n    return open(path)",
        "class Chat:\n    name = ''",
        "class Chat:\n    def __init__(self):\n        self.a = 1\n    def rename(self):\n        self.a = 2",
        "@dataclass\nclass Chat:\n    name: str",
        "@dataclass(slots=True)\nclass Chat:\n    name: str",
        "@dataclass(frozen=False)\nclass Chat:\n    name: str",
    ],
)
def test_impurity_is_noticed(tmp_path: Path, code: str) -> None:
    assert len(impure(build(tmp_path, {"domain/chats.py": code}))) == 1


def test_frozen_values_enums_and_errors_are_fine(tmp_path: Path) -> None:
    code = (
        "import re\nfrom dataclasses import dataclass\nfrom frontdesk.kit.clock import HOUR\n"
        "@dataclass(frozen=True, slots=True)\nclass Chat:\n    name: str\n"
        "class Kind(StrEnum):\n    A = 'a'\nclass Broken(FrontdeskError): ...\n"
        "class Index:\n    def __init__(self, words):\n        self.words = words\n"
    )
    assert impure(build(tmp_path, {"domain/chats.py": code})) == []
