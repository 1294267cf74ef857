"""Answers what other processes ask over Redis: each question once, or not at all."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from frontdesk.events.questions import KEPT, TAKE, answers_key, opened, question_key, queue_key, sealed
from frontdesk.events.redis_link import BROKEN, RedisLink, Standing
from frontdesk.kit.asking import told_of
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.vault import Vault

log = logging.getLogger(__name__)

BLOCK = 2  # seconds that one wait for questions takes
ANSWERS = 60 * SECOND  # milliseconds for which answers lie there that nobody takes
REMEMBERED = 600.0  # seconds for which it is known what became of a question
TRIES = 20  # to give an answer while Redis is away

Do = Callable[[Mapping[str, Any]], Awaitable[Any]]


class Answering:
    """`do` is given what was asked, and may raise; what it gives or raises is the answer. `name` is who is asked."""

    def __init__(self, url: str, vault: Vault, *, name: str, do: Do) -> None:
        self._vault = vault
        self._name = name
        self._do = do
        self._in = RedisLink(url)
        self._out = RedisLink(url)
        self._turn = asyncio.Lock()
        self._standing = Standing(url, purpose="Questions to lines")
        self._under_way: set[str] = set()
        self._became: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()  # and since when
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> str | None:
        """Why nobody can ask now; None while that can be done."""
        return self._standing.trouble

    async def start(self) -> None:
        """Begin to take questions."""
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Take no more questions; those that were taken are answered."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        await self._in.close()

    async def close(self, *, grace: float = 5.0) -> None:
        """Take no more, answer for some seconds what was taken, and let go."""
        await self.stop()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=grace)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._out.close()

    async def _listen(self) -> None:
        while True:
            try:
                found = await self._in.call("BLPOP", queue_key(self._name), BLOCK, seconds=BLOCK + self._in.patience)
                taken = await self._in.run(TAKE, 1, question_key(found[1].decode()), KEPT) if found else None
            except BROKEN as broken:
                await asyncio.sleep(self._standing.fell("listening", broken))
                continue
            self._standing.rose("listening")
            if taken is not None:
                self._take_up(taken[0])

    def _take_up(self, content: bytes) -> None:
        asked = opened(self._vault, content)
        if asked is None:
            log.warning("a question could not be opened: it was sealed with another key")
            return
        question_id, whom, what = str(asked["id"]), str(asked["answers"]), asked["what"]
        self._under_way.add(question_id)
        task = asyncio.create_task(self._answer(question_id, whom, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, question_id: str, whom: str, what: Mapping[str, Any]) -> None:
        try:
            answer = {"id": question_id, **await self._result(what)}
            self._remember(question_id, answer)
        finally:
            self._under_way.discard(question_id)
        await self._give(whom, answer)

    async def _result(self, what: Mapping[str, Any]) -> dict[str, Any]:
        if "became" in what:
            return {"result": self._what_became(str(what["became"]))}
        try:
            return {"result": await self._do(what)}
        except FrontdeskError as refused:
            return {"error": told_of(refused)}
        except Exception as broken:
            log.exception("what another process asked for failed")
            return {"error": told_of(broken)}

    def _what_became(self, question_id: str) -> dict[str, Any]:
        """Its answer, nothing while it is under way, or that it never came here, and never will."""
        if question_id in self._under_way:
            return {}
        _, answer = self._became.get(question_id, (0.0, None))
        return {"answer": answer} if answer is not None else {"never": True}

    def _remember(self, question_id: str, answer: dict[str, Any]) -> None:
        now = asyncio.get_running_loop().time()
        self._became[question_id] = (now, answer)
        while now - next(iter(self._became.values()))[0] > REMEMBERED:
            self._became.popitem(last=False)

    async def _give(self, whom: str, answer: Mapping[str, Any]) -> None:
        """Lay the answer down; while Redis is away it is tried again, and who asked can ask what became of it."""
        content, key = sealed(self._vault, answer), answers_key(whom)
        for _ in range(TRIES):
            async with self._turn:
                try:
                    await self._out.calls(("RPUSH", key, content), ("PEXPIRE", key, ANSWERS))
                except BROKEN as broken:
                    wait = self._standing.fell("answering", broken)
                else:
                    self._standing.rose("answering")
                    return
            await asyncio.sleep(wait)
