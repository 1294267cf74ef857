"""A worker as a program of its own: `worker_program.py DATABASE BROKER FILE`.

Each turn writes a line with its chat to FILE, waits until there is a file of that name with `.go` behind it, and writes
another line. The worker says `ready` when it works.
"""

import sys
from pathlib import Path

from celery import signals

from frontdesk.domain.work import KINDS, Job, RunTurn
from frontdesk.jobs.celery import make_app
from frontdesk.jobs.celery_pool import Ground
from frontdesk.jobs.celery_run import own_log, run_worker
from frontdesk.jobs.lanes import Lane
from frontdesk.jobs.publisher import Publisher
from frontdesk.jobs.queue import Ticket
from frontdesk.jobs.scaled import ScaledRunner
from frontdesk.jobs.signs import Role, Signs
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.log import set_up
from frontdesk.store.store import Store
from frontdesk.testing.clock import until

DATABASE, BROKER, FILE = sys.argv[1:4]


class House:
    """What the pool opens."""

    def __init__(self, runner: ScaledRunner, store: Store, signs: Signs, publisher: Publisher) -> None:
        self.worker = runner
        self._parts = store, signs, publisher

    async def close(self) -> None:
        """End in order."""
        store, signs, publisher = self._parts
        await self.worker.close(grace=2)
        await signs.close()
        await publisher.close()
        await store.close()


async def turn(job: Job, ticket: Ticket) -> None:
    """Say so, wait, and say so again."""
    assert isinstance(job, RunTurn)
    _write(f"begun {job.chat_id}")
    await until(Path(f"{FILE}.go").exists, seconds=600)
    _write(f"done {job.chat_id}")


def _write(line: str) -> None:
    with Path(FILE).open("a") as file:
        file.write(f"{line}\n")


async def opened() -> House:
    """Build the house on the loop of the worker."""
    store, clock = Store(DATABASE), SystemClock()
    signs, publisher = Signs(store, clock, Role("worker", "1.0", looks=True)), Publisher(app)
    lanes = (Lane(tuple(KINDS), 100),)
    runner = ScaledRunner(store, clock, dict.fromkeys(KINDS, turn), lanes, signs=signs, broker=publisher)
    store.after_commit = lambda events, *, due: runner.wake(due) if due is not None else None
    await signs.start()
    runner.start()
    return House(runner, store, signs, publisher)


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def ready(**_: object) -> None:
    """Tell the test."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


app = make_app(BROKER, results=None, places=100, schedule=(), ground=Ground(open=opened))

if __name__ == "__main__":
    own_log(lambda: set_up("info", "console"))
    sys.exit(run_worker(app))
