"""In a chat that lets its messages vanish, what they said goes here too when their time has passed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances
from sending_line import OFF, write
from sqlalchemy import select

from frontdesk.desk.errors import Conflict
from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import Fetched, Line, MediaRef, Sent
from frontdesk.domain.work import Vanish
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.kit.errors import Retryable
from frontdesk.store import alerts, chats, knowledge, messages, tables, turns
from frontdesk.store.tables import threads
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.desk import ANA, FakeLine, fake_line

A_DAY = {"expires_after": DAY // SECOND}
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        yield line


async def _later(line: FakeLine, milliseconds: int) -> None:
    line.clock.advance(milliseconds)
    async with line.store.begin() as tx:
        await enqueue(tx, Vanish(), now=line.clock.now())
    await line.idle()


async def _said(line: FakeLine) -> list[str | None]:
    return [row.text for row in await line.messages()]


async def _picture(line: FakeLine, **parts: Any) -> Path:
    line.channel.files["p"] = PNG
    await line.arrive(line.message("Look", kind="image", media=MediaRef("p", mime="image/png"), **parts))
    await line.idle()
    return Path(line.desk.media.path((await line.files())[-1]))


async def test_a_message_marks_its_chat_and_ours_carry_the_time(line: FakeLine) -> None:
    await line.arrive(line.message())
    await write(line, "Before")
    await line.idle()
    await line.arrive(line.message(content=A_DAY))
    assert (await line.chat()).expires_after == 24 * 60 * 60
    await write(line, "After")
    await line.idle()
    assert [sent.expires_after for sent in line.channel.sent] == [None, 24 * 60 * 60]


async def test_what_was_said_goes_when_its_time_has_passed_and_not_before(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", content=A_DAY))
    await write(line, "Hi")
    await line.idle()
    await _later(line, DAY - 1)
    assert await _said(line) == ["Hello", "Hi"]
    await _later(line, 1)
    assert await _said(line) == [None, None]
    rows = await line.messages()
    assert [(row.content, row.vanished_at) for row in rows] == [(None, line.clock.now())] * 2
    assert (await line.chat()).last_text == "[vanished]"
    assert {row.id for row in rows} <= {live.payload["id"] for live in line.happened(LiveType.MESSAGE_CHANGED)}
    await balances(line)


async def test_the_time_is_that_of_the_message_and_not_of_its_arrival(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", at=line.clock.now() - 23 * HOUR, content=A_DAY))
    await _later(line, HOUR)
    assert await _said(line) == [None]


async def test_it_happens_by_the_clock_every_ten_minutes(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", content={"expires_after": 60}))
    await line.pass_time(10 * MINUTE)
    assert await _said(line) == [None]


async def test_messages_without_the_word_keep_to_the_chat_until_it_ends(line: FakeLine) -> None:
    await line.arrive(line.message("One", content=A_DAY), line.message("Two"))
    await line.arrive(line.message("Three"))
    await line.arrive(line.message("Four", content={"expires_after": 0}), line.message("Five"))
    await write(line, "Six")
    await line.idle()
    assert (await line.chat()).expires_after is None
    await _later(line, DAY)
    assert await _said(line) == [None, None, None, "Four", "Five", "Six"]


async def test_a_chat_that_lets_nothing_vanish_keeps_all(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"), line.message("Bye", who="447700900999", content=A_DAY))
    await _later(line, 365 * DAY)
    assert await _said(line) == ["Hello", None]


async def test_the_past_keeps_to_what_it_says_itself_and_changes_no_chat(line: FakeLine) -> None:
    await line.arrive(line.message("New", content=A_DAY))
    old: dict[str, Any] = {"history": True, "at": line.clock.now() - 2 * DAY}
    await line.arrive(line.message("Kept", **old), line.message("Gone", content={"expires_after": 60}, **old))
    assert (await line.chat()).expires_after == 24 * 60 * 60
    await _later(line, SECOND)
    assert sorted(map(str, await _said(line))) == ["Kept", "New", "None"]


async def test_a_file_goes_with_its_message(line: FakeLine) -> None:
    place = await _picture(line, content=A_DAY)
    assert place.read_bytes() == PNG
    await _later(line, DAY)
    (file,), (row,) = await line.files(), await line.messages()
    assert not place.exists()
    assert (file.state, file.remote, file.sha256, file.name, row.media_id) == ("gone", None, None, None, None)


class SlowFake(FakeChannel):
    """Files take so long to be fetched from it that something else happens, once."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def fetch(self, line: Line, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Let it happen, and fetch."""
        if (happen := self.meanwhile) is not None:
            self.meanwhile = None
            await happen()
        return await super().fetch(line, media, into, limit=limit)


def _files_with(content: bytes, folder: Path) -> int:
    return sum(one.is_file() and one.read_bytes() == content for one in folder.rglob("*"))


@pytest.mark.parametrize("needed", [False, True])
async def test_a_file_whose_message_vanishes_while_it_is_fetched_is_not_kept(tmp_path: Path, needed: bool) -> None:
    channel = SlowFake()
    async with fake_line(tmp_path, config=OFF, channel=channel) as line:
        if needed:
            await _picture(line, who="447700900999")

        async def vanish() -> None:
            line.clock.advance(DAY)
            await line.desk.vanishing.run(Vanish(), None)

        channel.meanwhile = vanish
        channel.files["p"] = PNG
        media = MediaRef("p", mime="image/png")
        await line.arrive(line.message("Look", kind="image", media=media, content=A_DAY))
        await line.idle()
        file = (await line.files())[-1]
        assert (file.state, file.sha256) == ("gone", None)
        assert _files_with(PNG, tmp_path) == needed


async def test_a_file_that_another_message_needs_stays_for_that(line: FakeLine) -> None:
    await _picture(line, content=A_DAY)
    place = await _picture(line, who="447700900999")
    await _later(line, DAY)
    assert place.read_bytes() == PNG
    assert [file.state for file in await line.files()] == ["gone", "stored"]


async def test_a_file_of_several_messages_goes_when_the_last_of_them_do_together(line: FakeLine) -> None:
    await _picture(line, content=A_DAY)
    place = await _picture(line, who="447700900999", content=A_DAY)
    await _later(line, DAY)
    assert not place.exists()
    assert [(file.state, file.sha256) for file in await line.files()] == [("gone", None)] * 2


async def test_a_file_that_was_sent_to_two_stays_for_the_chat_that_lets_nothing_vanish(line: FakeLine) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield PNG

    await line.arrive(line.message(content=A_DAY), line.message(who="447700900999"))
    file = await line.desk.media.keep(line.account_id, name="a.png", mime="image/png", chunks=content())
    for who in (ANA, "447700900999"):
        await line.desk.outbox.write((await line.chat(who)).id, by="api", text="Look", media_id=file.id)
    await line.idle()
    await _later(line, DAY)
    (kept,) = await line.files()
    assert (kept.state, line.desk.media.path(kept).read_bytes()) == ("stored", PNG)
    left = [row for row in await line.messages("outbound") if row.vanished_at is None]
    assert [(row.text, row.media_id) for row in left] == [("Look", file.id)]


async def test_a_vanished_message_that_comes_again_is_a_duplicate(line: FakeLine) -> None:
    told = line.message("Hello", external_id="x", content=A_DAY)
    await line.arrive(told)
    await _later(line, DAY)
    await line.arrive(told)
    assert await _said(line) == [None]
    await balances(line)


async def test_a_vanished_message_is_not_sent_again(line: FakeLine) -> None:
    await line.arrive(line.message(content=A_DAY))
    line.channel.script.append(Sent(None))
    (message_id,) = await write(line, "Yes")
    await line.idle()
    await _later(line, DAY)
    with pytest.raises(Conflict, match="has vanished"):
        await line.desk.outbox.settle(message_id, sent=False, by="api")


async def test_a_message_that_has_not_gone_out_yet_does_not_vanish(line: FakeLine) -> None:
    await line.arrive(line.message(content={"expires_after": 60}))
    line.channel.script += [Retryable("Later.", after=2 * HOUR)]
    await write(line, "Yes")
    await line.idle()
    await _later(line, HOUR)
    assert await line.out() == [("Yes", "queued")]
    await _later(line, HOUR)
    assert line.channel.texts == ["Yes", "Yes"]


async def test_what_a_summary_kept_of_vanished_messages_goes_too(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", content=A_DAY))
    (row,), chat = await line.messages(), await line.chat()
    thread = {"id": "thr_1", "chat_id": chat.id, "persona": "Desk", "summary": "She said hello.", "started_at": 0}
    async with line.store.begin() as tx:
        await turns.add_thread(
            tx, {**thread, "last_at": line.clock.now(), "expires_at": None, "summarised_up_to": row.id}
        )
    await _later(line, DAY)
    async with line.store.read() as read:
        assert await read.scalars(select(threads.c.summary)) == [""]


async def test_what_the_agent_noted_of_vanished_messages_goes_too(line: FakeLine) -> None:
    secret = "Wants a test for the flu."
    await line.arrive(line.message("Can I be tested for the flu?", content=A_DAY))
    (row,), chat, now = await line.messages(), await line.chat(), line.clock.now()
    turn = {
        "id": "trn_1",
        "chat_id": chat.id,
        "persona": "Desk",
        "state": "running",
        "sources": "[]",
        "started_at": now,
    }
    async with line.store.begin() as tx:
        await turns.start(tx, turn | dict.fromkeys(("tokens_in", "tokens_out", "calls"), 0), chat.account_id)
        await turns.finish(
            tx, "trn_1", chat_id=chat.id, account_id=chat.account_id, state="done", hand_over_reason=secret,
            finished_at=now + SECOND,
        )  # fmt: skip
        await messages.decide(tx, [row], decision="handed_over", turn_id="trn_1", allowed=True, reason=None)
        await knowledge.add_gap(tx, secret, chat_id=chat.id, now=now + SECOND)
        await knowledge.add_gap(tx, "Of another chat", chat_id="cht_other", now=now + SECOND)
        await chats.change(tx, chat.id, held_by="agent", held_reason=secret)
        needs = f"Ana needs a person: {secret}"
        await alerts.raise_(tx, now=now + SECOND, kind="hand_over", sentence=needs, key="h", chat_id=chat.id)
    await _later(line, DAY)
    async with line.store.read() as read:
        assert [gap.question for gap in await knowledge.open_gaps(read)] == ["Of another chat"]
        assert await read.scalars(select(tables.turns.c.hand_over_reason)) == [None]
        assert secret not in (await read.scalars(select(tables.alerts.c.sentence)))[0]
    assert (await line.chat()).held_reason == "The agent asks for a person."


async def test_what_is_seen_once_only_is_not_fetched(line: FakeLine) -> None:
    media = MediaRef("p", mime="image/png")
    await line.arrive(line.message(None, kind="image", media=media, content={"view_once": True}))
    await line.idle()
    assert await line.files() == []
    assert [row.kind for row in await line.messages()] == ["image"]


async def test_the_api_says_that_a_message_has_vanished(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", content=A_DAY))
    await _later(line, DAY)
    (told,) = (await line.house.http.get(f"/api/v1/chats/{ANA}/messages")).json()["items"]
    assert (told["text"], told["content"], told["vanished_at"] is not None) == (None, None, True)
