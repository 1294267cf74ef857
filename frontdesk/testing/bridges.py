"""Bridges for tests: small real programs and servers that speak the lines of JSON, and do as a test tells them."""

import shlex
import sys
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TOKEN = "a-token-of-the-bridge"
# Takes orders from a file beside it: what it answers to the next send. What it was asked to send goes into another.
_PROGRAM = """
import json, os, sys
from pathlib import Path
sent, orders, start = Path("sent.jsonl"), Path("orders.json"), Path("start.json")
def write(line):
    sys.stdout.write(json.dumps(line) + "\\n")
    sys.stdout.flush()
number = int(Path("number").read_text()) if Path("number").exists() else 0
READY = {"event": "ready", "data": {"phone": "351210000100"}}
for line in json.loads(start.read_text()) if start.exists() else [READY]:
    write(line)
for line in sys.stdin:
    asked = json.loads(line)
    if "ack" in asked:
        with open("acks", "a") as file: file.write("%d\\n" % asked["ack"])
        continue
    order = json.loads(orders.read_text()) if orders.exists() else None
    if order is not None and (asked["action"].startswith("send") or order.get("action") == asked["action"]):
        orders.unlink()
    else:
        order = {}
    if asked["action"].startswith("send") and not order.get("lost"):
        with open(sent, "a") as file: file.write(json.dumps(asked) + "\\n")
    for event in order.get("tell", []):
        write(event)
    if "exit" in order:
        os._exit(order["exit"])
    if order.get("silent"):
        continue
    if "answer" in order:
        write({"id": asked["id"], **order["answer"]})
    elif asked["action"].startswith("send"):
        number += 1
        Path("number").write_text(str(number))
        write({"id": asked["id"], "success": True, "data": {"id": "true_447700900123@c.us_%04d" % number}})
    elif asked["action"] == "get_status":
        write({"id": asked["id"], "success": True, "data": {"status": "connected", "phone": "351210000100"}})
    else:
        write({"id": asked["id"], "success": False, "error": "This bridge does not know the action."})
"""


class Program:
    """A bridge that is started: its folder, its command, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "bridge.py").write_text(_PROGRAM)

    @property
    def command(self) -> str:
        """The command line that starts it."""
        return shlex.join([sys.executable, "bridge.py"])

    def tells_at_start(self, *events: dict[str, Any]) -> None:
        """What it tells when it is started, in place of `ready`."""
        (self.folder / "start.json").write_bytes(orjson.dumps(events))

    def next(self, **order: Any) -> None:
        """What it does with the next message: `answer`, `tell` (events before it), `lost`, `silent`, `exit`."""
        (self.folder / "orders.json").write_bytes(orjson.dumps(order))

    def sent(self) -> list[dict[str, Any]]:
        """The commands to send that reached it, in order."""
        return self._lines("sent.jsonl")

    def acks(self) -> list[int]:
        """What it was told to be stored, in order."""
        return self._lines("acks")

    def _lines(self, name: str) -> list[Any]:
        file = self.folder / name
        return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


class Server:
    """A bridge that runs elsewhere and is asked by HTTP. `broken` are answers to the next messages."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.asked: list[dict[str, Any]] = []
        self.status: dict[str, Any] = {"connected": True, "phone": "351210000100"}
        self.answers: dict[str, dict[str, Any]] = {}  # by action
        self.broken: list[tuple[bool, int, bytes]] = []  # taken or not, status, body
        self.files: dict[str, bytes] = {}  # by name, handed out at /files/NAME to who has the token
        routes = [Route("/command", self._answer, methods=["POST"]), Route("/files/{name}", self._give)]
        self.program = Starlette(routes=routes)

    def sent(self) -> list[dict[str, Any]]:
        """The commands to send that reached it, in order."""
        return [asked for asked in self.asked if asked["action"].startswith("send")]

    async def _give(self, request: Request) -> Response:
        file = self.files.get(request.path_params["name"])
        if file is None or request.headers.get("x-bridge-token") != self.token:
            return Response(b"", 404)
        return Response(file)

    async def _answer(self, request: Request) -> Response:
        asked = orjson.loads(await request.body())
        if request.headers.get("x-bridge-token") != self.token:
            return _json({"id": asked["id"], "success": False, "error": "Who are you?"}, 401)
        if not asked["action"].startswith("send"):
            self.asked.append(asked)
            given = self.status if asked["action"] == "get_status" else self.answers.get(asked["action"])
            known = {"success": True, "data": given} if given is not None else {"success": False, "error": "What?"}
            return _json({"id": asked["id"], **known}, 200)
        taken, status, body = self.broken.pop(0) if self.broken else (True, 0, b"")
        if taken:
            self.asked.append(asked)
        if status:
            return Response(body, status)
        return _json({"id": asked["id"], "success": True, "data": {"id": f"true_{len(self.asked)}"}}, 200)


def _json(value: Any, status: int) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
