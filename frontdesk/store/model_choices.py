"""The models that were set by hand for phone numbers and other addresses, beside the personas."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, delete, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.store.rows import ModelChoiceRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import accounts, addresses, chats, model_choices

_CHAT = chats.c.id == bindparam("chat")
_LINE = (
    select(literal("phone:") + accounts.c.phone)
    .select_from(chats.join(accounts, accounts.c.id == chats.c.account_id))
    .where(_CHAT)
)
_PERSON = (
    select(addresses.c.kind + literal(":") + addresses.c.value)
    .select_from(chats.join(addresses, addresses.c.contact_id == chats.c.contact_id))
    .where(_CHAT)
)
_GROUP = select(literal("group:") + chats.c.group_ref).where(_CHAT)
OF_CHAT = (
    select(model_choices)
    .where(model_choices.c.place.in_(union_all(_LINE, _PERSON, _GROUP)))
    .order_by(model_choices.c.place.in_(_LINE).desc(), model_choices.c.changed_at)
)
_AT = select(model_choices).where(among(model_choices.c.place, "places")).order_by(model_choices.c.changed_at)


async def of_chat(read: Read, chat_id: str) -> list[ModelChoiceRow]:
    """What was set for the line of a chat, and behind it what was set for the person or the group."""
    return await read.all(OF_CHAT, ModelChoiceRow, {"chat": chat_id})


async def at(read: Read, places: Iterable[str]) -> ModelChoiceRow | None:
    """What was set last for one of these addresses, each as kind:value."""
    found = await read.all(_AT, ModelChoiceRow, {"places": texts(places)})
    return found[-1] if found else None


async def put(tx: Tx, place: str, values: dict[str, Any], *, now: int) -> None:
    """Set all of it, in the place of what was there."""
    row = {"place": place, **values, "changed_at": now}
    statement = upsert(model_choices)
    news = {name: statement.excluded[name] for name in row if name != "place"}
    await tx.run(statement.on_conflict_do_update(index_elements=[model_choices.c.place], set_=news), row)


async def forget(tx: Tx, place: str) -> None:
    """Nothing is set any more."""
    await tx.run(delete(model_choices).where(model_choices.c.place == place))
