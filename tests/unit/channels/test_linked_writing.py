"""What is sent on a linked device: our words as a command, and the command as a message of WhatsApp's own."""

import io
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from linked_protobufs import AT, GROUP, LID, OWN, PHONE, Message, composing, e2e, one, plain
from PIL import Image

from frontdesk.channels.linked.writing import KINDS, command
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import MediaFile, Outbound, Referred
from frontdesk.kit.errors import Rejected

ANA = "447700900123@s.whatsapp.net"
ANA_HIDDEN = "98765432101234@lid"
THEIRS = Referred("3EB0Q", sender=(PHONE, LID), text="How much?")
OURS = Referred("3EB0Q", from_us=True, text="Ten.")
OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(20) + b"OggS\0\4" + struct.pack("<q", 48_000 * 7) + bytes(12)


def outbound(kind: str = "text", text: str | None = "hello", **parts: Any) -> Outbound:
    return Outbound("msg_1", parts.pop("to", (PHONE, LID)), kind, text, **parts)


def composed(message: Outbound, *, keep: list[tuple[bytes, str]] | None = None) -> Any:
    """The message, by way of the JSON that crosses to the child."""

    def upload(content: bytes, kind: str) -> Any:
        (keep if keep is not None else []).append((content, kind))
        return stored(content, kind)

    told = orjson.loads(orjson.dumps(command(message)))
    return composing.compose(told, own=OWN, upload=upload, at=AT * 1_000)


def file(folder: Path, content: bytes, mime: str, *, voice: bool = False, name: str | None = None) -> MediaFile:
    path = folder / "file"
    path.write_bytes(content)
    return MediaFile(path, mime, len(content), name, voice)


def picture(size: tuple[int, int] = (800, 400), form: str = "PNG", **parts: Any) -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(written, form, **parts)
    return written.getvalue()


def stored(content: bytes, _kind: str) -> Any:
    return composing.Uploaded("https://x", "/v/x?y", b"k" * 32, b"s" * 32, b"e" * 32, len(content))


# The command


def test_command_holds_everything_as_plain_json() -> None:
    made = command(outbound(reply_to="3EB0Q", referred=THEIRS, expires_after=86400, content={"mentions": ["lid:5"]}))
    assert made == {
        "our_id": "msg_1",
        "to": [ANA, ANA_HIDDEN],
        "kind": "text",
        "text": "hello",
        "content": {"mentions": ["lid:5"]},
        "referred": {
            "external_id": "3EB0Q",
            "from_us": False,
            "sender": [ANA, ANA_HIDDEN],
            "kind": "text",
            "text": "How much?",
        },
        "media": None,
        "expires_after": 86400,
    }


def test_command_with_a_file_names_its_path(tmp_path: Path) -> None:
    given = file(tmp_path, b"x", "application/pdf", name="bill.pdf")
    assert command(outbound("document", None, media=given))["media"] == {
        "path": str(given.path),
        "mime": "application/pdf",
        "name": "bill.pdf",
        "voice": False,
        "size": 1,
    }


def test_answer_to_a_message_that_is_not_known_names_it_all_the_same() -> None:
    assert command(outbound(reply_to="3EB0Q"))["referred"]["external_id"] == "3EB0Q"
    assert (
        command(outbound(reply_to="3EB0Q", referred=replace(THEIRS, external_id="other")))["referred"]["sender"] == []
    )


def test_what_is_edited_or_deleted_is_ours_where_nothing_else_is_known() -> None:
    for kind in ("edit", "revoke"):
        assert command(outbound(kind, content={"target": "3EB0T"}))["referred"]["from_us"] is True
    assert command(outbound("reaction", content={"target": "3EB0T"}))["referred"]["from_us"] is False


STICKER = MediaFile(Path("x"), "image/png", 1)
CARD = {"name": "Jane", "phone": "447700900456"}
REFUSED = [
    (outbound("buttons"), "cannot send buttons"),
    (outbound("list"), "cannot send buttons"),
    (outbound("template"), "cannot send buttons"),
    (outbound("dance"), "“dance” cannot be sent"),
    (outbound(to=(Address(AddressKind.USER, "GB.1"),)), "no phone number and no hidden id"),
    (outbound(to=(Address(AddressKind.GROUP, "Y2FwaV9ncm91cDox"),)), "no phone number and no hidden id"),
    (outbound(text=" "), "The text is empty"),
    (outbound(text="x" * 65_537), "65537 characters"),
    (outbound("image"), "no file"),
    (outbound("sticker", None, media=STICKER), "WebP"),
    (outbound("audio", "words", media=STICKER), "carries no text"),
    (outbound("image", "x" * 1_025, media=STICKER), "1025 characters"),
    (outbound("location", content={"latitude": 95, "longitude": 0}), "latitude and longitude"),
    (outbound("contacts", content={"contacts": []}), "0 contacts"),
    (outbound("contacts", content={"contacts": [CARD] * 51}), "51 contacts"),
    (outbound("contacts", content={"contacts": [{"name": "Jane"}]}), "a name and a phone number"),
    (outbound("reaction", content={"emoji": "👍"}), "to which message"),
    (outbound("reaction", content={"target": "a", "emoji": "x" * 40}), "one emoji"),
    (outbound("edit", content={}), "which message it changes"),
    (outbound("edit", content={"target": "a"}, referred=replace(OURS, kind="image")), "Only texts can be edited"),
    (outbound("edit", content={"target": "a"}, referred=THEIRS), "can be edited"),
    (outbound("revoke", content={"target": "a"}, referred=THEIRS), "can be deleted for everybody"),
    (outbound("revoke", content={}), "which message it is about"),
]


@pytest.mark.parametrize(("message", "why"), REFUSED, ids=[f"{row[0].kind}-{row[1]}" for row in REFUSED])
def test_what_cannot_be_sent_is_refused_with_a_sentence(message: Outbound, why: str) -> None:
    with pytest.raises(Rejected, match=re.escape(why)):
        command(message)


def test_child_refuses_a_kind_that_it_does_not_know() -> None:
    told = command(outbound()) | {"kind": "dance"}
    with pytest.raises(Rejected, match="dance"):
        composing.compose(told, own=OWN, upload=stored, at=0)


def test_parent_and_child_know_the_same_kinds() -> None:
    assert composing.KINDS == KINDS


# Texts


def test_text_alone_is_a_plain_one() -> None:
    assert composed(outbound()) == Message(conversation="hello")


def test_text_in_a_vanishing_chat_vanishes() -> None:
    assert composed(outbound(expires_after=86400)).extendedTextMessage.contextInfo.expiration == 86400


@pytest.mark.parametrize(
    ("to", "referred", "participant"),
    [
        ((PHONE, LID), THEIRS, ANA),
        ((GROUP,), THEIRS, ANA_HIDDEN),
        ((PHONE, LID), OURS, "351210000100@s.whatsapp.net"),
        ((GROUP,), OURS, "11112222333344@lid"),
        ((PHONE, LID), None, ANA),
        ((GROUP,), None, ""),
    ],
)
def test_answer_quotes_the_message_and_its_writer(to: Any, referred: Referred | None, participant: str) -> None:
    context = composed(outbound(to=to, reply_to="3EB0Q", referred=referred)).extendedTextMessage.contextInfo
    assert (context.stanzaID, context.participant) == ("3EB0Q", participant)
    assert context.quotedMessage.conversation == (referred.text if referred else "")


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("image", "imageMessage"), ("video", "videoMessage"), ("document", "documentMessage"),
        ("audio", "audioMessage"), ("sticker", "stickerMessage"), ("location", "locationMessage"),
        ("contacts", "contactMessage"), ("order", "conversation"),
    ],
)  # fmt: skip
def test_quoted_message_keeps_its_kind(kind: str, part: str) -> None:
    made = composed(outbound(reply_to="3EB0Q", referred=replace(THEIRS, kind=kind)))
    assert [field.name for field, _ in made.extendedTextMessage.contextInfo.quotedMessage.ListFields()] == [part]


def test_mentions_in_a_group_are_found_in_the_text() -> None:
    text = "@447700900456 and @98765432101234, @55555555555555 mail a@447700900456"
    made = composed(outbound(text=text, to=(GROUP,), content={"mentions": ["lid:447700900456"]}))
    mentioned = ["447700900456@lid", "98765432101234@lid", "55555555555555@lid"]
    assert made.extendedTextMessage.contextInfo.mentionedJID == mentioned
    alone = composed(outbound(text="@447700900456", to=(GROUP,)))
    assert alone.extendedTextMessage.contextInfo.mentionedJID == ["447700900456@s.whatsapp.net"]


def test_digits_in_a_chat_with_one_person_mention_nobody() -> None:
    assert composed(outbound(text="@447700900456")) == Message(conversation="@447700900456")


# Files


def test_picture_is_uploaded_with_its_size_and_a_preview(tmp_path: Path) -> None:
    kept: list[tuple[bytes, str]] = []
    content = picture()
    made = composed(outbound("image", "look", media=file(tmp_path, content, "image/png")), keep=kept).imageMessage
    assert kept == [(content, "image")]
    assert (made.caption, made.mimetype, made.width, made.height) == ("look", "image/png", 800, 400)
    assert (made.URL, made.directPath, made.mediaKey) == ("https://x", "/v/x?y", b"k" * 32)
    assert (made.fileSHA256, made.fileEncSHA256, made.fileLength) == (b"s" * 32, b"e" * 32, len(content))
    assert made.mediaKeyTimestamp == AT
    with Image.open(io.BytesIO(made.JPEGThumbnail)) as preview:
        assert (preview.format, preview.size) == ("JPEG", (160, 80))
    assert len(made.JPEGThumbnail) <= 20 * 1024


def test_picture_of_an_upright_phone_is_measured_as_it_is_shown() -> None:
    marks = Image.Exif()
    marks[0x0112] = 6
    seen = composing.look(picture(form="JPEG", exif=marks))
    assert seen is not None
    assert (seen.width, seen.height) == (400, 800)
    with Image.open(io.BytesIO(seen.preview or b"")) as preview:
        assert preview.size == (80, 160)


@pytest.mark.parametrize("content", [b"", b"no picture", picture()[:60], b"\xff\xd8\xff\xe0broken"])
def test_picture_that_cannot_be_read_goes_without_a_preview(tmp_path: Path, content: bytes) -> None:
    made = composed(outbound("image", None, media=file(tmp_path, content, "image/jpeg"))).imageMessage
    assert (made.directPath, made.JPEGThumbnail) == ("/v/x?y", b"")


def test_picture_of_huge_size_is_not_unpacked() -> None:
    seen = composing.look(picture(), most_pixels=100)
    assert seen is not None
    assert (seen.width, seen.preview) == (800, None)


def test_voice_note_goes_as_voice_and_tells_how_long_it_is(tmp_path: Path) -> None:
    made = composed(outbound("audio", None, media=file(tmp_path, OPUS, "audio/ogg", voice=True))).audioMessage
    assert (made.PTT, made.mimetype, made.seconds) == (True, "audio/ogg; codecs=opus", 7)


@pytest.mark.parametrize("content", [b"", b"ID3 something", OPUS[:20], b"OggS" + bytes(3), OPUS[:-14]])
def test_length_of_what_is_no_whole_recording_is_not_guessed(content: bytes) -> None:
    assert composing.ogg_seconds(content) is None


def test_recording_is_no_voice_note(tmp_path: Path) -> None:
    made = composed(outbound("audio", None, media=file(tmp_path, b"ID3", "audio/mpeg"))).audioMessage
    assert (made.PTT, made.mimetype) == (False, "audio/mpeg")


def test_document_has_its_name(tmp_path: Path) -> None:
    given = file(tmp_path, b"%PDF", "application/pdf", name="bill.pdf")
    made = composed(outbound("document", "the bill", media=given)).documentMessage
    assert (made.fileName, made.title, made.caption) == ("bill.pdf", "bill.pdf", "the bill")


def test_sticker_is_uploaded_as_a_picture(tmp_path: Path) -> None:
    kept: list[tuple[bytes, str]] = []
    given = file(tmp_path, picture((64, 64), "WEBP"), "image/webp")
    made = composed(outbound("sticker", None, media=given), keep=kept).stickerMessage
    assert (kept[0][1], made.width, made.isAnimated) == ("image", 64, False)


def test_film_answers_and_vanishes_as_texts_do(tmp_path: Path) -> None:
    given = outbound("video", None, media=file(tmp_path, b"mp4", "video/mp4"), reply_to="3EB0Q", expires_after=60)
    context = composed(given).videoMessage.contextInfo
    assert (context.stanzaID, context.expiration) == ("3EB0Q", 60)


def test_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="no longer there"):
        composed(outbound("image", None, media=MediaFile(tmp_path / "gone", "image/png", 1)))


# The other kinds


def test_place_has_its_name_and_address() -> None:
    place = {"latitude": 51.5, "longitude": -0.12, "name": "Shop", "address": "1 High St"}
    found = one(composed(outbound("location", None, content=place, reply_to="3EB0Q")))
    assert (found.content, found.reply_to) == (place | {"url": None}, "3EB0Q")


@pytest.mark.parametrize("count", [1, 2])
def test_cards_can_be_read_back(count: int) -> None:
    people = [{"name": "Jane; Roe, Ltd", "phone": "+44 7700 900456"}] * count
    found = one(composed(outbound("contacts", None, content={"contacts": people}, expires_after=60)))
    number = {"phone": "+447700900456", "wa_id": "447700900456", "type": "CELL"}
    assert found.content["contacts"] == [{"name": {"formatted_name": "Jane; Roe, Ltd"}, "phones": [number]}] * count
    assert found.content["expires_after"] == 60


@pytest.mark.parametrize(("emoji", "text"), [("👍", "👍"), (None, ""), ("", "")])
def test_reaction_and_its_removal_name_the_message(emoji: str | None, text: str) -> None:
    given = outbound("reaction", None, content={"target": "3EB0Q", "emoji": emoji}, referred=THEIRS)
    made = composed(given).reactionMessage
    assert (made.text, made.key.ID, made.key.fromMe, made.key.remoteJID) == (text, "3EB0Q", False, ANA)
    assert (made.key.participant, made.senderTimestampMS) == ("", AT * 1_000)


def test_reaction_in_a_group_names_the_writer() -> None:
    given = outbound("reaction", None, to=(GROUP,), content={"target": "3EB0Q", "emoji": "👍"}, referred=THEIRS)
    assert composed(given).reactionMessage.key.participant == ANA_HIDDEN


def test_edit_can_be_read_back() -> None:
    made = composed(outbound("edit", "Eleven.", content={"target": "3EB0Q"}, referred=OURS))
    key = made.editedMessage.message.protocolMessage.key
    assert (key.fromMe, key.remoteJID, made.editedMessage.message.protocolMessage.timestampMS) == (
        True,
        ANA,
        AT * 1_000,
    )
    found = one(made)
    assert (found.kind, found.text, found.content["target"]) == ("edit", "Eleven.", "3EB0Q")


def test_edit_in_a_group_mentions_people_as_texts_do() -> None:
    given = outbound("edit", "@447700900456", to=(GROUP,), content={"target": "3EB0Q"}, referred=OURS)
    assert one(composed(given)).content["mentions"] == ["phone:447700900456"]


def test_deletion_can_be_read_back() -> None:
    made = composed(outbound("revoke", None, content={"target": "3EB0Q"}, referred=OURS))
    assert made.protocolMessage.type == e2e.ProtocolMessage.REVOKE
    assert (one(made).kind, one(made).content) == ("revoke", {"target": "3EB0Q"})


def test_admin_of_a_group_deletes_the_message_of_another() -> None:
    made = composed(outbound("revoke", None, to=(GROUP,), content={"target": "3EB0Q"}, referred=THEIRS))
    assert plain(made.protocolMessage.key) == {
        "remoteJID": GROUP.value,
        "fromMe": False,
        "ID": "3EB0Q",
        "participant": ANA_HIDDEN,
    }
