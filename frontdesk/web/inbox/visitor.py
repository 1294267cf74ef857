"""Who looks at the inbox: signed-in operators only, and where the others are sent."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from frontdesk.desk.operators import SignIn
from frontdesk.domain.operators import Role, Scope, Sight
from frontdesk.store.rows import OperatorRow
from frontdesk.web.auth import CSRF_HEADER, check_form, of_operator, rooms_of, signed_in
from frontdesk.web.sight import look_at

_OURS = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


@dataclass(frozen=True, slots=True)
class Visitor:
    """An operator with a good sign-in, and the word that forms must carry."""

    operator: OperatorRow
    token: str
    csrf: str
    sight: Sight

    @property
    def id(self) -> str:
        """The operator's id."""
        return self.operator.id

    @property
    def role(self) -> Role:
        """What the operator is."""
        return Role(self.operator.role)

    def may(self, scope: Scope) -> bool:
        """Whether the operator has the scope."""
        return scope in self.role.scopes()


def inside(path: str | None) -> str:
    """The path when it leads to a page of ours, else the inbox: nobody is sent elsewhere by a link to the sign-in."""
    return path if path and len(path) < 500 and _OURS.fullmatch(path) else "/"


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request") == "true"


async def visitor_of(request: Request) -> Visitor:
    """The operator behind the cookie.

    Raises:
        NotFound: the path names something that they do not see.
        HTTPException: 303 (or 401 with HX-Redirect for a part of a page) to the sign-in.
    """
    found = await signed_in(request)
    if found is None:
        raise away(request)
    visitor = make(request, found)
    if request.method not in ("GET", "HEAD"):
        given = request.headers.get(CSRF_HEADER) or (await request.form()).get("csrf")
        check_form(request, of_operator(found), given if isinstance(given, str) else None)
    await look_at(rooms_of(request), visitor.sight, request.path_params)
    return visitor


def make(request: Request, found: SignIn) -> Visitor:
    """The visitor that a sign-in is."""
    csrf = rooms_of(request).desk.operators.csrf(found.token)
    return Visitor(found.operator, found.token, csrf, found.sight)


def away(request: Request) -> HTTPException:
    """To the sign-in, and back afterwards."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if wants_part(request):
        current = request.headers.get("hx-current-url", "")
        here = "/" + current.split("/", 3)[3] if current.count("/") >= 3 else "/"
    back = inside(here)
    return _to(request, "/sign-in" if back == "/" or request.method != "GET" else f"/sign-in?next={quote(back)}")


def _to(request: Request, path: str) -> HTTPException:
    if wants_part(request):
        return HTTPException(401, "Sign in again.", {"HX-Redirect": path})
    return HTTPException(303, "See the other page.", {"Location": path})


def elsewhere(request: Request, path: str) -> HTTPException:
    """To where the thing is now."""
    if wants_part(request):
        return HTTPException(404, "This chat has moved.", {"HX-Redirect": path})
    return HTTPException(303, "See the other page.", {"Location": path})


def needs(scope: Scope) -> object:
    """A dependency: the visitor must have the scope."""

    async def allowed(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Visitor:
        if not visitor.may(scope):
            raise HTTPException(403, "Your role does not allow this. An admin can change it.")
        return visitor

    return Depends(allowed)


Anyone = Annotated[Visitor, Depends(visitor_of)]
Writer = Annotated[Visitor, needs(Scope.WRITE)]
Admin = Annotated[Visitor, needs(Scope.ADMIN)]
