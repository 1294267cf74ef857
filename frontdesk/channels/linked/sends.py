"""The note of every send of a linked line, before and after: what was begun and not ended is in doubt after a crash.

WhatsApp takes no id of ours, so this note is all that tells whether a message may have gone out when the process ended
in between. One line each: `+id` is begun, `=id` was taken by WhatsApp, `-id` surely was not.
"""

import os
import threading
from pathlib import Path

NAME = "sends"
LARGE = 256 * 1024  # bytes; then the notes of ended sends are dropped


class Sends:
    """Written by the program that sends."""

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        if path.exists() and path.stat().st_size > LARGE:
            kept = "".join(f"+{our_id}\n" for our_id in sorted(_open_sends(path.read_text())))
            fresh = path.with_suffix(".new")
            fresh.write_text(kept)
            fresh.replace(path)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()

    def note(self, mark: str, our_id: str) -> None:
        """Write a note; it survives the end of the process.

        Raises:
            OSError: the disk takes no note, so nothing may be sent.
        """
        with self._lock:
            os.write(self._file, f"{mark}{our_id}\n".encode())


def may_have_gone_out(folder: Path, our_id: str) -> bool:
    """Whether a send was begun and its end was not noted as surely failed. Without any note nothing was begun."""
    try:
        notes = (folder / NAME).read_text()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    last = next((line[0] for line in reversed(notes.splitlines()) if line[1:] == our_id), "-")
    return last != "-"


def _open_sends(notes: str) -> set[str]:
    begun: set[str] = set()
    for line in notes.splitlines():
        if line.startswith("+"):
            begun.add(line[1:])
        else:
            begun.discard(line[1:])
    return begun
