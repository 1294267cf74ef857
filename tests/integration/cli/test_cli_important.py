"""What matters is listed in the terminal, by the Frontdesk that runs."""

from test_cli_digests import house, run

from frontdesk import app
from frontdesk.store import tables

__all__ = ["house"]


async def test_messages_that_matter_are_listed_with_the_reason(house: app.Frontdesk) -> None:
    now = house.clock.now()
    line = {"id": "acc_1", "channel": "simulator", "name": "Shop", "options": "", "state": "connected"}
    chat = {"id": "cht_1", "account_id": "acc_1", "name": "Ana", "trusted": True, "agent_mode": "off", "state": "open"}
    more = {"switched_by_hand": False, "labels": "[]", "last_message_at": now, "unread": 0, "waiting_since": now}
    said = {"account_id": "acc_1", "chat_id": "cht_1", "direction": "inbound", "author": "contact", "kind": "text"}
    rest = {"status": "received", "attempts": 0, "provider_time": now, "created_at": now, "importance_by": "rules"}
    async with house.store.begin() as tx:
        await tx.run(tables.accounts.insert(), {**line, "created_at": now})
        await tx.run(tables.chats.insert(), {**chat, **more, "created_at": now})
        for level, text in ((5, "Help\nme"), (2, "Thanks")):
            row = {"id": f"msg_{level}", "text": text, "importance": level, "importance_reason": "Because"}
            await tx.run(tables.messages.insert(), {**said, **rest, **row})
    listed = (await run("important")).stdout
    assert "  5  Ana  Help me  (Because)" in listed
    assert "Thanks" not in listed
    assert "Thanks" in (await run("important", "--least", "1", "--unanswered")).stdout
    assert "There is no account" in str((await run("important", "--account", "Nowhere")).exception)
