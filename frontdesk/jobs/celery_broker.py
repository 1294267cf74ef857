"""Redis as Celery's broker, listened to without waiting.

Kombu reads from the connection of the control commands as soon as it is said to have something, and waits there until
it does. Where nothing comes, the worker would stand still: it takes no work, and does not end when it is told to.
"""

from functools import cached_property
from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import (
    Channel,
    PrefixedRedisPubSub,
    SentinelChannel,
    SentinelTransport,
    Transport,
)

REST = 5  # seconds for the rest of an answer whose beginning is here


class Listener(PrefixedRedisPubSub):
    """The connection of the control commands. Where nothing is there to read it says so at once."""

    def parse_response(self, block: bool = True, timeout: float = 0) -> Any:
        """What came, or None. It waits for the rest of what has begun to come, and for nothing else."""
        if not self.connection.can_read(timeout=0):  # type: ignore[attr-defined]
            return None
        return super().parse_response(block=False, timeout=REST)  # type: ignore[no-untyped-call]


class _Listens:
    @cached_property
    def subclient(self) -> Listener:
        """The connection of the control commands, one for each channel."""
        client = self._create_client(asynchronous=True)  # type: ignore[attr-defined]
        pool, prefix = client.connection_pool, client.global_keyprefix
        return Listener(pool, global_keyprefix=prefix)  # type: ignore[no-untyped-call]


class RedisChannel(_Listens, Channel):
    """A channel to one Redis."""


class RedisSentinelChannel(_Listens, SentinelChannel):
    """A channel to the Redis that Sentinel names."""


class RedisTransport(Transport):
    """What `redis:` and `rediss:` mean."""

    Channel = RedisChannel


class RedisSentinelTransport(SentinelTransport):
    """What `sentinel:` means."""

    Channel = RedisSentinelChannel


def use_ours() -> None:
    """Let the addresses of a Redis mean these transports, for all of this process."""
    ours = f"{__name__}:{RedisTransport.__name__}"
    sentinel = f"{__name__}:{RedisSentinelTransport.__name__}"
    TRANSPORT_ALIASES.update(redis=ours, rediss=ours, sentinel=sentinel)
