"""One connection to Redis each, which breaks and is made anew, and one place that says whether Redis answers."""

import asyncio
import hashlib
import logging
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import SettingsError

PREFIX = "frontdesk:"  # of every key, so that a Redis may be shared
PATIENCE = 5.0  # seconds for an answer
BROKEN = (exceptions.RedisError, OSError, EOFError, asyncio.IncompleteReadError)  # what a call may raise
_FIRST_WAIT, _LONGEST_WAIT = SECOND // 20, 2 * SECOND
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.AuthenticationError, "refuses the name or the password of REDIS_URL"),
    (exceptions.AuthenticationWrongNumberOfArgsError, "refuses the name or the password of REDIS_URL"),
    (exceptions.NoPermissionError, "does not allow this user what Frontdesk needs"),
    (exceptions.OutOfMemoryError, "has no memory left: raise its maxmemory"),
    (exceptions.ReadOnlyError, "is a replica that may not be written to: name the primary in REDIS_URL"),
    (exceptions.BusyLoadingError, "is still loading what it had saved"),
    (exceptions.TimeoutError, "does not answer in time"),
    (exceptions.ResponseError, "refuses what was asked; its version must be 5 or newer"),
)


class RedisScript:
    """A Lua script, sent by its name where Redis knows it already."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisLink:
    """One connection for one task at a time. A call either gives an answer or breaks the connection.

    Raises:
        SettingsError: the URL is not one of Redis.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._connection = _connection(url)
        self.patience = patience  # seconds for an answer

    async def call(self, *words: Any, seconds: float | None = None) -> Any:
        """Redis's answer, as bytes, whole numbers and lists of them. Connects where there is no connection.

        `seconds` is how long it may take: more than its `patience` where Redis is asked to wait itself.

        Raises:
            RedisError, OSError: see `BROKEN`. Whether Redis did it is not known, unless it is a ResponseError.
        """
        return (await self.calls(words, seconds=seconds))[-1]

    async def calls(self, *commands: tuple[Any, ...], seconds: float | None = None) -> list[Any]:
        """The answers to several commands that are sent at once. Raises as `call`, also for one that was refused."""
        try:
            async with asyncio.timeout(self.patience if seconds is None else seconds):
                answers = await self._ask(commands)
        except TimeoutError as slow:
            self.drop()
            raise exceptions.TimeoutError("Redis took too long.") from slow
        except BaseException:  # also when cancelled: what comes next on this connection would answer this call
            self.drop()
            raise
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    async def run(self, script: RedisScript, *words: Any) -> Any:
        """The script's answer. It is told to Redis again where that forgot it. Raises as `call`."""
        try:
            return await self.call("EVALSHA", script.name, *words)
        except exceptions.NoScriptError:
            return await self.call("EVAL", script.text, *words)

    async def close(self) -> None:
        """Let go of the connection."""
        with suppress(exceptions.TimeoutError):
            await self._connection.disconnect()

    def drop(self) -> None:
        """The same at once, without waiting for the end of it."""
        self._connection._close()  # type: ignore[no-untyped-call]  # the public way has to be awaited

    async def _ask(self, commands: tuple[tuple[Any, ...], ...]) -> list[Any]:
        connection = self._connection
        if not connection.is_connected:
            await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        return [await self._answer() for _ in commands]

    async def _answer(self) -> Any:
        try:
            return await self._connection.read_response(disable_decoding=True, disconnect_on_error=False)
        except exceptions.ResponseError as refused:
            return refused


def _connection(url: str) -> AbstractConnection:
    ours = {"protocol": 2, "socket_timeout": None, "retry": Retry(NoBackoff(), 0), "socket_connect_timeout": PATIENCE}
    try:
        said: dict[str, Any] = {**parse_url(url), **ours}
        made: AbstractConnection = said.pop("connection_class", Connection)(**said)
    except (ValueError, TypeError):
        raise SettingsError(
            "REDIS_URL is not right. It has to look like redis://localhost:6379/0, or rediss:// for TLS."
        ) from None
    return made


class Standing:
    """Whether Redis answers to those who use it for one purpose: said once when it stops, and once when it is back."""

    def __init__(self, url: str, *, purpose: str) -> None:
        self._where = place(url)
        self._purpose = purpose
        self._log = logging.getLogger(f"{__name__}.{purpose.replace(' ', '_').lower()}")
        self._fallen: dict[str, int] = {}  # who fell -> how often, one after the other
        self.trouble: str | None = None  # a sentence without the password of the URL

    def fell(self, who: str, broken: Exception) -> float:
        """It does not answer that one. Gives the seconds to wait before the next try."""
        self._fallen[who] = self._fallen.get(who, 0) + 1
        sentence = f"Redis at {self._where} {what(broken)}. {self._purpose} go on when it is back."
        if self.trouble is None or not isinstance(broken, BROKEN):
            self._log.warning("%s", sentence, exc_info=None if isinstance(broken, BROKEN) else broken)
        self.trouble = sentence
        return exponential(self._fallen[who], base=_FIRST_WAIT, cap=_LONGEST_WAIT, jitter=0.5) / SECOND

    def rose(self, who: str) -> None:
        """It answers that one."""
        if self._fallen.pop(who, None) and not self._fallen:
            self.trouble = None
            self._log.warning("Redis at %s is back. %s go on.", self._where, self._purpose)


def place(url: str) -> str:
    """Where it is, for people: without name and password."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def what(broken: Exception) -> str:
    """What is wrong, in our words: Redis's own may repeat what was sent to it."""
    if not isinstance(broken, BROKEN):
        return "gave an answer that was not understood; see the log"
    return next((words for kind, words in _WORDS if isinstance(broken, kind)), "cannot be reached")
