"""Groups through the real library: who is in them, who writes, whom it names, and what changes."""

import linked_fixtures
import pytest
from linked_shop import CONTENT, Shop, address_of, both, from_shop, lid_of

from frontdesk.channels.linked.reading import PLACEHOLDER
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import GroupChange, Inbound, Referred, Seen, Typing
from frontdesk.testing.clock import until
from frontdesk.testing.lab import About, Context, Group

shop = linked_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def changed(shop: Shop, group: Group) -> GroupChange:
    """What the line next tells of a group."""
    return await shop.line.event(GroupChange, lambda one: one.group == address_of(group))


async def noted(shop: Shop, group: Group, sort: str) -> str | None:
    """The sentence about a change of a group."""
    told = await shop.line.event(
        Inbound, lambda one: one.group == address_of(group) and one.content.get("system_type") == f"group_{sort}"
    )
    assert told.kind == "system"
    return told.text


async def test_a_new_group_is_told_with_its_name_and_everybody_in_it(shop: Shop) -> None:
    group = await shop.lab.create_group("Orders", shop.anna.account, [shop.account, shop.ben.account])
    told = await changed(shop, group)
    assert (told.name, told.left) == ("Orders", False)
    people = {member.addresses: member.admin for member in told.members or ()}
    assert people == {
        both(shop.anna.account): True,
        both(shop.account): False,
        both(shop.ben.account): False,
    }


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_a_message_in_a_group_says_who_wrote_it(shop: Shop, addressing: str) -> None:
    shop.lab.addressing = addressing
    group = await shop.group()
    for phone in (shop.anna, shop.ben):
        told = await shop.heard(await phone.send_text(group, "Hello, everybody"))
        assert (told.text, told.group, told.typed_on_phone) == ("Hello, everybody", address_of(group), False)
        assert (told.sender.addresses, told.sender.name) == (both(phone.account), phone.account.name)
    shop.lab.addressing = "lid"


async def test_being_named_and_quoted_in_a_group_is_told(shop: Shop) -> None:
    group = await shop.group()
    told = await shop.heard(await shop.anna.send_text(group, "@Shop", Context(mentions=[shop.account])))
    assert (told.content["mentions"], told.content["mentions_us"]) == ([str(lid_of(shop.account))], True)
    told = await shop.heard(await shop.anna.send_text(group, "@Ben", Context(mentions=[shop.ben.account])))
    assert (told.content["mentions"], told.content.get("mentions_us")) == ([str(lid_of(shop.ben.account))], None)
    given = await shop.line.send((address_of(group),), text="Yes?")
    answer = await shop.heard(await shop.anna.reply(await from_shop(shop.anna, given.external_id), "For two, please"))
    assert (answer.reply_to, answer.text) == (given.external_id, "For two, please")


async def test_every_member_reads_what_we_write_and_whom_we_name(shop: Shop) -> None:
    group = await shop.group()
    asked = await shop.anna.send_text(group, "Who is first?")
    referred = Referred(asked.id, sender=both(shop.anna.account), text="Who is first?")
    content = {"mentions": [str(lid_of(shop.ben.account))]}
    given = await shop.line.send(
        (address_of(group),),
        text=f"You are, @{shop.ben.account.lid}",
        reply_to=asked.id,
        referred=referred,
        content=content,
    )
    for phone in (shop.anna, shop.ben, shop.owner):
        received = await from_shop(phone, given.external_id)
        assert (received.chat, received.sender, received.quoted) == (group, shop.account, asked.id)
        assert received.mentioned == (str(shop.ben.account.lid_jid),)


async def test_reactions_edits_and_deletions_work_in_groups_both_ways(shop: Shop) -> None:
    group = await shop.group()
    to = (address_of(group),)
    asked = await shop.anna.send_text(group, "Open?")
    liked = await shop.line.send(
        to,
        "reaction",
        content={"emoji": "👍", "target": asked.id},
        referred=Referred(asked.id, sender=both(shop.anna.account)),
    )
    received = await from_shop(shop.ben, liked.external_id)
    assert (received.text, received.target) == ("👍", asked.id)
    given = await shop.line.send(to, text="Until sixx")
    own = Referred(str(given.external_id), from_us=True)
    for kind, text in (("edit", "Until six"), ("revoke", None)):
        change = await shop.line.send(to, kind, text=text, content={"target": given.external_id}, referred=own)
        received = await from_shop(shop.anna, change.external_id)
        assert (received.kind, received.text, received.target) == (kind, text, given.external_id)
    told = await shop.heard(await shop.ben.react(asked, "❤"))
    assert (told.content["emoji"], told.content["target"], told.sender.addresses) == (
        "❤",
        asked.id,
        both(shop.ben.account),
    )
    told = await shop.heard(await shop.anna.edit(asked, "Open today?"))
    assert (told.kind, told.text, told.group) == ("edit", "Open today?", address_of(group))
    told = await shop.heard(await shop.anna.revoke(asked))
    assert (told.kind, told.content["target"], told.content.get("by_admin")) == ("revoke", asked.id, None)


async def test_an_administrator_takes_back_what_another_wrote(shop: Shop) -> None:
    group = await shop.group()
    said = await shop.ben.send_text(group, "Something rude")
    told = await shop.heard(await shop.anna.revoke(said))
    assert (told.kind, told.content["target"], told.content["by_admin"]) == ("revoke", said.id, True)
    given = await shop.line.send((address_of(group),), text="Something wrong")
    told = await shop.heard(await shop.anna.revoke(await from_shop(shop.anna, given.external_id)))
    assert (told.content["target"], told.content["by_admin"]) == (given.external_id, True)


async def test_files_go_through_groups_both_ways(shop: Shop) -> None:
    group = await shop.group()
    sent = await shop.anna.send_file(group, "document", CONTENT, About("application/pdf", name="order.pdf"))
    told = await shop.heard(sent)
    assert told.media is not None
    assert (told.kind, told.group, told.media.name) == ("document", address_of(group), "order.pdf")


async def test_the_empty_message_that_hands_over_a_key_is_told_of_by_nobody(shop: Shop) -> None:
    group = await shop.group()
    empty = await shop.anna.send_empty(group)
    assert (await shop.heard(await shop.anna.send_text(group, "Now with words"))).text == "Now with words"
    assert shop.told_of(empty) == []
    await until(lambda: empty.id in shop.device.acknowledged)


async def test_what_could_not_be_read_in_a_group_comes_again(shop: Shop) -> None:
    group = await shop.group()
    await shop.heard(await shop.anna.send_text(group, "One"))
    shop.owner.asks_again = False
    shop.lab.damage(shop.account, 2)
    sent = await shop.anna.send_text(group, "Two")
    shop.owner.asks_again = True
    assert (await shop.heard(sent, kind="text")).text == "Two"
    assert [one.kind for one in shop.told_of(sent)] == [PLACEHOLDER, "text"]


async def test_a_new_name_and_who_comes_and_goes_is_told(shop: Shop) -> None:
    group, by = await shop.group(), shop.anna.device
    await shop.lab.groups.rename(group, "Orders and more", by=by)
    assert (await changed(shop, group)).name == "Orders and more"
    assert "Orders and more" in (await noted(shop, group, "name") or "")
    await shop.lab.groups.remove(group, [shop.ben.account], by=by)
    assert "removed" in (await noted(shop, group, "left") or "")
    await shop.lab.groups.add(group, [shop.ben.account], by=by)
    assert "added" in (await noted(shop, group, "joined") or "")


async def test_after_somebody_came_or_went_the_line_tells_who_is_in_the_group_now(shop: Shop) -> None:
    group, by = await shop.group(), shop.anna.device
    await shop.lab.groups.remove(group, [shop.ben.account], by=by)
    told = await shop.line.event(GroupChange, lambda one: one.group == address_of(group) and one.members is not None)
    assert {member.addresses for member in told.members or ()} == {both(shop.anna.account), both(shop.account)}


async def test_being_removed_from_a_group_is_told(shop: Shop) -> None:
    group = await shop.group()
    await shop.lab.groups.remove(group, [shop.account], by=shop.anna.device)
    assert (await changed(shop, group)).left is True


async def test_receipts_of_members_and_ours_go_through_a_group(shop: Shop) -> None:
    group = await shop.group()
    given = await shop.line.send((address_of(group),), text="For all")
    assert given.external_id is not None
    assert (await shop.receipt(given.external_id, Status.DELIVERED)).chat == (address_of(group),)
    await shop.ben.read(await from_shop(shop.ben, given.external_id))
    assert (await shop.receipt(given.external_id, Status.READ)).chat == (address_of(group),)
    asked = await shop.anna.send_text(group, "Thanks")
    await shop.heard(asked)
    await shop.line.channel.mark_read(shop.line.line, Seen(asked.id, (address_of(group),), both(shop.anna.account)))
    while asked.id not in (shown := await shop.anna.next_receipt("read")).ids:
        pass
    assert shown.sender is shop.account


async def test_typing_in_a_group_is_told_and_shown(shop: Shop) -> None:
    group = await shop.group()
    await shop.anna.type(group)
    told = await shop.line.event(Typing, lambda one: one.group == address_of(group))
    assert lid_of(shop.anna.account) in told.sender.addresses
    await shop.line.channel.show_typing(shop.line.line, (address_of(group),))
    assert (await shop.ben.next_typing()).sender is shop.anna.account
    assert (await shop.ben.next_typing()).sender is shop.account
