"""Groups: their names, who is in them, and that we may be in them no more."""

from frontdesk.desk.notes import note
from frontdesk.domain.addresses import placeholder_name
from frontdesk.domain.wire import GroupChange, Member
from frontdesk.domain.work import Deliver
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.text import keepable
from frontdesk.store import chats, groups
from frontdesk.store.groups import GroupRow
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Read, Tx

LEFT = (
    "This number is no longer in the group, so nothing can be sent here. Have somebody in the group add it again;"
    " what you write then goes out as usual."
)


async def follow(tx: Tx, account_id: str, told: GroupChange, now: int) -> None:
    """A group is now as it was told. One without a chat is kept too: its first message then finds the name."""
    before, chat = await groups.known(tx, account_id, told.group.value)
    name = keepable(told.name).strip() if told.name else None
    was_out = before is not None and before.left_at is not None
    left_at = before.left_at if before is not None else None
    if told.left:
        left_at = left_at or now
    elif told.members is not None:
        left_at = None  # who can say who is in it is in it
    key = groups.group_id(account_id, told.group.value)
    known = before.name if before is not None else None
    await groups.put(tx, GroupRow(key, account_id, name or known, left_at))
    if told.members is not None:
        await groups.replace_members(tx, key, [_kept(member) for member in told.members])
    if chat is None:
        return
    if name and name != chat.name and chat.name in (known, placeholder_name(told.group)):
        await chats.change(tx, chat.id, name=name)
    if told.left and not was_out:
        await note(tx, chat.id, LEFT, account_id=account_id, now=now)
        await enqueue(tx, Deliver(chat.id), now=now)  # what waits there is told so
    tx.emit(chats.changed(chat.id, account_id=account_id))


async def why_silent(read: Read, chat: ChatRow) -> str | None:
    """Why nothing can be sent to a chat for the sake of its group; None where it can."""
    return LEFT if await groups.left(read, chat) else None


async def own_name(read: Read, chat: ChatRow) -> str | None:
    """What the group of a chat calls itself, where it is one and the name is known."""
    if chat.group_ref is None:
        return None
    key = groups.group_id(chat.account_id, chat.group_ref)
    return (await groups.names_of(read, [key])).get(key)


def _kept(member: Member) -> Member:
    return Member(member.addresses, keepable(member.name) if member.name else None, member.admin)
