"""Lines in a chat that nobody wrote: what happened to it."""

from typing import Any

from frontdesk.domain.messages import Author, Direction, Status
from frontdesk.kit.ids import new_id
from frontdesk.store import messages
from frontdesk.store.store import Tx


async def note(tx: Tx, chat_id: str, words: str, *, account_id: str, now: int) -> None:
    """Add such a line. The agent does not see it."""
    row: dict[str, Any] = {
        "id": new_id("msg"),
        "account_id": account_id,
        "chat_id": chat_id,
        "direction": Direction.OUTBOUND.value,
        "author": Author.SYSTEM.value,
        "kind": "system",
        "text": words,
        "status": Status.SENT.value,
        "attempts": 0,
        "provider_time": now,
        "created_at": now,
    }
    await messages.add(tx, row)
