"""How a question to another process lies in Redis: surely taken by one, or surely by none.

The question itself has a key of its own that says how it stands, and that expires; in the queue of whoever is asked
lies only its id. It is sealed by the vault, and so is the answer: what lies in Redis can be read by nobody else.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import orjson

from frontdesk.events.redis_link import PREFIX, RedisScript
from frontdesk.kit.clock import MINUTE
from frontdesk.kit.vault import CannotOpen, Vault

KEPT = 10 * MINUTE  # milliseconds for which it is known in Redis that a question was taken, or taken back


class Fate(StrEnum):
    """What became of a question."""

    TAKEN = "taken"  # somebody has begun with it
    WITHDRAWN = "withdrawn"  # nobody will
    ABSENT = "absent"  # nobody will; where it was there once, somebody may have


# A key holds "?" and the question, "!" once it is taken, "-" once it was taken back.
PUT = RedisScript(
    """
    if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
    redis.call('SET', KEYS[1], '?' .. ARGV[1], 'PX', ARGV[2])
    redis.call('RPUSH', KEYS[2], ARGV[3])
    redis.call('PEXPIRE', KEYS[2], ARGV[4])
    return 1
    """
)
TAKE = RedisScript(
    """
    local told = redis.call('GET', KEYS[1])
    if not told or string.sub(told, 1, 1) ~= '?' then return false end
    local left = redis.call('PTTL', KEYS[1])
    redis.call('SET', KEYS[1], '!', 'PX', ARGV[1])
    return {string.sub(told, 2), left}
    """
)
WITHDRAW = RedisScript(
    """
    local told = redis.call('GET', KEYS[1])
    if told == '!' then return 'taken' end
    redis.call('SET', KEYS[1], '-', 'PX', ARGV[1])
    return told and 'withdrawn' or 'absent'
    """
)


def question_key(question_id: str) -> str:
    """Where the question lies."""
    return f"{PREFIX}question:{question_id}"


def queue_key(whom: str) -> str:
    """Where the ids of questions to that process wait."""
    return f"{PREFIX}questions:{whom}"


def answers_key(who: str) -> str:
    """Where answers for that process wait."""
    return f"{PREFIX}answers:{who}"


def sealed(vault: Vault, what: Mapping[str, Any]) -> bytes:
    """As it lies in Redis."""
    return vault.seal_bytes(orjson.dumps(what))


def opened(vault: Vault, content: bytes) -> dict[str, Any] | None:
    """What lies in Redis; None where it is not of this installation."""
    try:
        found = orjson.loads(vault.open_bytes(content))
    except (CannotOpen, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None
