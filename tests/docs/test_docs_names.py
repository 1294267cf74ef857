"""Names of files, features and words in the documentation are names of things that exist."""

import re
from pathlib import Path

import pytest
from docs_pages import PROJECT, inline_code, name, pages

IDS = {"L": 12, "M": 9, "A": 13, "D": 5, "S": 8, "I": 6, "O": 4, "X": 3}
STATES = {"done", "partly", "planned"}
ROOTS = ("frontdesk/", "tests/", "docs/", "bench/", "tools/", ".ci/", "requirements/")
ROW = re.compile(r"^\| ([A-Z]\d+) \|(.*)\|$", re.MULTILINE)
TEST = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
MARKETING = re.compile(
    r"\b(?:seamless|effortless|blazing|cutting-edge|revolutioni[sz]\w*|supercharge\w*|powerful|unleash\w*|game-chang\w*)\b",
    re.IGNORECASE,
)


def features() -> dict[str, list[str]]:
    """The rows of docs/features.md by their id: feature, where, test, state."""
    text = (PROJECT / "docs" / "features.md").read_text(encoding="utf-8")
    return {row[0]: [cell.strip() for cell in row[1].split("|")] for row in ROW.findall(text)}


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = [code.partition("::")[0] for code in inline_code(page.read_text(encoding="utf-8"))]
    files = [code for code in named if code.startswith(ROOTS) and not re.search(r"[*<{ ]", code)]
    assert [code for code in files if not (PROJECT / code).exists()] == []


def test_the_tour_names_a_file_in_every_step() -> None:
    text = (PROJECT / "docs" / "tour.md").read_text(encoding="utf-8")
    steps = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [step.splitlines()[0][0] for step in steps if step[0].isdigit()] == list("123456789")
    assert [
        step.splitlines()[0] for step in steps if step[0].isdigit() and not re.search(r"`frontdesk/\w+/\w+", step)
    ] == []


def test_every_feature_has_its_row_and_its_state() -> None:
    rows = features()
    assert list(rows) == [f"{letter}{number}" for letter, count in IDS.items() for number in range(1, count + 1)]
    assert {identifier: cells for identifier, cells in rows.items() if len(cells) != 4 or cells[3] not in STATES} == {}


def test_a_feature_that_is_there_says_where_and_names_a_test() -> None:
    there = {identifier: cells for identifier, cells in features().items() if cells[3] != "planned"}
    assert [identifier for identifier, cells in there.items() if "`" not in cells[1] or not TEST.search(cells[2])] == []


def test_every_test_that_the_features_name_exists() -> None:
    missing = []
    for identifier, cells in features().items():
        for file, test in TEST.findall(cells[2]):
            path = PROJECT / file
            if not path.exists() or f"def {test}(" not in path.read_text(encoding="utf-8"):
                missing.append(f"{identifier}: {file}::{test}")
    assert missing == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_pages_are_written_plainly(page: Path) -> None:
    assert MARKETING.findall(page.read_text(encoding="utf-8")) == []
