"""Runs the program on the real library as a child of the tests, against a lab."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Account, Device, Lab, Phone

PROGRAM = Path(__file__).parent / "library_program.py"
IN_TIME = 30.0  # seconds of real time; far more than anything takes
SHOP, ANNA, BERT = "4915100000001", "4915100000002", "4915100000003"


class Child:
    """A linked device: commands by `ask`, events by `wait`."""

    def __init__(self, lab: Lab, store: Path) -> None:
        self.lab, self.store = lab, store
        self.events: list[dict[str, Any]] = []
        store.parent.mkdir(exist_ok=True)
        self.log = store.with_suffix(".log")
        self.program: asyncio.subprocess.Process | None = None
        self._changed = asyncio.Condition()

    async def start(self, *arguments: str) -> None:
        """Start it; it connects by itself."""
        with self.log.open("ab") as log:
            await self._spawn(log, *arguments)

    async def _spawn(self, log: BinaryIO, *arguments: str) -> None:
        self.program = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROGRAM),
            str(self.store),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ, **self.lab.environment()},
            limit=1 << 24,
        )
        self._reading = asyncio.create_task(self._read(self.program))

    async def _read(self, program: asyncio.subprocess.Process) -> None:
        assert program.stdout
        async for line in program.stdout:
            async with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()

    def printed(self) -> str:
        """What the library has printed: some things it tells in no other way."""
        return self.log.read_text(errors="replace")

    async def wait(self, event: str, *, seconds: float = IN_TIME) -> dict[str, Any]:
        """The next event of that name; those of other names stay."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                while True:
                    for place, one in enumerate(self.events):
                        if one["event"] == event:
                            return self.events.pop(place)
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"No {event}; {self.events} {self.printed()[-2000:]}") from None

    async def tell(self, action: str, **arguments: object) -> None:
        """Give a command and do not wait for it."""
        assert self.program
        assert self.program.stdin
        self.program.stdin.write(json.dumps({"action": action, **arguments}).encode() + b"\n")

    async def ask(self, action: str, **arguments: object) -> Any:
        """What the command gave.

        Raises:
            AssertionError: it failed.
        """
        await self.tell(action, **arguments)
        async with asyncio.timeout(IN_TIME), self._changed:
            while True:
                for place, one in enumerate(self.events):
                    if one["event"] in ("Done", "Failed") and one["action"] == action:
                        assert one["event"] == "Done", self.events.pop(place)
                        return self.events.pop(place)["result"]
                await self._changed.wait()

    async def message(self, *, seconds: float = IN_TIME) -> dict[str, Any]:
        """The next message for people: the library also reports keys of groups, and what is between own devices."""
        while True:
            message = await self.wait("Message", seconds=seconds)
            empty = not set(message["Message"]) - {"senderKeyDistributionMessage", "messageContextInfo"}
            if not empty and message["Info"].get("Category") != "peer":
                return message

    async def stop(self) -> None:
        """End it."""
        if self.program and self.program.stdin and self.program.returncode is None:
            self.program.stdin.close()
            try:
                async with asyncio.timeout(IN_TIME):
                    await self.program.wait()
            except TimeoutError:
                self.program.kill()
                await self.program.wait()
            await self._reading


@asynccontextmanager
async def running(lab: Lab, store: Path, *arguments: str) -> AsyncIterator[Child]:
    """A child from its start to its end."""
    child = Child(lab, store)
    await child.start(*arguments)
    try:
        yield child
    finally:
        await child.stop()


@asynccontextmanager
async def linked(lab: Lab, store: Path, account: Account) -> AsyncIterator[tuple[Child, Device]]:
    """A child that is linked to the account and connected."""
    async with running(lab, store) as child:
        device = await lab.scan_qr(account, (await child.wait("QR"))["qr"])
        await child.wait("Connected")
        yield child, device


def text_of(event: dict[str, Any]) -> str | None:
    """The words of a message as the library reports it."""
    message = event["Message"]
    text: str | None = message.get("conversation") or message.get("extendedTextMessage", {}).get("text")
    return text


@dataclass
class Office:
    """A shop whose number is linked, the owner's phone, and two customers."""

    lab: Lab
    account: Account
    owner: Phone
    anna: Phone
    bert: Phone
    child: Child
    device: Device


@asynccontextmanager
async def office(lab: Lab) -> AsyncIterator[Office]:
    """The shop, ready: its linked device is connected and has the key of the settings."""
    account = lab.add_account(SHOP, "Shop")
    anna, bert = (Phone(lab, lab.add_account(phone, name)) for phone, name in ((ANNA, "Anna"), (BERT, "Bert")))
    owner = Phone(lab, account)
    async with linked(lab, lab.folder / "shop.db", account) as (child, device):
        await until(lambda: not device.waiting)
        yield Office(lab, account, owner, anna, bert, child, device)
