"""Alerts: what the owner should know, one open row per matter."""

from sqlalchemy import bindparam, case, insert, null, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.operators import Sight
from frontdesk.kit.ids import new_id
from frontdesk.store.rows import AlertRow
from frontdesk.store.sql import among, texts
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import alerts


async def raise_(
    tx: Tx,
    *,
    now: int,
    kind: str,
    sentence: str,
    key: str | None = None,
    severe: bool = False,
    account_id: str | None = None,
    chat_id: str | None = None,
) -> None:
    """Tell the owner. While an alert of the same key is open it is counted up instead of doubled.

    One that several chats share belongs to none of them.
    """
    row = {
        "id": new_id("alr"),
        "account_id": account_id,
        "chat_id": chat_id,
        "kind": kind,
        "severe": severe,
        "sentence": sentence,
        "count": 1,
        "key": key,
        "raised_at": now,
        "last_at": now,
    }
    if key is None:
        await tx.run(insert(alerts), row)
    else:
        statement = upsert(alerts)
        await tx.run(
            statement.on_conflict_do_update(
                index_elements=[alerts.c.key],
                index_where=alerts.c.acknowledged_at.is_(None) & alerts.c.key.is_not(None),
                set_={
                    "count": alerts.c.count + 1,
                    "last_at": now,
                    "sentence": statement.excluded.sentence,
                    "chat_id": case((alerts.c.chat_id == statement.excluded.chat_id, alerts.c.chat_id), else_=null()),
                },
            ),
            row,
        )
    tx.emit(Live(LiveType.ALERT_RAISED, {"kind": kind, "sentence": sentence, "severe": severe}, account_id, chat_id))


OF_CHAT = (
    select(alerts)
    .where(alerts.c.chat_id == bindparam("chat"), alerts.c.acknowledged_at.is_(None))
    .order_by(alerts.c.id.desc())
)
OPEN = select(alerts.c.id).where(alerts.c.key == bindparam("matter"), alerts.c.acknowledged_at.is_(None))


async def close(tx: Tx, key: str, now: int) -> None:
    """The matter has mended itself."""
    statement = update(alerts).where(alerts.c.key == key, alerts.c.acknowledged_at.is_(None))
    for account_id in await tx.scalars(statement.values(acknowledged_at=now).returning(alerts.c.account_id)):
        tx.emit(Live(LiveType.ALERT_CHANGED, {"key": key}, account_id))


_KEYS = select(alerts.c.id, alerts.c.key).where(
    alerts.c.acknowledged_at.is_(None), alerts.c.key.endswith(bindparam("ending"))
)
_REKEY = update(alerts).where(alerts.c.id == bindparam("alert")).values(key=bindparam("matter"))


async def speak_of(tx: Tx, chat_id: str, *, instead_of: str, now: int) -> None:
    """Open alerts on a chat that is gone are on another one from now on, and are closed as its own are."""
    for alert_id, key in (await tx.pairs(_KEYS, {"ending": f":{instead_of}"})).items():
        matter = f"{key.removesuffix(instead_of)}{chat_id}"
        if await tx.scalar(OPEN, {"matter": matter}) is not None:
            await close(tx, key, now)
        else:
            await tx.run(_REKEY, {"alert": alert_id, "matter": matter})


_TOLD = select(alerts.c.id).where(
    alerts.c.key == bindparam("matter"),
    alerts.c.acknowledged_at.is_(None) | (alerts.c.raised_at >= bindparam("since")),
)
_REWORD = (
    update(alerts)
    .where(
        alerts.c.key == bindparam("matter"),
        alerts.c.acknowledged_at.is_(None),
        alerts.c.sentence != bindparam("words"),
    )
    .values(sentence=bindparam("words"))
    .returning(alerts.c.account_id)
)


async def was_told(read: Read, key: str, *, since: int) -> bool:
    """Whether an alert of that key is open, or was raised since that moment and has been seen."""
    return await read.scalar(_TOLD, {"matter": key, "since": since}) is not None


async def reword(tx: Tx, key: str, sentence: str) -> None:
    """The open alert of that key says something else now; it is not raised again."""
    for account_id in await tx.scalars(_REWORD, {"matter": key, "words": sentence}):
        tx.emit(Live(LiveType.ALERT_CHANGED, {"key": key}, account_id))


async def acknowledge(tx: Tx, alert_id: str, now: int) -> bool:
    """A person has seen it; False when there is no such alert. What was seen before stays as it is."""
    statement = update(alerts).where(alerts.c.id == alert_id, alerts.c.acknowledged_at.is_(None))
    for account_id in await tx.scalars(statement.values(acknowledged_at=now).returning(alerts.c.account_id)):
        tx.emit(Live(LiveType.ALERT_CHANGED, {"id": alert_id}, account_id))
        return True
    return await tx.scalar(select(alerts.c.id).where(alerts.c.id == alert_id)) is not None


_ACKNOWLEDGE_ALL = (
    update(alerts)
    .where(alerts.c.acknowledged_at.is_(None), alerts.c.last_at <= bindparam("until"))
    .values(acknowledged_at=bindparam("now"))
    .returning(alerts.c.account_id)
)
_ACKNOWLEDGE_SEEN = _ACKNOWLEDGE_ALL.where(among(alerts.c.account_id, "sight"))


async def acknowledge_all(tx: Tx, *, until: int, now: int, sight: Sight = None) -> None:
    """A person has seen every alert that was last raised by that moment, of those that they see."""
    given = {"until": until, "now": now}
    if sight is None:
        found = await tx.scalars(_ACKNOWLEDGE_ALL, given)
    else:
        found = await tx.scalars(_ACKNOWLEDGE_SEEN, given | {"sight": texts(sight)})
    for account_id in dict.fromkeys(found):
        tx.emit(Live(LiveType.ALERT_CHANGED, {}, account_id))


async def recent(read: Read, *, limit: int = 100, only_open: bool = False) -> list[AlertRow]:
    """The newest alerts, open ones only when asked."""
    statement = select(alerts).order_by(alerts.c.last_at.desc()).limit(limit)
    return await read.all(statement.where(alerts.c.acknowledged_at.is_(None)) if only_open else statement, AlertRow)
