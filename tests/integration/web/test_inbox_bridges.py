"""Adding a line behind a bridge in the inbox: who may, what is refused in words, and that its secret is shown once."""

import re
from pathlib import Path

import httpx2
import pytest
from bridge_house import QUIET
from inbox_visit import visit

from frontdesk.domain.accounts import State
from frontdesk.testing.bridges import Program
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse, house

FORM = {"name": "Shop", "way": "here", "agreed": "yes"}
NOWHERE = "http://127.0.0.1:9/command"


def secret_in(page: str) -> str:
    """The secret that a page shows."""
    found = re.search(r"X-Bridge-Token: ([\w-]{32})", page)
    assert found is not None, page
    return found[1]


async def tell(h: TestHouse, secret: str) -> int:
    """A bridge tells an event with that secret; gives the status of the answer."""
    event = {"event": "authenticated", "data": {}}
    return (await h.http.post("/api/whatsapp/callback", json=event, headers={"X-Bridge-Token": secret})).status_code


async def add(client: httpx2.AsyncClient, **given: str) -> str:
    """Send the form; gives the page that comes."""
    return (await client.post("/lines/bridge", data={**FORM, **given})).text


async def test_a_bridge_that_is_started_here_is_handed_its_secret_and_stands(tmp_path: Path) -> None:
    program = Program(tmp_path / "bridge")
    async with house(tmp_path, config=QUIET, allow_bridge_commands=True) as h, visit(h) as client:
        page = await add(client, command=program.command, folder=str(program.folder), send_url=NOWHERE)
        secret = secret_in(page)
        [account] = h.desk.accounts.all()
        assert (account.row.name, account.line.options.send_url) == ("Shop", ""), "the other way was not chosen"
        await until(lambda: h.desk.accounts.get(account.row.id).state is State.CONNECTED)
        assert await tell(h, secret) == 200
        later = (await client.get(f"/lines/{account.row.id}/bridge")).text
        assert program.command.split()[-1] in later
        assert secret not in later
        anew = secret_in((await client.post(f"/lines/{account.row.id}/secret")).text)
        assert anew != secret
        assert (await tell(h, secret), await tell(h, anew)) == (401, 200)
        await until(lambda: h.desk.accounts.get(account.row.id).state is State.CONNECTED)
        await h.desk.accounts.disconnect(account.row.id)
        await client.post(f"/lines/{account.row.id}/secret")
        assert h.desk.accounts.get(account.row.id).state is State.DISCONNECTED, "it was taken down by hand"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": " "}, "Give the line a name"),
        ({"command": ""}, "Give the command that starts the bridge"),
        ({"way": "elsewhere"}, "Give the address at which the bridge takes commands"),
        ({"way": "elsewhere", "send_url": "127.0.0.1:3000"}, "must look like http://"),
        ({"command": "node 'bridge.mjs"}, "a quote that is not closed"),
        ({"folder": "bridge"}, "Give the whole path of the folder"),
        ({"agreed": ""}, "Tick the box first"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(tmp_path: Path, given: dict[str, str], says: str) -> None:
    async with house(tmp_path, config=QUIET, allow_bridge_commands=True) as h, visit(h) as client:
        page = await add(client, **{"command": "node bridge.mjs", "folder": "/opt/bridge", **given})
        assert says in page.replace("&#39;", "'")
        assert "/opt/bridge" in page or "folder" in given
        assert h.desk.accounts.all() == ()


async def test_without_the_leave_of_the_machines_owner_no_command_is_taken(tmp_path: Path) -> None:
    async with house(tmp_path, config=QUIET) as h, visit(h) as client:
        page = await add(client, command="node bridge.mjs")
        assert "FRONTDESK_ALLOW_BRIDGE_COMMANDS=true" in page
        assert h.desk.accounts.all() == ()


async def test_an_operator_may_neither_add_a_bridge_nor_see_what_one_is_told(tmp_path: Path) -> None:
    async with house(tmp_path, config=QUIET) as h, visit(h, role="operator") as client:
        account_id = await h.desk.accounts.add("bridge", name="Shop", options={"send_url": NOWHERE})
        assert "/lines/bridge" not in (await client.get("/lines")).text
        for path in ("/lines/bridge", f"/lines/{account_id}/bridge"):
            assert (await client.get(path)).status_code == 403
        for path in ("/lines/bridge", f"/lines/{account_id}/secret"):
            assert (await client.post(path, data={**FORM, "way": "elsewhere", "send_url": NOWHERE})).status_code == 403
        assert len(h.desk.accounts.all()) == 1


async def test_a_line_of_another_kind_has_no_bridge(tmp_path: Path) -> None:
    async with house(tmp_path, config=QUIET, demo_at="http://127.0.0.1:9") as h, visit(h) as client:
        [account] = h.desk.accounts.all()
        assert (await client.get(f"/lines/{account.row.id}/bridge")).status_code == 409
        assert (await client.post(f"/lines/{account.row.id}/secret")).status_code == 409
