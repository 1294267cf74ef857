"""What could not be read at first keeps its place until it can, and counts as new when it comes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.live import LiveType
from frontdesk.domain.messages import PLACEHOLDER
from frontdesk.domain.wire import Inbound, MediaRef
from frontdesk.domain.work import RunTurn
from frontdesk.kit.clock import MINUTE
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

GROUP = "120363@g.us"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


def _place(line: FakeLine, **parts: Any) -> Inbound:
    return line.message("This message could not be read yet.", kind=PLACEHOLDER, external_id="x", **parts)


def _real(line: FakeLine, text: str | None = "Are you open?", **parts: Any) -> Inbound:
    return line.message(text, external_id="x", **parts)


@pytest.mark.parametrize("together", [True, False])
async def test_what_could_not_be_read_is_replaced_by_the_message_itself(line: FakeLine, together: bool) -> None:
    place, real = _place(line), _real(line, reply_to="in-0", content={"forwarded": True})
    for batch in ((place, real),) if together else ((place,), (real,)):
        await line.arrive(*batch)
    (row,) = await line.messages()
    assert (row.kind, row.text, row.reply_to, row.content) == (
        "text",
        "Are you open?",
        "in-0",
        '{"forwarded":true}',
    )
    assert (row.decision, row.gate_reason) == ("pending", None)
    chat = await line.chat()
    assert (chat.last_text, chat.unread, chat.waiting_since) == ("Are you open?", 1, row.provider_time)
    assert len(await line.jobs(RunTurn.kind)) == 1
    told = line.happened(LiveType.MESSAGE_CHANGED) + line.happened(LiveType.MESSAGE_ADDED)
    assert row.id in {live.payload["id"] for live in told}
    await balances(line)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("image", {"media": MediaRef("901", mime="image/jpeg")}),
        ("location", {"content": {"latitude": 1.0, "longitude": 2.0}}),
        ("contacts", {"content": {"contacts": []}}),
        ("unsupported", {}),
    ],
)
@pytest.mark.parametrize("typed", [False, True])
async def test_a_message_of_any_kind_takes_its_place(
    line: FakeLine, kind: str, parts: dict[str, Any], typed: bool
) -> None:
    await line.arrive(_place(line, typed_on_phone=typed))
    await line.arrive(_real(line, None, kind=kind, typed_on_phone=typed, **parts))
    (row,) = await line.messages()
    assert (row.kind, row.author) == (kind, "phone" if typed else "contact")
    files = await line.files()
    assert [(file.id, file.message_id) for file in files] == ([(row.media_id, row.id)] if "media" in parts else [])
    await balances(line)


async def test_what_could_not_be_read_starts_no_turn_and_is_not_answered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(_place(line))
        await line.idle()
        assert (think.asked, line.channel.sent) == ([], [])
        ((_, decision, reason),) = await line.decisions()
        assert (decision, reason) == ("refused", "kind")
        chat = await line.chat()
        assert (chat.unread, chat.waiting_since) == (1, None)
        await line.arrive(_real(line))
        await line.idle()
        assert think.pending() == ["Are you open?"]
        assert len(line.channel.sent) == 1
        await line.arrive(_place(line))
        await line.idle()
        assert len(line.channel.sent) == 1
        await balances(line)


async def test_it_counts_as_new_when_its_place_was_looked_at_meanwhile(line: FakeLine) -> None:
    await line.arrive(_place(line))
    chat = await line.chat()
    await line.desk.chats.read(chat.id, by="o")
    assert (await line.chat()).unread == 0
    await line.arrive(_real(line), line.message("Hello?"))
    assert (await line.chat()).unread == 2


@pytest.mark.parametrize("together", [True, False])
async def test_a_place_is_kept_once_and_not_for_what_is_here(line: FakeLine, together: bool) -> None:
    given = (_place(line), _place(line), _real(line), _place(line), _real(line))
    for batch in (given,) if together else tuple((one,) for one in given):
        await line.arrive(*batch)
    assert [row.kind for row in await line.messages()] == ["text"]
    assert (await line.chat()).unread == 1
    await balances(line)


async def test_a_place_in_a_group_is_taken_there_and_by_nobody_else(line: FakeLine) -> None:
    await line.arrive(_place(line, group=GROUP))
    await line.arrive(_real(line, "In another chat"))
    assert {row.kind for row in await line.messages()} == {PLACEHOLDER, "text"}
    await line.arrive(_real(line, "In the group", group=GROUP))
    assert {row.text for row in await line.messages()} == {"In another chat", "In the group"}


async def test_an_edit_waits_for_the_message_behind_its_place(line: FakeLine) -> None:
    await line.arrive(_place(line, at=line.clock.now() - MINUTE))
    await line.arrive(line.message("Open today?", kind="edit", content={"target": "x"}))
    assert {row.kind for row in await line.messages()} == {PLACEHOLDER, "edit"}
    await line.arrive(_real(line, "Opne?", at=line.clock.now() - MINUTE))
    (row,) = [row for row in await line.messages() if row.external_id == "x"]
    assert (row.kind, row.text, row.decision) == ("text", "Open today?", "pending")


async def test_an_edit_under_the_id_of_its_message_leaves_the_place_to_that(line: FakeLine) -> None:
    await line.arrive(_place(line, at=line.clock.now() - MINUTE))
    await line.arrive(_real(line, "Open today?", kind="edit", content={"target": "x"}))
    await line.arrive(_real(line, "Opne?", at=line.clock.now() - MINUTE))
    assert sorted((row.kind, row.text) for row in await line.messages()) == [
        ("edit", "Open today?"),
        ("text", "Open today?"),
    ]


async def test_what_was_taken_back_before_it_could_be_read_is_never_shown(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(_place(line))
        await line.arrive(line.message(None, kind="revoke", content={"target": "x"}))
        await line.arrive(_real(line, "my password is rose"))
        await line.idle()
        assert "my password is rose" not in {row.text for row in await line.messages()}
        assert (think.asked, (await line.chat()).last_text) == ([], "[revoke]")
        await balances(line)


async def test_the_file_of_what_was_taken_back_before_it_could_be_read_is_never_fetched(line: FakeLine) -> None:
    line.channel.files["901"] = b"\xff\xd8\xff\xe0 a picture"
    await line.arrive(_place(line))
    await line.arrive(line.message(None, kind="revoke", content={"target": "x"}))
    await line.arrive(_real(line, None, kind="image", media=MediaRef("901", mime="image/jpeg", name="me.jpg")))
    await line.idle()
    (file,) = await line.files()
    assert (file.state, file.remote, file.sha256, file.name, file.message_id) == ("gone", None, None, None, None)


async def test_a_deletion_that_could_not_be_read_at_first_is_carried_out(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", external_id="y"))
    await line.arrive(_place(line))
    await line.arrive(_real(line, None, kind="revoke", content={"target": "y"}))
    (row,) = [row for row in await line.messages() if row.external_id == "y"]
    assert row.revoked_at is not None


# Those who lead a group


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("ahead", [True, False])
async def test_who_leads_a_group_takes_back_messages_of_others_and_ours(
    line: FakeLine, ours: bool, ahead: bool
) -> None:
    said = _real(line, "Something rude", group=GROUP, typed_on_phone=ours)
    revoke = line.message(
        None, kind="revoke", content={"target": "x", "by_admin": True}, group=GROUP, who="447700900456"
    )
    for one in (revoke, said) if ahead else (said, revoke):
        await line.arrive(one)
    (row,) = [row for row in await line.messages() if row.external_id == "x"]
    assert row.revoked_at is not None


async def test_nobody_takes_back_what_we_wrote_to_them(line: FakeLine) -> None:
    await line.arrive(_real(line, "Your bill: 20", typed_on_phone=True))
    for by_admin in (True, False):
        await line.arrive(line.message(None, kind="revoke", content={"target": "x", "by_admin": by_admin}, who=ANA))
    (row,) = [row for row in await line.messages() if row.external_id == "x"]
    assert row.revoked_at is None
