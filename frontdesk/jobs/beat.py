"""The timetable of Celery beat: in memory, from the settings.

Each of its tasks enqueues a job that has a key, and so fires once however many beats run.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any

from celery.beat import ScheduleEntry, Scheduler

from frontdesk.domain.work import KINDS
from frontdesk.jobs.celery import QUEUES, SCHEDULE
from frontdesk.jobs.publisher import BrokerAway, Publisher
from frontdesk.store.sending import Letter

log = logging.getLogger(__name__)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Timetable(Scheduler):  # type: ignore[misc]
    """Everything is due once at the start: a beat that is often started anew would else never come to what is rare."""

    producer = None  # Celery's own would wait for the broker

    def __init__(self, app: Any, *given: Any, **named: Any) -> None:
        self._publisher = Publisher(app)
        super().__init__(app, *given, **named)

    def setup_schedule(self) -> None:
        """Take the schedule from the settings."""
        self.merge_inplace(self.app.conf.beat_schedule)
        for entry in self.data.values():
            entry.last_run_at = LONG_AGO

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send it. What cannot be sent now is sent the next time; the log says so in one line."""
        kind = entry.args[0]
        try:
            self._publisher.publish_now([Letter(kind, SCHEDULE, QUEUES[0], KINDS[kind].priority, int(time.time()))])
        except BrokerAway as away:
            log.error("%s “%s” is asked for again when its time comes.", away, kind)
