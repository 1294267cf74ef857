"""The knowledge base beside its list: files taken in, answers written by hand, questions without an answer."""

from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile
from pydantic import ConfigDict, Field

from frontdesk.desk.knowledge import LONGEST_ANSWER, LONGEST_QUESTION
from frontdesk.desk.reading import LARGEST_DOCUMENT
from frontdesk.kit.clock import to_iso
from frontdesk.web.api.deps import problems
from frontdesk.web.api.house import Imported
from frontdesk.web.api.shapes import Given, Items, Shape
from frontdesk.web.auth import KnownFirst, Reader, RoomsOf, Writer

router = APIRouter(prefix="/knowledge", tags=["house"])
uploads = APIRouter(route_class=KnownFirst)


class Found(Shape):
    """A passage that a question found. From a `score` of 0.45 on it is taken for an answer."""

    id: str
    title: str
    text: str
    source: str
    page: int | None
    score: float


class Gap(Shape):
    """A question that found no answer in the knowledge base."""

    id: str
    chat_id: str | None
    question: str
    asked_at: str | None


class NewAnswer(Given):
    """A question with its answer."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"question": "Do you sell vouchers?", "answer": "Yes, at the front desk."}}
    )

    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)
    answer: str = Field(min_length=1, max_length=LONGEST_ANSWER)


class GapAnswer(Given):
    """The answer to an open question; `question` in better words, where those of the person who asked are poor."""

    model_config = ConfigDict(json_schema_extra={"example": {"answer": "Yes, at the front desk."}})

    answer: str = Field(min_length=1, max_length=LONGEST_ANSWER)
    question: str = Field("", max_length=LONGEST_QUESTION)


class Written(Shape):
    """The passage that holds the answer."""

    id: str


@uploads.post("/files", status_code=201, summary="Import a file into the knowledge base", responses=problems(422))
async def take_file(
    *, caller: Writer, rooms: RoomsOf, file: Annotated[UploadFile, File(description="At most 20 MB; texts 5 MB.")]
) -> Imported:
    """Markdown, text, PDF, Word (.docx) or a saved web page (.html). It takes the place of what a file of that name
    brought before; when it cannot be read, all stays as it was."""
    imported = await rooms.desk.knowledge.take(file.filename or "", await file.read(LARGEST_DOCUMENT + 1))
    return Imported(passages=imported.passages, notes=imported.notes)


@router.get("/search", summary="What a question finds")
async def search(
    caller: Reader,
    rooms: RoomsOf,
    q: Annotated[str, Query(min_length=1, max_length=LONGEST_QUESTION)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> Items[Found]:
    """As the agent would look it up, the best first."""
    found = await rooms.desk.knowledge.search(q, limit)
    fields = ("id", "title", "text", "source", "page", "score")
    return Items(items=[Found(**{name: getattr(one, name) for name in fields}) for one in found], next=None)


@router.post("/answers", status_code=201, summary="Write an answer by hand")
async def write(caller: Writer, rooms: RoomsOf, new: NewAnswer) -> Written:
    """It is one more passage, beside what was imported."""
    return Written(id=await rooms.desk.knowledge.write(new.question, new.answer))


@router.put("/answers/{passage_id}", status_code=204, summary="Other words for such an answer", responses=problems(404))
async def rewrite(caller: Writer, rooms: RoomsOf, passage_id: str, new: NewAnswer) -> None:
    """Of what was written by hand alone: what was imported changes with its file."""
    await rooms.desk.knowledge.rewrite(passage_id, new.question, new.answer)


@router.get("/gaps", summary="List the questions without an answer")
async def gaps(caller: Reader, rooms: RoomsOf) -> Items[Gap]:
    """Those that are open, the newest first; the last 200."""
    found = await rooms.desk.knowledge.gaps(caller.sight)
    shown = [Gap(id=one.id, chat_id=one.chat_id, question=one.question, asked_at=to_iso(one.asked_at)) for one in found]
    return Items(items=shown, next=None)


@router.post(
    "/gaps/{gap_id}/answer", status_code=201, summary="Answer an open question for good", responses=problems(404)
)
async def answer_gap(caller: Writer, rooms: RoomsOf, gap_id: str, given: GapAnswer) -> Written:
    """The answer becomes knowledge, and the question is open no more. Nothing is sent to who asked."""
    return Written(id=await rooms.desk.knowledge.answer_gap(gap_id, given.answer, question=given.question))


@router.post(
    "/gaps/{gap_id}/close", status_code=204, summary="An open question needs no answer", responses=problems(404)
)
async def close_gap(caller: Writer, rooms: RoomsOf, gap_id: str) -> None:
    """It is open no more, and the agent goes on not knowing it."""
    await rooms.desk.knowledge.close_gap(gap_id)


router.include_router(uploads)
