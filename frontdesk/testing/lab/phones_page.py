"""The page of the lab's phones, under `/lab`: whoever sits at this machine holds any of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.phones_view import PhonesView
from frontdesk.testing.lab.pocket import Pocket
from frontdesk.testing.lab.shown import File, Thread
from frontdesk.testing.lab.town import Town
from frontdesk.web.phone import HEADERS, LARGEST_FILE
from frontdesk.web.phone_door import Door

STATIC = Path(__file__).with_name("static")
LOOKS_AGAIN = 0.5  # seconds: devices and codes come and go without a word
_ALIVE_EVERY = 30  # looks
_SHOWN_IN_PLACE = ("image/jpeg", "image/png", "image/webp", "image/gif", "audio/", "video/")
_PICTURES = ("image/jpeg", "image/png", "image/webp")

Endpoint = Callable[[Request], Awaitable[Response]]


def phones(town: Town) -> Starlette:
    """The application of the page."""
    page = _Page(town)
    chat = "/{phone}/{chat}"
    routes = [
        Route(path, page.guarded(endpoint), methods=[method])
        for path, method, endpoint in (
            ("/", "GET", page.enter),
            ("/{phone}", "GET", page.enter),
            ("/{phone}/media/{message_id}", "GET", page.media),
            (chat, "GET", page.show),
            (f"{chat}/bubbles", "GET", page.bubbles),
            (f"{chat}/events", "GET", page.events),
            (f"{chat}/send", "POST", page.send),
            (f"{chat}/react", "POST", page.react),
            (f"{chat}/look", "POST", page.look),
            (f"{chat}/curtain/{{act}}", "POST", page.curtain),
        )
    ]
    static = Mount("/lab/static", StaticFiles(directory=STATIC))
    return Starlette(routes=[static, Route("/lab", page.guarded(page.enter)), Mount("/lab", routes=routes)])


class _Page:
    """Answers the page's requests."""

    def __init__(self, town: Town) -> None:
        self._town, self._view, self._door = town, PhonesView(town), Door()

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint for those at this machine; errors become sentences."""

        async def answer(request: Request) -> Response:
            response = await self._answer(endpoint, request)
            response.headers.update(HEADERS)
            return response

        return answer

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        if not self._door.opens(request):
            return HTMLResponse(self._view.closed(), status_code=403)
        try:
            return await endpoint(request)
        except LabError as error:
            return PlainTextResponse(str(error), status_code=404 if request.method == "GET" else 422)
        except (ConnectionError, TimeoutError):
            sentence = "The line left before it was linked. Show a new code under Lines, and try again."
            return PlainTextResponse(sentence, status_code=422)

    def _chat(self, request: Request) -> tuple[Pocket, Thread]:
        pocket = self._town.pocket(request.path_params["phone"])
        return pocket, pocket.thread(request.path_params["chat"])

    async def enter(self, request: Request) -> Response:
        """To the first chat of a phone, that of the first phone unless one is named; open where devices are linked."""
        pocket = self._town.pocket(request.path_params.get("phone") or next(iter(self._town.pockets)))
        busy = [thread for thread in pocket.threads.values() if thread.last]
        newest = max(busy, key=lambda one: one.last.at if one.last else 0, default=next(iter(pocket.threads.values())))
        opened = "?open" if pocket.owned else ""
        return RedirectResponse(f"/lab/{pocket.account.phone}/{newest.key}{opened}", status_code=303)

    async def show(self, request: Request) -> Response:
        """The page of a chat."""
        try:
            pocket, thread = self._chat(request)
        except LabError:
            return RedirectResponse("/lab", status_code=303)
        return HTMLResponse(self._view.page(pocket, thread, opened="open" in request.query_params))

    async def bubbles(self, request: Request) -> Response:
        """All bubbles again, for a page that was cut off for a while."""
        return HTMLResponse(self._view.bubbles(*self._chat(request)))

    async def send(self, request: Request) -> Response:
        """A text, a file, or a file with a caption."""
        pocket, thread = self._chat(request)
        if int(request.headers.get("content-length") or 0) > LARGEST_FILE + 64 * 1024:
            return PlainTextResponse("This file is too large: the phones take up to 25 MB.", status_code=413)
        async with request.form(max_files=1, max_fields=10) as form:
            text, quote, file = _field(form, "text"), _field(form, "quote") or None, form.get("file")
            if isinstance(file, UploadFile) and file.filename:
                attached = await _attachment(file, voice=bool(_field(form, "voice")))
                bubble = await pocket.attach(thread, attached, caption=text, quote=quote)
            else:
                bubble = await pocket.write(thread, text, quote=quote)
        return HTMLResponse(self._view.bubbles(pocket, thread, [bubble]))

    async def react(self, request: Request) -> Response:
        """A reaction, or its end."""
        pocket, _ = self._chat(request)
        async with request.form() as form:
            await pocket.react(_field(form, "wamid"), _field(form, "emoji")[:16])
        return Response(status_code=204)

    async def look(self, request: Request) -> Response:
        """The chat is in sight."""
        pocket, thread = self._chat(request)
        await pocket.look(thread)
        return Response(status_code=204)

    async def media(self, request: Request) -> Response:
        """A file of a message. What a browser might run is only offered for download."""
        pocket = self._town.pocket(request.path_params["phone"])
        file, content = pocket.file(request.path_params["message_id"])
        headers = {} if file.mime.startswith(_SHOWN_IN_PLACE) else {"Content-Disposition": "attachment"}
        return Response(content, media_type=file.mime, headers=headers)

    async def curtain(self, request: Request) -> Response:
        """What the owner of a phone does with linked devices, and what goes wrong."""
        pocket, thread = self._chat(request)
        async with request.form() as form:
            await self._pull(request.path_params["act"], pocket, form)
        self._town.changes.tell(pocket.account.phone, thread.key)
        return Response(status_code=204)

    async def _pull(self, act: str, pocket: Pocket, form: FormData) -> None:
        town = self._town
        if not pocket.owned and act != "away":
            raise LabError("This phone links no devices: it is a customer's.")
        match act:
            case "scan":
                await town.scan(pocket, _field(form, "account_id"))
            case "code":
                await town.type_code(pocket, _field(form, "code"))
            case "unlink":
                await town.unlink(pocket, _field(form, "device"))
            case "cut":
                town.cut(pocket)
            case "away":
                await town.go_away()
            case "logout":
                await town.log_out(pocket)
            case _:
                raise LabError("There is no such lever.")

    async def events(self, request: Request) -> Response:
        """What changes on the phone, as server-sent events."""
        return StreamingResponse(self._follow(*self._chat(request)), media_type="text/event-stream")

    async def _follow(self, pocket: Pocket, thread: Thread) -> AsyncIterator[bytes]:
        shown: dict[str, str | bool] = {}
        silent = 0
        with self._town.changes.watching() as changes:
            yield b"retry: 1500\n\n"
            while True:
                yield b"".join(self._around(pocket, thread, shown)) or (b": still here\n\n" if not silent else b"")
                silent = (silent + 1) % _ALIVE_EVERY
                try:
                    first = await asyncio.wait_for(changes.get(), LOOKS_AGAIN)
                except TimeoutError:
                    continue
                gathered = [first, *(changes.get_nowait() for _ in range(changes.qsize()))]
                if None in gathered:
                    return
                yield self._changed(pocket, thread, [change for change in gathered if change is not None])

    def _changed(self, pocket: Pocket, thread: Thread, changes: Iterable[tuple[str, str, str]]) -> bytes:
        here = (pocket.account.phone, thread.key)
        wanted = dict.fromkeys(bubble for *place, bubble in changes if tuple(place) == here)
        bubbles = [thread.bubbles[one] for one in wanted if one in thread.bubbles]
        return _event("bubbles", self._view.bubbles(pocket, thread, bubbles)) if bubbles else b""

    def _around(self, pocket: Pocket, thread: Thread, shown: dict[str, str | bool]) -> Iterable[bytes]:
        """What lies around the bubbles, as far as it is not shown yet."""
        now: dict[str, str | bool] = {
            "typing": thread.is_typed_in(self._town.clock.now()),
            "people": self._view.people(pocket, thread),
            "curtain": self._view.curtain(pocket, thread),
        }
        for name, content in now.items():
            if shown.get(name) != content:
                shown[name] = content
                yield _event(name, content)


def _event(name: str, content: str | bool) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


async def _attachment(file: UploadFile, *, voice: bool) -> File:
    mime, content = file.content_type or "application/octet-stream", await file.read()
    top = mime.partition("/")[0]
    kind = "image" if mime in _PICTURES else top if top in ("audio", "video") else "document"
    name = (file.filename or "") if kind == "document" else ""
    return File(kind, mime, name, is_voice=voice, size=len(content), content=content)
