"""Webhook bodies that the samples do not hold: odd shapes, coexistence, identity, damage."""

import json
from typing import Any

import orjson
import pytest

from frontdesk.channels.base import NotADocument
from frontdesk.channels.cloud import CloudChannel
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import AddressChange, Damaged, Delivery, Event, Inbound, NameChange, Notice, Receipt

channel = CloudChannel()
PHONE = Address(AddressKind.PHONE, "447700900123")
USER = Address(AddressKind.USER, "GB.5520918837410026")
METADATA = {"display_phone_number": "351210000100", "phone_number_id": "330000000000451"}
CONTACT = {"profile": {"name": "Ana"}, "wa_id": PHONE.value, "user_id": USER.value}


def document(*changes: Any) -> dict[str, Any]:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "210000000000017", "changes": list(changes)}],
    }


def change(field: str = "messages", **value: Any) -> dict[str, Any]:
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": METADATA, **value}}


def message(kind: Any = "text", **parts: Any) -> dict[str, Any]:
    return {"from": PHONE.value, "id": "wamid.1", "timestamp": "1790000037", "type": kind, **parts}


def parse(*changes: Any) -> list[Event]:
    deliveries = channel.parse(orjson.dumps(document(*changes)))
    return [event for delivery in deliveries for event in delivery.events]


def read(kind: Any = "text", *, contacts: Any = (), **parts: Any) -> Inbound:
    (event,) = parse(change(contacts=list(contacts), messages=[message(kind, **parts)]))
    assert isinstance(event, Inbound)
    return event


def notice(field: str, **value: Any) -> Notice:
    (event,) = parse({"field": field, "value": value})
    assert isinstance(event, Notice)
    return event


# The document as a whole


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b'{"a":NaN}', b'{"a":Infinity}', b"\x00", b"[" * 100_000, b'{"a":' * 50_000]
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    with pytest.raises(NotADocument):
        channel.parse(body)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"5", b'"text"', b"null", b'{"object":"page","entry":[{"id":"1"}]}'])
def test_a_document_of_another_kind_holds_nothing(body: bytes) -> None:
    assert channel.parse(body) == ()


def test_escape_of_a_lone_surrogate_does_not_lose_the_body() -> None:
    body = json.dumps(document(change(messages=[message(text={"body": "a\ud800b\0c"})]))).encode()
    ((event,),) = [delivery.events for delivery in channel.parse(body)]
    assert isinstance(event, Inbound)
    assert event.text == "a\ufffdb␀c"


def test_broken_utf8_in_one_text_does_not_lose_the_body() -> None:
    body = orjson.dumps(document(change(messages=[message(text={"body": "caf#"})]))).replace(b"#", b"\xe9")
    ((event,),) = [delivery.events for delivery in channel.parse(body)]
    assert isinstance(event, Inbound)
    assert event.text == "caf\ufffd"


def test_byte_order_mark_is_no_damage() -> None:
    body = b"\xef\xbb\xbf" + orjson.dumps(document(change(messages=[message(text={"body": "hi"})])))
    assert len(channel.parse(body)) == 1


def test_number_of_a_thousand_digits_is_no_damage() -> None:
    body = orjson.dumps(document(change(messages=[message(text={"body": "hi"}, odd=777)])))
    ((event,),) = [delivery.events for delivery in channel.parse(body.replace(b"777", b"7" * 5000))]
    assert isinstance(event, Inbound)


def test_object_named_inside_the_entry_is_understood() -> None:
    whole = document(change(messages=[message(text={"body": "hi"})]))
    whole["entry"][0]["object"] = whole.pop("object")
    assert len(channel.parse(orjson.dumps(whole))) == 1


def test_change_without_a_field_is_read_by_what_it_holds() -> None:
    odd = change(messages=[message(text={"body": "hi"})])
    del odd["field"]
    assert isinstance(parse(odd)[0], Inbound)


def test_every_entry_and_change_is_read_and_keeps_its_line() -> None:
    whole = document(change(messages=[message(id="a")]), change(messages=[message(id="b")]))
    other = {"display_phone_number": "442079460100", "phone_number_id": 330000000000452}
    whole["entry"].append({"id": "2", "changes": [change(messages=[message(id="c")], metadata=other)]})
    found = channel.parse(orjson.dumps(whole))
    assert [delivery.line_ref for delivery in found] == ["330000000000451", "330000000000451", "330000000000452"]


@pytest.mark.parametrize("odd", ["junk", 5, {"a": 1}, True])
def test_odd_entry_change_value_and_list_are_kept_as_damage(odd: Any) -> None:
    whole = document(odd, {"field": "messages", "value": odd if not isinstance(odd, dict) else [1]})
    whole["entry"].append(odd if not isinstance(odd, dict) else {"changes": "x"})
    whole["entry"].append({"id": "1", "changes": [change(messages=odd, statuses=odd, errors=odd)]})
    good = change(messages=[message(text={"body": "still here"})])
    whole["entry"].append({"id": "1", "changes": [good]})
    found = [event for delivery in channel.parse(orjson.dumps(whole)) for event in delivery.events]
    assert [type(event) for event in found] == [Damaged] * 6 + [Inbound]


def test_entries_that_are_no_list_are_kept_as_damage() -> None:
    body = b'{"object":"whatsapp_business_account","entry":{"id":"1"}}'
    assert channel.parse(body) == (Delivery(None, (Damaged("“entry” is not a list.", '{"id":"1"}'),)),)


def test_messages_without_metadata_name_no_line() -> None:
    lost = change(messages=[message(text={"body": "hi"})])
    del lost["value"]["metadata"]
    (delivery,) = channel.parse(orjson.dumps(document(lost)))
    assert delivery.line_ref is None
    assert len(delivery.events) == 1


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


# What


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ("1790000037", 1_790_000_037_000),
        (1790000037, 1_790_000_037_000),
        ("1790000037000", None),
        ("1000000000", None),
        (4102444801, None),
        (-5, None),
        ("-5", None),
        ("", None),
        ("soon", None),
        (True, None),
        (1.5, None),
        (None, None),
        ([], None),
        ("١٧٩٠٠٠٠٠٣٧", None),
    ],
)
def test_time_is_taken_only_when_it_is_sane(sent: Any, at: int | None) -> None:
    assert read(timestamp=sent).at == at


@pytest.mark.parametrize("external_id", [None, "", "  ", 5, [], {}, "x" * 513])
def test_message_without_a_usable_id_is_damage(external_id: Any) -> None:
    (found,) = parse(change(messages=[message(id=external_id)]))
    assert isinstance(found, Damaged)


@pytest.mark.parametrize("kind", [None, 5, {"a": 1}, "", "Hologram 3", "x" * 41, "köder"])
def test_odd_kind_becomes_unknown_and_keeps_its_raw_form(kind: Any) -> None:
    found = read(kind)
    assert found.kind == "unknown"
    assert found.content["raw"]["type"] == kind


def test_new_kind_keeps_its_word_and_its_raw_form() -> None:
    found = read("hologram", hologram={"id": "h1"})
    assert (found.kind, found.text, found.content["raw"]["hologram"]) == ("hologram", None, {"id": "h1"})


@pytest.mark.parametrize("text", [None, "hi", 5, [], {"body": 5}, {"body": None}, {}])
def test_text_of_an_odd_type_is_kept_raw(text: Any) -> None:
    found = read(text=text)
    assert found.text is None
    assert found.content["raw"]["text"] == text


def test_deep_nesting_in_kept_content_is_cut_and_stays_writable() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    body = json.dumps(document(change(messages=[message("hologram", hologram=deep)]))).encode()
    ((event,),) = [delivery.events for delivery in channel.parse(body)]
    assert isinstance(event, Inbound)
    assert "…" in orjson.dumps(event.content).decode()


def test_media_reference_holds_what_was_told() -> None:
    part = {
        "id": "901",
        "mime_type": "audio/ogg; codecs=opus",
        "sha256": "abc=",
        "voice": True,
        "url": "https://x.test",
    }
    found = read("audio", audio=part)
    assert found.media is not None
    assert (found.media.remote_id, found.media.mime, found.media.voice) == ("901", "audio/ogg; codecs=opus", True)
    assert (found.media.sha256, found.media.url, found.text) == ("abc=", "https://x.test", None)


@pytest.mark.parametrize("part", [None, "x", {}, {"id": None, "caption": "look"}, {"id": ["901"], "caption": "look"}])
def test_media_without_a_usable_id_is_still_a_message(part: Any) -> None:
    found = read("image", image=part)
    assert found.media is None
    assert found.content["raw"]["image"] == part
    assert found.text == (part.get("caption") if isinstance(part, dict) else None)


@pytest.mark.parametrize(
    ("context", "reply_to", "forwarded"),
    [
        ({"forwarded": True}, None, True),
        ({"frequently_forwarded": True}, None, "many"),
        ({"from": "351210000100", "id": "wamid.9"}, "wamid.9", None),
        ({"id": 5}, None, None),
        ("junk", None, None),
        (None, None, None),
    ],
)
def test_context_is_a_reply_or_a_forwarding(context: Any, reply_to: str | None, forwarded: Any) -> None:
    found = read(context=context, text={"body": "x"})
    assert found.reply_to == reply_to
    assert found.content.get("forwarded") == forwarded


def test_product_and_advertisement_are_kept_beside_any_kind() -> None:
    product = {"catalog_id": "1", "product_retailer_id": "sku"}
    found = read(
        "image", image={"id": "9"}, context={"id": "w", "referred_product": product}, referral={"source_id": "7"}
    )
    assert found.content == {"product": product, "referral": {"source_id": "7"}}


def test_location_has_all_its_keys() -> None:
    found = read("location", location={"latitude": 1.5, "longitude": -2})
    assert found.content == {"latitude": 1.5, "longitude": -2, "name": None, "address": None, "url": None}


@pytest.mark.parametrize("part", [None, {"latitude": "1", "longitude": True}, {"latitude": 1}])
def test_odd_location_is_kept_raw(part: Any) -> None:
    assert "raw" in read("location", location=part).content


def test_list_reply_has_id_title_and_description() -> None:
    reply = {"id": "svc_3", "title": "Hygiene", "description": "40 min"}
    found = read("interactive", interactive={"type": "list_reply", "list_reply": reply})
    assert (found.text, found.content) == (
        "Hygiene",
        {"reply_id": "svc_3", "title": "Hygiene", "description": "40 min"},
    )


def test_form_answers_are_read_out_of_their_text() -> None:
    form = {"name": "flow", "body": "Sent", "response_json": '{"flow_token":"t","date":"2026-12-01"}'}
    found = read("interactive", interactive={"type": "nfm_reply", "nfm_reply": form})
    assert found.content["flow"] == "flow"
    assert found.content["flow_token"] == "t"
    assert found.content["response"] == {"flow_token": "t", "date": "2026-12-01"}


@pytest.mark.parametrize(
    ("sent", "response"), [("{broken", {"text": "{broken"}), ("[1]", {"value": [1]}), (None, {"value": None})]
)
def test_form_answers_of_an_odd_shape_are_kept(sent: Any, response: Any) -> None:
    form = {"name": "flow", "response_json": sent}
    found = read("interactive", interactive={"type": "nfm_reply", "nfm_reply": form})
    assert found.content["response"] == response


def test_interactive_without_its_object_is_kept_raw_with_the_error() -> None:
    found = read("interactive", errors=[{"code": 131000, "title": "Something", "error_data": {"details": "Odd"}}])
    assert found.content["error_code"] == 131000
    assert found.content["error"] == "Odd"
    assert "raw" in found.content


def test_call_permission_is_kept() -> None:
    answer = {"response": "accept", "response_source": "user_action"}
    found = read("interactive", interactive={"type": "call_permission_reply", "call_permission_reply": answer})
    assert found.content == {"call_permission": answer}


def test_reaction_with_an_empty_emoji_takes_it_back() -> None:
    found = read("reaction", reaction={"message_id": "wamid.9", "emoji": ""})
    assert (found.text, found.content) == (None, {"emoji": None, "target": "wamid.9"})


def test_order_holds_its_items() -> None:
    items = [{"product_retailer_id": "sku-1", "quantity": 2, "item_price": 7.99, "currency": "AUD"}]
    found = read("order", order={"catalog_id": "19", "text": "no nuts", "product_items": items})
    assert (found.text, found.content) == ("no nuts", {"catalog_id": "19", "items": items})


def test_edit_brings_the_new_text_and_names_the_old_message() -> None:
    inner = {"type": "text", "text": {"body": "three people"}}
    found = read("edit", edit={"original_message_id": "wamid.0", "message": inner})
    assert (found.text, found.content) == ("three people", {"target": "wamid.0", "kind": "text"})


def test_edit_inside_an_edit_is_kept_raw() -> None:
    found = read("edit", edit={"original_message_id": "w", "message": {"type": "edit", "edit": {}}})
    assert found.content["kind"] == "edit"
    assert "raw" in found.content


def test_revoke_names_the_message_taken_back() -> None:
    assert read("revoke", revoke={"original_message_id": "wamid.0"}).content == {"target": "wamid.0"}


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


# Statuses


def status(word: Any = "delivered", **parts: Any) -> list[Event]:
    return parse(change(statuses=[{"id": "wamid.OUT", "status": word, "timestamp": "1790000037", **parts}]))


def test_status_gives_our_id_back() -> None:
    assert status(biz_opaque_callback_data="msg_1") == [
        Receipt("wamid.OUT", Status.DELIVERED, 1_790_000_037_000, "msg_1")
    ]


@pytest.mark.parametrize("ours", [5, "", None, "x" * 513])
def test_what_cannot_be_our_id_is_none(ours: Any) -> None:
    (found,) = status(biz_opaque_callback_data=ours)
    assert isinstance(found, Receipt)
    assert found.our_id is None


def test_failure_says_why_in_words_and_as_code() -> None:
    errors = [{"code": 131047, "error_data": {"details": "More than 24 hours."}}]
    (found,) = status("failed", errors=errors)
    assert isinstance(found, Receipt)
    assert (found.error_code, found.stops_line) == ("131047", False)
    assert found.error is not None
    assert "template" in found.error
    assert "More than 24 hours." in found.error


@pytest.mark.parametrize("errors", [None, [], "x", [5], [{}], [{"code": []}]])
def test_failure_without_a_reason_still_has_a_sentence(errors: Any) -> None:
    (found,) = status("failed", errors=errors)
    assert isinstance(found, Receipt)
    assert found.error_code is None
    assert found.error


@pytest.mark.parametrize(("code", "stops"), [(190, True), (131031, True), (131045, True), (131056, False), (7, False)])
def test_failure_stops_the_line_only_by_some_codes(code: int, stops: bool) -> None:
    (found,) = status("failed", errors=[{"code": code}])
    assert isinstance(found, Receipt)
    assert found.stops_line is stops


@pytest.mark.parametrize("word", ["deleted", "warning"])
def test_old_words_of_status_are_noted_only(word: str) -> None:
    (found,) = status(word)
    assert isinstance(found, Notice)
    assert found.alert is None


def test_status_of_a_payment_is_noted_only() -> None:
    (found,) = status("captured", type="payment", payment={"reference_id": "7"})
    assert isinstance(found, Notice)


@pytest.mark.parametrize("word", ["beamed", "", None, 5, [], {}])
def test_unknown_word_of_status_is_damage(word: Any) -> None:
    (found,) = status(word)
    assert isinstance(found, Damaged)


def test_messages_statuses_and_errors_of_one_value_are_all_read() -> None:
    found = parse(
        change(
            messages=[message(text={"body": "x"})],
            statuses=[{"id": "w", "status": "sent"}],
            errors=[{"code": 130429, "title": "Rate limit hit"}],
        )
    )
    assert [type(event) for event in found] == [Inbound, Receipt, Notice]


# The phone app beside us


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


# What concerns the line


@pytest.mark.parametrize(
    ("field", "value", "said", "severe"),
    [
        ("message_template_status_update", {"event": "REJECTED", "reason": "INVALID_FORMAT"}, "INVALID_FORMAT", False),
        ("message_template_status_update", {"event": "PAUSED"}, "paused", False),
        ("message_template_status_update", {"event": "DISABLED"}, "disabled", False),
        ("message_template_quality_update", {"new_quality_score": "RED"}, "low", False),
        ("a_wrong_field", {"new_quality_score": "RED", "message_template_name": "a"}, "low", False),
        ("template_category_update", {"new_category": "MARKETING"}, "price", False),
        ("phone_number_quality_update", {"event": "DOWNGRADE", "current_limit": "TIER_250"}, "TIER_250", False),
        ("phone_number_quality_update", {"event": "FLAGGED"}, "low", False),
        ("phone_number_name_update", {"decision": "REJECTED", "requested_verified_name": "Acme"}, "Acme", False),
        (
            "account_update",
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}},
            "SPAM",
            False,
        ),
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
            "has disabled",
            True,
        ),
        (
            "account_update",
            {
                "event": "DISABLED_UPDATE",
                "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "1 May"},
            },
            "1 May",
            False,
        ),
        (
            "account_update",
            {"event": "PARTNER_REMOVED", "disconnection_info": {"reason": "PRIMARY_INACTIVITY"}},
            "PRIMARY_INACTIVITY",
            True,
        ),
        ("account_update", {"event": "ACCOUNT_DELETED"}, "deleted", True),
        (
            "account_update",
            {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_ALL"}, 5]},
            "RESTRICTED_ALL",
            False,
        ),
        ("account_review_update", {"decision": "REJECTED"}, "refusal", False),
        (
            "account_alerts",
            {"alert_info": {"alert_severity": "CRITICAL", "alert_description": "Verify now"}},
            "Verify now",
            False,
        ),
        ("security", {"event": "PIN_CHANGED"}, "PIN", False),
    ],
)
def test_trouble_with_the_account_asks_for_attention(field: str, value: Any, said: str, severe: bool) -> None:
    found = notice(field, **value)
    assert found.alert is not None
    assert said in found.alert
    assert found.alert.endswith(".")
    assert found.severe is severe
    assert found.content["waba_id"] == "210000000000017"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", {"event": "APPROVED"}),
        ("message_template_status_update", {"event": ["PAUSED"]}),
        ("message_template_quality_update", {"new_quality_score": "GREEN"}),
        ("template_category_update", {"new_category": "UTILITY"}),
        ("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"}),
        ("phone_number_name_update", {"decision": "APPROVED"}),
        ("account_update", {"event": "ACCOUNT_RECONNECTED"}),
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}),
        ("account_update", {"event": None}),
        ("account_review_update", {"decision": "APPROVED"}),
        ("account_alerts", {"alert_severity": "INFORMATIONAL", "alert_type": "OBA_APPROVED"}),
        ("security", {"event": "other"}),
        ("business_capability_update", {"max_daily_conversation_per_phone": 1000}),
        ("teleport_events", {"anything": [1, 2, {"x": None}]}),
    ],
)
def test_news_without_trouble_are_noted_only(field: str, value: Any) -> None:
    found = notice(field, **value)
    assert found.alert is None
    assert found.field == field


def test_wish_for_no_marketing_is_noted_without_alarm() -> None:
    wish = {"wa_id": PHONE.value, "category": "marketing_messages", "value": "stop", "timestamp": 1790004000}
    (found,) = parse(change("user_preferences", user_preferences=[wish]))
    assert found == Notice("user_preferences", wish | {"waba_id": "210000000000017"})


def test_calls_and_groups_are_noted_one_by_one() -> None:
    calls = change("calls", calls=[{"id": "c1", "session": {"sdp": "secret"}}], statuses=[{"id": "c2", "type": "call"}])
    groups = change("group_settings_update", groups=[{"group_id": "g"}, 5])
    found = parse(calls, groups)
    assert [type(event) for event in found] == [Notice, Notice, Notice, Damaged]
    assert isinstance(found[0], Notice)
    assert found[0].content == {"id": "c1", "waba_id": "210000000000017"}


def test_error_of_the_account_is_told_with_its_code() -> None:
    (found,) = parse(change(errors=[{"code": 131031, "title": "Locked", "error_data": {"details": "Ask support"}}]))
    assert isinstance(found, Notice)
    assert (found.field, found.content["code"], found.severe) == ("errors", 131031, True)
    assert found.alert is not None
    assert "131031" in found.alert
    assert "Ask support" in found.alert
