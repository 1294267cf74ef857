"""The systemd units: systemd takes them, they can do little harm, and Frontdesk works within what they allow."""

import ctypes.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from confined import allowed, settings

from frontdesk.testing.processes import Program, running

UNITS = Path(__file__).resolve().parents[3] / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
WORST = 2.0  # of 10, as `systemd-analyze security` counts what a service could do
CONFINED = Path(__file__).with_name("confined.py")

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
needs_filter = pytest.mark.skipif(
    sys.platform != "linux" or ctypes.util.find_library("seccomp") is None, reason="libseccomp is not installed"
)


@pytest.fixture
def installed_units(tmp_path: Path) -> Path:
    """The units, with programs that are there: those of this machine instead of /opt/frontdesk."""
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/frontdesk/bin/", f"{tmp_path}/bin/")
        (tmp_path / unit.name).write_text(text.replace("User=frontdesk", "User=root").replace("Group=frontdesk\n", ""))
    (tmp_path / "bin").mkdir()
    for name in ("frontdesk", "frontdesk-healthcheck"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


@needs_systemd
def test_systemd_understands_every_unit(installed_units: Path) -> None:
    units = [str(path) for path in installed_units.iterdir() if path.suffix in (".service", ".target", ".timer")]
    assert _said("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units) == ""


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_a_service_can_do_little_harm(unit: Path, tmp_path: Path) -> None:
    known = tmp_path / unit.name.replace("@", "@1")  # one instance of those that may be several
    shutil.copy(unit, known)
    told = _said("systemd-analyze", "security", "--offline=yes", str(known))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found is not None, told
    assert float(found[1]) <= WORST


@pytest.mark.parametrize("unit", SERVICES, ids=lambda path: path.name)
def test_every_service_is_forbidden_the_same(unit: Path) -> None:
    def forbidden(path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        return text[text.index("NoNewPrivileges=") : text.index("UMask=")]

    assert forbidden(unit) == forbidden(UNITS / "frontdesk.service")
    assert settings(unit, "User") == ["frontdesk"]
    assert settings(unit, "WorkingDirectory") == ["/etc/frontdesk"]


@pytest.mark.parametrize("unit", [path for path in SERVICES if "backup" not in path.name], ids=lambda path: path.name)
def test_every_service_comes_back_and_gets_the_time_that_an_end_takes(unit: Path) -> None:
    found = [settings(unit, name)[0] for name in ("Restart", "RestartPreventExitStatus", "TimeoutStopSec", "KillMode")]
    assert found == ["always", "2", "25", "mixed"]
    assert settings(unit, "StartLimitIntervalSec") == ["0"]


def test_the_target_wants_every_role() -> None:
    wanted = " ".join(settings(UNITS / "frontdesk.target", "Wants")).split()
    files = [re.sub(r"@.*\.", "@.", name) for name in wanted]
    assert set(files) == {path.name for path in SERVICES} - {"frontdesk.service", "frontdesk-backup.service"}
    assert sum(name.startswith("frontdesk-web@") for name in wanted) == 2


@needs_systemd
@needs_filter
@pytest.mark.parametrize("command", ["serve", "lab"])
async def test_it_works_under_what_the_units_forbid(command: str, tmp_path: Path) -> None:
    unit = UNITS / "frontdesk.service"
    launcher = (str(CONFINED), str(unit), sys.executable, "-m", "frontdesk")
    program = Program(tmp_path / "data", launcher=launcher, command=command, environment=_search())
    async with running(program), program.client() as client:
        answers = await client.get("/health")
        assert answers.json()["checks"]["database"]["status"] == "healthy"
        assert await program.stop() == 0


@needs_systemd
@needs_filter
def test_the_library_of_linked_devices_loads_under_what_the_units_forbid(tmp_path: Path) -> None:
    unit = UNITS / "frontdesk-lines@.service"
    command = (sys.executable, str(CONFINED), str(unit), sys.executable, "-m", "frontdesk", "doctor", "--no-network")
    assert "the library for linked devices loads" in _said(*command, folder=tmp_path)


@needs_systemd
@needs_filter
def test_what_the_units_forbid_is_forbidden() -> None:
    tries = "import mmap, os\nfor one in (lambda: mmap.mmap(-1, 4096, prot=6), lambda: os.chroot('/')):\n"
    tries += "    try: one()\n    except PermissionError: print('refused')"
    unit = str(UNITS / "frontdesk.service")
    assert _said(sys.executable, str(CONFINED), unit, sys.executable, "-c", tries).split() == ["refused"] * 2
    assert not {"chroot", "mount", "ptrace", "setuid", "init_module"} & allowed(UNITS / "frontdesk.service")


def _said(*command: str, folder: Path | None = None) -> str:
    """What a command wrote, to whichever output."""
    environment = {**os.environ, **_search()}
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    ).stdout


def _search() -> dict[str, str]:
    """Where our package is, for a process that does not start in this folder."""
    return {"PYTHONPATH": str(UNITS.parents[1])}
