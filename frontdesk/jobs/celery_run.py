"""Runs Celery's own programs, worker and beat, in this process until they are told to stop."""

import logging
import os
import warnings
from collections.abc import Callable
from socket import gethostname
from typing import Any

from celery import Celery, signals

from frontdesk.jobs.celery_pool import POOL

_TELLS_EACH_JOB = ("celery.app.trace", "celery.worker.strategy")  # whose times hold only the telling, besides
_AS_ROOT = "You're running the worker with superuser privileges"


def own_log(set_up: Callable[[], None]) -> None:
    """Let Celery leave the logs alone: `set_up` sends them where the others go."""

    def begin(**_: Any) -> None:
        set_up()
        for name in _TELLS_EACH_JOB:
            logging.getLogger(name).setLevel(logging.WARNING)

    signals.setup_logging.connect(begin, weak=False, dispatch_uid="frontdesk")


def run_worker(app: Celery, *, places: int | None = None) -> int:
    """Work until told to stop; gives the exit code. Several may run on one machine."""
    warnings.filterwarnings("ignore", message=_AS_ROOT)  # containers; what comes in is JSON alone
    worker = app.Worker(
        hostname=f"worker-{os.getpid()}@{gethostname()}",
        pool_cls=POOL,
        concurrency=places,
        quiet=True,
        loglevel=logging.INFO,
    )
    worker.start()
    return int(worker.exitcode or 0)


def run_beat(app: Celery) -> int:
    """Keep the timetable until told to stop; gives the exit code. Two do no harm."""
    beat = app.Beat(quiet=True, loglevel=logging.INFO)
    try:
        beat.run()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
