"""Operators and API keys: who may do what."""

import re
from enum import StrEnum

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


class Scope(StrEnum):
    """What a caller may do; each scope includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Role(StrEnum):
    """What an operator is."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def scopes(self) -> frozenset[Scope]:
        """What the role may do."""
        return _OF_ROLE[self]


_OF_ROLE = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.OPERATOR: frozenset({Scope.READ, Scope.WRITE}),
    Role.ADMIN: frozenset(Scope),
}


class Sees(StrEnum):
    """Of which lines an operator sees the chats. Admins see all, and owners their own, whatever stands here."""

    ALL = "all"  # also of those that are added later
    GIVEN = "given"


Sight = frozenset[str] | None  # ids of the accounts that somebody sees; None: all, also those to come


def in_sight(sight: Sight, account_id: str | None) -> bool:
    """Whether somebody sees what belongs to the account. What belongs to none is for those who see all."""
    return sight is None or account_id in sight


class LineAct(StrEnum):
    """What is done with a line."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    LOG_OUT = "log out"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"

    @property
    def scope(self) -> Scope:
        """What it needs, at every door: who answers chats may bring a line back; setting lines up is for admins."""
        return Scope.WRITE if self in (LineAct.CONNECT, LineAct.DISCONNECT) else Scope.ADMIN


def widen(scopes: frozenset[Scope]) -> frozenset[Scope]:
    """The scopes with those that they include."""
    order = list(Scope)
    highest = max((order.index(scope) for scope in scopes), default=-1)
    return frozenset(order[: highest + 1])


def login_problem(login: str) -> str | None:
    """Why the text cannot be a login; None when it can."""
    if _LOGIN.fullmatch(login):
        return None
    return "A login has 1 to 64 letters, digits or . _ @ + - and starts with a letter or a digit."


def password_problem(password: str, login: str) -> str | None:
    """Why the text cannot be a password; None when it can."""
    if len(password) < SHORTEST_PASSWORD:
        return f"A password needs at least {SHORTEST_PASSWORD} characters. A short sentence is a good one."
    if len(password) > LONGEST_PASSWORD:
        return f"A password may have at most {LONGEST_PASSWORD} characters."
    if password.strip().lower() == login or len(set(password)) < 3:
        return "This password would be guessed at once. Choose another."
    return None
