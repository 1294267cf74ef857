"""Commands that the documentation tells people to type exist, with the options that it names."""

import re
import shlex

import click
import pytest
from docs_pages import PROJECT, inline_code, name, pages, shell_lines

from frontdesk.cli.commands import frontdesk

TARGETS = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
WORD = re.compile(r"[a-z][a-z-]*")


def typed() -> list[tuple[str, str]]:
    """Every documented command line that starts with make or frontdesk, with the page on which it stands."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for line in [*shell_lines(text), *inline_code(text)]:
            command = line.removeprefix(".venv/bin/")
            if command.split()[0] in ("make", "frontdesk") and len(command.split()) > 1:
                found.append((name(page), command))
    return sorted(set(found))


def wrong(command: str) -> str | None:
    """What is wrong with a command line; None when nothing is."""
    program, *words = shlex.split(command, comments=True)
    if program == "make":
        unknown = [word for word in words if "=" not in word and word != "..." and word not in TARGETS]
        return f"no target {unknown[0]}" if unknown else None
    return _wrong(frontdesk, words)


def _wrong(command: click.Command, words: list[str]) -> str | None:
    if isinstance(command, click.Group):
        if not words or not WORD.fullmatch(words[0]):
            return None
        inner = command.commands.get(words[0])
        return _wrong(inner, words[1:]) if inner else f"no command {words[0]}"
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in options]
    return f"no option {unknown[0]}" if unknown else None


@pytest.mark.parametrize(("page", "command"), typed())
def test_a_documented_command_exists(page: str, command: str) -> None:
    assert wrong(command) is None, f"{page} says: {command}"


def test_commands_that_do_not_exist_are_noticed() -> None:
    assert wrong("make coffee") == "no target coffee"
    assert wrong("frontdesk brew") == "no command brew"
    assert wrong("frontdesk serve --sugar") == "no option --sugar"


def test_every_target_of_the_makefile_is_listed_by_help() -> None:
    text = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE)) == TARGETS
