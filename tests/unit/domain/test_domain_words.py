"""Reading words, small talk, and the wish for a person."""

import pytest

from frontdesk.domain.smalltalk import Talk, asks_for_person, small_talk, upset
from frontdesk.domain.words import fold, guess_language, meaning, plain_words, stem, telling_words


def test_accents_and_case_are_folded() -> None:
    assert fold("ÁÉÎÕÜ Ç ñ") == "aeiou c n"
    assert plain_words("Don't! ¿Qué?") == ["dont", "que"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("price", "prices"), ("treatment", "treatments"), ("cancelling", "cancel"), ("limpieza", "limpiezas")],
)
def test_forms_of_a_word_share_their_meaning(one: str, other: str) -> None:
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(("one", "other"), [("care", "caro"), ("clear", "clean"), ("exchange", "change")])
def test_words_that_only_look_alike_are_told_apart(one: str, other: str) -> None:
    assert meaning(one) != meaning(other)


@pytest.mark.parametrize(
    "words",
    [("price", "precio", "preço", "custa"), ("hours", "horario", "horário"), ("appointment", "cita", "marcação")],
)
def test_languages_share_meanings(words: tuple[str, ...]) -> None:
    assert len({meaning(fold(word)) for word in words}) == 1


def test_words_of_every_sentence_are_left_out_and_phrases_are_one_word() -> None:
    assert telling_words("How much is the cleaning, please?") == ["price", "cleaning"]
    assert stem("xyz1") == "xyz1"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How much is a cleaning?", "en"),
        ("¿Cuánto cuesta una limpieza?", "es"),
        ("Quanto custa uma limpeza e quando abrem?", "pt"),
        ("Bonjour, combien est une consultation?", "fr"),
        ("Wann haben Sie offen und was kostet das?", "de"),
        ("Quanto costa e dove siete?", "it"),
        ("12345", None),
        ("", None),
    ],
)
def test_the_language_is_guessed_from_small_words(text: str, language: str | None) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("Hi!", Talk.GREETING),
        ("good morning", Talk.GREETING),
        ("Hola, ¿qué tal?", None),  # it asks
        ("hello how are you?", Talk.GREETING),
        ("Muito obrigada!", Talk.THANKS),
        ("thx", Talk.THANKS),
        ("bye", Talk.GOODBYE),
        ("ok", Talk.AGREEING),
        ("hi, what are your opening hours", None),
        ("no thanks, cancel it", None),
        ("good", None),
        ("", None),
        ("👍", None),
    ],
)
def test_small_talk_is_nothing_but_small_talk(text: str, talk: Talk | None) -> None:
    assert small_talk(text) is talk


@pytest.mark.parametrize(
    "text",
    [
        "Can I speak to a human?",
        "I want a person",
        "connect me with an agent please",
        "human",
        "Quiero hablar con una persona",
        "Queria falar com um atendente",
        "Ich möchte mit einem Mitarbeiter sprechen, jemand da?",
    ],
)
def test_the_wish_for_a_person_is_heard(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize("text", ["How many people work there?", "Is it a personal account?", "What are your hours?"])
def test_other_questions_are_no_wish_for_a_person(text: str) -> None:
    assert not asks_for_person(text)


def test_anger_is_heard() -> None:
    assert upset("This is UNACCEPTABLE")
    assert upset("Es una estafa")
    assert not upset("I have terrific news")
