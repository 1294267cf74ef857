"""The owner's own phone beside the line: what is typed and read there, and the past that it hands over."""

import sqlite3
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import KEY, LinkedLine, shop_and_anna
from linked_shop import CONTENT, Shop, address_of, both, from_shop

from frontdesk.channels.linked.credentials import Credentials
from frontdesk.domain.accounts import State
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import GroupChange, Receipt, Typing
from frontdesk.kit.vault import Vault
from frontdesk.testing.clock import until
from frontdesk.testing.lab import About, Lab, Line, Past, PastChat

lab, line, shop = linked_fixtures.lab, linked_fixtures.line, linked_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_what_the_owner_types_is_told_with_whom_it_was_for(shop: Shop, addressing: str) -> None:
    shop.lab.addressing = addressing
    told = await shop.heard(await shop.owner.send_text(shop.anna.account, "I will look after you myself"))
    assert (told.kind, told.text, told.typed_on_phone) == ("text", "I will look after you myself", True)
    assert told.sender.addresses == both(shop.anna.account)
    assert told.group is None
    shop.lab.addressing = "lid"


async def test_what_the_owner_types_in_a_group_is_told_with_the_group(shop: Shop) -> None:
    group = await shop.group()
    told = await shop.heard(await shop.owner.send_text(group, "I am here"))
    assert (told.text, told.typed_on_phone, told.group) == ("I am here", True, address_of(group))
    assert told.sender.addresses == ()


async def test_files_reactions_edits_and_deletions_of_the_owner_are_told(shop: Shop, tmp_path: Path) -> None:
    asked = await shop.anna.send_text(shop.account, "Have you a menu?")
    told = await shop.heard(
        await shop.owner.send_file(shop.anna.account, "document", CONTENT, About("application/pdf", name="menu.pdf"))
    )
    assert told.media is not None
    assert (told.kind, told.typed_on_phone, told.sender.addresses) == ("document", True, both(shop.anna.account))
    fetched = await shop.line.channel.fetch(shop.line.line, told.media, tmp_path / "file", limit=1 << 20)
    assert fetched.path.read_bytes() == CONTENT
    received = next(one for one in shop.owner.history if one.id == asked.id)
    told = await shop.heard(await shop.owner.react(received, "👍"))
    assert (told.kind, told.content["target"], told.typed_on_phone) == ("reaction", asked.id, True)
    said = await shop.owner.send_text(shop.anna.account, "Until sixx")
    told = await shop.heard(await shop.owner.edit(said, "Until six"))
    assert (told.kind, told.text, told.content["target"], told.typed_on_phone) == ("edit", "Until six", said.id, True)
    told = await shop.heard(await shop.owner.revoke(said))
    assert (told.kind, told.content["target"], told.typed_on_phone) == ("revoke", said.id, True)


async def test_the_owner_takes_back_what_was_sent_from_here(shop: Shop) -> None:
    given = await shop.line.send(both(shop.anna.account), text="Something wrong")
    copy = await from_shop(shop.owner, given.external_id)
    told = await shop.heard(await shop.owner.revoke(copy))
    assert (told.kind, told.content["target"], told.typed_on_phone) == ("revoke", given.external_id, True)
    assert told.sender.addresses == both(shop.anna.account)


async def test_what_we_send_ourselves_never_comes_back_as_typed(shop: Shop) -> None:
    given = await shop.line.send(both(shop.anna.account), text="Until six.")
    await from_shop(shop.owner, given.external_id)
    await shop.heard(await shop.anna.send_text(shop.account, "Thanks"))
    assert shop.told_of(str(given.external_id)) == []


async def test_what_becomes_of_what_the_owner_typed_is_reported(shop: Shop) -> None:
    said = await shop.owner.send_text(shop.anna.account, "Until six.")
    await shop.heard(said)
    received = await from_shop(shop.anna, said.id)
    await shop.anna.read(received)
    await until(lambda: any(isinstance(one, Receipt) and one.external_id == said.id for one in shop.line.events))
    assert (await shop.receipt(said.id, Status.READ)).chat


async def test_reading_on_the_owners_phone_is_no_report_about_a_message_of_ours(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Open?")
    received = await from_shop(shop.owner, asked.id)
    await shop.owner.read(received)
    await shop.heard(await shop.anna.send_text(shop.account, "Hello?"))
    assert not [one for one in shop.line.events if isinstance(one, Receipt) and one.external_id == asked.id]


async def test_a_note_to_oneself_is_told_as_one(shop: Shop) -> None:
    told = await shop.heard(await shop.owner.send_text(shop.account, "Buy milk"))
    assert (told.text, told.typed_on_phone) == ("Buy milk", True)
    assert told.sender.addresses == both(shop.account)


async def test_the_line_writes_to_its_own_number_and_does_not_hear_itself(shop: Shop) -> None:
    given = await shop.line.send(both(shop.account)[:1], text="Frontdesk is alive")
    received = await from_shop(shop.owner, given.external_id)
    assert received.text == "Frontdesk is alive"
    told = await shop.heard(await shop.owner.send_text(shop.account, "#help"))
    assert (told.typed_on_phone, told.sender.addresses) == (True, both(shop.account))
    assert shop.told_of(str(given.external_id)) == []


async def test_that_the_owner_types_is_no_news(shop: Shop) -> None:
    await shop.owner.type(shop.anna.account)
    await shop.anna.type(shop.account)
    told = await shop.line.event(Typing)
    assert told.sender.addresses[0] in both(shop.anna.account)


@pytest.mark.parametrize(("addressing", "inline"), [("lid", True), ("pn", False)])
async def test_the_past_is_told_both_ways_and_marked_as_past(shop: Shop, addressing: str, inline: bool) -> None:
    shop.lab.addressing = addressing
    newer, older = f"PAST2{addressing}", f"PAST1{addressing}"
    lines = [Line(newer, 1_790_000_100, "We are"), Line(older, 1_790_000_000, "Open?", sender=shop.anna.account)]
    past = Past([PastChat(shop.anna.account, lines, unread=1)], names={str(shop.anna.account.pn): "Anna Smith"})
    await shop.owner.send_past(shop.device, past, inline=inline)
    asked, answered = await shop.heard(older), await shop.heard(newer)
    assert [(one.text, one.at, one.typed_on_phone) for one in (asked, answered)] == [
        ("Open?", 1_790_000_000_000, False),
        ("We are", 1_790_000_100_000, True),
    ]
    assert asked.history
    assert answered.history
    assert asked.sender.addresses == answered.sender.addresses == both(shop.anna.account)
    shop.lab.addressing = "lid"


async def test_the_past_of_a_group_names_who_wrote(shop: Shop) -> None:
    group = await shop.group("Staff")
    lines = [
        Line("GROUP2", 1_790_000_100, "Noted"),
        Line("GROUP1", 1_790_000_000, "Closed on Monday", shop.ben.account),
    ]
    await shop.owner.send_past(shop.device, Past([PastChat(group, lines)]))
    asked, answered = await shop.heard("GROUP1"), await shop.heard("GROUP2")
    assert (asked.group, asked.typed_on_phone, answered.typed_on_phone) == (address_of(group), False, True)
    assert asked.sender.addresses[0] in both(shop.ben.account)
    named = await shop.line.event(GroupChange, lambda one: one.group == address_of(group))
    assert named.name == "Staff"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_line_says_that_nobody_sits_here(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    device = await line.link(shop)
    await line.down()
    kept = Credentials(line.folder / "acc_1", Vault(KEY))
    kept.unseal(0)
    with sqlite3.connect(kept.database) as connection:  # as a phone tells it some time after linking
        connection.execute("UPDATE whatsmeow_device SET push_name = 'Shop'")
    connection.close()
    kept.seal()
    before = len(line.states)
    await line.connect()
    await line.state(State.CONNECTED, after=before)
    await until(lambda: device.presence == "unavailable")
    await anna.send_text(shop, "Open?")
    await line.inbound()
    await line.send(anna.account.phone, text="Until six.")
    assert (await anna.next()).text == "Until six."
    assert device.presence == "unavailable"
