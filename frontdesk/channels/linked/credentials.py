"""The credentials of a linked device: a database file of the library's, sealed while it is not in use.

`device.db` is there while the line runs, on a private path, and after an end that was not in order; `device.sealed`
is there otherwise: a mark that tells another key from damage, and the file, encrypted. What is damaged is kept aside,
and the line has to be linked again.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from frontdesk.channels.linked import device_file, ownership
from frontdesk.kit.vault import CannotOpen, Vault

_CHUNK = 1024 * 1024
_MAGIC = b"FDLINK1\0"
_PATIENCE = 15.0  # seconds that whoever is at the files before us gets to end


class Found(StrEnum):
    """How the credentials of a line were found."""

    NONE = "none"  # it was never linked, or was unlinked
    READY = "ready"
    DAMAGED = "damaged"  # and kept aside
    LOCKED = "locked"  # sealed with another key


class InUse(OSError):
    """Another program is at the files."""


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

    @property
    def _mark(self) -> bytes:
        """What a sealed file begins with; it says with which key, and nothing of that key."""
        return _MAGIC + self._vault.derive("linked credentials")[:8]

    def look(self) -> Found:
        """What is there, without touching it. Damaged is what is kept aside, where nothing else is there."""
        with suppress(device_file.Damaged):
            if self._sealed.exists() or (self.database.exists() and device_file.is_linked(self.database)):
                return Found.READY
        return Found.DAMAGED if any(self.folder.glob("damaged-*")) else Found.NONE

    def unseal(self, stamp: int) -> Found:
        """Make the file ready for use. `stamp` names what has to be kept aside.

        Raises:
            OSError: the disk is full, or another program is at the file; nothing is lost.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        with self._held(_PATIENCE) as held:
            if not held:
                raise InUse(errno.EBUSY, "another program holds this line")
            return self._unseal(stamp)

    @contextmanager
    def _held(self, patience: float = 0.0) -> Iterator[bool]:
        """Nobody else is at the files meanwhile; False where somebody is."""
        lock = ownership.take(self.folder, patience=patience)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                lock.close()

    def _unseal(self, stamp: int) -> Found:
        self._clear()
        if not self.database.exists():
            if not self._sealed.exists():
                self._begin()
                return Found.NONE
            if (found := self._open()) is not Found.READY:
                return self._set_aside(stamp) if found is Found.DAMAGED else found
        self.database.chmod(0o600)
        if not device_file.is_sound(self.database):
            return self._set_aside(stamp)
        device_file.prepare(self.database)
        return Found.READY if device_file.is_linked(self.database) else Found.NONE

    def _open(self) -> Found:
        sealed = self._sealed.read_bytes()
        if sealed.startswith(_MAGIC) and not sealed.startswith(self._mark):
            return Found.LOCKED
        try:
            content = self._vault.open_bytes(sealed[len(self._mark) :])
        except CannotOpen:
            return Found.DAMAGED
        opening = self.folder / "opening.db"
        _write(opening, content)
        opening.replace(self.database)
        return Found.READY

    def _set_aside(self, stamp: int) -> Found:
        """The plain file is the newer one: a sealed one beside it is worth nothing, as its keys were used up since."""
        parts = self._parts()
        for path in parts or [self._sealed]:
            path.replace(path.with_name(f"damaged-{stamp}-{path.name}"))
        self._sealed.unlink(missing_ok=True)
        return Found.DAMAGED

    def seal(self, is_ours: Callable[[], bool] = lambda: True) -> None:
        """The file is used no more: keep it sealed only. One that was never linked is not kept.

        While another program holds the device, or where the line is no longer ours, nothing of it is touched. One that
        is damaged is looked at, and kept aside, at the next start.

        Raises:
            OSError: the disk is full, or another program is at the file; it stays as it is.
        """
        if not self.database.exists():
            return
        with self._held() as held:
            if held and is_ours():  # asked while nobody else can begin to use it
                self._seal()

    def _seal(self) -> None:
        if not self.database.exists() or not device_file.is_sound(self.database):
            return
        if device_file.is_linked(self.database):
            device_file.close_up(self.database)
            fresh = self._sealed.with_suffix(".new")
            _write(fresh, self._mark + self._vault.seal_bytes(self.database.read_bytes()))
            fresh.replace(self._sealed)
            _sync(self.folder)
        else:
            self._sealed.unlink(missing_ok=True)
        self._spend()

    def change(self, how: Callable[[Path], None]) -> Found:
        """Have something changed in the file, in use or not. What was kept aside as damaged goes: nobody can read it.

        Raises:
            OSError, Damaged: another program is at it, or it cannot be read; some of it may be as it was.
        """
        for path in self.folder.glob("damaged-*"):
            _shred(path)
        if self.database.exists():  # of a line that runs, or of one that came to a bad end
            how(self.database)
            return Found.READY
        if not self._sealed.exists():
            return Found.NONE
        with self._held(_PATIENCE) as held:
            if not held:
                raise InUse(errno.EBUSY, "another program holds this line")
            self._clear()
            if not self.database.exists() and (found := self._open()) is not Found.READY:
                return found
            how(self.database)
            self._seal()
        return Found.READY

    def remove(self, is_ours: Callable[[], bool] = lambda: True) -> None:
        """Nothing of them stays, where the line is ours."""
        if not is_ours():
            return
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
