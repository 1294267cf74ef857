"""The past, handed over at linking: first the words and places kept for files, later the files."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import Inbound, MediaRef
from frontdesk.kit.clock import HOUR
from frontdesk.testing.desk import FakeLine


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


def _past(line: FakeLine, kind: str, text: str | None = None, **parts: Any) -> Inbound:
    at = line.clock.now() - HOUR
    return line.message(text, kind=kind, external_id="x", history=True, at=at, **parts)


def _image(line: FakeLine, **parts: Any) -> Inbound:
    return _past(line, "image", "The menu", media=MediaRef("901", mime="image/jpeg"), **parts)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("together", [True, False])
async def test_the_file_of_a_past_message_takes_the_place_that_was_kept_for_it(
    line: FakeLine, ours: bool, together: bool
) -> None:
    place, image = _past(line, "media_placeholder", typed_on_phone=ours), _image(line, typed_on_phone=ours)
    for batch in ((place, image),) if together else ((place,), (image,)):
        await line.arrive(*batch)
    (row,), (file,) = await line.messages(), await line.files()
    assert (row.kind, row.text, row.media_id, file.message_id) == ("image", "The menu", file.id, row.id)
    assert (await line.chat()).last_text == "The menu"
    told = line.happened(LiveType.MESSAGE_CHANGED) + line.happened(LiveType.MESSAGE_ADDED)
    assert row.id in {live.payload["id"] for live in told}
    await balances(line)


@pytest.mark.parametrize("together", [True, False])
async def test_a_place_for_a_file_that_is_here_already_is_a_duplicate(line: FakeLine, together: bool) -> None:
    place, image = _past(line, "media_placeholder"), _image(line)
    for batch in ((image, place, image),) if together else ((image,), (place,), (image,)):
        await line.arrive(*batch)
    assert [row.kind for row in await line.messages()] == ["image"]
    await balances(line)


async def test_the_file_of_another_message_leaves_the_place_kept(line: FakeLine) -> None:
    await line.arrive(_past(line, "media_placeholder"))
    await line.arrive(line.message("y", kind="image", external_id="y", history=True, media=MediaRef("902")))
    assert {row.kind for row in await line.messages()} == {"media_placeholder", "image"}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("played", "played"),
        ("error", "failed"),
        ("pending", "sent"),
        ("what", "sent"),
        (None, "sent"),
    ],
)
async def test_a_past_message_of_ours_has_come_as_far_as_the_past_tells(
    line: FakeLine, told: str | None, status: str
) -> None:
    content = {"history_status": told} if told else {}
    await line.arrive(_past(line, "text", "See you", typed_on_phone=True, content=content))
    assert await line.out() == [("See you", status)]


async def test_a_past_message_of_a_person_was_received_whatever_the_past_tells(line: FakeLine) -> None:
    await line.arrive(_past(line, "text", "Hi", content={"history_status": "read"}))
    assert [row.status for row in await line.messages()] == ["received"]
