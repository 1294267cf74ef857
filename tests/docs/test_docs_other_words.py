"""The table of other systems' words says what the code does, and names tests that are there."""

import ast
from functools import cache
from typing import Any

import pytest
from docs_pages import PROJECT

from frontdesk.domain.live import LiveType
from frontdesk.testing import reference
from frontdesk.testing.other_words import EVENTS, ROUTES, WORDS, Row
from frontdesk.web.words.envelope import TAG, is_other
from frontdesk.web.words.events import TYPES

TESTS = PROJECT / "tests" / "integration" / "web"


@cache
def described() -> dict[str, set[str]]:
    """The tags of every route, as `GET /path`."""
    document: dict[str, Any] = reference.described()
    return {
        f"{method.upper()} {path}": set(route["tags"])
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    }


def test_the_table_has_each_route_in_other_words_and_no_more() -> None:
    assert sorted(row.theirs for row in ROUTES) == sorted(route for route, tags in described().items() if TAG in tags)


def test_each_route_in_other_words_answers_errors_in_them_too() -> None:
    assert [row.theirs for row in ROUTES if not is_other(row.theirs.split()[1])] == []


def test_each_route_of_ours_in_the_table_is_there() -> None:
    ours = {row.ours for row in ROUTES if row.ours.split(" ", 1)[0].isupper()}
    assert ours - described().keys() == set()


def test_the_table_has_each_event_in_other_words() -> None:
    assert sorted(row.theirs for row in EVENTS) == sorted(TYPES)
    assert {row.ours for row in EVENTS} <= {kind.value for kind in LiveType}


@pytest.mark.parametrize("row", [*ROUTES, *EVENTS, *WORDS], ids=lambda row: row.theirs)
def test_the_test_of_a_word_is_there(row: Row) -> None:
    file, _, name = row.test.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
