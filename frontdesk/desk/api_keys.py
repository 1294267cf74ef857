"""API keys: made, checked quickly, revoked. Only their hashes are kept."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import replace

import orjson

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.desk.rights import Rights
from frontdesk.domain.operators import Scope, widen
from frontdesk.kit.clock import MINUTE, SECOND, Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import operators as rows
from frontdesk.store.rows import ApiKeyRow
from frontdesk.store.store import Store, StoreUnavailable

REMEMBERED = 30 * SECOND  # how long a key is believed without a look; one that is revoked is told of before
AT_MOST = 1_000  # keys remembered


class ApiKeys:
    """The keys of programs. `given` is an admin key from outside, which has no row."""

    def __init__(self, store: Store, clock: Clock, rights: Rights, *, given: str | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rights = rights
        self._standing = {token_hash(given): "settings"} if given else {}
        self._known: dict[str, tuple[int, ApiKeyRow]] = {}  # hash -> until when it is believed, the row
        self._revoked: set[str] = set()  # ids: what was being looked up while it was revoked opens nothing

    async def create(self, name: str, scopes: Iterable[str]) -> tuple[str, str]:
        """The id and the text of a new key; the text is told this once and never again.

        Raises:
            Invalid: there is no name, or no such scope.
        """
        wanted = set(scopes)
        if not name.strip() or not wanted or not wanted <= {scope.value for scope in Scope}:
            raise Invalid(f"A key needs a name, and scopes out of {', '.join(Scope)}.")
        plain = f"fd_{secrets.token_urlsafe(32)}"
        row = ApiKeyRow(
            id=new_id("key"),
            name=keepable(name.strip())[:80],
            key_hash=token_hash(plain),
            hint=plain[:8],
            scopes=rows.scopes_text(wanted),
            created_at=self._clock.now(),
            last_used_at=None,
            revoked_at=None,
        )
        async with self._store.begin() as tx:
            await rows.add_key(tx, row)
        return row.id, plain

    async def check(self, text: str) -> ApiKeyRow | None:
        """The key with this text, unless it was revoked; a standing key has the id `settings` or `local`."""
        key_hash, now = token_hash(text), self._clock.now()
        for standing, name in self._standing.items():
            if hmac.compare_digest(standing, key_hash):
                return ApiKeyRow(name, name, "", "", rows.scopes_text(Scope), 0, None, None)
        until, row = self._known.get(key_hash, (0, None))
        if row is None or now >= until:
            async with self._store.read() as read:
                row = await rows.key_by_hash(read, key_hash)
            self._known.pop(key_hash, None)
        if row is None or row.id in self._revoked:
            return None
        if row.last_used_at is None or now - row.last_used_at >= MINUTE:
            row = await self._used(row, now)
        self._known[key_hash] = (until if now < until else now + REMEMBERED, row)
        if len(self._known) > AT_MOST:
            del self._known[next(iter(self._known))]
        return row

    async def holds(self, key_id: str) -> bool:
        """Whether a key that was right before still is: asked of the database, whichever process revoked it."""
        if key_id in self._standing.values():
            return True
        async with self._store.read() as read:
            return await rows.key_holds(read, key_id)

    def forget(self) -> None:
        """A key may have been revoked: each is looked up again."""
        self._known.clear()

    async def _used(self, row: ApiKeyRow, now: int) -> ApiKeyRow:
        try:
            async with self._store.begin(shared=True) as tx:
                await rows.key_used(tx, row.id, now)
        except StoreUnavailable:
            return row  # the key is good all the same
        return replace(row, last_used_at=now)

    def local(self) -> str:
        """A key with all rights for commands on this machine; it lives as long as this process."""
        plain = f"fd_local_{secrets.token_urlsafe(32)}"
        self._standing[token_hash(plain)] = "local"
        return plain

    async def all(self) -> list[ApiKeyRow]:
        """Every key, the newest first, revoked ones too."""
        async with self._store.read() as read:
            return await rows.keys(read)

    async def revoke(self, key_id: str) -> None:
        """The key opens nothing any more.

        Raises:
            NotFound: there is no such key in use.
        """
        async with self._store.begin() as tx:
            if not await rows.revoke_key(tx, key_id, self._clock.now()):
                raise NotFound("There is no such API key in use.")
        self._revoked.add(key_id)
        self._known = {known: pair for known, pair in self._known.items() if pair[1].id != key_id}
        self._rights.ended()


def scopes_of(row: ApiKeyRow) -> frozenset[Scope]:
    """What a key may do, with what its scopes include."""
    return widen(frozenset(Scope(scope) for scope in orjson.loads(row.scopes)))


def token_hash(secret: str) -> str:
    """As which a token or key is kept. It has 256 bits of chance, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
