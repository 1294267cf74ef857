"""The container image: its steps are followed in a folder, and what they make is run."""

import asyncio
import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from containerfile import PROJECT, Step, follow, in_context, stages

from frontdesk.testing.processes import Program, clean_environment, free_port, running

LOCKED = "--require-hashes"  # what is installed from the lock: `make` does the same, and tests run on it


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `/opt/frontdesk` of the image, with the locked packages of whoever runs the tests."""
    root = tmp_path_factory.mktemp("image")
    (root / "opt").mkdir()
    first, *rest = stages()[1][1:]
    environment = clean_environment({"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"})
    venvs = [step for step in (first, *rest) if "-m venv" in step.rest]
    follow(venvs, root, environment, leave_out="(?!)")
    for venv in ("build", "frontdesk"):
        here = next((root / "opt" / venv / "lib").glob("python*")) / "site-packages"
        (here / "locked.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
    follow([step for step in (first, *rest) if step not in venvs], root, environment, leave_out=LOCKED)
    return root / "opt" / "frontdesk"


def _settings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for step in stages()[-1]:
        found.setdefault(step.word, []).append(step.rest)
    return found


def _environment() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(_settings()["ENV"])))


async def test_what_the_steps_make_serves_from_its_own_files(image: Path, tmp_path: Path) -> None:
    given = {
        name: value for name, value in _environment().items() if name not in ("PATH", "HOST", "FRONTDESK_DATA_DIR")
    }
    words = [str(image / "bin" / "python"), "-I", str(image / "bin" / "frontdesk")]  # nothing of the tests is imported
    program = Program(
        tmp_path / "data", given, launcher=("-c", f"import os, sys; os.execv({words[0]!r}, {words!r} + sys.argv[1:])")
    )
    async with running(program), program.client() as client:
        answers = [(await client.get(path)).status_code for path in ("/openapi.json", "/sign-in", "/health")]
        checked = await asyncio.to_thread(_healthcheck, image, program.port)
        assert (answers, checked.returncode, checked.stderr) == ([200, 200, 200], 0, "")
    assert (await asyncio.to_thread(_healthcheck, image, program.port)).returncode == 1


def _healthcheck(image: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [image / "bin" / "python", image / "bin" / "frontdesk-healthcheck"],
        env={"PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_healthcheck_says_what_is_wrong(image: Path) -> None:
    port = free_port()
    assert f"Nobody answers on port {port}" in _healthcheck(image, port).stderr


def test_all_that_the_wheel_needs_is_in_it(image: Path) -> None:
    here = next((image / "lib").glob("python*")) / "site-packages" / "frontdesk"
    ours = PROJECT / "frontdesk"
    kept = {path.relative_to(ours) for path in ours.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in kept if not (here / path).exists()} == set()


def test_the_image_is_run_by_a_user_of_a_fixed_number_without_rights() -> None:
    settings = _settings()
    assert settings["USER"] == ["10001:10001"]
    steps = [step.word for step in stages()[-1]]
    assert not {"RUN", "COPY", "ADD"} & set(steps[steps.index("USER") :])
    assert "useradd --system --uid 10001" in " ".join(settings["RUN"])


def test_the_image_says_how_it_is_watched_and_ended() -> None:
    settings = _settings()
    assert settings["STOPSIGNAL"] == ["SIGTERM"]
    assert settings["VOLUME"] == ["/data"]
    assert json.loads(settings["HEALTHCHECK"][0].partition("CMD ")[2]) == ["frontdesk-healthcheck"]
    assert [json.loads(settings[word][0]) for word in ("ENTRYPOINT", "CMD")] == [["frontdesk"], ["serve"]]


def test_every_package_is_installed_from_the_lock() -> None:
    installs = [step.rest for step in stages()[1] if "pip install" in step.rest]
    loose = [line for line in installs if LOCKED not in line and "--no-deps --no-index" not in line]
    assert (len(installs), loose) == (3, [])


def test_both_stages_begin_with_the_same_python_and_name_no_registry() -> None:
    bases = [stage[0].rest.split()[0] for stage in stages()[1:]]
    assert bases == ["python:${PYTHON}"] * 2
    assert Step("ARG", "PYTHON=3.13-slim-trixie") in stages()[0]


@pytest.mark.parametrize("path", [".env", "data/frontdesk.db", "deploy/scaled.env", ".git/config", "tests/a.py",
                                  "frontdesk/desk/__pycache__/x.pyc"])  # fmt: skip
def test_no_secret_and_no_history_gets_into_the_image(path: str) -> None:
    assert not in_context(Path(path))
    assert in_context(Path("frontdesk/web/app.py"))
    assert in_context(Path("requirements/base.txt"))
