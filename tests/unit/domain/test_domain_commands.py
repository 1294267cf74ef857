"""Commands in the own chat, read in three languages."""

from datetime import UTC, datetime

import pytest

from frontdesk.domain.commands import Act, Candidate, Command, is_command, meant, parse
from frontdesk.kit.clock import DAY, HOUR, MINUTE

ZONE = "Europe/Lisbon"
NOW = int(datetime(2026, 11, 24, 14, 5, tzinfo=UTC).timestamp()) * 1_000  # 14:05 in Lisbon, too


def at(hour: int, minute: int = 0, *, day: int = 24) -> int:
    return int(datetime(2026, 11, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000


def read(text: str, *, now: int = NOW, zone: str = ZONE) -> Command:
    found = parse(text, now=now, zone=zone)
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["", "hello", "1 # 2", "#", "# ", "#1", "#_x", "##", "see #help", "©#", "#️⃣"])
def test_what_does_not_begin_with_a_hash_and_a_letter_is_no_command(text: str) -> None:
    assert not is_command(text)
    assert parse(text, now=NOW, zone=ZONE) is None


@pytest.mark.parametrize(
    ("text", "act", "language"),
    [
        ("#digest", Act.DIGEST, "en"),
        ("  #Digest  ", Act.DIGEST, "en"),
        ("#summary", Act.DIGEST, "en"),
        ("#resumen", Act.DIGEST, "es"),
        ("#RESUMEN", Act.DIGEST, "es"),
        ("#resumo", Act.DIGEST, "pt"),
        ("# resumo", Act.DIGEST, "pt"),
        ("#who", Act.WHO, "en"),
        ("#waiting", Act.WHO, "en"),
        ("#quien", Act.WHO, "es"),
        ("#quién", Act.WHO, "es"),
        ("#quem", Act.WHO, "pt"),
        ("#help", Act.HELP, "en"),
        ("#ayuda", Act.HELP, "es"),
        ("#ajuda", Act.HELP, "pt"),
        ("#mute", Act.MUTE, "en"),
        ("#unmute", Act.UNMUTE, "en"),
        ("#mute off", Act.UNMUTE, "en"),
        ("#silencio fin", Act.UNMUTE, "es"),
        ("#silencio fim", Act.UNMUTE, "pt"),
        ("#silêncio", Act.MUTE, "pt"),
        ("#silenciar não", Act.UNMUTE, "pt"),
        ("#silencio", Act.MUTE, None),
        ("#ai", Act.AI, "en"),
        ("#ai on", Act.AI_ON, "en"),
        ("#ai off", Act.AI_OFF, "en"),
        ("#AI OFF", Act.AI_OFF, "en"),
        ("#agent off", Act.AI_OFF, "en"),
        ("#ia apagar", Act.AI_OFF, "es"),
        ("#ia encender", Act.AI_ON, "es"),
        ("#ia activar", Act.AI_ON, "es"),
        ("#ia desligar", Act.AI_OFF, "pt"),
        ("#ia ligar", Act.AI_ON, "pt"),
        ("#ia ativar", Act.AI_ON, "pt"),
        ("#ia off", Act.AI_OFF, "es"),
        ("#ai apagar", Act.AI_OFF, "es"),
        ("#ai desligar", Act.AI_OFF, "pt"),
        ("#xyz", Act.UNKNOWN, None),
        ("#digestt", Act.UNKNOWN, None),
        ("#ai perhaps", Act.UNKNOWN, "en"),
        ("#mute loudly", Act.UNKNOWN, "en"),
    ],
)
def test_words_of_three_languages_are_understood(text: str, act: Act, language: str | None) -> None:
    found = read(text)
    assert (found.act, found.language) == (act, language)


@pytest.mark.parametrize(
    ("text", "name", "until"),
    [
        ("#ai off", None, None),
        ("#ai off 2h", None, NOW + 2 * HOUR),
        ("#ai off 30m", None, NOW + 30 * MINUTE),
        ("#ai off 30 min", None, NOW + 30 * MINUTE),
        ("#ai off 1d", None, NOW + DAY),
        ("#ai off 1h30", None, NOW + 90 * MINUTE),
        ("#ai off for 2 hours", None, NOW + 2 * HOUR),
        ("#ai off Ana", "Ana", None),
        ("#ai off Ana 2h", "Ana", NOW + 2 * HOUR),
        ("#ai off  Ana   Ferreira  90 minutes", "Ana Ferreira", NOW + 90 * MINUTE),
        ("#ai off Ana until 18:00", "Ana", at(18)),
        ("#ai off Ana until 18.30", "Ana", at(18, 30)),
        ("#ai off until 18", None, at(18)),
        ("#ai off until 6pm", None, at(18)),
        ("#ai off until 12am", None, at(0, day=25)),
        ("#ai off until 9:00", None, at(9, day=25)),
        ("#ai off until 14:05", None, at(14, 5, day=25)),
        ("#ia apagar Ana hasta las 18:00", "Ana", at(18)),
        ("#ia apagar Ana hasta 18h", "Ana", at(18)),
        ("#ia apagar durante 2 horas", None, NOW + 2 * HOUR),
        ("#ia desligar Ana até às 18h30", "Ana", at(18, 30)),
        ("#ia desligar até as 18:00", None, at(18)),
        ("#ia desligar João 3 dias", "João", NOW + 3 * DAY),
        ("#ai off 0123", "0123", None),
        ("#ai off +351 912 345 678 2h", "+351 912 345 678", NOW + 2 * HOUR),
        ("#ai off Until", "Until", None),
        ("#ai off until 25:00", "until 25:00", None),
        ("#ai off Ana 0h", "Ana 0h", None),
        ("#ai off Ana 9999d", "Ana 9999d", None),
        ("#ai off Team 2", "Team 2", None),
        ("#ai on Ana", "Ana", None),
        ("#ai on Ana 2h", "Ana", None),
    ],
)
def test_names_and_times_are_told_apart(text: str, name: str | None, until: int | None) -> None:
    found = read(text)
    assert found.act in (Act.AI_OFF, Act.AI_ON)
    assert (found.name, found.until) == (name, until)


@pytest.mark.parametrize(
    ("text", "until"),
    [("#mute", None), ("#mute 2h", NOW + 2 * HOUR), ("#mute until 18:00", at(18)), ("#silencio hasta 18:00", at(18))],
)
def test_silence_has_an_end_or_none(text: str, until: int | None) -> None:
    assert (read(text).act, read(text).until) == (Act.MUTE, until)


def test_a_word_of_the_time_tells_the_language() -> None:
    assert read("#silencio hasta 18:00").language == "es"
    assert read("#silencio até 18:00").language == "pt"
    assert read("#ia off até 18:00").language == "pt"


def test_a_time_of_the_day_is_that_of_the_house_also_when_its_clocks_change() -> None:
    before = int(datetime(2026, 3, 28, 20, 0, tzinfo=UTC).timestamp()) * 1_000
    due = int(datetime(2026, 3, 29, 8, 0, tzinfo=UTC).timestamp()) * 1_000
    assert read("#ai off until 9:00", now=before).until == due
    assert read("#ai off until 9:00", zone="America/New_York").until == at(14, day=25)


def test_what_stands_behind_a_word_is_kept() -> None:
    assert read("#digest  the  week").rest == "the week"
    assert read("#xyz 1").word == "xyz"


ANA = Candidate("1", "Ana Ferreira", ("Ana Ferreira", "Ana F"), ("447700900123",))
ANA_LIMA = Candidate("2", "Ana Lima", ("Ana Lima",), ("351912345678",))
JOAO = Candidate("3", "João Pedro Souza", ("João Pedro Souza",), ("5511987654321",))
MARIANA = Candidate("4", "Mariana", ("Mariana",))
FLAT = Candidate("5", "The flat", ("The flat",))
ALL = (ANA, ANA_LIMA, JOAO, MARIANA, FLAT)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Ana Ferreira", [ANA]),
        ("ana ferreira", [ANA]),
        ("Ana", [ANA, ANA_LIMA]),
        ("Ana L", [ANA_LIMA]),
        ("ferr", [ANA]),
        ("Ferreira", [ANA]),
        ("joao", [JOAO]),
        ("João Souza", [JOAO]),
        ("Mari", [MARIANA]),
        ("flat", [FLAT]),
        ("0123", [ANA]),
        ("+44 7700 900123", [ANA]),
        ("678", [ANA_LIMA]),
        ("iana", []),
        ("Zoe", []),
        ("99999", []),
    ],
)
def test_a_name_means_whoever_fits_best(name: str, found: list[Candidate]) -> None:
    assert meant(name, ALL) == found


def test_a_whole_name_beats_a_longer_one() -> None:
    short = Candidate("6", "Ana", ("Ana",))
    assert meant("Ana", (*ALL, short)) == [short]
