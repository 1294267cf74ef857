"""Operators, their sign-ins and links, and API keys. Tokens and keys stand here only as hashes."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from frontdesk.domain.operators import Role, Sight
from frontdesk.store import changes, sight
from frontdesk.store.changes import Kind
from frontdesk.store.rows import ApiKeyRow, OperatorRow
from frontdesk.store.sql import to_json
from frontdesk.store.store import Read, Tx
from frontdesk.store.tables import api_keys, operators, sign_in_links, sign_ins


async def by_id(read: Read, operator_id: str) -> OperatorRow | None:
    """The operator of that id."""
    return await read.one(select(operators).where(operators.c.id == operator_id), OperatorRow)


async def by_login(read: Read, login: str) -> OperatorRow | None:
    """The operator of that login, which is lower case."""
    return await read.one(select(operators).where(operators.c.login == login), OperatorRow)


async def all_(read: Read) -> list[OperatorRow]:
    """Every operator, the oldest first."""
    return await read.all(select(operators).order_by(operators.c.created_at, operators.c.id), OperatorRow)


async def admins(read: Read) -> list[OperatorRow]:
    """The admins who are not disabled, the oldest first."""
    statement = select(operators).where(operators.c.role == Role.ADMIN.value, operators.c.disabled_at.is_(None))
    return await read.all(statement.order_by(operators.c.created_at, operators.c.id), OperatorRow)


_ADD = insert(operators)


async def add(tx: Tx, row: OperatorRow) -> None:
    """A new operator."""
    await tx.run(_ADD, {column.name: getattr(row, column.name) for column in operators.columns})


async def change(tx: Tx, operator_id: str, values: dict[str, Any]) -> None:
    """Set columns of an operator."""
    if values:
        await tx.run(update(operators).where(operators.c.id == operator_id).values(**values))
        await changes.note(tx, Kind.RIGHTS, operator_id)


async def set_alerts(tx: Tx, operator_id: str, *, told_from: int | None, told_quiet: str | None) -> bool:
    """What the operator is told of in the browser; False when there is no such operator."""
    values = {"told_from": told_from, "told_quiet": told_quiet}
    return bool(await tx.count(update(operators).where(operators.c.id == operator_id).values(**values)))


_ADD_LINK = insert(sign_in_links)


async def add_link(tx: Tx, token_hash: str, *, operator_id: str | None, now: int, expires_at: int) -> None:
    """A link that signs in; earlier ones for the same operator, or for the first run, are void from now on."""
    same = sign_in_links.c.operator_id.is_(None) if operator_id is None else sign_in_links.c.operator_id == operator_id
    await tx.run(delete(sign_in_links).where(same, sign_in_links.c.used_at.is_(None)))
    row = {"token_hash": token_hash, "operator_id": operator_id, "created_at": now, "expires_at": expires_at}
    await tx.run(_ADD_LINK, row)


async def newest_link(read: Read, operator_id: str | None) -> int | None:
    """When the newest link for an operator, or for the first run, was made, used or not."""
    same = sign_in_links.c.operator_id.is_(None) if operator_id is None else sign_in_links.c.operator_id == operator_id
    found: int | None = await read.scalar(select(func.max(sign_in_links.c.created_at)).where(same))
    return found


async def link_good(read: Read, token_hash: str, now: int) -> bool:
    """Whether the link may still be used."""
    links = sign_in_links.c
    statement = select(func.count()).where(links.token_hash == token_hash, links.used_at.is_(None))
    return bool(await read.scalar(statement.where(links.expires_at > now)))


async def use_link(tx: Tx, token_hash: str, now: int) -> tuple[bool, str | None]:
    """Use up the link: whether it was good, and whose it is (None: the first run's)."""
    good = (
        sign_in_links.c.token_hash == token_hash,
        sign_in_links.c.used_at.is_(None),
        sign_in_links.c.expires_at > now,
    )
    if not await tx.count(update(sign_in_links).where(*good).values(used_at=now)):
        return False, None
    owner = select(sign_in_links.c.operator_id).where(sign_in_links.c.token_hash == token_hash)
    return True, await tx.scalar(owner)


_ADD_SIGN_IN = insert(sign_ins)


async def add_sign_in(tx: Tx, token_hash: str, *, operator_id: str, now: int, expires_at: int) -> None:
    """An operator is signed in on one browser."""
    row = {"token_hash": token_hash, "operator_id": operator_id, "created_at": now, "expires_at": expires_at}
    await tx.run(_ADD_SIGN_IN, row)


_SIGNED_IN = (
    select(sign_ins.c.expires_at, sight.SIGHT, operators)
    .join(operators, operators.c.id == sign_ins.c.operator_id)
    .where(
        sign_ins.c.token_hash == bindparam("token"),
        sign_ins.c.expires_at > bindparam("now"),
        operators.c.disabled_at.is_(None),
    )
)


async def signed_in(read: Read, token_hash: str, now: int) -> tuple[OperatorRow, int, Sight] | None:
    """Who is signed in by that token, when it runs out, and what they see."""

    def made(expires_at: int, seen: str | None, *columns: Any) -> tuple[OperatorRow, int, Sight]:
        return OperatorRow(*columns), expires_at, sight.sight(seen)

    return await read.one(_SIGNED_IN, made, {"token": token_hash, "now": now})


_SIGN_INS = select(func.count()).where(
    sign_ins.c.operator_id == bindparam("operator"), sign_ins.c.expires_at > bindparam("now")
)


async def sign_in_count(read: Read, operator_id: str, now: int) -> int:
    """In how many browsers the operator is signed in."""
    return int(await read.scalar(_SIGN_INS, {"operator": operator_id, "now": now}))


async def extend_sign_in(tx: Tx, token_hash: str, expires_at: int) -> None:
    """It holds for longer."""
    await tx.run(update(sign_ins).where(sign_ins.c.token_hash == token_hash).values(expires_at=expires_at))


async def end_sign_in(tx: Tx, token_hash: str) -> None:
    """Signed out on one browser."""
    await tx.run(delete(sign_ins).where(sign_ins.c.token_hash == token_hash))
    await changes.note(tx, Kind.RIGHTS)


async def end_sign_ins(tx: Tx, operator_id: str, *, keep: str | None = None) -> None:
    """Signed out everywhere, but for the token whose hash is `keep`. Links that were not used are void too."""
    await tx.run(delete(sign_ins).where(sign_ins.c.operator_id == operator_id, sign_ins.c.token_hash != (keep or "")))
    mine = sign_in_links.c.operator_id == operator_id
    await tx.run(delete(sign_in_links).where(mine, sign_in_links.c.used_at.is_(None)))
    await changes.note(tx, Kind.RIGHTS, operator_id)


async def sweep(tx: Tx, now: int) -> None:
    """Drop sign-ins and links that ran out."""
    await tx.run(delete(sign_ins).where(sign_ins.c.expires_at <= now))
    await tx.run(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))


_ADD_KEY = insert(api_keys)


async def add_key(tx: Tx, row: ApiKeyRow) -> None:
    """A new API key."""
    await tx.run(_ADD_KEY, {column.name: getattr(row, column.name) for column in api_keys.columns})


def scopes_text(scopes: Iterable[str]) -> str:
    """The scopes as the column holds them."""
    return to_json(sorted(scopes))


KEYS = select(api_keys).order_by(api_keys.c.id.desc())


async def keys(read: Read) -> list[ApiKeyRow]:
    """Every API key, the newest first, revoked ones too."""
    return await read.all(KEYS, ApiKeyRow, {})


async def key_by_hash(read: Read, key_hash: str) -> ApiKeyRow | None:
    """The key of that hash, unless it was revoked."""
    statement = select(api_keys).where(api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None))
    return await read.one(statement, ApiKeyRow)


_KEY_HOLDS = select(func.count()).where(api_keys.c.id == bindparam("key"), api_keys.c.revoked_at.is_(None))


async def key_holds(read: Read, key_id: str) -> bool:
    """Whether there is such a key and it was not revoked."""
    return bool(await read.scalar(_KEY_HOLDS, {"key": key_id}))


async def revoke_key(tx: Tx, key_id: str, now: int) -> bool:
    """The key opens nothing any more; False when there is no such key in use."""
    statement = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    await changes.note(tx, Kind.RIGHTS, key_id)
    return bool(await tx.count(statement.values(revoked_at=now)))


async def key_used(tx: Tx, key_id: str, now: int) -> None:
    """The key was used just now."""
    await tx.run(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now))
