"""The phone page: people with phones, as a chat in the browser, in front of the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import orjson
from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from frontdesk.channels.simulator.faults import Fault, FaultKind, GraphError
from frontdesk.channels.simulator.people import Identity, NotFound, make_customer
from frontdesk.channels.simulator.phones import Attachment
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Bubble, Change, Thread
from frontdesk.web.phone_door import COOKIE, Door
from frontdesk.web.phone_view import PhoneView, Settings, pace

LARGEST_FILE = 25 * 1024 * 1024
_ALIVE_EVERY = 15.0  # seconds
_SHOWN_IN_PLACE = ("image/jpeg", "image/png", "image/webp", "image/gif", "audio/", "video/")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def phone_router(standin: StandIn, settings: Settings | None = None, *, key: str | None = None) -> APIRouter:
    """The phone page's routes under `/phone`. Who is not at this machine needs `key`: `/phone?key=...` once."""
    page = _Page(standin, settings or Settings(), Door(key))
    router = APIRouter(include_in_schema=False, prefix="/phone")
    thread = "/{number}/{customer}"
    for path, method, endpoint in (
        ("", "GET", page.enter),
        ("/media/{media_id}", "GET", page.media),
        ("/{number}/people", "POST", page.add_person),
        (thread, "GET", page.show),
        (f"{thread}/bubbles", "GET", page.bubbles),
        (f"{thread}/events", "GET", page.events),
        (f"{thread}/send", "POST", page.send),
        (f"{thread}/tap", "POST", page.tap),
        (f"{thread}/react", "POST", page.react),
        (f"{thread}/look", "POST", page.look),
        (f"{thread}/curtain/{{act}}", "POST", page.curtain),
    ):
        router.add_api_route(path, page.guarded(endpoint), methods=[method], response_class=Response)
    return router


class _Page:
    """Answers the page's requests."""

    def __init__(self, standin: StandIn, settings: Settings, door: Door) -> None:
        self._standin = standin
        self._view = PhoneView(standin, settings)
        self._door = door

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint for those who may come in; errors become sentences."""

        async def answer(request: Request) -> Response:
            response = await self._answer(endpoint, request)
            response.headers.update(HEADERS)
            return response

        return answer

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        if not self._door.opens(request):
            return self._turn_away(request)
        try:
            return await endpoint(request)
        except (NotFound, GraphError) as error:
            sentence = error.details if isinstance(error, GraphError) else str(error)
            status = 404 if request.method == "GET" else 422
            return PlainTextResponse(sentence, status_code=status)

    def _turn_away(self, request: Request) -> Response:
        offered = request.query_params.get("key", "")
        if request.method != "GET" or not self._door.fits(offered):
            return HTMLResponse(self._view.closed(), status_code=403)
        response = RedirectResponse("/phone", status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, offered, path="/phone", httponly=True, samesite="strict", secure=secure)
        return response

    def _thread(self, request: Request) -> Thread:
        return self._standin.thread(request.path_params["customer"], phone_number_id=request.path_params["number"])

    async def enter(self, request: Request) -> Response:
        """To the thread that was used last, or to the page that asks for a first person."""
        threads = self._standin.threads
        phone_number_id = next(iter(threads.numbers), None)
        if phone_number_id is None or not threads.customers:
            return HTMLResponse(self._view.empty(phone_number_id))
        known = [self._standin.thread(one, phone_number_id=phone_number_id) for one in threads.customers]
        newest = max(known, key=lambda one: one.last.at if one.last else 0)
        return RedirectResponse(f"/phone/{phone_number_id}/{newest.customer_id}", status_code=303)

    async def show(self, request: Request) -> Response:
        """The page of a thread."""
        try:
            thread = self._thread(request)
        except NotFound:
            return RedirectResponse("/phone", status_code=303)
        return HTMLResponse(self._view.page(thread))

    async def bubbles(self, request: Request) -> Response:
        """All bubbles again, for a page that was cut off for a while."""
        return HTMLResponse(self._view.bubbles(self._thread(request)))

    async def add_person(self, request: Request) -> Response:
        """Give someone a phone; the answer is the address of the new thread."""
        async with request.form() as form:
            person = make_customer(
                _field(form, "name"),
                _field(form, "phone"),
                identity=Identity(_field(form, "identity") or Identity.BOTH),
            )
        self._standin.threads.number(request.path_params["number"])
        self._standin.add_customer(person)
        return PlainTextResponse(f"/phone/{request.path_params['number']}/{person.customer_id}", status_code=201)

    async def send(self, request: Request) -> Response:
        """A text, a file, or a file with a caption."""
        thread = self._thread(request)
        if int(request.headers.get("content-length") or 0) > LARGEST_FILE + 64 * 1024:
            return PlainTextResponse("This file is too large: the phone page takes up to 25 MB.", status_code=413)
        async with request.form(max_files=1, max_fields=10) as form:
            text, quote = _field(form, "text"), _field(form, "quote") or None
            file = form.get("file")
            if isinstance(file, UploadFile) and file.filename:
                attachment = await _attachment(file, voice=bool(_field(form, "voice")))
                bubble = self._standin.attach(thread, attachment, caption=text, quote=quote)
            else:
                bubble = self._standin.write(thread, text, quote=quote)
        return self._drawn(thread, bubble)

    async def tap(self, request: Request) -> Response:
        """A button or a row of a list."""
        thread = self._thread(request)
        async with request.form() as form:
            wamid, choice = _field(form, "wamid"), _field(form, "choice")
        if choice == "send_location":
            place = {"latitude": 38.7139, "longitude": -9.1394, "name": "A place in Lisbon"}
            return self._drawn(thread, self._standin.say(thread, "location", place, quote=wamid))
        return self._drawn(thread, self._standin.tap(thread, wamid, choice))

    async def react(self, request: Request) -> Response:
        """A reaction, or its end."""
        thread = self._thread(request)
        async with request.form() as form:
            self._standin.react(thread, _field(form, "wamid"), _field(form, "emoji")[:16])
        return Response(status_code=204)

    async def look(self, request: Request) -> Response:
        """The thread is in sight."""
        self._standin.look(self._thread(request))
        return Response(status_code=204)

    async def media(self, request: Request) -> Response:
        """A file of a message. What a browser might run is only offered for download."""
        stored = self._standin.graph.media.get(request.path_params["media_id"])
        shown = stored.mime.startswith(_SHOWN_IN_PLACE)
        headers = {} if shown else {"Content-Disposition": "attachment"}
        return Response(stored.content, media_type=stored.mime, headers=headers)

    async def curtain(self, request: Request) -> Response:
        """What is pulled behind the curtain."""
        thread = self._thread(request)
        async with request.form() as form:
            self._pull(request.path_params["act"], thread, form)
        self._standin.threads.tell(Change("curtain"))
        return Response(status_code=204)

    def _pull(self, act: str, thread: Thread, form: FormData) -> None:
        standin = self._standin
        match act:
            case "fault":
                standin.inject(_fault(_field(form, "fault"), _field(form, "times")))
            case "forget":
                standin.graph.faults.remove(int(_field(form, "index") or -1))
            case "pause":
                standin.reports.pause(not standin.reports.paused)
            case "pace":
                standin.behaviour = pace(calm=_field(form, "pace") != "lively")
            case "repeat":
                standin.repeat_last(thread.phone_number_id)
            case "window":
                standin.close_window(thread)
            case "owner":
                standin.owner_says(thread, _field(form, "text"))
            case "unlink":
                standin.unlink(thread.phone_number_id)
            case _:
                raise NotFound("There is no such lever.")

    async def events(self, request: Request) -> Response:
        """What changes in the thread, as server-sent events."""
        return StreamingResponse(self._follow(self._thread(request)), media_type="text/event-stream")

    async def _follow(self, thread: Thread) -> AsyncIterator[bytes]:
        with self._standin.threads.watching() as changes:
            yield b"retry: 1500\n\n" + b"".join(self._all(thread))
            while True:
                try:
                    first = await asyncio.wait_for(changes.get(), _ALIVE_EVERY)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                gathered = [first, *(changes.get_nowait() for _ in range(changes.qsize()))]
                if any(change.what == "closed" for change in gathered):
                    return
                yield b"".join(self._events(thread, gathered))

    def _all(self, thread: Thread) -> Iterable[bytes]:
        """All there is, for a page that begins to listen: of what came since it was drawn, it was told nothing."""
        yield _event("typing", self._view.typing(thread))
        yield _event("people", self._view.people(thread))
        yield _event("curtain", self._view.curtain(thread))
        yield _event("bubbles", self._view.bubbles(thread))

    def _events(self, thread: Thread, changes: Iterable[Change]) -> Iterable[bytes]:
        changes = list(dict.fromkeys(changes))
        kinds = {change.what for change in changes}
        if "lost" in kinds:
            yield _event("lost", True)
            return
        here = [one for one in changes if one.customer_id == thread.customer_id]
        changed = [thread.bubbles.get(change.wamid) for change in here if change.what == "bubble"]
        bubbles = [bubble for bubble in changed if bubble is not None]
        if bubbles:
            yield _event("bubbles", self._view.bubbles(thread, bubbles))
        if any(change.what in ("typing", "bubble") for change in here):
            yield _event("typing", self._view.typing(thread))
        if kinds & {"bubble", "person"}:
            yield _event("people", self._view.people(thread))
        if kinds & {"bubble", "curtain"}:
            yield _event("curtain", self._view.curtain(thread))

    def _drawn(self, thread: Thread, bubble: Bubble) -> Response:
        return HTMLResponse(self._view.bubbles(thread, [bubble]))


def _event(name: str, content: str | bool) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


async def _attachment(file: UploadFile, *, voice: bool) -> Attachment:
    mime = file.content_type or "application/octet-stream"
    return Attachment(await file.read(), mime, file.filename, voice=voice)


def _fault(choice: str, times: str) -> Fault:
    kind, _, code = choice.partition(":")
    if kind not in set(FaultKind) or (code and not code.isdecimal()):
        raise NotFound("There is no such fault.")
    count = None if times == "always" else int(times) if times.isdecimal() else 1
    return Fault(FaultKind(kind), code=int(code) if code else None, times=count)
