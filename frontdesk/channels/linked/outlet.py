"""The way out of the program of a linked line: one line of JSON at a time, and no more ahead than is kept up with."""

import threading
import time
from typing import IO, Any

import orjson

AHEAD = 500  # lasting events that may be on their way without being stored


class Outlet:
    """Writes whole lines, from any thread. Who writes waits while the other side does not read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._writing = threading.Lock()
        self._change = threading.Condition()
        self._told = 0
        self._acked = 0
        self.broken = False

    def lasting(self, event: str, given: Any, *, seq: int | None, at: int) -> None:
        """Tell an event that is kept until it is stored. Of several parts only the last has the `seq`."""
        with self._change:
            while seq is not None and seq - self._acked > AHEAD and self._told > self._acked and not self.broken:
                self._change.wait()
            self._told = seq if seq is not None else self._told
        document = {"event": event, "data": given, "timestamp": at}
        self._write(document if seq is None else {"seq": seq, **document})

    def passing(self, event: str, given: dict[str, Any]) -> None:
        """Tell an event that nobody keeps."""
        self._write({"event": event, "data": given, "timestamp": time.time_ns() // 1_000_000})

    def answer(self, command_id: str, given: dict[str, Any]) -> None:
        """Answer a command: it was done."""
        self._write({"id": command_id, "success": True, "data": given})

    def refuse(self, command_id: str, error: str, code: str) -> None:
        """Answer a command: it could not be done."""
        self._write({"id": command_id, "success": False, "error": error, "code": code})

    def acked(self, seq: int) -> None:
        """Everything up to `seq` is stored."""
        with self._change:
            self._acked = max(self._acked, seq)
            self._change.notify_all()

    def close(self) -> None:
        """Nobody stores anything any more: whoever waits for that goes on."""
        with self._change:
            self.broken = True
            self._change.notify_all()

    def flush(self) -> None:
        """Wait until what is being written is out."""
        with self._writing:
            pass

    def _write(self, document: dict[str, Any]) -> None:
        line = memoryview(orjson.dumps(document) + b"\n")
        with self._writing:
            try:
                while line:
                    line = line[self._stream.write(line) or 0 :]
            except OSError:  # nobody reads: the input will have ended too, and what was not stored stays on the spool
                self.close()
