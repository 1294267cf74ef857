"""What an operator sets on a chat, and chats that follow their persona."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sending_line import OFF

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.domain.work import ReadUp
from frontdesk.jobs.queue import enqueue
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line

GROUP = "120363@g.us"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.arrive(line.message(external_id="x"))
        await line.idle()
        yield line


async def _change(line: FakeLine, **values: Any) -> None:
    await line.desk.chats.change((await line.chat()).id, by="opr_1", **values)


async def test_switches_labels_state_and_name_are_set(line: FakeLine) -> None:
    await _change(line, trusted=False, agent_mode="draft", labels=[" vip ", "vip", ""], state="resolved", name=" Bo ")
    chat = await line.chat()
    assert (chat.trusted, chat.agent_mode, chat.switched_by_hand) == (False, "draft", True)
    assert (chat.labels, chat.state, chat.name) == ('["vip"]', "resolved", "Bo")


async def test_an_empty_text_takes_the_persona_away(line: FakeLine) -> None:
    await _change(line, persona="Desk")
    assert (await line.chat()).persona == "Desk"
    await _change(line, persona="")
    assert (await line.chat()).persona is None


@pytest.mark.parametrize("values", [{"agent_mode": "on"}, {"state": "gone"}, {"persona": "Nobody"}])
async def test_what_does_not_exist_is_refused_and_nothing_is_changed(line: FakeLine, values: dict[str, str]) -> None:
    before = await line.chat()
    with pytest.raises(Invalid):
        await _change(line, labels=["x"], **values)
    assert await line.chat() == before


async def test_an_unknown_chat_is_not_found(line: FakeLine) -> None:
    for work in (
        line.desk.chats.change("cht_none", by="o", trusted=True),
        line.desk.chats.read("cht_none", by="o"),
        line.desk.chats.answer_now("cht_none", by="o"),
    ):
        with pytest.raises(NotFound):
            await work


async def test_reading_ends_the_unread_and_not_the_waiting(line: FakeLine) -> None:
    await line.desk.chats.read((await line.chat()).id, by="o")
    chat = await line.chat()
    assert (chat.unread, chat.read_up_to, chat.waiting_since) == (0, line.clock.now(), line.clock.now())


async def test_a_resolved_chat_opens_when_the_person_writes(line: FakeLine) -> None:
    await _change(line, state="resolved")
    await line.arrive(line.message("again"))
    assert (await line.chat()).state == "open"


async def test_chats_follow_their_persona_unless_somebody_switched_them(line: FakeLine, tmp_path: Path) -> None:
    await line.arrive(line.message(who="447700900999"), line.message(group=GROUP))
    await _change(line, agent_mode="draft")
    (tmp_path / "frontdesk.toml").write_text(
        OFF.replace("off", "auto") + f'[[persona]]\nname = "Club"\nmatch = {{ chats = ["{GROUP}"] }}\ntrusted = false\n'
    )
    assert await line.desk.personas.reload() is None
    await line.idle()
    await until(lambda: _mode(line, "447700900999", "auto"))
    assert (await line.chat()).agent_mode == "draft"
    assert (await line.chat(GROUP)).trusted is False


async def _mode(line: FakeLine, who: str, mode: str) -> bool:
    return (await line.chat(who)).agent_mode == mode


async def test_many_chats_follow_page_by_page(line: FakeLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.chats.PAGE", 3)
    await line.arrive(*(line.message(who=f"44770090{number:04}") for number in range(10)))
    (tmp_path / "frontdesk.toml").write_text(OFF.replace("off", "auto"))
    await line.desk.personas.reload()
    await line.idle()
    assert {chat.agent_mode for chat in await line.chats()} == {"auto"}


async def test_the_person_sees_that_we_read_once_we_have_answered(line: FakeLine) -> None:
    await line.desk.chats.read((await line.chat()).id, by="o")
    await line.idle()
    assert line.channel.read == []
    await line.desk.outbox.write((await line.chat()).id, by="o", text="Yes")
    await line.idle()
    assert line.channel.read == [("x", False)]


async def test_a_tick_that_waits_for_a_line_that_was_removed_troubles_nobody(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    chat = await line.chat()
    await line.desk.accounts.remove(line.account_id)
    async with line.store.begin() as tx:
        await enqueue(tx, ReadUp(chat.id), now=line.clock.now())
    await line.idle()
    assert await line.jobs("read_up") == []
