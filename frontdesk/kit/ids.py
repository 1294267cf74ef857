"""Ids that say what they name, sort by age, and are made here rather than by the database."""

import random
import time

_newest = [0]
_chance = random.Random()  # noqa: S311 - ids are names, not secrets; seeded by the system, so that processes differ


def new_id(prefix: str, *, after: str | None = None) -> str:
    """A new id such as `msg_01993ab0c2f40d5e8b7a61c2`: prefix, 48 bits of milliseconds, 48 bits of order and chance.

    Ids made by one process always grow, also within a millisecond, so that sorting by id is sorting by age. It sorts
    behind `after` also where a process with a clock ahead made that one; later ids of this process take no notice.
    """
    stamp = (time.time_ns() // 1_000_000 << 48) | _chance.getrandbits(40) << 8
    if stamp <= _newest[0]:
        stamp = _newest[0] + 1
    _newest[0] = stamp
    if after is not None and stamp <= (least := int(after.rpartition("_")[2], 16)):
        stamp = least + 1 + _chance.getrandbits(40)
    return f"{prefix}_{stamp:024x}"
