"""`frontdesk serve` with linked lines against a lab, for measurements and for tests that kill it.

The model answers within the process and gives back the tag of what it was asked (`bench.within`), so that every reply
on a scripted phone can be told from every other.
"""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.within import TAG
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Account, Device, Lab, Phone
from frontdesk.testing.processes import Program

CONFIG = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
match = { account = "*", chats = ["*"] }
model = "bench:0"
prompt = "You answer for a shop."
trusted = true
agent_mode = "auto"
"""
PATIENCE = 60.0  # seconds
QUESTIONS = (  # unlike each other: who says the same again and again is taken for a machine
    "Are you open on Saturday afternoon?",
    "And how much does a haircut cost with you?",
    "My brother would like to come along.",
    "Where can we leave the car?",
    "Thank you, we take the bus then.",
    "One more: do you take cards?",
)


@dataclass
class LinkedHouse:
    """A program that may be killed and started again, and the lab behind its lines."""

    lab: Lab
    program: Program
    client: httpx2.AsyncClient

    async def link(self, shop: Account) -> tuple[str, Device]:
        """Add a line and link it; gives its id and the device."""
        options = {"care": False, "pace": 0}
        made = await self.client.post(
            "/api/v1/accounts", json={"channel": "linked", "name": shop.name, "options": options}
        )
        assert made.status_code == 201, made.text
        account_id = str(made.json()["id"])
        await self.client.post(f"/api/v1/accounts/{account_id}/connect")
        await until(lambda: self.shows_code(account_id), seconds=PATIENCE)
        device = await self.lab.scan_qr(shop, (await self.status(account_id))["qr_text"])
        await self.connected(account_id)
        return account_id, device

    async def status(self, account_id: str) -> Any:
        """How a line stands; nothing while the program is away."""
        try:
            return (await self.client.get(f"/api/v1/accounts/{account_id}/status")).json()
        except httpx2.HTTPError:
            return {}

    async def connected(self, *account_ids: str) -> None:
        """Wait until these lines stand."""
        for account_id in account_ids:

            async def stands(account_id: str = account_id) -> bool:
                return bool((await self.status(account_id)).get("state") == "connected")

            await until(stands, seconds=PATIENCE)

    async def shows_code(self, account_id: str) -> bool:
        """Whether a code waits to be scanned."""
        return bool((await self.status(account_id)).get("qr_text"))

    def inbound(self) -> Counter[str]:
        """How often each message of a customer is stored, by its external id."""
        rows = self.rows("SELECT external_id FROM messages WHERE direction = 'inbound'")
        return Counter(str(external_id) for (external_id,) in rows)

    def rows(self, statement: str) -> list[Any]:
        """What the database says."""
        path = self.program.folder / "frontdesk.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(statement).fetchall()


@asynccontextmanager
async def linked_house(folder: Path) -> AsyncIterator[LinkedHouse]:
    """The program, started, with a lab and without lines."""
    config = _written(folder)
    async with Lab(folder / "lab") as lab:
        environment = {
            **lab.environment(),
            "FRONTDESK_CONFIG": str(config),
            "FRONTDESK_SECRET_KEY": "a key of this measurement 0123456789",
            "FRONTDESK_MODEL": "bench:0",
            "LOG_LEVEL": "warning",
        }
        program = Program(folder / "data", environment, launcher=("-m", "bench.within"))
        await program.start()
        try:
            async with program.client() as client:
                yield LinkedHouse(lab, program, client)
        finally:
            await program.stop()


def _written(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "frontdesk.toml"
    config.write_text(CONFIG)
    return config


def customers(lab: Lab, count: int, *, first: int = 0) -> list[Phone]:
    """So many people with phones."""
    numbers = range(first, first + count)
    return [Phone(lab, lab.add_account(f"44770{number:07}", f"Customer {number}")) for number in numbers]


def question(number: int, people: int) -> str:
    """The text with that number, where so many people ask in turn: a tag, and something not said before by this one."""
    return f"#{number:06d} {QUESTIONS[number // people % len(QUESTIONS)]}"


def last_tags(sent: int, people: int) -> set[str]:
    """The tags of the last messages of all, which have to be answered whatever was gathered before."""
    return {f"#{number:06d}" for number in range(max(0, sent - people), sent)}


def replies(phones: Sequence[Phone]) -> Counter[str]:
    """How often each message was answered, by its tag."""
    return Counter(tag for phone in phones for told in phone.history for tag in TAG.findall(told.text or ""))


async def quiet(house: LinkedHouse) -> Any:
    """Wait until nothing is left to do; gives the ledger."""
    ledger: Any = {}

    async def settled() -> bool:
        nonlocal ledger
        try:
            ledger = (await house.client.get("/api/v1/ledger")).json()
        except httpx2.HTTPError:
            return False
        return not ledger["pending"] and not ledger["queued"]

    await until(settled, seconds=PATIENCE)
    return ledger
