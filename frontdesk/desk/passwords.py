"""Passwords at rest."""

import asyncio
import base64
import hashlib
import hmac
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial

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
