"""Law 7: HTML lives in templates, SQL in the store, prompts in one place of the agent."""

import ast
import re
from pathlib import Path

import pytest
from house_source import House, Source, build, calls, house, imports, texts

HTML = re.compile(
    r"</?(?:a|article|body|button|div|form|h[1-6]|head|html|img|input|li|main|p|script|section|span|style|svg|table|td|tr|ul)"
    r"(?:\s[^<>]*(?:>|$)|/?>)",
    re.IGNORECASE,
)
SQL = re.compile(
    r"^\s*(?:SELECT\s+\S+|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA\s+\w+|VACUUM|"
    r"BEGIN\s+IMMEDIATE|(?:CREATE|DROP|ALTER)\s+(?:TABLE|INDEX|UNIQUE|VIRTUAL|TRIGGER))"
)
DATABASES = {"sqlalchemy", "aiosqlite", "sqlite3", "alembic", "asyncpg", "psycopg"}
PROMPT = re.compile(
    r"^\s*(?:you (?:are|answer|write|work|help|summari[sz]e)|summari[sz]e (?:the|this)|act as|your task)\b",
    re.IGNORECASE,
)
PROMPTS = "frontdesk/agent/prompts"
NOT_OURS = "frontdesk/channels/linked/device_file.py"  # looks into the database of a library, not into the house's


def html(sources: House) -> list[str]:
    """HTML in strings of the program."""
    return [
        source.complaint(text, "HTML outside the templates")
        for source in sources
        for text in texts(source)
        if HTML.search(str(text.value)) and id(text) not in _patterns(source)
    ]


def _patterns(source: Source) -> set[int]:
    """Texts that are patterns: they read HTML, they do not write it."""
    compiled = [call for call, _ in calls(source.tree) if ast.unparse(call.func).startswith("re.")]
    return {id(node) for call in compiled for node in ast.walk(call) if isinstance(node, ast.Constant)}


def sql(sources: House) -> list[str]:
    """SQL, and the means to write it, outside the store. Twins may look into the database."""
    complaints = []
    for source in sources:
        if source.room in ("store", "testing") or source.path == NOT_OURS:
            continue
        complaints += [
            source.complaint(text, "SQL outside the store") for text in texts(source) if SQL.match(str(text.value))
        ]
        complaints += [
            source.complaint(found.node, f"{found.module} is imported outside the store")
            for found in imports(source)
            if found.module.split(".")[0] in DATABASES
        ]
    return complaints


def prompts(sources: House) -> list[str]:
    """Words to a model outside the one place for them. Those of the sample business are an owner's own."""
    return [
        source.complaint(text, "a prompt outside agent/prompts")
        for source in sources
        if not source.path.startswith(PROMPTS) and source.room not in ("samples", "testing")
        for text in texts(source)
        if PROMPT.match(str(text.value))
    ]


def test_html_lives_in_templates() -> None:
    assert html(house()) == []


def test_sql_lives_in_the_store() -> None:
    assert sql(house()) == []


def test_prompts_live_in_one_place() -> None:
    assert prompts(house()) == []


@pytest.mark.parametrize("code", ["x = '<div>hi</div>'", "x = f'<p class=\"{y}\">'", "x = 'a<br>b' + '</li>'"])
def test_html_in_the_program_is_noticed(tmp_path: Path, code: str) -> None:
    assert html(build(tmp_path, {"web/pages.py": code}))


@pytest.mark.parametrize(
    "code",
    [
        "q = 'SELECT id FROM chats'",
        "q = 'INSERT INTO chats VALUES (1)'",
        "q = f'UPDATE chats SET x = {y}'",
        "q = 'DELETE FROM chats'",
        "from sqlalchemy import select",
        "import sqlite3",
    ],
)
def test_sql_outside_the_store_is_noticed(tmp_path: Path, code: str) -> None:
    assert len(sql(build(tmp_path, {"desk/turns.py": code}))) == 1
    assert sql(build(tmp_path / "fine", {"store/chats.py": code})) == []


def test_a_prompt_outside_its_place_is_noticed(tmp_path: Path) -> None:
    code = "P = 'You are the front desk of a clinic.'"
    assert len(prompts(build(tmp_path, {"desk/turns.py": code}))) == 1
    assert prompts(build(tmp_path / "fine", {"agent/prompts.py": code})) == []


def test_plain_sentences_are_fine(tmp_path: Path) -> None:
    code = "import re\nd = re.compile(r'<br>|</p>')\n"
    code += "a = 'Select a chat. Update it, then set it.'\nb = 'a < b > c'\nc = 'Where you are does not matter.'"
    sources = build(tmp_path, {"desk/turns.py": code})
    assert html(sources) + sql(sources) + prompts(sources) == []
