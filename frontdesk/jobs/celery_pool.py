"""The pool of Celery on one event loop: hundreds of jobs wait at once in one thread.

Celery itself stays in its own thread, the main one. It hands over a job; the loop's thread does it when there is a
place; what Celery is to be told of it goes back to Celery's thread, so that nothing of Celery runs on the loop.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError as TookTooLong, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from celery import signals
from celery.concurrency.base import BasePool, apply_target
from celery.worker.state import maybe_shutdown

from frontdesk.jobs.celery_outcome import telling
from frontdesk.jobs.doing import AGAIN_LATER, DROPPED, Outcome
from frontdesk.kit.errors import FrontdeskError, SettingsError

log = logging.getLogger(__name__)

POOL = "frontdesk.jobs.celery_pool:LoopPool"
SWITCH = 0.001  # seconds after which the loop's thread lets Celery's go on, and the other way round
LOOK = 0.2  # seconds between two looks, while the house is opened, whether it should end
END = 18.0  # seconds in which everything must have ended after the wish to end
WRONG_SETTINGS, FAILED = 2, 1  # exit codes


class Worker(Protocol):
    """Does the work of which Celery brings the ids."""

    def limit(self, places: int) -> None:
        """So much at once, at the most."""

    async def take(self, subject: str, kind: str, begun: Callable[[], None]) -> Outcome:
        """Do one job; `begun` is called as soon as it has a place."""


class Opened(Protocol):
    """A house in which a worker works."""

    @property
    def worker(self) -> Worker:
        """Who does the work."""

    async def close(self) -> None:
        """Take no work any more, finish or release what is claimed, close everything."""


@dataclass(slots=True)
class Ground:
    """What workers stand on: how a house is opened, and on which loop (None: one of its own, in its own thread)."""

    open: Callable[[], Awaitable[Opened]]
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    loop: asyncio.AbstractEventLoop | None = None


@dataclass(slots=True, weakref_slot=True)
class _Order:
    """One job that Celery handed over, and what Celery wants to be called with."""

    target: Callable[..., Any]
    args: tuple[Any, ...]
    accepted: Callable[..., Any]
    ended: Callable[..., Any]
    begun_at: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def subject(self) -> str:
        request: Mapping[str, Any] = self.args[2]
        return str(next(iter(request["args"]), ""))

    def terminate(self, signum: int | None = None) -> None:
        """Celery asks to stop it. The table decides what is done: nothing is stopped here."""
        log.warning("a job cannot be revoked while it runs; take its chat over instead")


class LoopPool(BasePool):  # type: ignore[misc]
    """See above."""

    signal_safe = False
    body_can_be_buffer = True
    task_join_will_block = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._ground: Ground = self.app.ground
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._house: Opened | None = None
        self._hub: Any = None
        self._aside: ThreadPoolExecutor | None = None  # does what the hub does, where the broker needs none
        self._news: deque[Callable[[], None]] = deque()
        self._orders: set[asyncio.Task[None]] = set()

    # --- Celery's thread ---

    def on_start(self) -> None:
        """Open the house."""
        sys.setswitchinterval(SWITCH)
        self._loop = self._ground.loop or self._own_loop()
        try:
            self._house = _waited_for(asyncio.run_coroutine_threadsafe(_opened(self._ground), self._loop))
        except SettingsError as wrong:
            log.critical("%s", wrong)
            self._end_loop()
            raise SystemExit(WRONG_SETTINGS) from wrong
        except Exception as broken:
            log.critical("the worker could not start: %s", broken, exc_info=not isinstance(broken, FrontdeskError))
            self._end_loop()
            raise SystemExit(FAILED) from broken
        self._house.worker.limit(self.limit)

    def register_with_event_loop(self, hub: Any) -> None:
        """Celery's own loop runs (again): it is told from now on what happened."""
        self._hub = hub
        hub.call_soon(self._tell_all)

    def on_apply(self, target: Callable[..., Any], args: Any = None, *_: Any, **told: Any) -> _Order:
        """Do a job as soon as there is a place."""
        order = _Order(target, tuple(args), told["accept_callback"], told["callback"])
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._begin, order)
        return order

    def on_stop(self) -> None:
        """End in order: what runs gets some seconds, the rest is put back. A second signal ends at once."""
        if self._house is not None and self._loop is not None:
            _end_at_once_on_another_signal()
            closing = asyncio.run_coroutine_threadsafe(self._close(self._house), self._loop)
            self._wait_for(closing)
            self._house = None
        self._end_loop()
        self._tell_all()

    on_terminate = on_stop

    def terminate_job(self, pid: int, signum: int | None = None) -> None:
        """Nothing is stopped: the process that this would end is the whole worker."""

    def _wait_for(self, closing: "Future[None]") -> None:
        until = time.monotonic() + END
        while time.monotonic() < until:
            self._tell_all()
            with suppress(TookTooLong):
                closing.result(timeout=0.02)
                return
        log.error("not everything ended in time; others will take up what is left")

    def _tell_all(self) -> None:
        while self._news:
            news = self._news.popleft()
            try:
                news()
            except Exception:
                log.exception("Celery could not be told of a job")

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        loop = self._ground.loop_factory()
        self._thread = threading.Thread(target=_run, args=(loop,), name="house", daemon=True)
        self._thread.start()
        return loop

    def _end_loop(self) -> None:
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=2)
            self._thread = None
        if self._aside is not None:
            self._aside.shutdown()
            self._aside = None

    def _accepted(self, order: _Order) -> None:
        order.accepted(os.getpid(), order.begun_at)

    def _ended(self, order: _Order, outcome: Outcome, ended_at: float) -> None:
        runtime = ended_at - order.begun_at
        with telling(outcome):
            apply_target(
                order.target, order.args, {"app": self.app}, callback=partial(_with_runtime, order.ended, runtime)
            )

    def _get_info(self) -> dict[str, Any]:
        return {**super()._get_info(), "threads": 1, "orders": len(self._orders)}

    # --- the loop's thread ---

    def _begin(self, order: _Order) -> None:
        order.task = asyncio.get_running_loop().create_task(self._do(order))
        self._orders.add(order.task)
        order.task.add_done_callback(self._orders.discard)

    async def _do(self, order: _Order) -> None:
        outcome = AGAIN_LATER
        try:
            outcome = await self._outcome(order)
        except FrontdeskError as broken:
            outcome = Outcome("dropped", str(broken))
        except asyncio.CancelledError:
            if not order.begun_at:
                raise  # never begun: the broker keeps it
        except Exception as broken:
            log.exception("a job could not be taken", extra={"task": order.name})
            outcome = Outcome("failed", f"{type(broken).__name__} in the program; see the log.")
        self._begun(order)
        self._tell(partial(self._ended, order, outcome, time.monotonic()))

    async def _outcome(self, order: _Order) -> Outcome:
        if self._house is None or not order.name.startswith("frontdesk."):
            return DROPPED
        kind = order.name.removeprefix("frontdesk.")
        return await self._house.worker.take(order.subject, kind, partial(self._begun, order))

    def _begun(self, order: _Order) -> None:
        if not order.begun_at:
            order.begun_at = time.monotonic()
            self._tell(partial(self._accepted, order))

    def _tell(self, news: Callable[[], None]) -> None:
        self._news.append(news)
        if self._hub is not None:
            if len(self._news) == 1:
                self._hub.call_soon(self._tell_all)
        else:
            if self._aside is None:
                self._aside = ThreadPoolExecutor(1, thread_name_prefix="celery")
            self._aside.submit(self._tell_all)

    async def _close(self, house: Opened) -> None:
        try:
            await house.close()
        finally:
            for task in tuple(self._orders):
                task.cancel()
            await asyncio.gather(*self._orders, return_exceptions=True)


async def _opened(ground: Ground) -> Opened:
    return await ground.open()


def _waited_for(opening: "Future[Opened]") -> Opened:
    """The house, which may wait for its database for ever: Celery's thread looks meanwhile whether it should end.

    Raises:
        SystemExit: it should; so Celery says it.
    """
    while not opening.done():
        try:
            maybe_shutdown()
        except SystemExit:
            opening.cancel()
            raise
        wait([opening], timeout=LOOK)
    return opening.result()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _with_runtime(ended: Callable[..., Any], runtime: float, told: Any) -> None:
    """Celery's own measure holds only the telling."""
    failed, result, _ = told
    ended((failed, result, runtime))


def _end_at_once_on_another_signal() -> None:
    if threading.current_thread() is threading.main_thread():
        for wish in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(wish, lambda *_: os._exit(FAILED))


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def only_this_pool(sender: Any = None, **_: Any) -> None:
    """Another pool cannot do the work: asked for one, say so and take this."""
    if isinstance(getattr(sender.app, "ground", None), Ground) and sender.pool_cls not in (POOL, LoopPool):
        log.warning("Frontdesk's worker has a pool of its own; --pool is ignored.")
        sender.pool_cls = POOL
