"""What customers write, of every kind, comes through the real library as one Inbound each."""

import base64
from pathlib import Path

import linked_fixtures
import orjson
import pytest
from linked_shop import CONTENT, THUMBNAIL, Shop, both, lid_of, phone_of

from frontdesk.channels.linked.reading import PLACEHOLDER, UNREAD
from frontdesk.channels.linked.reading_contents import VIEW_ONCE
from frontdesk.domain.wire import Called, Inbound, Typing
from frontdesk.kit.errors import Rejected
from frontdesk.testing.clock import until
from frontdesk.testing.lab import About, Context, Phone

shop = linked_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_a_person_has_one_name_and_both_addresses_in_either_addressing(shop: Shop, addressing: str) -> None:
    shop.lab.addressing = addressing
    told = await shop.heard(await shop.anna.send_text(shop.account, "Are you open?"))
    assert (told.kind, told.text, told.group, told.typed_on_phone) == ("text", "Are you open?", None, False)
    assert (told.sender.addresses, told.sender.name) == (both(shop.anna.account), "Anna")
    assert told.at is not None


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_the_other_address_of_a_person_may_come_late(shop: Shop, addressing: str) -> None:
    shop.lab.addressing = addressing
    carl = Phone(shop.lab, shop.lab.add_account(f"49151000000{len(addressing)}9", "Carl"))
    carl.account.hidden = True
    told = await shop.heard(await carl.send_text(shop.account, "Who am I?"))
    known = lid_of(carl.account) if addressing == "lid" else phone_of(carl.account)
    assert told.sender.addresses == (known,)
    carl.account.hidden = False
    told = await shop.heard(await carl.send_text(shop.account, "Carl"))
    assert told.sender.addresses == both(carl.account)
    shop.lab.addressing = "lid"


async def test_a_text_says_what_it_answers_whom_it_names_and_that_it_was_passed_on(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Are you open?")
    answer = await shop.heard(await shop.anna.reply(asked, "I mean today"))
    assert (answer.text, answer.reply_to) == ("I mean today", asked.id)
    named = Context(mentions=[shop.ben.account, shop.account], forwarded=True)
    told = await shop.heard(await shop.anna.send_text(shop.account, "@Ben", named))
    assert told.content["mentions"] == [str(lid_of(shop.ben.account)), str(lid_of(shop.account))]
    assert told.content["mentions_us"] is True
    assert told.content["forwarded"] is True


async def test_a_reaction_comes_and_is_taken_back(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Open?")
    told = await shop.heard(await shop.anna.react(asked, "👍"))
    assert (told.kind, dict(told.content)) == ("reaction", {"emoji": "👍", "target": asked.id})
    told = await shop.heard(await shop.anna.react(asked, ""))
    assert (told.kind, dict(told.content)) == ("reaction", {"emoji": None, "target": asked.id})


async def test_an_edit_and_a_deletion_name_their_message(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Opne?")
    told = await shop.heard(await shop.anna.edit(asked, "Open?"))
    assert (told.kind, told.text, told.content["target"]) == ("edit", "Open?", asked.id)
    told = await shop.heard(await shop.anna.revoke(asked))
    assert (told.kind, told.content["target"], told.content.get("by_admin")) == ("revoke", asked.id, None)


FILES = [
    ("image", About("image/jpeg", caption="My order", thumbnail=THUMBNAIL)),
    ("video", About("video/mp4", caption="Look", seconds=3)),
    ("audio", About("audio/ogg; codecs=opus", seconds=2, is_voice=True)),
    ("audio", About("audio/mpeg", seconds=2)),
    ("document", About("application/pdf", name="order.pdf")),
    ("document", About("application/pdf", name="order.pdf", caption="My order")),
    ("sticker", About("image/webp")),
]


@pytest.mark.parametrize(
    ("kind", "about"), FILES, ids=[f"{kind} {about.mime} {about.caption}" for kind, about in FILES]
)
async def test_a_file_comes_with_all_about_it_and_is_fetched_byte_for_byte(
    shop: Shop, tmp_path: Path, kind: str, about: About
) -> None:
    told = await shop.heard(await shop.anna.send_file(shop.account, kind, CONTENT, about))
    assert (told.kind, told.text) == (kind, about.caption or None)
    assert told.media is not None
    assert (told.media.mime, told.media.size, told.media.voice) == (about.mime, len(CONTENT), about.is_voice)
    assert told.media.name == (about.name or None)
    assert told.content.get("seconds") == (about.seconds or None)
    preview = told.content.get("thumbnail")
    assert (base64.b64decode(preview) if preview else b"") == about.thumbnail
    fetched = await shop.line.channel.fetch(shop.line.line, told.media, tmp_path / "file", limit=1 << 20)
    assert (fetched.path.read_bytes(), fetched.size) == (CONTENT, len(CONTENT))


async def test_a_file_that_whatsapp_has_lost_is_refused_for_good(shop: Shop, tmp_path: Path) -> None:
    told = await shop.heard(await shop.anna.send_file(shop.account, "image", CONTENT, About("image/jpeg")))
    assert told.media is not None
    shop.lab.media.lose(orjson.loads(told.media.remote_id)["path"])
    with pytest.raises(Rejected, match="no longer has this file"):
        await shop.line.channel.fetch(shop.line.line, told.media, tmp_path / "file", limit=1 << 20)


async def test_what_may_be_seen_once_is_told_without_its_file(shop: Shop) -> None:
    once = About("image/jpeg", view_once=True, thumbnail=THUMBNAIL)
    told = await shop.heard(await shop.anna.send_file(shop.account, "image", CONTENT, once))
    assert (told.kind, told.media, told.text) == ("image", None, VIEW_ONCE)
    assert dict(told.content) == {"view_once": True}


async def test_what_only_phones_may_read_keeps_its_place(shop: Shop) -> None:
    told = await shop.heard(await shop.anna.send_unavailable(shop.account))
    assert (told.kind, told.text) == (PLACEHOLDER, UNREAD)
    assert told.sender.addresses == both(shop.anna.account)


async def test_places_and_people_are_told_in_parts(shop: Shop) -> None:
    told = await shop.heard(await shop.anna.send_location(shop.account, (52.5, 13.4), name="Office", address="Hof 1"))
    place = {name: told.content[name] for name in ("latitude", "longitude", "name", "address")}
    assert (told.kind, place) == (
        "location",
        {"latitude": 52.5, "longitude": 13.4, "name": "Office", "address": "Hof 1"},
    )
    people = [("Carl", "4930123456"), ("Dora", "4930123457")]
    for cards in (people[:1], people):
        told = await shop.heard(await shop.anna.send_contacts(shop.account, cards))
        found = [(card["name"]["formatted_name"], card["phones"][0]["wa_id"]) for card in told.content["contacts"]]
        assert (told.kind, found) == ("contacts", cards)


async def test_a_poll_is_told_as_a_text_with_its_options(shop: Shop) -> None:
    told = await shop.heard(await shop.anna.send_poll(shop.account, "When?", ["Today", "Tomorrow"]))
    assert (told.kind, told.text) == ("text", "Poll: When?\n• Today\n• Tomorrow")
    assert told.content["poll"] == {"question": "When?", "options": ["Today", "Tomorrow"], "selectable": 1}


async def test_a_chat_that_lets_its_messages_vanish_says_so(shop: Shop) -> None:
    told = await shop.heard(await shop.anna.set_timer(shop.account, 86_400))
    assert (told.kind, told.content["expires_after"]) == ("system", 86_400)
    for wrapped in (True, False):
        soon = Context(expires_after=86_400)
        told = await shop.heard(await shop.anna.send_text(shop.account, "Soon gone", soon, wrapped=wrapped))
        assert (told.kind, told.text, told.content["expires_after"]) == ("text", "Soon gone", 86_400)
    told = await shop.heard(await shop.anna.set_timer(shop.account, 0))
    assert (told.kind, told.content["expires_after"]) == ("system", 0)


async def test_a_message_that_could_not_be_read_keeps_its_place_until_it_comes_again(shop: Shop) -> None:
    shop.owner.asks_again = False
    shop.lab.damage(shop.account, 2)  # the owner's phone and the linked device
    sent = await shop.anna.send_text(shop.account, "Damaged on the way in")
    shop.owner.asks_again = True
    assert (await shop.heard(sent, kind="text")).text == "Damaged on the way in"
    assert [(one.kind, one.sender.addresses) for one in shop.told_of(sent)] == [
        (PLACEHOLDER, both(shop.anna.account)),
        ("text", both(shop.anna.account)),
    ]
    await until(lambda: not shop.device.waiting)


async def test_a_status_for_all_contacts_is_no_message_to_the_desk(shop: Shop) -> None:
    status = await shop.anna.post_status("On holiday", [shop.account])
    await shop.heard(await shop.anna.send_text(shop.account, "After the status"))
    assert shop.told_of(status) == []


@pytest.mark.parametrize(
    ("state", "writing", "recording"),
    [("composing", True, False), ("recording", True, True), ("paused", False, False)],
)
async def test_that_somebody_writes_is_told(shop: Shop, state: str, writing: bool, recording: bool) -> None:
    await shop.anna.type(shop.account, state)
    told = await shop.line.event(Typing)
    assert (told.writing, told.recording, told.group) == (writing, recording, None)
    assert lid_of(shop.anna.account) in told.sender.addresses


async def test_a_call_is_told_with_who_rang(shop: Shop) -> None:
    await shop.anna.call(shop.account)
    assert (await shop.line.event(Called)).sender.addresses == both(shop.anna.account)


async def test_what_comes_is_told_in_the_order_in_which_it_was_written(shop: Shop) -> None:
    sent = [await shop.anna.send_text(shop.account, f"{number}.") for number in range(20)]
    await shop.heard(sent[-1])
    ids = {one.id for one in sent}
    told = [one.external_id for one in shop.line.events if isinstance(one, Inbound) and one.external_id in ids]
    assert told == [one.id for one in sent]
