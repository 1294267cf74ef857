"""The library's own database of one device, as far as it has to be looked into from outside.

A message is lost when the process dies between two steps of the library: the key that opens it is used up on disk, and
the message is not handed over yet. WhatsApp then sends it again, the library finds the key used up, and says that all
is well. So the file itself notes when each key was last used (`watch`), and after an end that was not in order the keys
that were used since all was surely on the spool are forgotten (`forget_used`): what WhatsApp sends again cannot be
opened then, and the library asks its sender for it, which senders are made for. It is no help to look for the sender in
the spool: one message of a person may have arrived there while the next was on its way.
"""

import sqlite3
from collections.abc import Iterator, Sequence
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
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
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
        with _opened(path) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except Damaged:
        return False


def is_linked(path: Path) -> bool:
    """Whether the device in it is linked with a phone."""
    with _opened(path) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'whatsmeow_device'").fetchone():
            return False
        return connection.execute("SELECT 1 FROM whatsmeow_device LIMIT 1").fetchone() is not None


def prepare(path: Path) -> None:
    """Let the file be written in the quicker of SQLite's safe ways."""
    with _opened(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def close_up(path: Path) -> None:
    """Bring into the file what stands beside it."""
    with _opened(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def watch(path: Path) -> None:
    """Have the file note when each key was used last, once the library has made its tables."""
    with _opened(path) as connection:
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
    with _opened(path) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'frontdesk_used'").fetchone():
            return 0  # no notes yet
        lately = connection.execute(_LATELY, (since,)).fetchall()
        with connection:
            for held, place, whose in lately:
                connection.execute(_FORGET[held], (place, whose))
        return len(lately)


# People: one of them goes out of the file

# The columns that name people: `447700900123@s.whatsapp.net`, `1157900@lid`, `447700900123:0`, `1157900_1:12`.
_NAMED = {
    "whatsmeow_contacts": ("their_jid",),
    "whatsmeow_chat_settings": ("chat_jid",),
    "whatsmeow_message_secrets": ("chat_jid", "sender_jid"),
    "whatsmeow_privacy_tokens": ("their_jid",),
    "whatsmeow_retry_buffer": ("chat_jid",),
    "whatsmeow_identity_keys": ("their_id",),
    "whatsmeow_sessions": ("their_id",),
    "whatsmeow_sender_keys": ("sender_id",),
    "whatsmeow_lid_map": ("lid", "pn"),
    "frontdesk_used": ("whose",),
}
_TRIES = 5


def forget_people(path: Path, numbers: Sequence[str]) -> None:
    """Remove every row that names one of these numbers or hidden ids, and its bytes, while the line stands or is down.

    The library files all under the numbers of people: the address book, settings of chats, keys. Where a key is missing
    when the person writes again, the library asks their phone for it, as after a crash; the line's own keys stay.

    Raises:
        Damaged, OSError: it is in use for too long, or cannot be read.
    """
    with _opened(path) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        with connection:
            for table, columns in _there(connection):
                for column in columns:
                    _remove(connection, table, column, numbers)
        connection.execute("VACUUM")  # rows that the library itself has replaced left their bytes behind
        for _ in range(_TRIES):
            busy, *_rest = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
    raise OSError("the log of the file is in use")


def _there(connection: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """The tables and columns that this version of the library has."""
    found = []
    for table, columns in _NAMED.items():
        with closing(connection.execute("SELECT name FROM pragma_table_info(?)", (table,))) as asked:
            names = {name for (name,) in asked}
        found.append((table, [column for column in columns if column in names]))
    return found


def _remove(connection: sqlite3.Connection, table: str, column: str, numbers: Sequence[str]) -> None:
    for number in numbers:
        ways = (number, *(f"{number}{mark}*" for mark in "@:_."))
        which = " OR ".join(f"{column} GLOB ?" for _ in ways)
        connection.execute(f"DELETE FROM {table} WHERE {which}", ways)  # noqa: S608 - names are our own, see above
