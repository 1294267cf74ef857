"""Laws 2, 3 and 4: who may write, that nobody talks to the network meanwhile, and where a commit stands."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_source import Function, House, Source, build, calls, functions, house, imports, last_name

WRITERS = {"desk", "jobs"}
SOCKETS = {"channels", "llm", "notify"}
NETWORK = re.compile(r"(?:^|_)(?:http|client)$")
REQUESTS = {"request", "get", "post", "put", "patch", "delete", "stream", "send"}
MODEL_CALLS = {"ainvoke", "astream", "agenerate", "invoke"}


def begins(sources: House) -> list[str]:
    """Transactions that are begun outside the rooms that write. `store` itself is where begin() is made."""
    return [
        source.complaint(call, f"begin() is called in {source.room}; only desk and jobs may")
        for source in sources
        if source.room not in WRITERS | {"store", "testing"}
        for call, name in calls(source.tree)
        if name == "begin"
    ]


def commits(sources: House) -> list[str]:
    """Every mention of a commit outside the one file that may commit."""
    complaints = []
    for source in sources:
        if source.path == "frontdesk/store/store.py":
            continue
        for node in ast.walk(source.tree):
            named = isinstance(node, ast.Attribute | ast.Name) and last_name(node) == "commit"
            defined = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "commit"
            spoken = isinstance(node, ast.Constant) and re.match(r"\s*COMMIT\b", str(node.value)) is not None
            if named or defined or spoken:
                complaints.append(source.complaint(node, "commit appears outside store/store.py"))
    return complaints


def unguarded(sources: House) -> list[str]:
    """Functions of the sockets and of the agent that reach the network without asking for an open transaction first."""
    complaints = []
    for source in sources:
        for function, call in _network_calls(source):
            if not any(name == "outside_transaction" for _, name in calls(function)):
                complaints.append(
                    source.complaint(call, f"{function.name} reaches the network without guard.outside_transaction()")
                )
    return complaints


def _network_calls(source: Source) -> Iterator[tuple[Function, ast.Call]]:
    uses_network = any(found.module.split(".")[0] in ("aiohttp", "httpx2") for found in imports(source))
    for function in functions(source):
        for call, name in calls(function):
            if not isinstance(call.func, ast.Attribute):
                continue
            owner = last_name(call.func.value)
            by_client = source.room in SOCKETS and uses_network and name in REQUESTS and NETWORK.search(owner)
            by_model = source.room == "agent" and name in MODEL_CALLS and "model" in owner
            if by_client or by_model:
                yield function, call


def test_only_desk_and_jobs_begin_transactions() -> None:
    assert begins(house()) == []


def test_commit_stands_in_one_file_only() -> None:
    assert commits(house()) == []


def test_every_network_call_of_a_socket_is_guarded() -> None:
    assert unguarded(house()) == []


@pytest.mark.parametrize("name", ["web/api/chats.py", "cli.py", "app.py", "channels/cloud/send.py"])
def test_a_transaction_begun_elsewhere_is_noticed(tmp_path: Path, name: str) -> None:
    code = "async def save(store):\n    async with store.begin() as tx:\n        await tx.add()"
    assert len(begins(build(tmp_path, {name: code}))) == 1
    assert begins(build(tmp_path / "fine", {"desk/intake.py": code})) == []


@pytest.mark.parametrize("code", ["async def f(tx):\n    await tx.commit()", "def commit(): ...", "SQL = 'COMMIT'"])
def test_a_commit_elsewhere_is_noticed(tmp_path: Path, code: str) -> None:
    assert len(commits(build(tmp_path, {"desk/intake.py": code}))) == 1
    assert commits(build(tmp_path / "fine", {"store/store.py": code})) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (
            "channels/cloud/send.py",
            "import httpx2\nclass A:\n    async def send(self):\n        await self._http.post('/')",
        ),
        ("llm/ollama.py", "import httpx2\nasync def ask(client):\n    async with client.stream('GET', '/'): ..."),
        ("agent/graph.py", "async def think(model):\n    return await model.ainvoke([])"),
    ],
)
def test_an_unguarded_network_call_is_noticed(tmp_path: Path, name: str, code: str) -> None:
    assert len(unguarded(build(tmp_path, {name: code}))) == 1


def test_a_guarded_network_call_is_fine(tmp_path: Path) -> None:
    code = (
        "import httpx2\nasync def f(client):\n    guard.outside_transaction()\n    await client.get('/')\n    {}.get(1)"
    )
    assert unguarded(build(tmp_path, {"channels/cloud/send.py": code})) == []
