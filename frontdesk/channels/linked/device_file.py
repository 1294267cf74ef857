"""The library's own database of one device, as far as it has to be looked into from outside.

A message is lost when the process dies between two steps of the library: the key that opens it is used up on disk, and
the message is not handed over yet. WhatsApp then sends it again, the library finds the key used up, and says that all
is well. So the file itself notes when each key was last used (`watch`), and after an end that was not in order the keys
that were used since all was surely on the spool are forgotten (`forget_used`): what WhatsApp sends again cannot be
opened then, and the library asks its sender for it, which senders are made for. It is no help to look for the sender in
the spool: one message of a person may have arrived there while the next was on its way.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PATIENCE = 5.0  # seconds for which another program may hold the file
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_NOTES = """
CREATE TABLE IF NOT EXISTS frontdesk_used (
    held TEXT NOT NULL, place TEXT NOT NULL, whose TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (held, place, whose)
) WITHOUT ROWID;
"""
_NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS frontdesk_{held}_{step} AFTER {step} ON whatsmeow_{held} BEGIN
    INSERT INTO frontdesk_used VALUES ('{held}', {place}, NEW.{whose}, {now})
        ON CONFLICT (held, place, whose) DO UPDATE SET at = excluded.at;
END;
"""
_HELD = {"sessions": ("''", "their_id"), "sender_keys": ("NEW.chat_id", "sender_id")}
_LATELY = "SELECT held, place, whose FROM frontdesk_used WHERE at >= ?"
_FORGET = {
    "sessions": "DELETE FROM whatsmeow_sessions WHERE ? = '' AND their_id = ?",
    "sender_keys": "DELETE FROM whatsmeow_sender_keys WHERE chat_id = ? AND sender_id = ?",
}


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, which must be there: an empty one in its place would look like a line that was never linked.

    Raises:
        Damaged: it is no database, or no whole one.
        OSError: it is in use, or not there, or the disk is full.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)) as connection:
            yield connection
    except sqlite3.Error as refused:
        if getattr(refused, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            raise Damaged(str(refused)) from refused
        raise OSError(f"the credentials of this line cannot be used: {refused}") from refused


class Damaged(Exception):
    """The file cannot be read, and will not be by waiting."""


def is_sound(path: Path) -> bool:
    """Whether the file is a database whose pages hold together."""
    try:
        with opened(path) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except Damaged:
        return False


def is_linked(path: Path) -> bool:
    """Whether the device in it is linked with a phone."""
    with opened(path) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'whatsmeow_device'").fetchone():
            return False
        return connection.execute("SELECT 1 FROM whatsmeow_device LIMIT 1").fetchone() is not None


def prepare(path: Path) -> None:
    """Let the file be written in the quicker of SQLite's safe ways."""
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def close_up(path: Path) -> None:
    """Bring into the file what stands beside it."""
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def watch(path: Path) -> None:
    """Have the file note when each key was used last, once the library has made its tables."""
    with opened(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        made = [held for held in _HELD if f"whatsmeow_{held}" in names]
        script = [_NOTES] + [
            _TRIGGER.format(held=held, step=step, place=_HELD[held][0], whose=_HELD[held][1], now=_NOW)
            for held in made
            for step in ("INSERT", "UPDATE")
        ]
        connection.executescript("BEGIN IMMEDIATE;" + "".join(script) + "END;")


def forget_used(path: Path, *, since: int) -> int:
    """Forget the keys that were used since that moment, in Unix milliseconds; gives how many."""
    with opened(path) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'frontdesk_used'").fetchone():
            return 0  # no notes yet
        lately = connection.execute(_LATELY, (since,)).fetchall()
        with connection:
            for held, place, whose in lately:
                connection.execute(_FORGET[held], (place, whose))
        return len(lately)
