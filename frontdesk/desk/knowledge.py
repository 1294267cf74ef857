"""The knowledge base: imported from files, searched in memory, and the questions that it does not answer."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.desk.file_kinds import last_part
from frontdesk.desk.reading import DOCUMENTS, KINDS, LARGEST_TEXT, TEXTS, Reading, check_kind, check_size
from frontdesk.domain.importing import Page, parse_document
from frontdesk.domain.knowledge import KnowledgeIndex
from frontdesk.domain.operators import Sight
from frontdesk.domain.turns import Passage
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable, shorten
from frontdesk.store import changes, knowledge as rows
from frontdesk.store.changes import Kind
from frontdesk.store.knowledge import GapRow
from frontdesk.store.rows import KnowledgeRow
from frontdesk.store.store import Store

OWN = "Written here"  # the source of what people wrote in the inbox
LONGEST_QUESTION = 1_000
LONGEST_ANSWER = 4_000
WHOLE = 20_000  # characters, about 5,000 tokens: up to here a model may read everything
LARGE = 2_000  # passages from which a search leaves the event loop
LOOK_AGAIN = 3 * SECOND  # after this, a change made by another program is noticed

_BASE = "knowledge"  # changed by one at a time
_NOT_WRITTEN = "There is no such answer among those that were written here."
_NO_GAP = "There is no such open question."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought. `skipped` names files of a folder whose kind cannot be read, `notes` say what failed."""

    passages: int
    files: int
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Knowledge:
    """What the agent may look up."""

    def __init__(self, store: Store, clock: Clock, reading: Reading | None = None) -> None:
        self._store = store
        self._clock = clock
        self._index = self._own = KnowledgeIndex(())
        self._mark: int | None = None  # number of the change that was taken up last
        self._looked = 0
        self._loading = asyncio.Lock()
        self._reading = reading or Reading()

    # Looking up

    async def search(self, query: str, limit: int = 5, *, samples: bool = False) -> tuple[Passage, ...]:
        """The passages that answer a question best, the best first, with their scores.

        What the sample business knows is for simulated people only: `samples` says whether to look there too.
        """
        await self.refresh()
        index = self._index if samples else self._own
        if len(index.passages) < LARGE:
            return index.search(query, limit)
        return await asyncio.to_thread(index.search, query, limit)

    def whole(self, *, samples: bool = False) -> tuple[Passage, ...]:
        """Everything as it was at the last `refresh`, when it is short enough to be read at once; else nothing."""
        passages = (self._index if samples else self._own).passages
        size = sum(len(passage.title) + len(passage.text) for passage in passages)
        return passages if size <= WHOLE else ()

    async def refresh(self) -> None:
        """Notice what came or went since the last look, at most every few seconds."""
        now = self._clock.now()
        if self._mark is not None and now - self._looked < LOOK_AGAIN:
            return
        async with self._loading:
            async with self._store.read() as read:
                mark = await changes.newest(read, Kind.KNOWLEDGE)
                found = await rows.all_(read) if mark != self._mark else []
            if mark != self._mark:
                self._own = await _index(row for row in found if not row.sample)
                self._index = await _index(found) if any(row.sample for row in found) else self._own
                self._mark = mark
            self._looked = now

    async def changed(self) -> None:
        """Passages came or went: what is known of them is read again before it is used."""
        self._mark = None

    async def all(self) -> list[KnowledgeRow]:
        """Every passage, by source."""
        async with self._store.read() as read:
            return await rows.all_(read)

    async def sources(self) -> list[tuple[str, int]]:
        """Each source with the number of its passages."""
        async with self._store.read() as read:
            return await rows.sources(read)

    # Filling

    async def import_path(self, path: Path, *, sample: bool = False) -> Imported:
        """Import a file, or every one in a folder. Each source replaces what it held before.

        What is imported as a sample is told to simulated people only. What cannot be read of a folder leaves the rest
        of it, and what was known before, as it is.

        Raises:
            Invalid: there is nothing to import; the sentence says why.
        """
        named, skipped = await asyncio.to_thread(_found, path)
        passages: list[Passage] = []
        notes: list[str] = []
        refused: list[Invalid] = []
        for name, file in named.items():
            try:
                held = await self._reading.passages(file.name, await asyncio.to_thread(_bytes, file), source=name)
            except Invalid as wrong:
                refused.append(wrong)
                continue
            passages += held.passages
            notes += filter(None, [held.note])
        if refused and not passages:
            raise refused[0]
        await self._put(tuple(passages), sample=sample)
        files = len(named) - len(refused)
        log.info("knowledge imported", extra={"files": files, "passages": len(passages)})
        return Imported(len(passages), files, skipped, (*notes, *(wrong.sentence for wrong in refused)))

    async def take(self, name: str, content: bytes) -> Imported:
        """Import one file, for uploads. It takes the place of what its source held before.

        Raises:
            Invalid: it cannot be read, or holds no text.
        """
        held = await self._reading.passages(_named(name), content)
        await self._put(held.passages)
        return Imported(len(held.passages), 1, (), tuple(filter(None, [held.note])))

    async def add(self, name: str, text: str) -> Imported:
        """Import one text in Markdown under the name of a file.

        Raises:
            Invalid: its kind cannot be read, or it is empty.
        """
        named = _named(name)
        if check_kind(named) is not None:
            raise Invalid(f"{named} would be the name of a document. Send the file itself, or name a text (.md).")
        return await self.take(named, text.encode("utf-8", "replace"))

    async def paste(self, title: str, text: str) -> Imported:
        """Import text that was copied from somewhere, such as a web page. The title is the name of its source.

        Raises:
            Invalid: a part of it is missing, or it is too long.
        """
        source = shorten(keepable(title), 120)
        if not source or not text.strip():
            raise Invalid("Give the text and a title to find it by.")
        if len(text) > LARGEST_TEXT:
            raise Invalid("The text is too long. Paste it in several parts.")
        passages = await asyncio.to_thread(parse_document, [Page(None, text)], source, source)
        if not passages:
            raise Invalid("The text holds questions or headings only. Write the answers below them.")
        await self._put(passages)
        return Imported(len(passages), 1)

    async def _put(self, passages: tuple[Passage, ...], *, sample: bool = False) -> None:
        if any(passage.source == OWN for passage in passages):
            raise Invalid(f"“{OWN}” is the name of what is written in the inbox. Give the text another name.")
        async with self._store.begin(matters=[_BASE]) as tx:
            await rows.replace_sources(tx, passages, now=self._clock.now(), sample=sample)
        self._mark = None

    async def remove(self, source: str) -> None:
        """Forget a source.

        Raises:
            NotFound: there is none of that name.
        """
        async with self._store.begin(matters=[_BASE]) as tx:
            if not await rows.remove_source(tx, source):
                raise NotFound(f"The knowledge base has no source “{shorten(source, 80)}”.")
        self._mark = None

    # Writing it oneself

    async def write(self, question: str, answer: str) -> str:
        """A question with its answer, written by a person; gives the id of the passage.

        Raises:
            Invalid: one of them is missing or too long.
        """
        entry = _entry(new_id("kn"), question, answer)
        async with self._store.begin(matters=[_BASE]) as tx:
            await rows.add_entry(tx, entry, now=self._clock.now())
        self._mark = None
        return entry.id

    async def rewrite(self, passage_id: str, question: str, answer: str) -> None:
        """Other words for what a person wrote.

        Raises:
            Invalid: one of them is missing or too long.
            NotFound: nobody wrote it here.
        """
        async with self._store.begin(matters=[_BASE]) as tx:
            if not await rows.change_entry(tx, _entry(passage_id, question, answer)):
                raise NotFound(_NOT_WRITTEN)
        self._mark = None

    async def unwrite(self, passage_id: str) -> None:
        """Forget what a person wrote.

        Raises:
            NotFound: nobody wrote it here.
        """
        async with self._store.begin(matters=[_BASE]) as tx:
            if not await rows.remove_entry(tx, passage_id, source=OWN):
                raise NotFound(_NOT_WRITTEN)
        self._mark = None

    async def answer_gap(self, gap_id: str, answer: str, *, question: str = "") -> str:
        """Write the answer to an open question, which is open no more; gives the id of the passage.

        `question`: in better words than those of the person who asked.

        Raises:
            Invalid: the answer is missing or too long.
            NotFound: there is no such open question.
        """
        async with self._store.begin(matters=[_BASE]) as tx:
            gap = await rows.gap(tx, gap_id)
            if gap is None or not await rows.close_gaps(tx, [gap_id], self._clock.now()):
                raise NotFound(_NO_GAP)
            entry = _entry(new_id("kn"), question.strip() or gap.question, answer)
            await rows.add_entry(tx, entry, now=self._clock.now())
        self._mark = None
        return entry.id

    # Gaps

    async def note_gap(self, question: str, *, chat_id: str | None) -> None:
        """A question that found no answer. Within a transaction, call `store.knowledge.add_gap` instead."""
        async with self._store.begin(shared=True) as tx:
            await rows.add_gap(tx, keepable(question)[:1_000], chat_id=chat_id, now=self._clock.now())

    async def gaps(self, sight: Sight = None) -> list[GapRow]:
        """The questions without an answer that are in sight, the newest first."""
        async with self._store.read() as read:
            return await rows.open_gaps(read, sight=sight)

    async def close_gap(self, gap_id: str) -> None:
        """The question is dealt with.

        Raises:
            NotFound: there is no such open question.
        """
        async with self._store.begin(shared=True) as tx:
            if not await rows.close_gaps(tx, [gap_id], self._clock.now()):
                raise NotFound(_NO_GAP)


async def _index(rows: Iterable[KnowledgeRow]) -> KnowledgeIndex:
    passages = [Passage(row.id, row.title, row.text, row.source, page=row.page) for row in rows]
    return await asyncio.to_thread(KnowledgeIndex, passages)


def _entry(passage_id: str, question: str, answer: str) -> Passage:
    title, text = shorten(keepable(question), LONGEST_QUESTION), keepable(answer).strip()
    if not title or not text:
        raise Invalid("Give a question and its answer.")
    if len(text) > LONGEST_ANSWER:
        raise Invalid(f"The answer is longer than {LONGEST_ANSWER:,} characters. Make several questions of it.")
    return Passage(passage_id, title, text, OWN)


def _named(name: str) -> str:
    return keepable(last_part(name))[:200] or "text.md"


def _found(path: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The files to import, by the names of their sources, and those of a folder that nobody can read."""
    if path.is_file():
        check_kind(path.name)
        return {path.name: path}, ()
    if not path.is_dir():
        raise Invalid(f"{path} does not exist. Give a file, or a folder with some: {KINDS}.")
    found = sorted(each for each in path.rglob("*") if each.is_file() and not _hidden(each.relative_to(path)))
    readable = [each for each in found if each.suffix.lower() in TEXTS | DOCUMENTS.keys()]
    if not readable:
        raise Invalid(f"{path} holds no file that can be imported: {KINDS}.")
    names = Counter(each.name for each in readable)
    named = {each.name if names[each.name] == 1 else each.relative_to(path).as_posix(): each for each in readable}
    return named, tuple(str(each.relative_to(path)) for each in found if each not in set(readable))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _bytes(path: Path) -> bytes:
    try:
        check_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except OSError as refused:
        raise Invalid(f"{path} cannot be read: {refused.strerror}.") from refused
