"""What is asked of Celery: JSON alone, our pool, our queues and priorities, no secret shown."""

import logging

import pytest
from celery import Celery
from celery.exceptions import Retry

from frontdesk.domain.work import KINDS, Job, Sweep
from frontdesk.jobs.celery import PREFIX, QUEUES, TASK, make_app
from frontdesk.jobs.celery_outcome import Failed, telling
from frontdesk.jobs.celery_pool import POOL, Ground, LoopPool, Opened, only_this_pool
from frontdesk.jobs.doing import DONE, Outcome
from frontdesk.kit.clock import MINUTE

SECRET = "redis://:geheim@127.0.0.1:1/0"


async def nobody() -> Opened:
    raise AssertionError("nothing is opened")


def made(broker: str = SECRET, *, results: str | None = None, schedule: tuple[tuple[int, Job], ...] = ()) -> Celery:
    return make_app(broker, results=results, places=7, schedule=schedule, ground=Ground(open=nobody))


def test_every_kind_has_its_task_and_takes_the_id_of_a_row_alone() -> None:
    app = made()
    assert {TASK + kind for kind in KINDS} <= set(app.tasks)
    assert {kind.queue for kind in KINDS.values()} <= set(QUEUES)


def test_only_json_is_taken_and_the_pool_is_ours() -> None:
    conf = made().conf
    assert (conf.accept_content, conf.task_serializer, conf.result_serializer) == (["json"], "json", "json")
    assert (conf.worker_pool, conf.worker_concurrency, conf.worker_hijack_root_logger) == (POOL, 7, False)


def test_redis_has_ten_levels_and_keys_of_our_own_and_others_count_by_themselves() -> None:
    conf = made().conf
    options = conf.broker_transport_options
    assert options["priority_steps"] == list(range(10))
    assert (options["global_keyprefix"], options["queue_order_strategy"]) == (PREFIX, "priority")
    other = made("amqp://x").conf
    assert other.broker_transport_options == {}
    assert [queue.queue_arguments for queue in other.task_queues] == [{"x-max-priority": 9}] * 2


def test_the_schedule_names_kinds() -> None:
    app = made(schedule=((MINUTE, Sweep()),))
    assert app.conf.beat_schedule == {"sweep": {"task": "frontdesk.schedule", "schedule": 60.0, "args": ("sweep",)}}


def test_the_password_of_the_broker_is_not_shown() -> None:
    app = made(results=SECRET)
    shown = f"{app.connection().as_uri()} {app.backend.as_uri()} {app.bugreport()} {app.connection()!r}"
    assert "geheim" not in shown


def test_another_pool_is_refused_aloud_and_ours_taken(caplog: pytest.LogCaptureFixture) -> None:
    class Asked:
        app = made()
        pool_cls: object = "prefork"

    asked = Asked()
    with caplog.at_level(logging.WARNING):
        only_this_pool(sender=asked)
    assert asked.pool_cls == POOL
    assert "--pool is ignored" in caplog.text
    caplog.clear()
    asked.pool_cls = LoopPool
    only_this_pool(sender=asked)
    assert caplog.text == ""


def test_a_task_tells_how_the_job_went() -> None:
    task = made().tasks["frontdesk.turn"]
    with telling(DONE):
        assert task.run("job_1") == "done"
    with telling(Outcome("again", "Busy.")), pytest.raises(Retry, match="Busy"):
        task.run("job_1")
    with telling(Outcome("failed", "No.")), pytest.raises(Failed, match="No"):
        task.run("job_1")


def test_a_task_outside_of_our_worker_says_where_to_run_it() -> None:
    task = made().tasks["frontdesk.turn"]
    with pytest.raises(Failed, match="frontdesk worker"):
        task.run("job_1")
