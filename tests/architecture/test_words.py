"""The words of the house: names that say nothing, or that mean something else here, are not used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_source import House, Source, build, house

EMPTY = {"data", "info", "process", "entity", "bot"}
CLASSES = re.compile(r"manager|helper|utils?|handler", re.IGNORECASE)
FILES = re.compile(r"(?:^|/)(?:\w*(?:managers?|helpers?|utils?|handlers?|common|misc))\.py$")
MAY_SAY_SESSION = {"store", "web"}


def banned(sources: House) -> list[str]:
    """Names that the glossary bans."""
    return [complaint for source in sources for complaint in _complaints(source)]


def _complaints(source: Source) -> Iterator[str]:
    if FILES.search(source.path):
        yield f"{source.path}:1: the file's name does not say what it holds"
    for node, name in _names(source.tree):
        if name.lower() in EMPTY:
            yield source.complaint(node, f"“{name}” says nothing")
        if isinstance(node, ast.ClassDef) and CLASSES.search(name):
            yield source.complaint(node, f"{name}: say what it does instead")
        if "session" in name.lower() and source.room not in MAY_SAY_SESSION:
            yield source.complaint(node, f"{name}: we say account, sign-in, thread or transaction")


def _names(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, node.attr


def test_names_keep_to_the_words_of_the_house() -> None:
    assert banned(house()) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("desk/turns.py", "class TurnManager: ..."),
        ("desk/turns.py", "class WebhookHandler: ..."),
        ("desk/turns.py", "def process(): ..."),
        ("desk/turns.py", "def run(data): ..."),
        ("desk/turns.py", "info = 1"),
        ("desk/turns.py", "class A:\n    def __init__(self):\n        self.bot = 1"),
        ("desk/turns.py", "class Entity: ..."),
        ("desk/turns.py", "session_count = 1"),
        ("desk/utils.py", ""),
        ("desk/turn_helpers.py", ""),
    ],
)
def test_a_banned_word_is_noticed(tmp_path: Path, name: str, code: str) -> None:
    assert len(banned(build(tmp_path, {name: code}))) == 1


def test_session_is_a_word_of_the_http_edge(tmp_path: Path) -> None:
    assert banned(build(tmp_path, {"web/other_words.py": "def session_status(): ..."})) == []
