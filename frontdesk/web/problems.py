"""Errors as problem details (RFC 9457): what happened and what to do, never a traceback."""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from frontdesk.desk.errors import DeskError
from frontdesk.domain.addresses import MalformedAddress
from frontdesk.kit.errors import FrontdeskError, LoggedOut, PluginError, Retryable, SettingsError
from frontdesk.settings.wording import complaint
from frontdesk.store.pages_base import MalformedCursor
from frontdesk.store.store import StoreUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"  # seconds

TOLD = 3  # sentences in the detail of a problem; `errors` has them all
NO_JSON = "The body is not a JSON document. Send JSON in UTF-8."
_OF_UNIONS = frozenset({"str", "int", "float", "bool"})  # parts of a place that name a type rather than a field
_OF_PATHS = "/:@!$&'()*+,;="  # what stands in a path as it is (RFC 3986)
_OF_PROGRAMS = ("/api/", "/webhook", "/health", "/stats", "/metrics", "/openapi.json", "/ws", "/sessions/")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_OTHERS_WORDS = {
    "There was an error parsing the body": f"{NO_JSON[:-1]}, with little nesting and short numbers.",
    "Missing boundary in multipart.": "The form has no boundary. Send multipart/form-data, and let the program that "
    "makes the form write its Content-Type.",
}

ErrorPage = Callable[[Request, int, str], Awaitable[Response]]

_SENTENCES = {
    400: "The request could not be understood.",
    404: "There is nothing at this address. See /openapi.json for what there is.",
    405: "This address does not take that method. The Allow header names those that it takes.",
    406: "What was asked for cannot be given in that form.",
    413: "The body is too large.",
    415: "The body is of a type that is not understood here. Send application/json.",
}


def body(status: int, detail: str, *, instance: str, **more: Any) -> bytes:
    """A problem as JSON."""
    title = HTTPStatus(status).phrase
    return orjson.dumps(
        {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": instance, **more}
    )


def problem(
    request: Request, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as an answer."""
    content = body(status, detail, instance=_instance(request), **more)
    return Response(content, status, headers, media_type=MEDIA_TYPE)


def _instance(request: Request) -> str:
    """The path as a URI reference: as it was sent, with percent signs before what may not stand there as it is."""
    raw: bytes | None = request.scope.get("raw_path")
    if raw is None:
        return quote(request.url.path, safe=_OF_PATHS)
    return _NO_ESCAPE.sub("%25", quote(raw, safe=_OF_PATHS + "%"))


def status_of(error: FrontdeskError) -> int:
    """The HTTP status that fits an error of ours."""
    if isinstance(error, DeskError):
        return error.status
    if isinstance(error, StoreUnavailable | Retryable):
        return 503
    if isinstance(error, MalformedAddress | MalformedCursor | SettingsError):
        return 422
    return 409 if isinstance(error, LoggedOut) else 422 if isinstance(error, PluginError) else 500


def install(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Answer every error with a problem; where a person looks at the inbox, with `page(request, status, sentence)`."""

    async def show(
        request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Response:
        if page is None or not for_people(request):
            return problem(request, status, detail, headers=headers, **more)
        answer = await page(request, status, detail)
        answer.headers.update(headers or {})
        return answer

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, FrontdeskError)
        status = status_of(error)
        return await show(request, status, error.sentence, {"Retry-After": RETRY_AFTER} if status == 503 else None)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        detail = _worded(request, error)
        headers = {"Allow": ", ".join(_methods(request))} if error.status_code == 405 else error.headers
        return await show(request, error.status_code, detail, headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors = [_explained(each) for each in error.errors()]
        if any(each["type"] == "json_invalid" for each in error.errors()):
            return await show(request, 400, NO_JSON, errors=errors)
        if errors[0]["field"] == "body" and error.errors()[0]["type"] != "missing" and not _is_json(request):
            return await show(request, 415, _SENTENCES[415])
        return await show(
            request, 422, " ".join(list(dict.fromkeys(each["sentence"] for each in errors))[:TOLD]), errors=errors
        )

    app.add_exception_handler(FrontdeskError, ours)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def _methods(request: Request) -> list[str]:
    """What the address takes, over all its routes: the framework asks only the first one."""
    there = [
        each for each in iter_route_contexts(request.app.routes) if each.matches(request.scope)[0] is Match.PARTIAL
    ]
    return sorted({method for each in there for method in each.methods or ()}) or ["GET", "HEAD"]  # a file


def _worded(request: Request, error: HTTPException) -> str:
    """Our own sentence for what a library remarks."""
    if error.detail == HTTPStatus(error.status_code).phrase:
        return _SENTENCES.get(error.status_code, error.detail)
    if error.status_code == 400 and request.headers.get("content-type", "").startswith("multipart/"):
        return _OTHERS_WORDS.get(error.detail, "The form cannot be read. Send it as multipart/form-data, whole.")
    return _OTHERS_WORDS.get(error.detail, error.detail)


def for_people(request: Request) -> bool:
    """Whether a person with a browser asked, rather than a program."""
    path = request.url.path
    return not path.startswith(_OF_PROGRAMS) and "text/html" in request.headers.get("accept", "")


def _is_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "")


def _explained(error: Mapping[str, Any]) -> dict[str, str]:
    """Where and what, without what was given: it may be a secret."""
    if error["type"] == "json_invalid":
        return {"field": "body", "sentence": NO_JSON}
    where = [str(part) for part in error["loc"]]
    parts = [part for part in where[1:] if part not in _OF_UNIONS and not part[:1].isupper()]
    field = ".".join(parts) or where[0]
    name = f"“{field}”" if parts else f"The {field}"
    return {"field": field, "sentence": f"{name} {complaint(error)}."}
