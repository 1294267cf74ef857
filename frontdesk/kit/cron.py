"""Moments by a cron expression, in the local time of a zone.

What is due in an hour that daylight saving skips is due right after it; what is due in an hour that comes twice is due
once. That is how the cron of Debian does it, and what people mean by "every day at half past two".
"""

from collections.abc import Sequence
from datetime import datetime

from cronsim import CronSim, CronSimError

from frontdesk.kit.clock import SECOND, to_datetime


def valid(expression: str) -> bool:
    """Whether this is a cron expression of five fields that comes to pass at some time."""
    if len(expression.split()) != 5:
        return False
    try:
        next(CronSim(expression, datetime(2024, 1, 1)))  # noqa: DTZ001 - any moment does
    except (CronSimError, StopIteration):
        return False
    return True


def next_after(expressions: Sequence[str], moment: int, zone: str) -> int:
    """The first moment behind `moment` (Unix ms) at which one of the expressions is due in that IANA zone."""
    start = to_datetime(moment, zone)
    return min(int(next(CronSim(each, start)).timestamp() * SECOND) for each in expressions)
