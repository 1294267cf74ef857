"""Events of linked devices: who wrote where, what changes a message, and what is reported. Made of real protobufs."""

from typing import Any

import pytest
from linked_protobufs import (
    ANA,
    ANA_LID,
    AT,
    CHAT,
    GROUP,
    IN_GROUP,
    LID,
    NONE,
    OWN,
    PHONE,
    Message,
    MessageKey,
    about,
    events,
    jid,
    message,
    neo,
    one,
    plain,
    source,
)

from frontdesk.channels.linked.reading import PLACEHOLDER, UNREAD, Own, read
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Called, Damaged, Inbound, Receipt, Sender, Typing

HELLO = Message(conversation="hello")
ME = {"IsFromMe": True, "Sender": jid("11112222333344", "lid", 0), "SenderAlt": NONE}
IN_TEAM = {"Chat": IN_GROUP, "IsGroup": True}
KEY = MessageKey(remoteJID="98765432101234@lid", fromMe=True, ID="3EB0TARGET")


def text(**context: Any) -> Any:
    return Message(extendedTextMessage={"text": "hi", "contextInfo": context})


# Who wrote where


@pytest.mark.parametrize(
    "place",
    [
        source(),
        source(Chat=jid(PHONE.value), Sender=ANA, SenderAlt=ANA_LID),
        source(
            Chat=jid(PHONE.value, "c.us"), Sender=jid(PHONE.value, "hosted"), SenderAlt=jid(LID.value, "hosted.lid")
        ),
    ],
)
def test_person_has_the_phone_first_and_the_hidden_id_beside_it(place: Any) -> None:
    assert one(HELLO, place).sender == Sender((PHONE, LID), "Ana")


def test_hidden_id_is_never_read_as_a_phone() -> None:
    assert one(HELLO, source(SenderAlt=NONE)).sender.addresses == (LID,)


def test_message_has_its_id_and_time() -> None:
    found = one(HELLO)
    assert (found.external_id, found.at, found.typed_on_phone, found.history) == ("3EB0AA", AT * 1_000, False, False)


@pytest.mark.parametrize(("told", "at"), [(AT * 1_000 + 7, AT * 1_000 + 7), (0, None), (-62135596800, None), (5, None)])
def test_time_is_read_in_seconds_and_milliseconds_and_must_be_sane(told: int, at: int | None) -> None:
    assert one(HELLO, Timestamp=told).at == at


def test_what_the_owner_typed_is_to_the_person_it_was_sent_to() -> None:
    found = one(HELLO, source(RecipientAlt=jid(PHONE.value), **ME), Pushname="The shop")
    assert (found.typed_on_phone, found.sender) == (True, Sender((PHONE, LID)))


def test_message_in_a_group_names_the_group_and_its_writer() -> None:
    found = one(HELLO, source(**IN_TEAM))
    assert (found.group, found.sender) == (GROUP, Sender((PHONE, LID), "Ana"))


def test_what_the_owner_typed_into_a_group_is_to_the_group() -> None:
    found = one(HELLO, source(**IN_TEAM, **ME))
    assert (found.group, found.sender, found.typed_on_phone) == (GROUP, Sender(()), True)


def test_business_without_a_profile_name_has_its_checked_name() -> None:
    given = message(HELLO, Pushname="")
    given["Info"]["VerifiedName"] = {"Details": {"verifiedName": "Acme Ltd"}}
    (found,) = read("message", given, OWN)
    assert isinstance(found, Inbound)
    assert found.sender.name == "Acme Ltd"


@pytest.mark.parametrize(
    "chat",
    [jid("status", "broadcast"), jid("1790", "broadcast"), jid("120363", "newsletter"), jid("8670", "bot"), jid("0")],
)
def test_status_posts_broadcasts_newsletters_and_what_whatsapp_itself_says_are_ignored(chat: Any) -> None:
    assert events(HELLO, source(Chat=chat)) == ()


def test_message_without_an_id_or_a_person_is_damaged() -> None:
    nobody = source(Chat=jid("x", "nowhere"), Sender=NONE, SenderAlt=NONE)
    for found in (events(HELLO, ID=""), events(HELLO, nobody)):
        assert [type(event) for event in found] == [Damaged]


def test_event_that_is_not_known_is_kept() -> None:
    (found,) = read("earthquake", {"strength": 5}, OWN)
    assert isinstance(found, Damaged)
    assert "earthquake" in found.raw


def test_what_the_library_could_not_open_is_kept_and_nothing_is_nothing() -> None:
    (found,) = read("damaged", {"code": 3, "why": "DecodeError", "raw": "AAEC"}, OWN)
    assert isinstance(found, Damaged)
    assert "AAEC" in found.raw
    assert read("nothing", {}, OWN) == ()


# Context


def test_answer_names_the_message_that_it_answers() -> None:
    quoted = {"stanzaID": "3EB0Q", "participant": "98765432101234@lid", "quotedMessage": {"conversation": "?"}}
    assert one(text(**quoted)).reply_to == "3EB0Q"


def test_mentions_are_addresses() -> None:
    found = one(text(mentionedJID=["447700900456@s.whatsapp.net", "55@lid", "nonsense", "447700900456@c.us"]))
    assert found.content == {"mentions": ["phone:447700900456", "lid:55"]}


@pytest.mark.parametrize("ours", ["351210000100@s.whatsapp.net", "11112222333344@lid", "11112222333344:7@lid"])
def test_mention_of_ours_is_told(ours: str) -> None:
    assert one(text(mentionedJID=[ours])).content["mentions_us"] is True


def test_nobody_is_us_while_our_ids_are_not_known() -> None:
    (found,) = read("message", message(text(mentionedJID=["11112222333344@lid"])), Own())
    assert isinstance(found, Inbound)
    assert "mentions_us" not in found.content


@pytest.mark.parametrize(("score", "forwarded"), [(1, True), (4, True), (5, "many"), (127, "many")])
def test_forwarded_message_says_so(score: int, forwarded: Any) -> None:
    assert one(text(isForwarded=True, forwardingScore=score)).content == {"forwarded": forwarded}


def test_message_that_vanishes_says_when() -> None:
    assert one(text(expiration=86400)).content == {"expires_after": 86400}


def test_context_of_a_picture_is_read_as_well() -> None:
    found = one(Message(imageMessage={"contextInfo": {"stanzaID": "3EB0Q", "isForwarded": True}}))
    assert (found.reply_to, found.content["forwarded"]) == ("3EB0Q", True)


def test_advertisement_that_brought_a_person_is_told() -> None:
    found = one(text(externalAdReply={"title": "Sale", "sourceURL": "https://x.example", "sourceID": "ad1"}))
    assert found.content["referral"] == {"headline": "Sale", "source_url": "https://x.example", "source_id": "ad1"}


# Edits and deletions


def edit(held: Any) -> Any:
    return Message(protocolMessage={"type": "MESSAGE_EDIT", "key": KEY, "editedMessage": held})


@pytest.mark.parametrize("wrapped", [True, False])
def test_edit_holds_the_new_text_and_names_its_message(wrapped: bool) -> None:
    held = edit(Message(conversation="better"))
    found = one(Message(editedMessage={"message": held}) if wrapped else held, Edit="1", flags={"IsEdit": not wrapped})
    assert (found.kind, found.text, found.media) == ("edit", "better", None)
    assert found.content == {"target": "3EB0TARGET", "kind": "text"}


def test_edit_of_a_caption_leaves_the_file_alone() -> None:
    file = {"directPath": "/x", "mediaKey": b"k", "caption": "better", "JPEGThumbnail": b"\xff\xd8x"}
    found = one(edit(Message(imageMessage=file)))
    assert (found.kind, found.text, found.media) == ("edit", "better", None)
    assert found.content == {"target": "3EB0TARGET", "kind": "image"}


@pytest.mark.parametrize("marked", [{"Edit": "1"}, {"flags": {"IsEdit": True}}])
def test_edit_without_a_key_changes_the_message_of_its_own_id(marked: dict[str, Any]) -> None:
    found = one(HELLO, **marked)
    assert (found.kind, found.content["target"]) == ("edit", "3EB0AA")


@pytest.mark.parametrize("held", [Message(), Message(senderKeyDistributionMessage={"groupID": "g"})])
def test_edit_into_nothing_is_nothing(held: Any) -> None:
    assert events(edit(held)) == ()


def test_edit_of_an_edit_is_one_edit() -> None:
    found = one(Message(editedMessage={"message": edit(edit(Message(conversation="best")))}))
    assert (found.kind, found.text, found.content["target"]) == ("edit", "best", "3EB0TARGET")


def test_deletion_without_a_message_is_nothing() -> None:
    assert events(Message(protocolMessage={"type": "REVOKE"})) == ()


def test_deletion_names_its_message() -> None:
    found = one(Message(protocolMessage={"type": "REVOKE", "key": KEY}), Edit="7")
    assert (found.kind, found.content) == ("revoke", {"target": "3EB0TARGET"})


@pytest.mark.parametrize("mark", ["8", ""])
def test_deletion_by_the_admin_of_a_group_says_so(mark: str) -> None:
    theirs = MessageKey(remoteJID=GROUP.value, fromMe=mark == "8", ID="3EB0TARGET", participant="55@lid")
    found = one(Message(protocolMessage={"type": "REVOKE", "key": theirs}), source(**IN_TEAM), Edit=mark)
    assert found.content == {"target": "3EB0TARGET", "by_admin": True}


# Reports


def receipt(kind: str = "READ", **place: Any) -> tuple[Any, ...]:
    made = neo.Receipt(MessageSource=source(**place), MessageIDs=["A", "B"], Timestamp=AT, Type=kind)
    return read("receipt", plain(made), OWN)


@pytest.mark.parametrize(("place", "chat"), [({}, (PHONE, LID)), (IN_TEAM, (GROUP,))])
@pytest.mark.parametrize(
    ("kind", "status"), [("DELIVERED", Status.DELIVERED), ("READ", Status.READ), ("PLAYED", Status.PLAYED)]
)
def test_receipt_speaks_of_each_message_and_names_its_chat(
    kind: str, status: Status, place: dict[str, Any], chat: tuple[Address, ...]
) -> None:
    assert receipt(kind, **place) == tuple(Receipt(name, status, AT * 1_000, chat=chat) for name in ("A", "B"))


@pytest.mark.parametrize(
    "kind", ["READ_SELF", "PLAYED_SELF", "SENDER", "RETRY", "INACTIVE", "PEER_MSG", "HISTORY_SYNC", "SERVER_ERROR"]
)
def test_receipt_about_what_came_to_us_is_ignored(kind: str) -> None:
    assert receipt(kind) == ()


def test_receipt_of_another_device_of_ours_proves_nothing() -> None:
    assert receipt("DELIVERED", **ME) == ()


def test_receipt_about_a_status_post_is_ignored() -> None:
    assert receipt("READ", Chat=jid("status", "broadcast")) == ()


@pytest.mark.parametrize("at", [AT, AT * 1_000])
def test_send_that_went_through_is_told_with_our_own_id(at: int) -> None:
    told = read("sent", {"our_id": "msg_1", "external_id": "3EB0X", "timestamp": at}, OWN)
    assert told == (Receipt("3EB0X", Status.SENT, AT * 1_000, our_id="msg_1"),)


@pytest.mark.parametrize("given", [{"our_id": "msg_1"}, {"external_id": " "}, {"external_id": {"a": 1}}])
def test_send_without_an_id_of_whatsapp_is_damaged(given: dict[str, Any]) -> None:
    assert [type(event) for event in read("sent", given, OWN)] == [Damaged]


@pytest.mark.parametrize(
    ("state", "kind", "shown"),
    [("COMPOSING", "TEXT", (True, False)), ("COMPOSING", "AUDIO", (True, True)), ("PAUSED", "TEXT", (False, False))],
)
def test_typing_is_told(state: str, kind: str, shown: tuple[bool, bool]) -> None:
    given = plain(neo.ChatPresence(MessageSource=source(**IN_TEAM), State=state, Media=kind))
    assert read("typing", given, OWN) == (Typing(Sender((PHONE, LID)), GROUP, writing=shown[0], recording=shown[1]),)


def test_our_own_typing_is_not_told() -> None:
    assert read("typing", plain(neo.ChatPresence(MessageSource=source(**ME), State="COMPOSING")), OWN) == ()


def call(**parts: Any) -> tuple[Any, ...]:
    given = {"from": CHAT, "callCreator": ANA_LID, "callCreatorAlt": ANA, "timestamp": AT, "callID": "c"} | parts
    return read("call", plain(neo.CallOffer(basicCallMeta=neo.BasicCallMeta(**given))), OWN)


def test_call_names_who_rang() -> None:
    assert call() == (Called(Sender((PHONE, LID)), AT * 1_000),)


def test_call_of_ours_or_of_a_group_opens_nothing() -> None:
    assert call(callCreator=jid("351210000100"), callCreatorAlt=NONE) == ()
    assert call(**{"from": IN_GROUP}) == ()


def test_call_of_nobody_is_damaged() -> None:
    (found,) = call(**{"from": NONE, "callCreator": NONE, "callCreatorAlt": NONE})
    assert isinstance(found, Damaged)


def unread(mode: str = "DECRYPT_FAIL_SHOW", **place: Any) -> tuple[Any, ...]:
    made = neo.UndecryptableMessage(Info=about(source(**place)), IsUnavailable=False, DecryptFailMode=mode)
    return read("undecryptable", plain(made), OWN)


def test_message_that_cannot_be_read_keeps_the_place_of_the_real_one() -> None:
    (found,) = unread()
    assert (found.external_id, found.kind, found.text) == (one(HELLO).external_id, PLACEHOLDER, UNREAD)
    assert found.sender == one(HELLO).sender


def test_nothing_stands_for_a_reaction_or_a_status_post_that_cannot_be_read() -> None:
    assert unread("DECRYPT_FAIL_HIDE") == ()
    assert unread(Chat=jid("status", "broadcast")) == ()


def test_digits_of_another_sort_are_not_ours() -> None:
    assert not OWN.has(Address(AddressKind.PHONE, "11112222333344"))
    assert not OWN.has(None)
