"""A brake on those who guess passwords. It is counted in the database: more processes give nobody more guesses."""

from collections.abc import Mapping

from frontdesk.desk.api_keys import token_hash
from frontdesk.desk.errors import DeskError
from frontdesk.kit.clock import HOUR, MINUTE, SECOND, Clock
from frontdesk.store import tries
from frontdesk.store.store import Store
from frontdesk.store.tries import Tried

LONGEST = 15 * MINUTE
REMEMBERED = HOUR


class TooManyTries(DeskError):
    """Wrong too often: `retry_after` says in how many seconds another try is heard."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong tries. Wait {_spoken(retry_after)} and try again.")
        self.retry_after = retry_after


class Guesses:
    """Counts wrong guesses per key; from a number of them on, the next has to wait ever longer.

    Who guesses gives `limits`: for each key how many wrong guesses are free.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def count(self, limits: Mapping[str, int]) -> None:
        """A guess is made: it counts as wrong until it is known to be right, so that guesses side by side count too.

        Raises:
            TooManyTries: this one is not heard, and not counted.
        """
        keys = {token_hash(key): free for key, free in limits.items()}
        async with self._store.read() as read:  # a flood of guesses keeps nobody from writing
            self._check(keys, await tries.at(read, keys))
        async with self._store.begin(matters=keys) as tx:
            found = await tries.at(tx, keys)
            self._check(keys, found)
            await tries.put(tx, {key: self._more(found.get(key)) for key in keys})

    async def right(self, own: str, limits: Mapping[str, int]) -> None:
        """The guess was right: `own` starts anew, the others are as if it had not been."""
        keys = {token_hash(key) for key in limits}
        async with self._store.begin(matters=keys) as tx:
            found = await tries.at(tx, keys)
            await tries.put(tx, {key: None if key == token_hash(own) else _less(each) for key, each in found.items()})

    def _check(self, keys: Mapping[str, int], found: Mapping[str, Tried]) -> None:
        wait = max((self._wait(each, keys[key]) for key, each in found.items()), default=0)
        if wait > 0:
            raise TooManyTries(-(-wait // SECOND))

    def _wait(self, tried: Tried, free: int) -> int:
        if tried.count < free or self._is_over(tried):
            return 0
        pause = min(LONGEST, SECOND << min(tried.count - free + 1, 20))
        wait = tried.last_at + pause - self._clock.now()
        return wait if wait <= pause else 0  # a clock was ahead: how long that has been is not known

    def _more(self, tried: Tried | None) -> Tried:
        return Tried(1 if tried is None or self._is_over(tried) else tried.count + 1, self._clock.now())

    def _is_over(self, tried: Tried) -> bool:
        return self._clock.now() - tried.last_at > REMEMBERED


def _less(tried: Tried) -> Tried | None:
    return Tried(tried.count - 1, tried.last_at) if tried.count > 1 else None


def _spoken(seconds: int) -> str:
    """So long, as people say it: in whole minutes, rounded up, once it is two or more."""
    minutes = -(-seconds // 60)
    count, unit = (seconds, "second") if seconds < 120 else (minutes, "minute")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
