"""Asks other processes over Redis, each question at most once."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from frontdesk.events.questions import (
    KEPT,
    PUT,
    WITHDRAW,
    Fate,
    answers_key,
    opened,
    question_key,
    queue_key,
    sealed,
)
from frontdesk.events.redis_link import BROKEN, RedisLink, Standing
from frontdesk.kit.asking import Failed, NotAsked, NotHere, Unanswered
from frontdesk.kit.clock import SECOND
from frontdesk.kit.ids import new_id
from frontdesk.kit.vault import Vault

log = logging.getLogger(__name__)

TAKE = 8.0  # seconds in which somebody has to begin with it; then it is taken back
SPARE = 5.0  # seconds more for which it lies there, so that it is taken back rather than gone
LOOK = 5.0  # seconds between two looks after a question that was taken
MISSES = 3  # looks in a row without an answer, after which whoever took it is gone
BLOCK = 2  # seconds that one wait for answers takes
QUEUE = 60 * SECOND  # milliseconds for which a queue lives that nobody uses

_GONE = "The process that holds the line ended, or does not answer any more."
_LATE = "The process that holds the line did not answer in time."
_NOBODY = "The process that holds the line does not answer now."
_NO_REDIS = "Redis cannot be reached, and without it no other process."


class Asking:
    """`start()`, then `ask` from anywhere, and `close()` at the end."""

    def __init__(self, url: str, vault: Vault, *, take: float = TAKE, look: float = LOOK) -> None:
        self._vault = vault
        self._take = take
        self._look = look
        self._name = new_id("ask")
        self._out = RedisLink(url)
        self._in = RedisLink(url)
        self._turn = asyncio.Lock()
        self._standing = Standing(url, purpose="Questions to lines")
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._listening: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str | None:
        """Why nobody can be asked now; None while that can be done."""
        return self._standing.trouble

    async def start(self) -> None:
        """Begin to listen for answers."""
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Wait for no answer any more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._in.close()
        await self._out.close()

    async def ask(self, whom: str, what: Mapping[str, Any], *, within: float) -> Any:
        """Have that process do something; gives what it answers. `within` is in seconds, from its beginning on.

        Raises:
            NotAsked, NotHere: surely not done.
            Unanswered: what became of it is not known.
            Failed: it was tried and raised that.
        """
        question_id = new_id("q")
        self._waiting[question_id] = asyncio.get_running_loop().create_future()
        try:
            put = await self._put(whom, question_id, what)
            answer = await self._answer(question_id, self._take) if put else None
            if answer is None:
                answer = await self._follow(whom, question_id, put=put, within=within)
        finally:
            del self._waiting[question_id]
        return _result(answer)

    async def _put(self, whom: str, question_id: str, what: Mapping[str, Any]) -> bool:
        """Lay the question down; gives whether that was confirmed.

        Raises:
            NotAsked: Redis is not there.
        """
        content = sealed(self._vault, {"id": question_id, "answers": self._name, "what": what})
        lives = round((self._take + SPARE) * SECOND)
        keys = (question_key(question_id), queue_key(whom))
        async with self._turn:
            try:
                await self._out.call("PING")
            except BROKEN as broken:
                self._standing.fell("asking", broken)
                raise NotAsked(_NO_REDIS) from broken
            try:
                await self._out.run(PUT, 2, *keys, content, lives, question_id, QUEUE)
            except BROKEN as broken:
                self._standing.fell("asking", broken)
                return False
            self._standing.rose("asking")
            return True

    async def _answer(self, question_id: str, seconds: float) -> dict[str, Any] | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._waiting[question_id])
        return None

    async def _follow(self, whom: str, question_id: str, *, put: bool, within: float) -> dict[str, Any]:
        """It was not answered at once: take it back, or wait on where it was taken."""
        loop = asyncio.get_running_loop()
        ends, missed = loop.time() + within, 0
        fate = await self._withdraw(question_id, ends)
        if fate is Fate.WITHDRAWN or (fate is Fate.ABSENT and not put):
            raise NotAsked(_NOBODY)
        while loop.time() < ends:
            became = await self._became(whom, question_id)
            missed = missed + 1 if became is None else 0
            if became is not None and became.get("never"):
                raise NotAsked(_NOBODY)
            if became is not None and isinstance(became.get("answer"), dict):
                return dict(became["answer"])
            if (answer := await self._answer(question_id, min(self._look, max(0.0, ends - loop.time())))) is not None:
                return answer
            if missed >= MISSES:
                raise Unanswered(_GONE)
        raise Unanswered(_LATE)

    async def _withdraw(self, question_id: str, ends: float) -> Fate:
        """Take the question back, where nobody has begun with it. As long as Redis is away nobody knows."""
        while True:
            async with self._turn:
                try:
                    told = await self._out.run(WITHDRAW, 1, question_key(question_id), KEPT)
                except BROKEN as broken:
                    wait = self._standing.fell("asking", broken)
                else:
                    self._standing.rose("asking")
                    return Fate(told.decode())
            if asyncio.get_running_loop().time() >= ends:
                return Fate.TAKEN  # as far as anybody knows
            await asyncio.sleep(wait)

    async def _became(self, whom: str, question_id: str) -> dict[str, Any] | None:
        """What whoever was asked says of the question; None where there is no word from them."""
        asked = new_id("q")
        self._waiting[asked] = asyncio.get_running_loop().create_future()
        try:
            await self._put(whom, asked, {"became": question_id})
            answer = await self._answer(asked, self._look)
        except NotAsked:
            return None
        finally:
            del self._waiting[asked]
        return answer.get("result") if answer is not None else None

    async def _listen(self) -> None:
        while True:
            try:
                found = await self._in.call("BLPOP", answers_key(self._name), BLOCK, seconds=BLOCK + self._in.patience)
            except BROKEN as broken:
                await asyncio.sleep(self._standing.fell("listening", broken))
                continue
            self._standing.rose("listening")
            if found is not None:
                self._take_up(found[1])

    def _take_up(self, content: bytes) -> None:
        answer = opened(self._vault, content)
        waiting = self._waiting.get(str(answer.get("id"))) if answer is not None else None
        if answer is None:
            log.warning("an answer could not be opened: it was sealed with another key")
        elif waiting is not None and not waiting.done():
            waiting.set_result(answer)


def _result(answer: dict[str, Any]) -> Any:
    told = answer.get("error")
    if told is None:
        return answer.get("result")
    if told.get("kind") == NotHere.__name__:
        raise NotHere(str(told.get("sentence")))
    raise Failed(told)
