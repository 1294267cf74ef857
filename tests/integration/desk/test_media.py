"""Files: fetched beside their message, believed by their content, kept by their hash."""

import hashlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sending_line import OFF

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.media import TooLarge
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState, MediaRef
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.store.rows import MediaRow
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)
HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        yield line


async def _arrives(
    line: FakeLine, content: bytes | None = PNG, mime: str | None = "image/png", name: str = "a.png"
) -> MediaRow:
    if content is not None:
        line.channel.files["m1"] = content
    await line.arrive(line.message(None, kind="image", media=MediaRef("m1", mime, name=name)))
    await line.idle()
    return (await line.files())[-1]


async def _upload(line: FakeLine, *chunks: bytes, name: str = "a.png", mime: str | None = "image/png") -> MediaRow:
    async def parts() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    row: MediaRow = await line.desk.media.keep(line.account_id, name=name, mime=mime, chunks=parts())
    return row


def _incoming(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "data" / "media" / "incoming").glob("*"))


# What arrives


async def test_a_file_is_stored_under_the_hash_of_its_content(line: FakeLine, tmp_path: Path) -> None:
    row = await _arrives(line, name="../../etc/passwd")
    digest = hashlib.sha256(PNG).hexdigest()
    path = line.desk.media.path(row)
    assert (row.state, row.sha256, row.size, row.mime) == ("stored", digest, len(PNG), "image/png")
    assert path == tmp_path / "data" / "media" / digest[:2] / digest
    assert path.read_bytes() == PNG
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _incoming(tmp_path) == []


async def test_the_same_content_lies_there_once(line: FakeLine, tmp_path: Path) -> None:
    first, second = await _arrives(line), await _upload(line, PNG)
    assert first.id != second.id
    assert line.desk.media.path(first) == line.desk.media.path(second)


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "text/html", "image/svg+xml", "application/xhtml+xml"])
async def test_html_disguised_as_a_picture_is_told_as_html(line: FakeLine, mime: str) -> None:
    row = await _arrives(line, HTML, mime)
    assert row.mime == "text/html"


@pytest.mark.parametrize("mime", ["text/plain", "application/octet-stream", None])
async def test_a_text_is_told_as_text_whether_it_came_or_was_uploaded(line: FakeLine, mime: str | None) -> None:
    words = "Opening hours: 9 to 5, café".encode()
    uploaded = await _upload(line, words, name="hours.txt", mime=mime)
    came = await _arrives(line, words, mime, name="hours.txt")
    assert (came.mime, uploaded.mime) == ("text/plain", "text/plain")


async def test_a_type_that_only_the_message_knew_is_not_lost_with_the_download(line: FakeLine) -> None:
    line.channel.file_types["m1"] = "application/octet-stream"
    assert (await _arrives(line, b"just words", "text/plain", name="hours")).mime == "text/plain"


async def test_a_file_of_no_bytes_is_asked_for_again_and_stored_once_it_has_some(line: FakeLine) -> None:
    assert (await _arrives(line, b"")).state == "pending"
    line.channel.files["m1"] = PNG
    for _ in range(3):
        await line.pass_time(MINUTE)
    row = (await line.files())[0]
    assert (row.state, row.size) == ("stored", len(PNG))


async def test_a_file_that_stays_empty_is_refused_in_words(line: FakeLine, tmp_path: Path) -> None:
    await _arrives(line, b"")
    for _ in range(30):
        await line.pass_time(HOUR)
    row = (await line.files())[0]
    assert (row.state, row.sha256) == ("refused", None)
    assert row.error is not None
    assert "arrived empty" in row.error
    assert _incoming(tmp_path) == []


async def test_what_the_channel_refuses_is_marked_with_the_reason_and_not_asked_again(line: FakeLine) -> None:
    line.channel.files["m1"] = Rejected("The file has expired.")
    row = await _arrives(line, None)
    assert (row.state, row.error) == ("refused", "The file has expired.")
    assert await line.jobs("fetch_media") == []


async def test_a_file_that_is_too_large_is_refused(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.media.LARGEST", 50)
    row = await _arrives(line)
    assert (row.state, row.error) == ("refused", "The file is too large.")


async def test_a_download_that_fails_is_tried_again(line: FakeLine) -> None:
    line.channel.files["m1"] = Retryable("Busy.", after=MINUTE)
    assert (await _arrives(line, None)).state == "pending"
    line.channel.files["m1"] = PNG
    await line.pass_time(MINUTE)
    assert (await line.files())[0].state == "stored"


async def test_a_download_that_fails_for_good_is_marked_and_can_be_asked_for_again(line: FakeLine) -> None:
    line.channel.files["m1"] = Retryable("Busy.", after=MINUTE)
    await _arrives(line, None)
    for _ in range(8):
        await line.pass_time(MINUTE)
    row = (await line.files())[0]
    assert (row.state, row.error) == ("failed", "Busy.")
    line.channel.files["m1"] = PNG
    await line.desk.media.fetch_again(row.id)
    await line.idle()
    assert (await line.files())[0].state == "stored"
    with pytest.raises(Conflict, match="nothing to fetch"):
        await line.desk.media.fetch_again(row.id)


async def test_a_file_waits_for_its_line_however_long_that_is_down(line: FakeLine) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED))
    await _arrives(line)
    for _ in range(30):
        await line.pass_time(HOUR)
    assert [row.state for row in await line.files()] == ["pending"]
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTING))
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTED))
    await line.pass_time(MINUTE)
    assert [row.state for row in await line.files()] == ["stored"]
    assert await line.alerts() == []


async def test_a_file_of_a_line_that_was_removed_is_marked(line: FakeLine) -> None:
    await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED))
    await _arrives(line)
    await line.desk.accounts.remove(line.account_id)
    await line.pass_time(MINUTE)
    await until(lambda: _is(line, "failed"))
    assert (await line.files())[0].error == "The line was removed."


async def _is(line: FakeLine, state: str) -> bool:
    return [row.state for row in await line.files()] == [state]


async def test_a_file_that_is_not_here_has_no_path(line: FakeLine) -> None:
    line.channel.files["m1"] = Rejected("The file has expired.")
    with pytest.raises(NotFound, match="not here"):
        line.desk.media.path(await _arrives(line, None))


# What an operator uploads


async def test_an_upload_is_kept_by_its_content(line: FakeLine, tmp_path: Path) -> None:
    row = await _upload(line, PNG[:10], PNG[10:], name="a\ud800" + "x" * 300, mime="application/octet-stream")
    assert (row.mime, row.size, row.state) == ("image/png", len(PNG), "stored")
    assert row.name is not None
    assert (row.name[:2], len(row.name)) == ("a\ufffd", 240)
    assert _incoming(tmp_path) == []


async def test_an_upload_that_is_empty_or_too_large_is_refused_and_leaves_nothing(
    line: FakeLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.desk.media.LARGEST", 50)
    with pytest.raises(Invalid, match="empty"):
        await _upload(line)
    with pytest.raises(TooLarge):
        await _upload(line, bytes(30), bytes(30))
    assert (_incoming(tmp_path), await line.files()) == ([], [])


@pytest.mark.parametrize(("name", "mime"), [("h.png", "image/png"), ("h.png", None), ("h", "image/png")])
async def test_an_upload_that_is_not_what_it_says_is_refused_and_leaves_nothing(
    line: FakeLine, tmp_path: Path, name: str, mime: str | None
) -> None:
    with pytest.raises(Invalid, match="says that it is a picture, and its content is a web page"):
        await _upload(line, b"<html><script>alert(1)</script>", name=name, mime=mime)
    assert (_incoming(tmp_path), await line.files()) == ([], [])


async def test_an_upload_to_an_unknown_line_is_not_found(line: FakeLine) -> None:
    with pytest.raises(NotFound):
        await line.desk.media.keep("acc_none", name="a", mime=None, chunks=_nothing())


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in list[bytes]():
        yield chunk


async def test_a_full_disk_is_said_in_words(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(line.desk.media, "_settle", full)
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        await _upload(line, PNG)
