"""Groups of linked devices and the past that the phone hands over. Made of real protobufs."""

from typing import Any

import pytest
from linked_protobufs import ANA, ANA_LID, AT, GROUP, IN_GROUP, LID, NONE, OWN, PHONE, Message, jid, neo, past, plain

from frontdesk.channels.linked.reading import read
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Damaged, GroupChange, Inbound, Member, Sender

BEN = Address(AddressKind.PHONE, "447700900456")
WE = jid("11112222333344", "lid")


def group(**parts: Any) -> dict[str, Any]:
    return plain(neo.GroupInfo(JID=IN_GROUP, GroupName=neo.GroupName(Name="Team"), **parts))


def member(first: Any, lid: Any, number: Any, **parts: Any) -> Any:
    return neo.GroupParticipant(JID=first, LID=lid, PhoneNumber=number, **parts)


@pytest.mark.parametrize("wrapped", [True, False])
def test_group_is_told_with_its_name_and_members(wrapped: bool) -> None:
    told = [
        member(jid(LID.value, "lid"), jid(LID.value, "lid"), jid(PHONE.value), IsAdmin=True, DisplayName="Ana"),
        member(jid(BEN.value), NONE, NONE),
        member(NONE, NONE, NONE),
    ]
    given = group(Participants=told)
    members = (Member((PHONE, LID), "Ana", admin=True), Member((BEN,)))
    assert read("group_info", {"GroupInfo": given} if wrapped else given, OWN) == (GroupChange(GROUP, "Team", members),)


def test_members_that_are_not_told_stay_as_they_were() -> None:
    assert read("group_info", group(), OWN) == (GroupChange(GROUP, "Team", None),)


def change(**parts: Any) -> tuple[Any, ...]:
    given = {"JID": IN_GROUP, "Sender": jid(PHONE.value), "Timestamp": AT} | parts
    return read("group_change", plain(neo.GroupInfoEvent(**given)), OWN)


def test_new_name_of_a_group_is_told_and_said() -> None:
    changed, said = change(Name=neo.GroupName(Name="Crew"))
    assert changed == GroupChange(GROUP, "Crew")
    assert (said.kind, said.text) == ("system", "+447700900123 changed the name of the group to “Crew”.")
    assert (said.group, said.sender, said.at) == (GROUP, Sender((PHONE,)), AT * 1_000)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"Join": [jid(BEN.value)]}, "+447700900123 added +447700900456."),
        ({"Join": [jid(PHONE.value)]}, "+447700900123 joined."),
        ({"Join": [jid(BEN.value)], "JoinReason": "invite"}, "+447700900456 joined."),
        ({"Join": [jid("55", "lid"), jid(BEN.value)]}, "+447700900123 added Somebody and +447700900456."),
        ({"Leave": [jid(BEN.value)]}, "+447700900123 removed +447700900456."),
        ({"Leave": [jid(PHONE.value)]}, "+447700900123 left."),
        ({"Join": [WE]}, "+447700900123 added this line."),
        ({"Join": [jid(f"44770090{i:04}") for i in range(5)], "Sender": WE},
         "This line added +447700900000, +447700900001, +447700900002 and 2 others."),
        ({"Topic": neo.GroupTopic(Topic="Rules")}, "+447700900123 changed the description of the group."),
        ({"Ephemeral": neo.GroupEphemeral(IsEphemeral=True, DisappearingTimer=86400)},
         "New messages disappear after 1 day."),
    ],
)  # fmt: skip
def test_what_happens_in_a_group_is_said_in_a_sentence(parts: dict[str, Any], sentence: str) -> None:
    (said,) = change(**parts)
    assert isinstance(said, Inbound)
    assert (said.kind, said.text, said.typed_on_phone) == ("system", sentence, False)


@pytest.mark.parametrize("parts", [{"Leave": [WE]}, {"Delete": neo.GroupDelete(Deleted=True, DeletedReason="")}])
def test_group_that_we_are_in_no_more_is_told(parts: dict[str, Any]) -> None:
    assert change(**parts)[0] == GroupChange(GROUP, left=True)


def test_change_that_is_told_twice_is_one() -> None:
    once, again = change(Join=[jid(BEN.value)]), change(Join=[jid(BEN.value)])
    other = change(Join=[jid(BEN.value)], Timestamp=AT + 1)
    assert once[0].external_id == again[0].external_id != other[0].external_id


def test_change_of_settings_that_nobody_asks_about_says_nothing() -> None:
    assert change(Locked=neo.GroupLocked(isLocked=True), Promote=[jid(BEN.value)]) == ()


@pytest.mark.parametrize("event", ["group_info", "group_change"])
def test_group_without_an_id_is_damaged(event: str) -> None:
    (found,) = read(event, {"JID": plain(ANA)}, OWN)
    assert isinstance(found, Damaged)


# The past


def old(name: str, at: int, *, chat: str = "98765432101234@lid", from_me: bool = False, **parts: Any) -> Any:
    key = {"remoteJID": chat, "fromMe": from_me, "ID": name}
    given = {"key": key, "messageTimestamp": at, "message": Message(conversation=name)} | parts
    return past.HistorySyncMsg(message=given)


def history(*messages: Any, names: dict[str, str] | None = None, **parts: Any) -> list[Any]:
    told = past.Conversation(**({"ID": "98765432101234@lid", "messages": messages} | parts))
    pushnames = [{"ID": who, "pushname": name} for who, name in (names or {}).items()]
    return list(read("history", {"conversation": plain(told), "pushnames": pushnames}, OWN))


def test_past_comes_in_the_order_of_time_and_both_ways() -> None:
    found = history(old("third", AT + 2), old("first", AT), old("second", AT + 1, from_me=True))
    assert [event.text for event in found] == ["first", "second", "third"]
    assert [event.typed_on_phone for event in found] == [False, True, False]
    assert all(event.history for event in found)


def test_person_of_the_past_has_every_address_and_the_own_name() -> None:
    parts: dict[str, Any] = {"pnJID": f"{PHONE.value}@s.whatsapp.net", "name": "Ana (work)"}
    (found,) = history(old("a", AT), names={f"{PHONE.value}@s.whatsapp.net": "Ana"}, **parts)
    assert found.sender == Sender((PHONE, LID), "Ana")
    (found,) = history(old("a", AT), **parts)
    assert found.sender == Sender((PHONE, LID), "Ana (work)")


def test_past_of_a_group_names_its_writers() -> None:
    who: dict[str, Any] = {"participant": "98765432101234@lid"}
    told = [
        old("theirs", AT, chat=GROUP.value, pushName="Ana", **who),
        old("named", AT + 1, chat=GROUP.value, **who),
        old("ours", AT + 2, chat=GROUP.value, from_me=True),
    ]
    names = {"98765432101234@lid": "Ana B"}
    changed, theirs, named, ours = history(*told, ID=GROUP.value, name="Team", names=names)
    assert changed == GroupChange(GROUP, "Team")
    assert (theirs.group, theirs.sender, named.sender.name) == (GROUP, Sender((LID,), "Ana"), "Ana B")
    assert (ours.group, ours.sender, ours.typed_on_phone) == (GROUP, Sender(()), True)


@pytest.mark.parametrize(("told", "status"), [("DELIVERY_ACK", "delivered"), ("READ", "read"), ("ERROR", "error")])
def test_past_tells_how_far_our_messages_came(told: str, status: str) -> None:
    (found,) = history(old("a", AT, from_me=True, status=told))
    assert found.content["history_status"] == status


def test_reactions_of_the_past_stand_at_their_messages() -> None:
    key = {"fromMe": True, "ID": "3EB0R"}
    _, found = history(old("a", AT, reactions=[{"key": key, "text": "👍", "senderTimestampMS": AT * 1_000 + 5}]))
    assert (found.kind, found.text, found.typed_on_phone, found.at) == ("reaction", "👍", True, AT * 1_000 + 5)
    assert (found.external_id, found.content["target"]) == ("3EB0R", "a")


def test_one_message_of_the_past_never_costs_the_others() -> None:
    bad = past.HistorySyncMsg(message={"key": {"remoteJID": "x"}, "message": Message(conversation="lost")})
    found = history(bad, old("a", AT))
    assert [type(event) for event in found] == [Damaged, Inbound]


def test_past_without_words_is_nothing() -> None:
    assert history(old("a", AT, message=Message(), messageStubType="E2E_ENCRYPTED")) == []


@pytest.mark.parametrize("chat", ["status@broadcast", "120363@newsletter", "0@s.whatsapp.net"])
def test_past_of_what_is_no_chat_is_ignored(chat: str) -> None:
    assert history(old("a", AT), ID=chat) == []


def test_conversation_with_nobody_is_damaged() -> None:
    (found,) = history(old("a", AT), ID="nobody")
    assert isinstance(found, Damaged)


def test_names_without_a_conversation_are_nothing_yet() -> None:
    assert read("history", {"pushnames": [{"ID": "55@lid", "pushname": "Ana"}]}, OWN) == ()


def test_sender_in_a_direct_chat_may_be_known_by_the_hidden_id_only() -> None:
    assert plain(ANA_LID)["Server"] == "lid"
    (found,) = history(old("a", AT))
    assert found.sender.addresses == (LID,)
