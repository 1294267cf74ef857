"""Who calls: an API key in a header, or the inbox's cookie. Scopes, the defence against forged forms, and the rate."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from frontdesk.desk.api_keys import scopes_of
from frontdesk.desk.operators import SignIn
from frontdesk.domain.operators import Role, Scope, Sight
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.store.rows import OperatorRow
from frontdesk.web.phone_door import at_this_machine
from frontdesk.web.rooms import Rooms
from frontdesk.web.sight import look_at

COOKIE = "frontdesk_sign_in"
CSRF_HEADER = "X-CSRF-Token"
BY_API = "api"  # who acts, where a key does

RATE = 300.0  # requests a second, for each key
BURST = 600.0
CALLERS = 10_000  # whose rate is remembered

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_key_header = APIKeyHeader(name="X-Api-Key", auto_error=False, description="An API key.")
_bearer = HTTPBearer(auto_error=False, description="An API key.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what they may do. `by` is the operator's id, or `api` for a key."""

    by: str
    name: str
    scopes: frozenset[Scope]
    sight: Sight  # programs with a key see all lines
    key_id: str | None = None
    operator: OperatorRow | None = None
    token: str | None = None  # of the sign-in, for the CSRF word

    def may(self, scope: Scope) -> bool:
        """Whether the caller has the scope."""
        return scope in self.scopes

    @property
    def operator_id(self) -> str | None:
        """The operator's id; None for a key."""
        return self.operator.id if self.operator else None


def rooms_of(connection: HTTPConnection) -> Rooms:
    """The house behind a request or a WebSocket."""
    rooms = connection.app.state.rooms
    assert isinstance(rooms, Rooms)
    return rooms


RoomsOf = Annotated[Rooms, Depends(rooms_of)]


async def caller_of(connection: HTTPConnection) -> Caller | None:
    """Who calls; None when nobody says so. Looked up once for each request.

    Raises:
        HTTPException: 401, the key is wrong.
    """
    if not hasattr(connection.state, "caller"):
        connection.state.caller = await _caller_of(connection)
    found: Caller | None = connection.state.caller
    return found


async def known_caller(connection: HTTPConnection) -> Caller:
    """Who calls, for what has to know what they see; whether they may is for `needs` to say.

    Raises:
        HTTPException: 401, nobody says so.
    """
    caller = await caller_of(connection)
    if caller is None:
        raise _nobody()
    return caller


async def _caller_of(connection: HTTPConnection) -> Caller | None:
    rooms = rooms_of(connection)
    text = _key_in(connection)
    if text:
        await rooms.desk.following.caught_up()
        row = await rooms.desk.operators.keys.check(text)
        if row is None:
            raise unauthorised("This API key is unknown, or was revoked.")
        return Caller(BY_API, row.name, scopes_of(row), None, key_id=row.id)
    sign_in = await signed_in(connection)
    return of_operator(sign_in) if sign_in else None


def of_operator(sign_in: SignIn) -> Caller:
    """The caller that an operator is."""
    operator = sign_in.operator
    scopes = Role(operator.role).scopes()
    return Caller(operator.id, operator.name, scopes, sign_in.sight, operator=operator, token=sign_in.token)


async def signed_in(connection: HTTPConnection) -> SignIn | None:
    """The sign-in behind the cookie, if there is a good one."""
    token, desk = connection.cookies.get(COOKIE), rooms_of(connection).desk
    if not token:
        return None
    await desk.following.caught_up()  # what was done a moment ago may have been done in another process
    return await desk.operators.signed_in(token)


async def still_may(rooms: Rooms, caller: Caller, *, as_before: bool = False) -> bool:
    """Whether who was let in would be let in again; `as_before`: with the same rights, as those of a key never change.

    Asks the database, and counts as no use of a sign-in.
    """
    operators = rooms.desk.operators
    if caller.token is not None:
        like = (caller.operator.role, caller.sight) if as_before and caller.operator else None
        return await operators.holds(caller.token, like=like)
    return caller.key_id is not None and await operators.keys.holds(caller.key_id)


def _key_in(connection: HTTPConnection) -> str | None:
    key = connection.headers.get("x-api-key")
    if key:
        return key.strip()
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return connection.query_params.get("api_key") if connection.scope["type"] == "websocket" else None


def unauthorised(sentence: str) -> HTTPException:
    """401 with what to send."""
    return HTTPException(401, sentence, {"WWW-Authenticate": 'Bearer realm="frontdesk"'})


def _nobody() -> HTTPException:
    return unauthorised("Say who you are: send an API key in X-Api-Key, or sign in.")


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a browser says that a page of ours asks; programs that are no browser say nothing."""
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    public = rooms_of(connection).settings.public_url
    hosts = {connection.headers.get("host", "").lower(), urlsplit(public).netloc.lower() if public else ""}
    return urlsplit(origin).netloc.lower() in hosts - {""}


def check_form(request: Request, caller: Caller, given: str | None) -> None:
    """Refuse a write by cookie that another site may have caused. `given` is the CSRF word of the form or header.

    Raises:
        HTTPException: 403.
    """
    if caller.token is None or request.method in _SAFE:
        return
    if not same_origin(request):
        raise HTTPException(403, "The request came from another site.")
    if not rooms_of(request).desk.operators.csrf_right(caller.token, given):
        raise HTTPException(
            403, f"The page is out of date. Reload it and try again. (The header {CSRF_HEADER} is wrong.)"
        )


def require(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency: whoever calls must have the scope, and keep to the rate."""

    async def known(
        request: Request,
        _key: Annotated[str | None, Security(_key_header)] = None,
        _token: Annotated[object, Security(_bearer)] = None,
    ) -> Caller:
        caller = await caller_of(request)
        if caller is None:
            raise _nobody()
        check_form(request, caller, request.headers.get(CSRF_HEADER))
        wait = request.app.state.rates.wait(caller.key_id or caller.by)
        if wait:
            raise HTTPException(429, f"Too many requests. Wait {wait} s.", {"Retry-After": str(wait)})
        if not caller.may(scope):
            raise HTTPException(403, f"This needs the scope “{scope}”, which {caller.name} does not have.")
        await look_at(rooms_of(request), caller.sight, request.path_params)
        return caller

    return known


def needs(scope: Scope) -> Any:
    """The same as a parameter of a route, whose documentation names the scope."""
    return Security(require(scope), scopes=[scope.value])


Reader = Annotated[Caller, needs(Scope.READ)]
Writer = Annotated[Caller, needs(Scope.WRITE)]
Admin = Annotated[Caller, needs(Scope.ADMIN)]


async def local_or_reader(request: Request) -> Sight:
    """A dependency for numbers: programs on this machine need no key. Gives what the caller sees.

    Raises:
        HTTPException: 401 or 403.
    """
    return None if at_this_machine(request) else (await require(Scope.READ)(request)).sight


class KnownFirst(APIRoute):
    """A route that takes files: who calls is asked before the body is read, so that strangers fill no disk."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The usual handler, behind the question."""
        answer = super().get_route_handler()

        async def known(request: Request) -> Response:
            if await caller_of(request) is None:
                raise _nobody()
            return await answer(request)

        return known


def set_cookie(response: Response, request: Request, sign_in: SignIn) -> None:
    """Remember the sign-in in the browser."""
    rooms = rooms_of(request)
    response.set_cookie(
        COOKIE,
        sign_in.token,
        max_age=max(0, (sign_in.expires_at - rooms.clock.now()) // SECOND),
        httponly=True,
        samesite="lax",
        secure=_by_https(request),
        path="/",
    )


def _by_https(request: Request) -> bool:
    """Whether the cookie may demand HTTPS: it is used, or the settings say that it will be."""
    settings = rooms_of(request).settings
    public = urlsplit(settings.public_url or "").scheme
    return settings.production or "https" in (request.url.scheme, public)


def forget_cookie(response: Response) -> None:
    """Signed out in the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


class Rates:
    """A bucket of tokens for each caller, filled at `RATE` and holding `BURST`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()  # tokens left, and when that was

    def wait(self, who: str) -> int:
        """Take a token; 0, or in how many seconds there will be one."""
        now = self._clock.now()
        left, at = self._buckets.pop(who, (BURST, now))
        left = min(BURST, left + max(0, now - at) / SECOND * RATE)  # a clock may be set back
        self._buckets[who] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > CALLERS:
            self._buckets.popitem(last=False)
        return 0 if left >= 1 else max(1, ceil((1 - left) / RATE))
