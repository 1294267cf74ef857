"""What the library's own file says of people outside, and how one of them goes out of it.

The library files everything under the numbers of people: the address book, settings of chats, and the keys of messages.
All of it can go while the line stands. Where a key is missing when the person writes again, the library asks their
phone for it, as it does after a crash (`device_file`); the other keys of the line are not touched.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from frontdesk.channels.linked import device_file

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


def forget(path: Path, numbers: Sequence[str]) -> None:
    """Remove every row that names one of these numbers or hidden ids, and its bytes.

    Raises:
        Damaged, OSError: see `device_file`; it is in use for too long, or cannot be read.
    """
    with device_file.opened(path) as connection:
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
