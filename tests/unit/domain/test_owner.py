"""Whose word is the owner's."""

from frontdesk.domain.addresses import parse
from frontdesk.domain.owner import Owner, gives_orders, own_numbers

LINE, PRIVATE, ANA = "351210000100", "351912345678", "447700900123"
OWNER = Owner((PRIVATE,))


def speaks(*addresses: str, typed: bool, owner: Owner = OWNER, line: str | None = LINE) -> bool:
    return gives_orders(owner, line, [parse(one) for one in addresses], typed_on_phone=typed)


def test_what_is_typed_to_the_own_number_is_the_owners_word() -> None:
    assert speaks(LINE, typed=True)
    assert speaks("1234@lid", LINE, typed=True)


def test_what_comes_from_a_private_number_is_the_owners_word() -> None:
    assert speaks(PRIVATE, typed=False)


def test_what_the_phone_of_the_line_writes_to_a_private_number_is_not() -> None:
    assert not speaks(PRIVATE, typed=True)


def test_nobody_else_speaks_for_the_owner() -> None:
    assert not speaks(ANA, typed=False)
    assert not speaks(ANA, typed=True)
    assert not speaks("351912345678@lid", typed=False)


def test_without_a_number_of_its_own_a_line_has_no_own_chat() -> None:
    assert not speaks(LINE, typed=True, line=None)
    assert own_numbers(Owner(), None) == frozenset()
