"""Replies as WhatsApp shows them."""

import pytest

from frontdesk.domain.formatting import LONGEST_MESSAGE, ready, split, to_whatsapp, whole_sentences


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("It costs **€60**.", "It costs *€60*."),
        ("It costs __€60__.", "It costs *€60*."),
        ("This is *quick* and ***sure***.", "This is _quick_ and *_sure_*."),
        ("~~€70~~ €60", "~€70~ €60"),
        ("## Opening hours\nNine to five.", "*Opening hours*\nNine to five."),
        ("# **Prices**", "*Prices*"),
        ("See [our page](https://aurora.example/prices).", "See our page: https://aurora.example/prices."),
        ("[https://aurora.example](https://aurora.example)", "https://aurora.example"),
        ("[Write us](mailto:hello@aurora.example)", "Write us: hello@aurora.example"),
        ("![map](https://aurora.example/map.png)", "map: https://aurora.example/map.png"),
        ("* one\n* two", "- one\n- two"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("First<br>second <b>bold</b> <i class='x'>i</i>", "First\nsecond bold i"),
        ("Fish &amp; chips", "Fish & chips"),
        ("Open at 9:00[1][2]. Closed[3] today.", "Open at 9:00. Closed today."),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("a < b and b > c", "a < b and b > c"),
    ],
)
def test_markdown_becomes_what_whatsapp_shows(markdown: str, shown: str) -> None:
    assert to_whatsapp(markdown) == shown


def test_tables_become_lines() -> None:
    table = "| Visit | Price |\n|---|---:|\n| Cleaning | €60 |\n| Filling | **€55** |"
    assert to_whatsapp(table) == "Visit · Price\nCleaning · €60\nFilling · *€55*"


def test_code_is_kept_as_it_is() -> None:
    text = "Use `**not bold**` or\n```\n# no heading\n| a | b |\n```"
    assert to_whatsapp(text) == text


@pytest.mark.parametrize("nothing", ["", "   \n ", "<p></p>", "---"])
def test_a_reply_of_nothing_gives_no_message(nothing: str) -> None:
    assert ready(nothing) == ()


def test_one_message_is_preferred() -> None:
    text = "Hello.\n\nWe are open from nine to five.\n\nSee you!"
    assert split(text) == (text,)
    assert split("x" * LONGEST_MESSAGE) == ("x" * LONGEST_MESSAGE,)


def test_long_replies_are_cut_between_paragraphs() -> None:
    paragraph = "We are open. " * 100
    pieces = split(f"{paragraph}\n\n{paragraph}\n\n{paragraph}\n\n{paragraph}")
    assert [len(piece) <= LONGEST_MESSAGE for piece in pieces] == [True, True]
    assert all(piece.endswith("We are open.") for piece in pieces)


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    pieces = split("This is a sentence of some length. " * 60, limit=400, most=10)
    assert all(piece.endswith(".") for piece in pieces)
    assert all(len(piece) <= 400 for piece in pieces)


@pytest.mark.parametrize("before", range(60, 121, 7))
def test_a_url_is_never_cut(before: int) -> None:
    url = "https://aurora.example/a/rather/long/path?with=a&query=of-some-length"
    pieces = split(
        f"{'word ' * (before // 5)}{url} and more words after it, so that it has to be cut somewhere.", limit=120
    )
    assert sum(url in piece for piece in pieces) == 1


def test_a_url_longer_than_a_message_is_cut_all_the_same() -> None:
    pieces = split("https://aurora.example/" + "a" * 300, limit=100)
    assert all(len(piece) <= 100 for piece in pieces)


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "👍🏽", "🇵🇹", "❤️", "e\u0301"])
@pytest.mark.parametrize("shift", range(12))
def test_joined_characters_are_never_cut(cluster: str, shift: int) -> None:
    text = "x" * shift + cluster * 30
    pieces = split(text, limit=50, most=20)
    assert "".join(pieces) == text
    assert all(piece.lstrip("x").replace(cluster, "") == "" for piece in pieces)


def test_a_code_block_that_is_cut_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line number {number}" for number in range(60))
    pieces = split(f"Look:\n```\n{code}\n```\nDone.", limit=400)
    assert len(pieces) > 1
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    assert all(len(piece) <= 400 for piece in pieces)
    joined = "\n".join(pieces)
    assert all(f"line number {number}" in joined for number in range(60))


def test_never_more_than_five_messages() -> None:
    pieces = split("word " * 10_000)
    assert len(pieces) == 5
    assert pieces[-1].endswith("…")
    assert all(len(piece) <= LONGEST_MESSAGE for piece in pieces)


def test_nothing_is_lost_between_messages() -> None:
    words = [f"word{number}" for number in range(2_000)]
    assert " ".join(split(" ".join(words), limit=4_096)).split() == words


def test_a_text_broken_off_ends_with_its_last_sentence() -> None:
    assert whole_sentences("We open at nine. We close at se") == "We open at nine."
    assert whole_sentences("We open at ni") == "We open at ni"
