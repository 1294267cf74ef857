"""What needs which scope is the same at every door: the API by key, the API by cookie, the inbox."""

from pathlib import Path

import httpx2
import pytest
from api_house import api_house, key
from inbox_visit import visit

from frontdesk.domain.operators import LineAct, Role
from frontdesk.testing.house import TestHouse

API = {
    LineAct.CONNECT: ("POST", "/api/v1/accounts/acc_none/connect"),
    LineAct.DISCONNECT: ("POST", "/api/v1/accounts/acc_none/disconnect"),
    LineAct.LOG_OUT: ("POST", "/api/v1/accounts/acc_none/logout"),
    LineAct.ADD: ("POST", "/api/v1/accounts"),
    LineAct.CHANGE: ("PATCH", "/api/v1/accounts/acc_none"),
    LineAct.REMOVE: ("DELETE", "/api/v1/accounts/acc_none"),
}
INBOX = {
    LineAct.CONNECT: ("POST", "/lines/acc_none/connect"),
    LineAct.DISCONNECT: ("POST", "/lines/acc_none/disconnect"),
    LineAct.ADD: ("POST", "/lines"),
    LineAct.CHANGE: ("POST", "/lines/acc_none/rename"),
    LineAct.REMOVE: ("POST", "/lines/acc_none/remove"),
}
TOKEN = {LineAct.CHANGE: ("POST", "/lines/acc_none/token")}
NEW_LINE = {"channel": "cloud", "name": "x", "options": {}}


async def let_in(http: httpx2.AsyncClient, door: dict[LineAct, tuple[str, str]], **more: str) -> set[LineAct]:
    """The acts that are not refused; there is no such line, so that nothing is done either way."""
    through = set()
    for act, (method, path) in door.items():
        body = {"json": NEW_LINE if act is LineAct.ADD else {}} if "/api/" in path else {"data": {"name": "x"}}
        answer = await http.request(method, path, headers=more, **body)
        assert answer.status_code in (200, 403, 404, 422), (act, answer.text)
        if answer.status_code != 403:
            through.add(act)
    return through


@pytest.mark.parametrize(("role", "scope"), [("viewer", "read"), ("operator", "write"), ("admin", "admin")])
async def test_what_is_done_with_a_line_needs_the_same_at_every_door(tmp_path: Path, role: str, scope: str) -> None:
    allowed = {act for act in LineAct if act.scope in Role(role).scopes()}
    assert set(API) == set(LineAct)
    async with api_house(tmp_path) as h, visit(h, role=role) as client:
        assert await let_in(client, INBOX) == allowed & set(INBOX)
        assert await let_in(client, TOKEN) == allowed & set(TOKEN)
        assert await let_in(client, API) == allowed
        assert await let_in(h.http, API, **await key(h, scope)) == allowed


def test_who_answers_chats_may_bring_a_line_up_and_take_it_down_and_no_more() -> None:
    acts = {role: {act for act in LineAct if act.scope in role.scopes()} for role in Role}
    assert acts == {
        Role.VIEWER: set(),
        Role.OPERATOR: {LineAct.CONNECT, LineAct.DISCONNECT},
        Role.ADMIN: set(LineAct),
    }


async def _lines(h: TestHouse, role: str) -> str:
    async with visit(h, role=role, login=f"a-{role}") as client:
        return (await client.get("/lines")).text


async def test_the_page_of_lines_offers_what_the_role_may_do(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        pages = {role: await _lines(h, role) for role in ("viewer", "operator", "admin")}
        account = h.desk.accounts.all()[0].row.id
        assert {role: f"/lines/{account}/disconnect" in page for role, page in pages.items()} == {
            "viewer": False,
            "operator": True,
            "admin": True,
        }
        assert {role: 'id="new-line"' in page for role, page in pages.items()} == {
            "viewer": False,
            "operator": False,
            "admin": True,
        }


async def test_the_documentation_of_the_api_says_which_scope_each_route_needs(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        routes = h.built.web.openapi()["paths"]
        told = {
            act: routes[path.replace("acc_none", "{account_id}")][method.lower()] for act, (method, path) in API.items()
        }
        assert {act: scopes_in(route) for act, route in told.items()} == {act: {act.scope.value} for act in LineAct}
        assert scopes_in(routes["/api/v1/chats"]["get"]) == {"read"}
        assert "security" not in routes["/webhook"]["post"]


def scopes_in(route: dict[str, list[dict[str, list[str]]]]) -> set[str]:
    return {scope for scheme in route["security"] for scopes in scheme.values() for scope in scopes}
