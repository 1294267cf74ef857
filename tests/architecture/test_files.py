"""What no file of the project may hold: hosts of package registries, paths of one machine, fetches from elsewhere."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from house_source import PROJECT

FOLDERS = ("frontdesk", "tests", "docs", "bench", "requirements", ".ci")
UNREAD = {".png", ".jpg", ".webp", ".ico", ".pyc", ".ogg", ".pdf", ".woff2", ".db"}
HOSTS = re.compile(
    r"(?:pypi|npmjs|pythonhosted|anaconda|yarnpkg|crates)\.(?:org|com|io)|unpkg\.com|jsdelivr\.net", re.IGNORECASE
)
PATHS = re.compile(r"(?<![\w.$}~])/(?:home|Users|root|work)/[\w.]|(?<!\w)[A-Z]:\\\\?Users", re.IGNORECASE)
FETCHES = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|form)\b[^>]*?\b(?:src|data|action)\s*=\s*[\"']?(?:https?:)?//"
    r"|<link\b[^>]*\bhref\s*=\s*[\"']?(?:https?:)?//|hx-(?:get|post|put|patch|delete)\s*=\s*[\"']?(?:https?:)?//"
    r"|url\(\s*[\"']?(?:https?:)?//|@import\s+[\"'](?:https?:)?//|\b(?:fetch|EventSource|WebSocket)\(\s*[\"'`](?:https?:|wss?:)?//",
    re.IGNORECASE,
)
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<[a-z][^>]*\son[a-z]+\s*=|\shx-on[:-]|[\"']javascript:", re.IGNORECASE
)

File = tuple[str, str]  # path relative to the project, text


def files(project: Path) -> list[File]:
    """Every text of the project, as git would carry it."""
    top = [path for path in project.iterdir() if path.is_file() and not path.name.startswith(".env")]
    below = [path for folder in FOLDERS for path in (project / folder).rglob("*") if path.is_file()]
    kept = [path for path in (*top, *below) if path.suffix not in UNREAD and "__pycache__" not in path.parts]
    return [(path.relative_to(project).as_posix(), path.read_text(encoding="utf-8", errors="replace")) for path in kept]


def named(texts: Iterable[File], pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands, as lines that an editor can jump to."""
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in texts
        for match in pattern.finditer(text)
    ]


def pages(texts: Iterable[File]) -> Iterator[File]:
    """Templates, styles and scripts of ours; what is vendored is checked by its own makers."""
    for path, text in texts:
        if path.startswith("frontdesk/") and path.endswith((".html", ".css", ".js", ".svg")) and "/vendor/" not in path:
            yield path, text


def _others(texts: list[File]) -> list[File]:
    return [(path, text) for path, text in texts if path != "tests/architecture/test_files.py"]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert named(_others(files(PROJECT)), HOSTS) == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert named(_others(files(PROJECT)), PATHS) == []


def test_no_page_fetches_from_elsewhere() -> None:
    assert named(pages(files(PROJECT)), FETCHES) == []


def test_no_page_has_inline_script() -> None:
    assert named(pages(files(PROJECT)), INLINE) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (HOSTS, "--index-url https://pypi.org/simple"),
        (PATHS, "DATA = '/home/ana/data'"),
        (PATHS, "path: /root/.cache"),
        (FETCHES, '<script defer src="https://cdn.example/x.js"></script>'),
        (FETCHES, '<link rel="stylesheet" href="//fonts.example/x.css">'),
        (FETCHES, "body { background: url(https://img.example/a.png) }"),
        (FETCHES, "fetch('https://api.example')"),
        (INLINE, "<script>alert(1)</script>"),
        (INLINE, '<button onclick="go()">Go</button>'),
        (INLINE, '<div hx-on:click="go()">'),
    ],
)
def test_what_is_forbidden_is_noticed(pattern: re.Pattern[str], text: str) -> None:
    assert named([("frontdesk/web/templates/a.html", text)], pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (FETCHES, '<a href="https://developers.facebook.com/" rel="noreferrer">Meta</a>'),
        (INLINE, '<script defer src="/static/app.js"></script>'),
        (PATHS, "GET /api/v1/work/1 and ${HOME}/work/x"),
    ],
)
def test_what_is_allowed_passes(pattern: re.Pattern[str], text: str) -> None:
    assert named([("frontdesk/web/templates/a.html", text)], pattern) == []
