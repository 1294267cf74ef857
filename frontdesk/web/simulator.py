"""The stand-in behind URLs: it speaks the Graph API over HTTP, so that the real cloud code can talk to it."""

import json
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from frontdesk.channels.simulator.faults import GraphError
from frontdesk.channels.simulator.graph import Answer
from frontdesk.channels.simulator.media import LARGEST
from frontdesk.channels.simulator.people import Json, Number
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.kit.clock import SECOND
from frontdesk.web.phone_door import at_this_machine

HANGS_FOR = 60 * SECOND
_LARGEST_CALL = 1024 * 1024


class CutOff(Response):
    """Promises a body and cuts the connection instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with headers and half a body."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"512")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"messaging_product":', "more_body": True})


def graph_router(standin: StandIn) -> APIRouter:
    """The Graph API's routes, relative to where the version would stand: mount it under `.../v26.0`."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(_only_from_here)])
    desk = _Counter(standin)
    router.add_api_route("/media-files/{key}", desk.download, methods=["GET"])
    router.add_api_route("/{phone_number_id}/messages", desk.messages, methods=["POST"])
    router.add_api_route("/{phone_number_id}/media", desk.upload, methods=["POST"])
    router.add_api_route("/{waba_id}/message_templates", desk.templates, methods=["GET"])
    router.add_api_route("/{waba_id}/subscribed_apps", desk.subscribed, methods=["GET", "POST"])
    router.add_api_route("/{node_id}", desk.node, methods=["GET"])
    router.add_api_route("/{node_id}", desk.delete, methods=["DELETE"])
    return router


def standin_app(standin: StandIn) -> FastAPI:
    """The stand-in alone on a port of its own, for tests: with and without a version in the path."""
    app = FastAPI(openapi_url=None)
    app.include_router(graph_router(standin), prefix="/v26.0")
    app.include_router(graph_router(standin))
    return app


class _Counter:
    """Takes the calls."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self._graph = standin.graph

    async def messages(self, phone_number_id: str, request: Request) -> Response:
        """A message to send, or the word that one was read."""
        try:
            number = self._graph.number_for(phone_number_id, _token(request))
            answer = self._graph.post(number, await _json(request))
        except GraphError as error:
            return _refusal(error)
        return await self._give(answer)

    async def _give(self, answer: Answer) -> Response:
        match answer.twist:
            case "drop":
                return CutOff()
            case "hang":
                await self._standin.clock.sleep(HANGS_FOR)
                return CutOff()
            case "empty":
                return Response(status_code=200)
            case "html":
                return Response("502 Bad Gateway", status_code=502, media_type="text/html")
        return JSONResponse(answer.content)

    async def upload(self, phone_number_id: str, request: Request) -> Response:
        """A file to send later by its id."""
        try:
            number = self._graph.number_for(phone_number_id, _token(request))
            return await self._upload(number, request)
        except GraphError as error:
            return _refusal(error)

    async def _upload(self, number: Number, request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > LARGEST + 64 * 1024:
            raise GraphError(131053, "The file is larger than 100 MB.")
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if form.get("messaging_product") != "whatsapp":
                raise GraphError(100, "(#100) The parameter messaging_product is required.")
            if not isinstance(file, UploadFile):
                raise GraphError(131008, "The parameter file is required.")
            mime = str(form.get("type") or file.content_type or "application/octet-stream")
            mime = mime if "/" in mime else str(file.content_type)
            return JSONResponse(self._graph.upload(number, await file.read(), mime, file.filename))

    async def node(self, node_id: str, request: Request) -> Response:
        """A number's own fields, or where a file can be downloaded."""
        token = _token(request)
        try:
            if node_id in self._standin.threads.numbers:
                number = self._graph.number_for(node_id, token)
                return JSONResponse(_number_fields(number, request.query_params.get("fields")))
            stored = self._graph.media_for(node_id, token)
        except GraphError as error:
            return _refusal(error)
        base = str(request.url).split("?", 1)[0].rsplit("/", 1)[0]
        return JSONResponse(self._graph.media.describe(stored, base))

    async def download(self, key: str, request: Request) -> Response:
        """The bytes of a file, for five minutes after its link was given, to who shows the token."""
        try:
            stored = self._graph.link_for(key, _token(request))
        except GraphError as error:
            return _refusal(error)
        if stored is None:
            return Response(status_code=404)
        return Response(stored.content, media_type=stored.mime)

    async def delete(self, node_id: str, request: Request) -> Response:
        """Forget a file."""
        try:
            self._graph.media_for(node_id, _token(request))
            self._graph.media.delete(node_id)
        except GraphError as error:
            return _refusal(error)
        return JSONResponse({"success": True})

    async def templates(self, waba_id: str, request: Request) -> Response:
        """The approved templates of a business account."""
        return self._of_waba(waba_id, request, self._graph.list_templates())

    async def subscribed(self, waba_id: str, request: Request) -> Response:
        """Whether webhooks of the account come to this app: always."""
        listed: Json = {"data": [{"whatsapp_business_api_data": {"id": "1", "name": "Frontdesk"}}]}
        return self._of_waba(waba_id, request, {"success": True} if request.method == "POST" else listed)

    def _of_waba(self, waba_id: str, request: Request, content: Json) -> Response:
        try:
            if self._graph.waba_for(waba_id, _token(request)):
                return JSONResponse(content)
        except GraphError as error:
            return _refusal(error)
        return _refusal(GraphError(100, f"Object with ID '{waba_id[:40]}' does not exist."))


def _only_from_here(request: Request) -> None:
    """Lines of this machine are the only callers there can be."""
    if not at_this_machine(request):
        raise HTTPException(403, "The simulator's Graph API answers to this machine only.")


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _json(request: Request) -> Json:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_CALL:
            raise GraphError(100, "The body is too large.")
    try:
        content: Any = json.loads(body)
    except ValueError:
        raise GraphError(100, "The body is not JSON.") from None
    if not isinstance(content, dict):
        raise GraphError(100, "The body must be an object.")
    return content


def _refusal(error: GraphError) -> JSONResponse:
    return JSONResponse(error.answer(), status_code=error.http)


def _number_fields(number: Number, fields: str | None) -> Json:
    whole: Json = {
        "verified_name": number.name,
        "display_phone_number": f"+{number.phone}",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "status": "CONNECTED",
    }
    wanted = [name.strip() for name in fields.split(",")] if fields else list(whole)
    return {name: whole[name] for name in wanted if name in whole} | {"id": number.phone_number_id}
