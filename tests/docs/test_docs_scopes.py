"""The page about people and keys says what the code does."""

import re

import pytest
from docs_pages import PROJECT

from frontdesk.domain.operators import SHORTEST_PASSWORD, LineAct, Role, Scope
from frontdesk.web.live import SIGNED_OUT

PAGE = (PROJECT / "docs" / "howto" / "people-and-keys.md").read_text(encoding="utf-8")
ROWS = {
    found[1]: (found[2], found[3]) for found in re.finditer(r"^\| `(\w+)` \| (.*) \| (\w+) \|$", PAGE, re.MULTILINE)
}


def test_each_scope_stands_beside_the_role_whose_highest_it_is() -> None:
    order = list(Scope)
    highest = {max(role.scopes(), key=order.index).value: role.value for role in Role}
    assert {scope: role for scope, (_, role) in ROWS.items()} == highest


@pytest.mark.parametrize("act", LineAct)
def test_each_act_on_a_line_stands_in_the_row_of_its_scope(act: LineAct) -> None:
    found = {scope for scope, (allows, _) in ROWS.items() if re.search(rf"\b{act.value}\b[^;]* a line", allows)}
    assert found == {act.scope.value}


def test_the_shortest_password_and_the_close_code_are_those_of_the_code() -> None:
    assert f"at least {SHORTEST_PASSWORD} characters" in PAGE
    assert f"`{SIGNED_OUT}`" in PAGE
