"""Webhook bodies that the samples do not hold: the document as a whole, and what a message of any kind says."""

import json
from typing import Any

import orjson
import pytest
from cloud_documents import change, channel, document, message, parse, read

from frontdesk.channels.base import NotADocument
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Damaged, Delivery, Inbound

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


@pytest.mark.parametrize("named", [{}, {"object": None}])
def test_body_that_names_no_object_is_taken_for_what_its_entries_hold(named: dict[str, Any]) -> None:
    whole = document(change(messages=[message(text={"body": "hi"})]))
    del whole["object"]
    ((event,),) = [delivery.events for delivery in channel.parse(orjson.dumps(whole | named))]
    assert isinstance(event, Inbound)
    assert event.text == "hi"


@pytest.mark.parametrize("entry", [{"id": "1"}, "odd", 5])
def test_entries_that_are_no_list_are_kept_also_where_the_object_is_not_named(entry: Any) -> None:
    ((event,),) = [delivery.events for delivery in channel.parse(orjson.dumps({"entry": entry}))]
    assert isinstance(event, Damaged)


def test_entry_that_names_another_object_holds_nothing() -> None:
    whole = document(change(messages=[message(text={"body": "hi"})]))
    del whole["object"]
    whole["entry"][0]["object"] = "instagram"
    assert channel.parse(orjson.dumps(whole)) == ()


@pytest.mark.parametrize("group_id", ["Y2FwaV9ncm91cDoxMjM=", "Y2Fw+/aQ==", "120363@g.us"])
def test_group_id_is_kept_as_it_is(group_id: str) -> None:
    assert read(text={"body": "hi"}, group_id=group_id).group == Address(AddressKind.GROUP, group_id)


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
