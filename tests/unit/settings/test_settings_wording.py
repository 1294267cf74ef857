"""What is wrong with a value, in our own words, by the name that was used."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from frontdesk.kit.errors import SettingsError
from frontdesk.settings import load_settings
from frontdesk.settings.house_file import house_from
from frontdesk.settings.wording import complaint


class Form(BaseModel, extra="forbid"):
    """One value of each sort."""

    text: Annotated[str, Field(min_length=1, max_length=2_000)] = "x"
    count: Annotated[int, Field(ge=1, le=200)] = 1
    share: Annotated[float, Field(gt=0, lt=1.5)] = 1
    flag: bool = False
    word: Literal["a", "b", "c"] = "a"
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["x"]
    table: dict[str, str] = {}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("text", 1, "must be a text"),
        ("text", "", "must not be empty"),
        ("text", "x" * 2_001, "must have at most 2,000 characters"),
        ("count", "x", "must be a whole number"),
        ("count", 0, "must be at least 1"),
        ("count", 201, "must be at most 200"),
        ("share", 0, "must be more than 0"),
        ("share", 2, "must be less than 1.5"),
        ("flag", "perhaps", "must be true or false"),
        ("word", "d", "must be a, b or c"),
        ("names", [], "must not be empty"),
        ("names", ["x"] * 3, "must have at most 2 entries"),
        ("table", 1, "must be an object with names and values"),
        ("other", 1, "is not known here; correct its spelling, or leave it out"),
    ],
)
def test_a_wrong_value_is_told_in_our_words(name: str, value: object, sentence: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Form.model_validate({name: value})
    [error] = wrong.value.errors()
    assert complaint(error) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[heartbeat]\ntime = "9"',
            "“heartbeat.time” must be a time of the day such as 09:00, not “9” (f.toml, line 2).",
        ),
        ('[[persona]]\nname = ""', "In persona 1: “name” must not be empty (f.toml, line 2)."),
        ("[buffer]\nquiet_seconds = -1", "“buffer.quiet_seconds” must be at least 0, not “-1” (f.toml, line 2)."),
    ],
)
def test_the_file_is_told_without_a_librarys_words(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        house_from(text, "f.toml")
    assert wrong.value.sentence == sentence


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without the addresses of a database."""
    for name in ("DATABASE_URL", "DB_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_the_variable_that_was_set_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("DB_URL", "mysql://x")
    with pytest.raises(SettingsError, match=r"^DB_URL must be sqlite"):
        load_settings(env_file=None)
    bare.setenv("DATABASE_URL", "mysql://y")
    with pytest.raises(SettingsError, match=r"^DATABASE_URL must be"):
        load_settings(env_file=None)


@pytest.mark.parametrize(
    ("text", "line"), [("A=1\n\n\nSECRET KEY\n", 4), ("# why\nA='open\n", 2), ("A=1\n=secret\nB=2\n", 2)]
)
def test_a_broken_line_of_the_environment_file_is_named_and_not_shown(
    tmp_path: Path, bare: pytest.MonkeyPatch, text: str, line: int
) -> None:
    file = tmp_path / ".env"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_settings(env_file=file)
    assert f"{file}, line {line} cannot be read" in wrong.value.sentence
    assert not any(word in wrong.value.sentence.lower() for word in ("secret", "open\n"))


def test_the_variable_of_the_environment_file_is_named(tmp_path: Path, bare: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("DB_URL=mysql://x\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"^DB_URL must be"):
        load_settings(env_file=file)
