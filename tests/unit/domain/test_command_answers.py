"""What the desk answers to commands, in three languages."""

import re
from datetime import UTC, datetime

import pytest

from frontdesk.domain.command_answers import TEXTS, moment, say, span
from frontdesk.domain.commands import LANGUAGES, Act, is_command, parse
from frontdesk.kit.clock import DAY, HOUR, MINUTE

NOW = int(datetime(2026, 11, 24, 14, 5, tzinfo=UTC).timestamp()) * 1_000
VALUES = {
    "until": "18:00", "name": "Ana", "count": 3, "command": "#who", "ago": "2 h", "word": "xyz"
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", TEXTS)
def test_no_answer_is_itself_a_command(what: str, language: str) -> None:
    assert not is_command(say(language, what, **VALUES))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_of_the_help_is_understood_in_its_language(language: str) -> None:
    examples = re.findall(r"\*(#[^*]+)\*", say(language, "list"))
    assert len(examples) >= 9
    for example in examples:
        found = parse(example, now=NOW, zone="Europe/Lisbon")
        assert found is not None
        assert found.act is not Act.UNKNOWN, example
        assert found.language in (language, None), example


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["paused_open", "off_open", "muted_open", "paused"])
def test_what_an_answer_tells_to_write_is_understood(what: str, language: str) -> None:
    (told,) = re.findall(r"#[^.]+?(?=\.| to let| para)", say(language, what, **VALUES))
    found = parse(told, now=NOW, zone="Europe/Lisbon")
    assert found is not None
    assert found.act in (Act.AI_ON, Act.UNMUTE), told


def test_a_moment_of_another_day_names_the_day() -> None:
    assert [moment(one, NOW + HOUR, now=NOW, zone="Europe/Lisbon") for one in LANGUAGES] == [
        "15:05",
        "las 15:05",
        "às 15:05",
    ]
    assert [moment(one, NOW + DAY, now=NOW, zone="Europe/Lisbon") for one in LANGUAGES] == [
        "14:05 on 25 November",
        "el 25 de noviembre a las 14:05",
        "25 de novembro às 14:05",
    ]


def test_lengths_are_short() -> None:
    assert [span(one) for one in (0, 5 * MINUTE, 90 * MINUTE, 30 * HOUR, 3 * DAY)] == [
        "1 min", "5 min", "1 h", "30 h", "3 d"
    ]  # fmt: skip
