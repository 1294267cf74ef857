"""The knowledge base: imported from files, searched in memory, and the questions that it does not answer."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.domain.importing import parse_markdown
from frontdesk.domain.knowledge import KnowledgeIndex
from frontdesk.domain.turns import Passage
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.text import keepable, shorten
from frontdesk.store import changes, knowledge as rows
from frontdesk.store.changes import Kind
from frontdesk.store.knowledge import GapRow
from frontdesk.store.rows import KnowledgeRow
from frontdesk.store.store import Store

TEXTS = frozenset({".md", ".markdown", ".txt"})
LATER = frozenset({".pdf", ".docx", ".doc", ".odt", ".rtf", ".html", ".htm", ".xlsx", ".pptx"})
LARGEST_FILE = 5 * 1024 * 1024
WHOLE = 20_000  # characters, about 5,000 tokens: up to here a model may read everything
LARGE = 2_000  # passages from which a search leaves the event loop
LOOK_AGAIN = 3 * SECOND  # after this, a change made by another program is noticed

_BASE = "knowledge"  # changed by one at a time

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought. `skipped` names files of a folder that cannot be read yet."""

    passages: int
    files: int
    skipped: tuple[str, ...] = ()


class Knowledge:
    """What the agent may look up."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._index = self._own = KnowledgeIndex(())
        self._mark: int | None = None  # number of the change that was taken up last
        self._looked = 0
        self._loading = asyncio.Lock()

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
        """Import a Markdown or text file, or every one in a folder. Each source replaces what it held before.

        What is imported as a sample is told to simulated people only.

        Raises:
            Invalid: there is nothing to import; the sentence says why.
        """
        passages, files, skipped = await asyncio.to_thread(_read, path)
        await self._put(passages, sample=sample)
        log.info("knowledge imported", extra={"files": files, "passages": len(passages)})
        return Imported(len(passages), files, skipped)

    async def add(self, name: str, text: str) -> Imported:
        """Import one text under the name of a file, for uploads.

        Raises:
            Invalid: its kind cannot be read, or it is empty.
        """
        _check_kind(Path(name))
        passages = parse_markdown(text, Path(name).stem)
        if not passages:
            raise Invalid(f"{name} holds no text. Give it headings and paragraphs.")
        await self._put(passages)
        return Imported(len(passages), 1)

    async def _put(self, passages: tuple[Passage, ...], *, sample: bool = False) -> None:
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

    # Gaps

    async def note_gap(self, question: str, *, chat_id: str | None) -> None:
        """A question that found no answer. Within a transaction, call `store.knowledge.add_gap` instead."""
        async with self._store.begin(shared=True) as tx:
            await rows.add_gap(tx, keepable(question)[:1_000], chat_id=chat_id, now=self._clock.now())

    async def gaps(self) -> list[GapRow]:
        """The questions without an answer, the newest first."""
        async with self._store.read() as read:
            return await rows.open_gaps(read)

    async def close_gap(self, gap_id: str) -> None:
        """The question is dealt with.

        Raises:
            NotFound: there is no such open question.
        """
        async with self._store.begin(shared=True) as tx:
            if not await rows.close_gaps(tx, [gap_id], self._clock.now()):
                raise NotFound("There is no such open question.")


async def _index(rows: Iterable[KnowledgeRow]) -> KnowledgeIndex:
    passages = [Passage(row.id, row.title, row.text, row.source) for row in rows]
    return await asyncio.to_thread(KnowledgeIndex, passages)


def _read(path: Path) -> tuple[tuple[Passage, ...], int, tuple[str, ...]]:
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.is_file() and not _hidden(each.relative_to(path)))
        readable = [each for each in found if each.suffix.lower() in TEXTS]
        skipped = tuple(str(each.relative_to(path)) for each in found if each.suffix.lower() not in TEXTS)
        if not readable:
            raise Invalid(f"{path} holds no Markdown or text file (.md, .txt).")
    elif path.is_file():
        _check_kind(path)
        readable, skipped = [path], ()
    else:
        raise Invalid(f"{path} does not exist. Give a Markdown or text file, or a folder with some.")
    passages = tuple(passage for each in readable for passage in parse_markdown(_text(each), each.stem))
    if not passages:
        raise Invalid(f"{path} holds no text to import.")
    return passages, len(readable), skipped


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _check_kind(path: Path) -> None:
    kind = path.suffix.lower()
    if kind in LATER:
        raise Invalid(f"{path.name}: {kind[1:].upper()} files come with a later version. Save it as Markdown or text.")
    if kind not in TEXTS:
        raise Invalid(f"{path.name} is of a kind that cannot be imported. Give Markdown or text (.md, .txt).")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Invalid(f"{path} is larger than 5 MB. Split it into several files.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not written in UTF-8. Save it as UTF-8 and import it again.") from None
    except OSError as refused:
        raise Invalid(f"{path} cannot be read: {refused.strerror}.") from refused
