"""Messages of every kind between a scripted phone and the real library."""

import lab_fixtures
import pytest
from lab_child import ANNA, Office, text_of

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Context, Phone

shop = lab_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_text_goes_both_ways_in_both_addressings(shop: Office, addressing: str) -> None:
    shop.lab.addressing = addressing
    sent = await shop.anna.send_text(shop.account, "Are you open?")
    event = await shop.child.message()
    source = event["Info"]["MessageSource"]
    assert (text_of(event), event["Info"]["ID"], event["Info"]["Pushname"]) == ("Are you open?", sent.id, "Anna")
    assert source["Chat"]["Server"] == ("lid" if addressing == "lid" else "s.whatsapp.net")
    assert source["SenderAlt"]["Server"] == ("s.whatsapp.net" if addressing == "lid" else "lid")
    await shop.child.ask("text", to=ANNA, text="Until six.")
    answer = await shop.anna.next()
    assert (answer.text, answer.kind, answer.sender, answer.device) == ("Until six.", "text", shop.account, shop.device)
    copy = await shop.owner.next(sender=shop.account)
    assert (copy.text, copy.is_copy, copy.chat) == ("Until six.", True, shop.anna.account)
    while (receipt := await shop.anna.next_receipt()).ids != (sent.id,):
        pass
    assert receipt.sender is shop.account


async def test_what_a_phone_says_about_messages_arrives(shop: Office) -> None:
    sent = await shop.anna.send_text(shop.account, "One")
    await shop.child.message()
    await shop.anna.reply(sent, "Two")
    quoting = (await shop.child.message())["Message"]["extendedTextMessage"]
    assert (quoting["text"], quoting["contextInfo"]["stanzaID"]) == ("Two", sent.id)
    assert quoting["contextInfo"]["quotedMessage"]["conversation"] == "One"
    await shop.anna.send_text(shop.account, "@Bert", Context(mentions=[shop.bert.account], expires_after=86400))
    context = (await shop.child.message())["Message"]["extendedTextMessage"]["contextInfo"]
    assert (context["mentionedJID"], context["expiration"]) == ([f"{shop.bert.account.lid}@lid"], 86400)
    await shop.anna.react(sent, "👍")
    reaction = (await shop.child.message())["Message"]["reactionMessage"]
    assert (reaction["text"], reaction["key"]["ID"]) == ("👍", sent.id)
    await shop.anna.edit(sent, "One, corrected")
    edited = await shop.child.message()
    assert edited["Info"]["Edit"] == "1"
    assert edited["IsEdit"]
    await shop.anna.revoke(sent)
    revoked = (await shop.child.message())["Message"]["protocolMessage"]
    assert (revoked["type"], revoked["key"]["ID"]) == ("REVOKE", sent.id)


async def test_what_the_library_says_about_messages_is_read(shop: Office) -> None:
    sent = await shop.anna.send_text(shop.account, "Hello")
    await shop.child.message()
    await shop.child.ask("quote", id=sent.id, text="Hello, Anna")
    quoting = await shop.anna.next()
    assert (quoting.text, quoting.quoted) == ("Hello, Anna", sent.id)
    await shop.child.ask("react", id=sent.id, emoji="❤")
    reaction = await shop.anna.next()
    assert (reaction.kind, reaction.text, reaction.target) == ("reaction", "❤", sent.id)
    number = await shop.child.ask("text", to=ANNA, text="Until sixx")
    await shop.child.ask("edit", to=ANNA, id=number, text="Until six")
    await shop.child.ask("revoke", to=ANNA, id=number, me=shop.account.phone)
    assert [(one.kind, one.text, one.target) for one in [await shop.anna.next() for _ in range(3)]] == [
        ("text", "Until sixx", None),
        ("edit", "Until six", number),
        ("revoke", None, number),
    ]


async def test_places_people_and_polls_arrive(shop: Office) -> None:
    await shop.anna.send_location(shop.account, (52.5, 13.4), name="Office")
    place = (await shop.child.message())["Message"]["locationMessage"]
    assert (place["degreesLatitude"], place["degreesLongitude"], place["name"]) == (52.5, 13.4, "Office")
    await shop.anna.send_contacts(shop.account, [("Carl", "4930123")])
    assert "4930123" in (await shop.child.message())["Message"]["contactMessage"]["vcard"]
    await shop.anna.send_contacts(shop.account, [("Carl", "4930123"), ("Dora", "4930124")])
    assert len((await shop.child.message())["Message"]["contactsArrayMessage"]["contacts"]) == 2
    await shop.anna.send_poll(shop.account, "When?", ["Today", "Tomorrow"])
    poll = (await shop.child.message())["Message"]["pollCreationMessageV3"]
    assert (poll["name"], [option["optionName"] for option in poll["options"]]) == ("When?", ["Today", "Tomorrow"])


async def test_disappearing_chats_are_told(shop: Office) -> None:
    await shop.anna.set_timer(shop.account, 86400)
    setting = (await shop.child.message())["Message"]["protocolMessage"]
    assert (setting["type"], setting["ephemeralExpiration"]) == ("EPHEMERAL_SETTING", 86400)
    await shop.anna.send_text(shop.account, "Soon gone", Context(expires_after=86400), wrapped=True)
    event = await shop.child.message()
    assert (text_of(event), event["IsEphemeral"]) == ("Soon gone", True)


async def test_receipts_typing_and_calls_go_through(shop: Office) -> None:
    number = await shop.child.ask("text", to=ANNA, text="Until six.")
    received = await shop.anna.next()
    assert received.id == number
    shop.child.events.clear()
    await shop.anna.read(received)
    while (receipt := await shop.child.wait("Receipt"))["Type"] != "READ":
        pass
    assert receipt["MessageIDs"] == [number]
    await shop.anna.type(shop.account)
    await shop.child.wait("ChatPresence")
    await shop.child.ask("typing", to=ANNA)
    assert (await shop.anna.next_typing()).state == "composing"
    sent = await shop.anna.send_text(shop.account, "Thanks")
    await shop.child.message()
    await shop.child.ask("read", id=sent.id)
    assert (await shop.anna.next_receipt("read")).ids == (sent.id,)
    call = await shop.anna.call(shop.account)
    assert (await shop.child.wait("CallOffer"))["basicCallMeta"]["callID"] == call


@pytest.mark.parametrize(("addressing", "learned"), [("pn", "lid"), ("lid", "s.whatsapp.net")])
async def test_the_other_address_of_a_person_may_come_late(shop: Office, addressing: str, learned: str) -> None:
    shop.lab.addressing = addressing
    carl = Phone(shop.lab, shop.lab.add_account(f"49151000000{len(addressing)}9", "Carl"))
    carl.account.hidden = True
    await carl.send_text(shop.account, "Who am I?")
    event = await shop.child.message()
    assert (text_of(event), event["Info"]["MessageSource"]["SenderAlt"]["User"]) == ("Who am I?", "")
    carl.account.hidden = False
    await carl.send_text(shop.account, "Carl")
    event = await shop.child.message()
    assert (text_of(event), event["Info"]["MessageSource"]["SenderAlt"]["Server"]) == ("Carl", learned)
    shop.lab.addressing = "lid"


async def test_who_is_on_whatsapp_and_under_which_address(shop: Office) -> None:
    answered = await shop.child.ask("people", numbers=[ANNA, "4930"])
    assert answered == [[ANNA, True, shop.anna.account.lid], ["4930", False, "4930"]]
    await shop.anna.send_text(shop.account, "Hello")
    await shop.child.message()
    assert await shop.child.ask("other_address", to=f"{shop.anna.account.lid}@lid") == ANNA
    assert await shop.child.ask("other_address", to=ANNA) == shop.anna.account.lid


async def test_what_only_phones_may_read_is_reported(shop: Office) -> None:
    number = await shop.anna.send_unavailable(shop.account)
    assert (await shop.child.wait("UndecryptableMessage"))["Info"]["ID"] == number


async def test_a_status_is_not_a_chat_with_anybody(shop: Office) -> None:
    number = await shop.anna.post_status("On holiday", [shop.account])
    event = await shop.child.message()
    source = event["Info"]["MessageSource"]
    assert (event["Info"]["ID"], source["Chat"]["Server"], source["Sender"]["User"]) == (
        number,
        "broadcast",
        shop.anna.account.lid,
    )


async def test_damaged_messages_are_asked_for_again_in_both_directions(shop: Office) -> None:
    shop.lab.damage(shop.account)
    sent = await shop.anna.send_text(shop.account, "Damaged on the way in")
    assert text_of(await shop.child.message()) == "Damaged on the way in"
    await until(lambda: shop.device.acknowledged.count(sent.id) == 1 and not shop.device.waiting)
    assert (await shop.anna.next_receipt("retry")).ids == (sent.id,)
    shop.lab.damage(shop.anna.account)
    number = await shop.child.ask("text", to=ANNA, text="Damaged on the way out")
    assert (await shop.anna.next()).text == "Damaged on the way out"
    assert shop.anna.undecryptable == [number]


async def test_keys_for_one_use_that_run_low_are_made_anew(shop: Office) -> None:
    while len(shop.device.prekeys) > 3:
        shop.device.prekeys.pop()
    strangers = [Phone(shop.lab, shop.lab.add_account(f"49151000001{one:02}", "Stranger")) for one in range(5)]
    for number, stranger in enumerate(strangers):  # the first takes a key, the last may find none: all are read
        await stranger.send_text(shop.account, f"{number}. stranger")
    assert [text_of(await shop.child.message()) for _ in strangers] == [f"{one}. stranger" for one in range(5)]
    await until(lambda: len(shop.device.prekeys) > len(strangers))
    await until(lambda: not shop.device.queue)
