"""The credentials of a linked device: sealed when not in use, private when in use, gone when removed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from frontdesk.channels.linked import device_file
from frontdesk.channels.linked.credentials import Credentials, Found
from frontdesk.kit.vault import Vault

SECRET = b"the-private-key-of-the-device-0123456789"
STAMP = 1_795_000_000_000


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials(tmp_path / "lines" / "acc_1", Vault("a key of the installation"))


def _link(credentials: Credentials, *, journal: str = "WAL") -> None:
    """What the library leaves after a link: a file of mode 0644 with private keys."""
    credentials.folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(credentials.database)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("CREATE TABLE IF NOT EXISTS whatsmeow_device (jid TEXT, noise_key BLOB)")
        connection.execute("INSERT INTO whatsmeow_device VALUES (?, ?)", ("351@s.whatsapp.net", SECRET))
        connection.commit()
    credentials.database.chmod(0o644)


def _secret_in(credentials: Credentials) -> bytes:
    with closing(sqlite3.connect(credentials.database)) as connection:
        return bytes(connection.execute("SELECT noise_key FROM whatsmeow_device").fetchone()[0])


def _found_in_files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and SECRET in path.read_bytes()]


def test_a_line_that_was_never_linked_has_none(credentials: Credentials) -> None:
    assert credentials.unseal(STAMP) is Found.NONE
    assert credentials.folder.stat().st_mode & 0o777 == 0o700


def test_sealed_they_stand_nowhere_in_plain_and_come_back_whole(credentials: Credentials) -> None:
    _link(credentials)
    credentials.seal()
    assert {path.name for path in credentials.folder.iterdir()} == {"device.sealed", "owner"}
    assert _found_in_files(credentials.folder) == []
    assert credentials.unseal(STAMP) is Found.READY
    assert _secret_in(credentials) == SECRET


def test_in_use_nobody_else_may_read_them(credentials: Credentials) -> None:
    _link(credentials)
    assert credentials.unseal(STAMP) is Found.READY
    assert credentials.database.stat().st_mode & 0o777 == 0o600
    credentials.seal()
    credentials.unseal(STAMP)
    assert credentials.database.stat().st_mode & 0o777 == 0o600


def test_after_a_crash_the_file_in_use_is_the_newer_one(credentials: Credentials) -> None:
    _link(credentials)
    credentials.seal()
    credentials.unseal(STAMP)
    with closing(sqlite3.connect(credentials.database)) as connection:
        connection.execute("UPDATE whatsmeow_device SET noise_key = ?", (SECRET + b"-newer",))
        connection.commit()
    again = Credentials(credentials.folder, Vault("a key of the installation"))
    assert again.unseal(STAMP) is Found.READY
    assert _secret_in(again) == SECRET + b"-newer"


def test_a_link_that_was_never_made_leaves_nothing(credentials: Credentials) -> None:
    credentials.unseal(STAMP)
    with closing(sqlite3.connect(credentials.database)) as connection:
        connection.execute("CREATE TABLE whatsmeow_device (jid TEXT)")
        connection.commit()
    credentials.seal()
    assert [path.name for path in credentials.folder.iterdir()] == ["owner"]


@pytest.mark.parametrize("damage", [b"this is no database", b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_kept_aside_and_the_line_has_to_be_linked_again(
    credentials: Credentials, damage: bytes
) -> None:
    _link(credentials)
    credentials.database.write_bytes(damage)
    assert credentials.unseal(STAMP) is Found.DAMAGED
    assert (credentials.folder / f"damaged-{STAMP}-device.db").read_bytes() == damage
    assert credentials.unseal(STAMP) is Found.NONE


def test_sealed_with_another_key_they_stay_as_they_are(credentials: Credentials) -> None:
    _link(credentials)
    credentials.seal()
    other = Credentials(credentials.folder, Vault("quite another key"))
    assert other.unseal(STAMP) is Found.LOCKED
    assert "secret key" in other.locked_sentence
    assert credentials.unseal(STAMP) is Found.READY


@pytest.mark.parametrize("place", [17, 40, -1])
def test_a_damaged_seal_is_kept_aside_and_the_line_has_to_be_linked_again(credentials: Credentials, place: int) -> None:
    _link(credentials)
    credentials.seal()
    sealed = credentials.folder / "device.sealed"
    content = bytearray(sealed.read_bytes())
    content[place] ^= 1
    sealed.write_bytes(content)
    assert credentials.unseal(STAMP) is Found.DAMAGED
    assert (credentials.folder / f"damaged-{STAMP}-device.sealed").read_bytes() == content
    assert credentials.look() is Found.DAMAGED
    assert credentials.unseal(STAMP) is Found.NONE


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\0" * 5000])
def test_what_never_was_a_seal_is_kept_aside(credentials: Credentials, content: bytes) -> None:
    _link(credentials)
    credentials.seal()
    (credentials.folder / "device.sealed").write_bytes(content)
    assert credentials.unseal(STAMP) is Found.DAMAGED


def test_a_file_that_another_program_is_at_is_not_taken_for_damaged(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_file, "PATIENCE", 0.0)
    _link(credentials, journal="DELETE")
    with closing(sqlite3.connect(credentials.database, isolation_level=None)) as busy:
        busy.execute("BEGIN EXCLUSIVE")
        for use in (lambda: credentials.unseal(STAMP), credentials.seal):
            with pytest.raises(OSError, match="locked"):
                use()
        busy.execute("ROLLBACK")
    assert credentials.look() is Found.READY
    assert credentials.unseal(STAMP) is Found.READY
    assert _secret_in(credentials) == SECRET


@pytest.mark.parametrize("in_use", [True, False])
def test_removed_nothing_of_them_is_left(credentials: Credentials, in_use: bool) -> None:
    _link(credentials)
    if not in_use:
        credentials.seal()
    credentials.remove()
    assert not credentials.folder.exists()
    assert _found_in_files(credentials.folder.parent) == []


def test_a_crash_while_the_plain_file_is_being_removed_costs_no_link(credentials: Credentials) -> None:
    _link(credentials)
    credentials.seal()
    (credentials.folder / "spent-device.db").write_bytes(bytes(4096))
    assert credentials.unseal(STAMP) is Found.READY
    assert _secret_in(credentials) == SECRET
    assert not (credentials.folder / "spent-device.db").exists()


def test_looking_into_a_file_that_is_gone_makes_none(credentials: Credentials) -> None:
    _link(credentials)
    credentials.seal()
    with pytest.raises(OSError, match="open"):
        device_file.watch(credentials.database)
    assert not credentials.database.exists()
