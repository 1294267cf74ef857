"""Files beside messages of linked devices, and what may be seen once. Made of real protobufs."""

import base64

import orjson
import pytest
from linked_protobufs import Message, media, one


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_reference_to_a_file_holds_all_that_is_needed_to_fetch_it() -> None:
    given = media(mimetype="application/pdf", fileName="bill.pdf")
    found = one(Message(documentWithCaptionMessage={"message": {"documentMessage": given}})).media
    assert found is not None
    assert orjson.loads(found.remote_id) == {
        "v": 1,
        "keys": "document",
        "path": "/v/t62?x",
        "key": b64(b"k" * 32),
        "sha256": b64(b"s" * 32),
        "enc_sha256": b64(b"e" * 32),
        "size": 1234,
    }
    assert (found.mime, found.name, found.size, found.sha256) == ("application/pdf", "bill.pdf", 1234, b64(b"s" * 32))


def test_voice_note_is_told_from_a_recording() -> None:
    spoken, played = one(Message(audioMessage=media(PTT=True))).media, one(Message(audioMessage=media())).media
    assert spoken is not None
    assert played is not None
    assert (spoken.voice, played.voice) == (True, False)


@pytest.mark.parametrize("part", ["videoMessage", "stickerMessage"])
def test_what_moves_by_itself_is_marked(part: str) -> None:
    flag = {"videoMessage": "gifPlayback", "stickerMessage": "isAnimated"}[part]
    found = one(Message(**{part: media(**{flag: True})})).media
    assert found is not None
    assert found.animated


def test_sticker_is_opened_with_the_keys_of_pictures() -> None:
    found = one(Message(stickerMessage=media())).media
    assert found is not None
    assert orjson.loads(found.remote_id)["keys"] == "image"


def test_file_without_its_key_is_kept_as_it_came() -> None:
    found = one(Message(imageMessage={"caption": "old", "mimetype": "image/png"}))
    assert (found.kind, found.text, found.media) == ("image", "old", None)
    assert found.content["raw"] == {"caption": "old", "mimetype": "image/png"}


def test_small_preview_comes_along() -> None:
    preview = b"\xff\xd8" + b"x" * 20_000
    assert one(Message(imageMessage=media(JPEGThumbnail=preview))).content["thumbnail"] == b64(preview)


@pytest.mark.parametrize("preview", [b"\xff\xd8" + b"x" * 20_480, b"\x89PNG....", b""])
def test_preview_that_is_large_or_no_jpeg_is_left_out(preview: bytes) -> None:
    assert "thumbnail" not in one(Message(imageMessage=media(JPEGThumbnail=preview))).content


# View once


ONCE = "View once: open it on your phone."


@pytest.mark.parametrize("wrapper", ["viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension"])
@pytest.mark.parametrize("part", ["imageMessage", "videoMessage", "audioMessage"])
def test_view_once_keeps_its_kind_and_nothing_to_look_at(wrapper: str, part: str) -> None:
    given = {part: media(JPEGThumbnail=b"\xff\xd8x")} if part != "audioMessage" else {part: media()}
    found = one(Message(**{wrapper: {"message": given}}))
    assert (found.kind, found.text, found.media) == (part.removesuffix("Message"), ONCE, None)
    assert found.content == {"view_once": True}


@pytest.mark.parametrize("flag", ["IsViewOnce", "IsViewOnceV2", "IsViewOnceV2Extension"])
def test_view_once_is_respected_where_the_library_took_the_wrapper_off(flag: str) -> None:
    found = one(Message(imageMessage=media()), flags={flag: True})
    assert (found.text, found.media) == (ONCE, None)


def test_view_once_is_respected_where_the_picture_itself_says_so() -> None:
    assert one(Message(imageMessage=media(viewOnce=True))).media is None
