"""The credentials of a linked device: a database file of the library's, sealed while it is not in use.

`device.db` is there while the line runs, on a private path, and after an end that was not in order; `device.sealed`
is there otherwise. What is damaged is kept aside, and the line has to be linked again.
"""

import os
import shutil
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from frontdesk.channels.linked import device_file, ownership
from frontdesk.kit.vault import CannotOpen, Vault

_CHUNK = 1024 * 1024


class Found(StrEnum):
    """How the credentials of a line were found."""

    NONE = "none"  # it was never linked, or was unlinked
    READY = "ready"
    DAMAGED = "damaged"  # and kept aside
    LOCKED = "locked"  # sealed with another key


class Credentials:
    """Those of one line, in a folder of its own. Every method is to be called in a thread."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = folder
        self._vault = vault

    @property
    def locked_sentence(self) -> str:
        """What to do when they are sealed with another key."""
        return self._vault.unreadable

    @property
    def database(self) -> Path:
        """The file that the library uses."""
        return self.folder / "device.db"

    @property
    def _sealed(self) -> Path:
        return self.folder / "device.sealed"

    def unseal(self, stamp: int) -> Found:
        """Make the file ready for use. `stamp` names what has to be kept aside."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        self._clear()
        if not self.database.exists():
            if not self._sealed.exists():
                self._begin()
                return Found.NONE
            try:
                content = self._vault.open_bytes(self._sealed.read_bytes())
            except CannotOpen:
                return Found.LOCKED
            opening = self.folder / "opening.db"
            _write(opening, content)
            opening.replace(self.database)
        self.database.chmod(0o600)
        if not device_file.is_sound(self.database):
            for path in self._parts():
                path.replace(path.with_name(f"damaged-{stamp}-{path.name}"))
            self._sealed.unlink(missing_ok=True)
            return Found.DAMAGED
        device_file.prepare(self.database)
        return Found.READY if device_file.is_linked(self.database) else Found.NONE

    def seal(self) -> None:
        """The file is used no more: keep it sealed only. One that was never linked is not kept.

        While another program holds the device, nothing of it is touched.
        """
        if not self.database.exists() or ownership.is_taken(self.folder):
            return
        if device_file.is_sound(self.database) and device_file.is_linked(self.database):
            device_file.close_up(self.database)
            fresh = self._sealed.with_suffix(".new")
            _write(fresh, self._vault.seal_bytes(self.database.read_bytes()))
            fresh.replace(self._sealed)
            _sync(self.folder)
        elif not device_file.is_sound(self.database):
            return  # looked at, and kept aside, at the next start
        else:
            self._sealed.unlink(missing_ok=True)
        self._spend()

    def remove(self) -> None:
        """Nothing of them stays."""
        for path in (*self._parts(), *self.folder.glob("damaged-*"), *self.folder.glob("device.sealed*")):
            _shred(path)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _spend(self) -> None:
        """Take the file out of use first: overwritten in its place, it would look damaged after a crash meanwhile."""
        for path in self._parts():
            path.replace(path.with_name(f"spent-{path.name}"))
        self._clear()

    def _clear(self) -> None:
        for path in (*self.folder.glob("spent-*"), *self.folder.glob("opening.db")):
            _shred(path)

    def _begin(self) -> None:
        _write(self.database, b"")
        device_file.prepare(self.database)

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("device.db*"))


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _shred(path: Path) -> None:
    """Remove a file, with zeros over what it held, as far as the disk writes in place."""
    with suppress(OSError):
        size = path.stat().st_size
        with path.open("r+b") as file:
            for start in range(0, size, _CHUNK):
                file.write(bytes(min(_CHUNK, size - start)))
            file.flush()
            os.fsync(file.fileno())
    path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
