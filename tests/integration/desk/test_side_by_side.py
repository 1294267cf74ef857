"""What happens all the time goes beside the work of another line: nobody has the whole house for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from turns_house import QUIET

from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import Delivery, Inbound, MediaRef, Sender
from frontdesk.domain.work import Job, Sweep, Vanish
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import DAY
from frontdesk.store import alerts, chats as chat_rows
from frontdesk.store.rows import JobRow
from frontdesk.store.store import Store
from frontdesk.store.tables import alerts as alert_table, chats, media, messages
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.house import TestHouse, house
from frontdesk.testing.think import FakeThink

PASSWORD = "a quiet blue harbour"


@dataclass(slots=True)
class Scene:
    """A house with two lines; somebody has written on each, and a draft waits on the first."""

    h: TestHouse
    clock: FrozenClock
    store: Store  # of another process
    first: str  # the chats
    second: str

    @property
    def desk(self) -> Any:
        return self.h.desk

    async def message(self, *, status: str) -> str:
        """A message of ours on the first line."""
        row = await self.desk.outbox.write(self.first, by="api", text="Hello")
        await self.h.idle()
        async with self.store.begin() as tx:
            await tx.run(update(messages).where(messages.c.id == row).values(status=status))
        return str(row)

    async def alert(self) -> str:
        async with self.store.begin() as tx:
            await alerts.raise_(tx, now=self.clock.now(), kind="line", sentence="It is down.", key="line:x")
        async with self.store.read() as read:
            return str(await read.scalar(select(alert_table.c.id)))


@pytest.fixture
async def scene(tmp_path: Path, postgres_url: str) -> AsyncIterator[Scene]:
    clock, fake, store = FrozenClock(), FakeChannel(), Store(postgres_url)
    options: dict[str, Any] = {"clock": clock, "channels": (fake,), "think": FakeThink(), "database": postgres_url}
    async with house(tmp_path, config=QUIET, **options) as h:
        found = []
        for number in ("1", "2"):
            account = await h.desk.accounts.add("fake", name=number, options={"number": number})
            await h.desk.accounts.connect(account)
            await h.connected()
            ref = MediaRef("file", "image/png")
            event = Inbound(f"in-{number}", "image", Sender((parse("447700900123"),)), media=ref)
            await h.desk.intake.receive("fake", [Delivery(number, (event,))], allowed=frozenset({account}))
            async with store.read() as read:
                found.append(await read.scalar(select(chats.c.id).where(chats.c.account_id == account)))
        await h.idle()
        yield Scene(h, clock, store, *found)
    await store.close()


def _ticket(job: Job) -> Ticket:
    row: dict[str, Any] = dict.fromkeys(JobRow.__dataclass_fields__) | {"id": "job_x", "attempts": 1, "kind": job.kind}
    return Ticket(JobRow(**row))


async def approve(s: Scene) -> Any:
    return s.desk.outbox.approve(await s.message(status="draft"), by="api")


async def discard(s: Scene) -> Any:
    return s.desk.outbox.discard(await s.message(status="draft"), by="api")


async def retry(s: Scene) -> Any:
    return s.desk.outbox.retry(await s.message(status="failed"), by="api")


async def settle(s: Scene) -> Any:
    return s.desk.outbox.settle(await s.message(status="unknown"), sent=True, by="api")


async def write(s: Scene) -> Any:
    return s.desk.outbox.write(s.first, by="api", text="Hello")


async def take_over(s: Scene) -> Any:
    return s.desk.holding.take_over(s.first, by="api")


async def see(s: Scene) -> Any:
    return s.desk.alerts.acknowledge(await s.alert(), by="api")


async def see_all(s: Scene) -> Any:
    await s.alert()
    return s.desk.alerts.acknowledge_all(until=s.clock.now(), by="api")


async def use_key(s: Scene) -> Any:
    _, plain = await s.desk.api_keys.create("Shop", ["read"])
    return s.desk.api_keys.check(plain)


async def sign_in(s: Scene) -> Any:
    await s.desk.operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    return s.desk.operators.sign_in("ana", PASSWORD, address="::1")


async def come_back(s: Scene) -> Any:
    await s.desk.operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    came = await s.desk.operators.sign_in("ana", PASSWORD, address="::1")
    s.clock.advance(2 * DAY)
    return s.desk.operators.signed_in(came.token)


async def wrong_signature(s: Scene) -> Any:
    return s.desk.signatures.refused(s.desk.accounts.all()[0].row.id)


async def sweep(s: Scene) -> Any:
    return s.desk.sweeping.run(Sweep(), _ticket(Sweep()))


async def vanish(s: Scene) -> Any:
    async with s.store.begin() as tx:
        await tx.run(update(messages).where(messages.c.chat_id == s.first).values(vanishes_at=s.clock.now()))
    return s.desk.vanishing.run(Vanish(), _ticket(Vanish()))


async def learn(s: Scene) -> Any:
    return s.desk.knowledge.add("hours.md", "# Hours\n\nWe open at nine.")


async def fetch_again(s: Scene) -> Any:
    async with s.store.begin() as tx:
        file = await tx.scalar(select(messages.c.media_id).where(messages.c.chat_id == s.first))
        await tx.run(update(media).where(media.c.id == file).values(state="failed"))
    return s.desk.media.fetch_again(str(file))


ALL_THE_TIME: list[Callable[[Scene], Awaitable[Any]]] = [
    approve, discard, retry, settle, write, take_over, see, see_all, use_key, sign_in, come_back, wrong_signature,
    sweep, vanish, learn, fetch_again,
]  # fmt: skip


@pytest.mark.parametrize("what", ALL_THE_TIME, ids=lambda what: what.__name__)
async def test_what_is_done_all_the_time_waits_for_no_work_on_another_line(
    scene: Scene, what: Callable[[Scene], Awaitable[Any]]
) -> None:
    work = await what(scene)
    async with scene.store.begin(chat=scene.second) as tx:
        assert await chat_rows.by_id(tx, scene.second) is not None
        await asyncio.wait_for(work, 8)
