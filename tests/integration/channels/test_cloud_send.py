"""What goes out to Meta over real HTTP: messages, marks of reading, and files."""

from pathlib import Path
from typing import Any

import cloud_graph
import orjson
import pytest
from cloud_graph import ACCEPTED, OURS, TOKEN, Desk, error

from frontdesk.domain.wire import MediaFile, Seen, Sent
from frontdesk.kit import guard
from frontdesk.kit.errors import Rejected, Retryable

pytestmark = pytest.mark.asyncio(loop_scope="module")
graph, desk = cloud_graph.graph, cloud_graph.desk


# Questions as they go out


async def test_text_is_posted_with_the_token_to_the_number(desk: Desk) -> None:
    assert await desk.send() == Sent("wamid.OUT1")
    ((method, path, headers, body),) = desk.graph.asked
    assert (method, path) == ("POST", f"/v26.0/{OURS}/messages")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert orjson.loads(body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+447700900123",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "msg_1",
    }


async def test_message_that_breaks_a_limit_never_reaches_meta(desk: Desk) -> None:
    assert isinstance(await desk.refused(text="x" * 4097), Rejected)
    assert desk.graph.asked == []


async def test_sending_inside_a_transaction_is_a_fault(desk: Desk) -> None:
    token = guard.enter_transaction()
    try:
        with pytest.raises(guard.TransactionOpen):
            await desk.send()
        with pytest.raises(guard.TransactionOpen):
            await desk.channel.mark_read(desk.line, Seen("wamid.1"))
        with pytest.raises(guard.TransactionOpen):
            await desk.connect()
    finally:
        guard.leave_transaction(token)
    assert desk.graph.asked == []


async def test_reading_and_typing_are_told(desk: Desk) -> None:
    desk.graph.answers = [(200, {"success": True})]
    await desk.channel.mark_read(desk.line, Seen("wamid.1"))
    await desk.channel.mark_read(desk.line, Seen("wamid.2"), typing=True)
    read = {"messaging_product": "whatsapp", "status": "read"}
    assert desk.graph.bodies == [
        read | {"message_id": "wamid.1"},
        read | {"message_id": "wamid.2", "typing_indicator": {"type": "text"}},
    ]


async def test_refused_reading_raises_as_sending_does(desk: Desk) -> None:
    desk.graph.answers = [(400, error(131009)), (502, "<html>")]
    with pytest.raises(Rejected):
        await desk.channel.mark_read(desk.line, Seen("wamid.1"))
    with pytest.raises(Retryable):
        await desk.channel.mark_read(desk.line, Seen("wamid.1"))


# Files that go out


async def test_file_is_uploaded_and_then_named(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"%PDF-1.7 body of the file")
    desk.graph.answers = [(200, {"id": "1037543291543636"}), (200, ACCEPTED)]
    media = MediaFile(path, "application/pdf", 25, "form.pdf")
    assert await desk.send("document", media=media, text="please sign") == Sent("wamid.OUT1")
    (_, first, headers, form), (_, second, _, body) = desk.graph.asked
    assert (first, second) == (f"/v26.0/{OURS}/media", f"/v26.0/{OURS}/messages")
    assert headers["content-type"].startswith("multipart/form-data")
    for part in (b'name="messaging_product"', b'name="type"', b"application/pdf", b"%PDF-1.7 body of the file"):
        assert part in form
    assert orjson.loads(body)["document"] == {
        "id": "1037543291543636",
        "filename": "form.pdf",
        "caption": "please sign",
    }


async def test_file_is_not_uploaded_again_when_the_message_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"x" * 100)
    desk.graph.answers = [
        (200, {"id": "77"}),
        (500, error(131016)),
        (200, ACCEPTED),
        (200, {"id": "78"}),
        (200, ACCEPTED),
    ]
    media = MediaFile(path, "image/png", 100)
    assert isinstance(await desk.refused(kind="image", media=media), Retryable)
    assert await desk.send("image", media=media) == Sent("wamid.OUT1")
    assert await desk.send("image", media=media, our_id="msg_2") == Sent("wamid.OUT1")
    assert [path.rsplit("/", 1)[1] for _, path, _, _ in desk.graph.asked] == [
        *("media", "messages", "messages"),
        *("media", "messages"),
    ]
    assert [body["image"]["id"] for body in desk.graph.bodies] == ["77", "77", "78"]


@pytest.mark.parametrize("answer", [(502, "<html>"), (200, ""), (200, {})])
async def test_upload_with_an_unknown_outcome_is_tried_again(desk: Desk, tmp_path: Path, answer: Any) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"x")
    desk.graph.answers = [answer]
    assert isinstance(await desk.refused(kind="image", media=MediaFile(path, "image/png", 1)), Retryable)
    assert len(desk.graph.asked) == 1


async def test_refused_file_is_not_sent(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"x")
    desk.graph.answers = [(400, error(131053, "Unsupported mime type"))]
    caught = await desk.refused(kind="image", media=MediaFile(path, "image/png", 1))
    assert isinstance(caught, Rejected)
    assert "format" in caught.sentence


async def test_file_of_the_wrong_kind_or_gone_never_reaches_meta(desk: Desk, tmp_path: Path) -> None:
    wrong = await desk.refused(kind="image", media=MediaFile(tmp_path / "a", "image/gif", 1))
    gone = await desk.refused(kind="image", media=MediaFile(tmp_path / "a", "image/png", 1))
    assert isinstance(wrong, Rejected)
    assert isinstance(gone, Rejected)
    assert "no longer there" in gone.sentence
    assert desk.graph.asked == []


@pytest.mark.parametrize(("flags", "taken"), [(0x02, True), (0x00, False)])
async def test_large_sticker_must_move(desk: Desk, tmp_path: Path, flags: int, taken: bool) -> None:
    path = tmp_path / "stored"
    head = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes([flags])
    path.write_bytes(head + b"\0" * 200_000)
    desk.graph.answers = [(200, {"id": "77"}), (200, ACCEPTED)]
    media = MediaFile(path, "image/webp", 200_021)
    if taken:
        await desk.send("sticker", media=media)
        assert head in desk.graph.asked[0][3]
    else:
        assert "does not move" in (await desk.refused(kind="sticker", media=media)).sentence
