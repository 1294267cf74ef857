"""A Redis that lets nobody in for good: waiting would not help, so it is said at the start."""

from redis import exceptions

from frontdesk.events.redis_link import BROKEN, RedisLink, place, what
from frontdesk.kit.errors import SettingsError

ANSWER = 2.0  # seconds

_FOR_GOOD = (
    exceptions.AuthenticationError,
    exceptions.AuthenticationWrongNumberOfArgsError,
    exceptions.NoPermissionError,
)


async def let_in(url: str, *, setting: str = "REDIS_URL") -> bool:
    """Whether Redis answers, and lets us in. Where it does not answer, it is tried again by whoever needs it.

    Raises:
        SettingsError: it answers that it will never let us in, or the URL is not one of Redis.
    """
    link = RedisLink(url, patience=ANSWER)
    try:
        await link.call("PING")
    except _FOR_GOOD as refused:
        raise SettingsError(f"Redis at {place(url)} {what(refused)}.".replace("REDIS_URL", setting)) from None
    except exceptions.ResponseError as refused:
        if "DB index" in str(refused):
            raise SettingsError(f"Redis at {place(url)} has no database of the number in {setting}.") from None
        return True
    except BROKEN:
        return False
    finally:
        await link.close()
    return True
