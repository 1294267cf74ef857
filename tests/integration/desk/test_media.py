"""Files: fetched beside their message, believed by their content, kept by their hash."""

import hashlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.media import TooLarge, real_mime
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState, MediaRef
from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.store.rows import MediaRow
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line

OFF = '[[persona]]\nname = "Desk"\ntrusted = true\nagent_mode = "off"\n'
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)
HTML = b"<!DOCTYPE html><script>alert(1)</script>"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        yield line


async def _arrives(
    line: FakeLine, content: bytes | None = PNG, mime: str = "image/png", name: str = "a.png"
) -> MediaRow:
    if content is not None:
        line.channel.files["m1"] = content
    await line.arrive(line.message(None, kind="image", media=MediaRef("m1", mime, name=name)))
    await line.idle()
    return (await line.files())[-1]


async def _upload(line: FakeLine, *chunks: bytes, name: str = "a.png", mime: str = "image/png") -> MediaRow:
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


@pytest.mark.parametrize(
    ("content", "told", "real"),
    [
        (PNG, "image/png", "image/png"),
        (PNG, "image/svg+xml", "image/png"),
        (PNG, "application/pdf", "image/png"),
        (PNG, None, "image/png"),
        (b"%PDF-1.7\n", "image/png", "application/pdf"),
        (b"\xef\xbb\xbf<html>", "image/png", "text/html"),
        (b"<svg onload=alert(1)>", "image/png", "text/html"),
        (b"<html>", "text/plain", "text/plain"),
        (b"just words", "image/png", "application/octet-stream"),
        (b"just words", "text/html", "application/octet-stream"),
        (b"just words", "text/plain; charset=utf-8", "text/plain"),
        (b"OggS\0\x02" + bytes(30), "audio/ogg; codecs=opus", "audio/ogg"),
        (b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01", "audio/ogg; codecs=opus", "audio/ogg"),
        (b"PK\x03\x04" + bytes(30), "application/vnd.ms-excel.sheet", "application/vnd.ms-excel.sheet"),
        (b"", "image/png", "application/octet-stream"),
    ],
)
def test_a_file_is_believed_by_its_content(tmp_path: Path, content: bytes, told: str | None, real: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    assert real_mime(file, told) == real


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
    row = await _upload(line, PNG[:10], PNG[10:], name="a\ud800" + "x" * 300, mime="text/plain")
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
