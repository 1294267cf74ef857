"""Operators: sign-in by link and by password, roles, and API keys."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.desk import passwords
from frontdesk.desk.api_keys import ApiKeys, token_hash
from frontdesk.desk.errors import Conflict, DeskError, Invalid, NotFound
from frontdesk.desk.guesses import Guesses, TooManyTries
from frontdesk.desk.rights import Rights
from frontdesk.desk.sharing import give, sees_of
from frontdesk.domain.operators import LONGEST_PASSWORD, Role, Sight, login_problem, password_problem
from frontdesk.kit.clock import DAY, HOUR, Clock
from frontdesk.kit.command import command
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.kit.vault import Vault
from frontdesk.store import operators as rows, sight as sights
from frontdesk.store.rows import OperatorRow
from frontdesk.store.store import Store, Tx

__all__ = ["Operators", "SignIn", "TooManyTries", "WrongSignIn"]

LINK_HOLDS = 24 * HOUR
SIGN_IN_HOLDS = 30 * DAY


class WrongSignIn(DeskError):
    """Login or password is wrong, or the link is used up. Which of them, nobody is told."""

    status = 401


@dataclass(frozen=True, slots=True)
class SignIn:
    """An operator came in. `token` is for the cookie alone; `needs_password`: ask for one, to come back with."""

    token: str
    operator: OperatorRow
    expires_at: int
    sight: Sight

    @property
    def needs_password(self) -> bool:
        """Whether the operator has no password yet."""
        return self.operator.password_hash is None


class Operators:
    """Who may come in, and what they may do. `api_key` is the admin key given from outside."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, *, api_key: str | None = None) -> None:
        self._store = store
        self._clock = clock
        self._vault = vault
        self._csrf_key = vault.derive("csrf")
        self._guesses = Guesses(store, clock)
        self.rights = Rights()
        self.keys = ApiKeys(store, clock, self.rights, given=api_key)

    async def follow(self) -> None:
        """Somebody's rights have changed, here or in another process."""
        self.keys.forget()
        self.rights.ended()

    # Coming in

    async def first_run_link(self) -> str | None:
        """The token of the link for whoever sets up this installation; None once an admin has a password.

        While one holds that was not used it is that one: of several processes that start none voids another's.
        """
        async with self._store.begin() as tx:
            admins, now = await rows.admins(tx), self._clock.now()
            if any(admin.password_hash for admin in admins):
                return None
            of = admins[0].id if admins else None
            made_at = await rows.newest_link(tx, of) or 0
            token = self._first_link(of, made_at)
            if not await rows.link_good(tx, token_hash(token), now):
                made_at = max(now, made_at + 1)
                token = self._first_link(of, made_at)
                hold = made_at + LINK_HOLDS
                await rows.add_link(tx, token_hash(token), operator_id=of, now=made_at, expires_at=hold)
        return token

    def _first_link(self, of: str | None, made_at: int) -> str:
        """Known to every process, and to nobody without the secret key."""
        return base64.urlsafe_b64encode(self._vault.derive(f"first-run link {of} {made_at}")).decode().rstrip("=")

    async def invite(self, operator_id: str, *, forget_password: bool = False) -> str:
        """The token of a new sign-in link; void are the operator's earlier links, and on wish the password."""
        await self.get(operator_id)
        if forget_password:
            async with self._store.begin() as tx:
                await rows.change(tx, operator_id, {"password_hash": None})
                await rows.end_sign_ins(tx, operator_id)
            self.rights.ended()
        return await self._link(operator_id)

    async def _link(self, operator_id: str | None) -> str:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._store.begin() as tx:
            await rows.add_link(tx, token_hash(token), operator_id=operator_id, now=now, expires_at=now + LINK_HOLDS)
        return token

    async def link_good(self, token: str) -> bool:
        """Whether a link may still be used, for a page that asks before it is used up."""
        async with self._store.read() as read:
            return await rows.link_good(read, token_hash(token), self._clock.now())

    async def sign_in_by_link(self, token: str) -> SignIn:
        """Use a link up. The first run's makes the admin, who is asked for name and password afterwards.

        Raises:
            WrongSignIn: it was used, ran out, or never was.
        """
        now = self._clock.now()
        async with self._store.begin() as tx:
            good, operator_id = await rows.use_link(tx, token_hash(token), now)
            operator = await self._of_link(tx, operator_id) if good else None
            if operator is None or operator.disabled_at is not None:
                raise WrongSignIn(
                    f"This link was used already or has run out. “{command()} user add admin --reset-password” prints "
                    "a new one for the login admin, and so does each start while no admin has a password."
                )
            return await self._sign_in(tx, operator)

    async def _of_link(self, tx: Tx, operator_id: str | None) -> OperatorRow | None:
        if operator_id is not None:
            return await rows.by_id(tx, operator_id)
        if await rows.admins(tx):
            return None
        taken = await rows.by_login(tx, "admin") is not None
        admin = self._new(f"admin-{secrets.token_hex(2)}" if taken else "admin", "Admin", Role.ADMIN, None)
        await rows.add(tx, admin)
        return admin

    async def sign_in(self, login: str, password: str, *, address: str) -> SignIn:
        """Come in by password; `address` is where the request came from. Guessing is slowed down.

        Raises:
            WrongSignIn: login or password is wrong, or the operator is disabled.
            TooManyTries: wrong too often from there or for this login.
        """
        login = login.strip().lower()
        # A stranger elsewhere may not lock the operator out: the limit for the login alone is far higher.
        limits = {f"{login[:64]} {address}": 5, f"@{address}": 20, login[:64]: 100}
        await self._guesses.count(limits)  # before the slow work
        async with self._store.read() as read:
            operator = await rows.by_login(read, login)
        kept = operator.password_hash if operator and operator.disabled_at is None else None
        if not await passwords.verify(kept, password[: LONGEST_PASSWORD + 1]) or operator is None or kept is None:
            raise WrongSignIn("The login or the password is wrong.")
        await self._guesses.right(next(iter(limits)), limits)
        fresh = await passwords.hash_password(password) if passwords.outdated(kept) else None
        async with self._store.begin(shared=True) as tx:  # who changes operators has the house alone
            if not await _unchanged(tx, operator):
                raise WrongSignIn("The login or the password is wrong.")
            if fresh:
                await rows.change(tx, operator.id, {"password_hash": fresh})
            return await self._sign_in(tx, operator)

    async def _sign_in(self, tx: Tx, operator: OperatorRow) -> SignIn:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        until = now + SIGN_IN_HOLDS
        await rows.add_sign_in(tx, token_hash(token), operator_id=operator.id, now=now, expires_at=until)
        return SignIn(token, operator, until, await sights.of(tx, operator.id))

    async def signed_in(self, token: str) -> SignIn | None:
        """Who holds this cookie; it holds for another 30 days from each day of use."""
        now = self._clock.now()
        async with self._store.read() as read:
            found = await rows.signed_in(read, token_hash(token), now)
        if found is None:
            return None
        operator, until, sight = found
        if until - now < SIGN_IN_HOLDS - DAY:
            until = now + SIGN_IN_HOLDS
            async with self._store.begin(shared=True) as tx:
                await rows.extend_sign_in(tx, token_hash(token), until)
        return SignIn(token, operator, until, sight)

    async def holds(self, token: str, *, like: tuple[str, Sight] | None = None) -> bool:
        """Whether a cookie still opens, for that very role and sight if they are given.

        To ask is no use of it, so that it runs out all the same.
        """
        async with self._store.read() as read:
            found = await rows.signed_in(read, token_hash(token), self._clock.now())
        return found is not None and like in (None, (found[0].role, found[2]))

    async def sign_ins(self, operator_id: str) -> int:
        """In how many browsers the operator is signed in."""
        async with self._store.read() as read:
            return await rows.sign_in_count(read, operator_id, self._clock.now())

    async def sign_out(self, token: str) -> None:
        """The cookie opens nothing any more."""
        async with self._store.begin(shared=True) as tx:
            await rows.end_sign_in(tx, token_hash(token))
        self.rights.ended()

    async def sign_out_elsewhere(self, operator_id: str, *, keep: str | None = None) -> None:
        """Signed out everywhere, and links void; `keep` is the token of the sign-in that stays, if one does."""
        async with self._store.begin() as tx:
            await rows.end_sign_ins(tx, operator_id, keep=token_hash(keep) if keep else None)
        self.rights.ended()

    def csrf(self, token: str) -> str:
        """The word that forms of this sign-in must carry."""
        return hmac.new(self._csrf_key, token.encode(), hashlib.sha256).hexdigest()

    def csrf_right(self, token: str, given: str | None) -> bool:
        """Whether a form carried the right word."""
        return given is not None and hmac.compare_digest(self.csrf(token).encode(), given.encode())

    # Operators

    async def get(self, operator_id: str) -> OperatorRow:
        """One operator.

        Raises:
            NotFound: there is none of that id.
        """
        async with self._store.read() as read:
            found = await rows.by_id(read, operator_id)
        if found is None:
            raise NotFound("There is no such operator.")
        return found

    async def all(self) -> list[OperatorRow]:
        """Every operator, the oldest first."""
        async with self._store.read() as read:
            return await rows.all_(read)

    async def add(
        self,
        login: str,
        *,
        name: str,
        role: str,
        password: str | None = None,
        sees: str | None = None,
        accounts: Sequence[str] = (),
    ) -> OperatorRow:
        """A new operator. Without a password, `invite` gives the link to come in by.

        `sees`: all lines, as is usual, or those that are `given`, which `accounts` holds.

        Raises:
            Invalid: login, role or password cannot be so, or there is no such account.
            Conflict: the login is taken.
        """
        login = login.strip().lower()
        _check(login_problem(login))
        if password is not None:
            _check(password_problem(password, login))
        made = await passwords.hash_password(password) if password is not None else None
        operator = replace(self._new(login, name, _role(role), made), sees=sees_of(sees or "all"))
        async with self._store.begin() as tx:
            await self._free(tx, login)
            await rows.add(tx, operator)
            await give(tx, operator.id, accounts)
        return operator

    async def set_up(self, operator_id: str, *, login: str, name: str, password: str) -> OperatorRow:
        """What an operator without a password says about themselves on the first visit.

        Raises:
            Invalid: login or password cannot be so.
            Conflict: the login is taken, or there is a password already.
        """
        login = login.strip().lower()
        _check(login_problem(login) or password_problem(password, login))
        made = await passwords.hash_password(password)
        async with self._store.begin() as tx:
            operator = await rows.by_id(tx, operator_id)
            if operator is None or operator.password_hash is not None:
                raise Conflict("There is a password already. Change it with the old one.")
            await self._free(tx, login, but=operator_id)
            values: dict[str, Any] = {"login": login, "name": _named(name, login), "password_hash": made}
            await rows.change(tx, operator_id, values)
        return replace(operator, **values)

    async def change_password(self, operator_id: str, old: str, new: str, *, keep: str | None = None) -> None:
        """Another password; every other sign-in ends. `keep` is the token of the one that asks.

        Raises:
            WrongSignIn: the old one is wrong.
            Invalid: the new one cannot be so.
            Conflict: there is no old one yet, or it was changed at the same moment.
            TooManyTries: the old one was wrong too often.
        """
        operator, limits = await self.get(operator_id), {f"#{operator_id}": 5}
        if operator.password_hash is None:
            raise Conflict("There is no password yet. Set one first.")
        _check(password_problem(new, operator.login))
        await self._guesses.count(limits)  # before the slow work, as at the sign-in
        if not await passwords.verify(operator.password_hash, old[: LONGEST_PASSWORD + 1]):
            raise WrongSignIn("That is not your present password.")
        await self._guesses.right(next(iter(limits)), limits)
        _check("That is the password that you have already. Choose another." if old == new else None)
        made = await passwords.hash_password(new)
        async with self._store.begin() as tx:
            if not await _unchanged(tx, operator):
                raise Conflict("The password was changed in another place just now. Sign in again.")
            await rows.change(tx, operator_id, {"password_hash": made})
            await rows.end_sign_ins(tx, operator_id, keep=token_hash(keep) if keep else None)
        self.rights.ended()

    async def change(
        self,
        operator_id: str,
        *,
        name: str | None = None,
        role: str | None = None,
        disabled: bool | None = None,
        sees: str | None = None,
        accounts: Sequence[str] | None = None,
    ) -> None:
        """Another name, role or sight; a disabled operator is signed out everywhere.

        Raises:
            NotFound: there is none of that id.
            Invalid: there is no such role, no such sight or no such account.
            Conflict: nobody would be left who may change settings.
        """
        before, values = await self.get(operator_id), dict[str, Any]()
        if name is not None:
            values["name"] = _named(name, before.login)
        if role is not None:
            values["role"] = _role(role).value
        if sees is not None:
            values["sees"] = sees_of(sees)
        if disabled is not None:
            values["disabled_at"] = self._clock.now() if disabled else None
        async with self._store.begin() as tx:
            had = await rows.admins(tx)
            await rows.change(tx, operator_id, values)
            if had and not await rows.admins(tx):
                raise Conflict("This is the only admin. Make another operator admin first.")
            if accounts is not None:
                await give(tx, operator_id, accounts)
            if disabled:
                await rows.end_sign_ins(tx, operator_id)
        self.rights.ended()

    def _new(self, login: str, name: str, role: Role, password_hash: str | None) -> OperatorRow:
        return OperatorRow(
            id=new_id("opr"),
            login=login,
            name=_named(name, login),
            role=role.value,
            password_hash=password_hash,
            created_at=self._clock.now(),
            disabled_at=None,
        )

    async def _free(self, tx: Tx, login: str, *, but: str | None = None) -> None:
        other = await rows.by_login(tx, login)
        if other is not None and other.id != but:
            raise Conflict(f"The login “{login}” is taken. Choose another.")

    async def sweep(self) -> None:
        """Drop sign-ins and links that ran out."""
        async with self._store.begin() as tx:
            await rows.sweep(tx, self._clock.now())


async def _unchanged(tx: Tx, seen: OperatorRow) -> bool:
    """Whether the operator may still come in by the password that was looked at, which takes a while."""
    now = await rows.by_id(tx, seen.id)
    return now is not None and now.disabled_at is None and now.password_hash == seen.password_hash


def _check(problem: str | None) -> None:
    if problem:
        raise Invalid(problem)


def _role(name: str) -> Role:
    if name not in set(Role):
        raise Invalid(f"There is no role “{name[:40]}”. Give admin, operator or viewer.")
    return Role(name)


def _named(name: str, login: str) -> str:
    return " ".join(keepable(name).split())[:80] or login
