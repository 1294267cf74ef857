"""The inbox shows a chat as it is, in whatever order its webhooks came."""

from pathlib import Path

from api_house import api_house, hear
from inbox_visit import messages_in, the_chat, visit

from frontdesk.testing.clock import FrozenClock

NOW = FrozenClock().now()


async def test_a_reaction_ahead_of_its_message_is_shown_at_its_bubble(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h, type="reaction", reaction={"message_id": "wamid.x", "emoji": "👍"}, at=NOW)
        chat = await the_chat(h)
        assert "reacted 👍 to an older message" in (await client.get(f"/chats/{chat}")).text
        await hear(h, "See you", wamid="wamid.x", at=NOW - 1_000)
        page = (await client.get(f"/chats/{chat}")).text
        assert len(messages_in(page)) == 1
        assert 'class="reactions"' in page
        assert "older message" not in page


async def test_edits_and_deletions_ahead_of_their_messages_are_shown_at_their_bubbles(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        new = {"original_message_id": "wamid.x", "message": {"type": "text", "text": {"body": "See you at nine"}}}
        await hear(h, type="edit", edit=new, at=NOW)
        await hear(h, type="revoke", revoke={"original_message_id": "wamid.y"}, at=NOW)
        await hear(h, "See you at ten", wamid="wamid.x", at=NOW - 2_000)
        await hear(h, "My password is rose", wamid="wamid.y", at=NOW - 1_000)
        page = (await client.get(f"/chats/{await the_chat(h)}")).text
        assert len(messages_in(page)) == 2
        assert "See you at nine" in page
        assert "<span>edited</span>" in page
        for gone in ("See you at ten", "My password is rose", "older message"):
            assert gone not in page
