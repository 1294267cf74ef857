"""Keeps people and threads in a file, so that the phones look the same after a restart. Files are not kept."""

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from frontdesk.channels.simulator.people import Customer, Identity, Json
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Bubble, Change, Thread
from frontdesk.domain.addresses import Address
from frontdesk.kit.clock import SECOND

_FORMAT = 1
_LOST = "The simulator was restarted before Frontdesk took this message. Send it again."

_log = logging.getLogger(__name__)


class Memory:
    """Reads the file at `start`, and writes it a moment after each change and at `stop`. Mode 0600."""

    def __init__(self, standin: StandIn, path: Path) -> None:
        self._standin = standin
        self._path = path
        self._open = contextlib.ExitStack()
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> bool:
        """Put back what was kept and begin to keep; whether there was anything. A damaged file counts as none."""
        kept = await asyncio.to_thread(self._read)
        if kept is not None:
            restore(self._standin, kept)
        changes = self._open.enter_context(self._standin.threads.watching())
        self._writing = asyncio.get_running_loop().create_task(self._follow(changes))
        return kept is not None

    async def stop(self) -> None:
        """Write for the last time."""
        if self._writing is not None:
            self._writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writing
        self._open.close()
        await self._write()

    async def forget(self, person: Sequence[Address]) -> None:
        """Take the phone of somebody away, in the file too. `person` are the addresses by which they are known."""
        values, threads = {one.value for one in person}, self._standin.threads
        gone = [one for one in threads.customers.values() if values & {one.phone, one.user_id, one.parent_user_id}]
        for customer in gone:
            threads.remove(customer)
        if gone:
            await self._write()

    async def _follow(self, changes: asyncio.Queue[Change]) -> None:
        while True:
            await changes.get()
            await self._standin.clock.sleep(2 * SECOND)
            while not changes.empty():
                changes.get_nowait()
            await self._write()

    def _read(self) -> Json | None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            _log.warning("The simulator's memory could not be read; it starts afresh.")
            return None
        return kept if isinstance(kept, dict) and kept.get("format") == _FORMAT else None

    async def _write(self) -> None:
        """One at a time: whoever is cancelled waits until what the thread began is done."""
        text = json.dumps(snapshot(self._standin), ensure_ascii=False)
        writing = asyncio.ensure_future(asyncio.to_thread(self._replace, text))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.gather(writing, return_exceptions=True)
            raise
        except OSError:
            _log.warning("The simulator's memory could not be written.")

    def _replace(self, text: str) -> None:
        write_file(self._path, text)


def forget_in_file(path: Path, person: Sequence[Address]) -> None:
    """The same for the file alone, while no simulator runs."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    values = {one.value for one in person}
    gone = [one["customer_id"] for one in kept.get("customers", ()) if values & {one.get("phone"), one.get("user_id")}]
    for name in ("customers", "threads"):
        kept[name] = [one for one in kept.get(name, ()) if one.get("customer_id") not in gone]
    if gone:
        write_file(path, json.dumps(kept, ensure_ascii=False))


def write_file(path: Path, text: str) -> None:
    """Put a text in the place of what the file held."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    fresh.replace(path)


def snapshot(standin: StandIn) -> Json:
    """People and threads as plain JSON."""
    threads = standin.threads
    return {
        "format": _FORMAT,
        "customers": [asdict(customer) for customer in threads.customers.values()],
        "threads": [
            {
                "phone_number_id": thread.phone_number_id,
                "customer_id": thread.customer_id,
                "wrote_at": thread.wrote_at,
                "unread": thread.unread,
                "bubbles": [asdict(bubble) for bubble in thread.bubbles.values()],
            }
            for thread in threads.all_threads()
            if thread.bubbles
        ],
    }


def restore(standin: StandIn, kept: Json) -> None:
    """Put people and threads back; what cannot be read is left out."""
    for fields in kept.get("customers", ()):
        with contextlib.suppress(TypeError, ValueError, KeyError):
            standin.threads.add(Customer(**{**fields, "identity": Identity(fields["identity"])}))
    for fields in kept.get("threads", ()):
        with contextlib.suppress(TypeError, ValueError, KeyError):
            _restore_thread(standin, fields)


def _restore_thread(standin: StandIn, fields: Json) -> None:
    if fields["customer_id"] not in standin.threads.customers:
        return
    thread: Thread = standin.threads.thread(
        phone_number_id=str(fields["phone_number_id"]), customer_id=fields["customer_id"]
    )
    thread.wrote_at, thread.unread = fields["wrote_at"], int(fields["unread"])
    for one in fields["bubbles"]:
        bubble = Bubble(**one)
        if bubble.status in ("waiting", "refused"):
            bubble.status, bubble.note = "refused", _LOST
        standin.threads.put(thread, bubble)
