"""The page of the knowledge base: what the agent may look up, what it did not find, and what people write there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from starlette.responses import HTMLResponse

from frontdesk.desk.errors import DeskError, NotFound
from frontdesk.desk.knowledge import LONGEST_ANSWER, LONGEST_QUESTION, OWN, Imported
from frontdesk.desk.reading import DOCUMENTS, LARGEST_DOCUMENT, TEXTS
from frontdesk.domain.knowledge import SURE
from frontdesk.domain.operators import Scope
from frontdesk.domain.turns import Passage
from frontdesk.store import knowledge as store
from frontdesk.store.knowledge import GapRow, SourceRow
from frontdesk.web.auth import KnownFirst, rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.acts import Toast
from frontdesk.web.inbox.cards import Look
from frontdesk.web.inbox.context import page_values, setting_of
from frontdesk.web.inbox.templating import answer
from frontdesk.web.inbox.visitor import Anyone, Visitor, Writer

router = APIRouter(include_in_schema=False, prefix="/knowledge")
uploads = APIRouter(route_class=KnownFirst)
SHOWN = 50  # gaps on the page
FOUND = 3
ACCEPTED = ",".join(sorted(TEXTS | DOCUMENTS.keys()))
Question = Annotated[str, Form(max_length=LONGEST_QUESTION)]
Answer = Annotated[str, Form(max_length=LONGEST_ANSWER * 2)]
Pasted = Annotated[str, Form(max_length=1_000_000)]
Name = Annotated[str, Form(max_length=300)]


@dataclass(frozen=True, slots=True)
class GapView:
    """A question without an answer. `now`: the passage that answers it by now, if one does."""

    id: str
    question: str
    when: str
    chat_id: str | None
    now: Passage | None


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source for its template."""

    name: str
    passages: str
    when: str
    sample: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What became of what was sent: what came in, and what did not, each as a sentence."""

    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@router.get("")
async def page(
    request: Request,
    visitor: Anyone,
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
    source: Annotated[str, Query(max_length=300)] = "",
) -> HTMLResponse:
    """What there is; with a question what it finds, with a source what that holds."""
    if source:
        return await _source(request, visitor, source)
    return await _page(request, visitor, "pages/knowledge.html", q=q)


@uploads.post("/files")
async def upload(request: Request, visitor: Writer, file: Annotated[list[UploadFile], File()]) -> HTMLResponse:
    """Import files, each for itself: one that cannot be read leaves the others in."""
    desk = rooms_of(request).desk.knowledge
    done, failed = list[str](), list[str]()
    for each in file:
        try:
            taken = await desk.take(each.filename or "", await each.read(LARGEST_DOCUMENT + 1))
        except DeskError as refused:
            failed.append(refused.sentence)
            continue
        done.append(_brought(each.filename or "The file", taken))
        failed += taken.notes
    return await _again(request, visitor, told=Told(tuple(done), tuple(failed)))


@router.post("/text")
async def paste(request: Request, visitor: Writer, title: Name = "", text: Pasted = "") -> HTMLResponse:
    """Import text that was copied from somewhere."""
    taken = await rooms_of(request).desk.knowledge.paste(title, text)
    return await _again(request, visitor, told=Told((_brought(title, taken),)))


@router.post("/remove")
async def remove(request: Request, visitor: Writer, source: Name) -> HTMLResponse:
    """Forget a source."""
    await rooms_of(request).desk.knowledge.remove(source)
    return await _again(request, visitor, toast=Toast("Forgotten."))


@router.post("/answers")
async def write(request: Request, visitor: Writer, question: Question = "", text: Answer = "") -> HTMLResponse:
    """A question with its answer."""
    await rooms_of(request).desk.knowledge.write(question, text)
    return await _again(request, visitor, toast=Toast("The agent knows it from now on."))


@router.post("/answers/{passage_id}")
async def rewrite(
    request: Request, visitor: Writer, passage_id: str, *, question: Question = "", text: Answer = ""
) -> HTMLResponse:
    """Other words for one."""
    await rooms_of(request).desk.knowledge.rewrite(passage_id, question, text)
    return await _again(request, visitor, toast=Toast("Saved."))


@router.post("/answers/{passage_id}/remove")
async def unwrite(request: Request, visitor: Writer, passage_id: str) -> HTMLResponse:
    """Forget one."""
    await rooms_of(request).desk.knowledge.unwrite(passage_id)
    return await _again(request, visitor, toast=Toast("Forgotten."))


@router.post("/gaps/{gap_id}/answer")
async def answer_gap(
    request: Request, visitor: Writer, gap_id: str, *, question: Question = "", text: Answer = ""
) -> HTMLResponse:
    """Write the answer that was missing."""
    await rooms_of(request).desk.knowledge.answer_gap(gap_id, text, question=question)
    return await _again(request, visitor, toast=Toast("The agent knows it from now on."))


@router.post("/gaps/{gap_id}/close")
async def close_gap(request: Request, visitor: Writer, gap_id: str) -> HTMLResponse:
    """It needs no answer."""
    await rooms_of(request).desk.knowledge.close_gap(gap_id)
    return await _again(request, visitor)


def _brought(name: str, taken: Imported) -> str:
    return f"{name}: {words.plural(taken.passages, 'passage')}."


async def _again(
    request: Request, visitor: Visitor, *, told: Told | None = None, toast: Toast | None = None
) -> HTMLResponse:
    return await _page(request, visitor, "pages/knowledge_part.html", told=told, toast=toast)


async def _page(
    request: Request,
    visitor: Visitor,
    template: str,
    *,
    q: str = "",
    told: Told | None = None,
    toast: Toast | None = None,
) -> HTMLResponse:
    rooms = rooms_of(request)
    async with rooms.store.read() as read:
        setting = await setting_of(request, visitor, read)
        gaps = await store.open_gaps(read, sight=visitor.sight, limit=SHOWN + 1)
        own = await store.passages_of(read, OWN)
        sources = await store.source_list(read, but=OWN)
    samples = rooms.standin is not None
    desk = rooms.desk.knowledge
    answers = [await desk.search(gap.question, 1, samples=samples) for gap in gaps[:SHOWN]]
    values = {
        "q": q,
        "found": await desk.search(q, FOUND, samples=samples) if q.strip() else (),
        "sure": SURE,
        "gaps": [_gap(row, found, setting.look) for row, found in zip(gaps, answers, strict=False)],
        "more_gaps": len(gaps) > SHOWN,
        "own": own,
        "sources": [_listed(row, setting.look) for row in sources],
        "accepted": ACCEPTED,
        "told": told,
        "toast": toast,
        "may_write": visitor.may(Scope.WRITE),
    }
    return answer(template, page_values(request, setting, "knowledge") | values)


async def _source(request: Request, visitor: Visitor, source: str) -> HTMLResponse:
    async with rooms_of(request).store.read() as read:
        setting = await setting_of(request, visitor, read)
        found = await store.passages_of(read, source)
    if not found:
        raise NotFound(f"The knowledge base has no source “{source}”.")
    return answer(
        "pages/knowledge_source.html",
        page_values(request, setting, "knowledge") | {"source": source, "passages": found},
    )


def _gap(row: GapRow, found: Sequence[Passage], look: Look) -> GapView:
    return GapView(
        id=row.id,
        question=row.question,
        when=words.moment(row.asked_at, look.now, look.zone),
        chat_id=row.chat_id,
        now=next((passage for passage in found if passage.score >= SURE), None),
    )


def _listed(row: SourceRow, look: Look) -> SourceView:
    when = words.day_name(row.imported_at, look.now, look.zone)
    return SourceView(row.name, words.plural(row.passages, "passage"), when, row.sample)


router.include_router(uploads)
