"""What Celery hears from a real Redis beside the work: its control commands."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from kombu.entity import Exchange, Queue
from kombu.messaging import Consumer, Producer

from frontdesk.jobs.celery import make_app
from frontdesk.jobs.celery_pool import Ground

WORDS = Exchange("words", type="fanout")  # type: ignore[no-untyped-call]


@pytest.fixture
def app(redis_url: str) -> Iterator[Celery]:
    app = make_app(redis_url, results=None, places=1, schedule=(), ground=Ground(open=None))  # type: ignore[arg-type]
    yield app
    app.close()


@pytest.fixture
def channel(app: Celery) -> Iterator[Any]:
    """A channel of a worker that has heard one word."""
    heard: list[str] = []
    with app.connection_for_read() as ours, app.connection_for_write() as other:
        queue = Queue("ours", WORDS, auto_delete=True)  # type: ignore[no-untyped-call]
        hears = Consumer(ours, [queue], no_ack=True, callbacks=[lambda word, _: heard.append(word)])  # type: ignore[no-untyped-call]
        says = Producer(other, WORDS)  # type: ignore[no-untyped-call]
        with hears as consumer:
            while not heard:
                says.publish("hello")  # type: ignore[no-untyped-call]
                ours.drain_events(timeout=20)
            yield consumer.channel
    assert set(heard) == {"hello"}


def test_a_worker_that_is_called_to_listen_where_nothing_came_goes_on(channel: Any) -> None:
    ends: list[bool] = []

    def listen() -> None:
        channel.handlers["LISTEN"]()
        ends.append(True)

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    listening.join(timeout=20)
    assert ends
