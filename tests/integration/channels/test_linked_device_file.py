"""After a crash, the keys behind messages that may not have been handed over are forgotten, and no others."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from frontdesk.channels.linked import device_file

ANNA, BEN, GROUP = "115790000000001_1:0", "115790000000002_1:0", "1203@g.us"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the tables of the library that matter here, which keeps its notes."""
    path = tmp_path / "device.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE whatsmeow_sessions (our_jid TEXT, their_id TEXT PRIMARY KEY, session BLOB)")
        connection.execute("CREATE TABLE whatsmeow_sender_keys (our_jid TEXT, chat_id TEXT, sender_id TEXT, key BLOB)")
        connection.commit()
    device_file.watch(path)
    return path


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows(path: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [str(one) for (one,) in connection.execute(statement)]


def use(path: Path, *whose: str) -> None:
    """The library uses the keys of these people."""
    execute(
        path,
        *(
            f"INSERT INTO whatsmeow_sessions VALUES ('us', '{one}', x'00') "
            "ON CONFLICT (their_id) DO UPDATE SET session = x'01'"
            for one in whose
        ),
    )


def move_back(path: Path, whose: str) -> int:
    """Let the last use of somebody's key be a minute older; gives the moment in between, in Unix milliseconds."""
    execute(path, f"UPDATE frontdesk_used SET at = at - 60000 WHERE whose = '{whose}'")
    return int(rows(path, f"SELECT at + 30000 FROM frontdesk_used WHERE whose = '{whose}'")[0])


def test_keys_that_were_used_since_are_forgotten_and_older_ones_stay(path: Path) -> None:
    use(path, ANNA, BEN)
    since = move_back(path, ANNA)
    assert device_file.forget_used(path, since=since) == 1
    assert rows(path, "SELECT their_id FROM whatsmeow_sessions") == [ANNA]


def test_a_key_that_is_used_again_counts_from_then(path: Path) -> None:
    use(path, ANNA)
    since = move_back(path, ANNA)
    use(path, ANNA)
    assert device_file.forget_used(path, since=since) == 1
    assert rows(path, "SELECT their_id FROM whatsmeow_sessions") == []


def test_keys_of_a_group_are_forgotten_for_that_group_alone(path: Path) -> None:
    execute(path, f"INSERT INTO whatsmeow_sender_keys VALUES ('us', '{GROUP}', '{ANNA}', x'00')")
    since = move_back(path, ANNA)
    execute(path, f"INSERT INTO whatsmeow_sender_keys VALUES ('us', 'other@g.us', '{ANNA}', x'00')")
    assert device_file.forget_used(path, since=since) == 1
    assert rows(path, "SELECT chat_id FROM whatsmeow_sender_keys") == [GROUP]


def test_a_file_without_notes_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    execute(path, "CREATE TABLE whatsmeow_sessions (our_jid TEXT, their_id TEXT, session BLOB)")
    assert device_file.forget_used(path, since=0) == 0
