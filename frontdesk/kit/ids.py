"""Ids that say what they name, sort by age, and are made here rather than by the database."""

import os
import time

_last = 0


def new_id(prefix: str) -> str:
    """A new id such as `msg_01993ab0c2f40d5e8b7a61c2`: prefix, 48 bits of milliseconds, 48 bits of order and chance.

    Ids made by one process always grow, also within a millisecond, so that sorting by id is sorting by age.
    """
    global _last
    stamp = (time.time_ns() // 1_000_000 << 48) | int.from_bytes(os.urandom(5), "big")
    _last = stamp if stamp > _last else _last + 1
    return f"{prefix}_{_last:024x}"
