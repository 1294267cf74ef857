"""The owner's own phone beside the linked device: what is typed there, settings, the past."""

import lab_fixtures
import pytest
from lab_child import ANNA, Office, text_of

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Line, Past, PastChat

shop = lab_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_the_owner_types_on_the_phone_is_told_to_the_linked_device(shop: Office) -> None:
    sent = await shop.owner.send_text(shop.anna.account, "I will look after you myself")
    event = await shop.child.message()
    source = event["Info"]["MessageSource"]
    assert (text_of(event), event["Info"]["ID"], source["IsFromMe"]) == (
        "I will look after you myself",
        sent.id,
        True,
    )
    assert (source["Chat"]["User"], source["RecipientAlt"]["User"]) == (shop.anna.account.lid, ANNA)
    assert (await shop.anna.next()).text == "I will look after you myself"


async def test_a_message_to_oneself_comes_back(shop: Office) -> None:
    number = await shop.child.ask("text", to=shop.account.phone, text="Still there?")
    received = await shop.owner.next()
    assert (received.id, received.text, received.chat) == (number, "Still there?", shop.account)
    sent = await shop.owner.send_text(shop.account, "A note")
    event = await shop.child.message()
    assert (event["Info"]["ID"], event["Info"]["MessageSource"]["IsFromMe"]) == (sent.id, True)


async def test_reading_on_the_phone_is_told_to_the_linked_device(shop: Office) -> None:
    sent = await shop.anna.send_text(shop.account, "Hello")
    await shop.child.message()
    while (received := await shop.owner.next()).id != sent.id:
        pass
    shop.child.events.clear()
    await shop.owner.read(received)
    receipt = await shop.child.wait("Receipt")
    assert (receipt["MessageIDs"], receipt["MessageSource"]["IsFromMe"]) == ([sent.id], True)


async def test_with_the_key_of_the_settings_the_device_can_be_present(shop: Office) -> None:
    await shop.child.ask("rename", name="Shop at the corner")
    await until(lambda: shop.device.presence == "available")


@pytest.mark.parametrize("inline", [True, False])
async def test_the_past_is_told_in_chats(shop: Office, inline: bool) -> None:
    lines = [Line("PAST2", 1_790_000_100, "We are"), Line("PAST1", 1_790_000_000, "Open?", sender=shop.anna.account)]
    past = Past([PastChat(shop.anna.account, lines, unread=1)], names={f"{ANNA}@s.whatsapp.net": "Anna"})
    await shop.owner.send_past(shop.device, past, inline=inline)
    told = (await shop.child.wait("HistorySync"))["Data"]
    (chat,) = told["conversations"]
    said = [(one["message"]["key"]["ID"], one["message"]["message"]["conversation"]) for one in chat["messages"]]
    assert said == [("PAST2", "We are"), ("PAST1", "Open?")]
    assert (chat["ID"], chat["unreadCount"]) == (f"{shop.anna.account.lid}@lid", 1)
    assert told["pushnames"] == [{"ID": f"{ANNA}@s.whatsapp.net", "pushname": "Anna"}]
