"""Who wrote, by whichever names Meta gives, and people who move to another number or id."""

from typing import Any

import pytest
from cloud_documents import CONTACT, PHONE, USER, change, message, parse, read

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import AddressChange, Damaged, Inbound

# Who


def test_person_has_phone_user_id_and_parent_id_in_this_order() -> None:
    found = read(contacts=[CONTACT], from_user_id=USER.value, from_parent_user_id="GB.ENT.77", text={"body": "x"})
    assert found.sender.addresses == (PHONE, USER, Address(AddressKind.USER, "GB.ENT.77"))


def test_user_id_missing_in_the_message_comes_from_the_contact() -> None:
    assert read(contacts=[CONTACT]).sender.addresses == (PHONE, USER)


def test_contact_is_found_by_user_id_when_no_phone_is_known() -> None:
    hidden = {"profile": {"name": "cai", "username": "@cai.n"}, "user_id": "AU.1"}
    odd = message(from_user_id="AU.1", text={"body": "x"})
    del odd["from"]
    (found,) = parse(change(contacts=[CONTACT, hidden], messages=[odd]))
    assert isinstance(found, Inbound)
    assert (found.sender.name, found.sender.username) == ("cai", "@cai.n")


def test_stranger_among_the_contacts_lends_no_name() -> None:
    found = read(contacts=[{"profile": {"name": "Bo"}, "wa_id": "12025550143"}])
    assert found.sender.name is None
    assert found.sender.addresses == (PHONE,)


def test_message_that_names_nobody_is_from_the_only_contact() -> None:
    odd = message(text={"body": "x"})
    del odd["from"]
    (found,) = parse(change(contacts=[CONTACT], messages=[odd]))
    assert isinstance(found, Inbound)
    assert found.sender.addresses == (PHONE, USER)


def test_message_that_names_nobody_among_several_contacts_is_damage() -> None:
    odd = message(text={"body": "x"})
    del odd["from"]
    (found,) = parse(change(contacts=[CONTACT, {"wa_id": "12025550143"}], messages=[odd]))
    assert isinstance(found, Damaged)
    assert '"wamid.1"' in found.raw


def test_number_sent_as_a_json_number_is_a_phone() -> None:
    assert read(**{"from": 447700900123}).sender.addresses == (PHONE,)


def test_sender_that_is_no_phone_is_kept_as_an_id() -> None:
    assert read(**{"from": "GB.77"}).sender.addresses == (Address(AddressKind.USER, "GB.77"),)


@pytest.mark.parametrize("contacts", [None, {}, "x", [None, 5, {"profile": 3}, {"wa_id": []}]])
def test_odd_contacts_harm_nothing(contacts: Any) -> None:
    (found,) = parse(change(contacts=contacts, messages=[message(text={"body": "hi"})]))
    assert isinstance(found, Inbound)
    assert found.text == "hi"


def test_group_message_has_its_group_and_its_writer() -> None:
    found = read(group_id="Y2FwaV9ncm91cDox", text={"body": "x"})
    assert found.group == Address(AddressKind.GROUP, "Y2FwaV9ncm91cDox")
    assert found.sender.addresses == (PHONE,)


# People who move


def test_new_number_is_told_as_message_and_as_change() -> None:
    told = {"body": "moved", "wa_id": "447700900999", "user_id": "GB.NEW", "type": "user_changed_number"}
    said, moved = parse(change(messages=[message("system", from_user_id=USER.value, system=told)]))
    assert isinstance(said, Inbound)
    assert said.text == "moved"
    assert said.content == {
        "system_type": "user_changed_number",
        "new_wa_id": "447700900999",
        "new_user_id": "GB.NEW",
    }
    new = (Address(AddressKind.PHONE, "447700900999"), Address(AddressKind.USER, "GB.NEW"))
    assert moved == AddressChange(old=(PHONE, USER), new=new)


def test_older_form_of_the_new_number_is_understood() -> None:
    told = {"body": "moved", "new_wa_id": "447700900999", "type": "customer_changed_number"}
    _, moved = parse(change(messages=[message("system", system=told)]))
    assert moved == AddressChange(old=(PHONE,), new=(Address(AddressKind.PHONE, "447700900999"),))


def test_changed_identity_moves_nobody() -> None:
    told = {"type": "customer_identity_changed", "wa_id": "447700900999", "identity": "x"}
    assert len(parse(change(messages=[message("system", system=told)]))) == 1


def test_system_message_of_a_hidden_phone_belongs_to_the_new_id() -> None:
    told = {"body": "moved", "user_id": "GB.NEW", "type": "user_changed_user_id"}
    odd = message("system", system=told)
    del odd["from"]
    (said,) = parse(change(messages=[odd]))
    assert isinstance(said, Inbound)
    assert said.sender.addresses == (Address(AddressKind.USER, "GB.NEW"),)


def test_user_id_update_is_a_change_of_address() -> None:
    update = {
        "wa_id": PHONE.value,
        "user_id": {"previous": "GB.1", "current": "GB.2"},
        "parent_user_id": {"previous": "GB.ENT.1", "current": "GB.ENT.2"},
    }
    (moved,) = parse(change("user_id_update", user_id_update=[update]))
    assert isinstance(moved, AddressChange)
    assert [one.value for one in moved.old] == ["GB.1", "GB.ENT.1"]
    assert [one.value for one in moved.new] == [PHONE.value, "GB.2", "GB.ENT.2"]


def test_user_id_update_without_ids_is_damage() -> None:
    (found,) = parse(change("user_id_update", user_id_update=[{"detail": "?"}]))
    assert isinstance(found, Damaged)


# People who share their number


def hidden(*cards: Any, **parts: Any) -> list[Any]:
    """What is read of cards from a person whose number is hidden."""
    shared = message("contacts", from_user_id=USER.value, contacts=list(cards), **parts)
    del shared["from"]
    return list(parse(change(messages=[shared])))


def card(number: str = "+44 7700 900123", wa_id: str | None = PHONE.value, **parts: Any) -> dict[str, Any]:
    entry = {"phone": number, "type": "CELL"} | ({"wa_id": wa_id} if wa_id else {})
    return {"name": {"formatted_name": "Ana"}, "phones": [entry], **parts}


@pytest.mark.parametrize("place", ["message", "card"])
@pytest.mark.parametrize("wa_id", [PHONE.value, None])
def test_own_number_shared_on_request_is_told_as_message_and_as_change(place: str, wa_id: str | None) -> None:
    origin = {"origin": "contact_request"}
    found = hidden(card(wa_id=wa_id), **origin) if place == "message" else hidden(card(wa_id=wa_id, **origin))
    said, shared = found
    assert isinstance(said, Inbound)
    assert said.kind == "contacts"
    assert shared == AddressChange(old=(USER,), new=(PHONE,))


@pytest.mark.parametrize("parts", [{}, {"origin": "other"}, {"origin": ["contact_request"]}])
def test_card_that_nobody_asked_for_is_about_somebody_else(parts: dict[str, Any]) -> None:
    assert [type(one) for one in hidden(card(), **parts)] == [Inbound]
    assert [type(one) for one in hidden(card(**parts))] == [Inbound]


def test_answer_with_several_cards_or_numbers_tells_no_own_number() -> None:
    two = card() | {"phones": [{"wa_id": PHONE.value}, {"wa_id": "447700900999"}]}
    for cards in ([card(), card("447700900999", None)], [two], [card("none", None)], [{"phones": 5}], [5]):
        assert [type(one) for one in hidden(*cards, origin="contact_request")] == [Inbound]


def test_card_changes_nothing_for_a_person_whose_number_is_known_or_in_a_group() -> None:
    known = message(
        "contacts", from_user_id=USER.value, contacts=[card(wa_id="447700900999")], origin="contact_request"
    )
    assert [type(one) for one in parse(change(messages=[known]))] == [Inbound]
    assert [type(one) for one in hidden(card(), origin="contact_request", group_id="Y2FwaV9ncm91cDox")] == [Inbound]
