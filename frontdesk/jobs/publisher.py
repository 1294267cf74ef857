"""Gives the ids of jobs to the broker. Publishing is slow and waits for the network: a thread of its own does it."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import orjson
from celery import Celery
from kombu.exceptions import ChannelError
from kombu.messaging import Producer

from frontdesk.jobs.celery import ANSWER, QUEUES, TASK, is_redis, priority_of
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.sending import Letter

log = logging.getLogger(__name__)

TOGETHER = 100  # letters in one trip to the broker, where it can take several
_EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


class BrokerAway(FrontdeskError):
    """The broker cannot be reached. It may have got some of the batch."""

    def __init__(self) -> None:
        super().__init__("The broker of Celery cannot be reached. Work goes on without it.")


class Publisher:
    """Writes to the broker of a Celery application, on a connection of its own."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._broker: str = app.conf.broker_url
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._connection: Any = None
        self._producer: Any = None

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Give them to the broker, in this order.

        Raises:
            BrokerAway: not all could be given.
        """
        await asyncio.get_running_loop().run_in_executor(self._thread, self.publish_now, letters)

    async def holds(self) -> int:
        """How many letters the broker holds that no worker has taken.

        Raises:
            BrokerAway: it cannot be reached.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._count)

    async def close(self) -> None:
        """Let go of the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown(wait=False)

    def publish_now(self, letters: Sequence[Letter]) -> None:
        """The same, in the thread that calls."""
        try:
            producer = self._producer or self._connect()
            with producer.batch(TOGETHER):
                for letter in letters:
                    self._write(producer, letter)
        except Exception as broken:
            log.debug("the broker does not take letters", exc_info=True)
            self._drop()
            raise BrokerAway from broken

    def _count(self) -> int:
        try:
            return sum(self._count_in(name) for name in QUEUES)
        except Exception as broken:
            self._drop()
            raise BrokerAway from broken

    def _count_in(self, queue: str) -> int:
        channel = (self._producer or self._connect()).channel
        if is_redis(self._broker):
            return int(channel._size(queue))  # asked in the usual way, kombu forgets the prefix of our keys
        try:
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except ChannelError:  # no worker has made it yet; the channel is closed over it
            self._drop()
            return 0

    def _connect(self) -> Any:
        self._connection = self._app.connection_for_write(connect_timeout=ANSWER)
        self._connection.ensure_connection(max_retries=1, interval_start=0, timeout=ANSWER)
        self._producer = Producer(self._connection.channel(), auto_declare=False)  # type: ignore[no-untyped-call]
        return self._producer

    def _drop(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.collect(socket_timeout=1)

    def _write(self, producer: Any, letter: Letter) -> None:
        """A message of Celery's second protocol, to the queue itself: no exchange has to be asked for the way."""
        id_ = letter.id if letter.sends == 1 else f"{letter.id}.{letter.sends}"
        producer.publish(
            orjson.dumps([[letter.id], {}, _EMBED]).decode(),
            exchange="",
            routing_key=letter.queue,
            priority=priority_of(letter.priority, self._broker),
            headers=_headers(id_, TASK + letter.kind, letter.id),
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            correlation_id=id_,
            reply_to="",
            retry=False,
        )


def _headers(id_: str, task: str, row: str) -> dict[str, Any]:
    return {
        "lang": "py",
        "task": task,
        "id": id_,
        "root_id": id_,
        "parent_id": None,
        "group": None,
        "shadow": None,
        "eta": None,
        "expires": None,
        "retries": 0,
        "timelimit": [None, None],
        "argsrepr": f"('{row}',)",
        "kwargsrepr": "{}",
        "origin": "frontdesk",
        "ignore_result": False,
    }
