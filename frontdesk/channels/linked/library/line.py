"""One linked line at work: what the library tells is kept and passed on, what the desk asks for is done."""

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from neonize.proto import Neonize_pb2 as shapes

from frontdesk.channels.linked import codes, device_file
from frontdesk.channels.linked.detour import through
from frontdesk.channels.linked.library import states, telling
from frontdesk.channels.linked.library.commands import Commands
from frontdesk.channels.linked.library.device import OURSELVES, Device, Hears
from frontdesk.channels.linked.outlet import Outlet
from frontdesk.channels.linked.relay import Arrivals, Relay
from frontdesk.channels.linked.spool import Record, Spool

log = logging.getLogger(__name__)

FIRST_CODE, NEXT_CODE = 60_000, 20_000  # milliseconds for which WhatsApp takes a QR code
WORKERS = 4  # commands at the same time: a large file does not hold up a short answer
BEAT = 2.0  # seconds between two notes of what is kept
ON_ITS_WAY = 1.0  # seconds that something decrypted takes at most to reach the spool while little comes in
END = 6.0  # seconds that the library gets to end in order


class LinkedLine:
    """`hold()` blocks until the line ends; the others are called from threads of their own."""

    def __init__(self, folder: Path, spool: Spool, outlet: Outlet, *, name: str) -> None:
        self._spool = spool
        self._outlet = outlet
        self._passing: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._codes = 0
        self._arrivals = Arrivals()
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="command")
        hears = Hears(event=self._hear, qr=self._show_code, login=self._logged_in, said=self._said)
        self._device = Device(folder / "device.db", hears, name=name)
        self._commands = Commands(self._device, spool, outlet, folder)
        self._database = folder / "device.db"
        self._running = folder / "running"
        self._groups_told = False
        self._changed: set[str] = set()  # groups of which is to be told who is in them now
        self._full_told = False

    def hold(self, proxy: str | None) -> int:
        """Connect and stay until the end is asked for, or the library gives up; gives the exit code."""
        threading.Thread(target=self._tell_passing, name="tell", daemon=True).start()
        threading.Thread(target=self._note_what_is_kept, name="beat", daemon=True).start()
        self._outlet.passing("state", {"is": "connecting"})
        threading.Thread(target=self._run, args=(proxy,), name="library", daemon=True).start()
        self._over.wait()
        return 0

    def end(self) -> None:
        """End in order: nothing more comes in, what came in is kept, and the process may go."""

        def stop() -> None:
            self._device.stop()
            self._running.unlink(missing_ok=True)

        stopping = threading.Thread(target=stop, name="stop", daemon=True)
        stopping.start()
        stopping.join(END)  # a pairing that was given up never comes back
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._over.set()

    def command(self, action: str, given: dict[str, Any], command_id: str) -> None:
        """Do what is asked for, beside what else is being done, and answer."""
        with contextlib.suppress(RuntimeError):  # the line is ending
            self._pool.submit(self._commands.run, action, given, command_id)

    def pass_on(self) -> None:
        """Pass on what the spool holds, in order, for as long as it is open."""
        while records := self._spool.take():
            for record in records:
                self._pass_on(record)
            self._tell_of_the_disk()

    def _tell_of_the_disk(self) -> None:
        """Once when the disk takes nothing any more, and once when it does again."""
        full = self._spool.full
        if full is not self._full_told and self._device.connected():
            self._full_told = full
            self._outlet.passing("state", {"is": "disk_full" if full else "connected", **self._commands.who()})

    def _pass_on(self, record: Record) -> None:
        if record.code in (codes.MESSAGE, codes.RECEIPT):
            record = self._commands.look_over(record)
        elif record.code == codes.GROUP_CHANGE:
            self._ask_who_is_in(telling.moved(record))
        *firsts, last = telling.parts(record)
        for event, told in firsts:
            self._outlet.lasting(event, told, seq=None, at=record.at)
        self._outlet.lasting(*last, seq=record.seq, at=record.at)

    def mend(self) -> None:
        """After an end that was not in order, have what was lost on the way sent again.

        Only before `hold()`, by which the library opens its file: it brings a SQLite of its own, and where two of them
        open one file in one process, closing one takes away the locks of the other.

        Raises:
            OSError: the file cannot be used now.
        """
        if self._running.exists():
            kept = self._running.stat().st_mtime
            forgotten = device_file.forget_used(self._database, since=int((kept - ON_ITS_WAY) * 1000))
            log.warning("the last end was not in order: %d keys are made anew", forgotten)
        self._running.touch(mode=0o600)
        device_file.watch(self._database)

    def _note_what_is_kept(self) -> None:
        """Note now and then a moment before which all that was decrypted is on the spool."""
        while not self._over.wait(BEAT):
            now = time.time()
            self._arrivals.wait()
            with contextlib.suppress(OSError):  # the line is ending
                os.utime(self._running, (now, now))

    # On threads of the library

    def _hear(self, code: int, content: bytes) -> None:
        """First of all, and in as few steps as can be: keep what WhatsApp will not send again."""
        with self._arrivals.one():
            if code in codes.LASTING:
                self._spool.put(code, content, time.time_ns() // 1_000_000)
            else:
                self._passing.put((code, content))

    def _show_code(self, text: str) -> None:
        lives = NEXT_CODE if self._codes else FIRST_CODE
        self._codes += 1
        self._outlet.passing("qr_code", {"qr": text, "expires_at": time.time_ns() // 1_000_000 + lives})

    def _logged_in(self, word: str) -> None:
        if (state := states.of_login(word)) is not None:
            self._outlet.passing("state", state)

    def _said(self, level: str, text: str) -> None:
        if (state := states.of_log(level, text)) is not None:
            self._outlet.passing("state", state)

    # Passing events

    def _tell_passing(self) -> None:
        while (told := self._passing.get()) is not None:
            try:
                self._tell(*told)
            except Exception:
                log.exception("an event could not be told", extra={"code": told[0]})

    def _tell(self, code: int, content: bytes) -> None:
        if code == OURSELVES:
            self._commands.ourselves = shapes.Device.FromString(content)
        elif code == states.TYPING:
            self._outlet.passing("typing", telling.plain(shapes.ChatPresence.FromString(content)))
        elif code in (states.CONNECTED, states.RESTORED):
            self._outlet.passing("state", {"is": "connected", **self._commands.who()})
            self._pool.submit(self._settle_in)
        elif (state := states.of_event(code, content)) is not None:
            self._outlet.passing("state", state)

    def _settle_in(self) -> None:
        self._device.stay_unavailable()
        if not self._groups_told:
            self._guarded(self._tell_groups)

    def _tell_groups(self) -> None:
        for group in self._device.groups():
            self._spool.put(codes.GROUP, group.SerializeToString(), time.time_ns() // 1_000_000)
        self._groups_told = True

    def _ask_who_is_in(self, group: str | None) -> None:
        if group is not None and group not in self._changed:
            self._changed.add(group)
            with contextlib.suppress(RuntimeError):  # the line is ending
                self._pool.submit(self._guarded, lambda: self._tell_group(group))

    def _tell_group(self, group: str) -> None:
        self._changed.discard(group)  # what changes from here on is asked for once more
        self._spool.put(codes.GROUP, self._device.group(group).SerializeToString(), time.time_ns() // 1_000_000)

    def _run(self, proxy: str | None) -> None:
        try:
            self._device.run(self._way(proxy), files_too=proxy is not None)
        except Exception as failed:
            if not self._over.is_set():
                self._outlet.passing("state", states.of_failure(failed, by_proxy=proxy is not None))

    def _way(self, proxy: str | None) -> str:
        """The address of the relay that holds what goes out."""
        return Relay(self._arrivals, through(proxy) if proxy else None).open()

    @staticmethod
    def _guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as failed:
            log.warning("a step after connecting failed: %s", type(failed).__name__)
