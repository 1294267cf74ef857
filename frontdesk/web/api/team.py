"""Who may come in: operators and API keys. For admins."""

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter
from pydantic import ConfigDict, Field

from frontdesk.desk.errors import NotFound
from frontdesk.desk.own_alerts import own_alerts
from frontdesk.domain.operators import Scope, in_sight
from frontdesk.domain.own_alerts import OwnAlerts
from frontdesk.kit.clock import to_iso
from frontdesk.store import sight
from frontdesk.store.rows import ApiKeyRow, OperatorRow
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Given, Items, Shape, left_out
from frontdesk.web.auth import Admin, Caller, Reader, RoomsOf
from frontdesk.web.rooms import Rooms

router = APIRouter(tags=["house"], responses=problems(404))

Role = Literal["admin", "operator", "viewer"]
Sees = Literal["all", "given"]
AccountIds = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=1_000)]


class ApiKey(Shape):
    """A key, told by its first characters."""

    id: str
    name: str
    hint: str
    scopes: list[Scope]
    created_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class MadeKey(ApiKey):
    """A new key. `key` is told this once and never again."""

    key: str


class NewKey(Given):
    """What the key is for and what it may do; each scope includes those before it: read, write, admin."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Website", "scopes": ["write"]}})

    name: str = Field(min_length=1, max_length=80)
    scopes: list[Scope] = Field(min_length=1)


class User(Shape):
    """An operator. `sees`: all lines, or those of `accounts` and their own. Admins see all whatever stands there."""

    id: str
    login: str
    name: str
    role: str
    has_password: bool
    disabled: bool
    sees: str
    accounts: list[str]
    created_at: str | None


class Me(User):
    """The operator who asks. `alert_from`: from which importance on the browser tells (6: of nothing), `alert_quiet`:
    when it does not (empty: never quiet); null: as the house has it."""

    alert_from: int | None
    alert_quiet: str | None


class OwnAlertsChange(Given):
    """What to set; what is left out stays, and null is as the house has it."""

    model_config = ConfigDict(json_schema_extra={"example": {"alert_from": 4, "alert_quiet": "22:00-07:00"}})

    alert_from: int | None = Field(default=None, ge=1, le=6)
    alert_quiet: str | None = Field(default=None, max_length=40)


class InvitedUser(User):
    """A new operator, with the link to come in by, which can be used once."""

    link: str | None


class NewUser(Given):
    """Without a password, the operator comes in by a link and chooses one."""

    model_config = ConfigDict(json_schema_extra={"example": {"login": "ana", "name": "Ana", "role": "operator"}})

    login: str = Field(min_length=1, max_length=64)
    name: str = Field(default="", max_length=80)
    role: Role = "operator"
    sees: Sees = "all"
    accounts: AccountIds = Field(default_factory=list)
    password: str | None = Field(default=None, max_length=1_001)


class UserChange(Given):
    """What to set; what is left out stays."""

    name: str = Field(default_factory=left_out, max_length=80)
    role: Role = Field(default_factory=left_out)
    disabled: bool = Field(default_factory=left_out)
    sees: Sees = Field(default_factory=left_out)
    accounts: AccountIds = Field(default_factory=left_out)


@router.get("/api-keys", summary="List API keys")
async def list_keys(caller: Admin, rooms: RoomsOf) -> Items[ApiKey]:
    """Revoked ones too, the newest first."""
    return Items(items=[_key(row) for row in await rooms.desk.operators.keys.all()])


@router.post("/api-keys", status_code=201, summary="Make an API key")
async def make_key(caller: Admin, rooms: RoomsOf, new: NewKey) -> MadeKey:
    """The text of the key is in this answer only."""
    keys = rooms.desk.operators.keys
    key_id, text = await keys.create(new.name, [scope.value for scope in new.scopes])
    row = next(row for row in await keys.all() if row.id == key_id)
    return MadeKey(**_key(row).model_dump(), key=text)


@router.delete("/api-keys/{key_id}", status_code=204, summary="Revoke an API key")
async def revoke_key(caller: Admin, rooms: RoomsOf, key_id: str) -> None:
    """It opens nothing any more."""
    await rooms.desk.operators.keys.revoke(key_id)


@router.get("/users", summary="List operators")
async def list_users(caller: Reader, rooms: RoomsOf) -> Items[User]:
    """The oldest first. Of what they were given, what the caller sees."""
    people = await rooms.desk.operators.all()
    async with rooms.store.read() as read:
        given = await sight.given(read)
    seen = {who: [one for one in ids if in_sight(caller.sight, one)] for who, ids in given.items()}
    return Items(items=[_user(row, seen.get(row.id, [])) for row in people])


@router.post("/users", status_code=201, summary="Add an operator", responses=problems(409))
async def add_user(caller: Admin, rooms: RoomsOf, new: NewUser) -> InvitedUser:
    """Without a password, `link` is the token of the address to come in by."""
    operators = rooms.desk.operators
    row = await operators.add(
        new.login, name=new.name, role=new.role, password=new.password, sees=new.sees, accounts=new.accounts
    )
    link = None if new.password else f"/welcome?token={await operators.invite(row.id)}"
    return InvitedUser(**(await _now(rooms, row.id)).model_dump(), link=link)


@router.get("/me", summary="Who you are, and what you are told of")
async def me(caller: Reader, rooms: RoomsOf) -> Me:
    """The operator who is signed in. A key is nobody."""
    return await _me(rooms, _operator(caller))


@router.patch("/me", summary="Change what you are told of")
async def change_me(caller: Reader, rooms: RoomsOf, change: OwnAlertsChange) -> Me:
    """In the browser, and for you alone. Null: as the house has it."""
    operator_id = _operator(caller)
    now = own_alerts(await rooms.desk.operators.get(operator_id))
    given = change.model_dump(exclude_unset=True)
    threshold, quiet = given.get("alert_from", now.threshold), given.get("alert_quiet", now.quiet)
    await rooms.desk.own_alerts.change(operator_id, OwnAlerts(threshold, quiet))
    return await _me(rooms, operator_id)


def _operator(caller: Caller) -> str:
    if caller.operator_id is None:
        raise NotFound("A key is no operator, and is told of nothing in a browser. Sign in.")
    return caller.operator_id


async def _me(rooms: Rooms, operator_id: str) -> Me:
    user = await _now(rooms, operator_id)
    own = own_alerts(await rooms.desk.operators.get(operator_id))
    return Me(**user.model_dump(), alert_from=own.threshold, alert_quiet=own.quiet)


@router.patch("/users/{user_id}", summary="Change an operator", responses=problems(409))
async def change_user(caller: Admin, rooms: RoomsOf, user_id: str, change: UserChange) -> User:
    """A disabled operator is signed out everywhere."""
    await rooms.desk.operators.change(user_id, **change.model_dump(exclude_unset=True))
    return await _now(rooms, user_id)


async def _now(rooms: Rooms, user_id: str) -> User:
    row = await rooms.desk.operators.get(user_id)
    async with rooms.store.read() as read:
        given = await sight.given(read)
    return _user(row, given.get(user_id, []))


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        hint=row.hint,
        scopes=orjson.loads(row.scopes),
        created_at=to_iso(row.created_at),
        last_used_at=to_iso(row.last_used_at),
        revoked_at=to_iso(row.revoked_at),
    )


def _user(row: OperatorRow, given: list[str]) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        has_password=row.password_hash is not None,
        disabled=row.disabled_at is not None,
        sees=row.sees,
        accounts=given,
        created_at=to_iso(row.created_at),
    )
