"""Servers for tests start by themselves, can be killed and started anew, and leave nothing behind."""

import os
import signal
import socket
import sys
from asyncio import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from frontdesk.testing import servers
from frontdesk.testing.clock import until
from frontdesk.testing.local_server import listening
from frontdesk.testing.postgres import PgBouncer, Postgres
from frontdesk.testing.redis import Redis
from frontdesk.testing.server_fixtures import installed
from frontdesk.testing.servers import HOST, PACKAGES, Missing, Server, binary, missing, unused_port

KINDS: list[type[Server]] = [Postgres, Redis]
LEFT = """
import sys
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.redis import Redis
server = {"Postgres": Postgres, "Redis": Redis}[sys.argv[1]]().start()
print(server.pid, server.folder, flush=True)
sys.stdin.read()
"""


@contextmanager
def started(kind: type[Server]) -> Iterator[Server]:
    """One that runs."""
    with installed(kind) as server:
        yield server


def family(server: Server) -> list[psutil.Process]:
    """It and all that it started."""
    first = psutil.Process(server.pid)
    return [first, *first.children(recursive=True)]


def lives(one: psutil.Process) -> bool:
    """Whether it has not ended."""
    return one.is_running() and one.status() != psutil.STATUS_ZOMBIE


def is_free(port: int) -> bool:
    """Whether one could listen there."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
        return True


@pytest.mark.parametrize("kind", KINDS)
async def test_a_closed_server_leaves_no_process_no_port_and_no_folder(kind: type[Server]) -> None:
    with started(kind) as server:
        before = family(server)
        assert not is_free(server.port)
    await until(lambda: not any(map(lives, before)))
    assert is_free(server.port)
    assert not server.folder.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_server_and_all_that_it_started_is_gone_at_once(kind: type[Server]) -> None:
    with started(kind) as server:
        before = family(server)
        server.kill()
        assert not any(map(lives, before))
        assert not server.runs
        assert is_free(server.port)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_ended_starts_anew_at_the_same_place(kind: type[Server], end: str) -> None:
    with started(kind) as server:
        place = (server.port, server.folder)
        getattr(server, end)()
        assert not server.answers()
        server.start()
        assert server.answers()
        assert (server.port, server.folder) == place


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_ends_when_the_tests_are_killed(kind: type[Server]) -> None:
    installed(kind).close()
    tests = await subprocess.create_subprocess_exec(
        sys.executable, "-c", LEFT, kind.__name__, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert tests.stdout
    pid, folder = (await tests.stdout.readline()).decode().split()
    first = psutil.Process(int(pid))
    left = [first, *first.children(recursive=True)]
    tests.send_signal(signal.SIGKILL)
    await tests.wait()
    await until(lambda: not any(map(lives, left)) and not Path(folder).exists())


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_knows_no_variable_of_whoever_runs_the_tests(
    kind: type[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    with started(kind) as server:
        assert "PGDATA" not in psutil.Process(server.pid).environ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a server to somebody else")
@pytest.mark.parametrize("kind", KINDS)
def test_no_server_runs_as_root(kind: type[Server]) -> None:
    with started(kind) as server:
        assert "root" not in {one.username() for one in family(server)}


def test_a_server_whose_port_was_taken_meanwhile_gets_another() -> None:
    with listening() as other:
        other.listen()
        taken = other.getsockname()[1]
        server = installed(Redis)
        server.port = taken
        with server:
            assert server.port != taken
            assert server.answers()


def test_a_server_that_does_not_start_says_why_and_leaves_nothing() -> None:
    server = installed(lambda: Postgres(settings={"shared_buffers": "plenty"}))
    with pytest.raises(RuntimeError, match=r'postgres did not start on port \d+.\n.*"plenty"'):
        server.__enter__()
    assert not server.folder.exists()


def test_a_port_of_a_server_is_none_that_outgoing_connections_get() -> None:
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given.read_text().split()[0]) if given.exists() else 49_152
    assert all(port < first for port in servers.PORTS)
    assert unused_port() in servers.PORTS


def test_a_missing_server_is_named_with_the_package_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "KEPT", ())
    monkeypatch.setenv("PATH", "/nowhere")
    sentence = "redis-server was not found. Install it: apt install redis-server on Debian and Ubuntu."
    with pytest.raises(Missing) as raised:
        binary("redis-server")
    assert str(raised.value) == sentence
    assert f"redis-server {sentence}" in missing()
    assert [line.split()[0] for line in missing()] == list(dict.fromkeys(PACKAGES.values()))


def test_the_newest_version_of_a_server_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("9", "15", "16"):
        program = tmp_path / version / "bin" / "initdb"
        program.parent.mkdir(parents=True)
        program.touch(mode=0o755)
    monkeypatch.setattr(servers, "KEPT", (f"{tmp_path}/*/bin"[1:],))
    monkeypatch.setenv("PATH", "/nowhere")
    assert binary("initdb") == tmp_path / "16" / "bin" / "initdb"


def test_pgbouncer_keeps_its_settings_over_a_kill(postgres: Postgres) -> None:
    with installed(lambda: PgBouncer(postgres)) as bouncer:
        address = bouncer.url()
        bouncer.kill()
        bouncer.start()
        assert bouncer.url() == address
