"""`frontdesk serve`, or the roles beside each other: how they start, what they keep, how they end, what they say."""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
import websockets
from acceptance_desk import (
    NUMBER_ID,
    PHONE,
    SECRET,
    TOKEN,
    VERIFY_TOKEN,
    Call,
    Json,
    said,
    signed,
)

from frontdesk.kit.clock import SystemClock
from frontdesk.testing.clock import until
from frontdesk.testing.local_server import serving
from frontdesk.testing.processes import API_KEY, Program, free_port, run, running
from frontdesk.testing.roles import front_of
from frontdesk.testing.wires import Hold, OpenAIWire, Reply

pytestmark = pytest.mark.both_shapes

HOUSE = """
[buffer]
quiet_seconds = 0.05
cap_seconds = 0.1
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a shop."
"""


class Graph:
    """Takes every message."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer: Json = {"id": NUMBER_ID, "display_phone_number": "351210000100"}
        told = json.loads(body or b"{}")
        if told.get("status") == "read":
            answer = {"success": True}
        elif told:
            self.calls.append(Call(told, 200))
            answer = {"messages": [{"id": f"wamid.OUT{len(self.calls)}"}]}
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


@asynccontextmanager
async def installed(folder: Path, **more: str) -> AsyncIterator[tuple[Program, Graph]]:
    """A program with one Cloud API line, not started yet."""
    graph = Graph()
    (folder / "frontdesk.toml").write_text(HOUSE)
    async with serving(graph) as graph_url:
        environment = {
            "FRONTDESK_CONFIG": str(folder / "frontdesk.toml"),
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": SECRET,
            "VERIFY_TOKEN": VERIFY_TOKEN,
            "GRAPH_API_URL": graph_url,
            **more,
        }
        yield Program(folder / "data", environment), graph


async def write(client: httpx2.AsyncClient, text: str) -> None:
    body = said(text, at=SystemClock().now())
    answer = await client.post("/webhook", content=body, headers=signed(body))
    assert answer.status_code == 200, answer.text


async def test_sigterm_ends_in_order_while_a_turn_waits_and_people_listen_and_the_turn_goes_on_after_a_restart(
    tmp_path: Path,
) -> None:
    slow = Hold(Reply("never"))
    model = OpenAIWire(slow)
    async with (
        serving(model) as model_url,
        installed(tmp_path, OPENAI_API_KEY="key", OPENAI_BASE_URL=f"{model_url}/v1") as (program, graph),
        running(program),
        program.client() as client,
    ):
        seen: dict[str, set[str]] = {}
        listening = asyncio.create_task(listen(program, seen))
        await until(lambda: seen.keys() == {"ws", "sse"})  # now both hear
        await write(client, "Are you open?")
        await until(lambda: bool(model.requests))  # now the turn waits
        began = time.monotonic()
        assert await program.stop(seconds=20) == 0
        assert time.monotonic() - began < 20
        await listening
        assert {"message.added", "turn.started"} <= seen["ws"]
        assert {"message.added", "turn.started"} <= seen["sse"]
        assert "Traceback" not in program.said()
        model.play(Reply("We are open."))
        slow.release.set()
        await program.start()
        await until(lambda: [call.text for call in graph.calls] == ["We are open."])
        history = (await client.get(f"/api/v1/chats/{PHONE}/messages")).json()["items"]
        assert [(one["author"], one["decision"]) for one in history] == [("contact", "answered"), ("agent", None)]


async def listen(program: Program, seen: dict[str, set[str]]) -> None:
    """Keep the types of events that a WebSocket and an SSE client see, from when each hears until the program ends."""

    async def by_socket() -> None:
        address = program.url.replace("http", "ws", 1)
        async with websockets.connect(f"{address}/ws?api_key={API_KEY}", open_timeout=30) as socket_:
            types = seen.setdefault("ws", set())
            try:
                async for line in socket_:
                    types.add(json.loads(line)["type"])
            except websockets.ConnectionClosed:
                pass

    async def by_stream() -> None:
        async with program.client() as client, client.stream("GET", "/api/v1/events", timeout=40) as stream:
            async for line in stream.aiter_lines():
                types = seen.setdefault("sse", set())  # the first line is a welcome
                if line.startswith("event: "):
                    types.add(line.removeprefix("event: "))

    await asyncio.gather(by_socket(), by_stream())


@pytest.mark.embedded("Only one process has a demonstration, and greets at once.")
async def test_a_fresh_start_is_healthy_soon_and_a_restart_keeps_sign_ins_accounts_and_chats(tmp_path: Path) -> None:
    program = Program(tmp_path / "data", arguments=("--demo",))
    async with running(program), program.client() as client:
        assert worked(program) < 10  # 3 s on an idle machine; `make bench` measures that
        await until(lambda: "Stop with Ctrl+C." in program.said())
        link = re.search(r"http\S+/welcome\?token=\S+", program.said())
        assert link
        assert f"{program.url}/phone" in program.said()
        async with httpx2.AsyncClient(base_url=program.url, follow_redirects=True, trust_env=False) as browser:
            assert (await browser.get(link[0])).status_code == 200
            await client.post("/api/v1/knowledge", json={"source": "mine.md", "text": "## Cats\nCats are welcome."})
            assert (await browser.get("/phone")).status_code == 200
            before = [(await client.get(f"/api/v1/{path}")).json() for path in ("accounts", "chats", "knowledge")]
            assert await program.stop() == 0
            await program.start()
            page = await browser.get("/")
            assert page.status_code == 200
            assert "/sign-in" not in str(page.url)
            after = [(await client.get(f"/api/v1/{path}")).json() for path in ("accounts", "chats", "knowledge")]
            assert [one["id"] for one in after[0]["items"]] == [one["id"] for one in before[0]["items"]]
            assert after[1:] == before[1:]
        async with httpx2.AsyncClient(follow_redirects=True, trust_env=False) as stranger:
            assert "used already" in (await stranger.get(link[0])).text


def worked(program: Program) -> float:
    """The seconds for which the program has had a processor: what else the machine does is not counted."""
    assert program.child is not None
    used = psutil.Process(program.child.pid).cpu_times()
    return used.user + used.system


@pytest.mark.embedded("Processes that share the work share the folder.")
async def test_a_second_process_on_the_same_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    async with running(program):
        arguments = ["serve", "--port", str(free_port()), "--data-dir", str(program.folder)]
        refused(await run(arguments, folder=tmp_path), "--data-dir")


async def test_a_port_in_use_is_told_in_one_sentence(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(await front(tmp_path, "--port", port, "--data-dir", "data"), "--port")


async def front(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the process that answers, with these arguments, to its end."""
    command, servers = front_of(folder)
    return await run([command, *arguments], environment={**servers, **environment}, folder=folder)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "half an account": ({"WHATSAPP_ACCESS_TOKEN": "secret-token"}, "WHATSAPP_PHONE_NUMBER_ID is missing"),
    "unsigned in production": (
        {"ENVIRONMENT": "production", "WHATSAPP_ACCESS_TOKEN": "secret-token", "WHATSAPP_PHONE_NUMBER_ID": "1"},
        "WHATSAPP_APP_SECRET is missing",
    ),
    "no such database": ({"DATABASE_URL": "mysql://root:secret-token@db/x"}, "DATABASE_URL must be"),
    "no such model": ({"FRONTDESK_MODEL": "abacus:7"}, "FRONTDESK_MODEL"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_settings_end_with_2_and_one_sentence(tmp_path: Path, case: str) -> None:
    environment, words = WRONG[case]
    refused(await front(tmp_path, "--data-dir", "data", **{"PORT": "0", **environment}), words)


async def test_a_wrong_house_file_and_wrong_usage_end_with_2_and_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text('[[persona]]\nname = "A"\ncolour = "red"\n')
    refused(await front(tmp_path, "--data-dir", "data", "--port", "0"), "colour")
    (tmp_path / "frontdesk.toml").unlink()
    refused(await front(tmp_path, "--colour"), "--colour")
    (tmp_path / "file").write_text("")
    refused(await front(tmp_path, "--data-dir", "file", "--port", "0"), "FRONTDESK_DATA_DIR")


def refused(outcome: tuple[int, str, str], words: str) -> None:
    code, out, err = outcome
    assert code == 2, (code, out, err)
    assert words in err, err
    assert "Traceback" not in out + err
    assert "secret-token" not in out + err
    last = [line for line in err.splitlines() if line.strip() and not re.match(r"\d\d:\d\d:\d\d ", line)]
    assert len(last) == 1, err
