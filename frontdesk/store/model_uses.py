"""What models were asked beside the answering of people: calls and tokens by day, purpose and model."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import model_uses


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A row of `model_uses`."""

    day: str
    purpose: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int


_INSERT = upsert(model_uses)
_ADD = _INSERT.on_conflict_do_update(
    index_elements=[model_uses.c.day, model_uses.c.purpose, model_uses.c.model],
    set_={name: model_uses.c[name] + _INSERT.excluded[name] for name in ("calls", "tokens_in", "tokens_out")},
)


async def add(tx: Tx, *, day: str, purpose: str, model: str, calls: int, tokens_in: int, tokens_out: int) -> None:
    """Count what a model was asked for; `day` is YYYY-MM-DD in the zone of the house."""
    use = {"day": day, "purpose": purpose, "model": model}
    await tx.run(_ADD, {**use, "calls": calls, "tokens_in": tokens_in, "tokens_out": tokens_out})


_SINCE = (
    select(model_uses)
    .where(model_uses.c.day >= bindparam("first"))
    .order_by(model_uses.c.day.desc(), model_uses.c.purpose, model_uses.c.model)
)


async def since(read: Read, day: str) -> list[ModelUse]:
    """What was counted from that day on, the newest day first."""
    return await read.all(_SINCE, ModelUse, {"first": day})


_FORGET = delete(model_uses).where(model_uses.c.day < bindparam("first"))


async def forget(tx: Tx, day: str) -> None:
    """Drop what was counted before that day."""
    await tx.run(_FORGET, {"first": day})
