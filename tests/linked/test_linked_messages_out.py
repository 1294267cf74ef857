"""What the desk sends, of every kind, is read on a customer's phone; what becomes of it is reported."""

import io
from pathlib import Path
from typing import Any

import linked_fixtures
import pytest
from linked_shop import CONTENT, THUMBNAIL, Shop, both, first, from_shop, phone_of
from PIL import Image

from frontdesk.channels.linked.writing import KINDS
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import MediaFile, Referred, Seen
from frontdesk.testing.lab import About, Received
from frontdesk.testing.lab.protobuf import Parsed
from frontdesk.testing.lab.reading import CONTACT, CONTACTS, EXTENDED, LOCATION, REFERENCE

shop = linked_fixtures.shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

REMAINS, MENTIONED = 25, 15  # fields of what a message says of itself


async def sent(shop: Shop, kind: str = "text", **parts: Any) -> Received:
    """Send to Anna, and read it on her phone."""
    given = await shop.line.send(both(shop.anna.account), kind, **parts)
    return await from_shop(shop.anna, given.external_id)


def around(received: Received) -> Parsed:
    """What a text says beside its words."""
    return received.message.message(EXTENDED, REFERENCE)


@pytest.mark.parametrize("addressing", ["pn", "lid"])
async def test_a_text_is_read_on_the_phone_and_shown_on_the_owners(shop: Shop, addressing: str) -> None:
    shop.lab.addressing = addressing
    received = await sent(shop, text="Until six.")
    assert (received.kind, received.text, received.sender, received.device) == (
        "text",
        "Until six.",
        shop.account,
        shop.device,
    )
    copy = await from_shop(shop.owner, received.id)
    assert (copy.text, copy.is_copy, copy.chat) == ("Until six.", True, shop.anna.account)
    shop.lab.addressing = "lid"


async def test_who_is_known_by_one_address_alone_is_reached(shop: Shop) -> None:
    for address in both(shop.anna.account):
        given = await shop.line.send((address,), text=f"By {address.kind}")
        assert (await from_shop(shop.anna, given.external_id)).text == f"By {address.kind}"


async def test_an_answer_quotes_what_it_answers(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Open?")
    referred = Referred(asked.id, sender=both(shop.anna.account), text="Open?")
    received = await sent(shop, text="Until six.", reply_to=asked.id, referred=referred)
    assert (received.text, received.quoted) == ("Until six.", asked.id)
    assert around(received).message(3).text(1) == "Open?"
    own = Referred(received.id, from_us=True, text="Until six.")
    received = await sent(shop, text="On Sundays too.", reply_to=own.external_id, referred=own)
    assert (received.quoted, around(received).text(2)) == (own.external_id, str(shop.account.pn))


async def test_a_reaction_is_shown_and_taken_back(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Thanks!")
    for emoji, shown in (("❤", "❤"), (None, "")):
        content = {"emoji": emoji, "target": asked.id}
        received = await sent(shop, "reaction", content=content, referred=Referred(asked.id))
        assert (received.kind, received.text or "", received.target) == ("reaction", shown, asked.id)


async def test_an_edit_and_a_deletion_reach_what_we_sent(shop: Shop) -> None:
    said = await sent(shop, text="Until sixx")
    content = {"target": said.id}
    received = await sent(shop, "edit", text="Until six", content=content, referred=Referred(said.id, from_us=True))
    assert (received.kind, received.text, received.target) == ("edit", "Until six", said.id)
    received = await sent(shop, "revoke", content=content, referred=Referred(said.id, from_us=True))
    assert (received.kind, received.target) == ("revoke", said.id)


def picture(form: str) -> bytes:
    """A picture of 8 by 6 points."""
    written = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(written, form)
    return written.getvalue()


def file(tmp_path: Path, content: bytes, mime: str, **more: Any) -> MediaFile:
    """A file of ours."""
    path = tmp_path / "file"
    path.write_bytes(content)
    return MediaFile(path, mime, len(content), **more)


FILES: list[tuple[str, bytes, str, str]] = [
    ("image", picture("PNG"), "image/png", "Our menu"),
    ("video", CONTENT, "video/mp4", "Our shop"),
    ("audio", CONTENT, "audio/mpeg", ""),
    ("document", CONTENT, "application/pdf", "Our prices"),
    ("sticker", picture("WEBP"), "image/webp", ""),
]


@pytest.mark.parametrize(("kind", "content", "mime", "text"), FILES, ids=[one[0] for one in FILES])
async def test_a_file_is_read_byte_for_byte_with_all_about_it(
    shop: Shop, tmp_path: Path, kind: str, content: bytes, mime: str, text: str
) -> None:
    received = await sent(shop, kind, text=text or None, media=file(tmp_path, content, mime, name="menu"))
    assert received.media is not None
    assert (received.kind, received.text or "", received.media.mime) == (kind, text, mime)
    assert shop.anna.open(received) == content
    assert received.media.is_voice is False
    assert received.media.name == ("menu" if kind == "document" else "")
    assert (received.media.thumbnail[:2] == THUMBNAIL[:2]) == (kind == "image")


async def test_a_voice_note_goes_out_as_one(shop: Shop, tmp_path: Path) -> None:
    recorded = b"OggS\0\2" + bytes(8) + b"\0" * 12 + b"\x01\x13OpusHead" + bytes(19)
    recorded += b"OggS\0\4" + (3 * 48_000).to_bytes(8, "little") + bytes(12)
    received = await sent(shop, "audio", media=file(tmp_path, recorded, "audio/ogg", voice=True))
    assert received.media is not None
    assert (received.media.is_voice, received.media.seconds) == (True, 3)
    assert received.media.mime == "audio/ogg; codecs=opus"
    assert shop.anna.open(received) == recorded


async def test_a_file_may_answer_a_message(shop: Shop, tmp_path: Path) -> None:
    asked = await shop.anna.send_text(shop.account, "Have you a menu?")
    received = await sent(shop, "document", media=file(tmp_path, CONTENT, "application/pdf"), reply_to=asked.id)
    assert (received.kind, received.quoted) == ("document", asked.id)


async def test_places_and_people_are_shown(shop: Shop) -> None:
    place = {"latitude": 38.7, "longitude": -9.1, "name": "Shop", "address": "Rua Augusta 1"}
    part = (await sent(shop, "location", content=place)).message.message(LOCATION)
    assert (part.double(1), part.double(2), part.text(3), part.text(4)) == (38.7, -9.1, "Shop", "Rua Augusta 1")
    people = [{"name": "Carl; head cook", "phone": "+49 30 123456"}, {"name": "Dora", "phone": "4930123457"}]
    card = (await sent(shop, "contacts", content={"contacts": people[:1]})).message.message(CONTACT)
    assert card.text(1) == "Carl; head cook"
    assert "waid=4930123456:+4930123456" in card.text(16)
    cards = (await sent(shop, "contacts", content={"contacts": people})).message.message(CONTACTS)
    assert [one.text(1) for one in cards.messages(2)] == ["Carl; head cook", "Dora"]


async def test_where_a_chat_lets_its_messages_vanish_ours_vanish_too(shop: Shop) -> None:
    received = await sent(shop, text="Soon gone", expires_after=86_400)
    assert (received.text, around(received).number(REMAINS)) == ("Soon gone", 86_400)


async def test_every_kind_that_the_channel_names_is_shown_here() -> None:
    shown = {one[0] for one in FILES} | {"text", "reaction", "edit", "revoke", "location", "contacts"}
    assert shown == KINDS


# What becomes of it


async def test_what_becomes_of_a_message_is_reported(shop: Shop) -> None:
    given = await shop.line.send(both(shop.anna.account), text="Until six.", our_id="msg_followed")
    assert given.external_id is not None
    taken = await shop.receipt(given.external_id, Status.SENT)
    assert taken.our_id == "msg_followed"
    delivered = await shop.receipt(given.external_id, Status.DELIVERED)
    assert set(both(shop.anna.account)) & set(delivered.chat)
    await shop.anna.read(await from_shop(shop.anna, given.external_id))
    read = await shop.receipt(given.external_id, Status.READ)
    assert set(both(shop.anna.account)) & set(read.chat)
    assert read.at is not None


async def test_several_messages_that_are_read_at_once_are_reported_each(shop: Shop) -> None:
    received = [await sent(shop, text=f"{number}.") for number in range(3)]
    await shop.anna.read(*received)
    for one in received:
        await shop.receipt(one.id, Status.READ)


async def test_that_a_voice_note_was_heard_is_reported(shop: Shop, tmp_path: Path) -> None:
    received = await sent(shop, "audio", media=file(tmp_path, CONTENT, "audio/ogg", voice=True))
    await shop.anna.play(received)
    await shop.receipt(received.id, Status.PLAYED)


async def test_what_a_phone_could_not_read_is_sent_again(shop: Shop) -> None:
    shop.lab.damage(shop.anna.account)
    received = await sent(shop, text="Damaged on the way out")
    assert received.text == "Damaged on the way out"
    assert received.id in shop.anna.undecryptable


# What we do about what comes


async def test_that_we_read_is_shown_to_who_wrote(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Open?")
    await shop.heard(asked)
    await shop.line.channel.mark_read(shop.line.line, Seen(asked.id, both(shop.anna.account), both(shop.anna.account)))
    shown = await first(shop.anna.next_receipt, lambda one: asked.id in one.ids and one.kind == "read")
    assert shown.sender is shop.account


async def test_with_the_newest_of_a_burst_all_of_it_is_read(shop: Shop) -> None:
    burst = [await shop.anna.send_text(shop.account, words) for words in ("Hello", "are you", "open?")]
    for one in burst:
        await shop.heard(one)
    newest = Seen(burst[-1].id, both(shop.anna.account), both(shop.anna.account))
    await shop.line.channel.mark_read(shop.line.line, newest)
    shown = await first(shop.anna.next_receipt, lambda one: burst[0].id in one.ids and one.kind == "read")
    assert {one.id for one in burst} <= set(shown.ids)


async def test_that_we_heard_a_voice_note_is_shown_to_who_recorded_it(shop: Shop) -> None:
    note = About("audio/ogg; codecs=opus", is_voice=True)
    asked = await shop.anna.send_file(shop.account, "audio", CONTENT, note)
    await shop.heard(asked)
    seen = Seen(asked.id, both(shop.anna.account), both(shop.anna.account), voice=True)
    await shop.line.channel.mark_read(shop.line.line, seen)
    await first(shop.anna.next_receipt, lambda one: one.ids == (asked.id,) and one.kind == "played")


async def test_that_we_write_is_shown_with_and_without_reading(shop: Shop) -> None:
    asked = await shop.anna.send_text(shop.account, "Open?")
    await shop.heard(asked)
    for writing, state in ((True, "composing"), (False, "paused")):
        await shop.line.channel.show_typing(shop.line.line, both(shop.anna.account), writing=writing)
        typed = await shop.anna.next_typing()
        assert (typed.state, typed.sender) == (state, shop.account)
    seen = Seen(asked.id, (phone_of(shop.anna.account),), (phone_of(shop.anna.account),))
    await shop.line.channel.mark_read(shop.line.line, seen, typing=True)
    assert (await shop.anna.next_typing()).state == "composing"
