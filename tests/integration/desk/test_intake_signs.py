"""Reactions, edits, deletions and what WhatsApp itself says are kept, and are no message that somebody wrote."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line

from frontdesk.kit.clock import DAY, HOUR, SECOND
from frontdesk.testing.desk import FakeLine

SIGNS = ["edit", "reaction", "revoke", "system"]


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


@pytest.mark.parametrize("kind", SIGNS)
async def test_a_sign_alone_opens_no_window_and_waits_for_no_answer(line: FakeLine, kind: str) -> None:
    await line.arrive(line.message("sign", kind=kind, content={"target": "x"}))
    chat = await line.chat()
    assert (chat.last_inbound_at, chat.unread, chat.waiting_since) == (None, 0, None)
    assert len(await line.messages()) == 1
    await balances(line)


@pytest.mark.parametrize("kind", SIGNS)
async def test_a_sign_prolongs_no_window_and_is_nothing_to_read(line: FakeLine, kind: str) -> None:
    wrote_at = line.clock.now() - DAY - HOUR
    await line.arrive(line.message("Hi", external_id="x", at=wrote_at))
    await line.arrive(line.message("sign", kind=kind, content={"target": "x"}))
    chat = await line.chat()
    assert (chat.last_inbound_at, chat.unread) == (wrote_at, 1)


@pytest.mark.parametrize("kind", SIGNS)
async def test_a_sign_reopens_no_resolved_chat(line: FakeLine, kind: str) -> None:
    await line.arrive(line.message("Hi", external_id="x"))
    await line.desk.chats.change((await line.chat()).id, by="opr", state="resolved")
    await line.arrive(line.message("sign", kind=kind, content={"target": "x"}))
    assert (await line.chat()).state == "resolved"


@pytest.mark.parametrize("kind", ["text", "button", "unsupported", "something_new"])
async def test_what_a_person_sends_opens_the_window_whether_we_can_read_it_or_not(line: FakeLine, kind: str) -> None:
    await line.arrive(line.message("Hi", kind=kind))
    chat = await line.chat()
    assert (chat.last_inbound_at, chat.unread) == (line.clock.now(), 1)


async def test_who_reacts_to_an_answer_that_is_told_late_waits_no_more(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("Open?", at=now - 2 * SECOND))
    await line.arrive(line.message("👍", kind="reaction", content={"target": "y"}))
    await line.arrive(line.message("Yes", typed_on_phone=True, external_id="y", at=now - SECOND))
    assert (await line.chat()).waiting_since is None
