"""What bridges tell, in the shapes that they have in the wild, as values of the house."""

from typing import Any

import orjson
import pytest

from frontdesk.channels.bridge import protocol
from frontdesk.channels.bridge.protocol import Answer, Garbage, Told
from frontdesk.channels.bridge.reading import read
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Damaged, GroupChange, Inbound, NameChange, Receipt, Typing

ANA = Address(AddressKind.PHONE, "85290511427")
LID = Address(AddressKind.LID, "123456789012345")
GROUP = Address(AddressKind.GROUP, "120363041234567890@g.us")


def tell(event: str = "new_message", **given: Any) -> Any:
    """The only value behind an event."""
    [one] = read(Told(event, given, at=1_759_570_000_000))
    return one


def message(**given: Any) -> Inbound:
    """The message behind an event, in the shape of the documents."""
    plain = {
        "id": "message_id_here",
        "chatId": "85290511427@c.us",
        "body": "Message text",
        "timestamp": 1234567890,
        "fromMe": False,
        "hasMedia": False,
        "type": "chat",
    }
    one = tell(**{**plain, **given})
    assert isinstance(one, Inbound)
    return one


def test_a_plain_message() -> None:
    one = message()
    assert (one.external_id, one.kind, one.text, one.at) == (
        "message_id_here",
        "text",
        "Message text",
        1_234_567_890_000,
    )
    assert (one.sender.addresses, one.group, one.typed_on_phone) == ((ANA,), None, False)


def test_a_file_behind_the_word_chat_is_told_by_its_type() -> None:
    one = message(hasMedia=True, mediaPath="./downloads/1_c_us.jpg", mediaFilename="1_c_us.jpg", mimeType="image/jpeg")
    assert one.kind == "image"
    assert one.media is not None
    assert (orjson.loads(one.media.remote_id), one.media.mime) == ({"path": "./downloads/1_c_us.jpg"}, "image/jpeg")


@pytest.mark.parametrize(
    ("told", "mime", "kind", "voice"),
    [
        ("ptt", "audio/ogg; codecs=opus", "audio", True),
        ("audio", "audio/mpeg", "audio", False),
        ("sticker", "image/webp", "sticker", False),
        ("document", "image/png", "document", False),
        ("chat", "application/pdf", "document", False),
        ("", "video/mp4", "video", False),
    ],
)
def test_the_kinds_of_files(told: str, mime: str, kind: str, voice: bool) -> None:
    one = message(type=told, hasMedia=True, mediaPath="a", mimeType=mime)
    assert one.media is not None
    assert (one.kind, one.media.voice) == (kind, voice)


def test_a_file_that_was_not_handed_over_is_still_seen() -> None:
    assert message(type="image", hasMedia=True).media is not None


def test_in_a_group_the_author_wrote_and_the_name_of_the_group_is_known() -> None:
    given = {"id": "1", "chatId": GROUP.value, "author": "85290511427:12@s.whatsapp.net", "body": "Hi"}
    named, one = read(Told("new_message", {**given, "groupName": "Family"}))
    assert named == GroupChange(GROUP, "Family")
    assert isinstance(one, Inbound)
    assert (one.group, one.sender.addresses) == (GROUP, (ANA,))


def test_both_addresses_of_a_person_are_taken_the_phone_first() -> None:
    one = message(chatId=f"{LID.value}@lid", senderAlt="85290511427@s.whatsapp.net")
    assert one.sender.addresses == (ANA, LID)


def test_what_the_owner_typed_went_to_the_chat() -> None:
    one = message(fromMe=True, chatId=None, **{"from": "351210000100@c.us", "to": "85290511427@c.us"})
    assert (one.typed_on_phone, one.sender.addresses) == (True, (ANA,))
    assert message(fromMe=True, chatId=GROUP.value).sender.addresses == ()


def test_ids_that_are_objects_of_the_library_are_read() -> None:
    one = message(id={"_serialized": "false_1", "id": "1"}, quotedMessageId={"_serialized": "true_2"})
    assert (one.external_id, one.reply_to) == ("false_1", "true_2")


def test_a_place_and_cards() -> None:
    place = message(type="location", body="", location={"latitude": 38.7, "longitude": -9.1, "name": "Here"})
    assert (place.kind, place.content["latitude"], place.content["name"]) == ("location", 38.7, "Here")
    card = message(type="vcard", body="", vCards=["BEGIN:VCARD\nFN:Bo\nEND:VCARD"])
    assert (card.kind, card.content["contacts"][0]["name"]) == ("contacts", "Bo")


@pytest.mark.parametrize("chat", ["status@broadcast", "1@newsletter", "0@c.us"])
def test_what_is_no_chat_of_the_desk_is_left_out(chat: str) -> None:
    assert read(Told("new_message", {"id": "1", "chatId": chat, "body": "x"})) == ()


@pytest.mark.parametrize("kind", ["e2e_notification", "ciphertext", "gp2", "protocol"])
def test_notices_of_the_library_are_left_out(kind: str) -> None:
    assert read(Told("new_message", {"id": "1", "chatId": "85290511427@c.us", "type": kind})) == ()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"id": "1"},
        {"chatId": "85290511427@c.us"},
        {"id": "1", "chatId": "nobody"},
        {"id": [], "chatId": {}},
        {"id": "1", "chatId": GROUP.value, "body": "no author"},
        {"value": "a text"},
    ],
)
def test_a_message_that_says_too_little_is_damaged(given: dict[str, Any]) -> None:
    assert isinstance(tell(**given), Damaged)


def test_an_event_that_nobody_knows_is_damaged_and_does_not_hold_a_file() -> None:
    one = tell("dance", media="A" * 100_000)
    assert isinstance(one, Damaged)
    assert len(one.raw) < 200


@pytest.mark.parametrize(
    ("ack", "status"),
    [(1, "sent"), (2, "delivered"), (3, "read"), (4, "played"), (-1, "failed"), ("READ", "read"), ("played", "played")],
)
def test_reports_about_ours(ack: Any, status: str) -> None:
    one = tell("message_ack", id="true_1", chatId="85290511427@c.us", ack=ack)
    assert isinstance(one, Receipt)
    assert (one.external_id, one.status, one.chat) == ("true_1", Status(status), (ANA,))
    assert (one.error is not None) == (status == "failed")


def test_a_report_that_says_nothing_new_is_left_out() -> None:
    for ack in (0, None, "pending", [1], True):
        assert read(Told("message_ack", {"id": "1", "ack": ack})) == ()
    assert tell("message_sent", id="1", chatId="85290511427@c.us").status is Status.SENT


def test_changes_of_messages() -> None:
    about = {"messageId": "false_1", "chatId": "85290511427@c.us"}
    revoked, edited = tell("message_revoked", **about), tell("message_edited", **about, body="new")
    reacted = tell("message_reaction", **about, emoji="👍")
    assert [(one.kind, one.text, one.content["target"]) for one in (revoked, edited, reacted)] == [
        ("revoke", None, "false_1"),
        ("edit", "new", "false_1"),
        ("reaction", "👍", "false_1"),
    ]
    assert len({one.external_id for one in (revoked, edited, reacted)}) == 3


def test_typing_and_names() -> None:
    assert isinstance(tell("typing", chatId="85290511427@c.us", writing=True), Typing)
    assert tell("chat", id="85290511427@c.us", name="Ana") == NameChange((ANA,), "Ana")
    assert tell("chat", id=GROUP.value, name="Family") == GroupChange(GROUP, "Family")


NASTY: tuple[Any, ...] = (None, True, -1, 1e308, "", "\ud800", "x" * 5000, [], [[]], {}, {"id": {"id": {}}}, ["a", 1])


@pytest.mark.parametrize(
    "event", ["new_message", "message_ack", "message_edited", "message_reaction", "typing", "chat"]
)
@pytest.mark.parametrize("field", ["id", "chatId", "body", "timestamp", "type", "author", "ack", "location", "vCards"])
def test_whatever_stands_there_nothing_breaks(event: str, field: str) -> None:
    for value in NASTY:
        plain = {"id": "1", "chatId": GROUP.value, "author": "85290511427@c.us", "type": "location", "ack": 1}
        for one in read(Told(event, {**plain, field: value, "hasMedia": value, "mediaPath": value})):
            assert not isinstance(one, Damaged) or one.reason


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id":"cmd_1","success":true,"messageId":"m1"}', Answer("cmd_1", True, {"messageId": "m1"})),
        (b'{"id":"cmd_1","success":true,"data":["a"]}', Answer("cmd_1", True, {"result": ["a"]})),
        (b'{"id":1,"success":false,"error":"No.","code":"x"}', Answer("1", False, {}, "No.", "x")),
        (b'{"event":"qr_code","data":"2@abc"}', Told("qr_code", {"value": "2@abc"})),
        (b'{"event":"log","data":{"a":"\\ud83d"}}', Told("log", {"a": "\ud83d"})),
    ],
)
def test_lines_in_the_shapes_that_bridges_use(line: bytes, said: Any) -> None:
    assert protocol.read(line) == said


@pytest.mark.parametrize("line", [b"[" * 100_000, b"{", b"7", b"\xff", b"{}"])
def test_what_is_no_line_of_a_bridge_is_garbage(line: bytes) -> None:
    assert isinstance(protocol.read(line), Garbage)
