"""Documents read in a process of their own, which may hang, swell or die without harm to the house."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath

import orjson

from frontdesk.desk.errors import Invalid
from frontdesk.domain.importing import Page, parse_document, parse_markdown
from frontdesk.domain.turns import Passage
from frontdesk.kit import guard

TEXTS = frozenset({".md", ".markdown", ".txt"})
DOCUMENTS = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
}
KINDS = "Markdown or text (.md, .txt), PDF, Word (.docx) or a saved web page (.html)"
INSTEAD = {
    ".doc": "Open it in Word and save it as .docx.",
    ".odt": "Save it as .docx or PDF.",
    ".rtf": "Save it as .docx or PDF.",
    ".pages": "Export it as .docx or PDF.",
    ".xlsx": "Save it as PDF, or copy the table into a Word document.",
    ".xls": "Save it as PDF, or copy the table into a Word document.",
    ".csv": "Save it as PDF, or copy the table into a Word document.",
    ".pptx": "Save it as PDF.",
    ".webarchive": "Save the page as HTML.",
}
LARGEST_TEXT = 5 * 1024 * 1024
LARGEST_DOCUMENT = 20 * 1024 * 1024
MOST_PASSAGES = 5_000  # of one file
READ_WITHIN = 60.0  # seconds
AT_ONCE = 2

_PROGRAM = (sys.executable, "-m", "frontdesk.kit.documents")
_GIVEN_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")  # what Python needs to start, and no secrets


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds; `note` says what of it could not be read."""

    passages: tuple[Passage, ...]
    note: str = ""


class Reading:
    """Reads files of every kind that can be imported, a few at once."""

    def __init__(self, program: Sequence[str] = _PROGRAM, within: float = READ_WITHIN) -> None:
        self._program = tuple(program)
        self._within = within
        self._places = asyncio.Semaphore(AT_ONCE)

    async def passages(self, name: str, content: bytes, *, source: str = "") -> Contents:
        """What the file holds. `source`: under which name, if not its own.

        Raises:
            Invalid: it cannot be read; the sentence says why, and what to do.
        """
        kind = check_kind(name)
        check_size(name, len(content))
        if kind is None:
            text = await asyncio.to_thread(_text, name, content)
            passages, note = await asyncio.to_thread(parse_markdown, text, PurePath(name).stem), ""
        else:
            pages = await self._pages(name, kind, content)
            passages = await asyncio.to_thread(parse_document, pages, source or name)
            note = _empty(name, pages)
        return Contents(_counted(name, passages), note)

    async def _pages(self, name: str, kind: str, content: bytes) -> list[Page]:
        guard.outside_transaction()
        async with self._places:
            told = await self._run(name, kind, content)
        if "refused" in told:
            raise Invalid(f"{name} {told['refused']}")
        return [Page(number, text) for number, text in told["pages"]]

    async def _run(self, name: str, kind: str, content: bytes) -> dict[str, list[tuple[int | None, str]]]:
        child = await asyncio.create_subprocess_exec(
            *self._program, kind, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment()
        )
        try:
            async with asyncio.timeout(self._within):
                answer, _ = await child.communicate(content)
        except TimeoutError:
            raise Invalid(f"{name} takes too long to read. Split it into several files.") from None
        finally:
            await _end(child)
        try:
            found: dict[str, list[tuple[int | None, str]]] = orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise Invalid(f"{name} takes too much memory or time to read. Split it into several files.") from None
        return found


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _GIVEN_ON if name in os.environ}


async def _end(child: Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
    await child.wait()


def check_kind(name: str) -> str | None:
    """Which reader a file needs; None for plain text.

    Raises:
        Invalid: files of its kind cannot be imported.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in TEXTS:
        return None
    if suffix in DOCUMENTS:
        return DOCUMENTS[suffix]
    raise Invalid(f"{name} is of a kind that cannot be imported. {INSTEAD.get(suffix, f'Give {KINDS}.')}")


def check_size(name: str, size: int) -> None:
    """Refuse what is too large, best before it is read.

    Raises:
        Invalid: it is.
    """
    most = LARGEST_TEXT if check_kind(name) is None else LARGEST_DOCUMENT
    if size > most:
        raise Invalid(f"{name} is larger than {most // 1024 // 1024} MB. Split it into several files.")


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"{name} is not written in UTF-8. Save it as UTF-8 and import it again.") from None


def _counted(name: str, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    if not passages:
        raise Invalid(f"{name} holds no text to import.")
    if len(passages) > MOST_PASSAGES:
        raise Invalid(f"{name} holds more than {MOST_PASSAGES:,} passages. Split it into several files.")
    return passages


def _empty(name: str, pages: Sequence[Page]) -> str:
    empty = [str(page.number) for page in pages if page.number is not None and not page.text]
    if not empty:
        return ""
    named = f"page {empty[0]} holds" if len(empty) == 1 else f"pages {', '.join(empty[:20])} hold"
    return f"{name}: {named} no text that can be read, and nothing of it was imported."
