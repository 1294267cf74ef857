"""Real servers for tests: found on this machine, started on a free port of the loopback, and surely ended.

`python -m frontdesk.testing.servers` names the packages that are missing here, each with a sentence.
"""

import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import psutil

HOST = "127.0.0.1"
PORTS = range(15_000, 30_000)  # below those that outgoing connections get, so that nobody takes one over a restart
PACKAGES = {
    "initdb": "postgresql",
    "postgres": "postgresql",
    "pgbouncer": "pgbouncer",
    "redis-server": "redis-server",
    "nginx": "nginx",
}  # each program with the package of Debian that brings it
KEPT = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/sbin",
    "usr/local/sbin",
)  # where programs are beside the PATH
START = 60  # seconds in which a server must answer
STOP = 20  # seconds in which it must have ended when asked
SELDOM = 0.005  # seconds between two looks
ATTEMPTS = 5  # ports tried, where others take them too

# Waits beside the server for a word of the tests. When they end without one, however that was, it ends the server.
_WATCH = """
read -r _ && exit 0
kill -"$1" "$2" 2>/dev/null
waited=0
while kill -0 "$2" 2>/dev/null && [ $waited -lt 60 ]; do sleep 0.1; waited=$((waited + 1)); done
kill -KILL "$2" 2>/dev/null
rm -rf "$3"
"""


class Missing(Exception):
    """A server is not installed here. Its text says how to get it."""


def binary(name: str) -> Path:
    """Where a program of `PACKAGES` is: on the PATH, or where systems keep their servers.

    Raises:
        Missing: it is nowhere.
    """
    kept = sorted((each for pattern in KEPT for each in Path("/").glob(pattern)), key=_version, reverse=True)
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, kept)]))
    if found is None:
        raise Missing(f"{name} was not found. Install it: apt install {PACKAGES[name]} on Debian and Ubuntu.")
    return Path(found)


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.as_posix()))


def missing() -> list[str]:
    """For each package that is missing here, its name and a sentence."""
    sentences: dict[str, str] = {}
    for name, package in PACKAGES.items():
        try:
            binary(name)
        except Missing as absent:
            sentences.setdefault(package, str(absent))
    return [f"{package} {sentence}" for package, sentence in sentences.items()]


def own_user(wanted: str) -> str | None:
    """Who runs a server: whoever runs the tests (None), except that root gives it to `wanted`, or to `nobody`."""
    if os.geteuid() != 0:
        return None
    return wanted if wanted in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def unused_port() -> int:
    """A port on which nobody listens now, and that no outgoing connection gets."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as tried:
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
            return port


class Server:
    """One server. `start` and `stop` may follow one another; port and folder stay the same until `close`.

    All waits block: in a test with an event loop, call it by `asyncio.to_thread`. A server ends with the program that
    started it, also when that is killed.
    """

    name = "server"
    user = "nobody"
    ends_by = signal.SIGTERM
    watch_ends_by = "TERM"

    def __init__(self, *, within: str | None = None) -> None:
        """`within` is the folder in which its own is made: that for temporary files unless given."""
        self.runs_as = own_user(self.user)
        self.port = unused_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"frontdesk-{self.name}-", dir=within))
        self._give(self.folder)
        self._child: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        try:
            self.prepare()
        except BaseException:
            self.close()
            raise

    def prepare(self) -> None:
        """Make what it needs in its folder, once."""

    def command(self) -> Sequence[str | Path]:
        """What starts it, on its port."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is ready to work: it, not somebody else, listens on its port."""
        try:
            own = psutil.Process(self.pid).net_connections("tcp")
        except (RuntimeError, psutil.NoSuchProcess):
            return False
        return any(each.status == psutil.CONN_LISTEN and each.laddr.port == self.port for each in own)

    @property
    def pid(self) -> int:
        """The number of its first process.

        Raises:
            RuntimeError: it does not run.
        """
        if self._child is None or self._child.poll() is not None:
            raise RuntimeError(f"{self.name} does not run.")
        return self._child.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended since."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended instead, or took too long. The text holds the end of its log.
        """
        for _ in range(ATTEMPTS if self._child is None else 1):
            seen = len(self.said())
            self._spawn()
            if self._answered():
                return self
            self._ended(signal.SIGKILL)
            said = self.said()[seen:]
            if "in use" not in said:
                break
            self.port = unused_port()
        raise RuntimeError(f"{self.name} did not start on port {self.port}.\n{said[-3000:]}")

    def stop(self) -> None:
        """End it in order. Nothing happens when it does not run.

        Raises:
            RuntimeError: it did not end; it was killed.
        """
        if not self._ended(self.ends_by):
            raise RuntimeError(f"{self.name} did not stop within {STOP} seconds.\n{self.said()[-3000:]}")

    def kill(self) -> None:
        """End it and all that it started at once, as when the power goes."""
        if self.runs:
            family = _family(self.pid)
            for each in family:
                _send(each, signal.SIGKILL)
            wait(lambda: not any(map(_lives, family[1:])), STOP)
        self._ended(signal.SIGKILL)

    def close(self) -> None:
        """End it for good; its folder goes."""
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def said(self) -> str:
        """All that it wrote, over all its runs."""
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def run(self, *command: str | Path) -> None:
        """Run a program to its end as the server's user, in its folder.

        Raises:
            RuntimeError: it failed. The text holds what it said.
        """
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, env=_environment(), user=self.runs_as,
            group=_group(self.runs_as), extra_groups=_no_groups(self.runs_as), check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed.\n{done.stdout}{done.stderr}")

    def write(self, name: str, text: str) -> Path:
        """Write a file that the server can read."""
        path = self.folder / name
        path.write_text(text)
        self._give(path)
        return path

    def _give(self, path: Path) -> None:
        if self.runs_as is not None:
            shutil.chown(path, self.runs_as, _group(self.runs_as))

    def _spawn(self) -> None:
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen(
                self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(),
                user=self.runs_as, group=_group(self.runs_as), extra_groups=_no_groups(self.runs_as),
                start_new_session=True,
            )  # fmt: skip
        self._child = child
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "watch", self.watch_ends_by, str(child.pid), str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip

    def _answered(self) -> bool:
        return wait(lambda: not self.runs or self.answers(), START) and self.runs

    def _ended(self, by: signal.Signals) -> bool:
        """False when it had to be killed."""
        heard = True
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(by)
            try:
                self._child.wait(STOP)
            except subprocess.TimeoutExpired:
                heard = False
                self._child.kill()
                self._child.wait()
        if self._watch is not None:
            self._watch.communicate(b"ended\n")
            self._watch = None
        return heard


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Look until the condition holds; False when it does not within that time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(SELDOM)
    return True


def _family(pid: int) -> list[psutil.Process]:
    """It and all below it. It is halted first, so that it starts no other meanwhile."""
    first = psutil.Process(pid)
    _send(first, signal.SIGSTOP)
    return [first, *first.children(recursive=True)]


def _lives(one: psutil.Process) -> bool:
    try:
        return one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _send(to: psutil.Process, what: signal.Signals) -> None:
    try:
        to.send_signal(what)
    except psutil.NoSuchProcess:
        return


def _environment() -> dict[str, str]:
    """Nothing of whoever runs the tests: `PGDATA` and its like would reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _group(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _no_groups(user: str | None) -> list[int] | None:
    return None if user is None else []


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in missing()))
