"""The pages of the documentation, as the tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page, those at the top of the project too."""
    return sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])


def name(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(PROJECT).as_posix()


def prose(text: str) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", text)


def shell_lines(text: str) -> Iterator[str]:
    """The lines of blocks marked as shell."""
    for language, block in _FENCE.findall(text):
        if language in ("sh", "bash", "shell", "console"):
            yield from (line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip())


def inline_code(text: str) -> list[str]:
    """What stands between single backticks."""
    return _INLINE.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The anchors that a reader's program makes from headings."""
    made = set()
    for heading in _HEADING.findall(prose(text)):
        plain = re.sub(r"[^\w\s-]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        made.add(re.sub(r"\s", "-", plain.strip()))
    return made
