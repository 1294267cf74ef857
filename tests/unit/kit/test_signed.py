"""A token is written and read by one installation, for one purpose, and in no other form."""

import re

import pytest

from frontdesk.kit.signed import LONGEST, Signed
from frontdesk.kit.vault import Vault

VAULT = Vault("a key of this installation")
WORDS = ("acc_019a", "1700000000000", "0")


def test_what_was_written_is_read_again() -> None:
    signed = Signed(VAULT, "link page")
    assert signed.read(signed.write(*WORDS)) == WORDS


def test_a_token_gives_nothing_of_its_words_away_and_stands_in_an_address_as_it_is() -> None:
    token = Signed(VAULT, "link page").write(*WORDS)
    assert re.fullmatch(r"[\w-]{40,80}", token)
    assert "acc_019a" not in token


def test_the_same_words_give_the_same_token() -> None:
    assert Signed(VAULT, "x").write(*WORDS) == Signed(VAULT, "x").write(*WORDS)


def test_a_token_of_another_purpose_or_another_installation_is_none() -> None:
    token = Signed(VAULT, "link page").write(*WORDS)
    assert Signed(VAULT, "appointment").read(token) is None
    assert Signed(Vault("a key of another installation"), "link page").read(token) is None


def test_a_token_that_was_changed_in_any_letter_is_none() -> None:
    signed = Signed(VAULT, "link page")
    token = signed.write(*WORDS)
    for place, letter in enumerate(token):
        for other in ("A" if letter != "A" else "B", chr(ord(letter) ^ 1), "=", " ", "é"):
            assert signed.read(token[:place] + other + token[place + 1 :]) is None
    assert signed.read(token[:-1]) is None


@pytest.mark.parametrize("token", ["", "x", "=", "....", "\0", "ü" * 40, "A" * 43, "A" * (LONGEST + 1)])
def test_what_is_no_token_is_none(token: str) -> None:
    assert Signed(VAULT, "link page").read(token) is None
