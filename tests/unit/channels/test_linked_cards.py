"""Contact cards as phones of several makers and ages write them."""

import pytest

from frontdesk.channels.linked.reading_cards import card


def written(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD"])


def test_old_card_in_quoted_printable_is_read() -> None:
    text = written("VERSION:2.1", "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg =", "M=C3=BCller", "TEL;CELL:5")
    assert card(None, text) == {"name": {"formatted_name": "Jörg Müller"}, "phones": [{"phone": "5", "type": "CELL"}]}


def test_photo_does_not_swallow_the_line_after_it() -> None:
    found = card("Jane", written("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ=", "TEL:+447700900456"))
    assert found["phones"] == [{"phone": "+447700900456"}]


def test_line_without_a_colon_is_passed_over() -> None:
    assert card("Jane", written("nonsense", "URL:https://acme.example"))["urls"] == [{"url": "https://acme.example"}]


def test_newlines_and_semicolons_inside_a_value_are_kept() -> None:
    assert card(None, written("FN:Roe\\; Jane\\nLtd"))["name"] == {"formatted_name": "Roe; Jane\nLtd"}


def test_name_that_the_sender_gave_comes_first() -> None:
    assert card("Our plumber", written("FN:Jane Roe"))["name"] == {"formatted_name": "Our plumber"}


@pytest.mark.parametrize("text", [None, "", 5, "TEL", "BEGIN:VCARD", "\0\ud800"])
def test_card_that_says_nothing_has_a_name_all_the_same(text: object) -> None:
    assert card(None, text) == {"name": {"formatted_name": "Contact card"}}


def test_card_with_hundreds_of_numbers_is_cut() -> None:
    assert len(card("x", written(*(f"TEL:{number}" for number in range(300))))["phones"]) == 20
