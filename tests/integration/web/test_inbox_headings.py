"""Every page has a heading that names it, also where only a part of it fits on the screen."""

from pathlib import Path

from api_house import api_house, hear
from inbox_visit import the_chat, visit


async def test_a_chat_has_a_heading_of_its_own_within_the_part_that_a_phone_shows(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h, "Hello")
        page = await client.get(f"/chats/{await the_chat(h)}")
        head = page.text.partition('id="chat-head"')[2].partition("</header>")[0]
        assert head.count("<h1") == 1
        assert '<h1 class="unseen">Chat with ' in head
