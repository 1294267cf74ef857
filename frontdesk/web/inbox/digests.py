"""The pages of digests: what was made, what is wanted and when, and one of them as a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from frontdesk.desk.digests import Order, choice_of, may_read, order_of, ways_of
from frontdesk.desk.errors import Conflict, DeskError, NotFound
from frontdesk.domain.digest_text import Reader, became, counted, how_made, offline_heading, reconciliation
from frontdesk.domain.digest_words import WORDS
from frontdesk.domain.digests import ChatGist, Choice, Content, Counts, Made, Offline, Pledge, Waiting, Way
from frontdesk.domain.operators import Scope
from frontdesk.domain.schedules import WrongSchedule, read as read_schedule
from frontdesk.kit.clock import to_datetime
from frontdesk.store import digests
from frontdesk.store.rows_digests import DigestRow, IssueRow, WordRow
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.acts import Toast
from frontdesk.web.inbox.context import Setting, page_values, setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Admin, Anyone, Visitor, Writer

router = APIRouter(include_in_schema=False, prefix="/digests")
SHOWN = 60  # issues on the page
LANGUAGES = {"en": "English", "es": "Español", "pt": "Português"}
WAYS = {Way.INBOX.value: "Inbox", Way.SELF.value: "My own number", Way.NOTIFY.value: "My notifiers"}
# How telling a target stands: the tone, the icon, and the words.
STATES = {
    "waits": ("faint", "clock", "on its way"),
    "sending": ("faint", "clock", "on its way"),
    "told": ("good", "check-check", "told"),
    "failed": ("bad", "circle-alert", "could not be told"),
    "unknown": ("warn", "circle-alert", "may not have got there"),
}
EXAMPLES = ("every day at 8:00", "weekdays at 8:30 and 18:00", "Mondays at 9:00", "every 4 hours")
Text = Annotated[str, Form(max_length=200)]
Texts = Annotated[list[str], Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class OrderView:
    """A standing order for its template."""

    id: str
    order: Order
    when: str
    next: str
    of: str
    to: str


@dataclass(frozen=True, slots=True)
class IssueView:
    """What was made, as the list shows it."""

    id: str
    name: str
    when: str
    span: str
    made: bool
    new: bool
    waiting: int
    inbound: int


@dataclass(frozen=True, slots=True)
class ToldView:
    """How telling one target stands, for the template."""

    target: str
    tone: str
    icon: str
    state: str
    why: str
    doubt: bool


@router.get("")
async def page(request: Request, visitor: Anyone) -> HTMLResponse:
    """What was made for whoever looks, and what they want."""
    return await _page(request, visitor, "pages/digests.html")


@router.get("/issues/{issue_id}")
async def issue(request: Request, visitor: Anyone, issue_id: str) -> HTMLResponse:
    """One digest."""
    return await _issue_page(request, visitor, issue_id)


@router.post("/issues/{issue_id}/tell")
async def tell_again(request: Request, visitor: Admin, issue_id: str) -> HTMLResponse:
    """Once more, wherever it could not be told, or where it is not known whether it got there."""
    async with rooms_of(request).store.read() as read:
        row = await digests.issue(read, issue_id)
    if row is None:
        raise NotFound("There is no such digest.")
    await _own(request, visitor, row.digest_id)
    try:
        await rooms_of(request).desk.digest_telling.again(issue_id)
    except Conflict as stale:
        return await _issue_page(request, visitor, issue_id, fault=stale.sentence)
    return await _issue_page(request, visitor, issue_id)


@router.post("/now")
async def now(request: Request, visitor: Writer, digest_id: Text = "") -> Response:
    """Make one, of the last day or of a digest that is named, and show it."""
    desk = rooms_of(request).desk.digests
    if digest_id:
        await _own(request, visitor, digest_id)
    issue_id = await (desk.now(digest_id) if digest_id else desk.of_the_day(operator_id=visitor.id))
    return Response(status_code=204, headers={"HX-Redirect": f"/digests/issues/{issue_id}"})


@router.post("")
async def save(
    request: Request,
    visitor: Writer,
    *,
    digest_id: Text = "",
    name: Text = "",
    schedule: Text = "",
    zone: Text = "",
    language: Text = "en",
    labels: Text = "",
    enabled: Text = "",
    way: Texts = [],  # noqa: B006 - FastAPI copies it
    account: Texts = [],  # noqa: B006
) -> HTMLResponse:
    """Add a digest, or change one."""
    before = order_of(await _own(request, visitor, digest_id)) if digest_id else Order()
    named = tuple(label.strip() for label in labels.split(",") if label.strip())
    order = Order(
        name=name or "Digest",
        schedule=schedule.strip() or None,
        zone=zone.strip() or None,
        language=language,
        choice=Choice(accounts=tuple(account), chats=before.choice.chats, labels=named),
        ways=tuple(way) or (Way.INBOX.value,),
        enabled=bool(enabled),
    )
    desk, owner = rooms_of(request).desk.digests, visitor.may(Scope.ADMIN)
    try:
        if digest_id:
            await desk.change(digest_id, order, owner=owner)
        else:
            await desk.add(order, operator_id=visitor.id, owner=owner)
    except DeskError as wrong:
        fault = (digest_id, order, wrong.sentence)
        return await _page(request, visitor, "pages/digests_part.html", fault=fault)
    return await _page(request, visitor, "pages/digests_part.html", toast=Toast("Saved."))


@router.post("/{digest_id}/remove")
async def remove(request: Request, visitor: Writer, digest_id: str) -> HTMLResponse:
    """The digest goes, with what was made of it."""
    await _own(request, visitor, digest_id)
    await rooms_of(request).desk.digests.remove(digest_id)
    return await _page(request, visitor, "pages/digests_part.html", toast=Toast("Removed."))


async def _issue_page(request: Request, visitor: Visitor, issue_id: str, *, fault: str = "") -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        row = await digests.issue(read, issue_id)
        order = await digests.by_id(read, row.digest_id) if row is not None else None
        if row is None or order is None or not _may_read(visitor, order):
            raise NotFound("There is no such digest.")
        told = await digests.words(read, issue_id)
        setting = await setting_of(request, visitor, read)
    if row.state == "made" and row.seen_at is None and order.operator_id == visitor.id:
        await rooms.desk.digests.seen(row.id)
    values = page_values(request, setting, "digests") | _issue_values(row, order, setting)
    lost = any(word.state in ("failed", "unknown") for word in told)
    targets = rooms.desk.digest_telling.shown()
    telling = {
        "told": [_told(word, targets) for word in told],
        "tells": any(word.state in ("waits", "sending") for word in told),
        "may_tell": lost and visitor.may(Scope.ADMIN),
        "fault": fault,
    }
    return answer("pages/digest_issue.html", values | telling)


async def _own(request: Request, visitor: Visitor, digest_id: str) -> DigestRow:
    async with rooms_of(request).store.read() as read:
        row = await digests.by_id(read, digest_id)
    if row is None or not _may_read(visitor, row):
        raise NotFound("There is no such digest.")
    return row


def _may_read(visitor: Visitor, row: DigestRow) -> bool:
    return may_read(row, operator_id=visitor.id, sight=visitor.sight)


async def _page(
    request: Request, visitor: Visitor, template: str, *, toast: Toast | None = None,
    fault: tuple[str, Order, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    async with rooms_of(request).store.read() as read:
        setting = await setting_of(request, visitor, read)
        orders = [row for row in await digests.of(read, None) if _may_read(visitor, row)]
        made = await digests.newest(read, [row.id for row in orders], limit=SHOWN)
    names = {row.id: row.name for row in orders}
    values = {
        "orders": [_order(row, setting) for row in orders if row.schedule],
        "issues": [_listed(row, names[row.digest_id], setting) for row in made],
        "lines": [(row.id, row.name) for row in setting.accounts],
        "languages": LANGUAGES,
        "ways": WAYS if visitor.may(Scope.ADMIN) else {Way.INBOX.value: WAYS[Way.INBOX.value]},
        "examples": EXAMPLES,
        "house_zone": setting.look.zone,
        "fresh": Order(name="Morning", schedule=EXAMPLES[0]),
        "fault_of": fault[0] if fault else None,
        "fault_order": fault[1] if fault else None,
        "fault": fault[2] if fault else "",
        "may_write": visitor.may(Scope.WRITE),
        "toast": toast,
    }
    return answer(template, page_values(request, setting, "digests") | values)


def _order(row: DigestRow, setting: Setting) -> OrderView:
    look, order = setting.look, order_of(row)
    upcoming = (
        words.coming(row.next_at, look.now, order.zone or look.zone) if row.next_at is not None else "Switched off"
    )
    return OrderView(
        id=row.id,
        order=order,
        when=_when(row),
        next=upcoming,
        of=_of(order.choice, {account.id: account.name for account in setting.accounts}),
        to=", ".join(WAYS[way] for way in ways_of(row)),
    )


def _when(row: DigestRow) -> str:
    try:
        return read_schedule(row.schedule or "").text
    except WrongSchedule:
        return row.schedule or ""


def _of(choice: Choice, lines: dict[str, str]) -> str:
    parts = [lines.get(each, "a line that is gone") for each in choice.accounts]
    parts += [f"#{label}" for label in choice.labels]
    parts += [f"{len(choice.chats)} chats"] if choice.chats else []
    return ", ".join(parts) or "All chats"


def _listed(row: IssueRow, name: str, setting: Setting) -> IssueView:
    look = setting.look
    content = content_of(row)
    return IssueView(
        id=row.id,
        name=name,
        when=words.moment(row.until, look.now, look.zone),
        span=words.span(row.since, row.until, look.zone),
        made=row.state == "made",
        new=row.seen_at is None and row.state == "made",
        waiting=len(content.waiting) + content.waiting_more if content else 0,
        inbound=content.counts.inbound if content else 0,
    )


def _issue_values(row: IssueRow, order: DigestRow, setting: Setting) -> dict[str, Any]:
    look, content = setting.look, content_of(row)
    zone = order.zone or look.zone
    reader = Reader(order.language, zone, None)
    return {
        "issue": row,
        "name": order.name,
        "span": words.span(row.since, row.until, zone),
        "content": content,
        "phrases": WORDS[order.language],
        "counted": counted(content.counts, reader.words) if content else "",
        "sum": reconciliation(content.counts, order.language) if content else "",
        "made": how_made(content, reader.words) if content else "",
        "offline": offline_heading(content, reader.words) if content else "",
        "became": lambda one: became(one.answered, one.missed, reader.words),
        "at": lambda moment: _at(moment, look.now, zone, order.language),
        "hue": words.hue,
        "choice": choice_of(order),
    }


def _at(moment: int, now: int, zone: str, language: str) -> str:
    """In words where the digest is in the language of the page, else in figures, as in its text."""
    return words.moment(moment, now, zone) if language == "en" else f"{to_datetime(moment, zone):%d/%m %H:%M}"


def _told(word: WordRow, targets: Mapping[str, str]) -> ToldView:
    tone, icon, state = STATES[word.state]
    later = word.state == "waits" and word.error is not None
    return ToldView(
        target="Own number" if word.target == Way.SELF.value else targets.get(word.target, "A notifier that is gone"),
        tone="warn" if later else tone,
        icon=icon,
        state="tried again soon" if later else state,
        why=word.error or "",
        doubt=word.state == "unknown",
    )


def content_of(row: IssueRow) -> Content | None:
    """What is in an issue that was made."""
    if row.content is None:
        return None
    kept = orjson.loads(row.content)
    return Content(
        **kept
        | {
            "counts": Counts(**kept["counts"]),
            "waiting": tuple(Waiting(**each) for each in kept["waiting"]),
            "offline": tuple(Offline(**each) for each in kept.get("offline", ())),
            "pledges": tuple(Pledge(**each) for each in kept["pledges"]),
            "chats": tuple(ChatGist(**each | {"made": Made(each["made"])}) for each in kept["chats"]),
        }
    )
