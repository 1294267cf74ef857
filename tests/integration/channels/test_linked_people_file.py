"""One person goes out of the library's own file, in use or sealed; everybody else and the line itself stay."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from frontdesk.channels.linked import device_file
from frontdesk.channels.linked.credentials import Credentials, Found
from frontdesk.channels.linked.forgetting import forget
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.kit.errors import Rejected
from frontdesk.kit.vault import Vault

ANNA, LID, BEN = "447700900123", "115790000000001", "447700900999"
TABLES = {
    "device": "jid",
    "contacts": "our_jid, their_jid, first_name, full_name, push_name, business_name, redacted_phone",
    "chat_settings": "our_jid, chat_jid, muted_until",
    "message_secrets": "our_jid, chat_jid, sender_jid, message_id, key",
    "privacy_tokens": "our_jid, their_jid, token",
    "retry_buffer": "our_jid, chat_jid, message_id, plaintext",
    "identity_keys": "our_jid, their_id, identity",
    "sessions": "our_jid, their_id, session, PRIMARY KEY (our_jid, their_id)",
    "sender_keys": "our_jid, chat_id, sender_id, sender_key, PRIMARY KEY (our_jid, chat_id, sender_id)",
    "lid_map": "lid, pn",
    "pre_keys": "jid, key_id, key",
}
PERSON = (Address(AddressKind.PHONE, ANNA), Address(AddressKind.LID, LID))


def fill(path: Path, *, phone: str, lid: str, name: str) -> None:
    """What the library keeps of a person it has heard."""
    chat, hidden = f"{phone}@s.whatsapp.net", f"{lid}@lid"
    rows: dict[str, list[tuple[object, ...]]] = {
        "contacts": [("us", chat, name, name, name, None, None), ("us", hidden, name, name, name, None, phone)],
        "chat_settings": [("us", chat, 0)],
        "message_secrets": [("us", hidden, f"{lid}:3@lid", "A1", b"x"), ("us", "1203@g.us", hidden, "A2", b"x")],
        "privacy_tokens": [("us", hidden, b"x")],
        "retry_buffer": [("us", hidden, "A3", f"Dear {name}")],
        "identity_keys": [("us", f"{lid}_1:0", b"x"), ("us", f"{phone}:12", b"x")],
        "sessions": [("us", f"{lid}_1:0", b"x")],
        "sender_keys": [("us", "1203@g.us", f"{lid}_1:0", b"x")],
        "lid_map": [(lid, phone)],
    }
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, several in rows.items():
            for row in several:
                marks = ", ".join("?" for _ in row)
                connection.execute(f"INSERT INTO whatsmeow_{table} VALUES ({marks})", row)


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    """The folder of a line of which the process has ended, and not in order."""
    path = tmp_path / "device.db"
    with closing(sqlite3.connect(path)) as library:
        library.execute("PRAGMA journal_mode=WAL")
        with library:
            for table, columns in TABLES.items():
                library.execute(f"CREATE TABLE whatsmeow_{table} ({columns})")
            library.execute("INSERT INTO whatsmeow_device VALUES ('us')")
            library.execute("INSERT INTO whatsmeow_pre_keys VALUES ('us', 1, 'k')")
        device_file.watch(path)
        fill(path, phone=BEN, lid="22", name="Benedikt")
        fill(path, phone=ANNA, lid=LID, name="Annabella")
        with library:
            library.execute("UPDATE whatsmeow_contacts SET push_name = 'Anny' WHERE full_name = 'Annabella'")
    return tmp_path


@pytest.fixture
def folder(ended: Path) -> Iterator[Path]:
    """The folder of a line that runs: the library has the file open."""
    with closing(sqlite3.connect(ended / "device.db")) as library, library:
        library.execute("UPDATE whatsmeow_contacts SET push_name = 'Annie' WHERE full_name = 'Annabella'")
        library.commit()
        yield ended


def bytes_with(folder: Path, *words: str) -> set[str]:
    return {
        f"{path.name}: {word}"
        for path in folder.iterdir()
        if path.is_file()
        for word in words
        if word.encode() in path.read_bytes()
    }


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name.startswith("device") or path.is_dir()}


def count(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM whatsmeow_{table}").fetchone()[0] for table in TABLES}


def test_every_row_and_every_byte_of_a_person_goes_and_others_stay(folder: Path) -> None:
    path = folder / "device.db"
    assert bytes_with(folder, "Annabella", "Anny", "Annie", ANNA, LID)
    device_file.forget_people(path, [ANNA, LID])
    assert bytes_with(folder, "Annabella", "Anny", "Annie", ANNA, LID) == set()
    left = {"contacts": 2, "message_secrets": 2, "identity_keys": 2, "device": 1, "pre_keys": 1}
    assert count(path) == dict.fromkeys(TABLES, 1) | left
    assert bytes_with(folder, "Benedikt") == {"device.db: Benedikt"}


def test_a_number_that_only_begins_so_is_somebody_else(folder: Path) -> None:
    path = folder / "device.db"
    before = count(path)
    device_file.forget_people(path, [ANNA[:-1], "2"])
    assert count(path) == before


async def test_the_file_of_a_line_that_is_down_is_opened_changed_and_sealed_again(ended: Path) -> None:
    sealed = Credentials(ended, Vault("k" * 32))
    sealed.seal()
    assert names(ended) == {"device.sealed"}
    await forget(sealed, PERSON)
    assert names(ended) == {"device.sealed"}
    assert sealed.unseal(1) is Found.READY
    assert bytes_with(ended, "Annabella", ANNA, LID) == set()
    assert count(ended / "device.db")["contacts"] == 2


async def test_what_is_sealed_with_another_key_cannot_be_changed_and_says_so(ended: Path) -> None:
    Credentials(ended, Vault("k" * 32)).seal()
    with pytest.raises(Rejected):
        await forget(Credentials(ended, Vault("o" * 32)), PERSON)


async def test_a_line_that_was_never_linked_knows_nobody(tmp_path: Path) -> None:
    await forget(Credentials(tmp_path / "none", Vault("k" * 32)), PERSON)
    assert names(tmp_path) == set()
