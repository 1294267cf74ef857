"""The example files can be used as they are."""

import re
from pathlib import Path

from docs_pages import PROJECT

from frontdesk.cli.commands import STARTER
from frontdesk.settings.environment import Settings, load_settings, names
from frontdesk.settings.house_file import read_house


def test_the_example_of_frontdesk_toml_is_valid() -> None:
    house = read_house(PROJECT / "frontdesk.example.toml")
    assert [persona.name for persona in house.personas] == ["Front desk", "Suppliers"]


def test_the_example_of_env_names_settings_that_exist(tmp_path: Path) -> None:
    text = (PROJECT / ".env.example").read_text(encoding="utf-8")
    known = {name for field in Settings.model_fields.values() for name in names(field)}
    assert set(re.findall(r"^#? ?([A-Z_]+)=", text, re.MULTILINE)) <= known


def test_the_example_of_env_is_what_init_writes() -> None:
    assert (PROJECT / ".env.example").read_bytes() == (STARTER / "env.txt").read_bytes()


def test_the_example_of_env_is_valid(tmp_path: Path) -> None:
    assert load_settings(env_file=PROJECT / ".env.example", data_dir=tmp_path).model_in_use == "offline:"
