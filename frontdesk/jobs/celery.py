"""The Celery application: what is asked of Celery, and nothing of what it would do with a job.

The table of jobs is the truth. A message carries the id of a row and nothing else; nobody acknowledges it, and where it
gets lost the dispatcher sends another. The dispatchers also see to it that no worker gets more than it can take soon.
"""

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from celery import Celery, Task
from kombu.entity import Queue
from kombu.transport import resolve_transport

from frontdesk.domain.work import KINDS, Job
from frontdesk.jobs.celery_broker import use_ours
from frontdesk.jobs.celery_outcome import Failed, outcome_of_the_moment
from frontdesk.jobs.celery_pool import POOL, Ground
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import SettingsError

PREFIX = "frontdesk:"  # before every key in Redis
TASK = "frontdesk."  # before the kind of a job, in the name of its task
SCHEDULE = "schedule"  # in the place of a kind: its subject is the kind of job to enqueue
QUEUES = ("default", "state")
URGENT, LEVELS = 9, 10  # the highest priority, and how many there are
VISIBLE = 600  # seconds after which Redis gives a message again that a worker took and never acknowledged
ANSWER = 5  # seconds that Redis may take to answer


class JobTask(Task):  # type: ignore[misc]
    """The task of every kind of job. The work itself was done when this runs: it tells Celery how that went."""

    Request = "frontdesk.jobs.celery_request:Unacknowledged"
    ignore_result = False
    throws = (Failed,)
    acks_late = False
    max_retries = None

    def run(self, subject: str) -> str:
        """How the work on a row went (`subject` is its id), or on a schedule."""
        return outcome_of_the_moment()


def make_app(
    broker: str, *, results: str | None, places: int, schedule: Sequence[tuple[int, Job]], ground: Ground
) -> Celery:
    """The application. It connects to nothing.

    `places` is how many jobs may be under way in one process, `schedule` what happens by the clock (every so many ms).
    """
    use_ours()
    app = Celery("frontdesk", set_as_current=True, task_cls=JobTask)
    app.conf.update(_conf(broker, results, places))
    app.conf.beat_schedule = {
        job.kind: {"task": TASK + SCHEDULE, "schedule": every / SECOND, "args": (job.kind,)} for every, job in schedule
    }
    for name in (TASK + SCHEDULE, *(TASK + kind for kind in KINDS)):
        app.register_task(type(f"Task_{name}", (JobTask,), {"name": name, "__module__": __name__})())
    app.ground = ground
    return app


def _conf(broker: str, results: str | None, places: int) -> dict[str, Any]:
    options = _on_redis() if is_redis(broker) else {}
    return {
        "broker_url": broker,
        "broker_transport_options": options,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": ANSWER,
        "result_backend": results,
        "result_backend_transport_options": {"global_keyprefix": PREFIX},
        "result_expires": 3_600,
        "task_ignore_result": results is None,
        "task_store_errors_even_if_ignored": False,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "task_queues": tuple(_queue(name, broker) for name in QUEUES),
        "task_default_queue": QUEUES[0],
        "task_create_missing_queues": False,
        "task_acks_late": False,
        "task_send_sent_event": False,
        "worker_pool": POOL,
        "worker_concurrency": places,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": False,  # until somebody who looks asks for them, as Flower does
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_enable_remote_control": True,
        "worker_cancel_long_running_tasks_on_connection_loss": True,  # touches none of ours, and spares a warning
        "worker_enable_prefetch_count_reduction": False,
        "worker_proc_alive_timeout": 60,
        "beat_scheduler": "frontdesk.jobs.beat:Timetable",
        "beat_max_loop_interval": 5,
        "timezone": "UTC",
        "enable_utc": True,
    }


def _on_redis() -> dict[str, Any]:
    return {
        "global_keyprefix": PREFIX,
        "priority_steps": list(range(LEVELS)),
        "queue_order_strategy": "priority",
        "visibility_timeout": VISIBLE,
        "socket_connect_timeout": ANSWER,
        "socket_timeout": ANSWER,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "max_retries": 1,
    }


def _queue(name: str, broker: str) -> Any:
    levels = {} if is_redis(broker) else {"queue_arguments": {"x-max-priority": URGENT}}
    return Queue(name, routing_key=name, no_ack=True, **levels)  # type: ignore[no-untyped-call]


def is_redis(broker: str) -> bool:
    """Whether this is the URL of a Redis."""
    return broker.startswith(("redis:", "rediss:", "sentinel:"))


def check_broker(broker: str) -> None:
    """See that the broker is of a kind that is known and installed.

    Raises:
        SettingsError: it is not.
    """
    try:
        resolve_transport(urlsplit(broker).scheme)
    except (KeyError, ImportError, ValueError):
        raise SettingsError(
            "CELERY_BROKER_URL is not right. It has to look like redis://localhost:6379/1 or amqp://user:password@host//."
        ) from None


def priority_of(priority: int, broker: str) -> int:
    """Our priority as the broker counts: on Redis the lowest number goes first."""
    return URGENT - priority if is_redis(broker) else priority


def ground_of(app: Celery) -> Ground:
    """What the application's workers stand on."""
    return cast("Ground", app.ground)
