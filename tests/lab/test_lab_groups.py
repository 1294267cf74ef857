"""Groups: keys handed to every device, messages both ways, and what everybody is told."""

from typing import Any

import lab_fixtures
import pytest
from lab_child import ANNA, BERT, Office, text_of

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Context, Group, LabError

shop = lab_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def group_of(shop: Office, subject: str = "Orders") -> Group:
    """A group that Anna has made, of which the shop's device was told."""
    group = await shop.lab.create_group(subject, shop.anna.account, [shop.account, shop.bert.account])
    await shop.child.wait("JoinedGroup")
    return group


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_text_in_a_group_goes_both_ways(shop: Office, addressing: str) -> None:
    shop.lab.addressing = addressing
    group = await group_of(shop)
    for text in ("Hello, everybody", "Anybody there?"):
        await shop.anna.send_text(group, text)
        event = await shop.child.message()
        assert (text_of(event), event["Info"]["MessageSource"]["Chat"]["User"]) == (text, group.id)
        assert (await shop.bert.next()).text == text
    for text in ("Good morning", "We are"):
        await shop.child.ask("text", to=str(group.jid), text=text)
        for phone in (shop.anna, shop.bert, shop.owner):
            received = await phone.next(sender=shop.account)
            assert (received.text, received.chat, received.device) == (text, group, shop.device)


async def test_mentions_and_quotes_in_a_group_name_people(shop: Office) -> None:
    group = await group_of(shop)
    await shop.anna.send_text(group, "@Shop", Context(mentions=[shop.account]))
    context = (await shop.child.message())["Message"]["extendedTextMessage"]["contextInfo"]
    assert context["mentionedJID"] == [f"{shop.account.lid}@lid"]
    number = await shop.child.ask("text", to=str(group.jid), text="Yes?")
    received = await shop.anna.next(sender=shop.account)
    assert received.id == number
    await shop.anna.reply(received, "A table for two")
    context = (await shop.child.message())["Message"]["extendedTextMessage"]["contextInfo"]
    assert (context["stanzaID"], context["participant"]) == (number, f"{shop.account.lid}@lid")


async def test_a_key_distribution_alone_is_an_empty_message(shop: Office) -> None:
    group = await group_of(shop)
    shop.child.events.clear()
    await shop.anna.send_empty(group)
    assert set((await shop.child.wait("Message"))["Message"]) == {"senderKeyDistributionMessage"}
    await shop.anna.send_text(group, "Now with words")
    assert text_of(await shop.child.message()) == "Now with words"


async def test_a_damaged_group_message_is_asked_for_again(shop: Office) -> None:
    group = await group_of(shop)
    await shop.anna.send_text(group, "One")
    await shop.child.message()
    shop.lab.damage(shop.account, 2)  # the owner's phone and the linked device
    await shop.anna.send_text(group, "Two")
    assert text_of(await shop.child.message()) == "Two"
    await shop.child.ask("text", to=str(group.jid), text="Three")
    await shop.anna.next()
    shop.lab.damage(shop.anna.account)
    number = await shop.child.ask("text", to=str(group.jid), text="Four")
    await until(lambda: number in [one.id for one in shop.anna.history])


async def test_changes_of_a_group_are_told(shop: Office) -> None:
    group = await group_of(shop)
    by = shop.anna.device
    shop.child.events.clear()
    await shop.lab.groups.rename(group, "Orders and more", by=by)
    assert (await shop.child.wait("GroupInfo"))["Name"]["Name"] == "Orders and more"
    await shop.lab.groups.remove(group, [shop.bert.account], by=by)
    assert [one["User"] for one in (await shop.child.wait("GroupInfo"))["Leave"]] == [shop.bert.account.lid]
    await shop.lab.groups.add(group, [shop.bert.account], by=by)
    assert [one["User"] for one in (await shop.child.wait("GroupInfo"))["Join"]] == [shop.bert.account.lid]
    listed = next(one for one in await shop.child.ask("groups") if one["JID"]["User"] == group.id)
    assert (listed["GroupName"]["Name"], _people(listed)) == ("Orders and more", {ANNA, BERT, shop.account.phone})


def _people(group: dict[str, Any]) -> set[str]:
    return {one["PhoneNumber"]["User"] for one in group["Participants"]}


async def test_who_was_removed_reads_no_more(shop: Office) -> None:
    group = await group_of(shop)
    await shop.child.ask("text", to=str(group.jid), text="For all")
    await until(lambda: shop.bert.history[-1].text == "For all")
    await shop.lab.groups.remove(group, [shop.bert.account], by=shop.anna.device)
    await shop.child.wait("GroupInfo")
    await shop.child.ask("text", to=str(group.jid), text="For those who stayed")
    await until(lambda: shop.anna.history[-1].text == "For those who stayed")
    assert shop.bert.history[-1].text == "For all"
    with pytest.raises(LabError, match="not a member"):
        await shop.bert.send_text(group, "Hello?")


async def test_the_library_changes_and_leaves_a_group(shop: Office) -> None:
    group = await group_of(shop)
    assert await shop.child.ask("look_around", to=ANNA, group=str(group.jid)) == "Orders"
    await shop.child.ask("change_group", group=str(group.jid), name="Orders 2")
    assert (group.subject, group.timer, shop.account in group.members) == ("Orders 2", 86400, False)


async def test_the_library_makes_a_group(shop: Office) -> None:
    made = await shop.child.ask("group", name="Staff", members=[ANNA])
    group = shop.lab.directory.groups[made.split("@")[0]]
    assert (group.subject, group.owner, group.members) == ("Staff", shop.account, [shop.account, shop.anna.account])


async def test_who_types_in_a_group_is_seen_there_and_not_in_the_chat_with_them(shop: Office) -> None:
    group = await group_of(shop)
    await shop.bert.type(group)
    typing = await shop.anna.next_typing()
    assert (typing.state, typing.sender, typing.chat) == ("composing", shop.bert.account, group)
    await shop.bert.type(shop.anna.account)
    assert (await shop.anna.next_typing()).chat is None
