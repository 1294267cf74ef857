"""The process that reads one document: bytes in, JSON out, with little memory and time of its own."""

import json
import logging
import resource
import sys
from collections.abc import Callable
from contextlib import suppress

from frontdesk.kit.documents import pdf, web_page, word
from frontdesk.kit.documents.paper import MOST_TEXT, Paper, Unreadable

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
READERS: dict[str, Callable[[bytes], list[Paper]]] = {
    "pdf": pdf.read,
    "docx": word.read,
    "html": web_page.read,
    "mhtml": web_page.read_archive,
}
_BROKEN = "is broken and cannot be read. Save it again from the program that it is from."


def told(kind: str, content: bytes) -> dict[str, object]:
    """The pages of a document, or the sentence that says why there are none; never an error."""
    try:
        pages = READERS[kind](content)
    except Unreadable as refused:
        return {"refused": refused.sentence}
    except MemoryError:
        return {"refused": "takes too much memory to read. Split it into several files."}
    except Exception:  # of libraries, about bytes from outside
        return {"refused": _BROKEN}
    if sum(len(page.text) for page in pages) > MOST_TEXT:
        return {"refused": f"holds more than {MOST_TEXT:,} characters of text. Split it into several files."}
    return {"pages": [[page.number, page.text] for page in pages]}


def _limit() -> None:
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # where the system knows no such limit, the clock of the other side is left
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    _limit()
    logging.disable()  # libraries quote what they read
    answer = json.dumps(told(sys.argv[1], sys.stdin.buffer.read()))
    sys.stdout.buffer.write(answer.encode("ascii"))
