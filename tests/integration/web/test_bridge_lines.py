"""A bridge that is started, in the whole house: only with leave, and what it hands over is stored before it forgets."""

from pathlib import Path
from typing import Any

from bridge_house import ANA, QUIET, message

from frontdesk.kit.clock import SECOND
from frontdesk.testing.bridges import Program
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse, house


async def add(h: TestHouse, program: Program) -> str:
    """A line by the API, and connected; gives its id."""
    options = {"command": program.command, "folder": str(program.folder), "environment": "SECRET=of-the-bridge"}
    made = await h.http.post("/api/v1/accounts", json={"channel": "bridge", "name": "Shop", "options": options})
    assert made.status_code == 201, made.text
    assert "of-the-bridge" not in made.text
    account_id = str(made.json()["id"])
    assert (await h.http.post(f"/api/v1/accounts/{account_id}/connect")).status_code < 300
    return account_id


async def status(h: TestHouse, account_id: str) -> dict[str, Any]:
    """How the line stands."""
    found: dict[str, Any] = (await h.http.get(f"/api/v1/accounts/{account_id}/status")).json()
    return found


async def becomes(h: TestHouse, account_id: str, state: str) -> dict[str, Any]:
    """Wait until the line is in that state; gives how it stands."""

    async def stands() -> bool:
        return bool((await status(h, account_id))["state"] == state)

    await until(stands)
    return await status(h, account_id)


async def test_an_admin_key_alone_starts_no_program(tmp_path: Path) -> None:
    program = Program(tmp_path / "bridge")
    program.tells_at_start({"event": "ready"})
    async with house(tmp_path, config=QUIET) as h:
        told = await becomes(h, await add(h, program), "action_required")
        assert "FRONTDESK_ALLOW_BRIDGE_COMMANDS=true" in told["sentence"]


async def test_what_a_bridge_hands_over_is_stored_before_it_may_forget_it(tmp_path: Path) -> None:
    program = Program(tmp_path / "bridge")
    event = {"event": "new_message", "seq": 7, "data": message("Hello", 1_795_000_000_000)}
    program.tells_at_start({"event": "ready", "data": {"phone": "351210000100"}}, event)
    async with house(tmp_path, config=QUIET, allow_bridge_commands=True) as h:
        account_id = await add(h, program)
        assert (await becomes(h, account_id, "connected"))["phone"] == "351210000100"
        await until(lambda: program.acks() == [7])
        path = f"/api/v1/chats/{account_id}%3A{ANA.replace('@', '%40')}/messages"
        assert [one["text"] for one in (await h.http.get(path)).json()["items"]] == ["Hello"]
        h.clock.advance(SECOND)
        assert (await h.http.post(path, json={"text": "Good morning"})).status_code == 202
        await h.idle()
        assert [asked["data"]["message"] for asked in program.sent()] == ["Good morning"]
        assert (await h.http.get(path)).json()["items"][-1]["status"] == "sent"


async def test_a_line_that_is_removed_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    program = Program(tmp_path / "bridge")
    async with house(tmp_path, config=QUIET, allow_bridge_commands=True) as h:
        account_id = await add(h, program)
        await becomes(h, account_id, "connected")
        folder = tmp_path / "data" / "lines" / "bridge" / account_id
        assert folder.exists()
        assert (await h.http.delete(f"/api/v1/accounts/{account_id}")).status_code < 300
        assert not folder.exists()


async def test_an_echo_that_is_faster_than_the_answer_is_not_taken_for_the_owners_own(tmp_path: Path) -> None:
    program = Program(tmp_path / "bridge")
    hello = {"event": "new_message", "data": message("Hello", 1_795_000_000_000)}
    program.tells_at_start({"event": "ready", "data": {}}, hello)
    async with house(tmp_path, config=QUIET, allow_bridge_commands=True) as h:
        account_id = await add(h, program)
        await becomes(h, account_id, "connected")
        path = f"/api/v1/chats/{account_id}%3A{ANA.replace('@', '%40')}"

        async def is_there() -> bool:
            return (await h.http.get(path)).status_code == 200

        await until(is_there)
        h.clock.advance(SECOND)
        echo = message("Good morning", h.clock.now(), id=f"true_{ANA}_0001", fromMe=True)
        program.next(tell=[{"event": "new_message", "data": echo}])
        assert (await h.http.post(f"{path}/messages", json={"text": "Good morning"})).status_code == 202
        await h.idle()
        items = (await h.http.get(f"{path}/messages")).json()["items"]
        assert [(one["text"], one["author"], one["status"]) for one in items] == [
            ("Hello", "contact", "received"),
            ("Good morning", "operator", "sent"),
        ]
