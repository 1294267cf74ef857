"""What was missed while the line was down is seen in the list and in the chat, and can be listed by itself."""

from pathlib import Path

from inbox_visit import visit

from frontdesk.kit.clock import HOUR
from frontdesk.testing.desk import fake_line

WORDS = "Missed while offline"


async def test_missed_messages_are_marked_and_their_chats_can_be_listed(tmp_path: Path) -> None:
    async with fake_line(tmp_path) as line:
        late = line.clock.now() - 2 * HOUR
        await line.arrive(line.message(name="Ana", at=late), line.message(who="447700900999", name="Bea"))
        await line.idle()
        async with visit(line.house) as client:
            cards = (await client.get("/inbox/chats", params={"state": "missed"})).text
            everybody = (await client.get("/inbox/chats")).text
            chat = (await client.get(f"/chats/{(await line.chat()).id}")).text
        shown = cards.partition("chat-card")[2]
        assert "Ana" in shown
        assert "Bea" not in shown
        assert "Bea" in everybody
        assert everybody.count(f"</svg>{WORDS}") == 1
        assert f'<span class="cut">{WORDS}' in chat
