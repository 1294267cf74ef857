"""Addresses: read in every form that people and systems use, written back, never taken for another kind."""

import pytest

from frontdesk.domain.addresses import (
    Address,
    AddressKind,
    MalformedAddress,
    display,
    make,
    parse,
    phone,
    placeholder_name,
    variants,
)

PHONE, LID, USER, GROUP = AddressKind.PHONE, AddressKind.LID, AddressKind.USER, AddressKind.GROUP


@pytest.mark.parametrize(
    "text",
    [
        "447700900123",
        "+447700900123",
        "+44 7700 900123",
        "+44 (7700) 900-123",
        "00447700900123",
        "447700900123@c.us",
        "447700900123@s.whatsapp.net",
        "447700900123:12@s.whatsapp.net",
        "phone:447700900123",
        " +44\u00a07700\u2011900123 ",
        "+44 (0)7700 900123",
        "0044(0)7700900123",
        "\u202a+447700900123\u202c",
    ],
)
def test_a_phone_is_read_in_every_form(text: str) -> None:
    assert parse(text) == Address(PHONE, "447700900123")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("12345678901234@lid", Address(LID, "12345678901234")),
        ("12345678901234:3@lid", Address(LID, "12345678901234")),
        ("120363025@g.us", Address(GROUP, "120363025@g.us")),
        ("Y2FwaV9ncm91cDoxMjM=", Address(GROUP, "Y2FwaV9ncm91cDoxMjM=")),
        ("Y2FwaV9ncm91cDoxMjM=@g.us", Address(GROUP, "Y2FwaV9ncm91cDoxMjM=")),
        ("+39 (0)6 12345678", Address(PHONE, "390612345678")),
        ("GB.5520918837410026", Address(USER, "GB.5520918837410026")),
        ("US.ENT.9bKxQ", Address(USER, "US.ENT.9bKxQ")),
        ("user:GB.55", Address(USER, "GB.55")),
        ("lid:77", Address(LID, "77")),
    ],
)
def test_every_other_id_is_read_as_what_it_is(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "12345",
        "1234567890123456",
        "call me",
        "447700x900123",
        "00000000000",
        "+0123456789",
        "07700900123",
        "callmeplease1234567890",
        "CHT_01993AB0C2F40D5E8B7A61C2",
        "١٢٣٤٥٦٧",
        "abc@lid",
        "١٢٣@lid",
        "a@b.c",
        "@g.us",
    ],
)
def test_what_is_no_id_is_refused_in_words(text: str) -> None:
    with pytest.raises(MalformedAddress) as wrong:
        parse(text)
    assert "example" in wrong.value.sentence or "such as" in wrong.value.sentence


def test_a_lid_is_never_a_phone() -> None:
    assert parse("447700900123@lid") != parse("447700900123@c.us")
    assert phone("447700900123") != Address(LID, "447700900123")


@pytest.mark.parametrize("text", ["447700900123@c.us", "123@lid", "1203@g.us", "GB.55"])
def test_what_is_written_is_read_back(text: str) -> None:
    assert make(parse(text)) == text
    assert parse(str(parse(text))) == parse(text)


def test_people_see_a_plus() -> None:
    assert display(parse("447700900123")) == "+447700900123"
    assert display(parse("GB.55")) == "GB.55"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5511987654321", "551187654321"),
        ("5215512345678", "525512345678"),
        ("5491123456789", "541123456789"),
    ],
)
def test_both_forms_of_a_number_lead_to_each_other(one: str, other: str) -> None:
    assert [address.value for address in variants(phone(one))] == [one, other]
    assert [address.value for address in variants(phone(other))] == [other, one]


@pytest.mark.parametrize("number", ["551132654321", "447700900123", "5511932654321", "52155123456789", "54"])
def test_what_has_one_form_has_no_other(number: str) -> None:
    address = Address(PHONE, number)
    assert variants(address) == (address,)


def test_only_phones_have_variants() -> None:
    assert variants(Address(LID, "5511987654321")) == (Address(LID, "5511987654321"),)


def test_who_has_no_name_yet_is_told_apart_by_the_end_of_the_id() -> None:
    assert placeholder_name(parse("447700900123")) == "Contact 0123"
    assert placeholder_name(parse("120363025@g.us")) == "Group 3025"
