"""By which ids two people are told apart."""

import pytest

from frontdesk.domain.addresses import Address, AddressKind, is_another

PHONE = Address(AddressKind.PHONE, "447700900123")
ANA, BEN = Address(AddressKind.USER, "GB.1"), Address(AddressKind.USER, "GB.2")
PARENT, HIDDEN = Address(AddressKind.USER, "GB.ENT.9"), Address(AddressKind.LID, "77")


@pytest.mark.parametrize(
    ("known", "own", "another"),
    [
        ([PHONE], [ANA], False),
        ([PHONE, ANA], [ANA], False),
        ([PHONE, ANA], [BEN], True),
        ([ANA, BEN], [BEN], False),
        ([PARENT], [ANA], False),
        ([HIDDEN], [ANA], False),
        ([ANA], [PHONE], False),
    ],
)
def test_who_has_another_id_of_the_same_sort_is_another_person(
    known: list[Address], own: list[Address], another: bool
) -> None:
    assert is_another(known, own) is another
