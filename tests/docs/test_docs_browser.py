"""The tests in a browser and the command that prepares them look for the same Chromium, as the README says."""

import subprocess
import sys
from pathlib import Path

from docs_pages import PROJECT

WHERE = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def find(python: str = "no-python", **environment: str) -> subprocess.CompletedProcess[str]:
    """Look for Chromium in this environment. Unless a Python is given there is no Playwright."""
    command = [str(PROJECT / "tools" / "find-chromium"), python]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, *, code: int = 0) -> Path:
    """A program that only ends."""
    made = folder / name
    made.write_text(f"#!/bin/sh\nexit {code}\n")
    made.chmod(0o755)
    return made


def test_the_first_browser_on_the_path_that_runs_is_taken(tmp_path: Path) -> None:
    program(tmp_path, "chromium-browser", code=1)  # a stub that only asks for something else
    assert find(PATH=str(tmp_path)).stdout == ""
    chrome = program(tmp_path, "google-chrome-stable")
    assert find(PATH=str(tmp_path)).stdout.strip() == str(chrome)


def test_the_one_that_is_named_is_taken_before_all_others(tmp_path: Path) -> None:
    program(tmp_path, "chromium")
    own = program(tmp_path, "own")
    assert find(PATH=str(tmp_path), CHROMIUM=str(own)).stdout.strip() == str(own)


def test_a_named_one_that_does_not_run_is_an_error_that_says_so(tmp_path: Path) -> None:
    found = find(PATH=str(tmp_path), CHROMIUM="/no/such/chromium")
    assert (found.returncode, found.stdout) == (2, "")
    assert "CHROMIUM is /no/such/chromium, which does not run." in found.stderr


def test_the_own_browser_of_playwright_comes_last(tmp_path: Path) -> None:
    environment = {"PATH": "/nowhere", "HOME": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers")}
    assert find(sys.executable, **environment).stdout == ""
    asked = subprocess.run([sys.executable, "-c", WHERE], env=environment, capture_output=True, text=True, check=True)
    own = Path(asked.stdout.strip())
    own.parent.mkdir(parents=True)
    program(own.parent, own.name)
    assert find(sys.executable, **environment).stdout.strip() == str(own)
    found = program(tmp_path, "google-chrome-stable")
    assert find(sys.executable, **{**environment, "PATH": str(tmp_path)}).stdout.strip() == str(found)


def test_the_readme_names_the_variable() -> None:
    assert "`CHROMIUM`" in (PROJECT / "README.md").read_text(encoding="utf-8")
