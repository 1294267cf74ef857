"""Coexistence: what the phone app beside us types, what it wrote before, and its address book."""

from typing import Any

from cloud_documents import CONTACT, PHONE, USER, change, message, parse

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Damaged, Event, Inbound, NameChange, Notice


def echo(kind: str = "text", **parts: Any) -> Event:
    sent = {"from": "351210000100", "to": PHONE.value, "id": "wamid.E", "type": kind, **parts}
    (found,) = parse(change("smb_message_echoes", message_echoes=[sent], contacts=[CONTACT]))
    return found


def test_echo_is_typed_on_the_phone_to_the_person() -> None:
    found = echo(text={"body": "Come at 4"}, to_user_id=USER.value)
    assert isinstance(found, Inbound)
    assert found.typed_on_phone
    assert not found.history
    assert (found.sender.addresses, found.sender.name, found.text) == ((PHONE, USER), "Ana", "Come at 4")


def test_echo_may_edit_or_take_back() -> None:
    edited = echo("edit", edit={"original_message_id": "w", "message": {"type": "text", "text": {"body": "5"}}})
    revoked = echo("revoke", revoke={"original_message_id": "w"})
    assert isinstance(edited, Inbound)
    assert isinstance(revoked, Inbound)
    assert edited.text == "5"
    assert (edited.typed_on_phone, revoked.typed_on_phone) == (True, True)
    assert revoked.content == {"target": "w"}


def past(*threads: Any, **chunk: Any) -> list[Event]:
    found = parse(change("history", history=[{"threads": list(threads), **chunk}]))
    return [event for event in found if not isinstance(event, Notice)]


def test_past_messages_know_which_side_wrote_them() -> None:
    ours = message(**{"from": "351210000100"}, text={"body": "ours"}, history_context={"status": "READ"})
    theirs = message(id="wamid.2", text={"body": "theirs"})
    found = past({"id": PHONE.value, "messages": [ours, theirs]})
    assert [type(one) for one in found] == [Inbound, Inbound]
    sides = [(one.typed_on_phone, one.history, one.sender.addresses) for one in found if isinstance(one, Inbound)]
    assert sides == [(True, True, (PHONE,)), (False, True, (PHONE,))]
    assert isinstance(found[0], Inbound)
    assert found[0].content == {"history_status": "read"}


def test_past_thread_of_a_hidden_phone_has_its_ids_and_name() -> None:
    context = {"wa_id": PHONE.value, "user_id": USER.value, "name": "Ana", "username": "@ana"}
    (found,) = past({"id": USER.value, "context": context, "messages": [message(text={"body": "x"})]})
    assert isinstance(found, Inbound)
    assert found.sender.addresses == (PHONE, USER)
    assert found.sender.name == "Ana"


def test_damaged_message_of_the_past_leaves_its_neighbours() -> None:
    found = past({"id": PHONE.value, "messages": [5, message(text={"body": "x"})]}, "junk", {"messages": "junk"})
    assert [type(event) for event in found] == [Damaged, Inbound, Damaged, Damaged]


def test_file_of_a_past_message_follows_under_the_same_field() -> None:
    late = message("image", image={"id": "901", "mime_type": "image/jpeg"})
    (found,) = parse(change("history", messages=[late]))
    assert isinstance(found, Inbound)
    assert (found.history, found.typed_on_phone) == (True, False)
    assert found.media is not None


def test_file_of_our_past_message_belongs_to_the_person_it_went_to() -> None:
    late = message("image", **{"from": "351210000100"}, to=PHONE.value, image={"id": "901"})
    (found,) = parse(change("history", messages=[late]))
    assert isinstance(found, Inbound)
    assert found.typed_on_phone
    assert found.sender.addresses == (PHONE,)


def test_progress_and_refusal_of_the_past_are_noted() -> None:
    found = parse(change("history", history=[{"metadata": {"progress": 55}}, {"errors": [{"code": 2593109}]}]))
    assert [event.content for event in found if isinstance(event, Notice)] == [
        {"progress": 55},
        {"errors": [{"code": 2593109}]},
    ]


def test_address_book_names_renames_and_removes() -> None:
    found = parse(
        change(
            "smb_app_state_sync",
            state_sync=[
                {"type": "contact", "action": "add", "contact": {"full_name": "Pia", "phone_number": "351910000001"}},
                {
                    "type": "contact",
                    "action": "remove",
                    "contact": {"full_name": "Pia", "phone_number": "351910000001"},
                },
                {"type": "contact", "action": "edit", "contact": {"first_name": "cai", "user_id": "AU.1"}},
                {"type": "contact", "action": "add", "contact": {"full_name": "nobody"}},
            ],
        )
    )
    pia = (Address(AddressKind.PHONE, "351910000001"),)
    assert found[:3] == [
        NameChange(pia, "Pia"),
        NameChange(pia, None),
        NameChange((Address(AddressKind.USER, "AU.1"),), "cai"),
    ]
    assert isinstance(found[3], Damaged)
