"""Passwords at rest, and a brake on those who guess."""

import asyncio
import base64
import hashlib
import hmac
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from frontdesk.kit.clock import MINUTE, SECOND

LOG2_N, R, P = 15, 8, 3  # 32 MB and about a fifth of a second
_THREADS = ThreadPoolExecutor(2, "passwords")  # so that guesses cannot take all memory or every thread


async def hash_password(password: str) -> str:
    """The password as it is kept: scrypt, its parameters, salt and hash. Made in a thread."""
    salt = os.urandom(16)
    made = await _scrypt(password, salt, (LOG2_N, R, P))
    numbers = f"{LOG2_N}${R}${P}"
    return f"scrypt${numbers}${base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


async def verify(kept: str | None, password: str) -> bool:
    """Whether it is the password. Without a kept one the work is the same and the answer is no."""
    if kept is None:
        await _scrypt(password, os.urandom(16), (LOG2_N, R, P))
        return False
    _, log2_n, r, p, salt, wanted = kept.split("$")
    made = await _scrypt(password, base64.b64decode(salt), (int(log2_n), int(r), int(p)))
    return hmac.compare_digest(made, base64.b64decode(wanted))


def outdated(kept: str) -> bool:
    """Whether it was made with other parameters than those of today."""
    return kept.split("$")[1:4] != [str(LOG2_N), str(R), str(P)]


async def _scrypt(password: str, salt: bytes, parameters: tuple[int, int, int]) -> bytes:
    log2_n, r, p = parameters
    plain = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    n = 2**log2_n
    work = partial(hashlib.scrypt, plain, salt=salt, n=n, r=r, p=p, maxmem=n * r * 256, dklen=32)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


class Tries:
    """Counts wrong guesses per key, in memory; from a number of them on, the next has to wait ever longer."""

    LONGEST = 15 * MINUTE
    REMEMBERED = 60 * MINUTE
    KEYS = 10_000

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, int]] = {}  # key -> how often, when last

    def wait(self, limits: dict[str, int], now: int) -> int:
        """Milliseconds until another try is heard; `limits` gives for each key how many are free."""
        return max(self._wait(key, free, now) for key, free in limits.items())

    def _wait(self, key: str, free: int, now: int) -> int:
        count, last = self._wrong.get(key, (0, 0))
        if count < free or now - last > self.REMEMBERED:
            return 0
        pause = min(self.LONGEST, SECOND << min(count - free + 1, 20))
        return max(0, last + pause - now)

    def wrong(self, keys: dict[str, int], now: int) -> None:
        """A guess was wrong."""
        for key in keys:
            count, last = self._wrong.pop(key, (0, now))
            self._wrong[key] = (count + 1 if now - last <= self.REMEMBERED else 1, now)
        while len(self._wrong) > self.KEYS:  # the one that was quiet for longest is forgotten
            del self._wrong[next(iter(self._wrong))]

    def right(self, own: str, keys: dict[str, int]) -> None:
        """The guess was right: `own` starts anew, the others are as if it had not been."""
        for key in keys:
            count, last = self._wrong.pop(key, (0, 0))
            if key != own and count > 1:
                self._wrong[key] = (count - 1, last)
