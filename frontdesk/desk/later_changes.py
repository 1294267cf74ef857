"""Edits and deletions reach the message that they speak of, whichever of the two comes first.

Webhooks come out of order: a change whose message is not here yet is marked as waiting for it, and is looked for again
only when something new comes into a chat in which one waits.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from frontdesk.domain.messages import PLACEHOLDER, Direction
from frontdesk.store import arrivals, chats, messages
from frontdesk.store.rows import MessageRow
from frontdesk.store.store import Tx

KINDS = frozenset({"edit", "revoke"})
Key = tuple[str, str, str]  # chat, external id, kind
_SAYS = ("chat_id", "direction", "contact_id", "kind", "text", "content", "provider_time")


async def apply(tx: Tx, filed: Sequence[dict[str, Any]]) -> None:
    """Bring the changes among these new rows to their messages; those that find none wait."""
    told: set[str] = set()
    for row in filed:
        if row["kind"] not in KINDS:
            continue
        told.add(row["chat_id"])
        target = messages.target_of(row["content"])
        if target and not await _reach(tx, row, target):
            await messages.wait_for(tx, row["id"], target)
    await arrivals.show_newest(tx, told)


async def took_effect(tx: Tx, row: MessageRow) -> None:
    """A message of ours has gone out: where it changes another one, that one shows it from now on."""
    await apply(tx, [{"id": row.id, **{name: getattr(row, name) for name in _SAYS}}])


async def catch_up(tx: Tx, given: Iterable[tuple[str, str]]) -> None:
    """New messages (chat, external id) have come into chats in which changes wait: apply those that waited for them."""
    await _settle(tx, await messages.ahead_of(tx, given))


async def catch_up_with(tx: Tx, contact_id: str) -> None:
    """Two chats became one with this contact: a change of the one may have waited for a message of the other."""
    await _settle(tx, await messages.ahead_with(tx, contact_id))


def is_here(key: Key, known: set[Key]) -> bool:
    """Whether it keeps a place for what is here already."""
    return key[2] == PLACEHOLDER and any(one[:2] == key[:2] and one[2] != PLACEHOLDER for one in known)


def take_place(key: Key, known: set[Key]) -> bool:
    """Whether a place is kept for this message among what is known; then the message has it from now on."""
    place = (key[0], key[1], PLACEHOLDER)
    if key[2] == PLACEHOLDER or place not in known:
        return False
    known.remove(place)
    known.add(key)
    return True


async def fill(tx: Tx, late: Sequence[dict[str, Any]]) -> None:
    """Messages (rows) take the places that were kept for them."""
    for row in late:
        message_id = await arrivals.fill(tx, row)
        if message_id is not None:
            await apply(tx, [{**row, "id": message_id}])
    await arrivals.show_newest(tx, {row["chat_id"] for row in late})


async def _settle(tx: Tx, waiting: Sequence[MessageRow]) -> None:
    for row in sorted(waiting, key=lambda row: (row.provider_time, row.id)):
        change = {name: getattr(row, name) for name in _SAYS}
        if row.waits_for and await _reach(tx, change, row.waits_for):
            await messages.wait_for(tx, row.id, None)
    await arrivals.show_newest(tx, {row.chat_id for row in waiting})


async def _reach(tx: Tx, change: dict[str, Any], target: str) -> bool:
    """Apply a change; False where its message is not here. Nobody changes the words of another."""
    chat_id, way, at = change["chat_id"], change["direction"], change["provider_time"]
    if change["kind"] == "edit":
        by = (way, change["contact_id"])
        return await messages.edited(tx, chat_id, target, by=by, text=change["text"], at=at)
    by_admin = way == Direction.OUTBOUND or messages.by_admin(
        change["content"]
    )  # ours reach a member's in a group only
    found = await messages.revoked(tx, chat_id, target, way=way, at=at, by_admin=by_admin)
    if found:
        await chats.wait_no_more(tx, chat_id)
    return found
