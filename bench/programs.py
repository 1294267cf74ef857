"""Starts the programs under test as processes of their own, waits until they answer, and ends them."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench import bodies

PROJECT = Path(__file__).resolve().parents[1]
BESIDE = Path(sys.executable).parent  # where the programs of this installation are
API_KEY = "fd_bench_0123456789abcdef0123456789abcdef"
PERSONA = """
timezone = "Europe/Lisbon"
[buffer]
quiet_seconds = {quiet}
cap_seconds = {cap}
[[persona]]
name = "Front desk"
match = {{ account = "*", chats = ["*"] }}
model = "{model}"
prompt = "You answer for Clinic Aurora."
trusted = true
agent_mode = "auto"
"""


class DidNotStart(RuntimeError):
    """A program ended, or stayed silent, before it answered."""


@dataclass(frozen=True)
class Program:
    """A running server. `seconds` is the time from its start to its first good answer on /health."""

    url: str
    process: "subprocess.Popen[bytes]"
    seconds: float
    log: Path


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for databases that goes away; FRONTDESK_BENCH_DIR chooses the disk."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-", dir=os.environ.get("FRONTDESK_BENCH_DIR")) as name:
        yield Path(name)


def start(command: list[str], *, port: int, log: Path, environment: Mapping[str, str], wait: float = 30) -> Program:
    """Start a server and wait until /health answers 200."""
    began = time.perf_counter()
    running = process(command, log=log, environment=environment)
    url = f"http://127.0.0.1:{port}"
    while not _healthy(url):
        if running.poll() is not None or time.perf_counter() - began > wait:
            stop(running)
            raise DidNotStart(f"{' '.join(command)} did not answer.\n{log.read_text()[-3000:]}")
        time.sleep(0.01)
    return Program(url, running, time.perf_counter() - began, log)


def process(command: list[str], *, log: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a program without waiting; the caller ends it."""
    with log.open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, cwd=PROJECT, env={**_quiet(), **environment})


def _quiet() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("WHATSAPP_", "FRONTDESK_"))}
    for name in ("DATABASE_URL", "DB_URL", "REDIS_URL", "REDIS_URI", "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    return kept


def _healthy(url: str) -> bool:
    with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
        return bool(answer.status == 200)
    return False


def stop(process: "subprocess.Popen[bytes]", *, within: float = 20) -> None:
    """Ask a process to end, and end it when it does not."""
    process.terminate()
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def uvicorn(application: str, *, log: Path, environment: Mapping[str, str]) -> Iterator[Program]:
    """One uvicorn process with uvloop and httptools and no access log."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--loop", "uvloop", "--http"]
    command += ["httptools", "--no-access-log", "--log-level", "warning"]
    program = start(command, port=port, log=log, environment=environment)
    try:
        yield program
    finally:
        stop(program.process)


@dataclass(frozen=True)
class Desk:
    """How a `frontdesk serve` is set up for a measurement. Times are seconds."""

    data: Path
    model: str = "offline:"
    quiet: float = 0.0
    cap: float = 0.0
    graph_url: str = "http://127.0.0.1:9"  # nobody listens there
    openai_url: str = "http://127.0.0.1:9/v1"
    kind: str = "production"


def environment(desk: Desk) -> dict[str, str]:
    """The settings of a production-like installation with one Cloud API line."""
    desk.data.mkdir(parents=True, exist_ok=True)
    config = desk.data / "frontdesk.toml"
    config.write_text(PERSONA.format(quiet=float(desk.quiet), cap=float(desk.cap), model=desk.model))
    return {
        "ENVIRONMENT": desk.kind,
        "LOG_LEVEL": "warning",
        "FRONTDESK_CONFIG": str(config),
        "FRONTDESK_API_KEY": API_KEY,
        "FRONTDESK_SECRET_KEY": "bench-secret-key-0123456789abcdef",
        "FRONTDESK_MODEL": desk.model,
        "WHATSAPP_ACCESS_TOKEN": bodies.ACCESS_TOKEN,
        "WHATSAPP_PHONE_NUMBER_ID": bodies.PHONE_NUMBER_ID,
        "WHATSAPP_APP_SECRET": bodies.APP_SECRET,
        "VERIFY_TOKEN": bodies.VERIFY_TOKEN,
        "GRAPH_API_URL": desk.graph_url,
        "OPENAI_API_KEY": "bench-key",
        "OPENAI_BASE_URL": desk.openai_url,
    }


def launch(desk: Desk, *, port: int | None = None, wait: float = 30) -> Program:
    """Start `frontdesk serve` and wait until it is healthy; the caller ends it."""
    port = port or free_port()
    settings = environment(desk)
    return start(_serve(desk, port), port=port, log=desk.data / "log.txt", environment=settings, wait=wait)


def spawn(desk: Desk, *, port: int) -> "subprocess.Popen[bytes]":
    """Start `frontdesk serve` without waiting; the caller ends it."""
    return process(_serve(desk, port), log=desk.data / "log.txt", environment=environment(desk))


def _serve(desk: Desk, port: int) -> list[str]:
    program = [str(BESIDE / "frontdesk")]
    if desk.model.startswith("bench:"):
        program = [sys.executable, "-m", "bench.within"]
    return [*program, "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(desk.data)]


@contextmanager
def frontdesk(desk: Desk) -> Iterator[Program]:
    """`frontdesk serve` for the length of a block."""
    program = launch(desk)
    try:
        yield program
    finally:
        stop(program.process)
