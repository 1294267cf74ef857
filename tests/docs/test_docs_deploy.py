"""What docs/howto/deploy.md and the files of deploy/ name is there: files, commands, services, units and settings."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from docs_pages import PROJECT, inline_code, name, pages, shell_lines
from test_docs_commands import wrong

from frontdesk.settings import Settings
from frontdesk.settings.environment import names

DEPLOY = PROJECT / "deploy"
PAGE = PROJECT / "docs" / "howto" / "deploy.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
UNITS = {path.name for path in (DEPLOY / "systemd").iterdir()}
KNOWN = {name for field in Settings.model_fields.values() for name in names(field)}
OTHERS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} | {
    f"POSTGRES_{name}" for name in ("DB", "INITDB_ARGS", "PASSWORD", "USER")
}


def compose(file: str) -> dict[str, Any]:
    """The services of a compose file."""
    found = yaml.safe_load((DEPLOY / file).read_text(encoding="utf-8"))["services"]
    assert isinstance(found, dict)
    return found


def run_by_us() -> list[tuple[str, str]]:
    """Every command line of ours in deploy/, with the file in which it stands."""
    found = []
    for file in ("compose.embedded.yaml", "compose.scaled.yaml"):
        ours = [service for service in compose(file).values() if service["image"].startswith("frontdesk")]
        found += [(file, shlex.join(["frontdesk", *service["command"]])) for service in ours]
    image = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    usual = json.loads(re.findall(r"^CMD (.*)$", image, re.MULTILINE)[0])
    found.append(("Containerfile", shlex.join(["frontdesk", *usual])))
    for path in FILES:
        typed = re.findall(r"/opt/frontdesk/bin/frontdesk ([^;'\n]+)", path.read_text(encoding="utf-8"))
        found += [(name(path), f"frontdesk {one.replace('%i', '1').strip()}") for one in typed]
    return found


def typed_by_people() -> list[str]:
    """Every command line of ours on the page, in whatever container or folder it is typed."""
    lines = [line for line in shell_lines(TEXT.replace("\\\n", " ")) if "frontdesk" in line]
    inside = [re.search(r"(?:bin/|exec (?:-T )?[\w-]+ )(frontdesk (?!sh )[^|<#&]*)", line) for line in lines]
    runs = [re.search(r"run --rm (?!-T)(?:frontdesk )?(\w+.*)", line) for line in lines]
    return [found[1] for found in inside if found] + [f"frontdesk {found[1]}" for found in runs if found]


@pytest.mark.parametrize(("file", "command"), run_by_us())
def test_a_command_that_deploy_runs_exists(file: str, command: str) -> None:
    assert wrong(command) is None, f"{file} runs: {command}"


def test_the_commands_that_the_page_has_people_type_exist() -> None:
    typed = typed_by_people()
    assert {line.split()[1] for line in typed} >= {"doctor", "user", "backup", "restore", "migrate"}
    assert [line for line in typed if wrong(line)] == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_file_of_deploy_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    words = [word.strip("`'\",:;()") for line in [*shell_lines(text), *inline_code(text)] for word in line.split()]
    named = {word.rstrip(".") for word in words if word.startswith("deploy/") and not re.search(r"[*<{]", word)}
    made = {"deploy/frontdesk.env", "deploy/scaled.env"}  # by copying the example
    assert [path for path in sorted(named - made) if not (PROJECT / path).exists()] == []
    assert [path for path in named & made if not (PROJECT / f"{path}.example").exists()] == []


def test_every_file_that_a_file_of_deploy_names_exists() -> None:
    made = {"deploy/frontdesk.env", "deploy/scaled.env"}
    paths = re.compile(r"(?<![\w/.$])(?:deploy|docs|tools|requirements)/[\w./-]*\w(?![\w*])")
    named = {(name(path), file) for path in FILES for file in paths.findall(path.read_text(encoding="utf-8"))}
    assert [pair for pair in sorted(named) if pair[1] not in made and not (PROJECT / pair[1]).exists()] == []


def asked_of(line: str) -> tuple[str, set[str]]:
    """The compose file of a command line, and the services that it names."""
    words = shlex.split(line.partition(" < ")[0], comments=True)
    file = next(word for word in words if word.startswith("deploy/compose."))
    words = [word for word in words if not word.startswith(("deploy/", "docker", "compose"))]
    verb, *rest = [word for word in words if not word.startswith("-")]
    if verb == "cp":
        return file, {word.partition(":")[0] for word in rest if ":" in word}
    if verb == "run" and "--entrypoint" in words:
        rest = rest[1:]
    return file, set(rest if verb in ("up", "logs", "stop", "start") else rest[:1])


def test_every_service_that_the_page_names_is_in_its_compose_file() -> None:
    alias = re.findall(r"^alias desk='(.*)'$", TEXT, re.MULTILINE)[0]
    lines = [re.sub(r"^desk ", f"{alias} ", line) for line in shell_lines(TEXT) if not line.startswith("alias")]
    asked = [asked_of(line) for line in lines if line.startswith("docker compose")]
    unknown = [(file, services - set(compose(Path(file).name))) for file, services in asked]
    assert [pair for pair in unknown if pair[1]] == []
    assert set[str]().union(*(services for _, services in asked)) >= {
        "frontdesk",
        "web-a",
        "web-b",
        "worker",
        "migrate",
    }


def test_every_unit_that_the_page_names_exists() -> None:
    named = re.findall(r"\bfrontdesk(?:-\w+)?(?:@[\d*]*)?\.(?:service|target|timer)|\bfrontdesk-\w+@[\d*]+", TEXT)
    units = {re.sub(r"@[\d*]+", "@", one) + ("" if "." in one else ".service") for one in named}
    assert units - UNITS == set()
    assert len(units) >= 5


@pytest.mark.parametrize("file", [path for path in FILES if path.name.endswith(".env.example")], ids=name)
def test_every_setting_of_an_example_is_known(file: Path) -> None:
    given = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert "PUBLIC_URL" in given
    assert given - KNOWN - OTHERS == set()


def test_every_setting_of_the_image_the_units_and_the_compose_files_is_known() -> None:
    image = re.findall(r"^ENV (.*?[^\\])$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    given = set(re.findall(r"\b([A-Z_]+)=", image[0]))
    for path in FILES:
        if path.suffix == ".service":
            given |= set(re.findall(r"^Environment=(\w+)=", path.read_text(encoding="utf-8"), re.MULTILINE))
    for file in ("compose.embedded.yaml", "compose.scaled.yaml"):
        given |= {key for service in compose(file).values() for key in service.get("environment", {})}
    assert given - KNOWN - OTHERS == set()
    assert {"FRONTDESK_DATA_DIR", "DATABASE_URL", "REDIS_URL"} <= given
