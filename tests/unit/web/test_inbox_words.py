"""How the inbox says things: times, names, and the marks in a text."""

import time
import timeit

import pytest

from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.web.inbox import markup, words
from frontdesk.web.inbox.markup import Piece
from frontdesk.web.inbox.visitor import inside

NOW = 1_795_000_000_000  # Wednesday 18 November 2026, 11:06 in Lisbon
ZONE = "Europe/Lisbon"


@pytest.mark.parametrize(
    ("ago", "said"),
    [(30 * SECOND, "now"), (5 * MINUTE, "5 min"), (2 * HOUR, "09:06"), (DAY, "Yesterday"), (3 * DAY, "Sun")],
)
def test_a_moment_is_said_as_shortly_as_it_can_be(ago: int, said: str) -> None:
    assert words.stamp(NOW - ago, NOW, ZONE) == said


def test_an_old_moment_is_said_with_its_date_and_another_year_with_its_year() -> None:
    assert words.stamp(NOW - 30 * DAY, NOW, ZONE) == "19 Oct"
    assert words.day_name(NOW - 400 * DAY, NOW, ZONE) == "14 October 2025"


@pytest.mark.parametrize(
    ("length", "said"),
    [(40 * SECOND, "40 s"), (12 * MINUTE, "12 min"), (2 * HOUR + 5 * MINUTE, "2 h 5 min"), (3 * DAY, "3 days")],
)
def test_durations_have_one_or_two_units(length: int, said: str) -> None:
    assert words.duration(length) == said


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Ferreira", "AF"), ("ana", "A"), ("+351 91", ""), ("", ""), ("مريم الحسن", "ما")]
)
def test_initials_are_letters_or_nothing(name: str, letters: str) -> None:
    assert words.initials(name) == letters


def test_marks_become_pieces_and_nothing_else_is_lost() -> None:
    assert markup.pieces("a *b* _c_ ~d~ `e`") == (
        Piece("text", "a "),
        Piece("bold", inner=(Piece("text", "b"),)),
        Piece("text", " "),
        Piece("italic", inner=(Piece("text", "c"),)),
        Piece("text", " "),
        Piece("struck", inner=(Piece("text", "d"),)),
        Piece("text", " "),
        Piece("code", "e"),
    )


@pytest.mark.parametrize("text", ["5*3*2", "snake_case_name", "* not bold*", "a*b*c", "2 ~ 3 ~ 4"])
def test_signs_within_words_are_no_marks(text: str) -> None:
    assert markup.pieces(text) == (Piece("text", text),)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://x.example/a?b=c&d.", "https://x.example/a?b=c&d"),
        ("(https://x.example/a_(b))", "https://x.example/a_(b)"),
        ("HTTP://X.EXAMPLE", "HTTP://X.EXAMPLE"),
    ],
)
def test_addresses_become_links_without_what_follows_them(text: str, link: str) -> None:
    assert [piece.text for piece in markup.pieces(text) if piece.kind == "link"] == [link]


@pytest.mark.parametrize("text", ["javascript:alert(1)", "ftp://x.example", "data:text/html,x", "//x.example"])
def test_only_web_addresses_become_links(text: str) -> None:
    assert all(piece.kind == "text" for piece in markup.pieces(text))


@pytest.mark.parametrize(
    "text", ["*" * 60_000, "_a" * 30_000, "*a" * 30_000, "```" * 20_000, "http://" * 8_000, "> " * 30_000]
)
def test_no_text_takes_long(text: str) -> None:
    rounds = timeit.repeat(lambda: markup.pieces(text), timer=time.thread_time, repeat=3, number=1)
    assert min(rounds) < 1  # some hundredths, where no text is gone over again and again


@pytest.mark.parametrize(
    ("text", "large"), [("👍🏽", True), ("❤️🎉", True), ("ok 👍", False), ("1", False), ("👍" * 9, False)]
)
def test_a_few_emoji_alone_are_shown_large(text: str, large: bool) -> None:
    assert markup.only_emoji(text) is large


@pytest.mark.parametrize(
    ("path", "leads"),
    [("/lines?x=1", "/lines?x=1"), ("//evil", "/"), ("/\\evil", "/"), ("https://evil", "/"), ("", "/"), (None, "/")],
)
def test_nobody_is_led_to_another_site(path: str | None, leads: str) -> None:
    assert inside(path) == leads
