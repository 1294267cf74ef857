"""What WhatsApp has handed over, on disk before anything else is done with it, until it is stored for good.

Records are appended to a file with one write each, so that the end of the process at any moment leaves whole records
and at most one torn one at the end. `acked` beside it holds the number up to which all is stored; it is behind rather
than ahead, and what is told twice falls on the unique key of the store.
"""

import errno
import os
import struct
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_HEAD = struct.Struct(">IIQHQ")  # length of the content, its checksum, number, what it is, Unix milliseconds
_ACKED = struct.Struct(">Q")
TURN = 1024 * 1024  # bytes after which a file whose records are all stored is begun anew


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was handed over. `code` says what it is; `seq` grows by one."""

    seq: int
    code: int
    at: int
    content: bytes


class Spool:
    """Written by one thread at a time or by several; read by one.

    Where the disk takes nothing any more, records are kept in memory and `full` is true: they are passed on, and only
    the end of the process would lose them. On a full disk it does not begin at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._there = threading.Condition(self._lock)
        self._waiting: deque[Record] = deque()
        self._closed = False
        self._file, self._size = -1, 0
        self._path: Path | None = None
        self.full = False
        found = sorted(filter(_number, folder.glob("spool-*")), key=_number)
        self._acked_file = os.open(folder / "acked", os.O_RDWR | os.O_CREAT, 0o600)
        self.acked = self._read_acked()
        self._next = max(1, self.acked + 1)
        for path in found:
            for record in _records(path):
                self._next = max(self._next, record.seq + 1)
                if record.seq > self.acked:
                    self._waiting.append(record)
        self._begin()
        for path in found:  # what was not stored yet is written anew, so that there is one file
            if path != self._path:
                path.unlink(missing_ok=True)

    def put(self, code: int, content: bytes, at: int) -> Record:
        """Keep a record: it survives the end of the process from here on."""
        with self._lock:
            record = Record(self._next, code, at, content)
            self._next += 1
            self._write(record)
            self._waiting.append(record)
            self._there.notify()
        return record

    def take(self) -> list[Record]:
        """What was put since the last time, waiting for it; empty once it is closed. All of it is on the disk."""
        with self._lock:
            while not self._waiting and not self._closed:
                self._there.wait()
            taken = list(self._waiting)
            self._waiting.clear()
            descriptor = os.dup(self._file)
        try:
            if taken:
                os.fsync(descriptor)  # against the loss of power; outside the lock, so that it holds up nobody
        except OSError:
            self.full = True
        finally:
            os.close(descriptor)
        return taken

    def ack(self, seq: int) -> None:
        """Everything up to `seq` is stored elsewhere."""
        with self._lock:
            if seq <= self.acked or seq >= self._next:
                return
            self.acked = seq
            with suppress(OSError):
                os.pwrite(self._acked_file, _ACKED.pack(seq), 0)
            if seq == self._next - 1 and self._size:
                self._empty()

    def _empty(self) -> None:
        """What is stored elsewhere is kept here no longer: people may be erased there."""
        with suppress(OSError):  # no room for another file: the one that is there grows on
            if self._size > TURN:
                self._begin()
            else:
                os.ftruncate(self._file, 0)
                self._size = 0

    def close(self) -> None:
        """Let the reader go; what is put later is still kept on disk."""
        with self._lock:
            self._closed = True
            self._there.notify_all()

    def _write(self, record: Record) -> None:
        head = _HEAD.pack(len(record.content), zlib.crc32(record.content), record.seq, record.code, record.at)
        try:
            written = os.write(self._file, head + record.content)
            if written < _HEAD.size + len(record.content):
                os.ftruncate(self._file, self._size)
                raise OSError("a part of the record was not written")
        except OSError:
            self.full = True
        else:
            self._size += written
            self.full = False

    def _begin(self) -> None:
        """Begin a new file; the one before it is removed once the new one stands.

        Raises:
            OSError: there is no room for it; the one before it goes on.
        """
        path = self._folder / f"spool-{self._next - len(self._waiting)}"
        fresh = path.with_name(f"{path.name}.new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        before = self._path, self._file, self._size
        self._file, self._size = file, 0
        try:
            for record in self._waiting:
                self._write(record)
            if before[0] is None and self.full:  # at the start: what is there is not given up for a part of it
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            fresh.replace(path)
        except OSError:
            os.close(file)
            self._path, self._file, self._size = before
            fresh.unlink(missing_ok=True)
            raise
        self._path = path
        if before[0] is not None:
            os.close(before[1])
            before[0].unlink(missing_ok=True)

    def _read_acked(self) -> int:
        content = os.pread(self._acked_file, _ACKED.size, 0)
        return int(_ACKED.unpack(content)[0]) if len(content) == _ACKED.size else 0


def _records(path: Path) -> Iterator[Record]:
    """The whole records of a file; a torn one ends it."""
    content, place = path.read_bytes(), 0
    while place + _HEAD.size <= len(content):
        length, checksum, seq, code, at = _HEAD.unpack_from(content, place)
        place += _HEAD.size
        record = content[place : place + length]
        if len(record) < length or zlib.crc32(record) != checksum:
            return
        yield Record(seq, code, at, record)
        place += length


def _number(path: Path) -> int:
    """The number of the first record of a file; 0 for one that was being begun."""
    number = path.name.removeprefix("spool-")
    return int(number) if number.isdecimal() else 0
