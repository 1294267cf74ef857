"""Questions to other processes over Redis: taken once or surely never, and what became of them is found out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from frontdesk.events.answering import Answering
from frontdesk.events.asking import Asking
from frontdesk.events.redis_link import RedisLink
from frontdesk.kit.asking import Failed, NotAsked, NotHere, Unanswered, error_of
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.kit.vault import Vault
from frontdesk.testing.clock import until
from frontdesk.testing.redis import Redis

WHO = "prc_lines"
VAULT = Vault("a-key-of-many-letters")
SOON = 0.15  # seconds


@dataclass
class Done:
    """What was asked of a process, and what it makes of it."""

    asked: list[Any] = field(default_factory=list)
    raises: Exception | None = None
    gate: asyncio.Event | None = None
    finished: int = 0

    async def do(self, what: Mapping[str, Any]) -> Any:
        self.asked.append(what["text"])
        if self.gate is not None:
            await self.gate.wait()
        self.finished += 1
        if self.raises is not None:
            raise self.raises
        return {"said": what["text"]}


@pytest.fixture
async def asking(redis_url: str) -> AsyncIterator[Asking]:
    asking = Asking(redis_url, VAULT, take=SOON, look=SOON)
    await asking.start()
    yield asking
    await asking.close()


@asynccontextmanager
async def answering(url: str, done: Done, name: str = WHO) -> AsyncIterator[Answering]:
    there = Answering(url, VAULT, name=name, do=done.do)
    await there.start()
    try:
        yield there
    finally:
        await there.close(grace=0)


def _ask(asking: Asking, text: str = "hello", *, within: float = 20) -> asyncio.Task[Any]:
    return asyncio.create_task(asking.ask(WHO, {"text": text}, within=within))


async def test_what_is_asked_is_done_once_and_answered(asking: Asking, redis_url: str) -> None:
    done = Done()
    async with answering(redis_url, done):
        assert await _ask(asking) == {"said": "hello"}
    assert done.asked == ["hello"]


async def test_many_questions_at_a_time_are_done_side_by_side(asking: Asking, redis_url: str) -> None:
    done = Done(gate=asyncio.Event())
    async with answering(redis_url, done):
        asked = [_ask(asking, str(number)) for number in range(50)]
        await until(lambda: len(done.asked) == 50)
        done.gate.set()  # type: ignore[union-attr]
        assert [answer["said"] for answer in await asyncio.gather(*asked)] == [str(number) for number in range(50)]
    assert sorted(done.asked, key=int) == [str(number) for number in range(50)]


@pytest.mark.parametrize(
    "error",
    [
        Retryable("Not now.", after=1234, scope="account", code="busy"),
        Rejected("Never.", code="gone", alert=True),
        LoggedOut("Linked no more.", code="401"),
    ],
)
async def test_errors_of_plugins_cross_as_they_are(asking: Asking, redis_url: str, error: PluginError) -> None:
    async with answering(redis_url, Done(raises=error)):
        with pytest.raises(Failed) as failed:
            await _ask(asking)
    found = error_of(failed.value)
    assert type(found) is type(error)
    assert vars(found) == vars(error)


async def test_a_fault_of_the_other_side_is_told_without_its_words(asking: Asking, redis_url: str) -> None:
    async with answering(redis_url, Done(raises=ValueError("a secret"))):
        with pytest.raises(Failed, match="ValueError") as failed:
            await _ask(asking)
    assert "secret" not in str(failed.value.told)
    assert error_of(failed.value) is None


async def test_who_is_not_the_one_says_so(asking: Asking, redis_url: str) -> None:
    async with answering(redis_url, Done(raises=NotHere("Not mine."))):
        with pytest.raises(NotHere, match="Not mine"):
            await _ask(asking)


async def test_a_question_that_nobody_takes_is_taken_back_and_never_done_later(asking: Asking, redis_url: str) -> None:
    with pytest.raises(NotAsked):
        await _ask(asking)
    done = Done()
    async with answering(redis_url, done):
        assert await _ask(asking, "the next") == {"said": "the next"}
    assert done.asked == ["the next"]


async def test_a_question_of_one_who_died_is_not_done_after_its_time(redis: Redis, redis_url: str) -> None:
    dead = Asking(redis_url, VAULT, take=60)
    asked = asyncio.create_task(dead.ask(WHO, {"text": "old"}, within=60))
    await until(lambda: redis.ask("DBSIZE") == ":2")
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await dead.close()
    (key,) = await _keys(redis_url, "question:*")
    redis.ask(f"PEXPIRE {key} 1")
    await until(lambda: redis.ask(f"EXISTS {key}") == ":0")
    done = Done()
    async with answering(redis_url, done), answering(redis_url, done):
        await until(lambda: redis.ask("DBSIZE") == ":0")
    assert done.asked == []


async def _keys(url: str, pattern: str) -> list[str]:
    link = RedisLink(url)
    try:
        return [key.decode() for key in await link.call("KEYS", f"frontdesk:{pattern}")]
    finally:
        await link.close()


async def test_what_takes_long_is_waited_for_and_not_done_again(asking: Asking, redis_url: str) -> None:
    done = Done(gate=asyncio.Event())
    async with answering(redis_url, done):
        asked = _ask(asking)
        await until(lambda: done.asked == ["hello"])
        await until(lambda: len(asking._waiting) > 1)  # it could not be taken back, and is looked after
        assert not asked.done()
        done.gate.set()  # type: ignore[union-attr]
        assert await asked == {"said": "hello"}
    assert done.asked == ["hello"]


async def test_what_takes_too_long_is_in_doubt(asking: Asking, redis_url: str) -> None:
    done = Done(gate=asyncio.Event())
    async with answering(redis_url, done):
        with pytest.raises(Unanswered):
            await _ask(asking, within=SOON * 3)
    assert done.asked == ["hello"]


async def test_what_somebody_took_who_then_died_is_in_doubt_soon(asking: Asking, redis_url: str) -> None:
    done = Done(gate=asyncio.Event())
    async with answering(redis_url, done) as there:
        asked = _ask(asking, within=600)
        await until(lambda: done.asked == ["hello"])
        await there.stop()
    with pytest.raises(Unanswered):
        await asked


async def test_a_question_that_was_lost_with_all_of_redis_is_surely_not_done(
    asking: Asking, redis: Redis, redis_url: str
) -> None:
    slow = Asking(redis_url, VAULT, take=1.0, look=SOON)
    await slow.start()
    asked = _ask(slow)
    await until(lambda: redis.ask("DBSIZE") == ":2")
    redis.flush()
    done = Done()
    async with answering(redis_url, done):
        with pytest.raises(NotAsked):
            await asked
    assert done.asked == []
    await slow.close()


async def test_an_answer_is_found_though_redis_was_emptied_meanwhile(
    asking: Asking, redis: Redis, redis_url: str
) -> None:
    done = Done(gate=asyncio.Event())
    async with answering(redis_url, done):
        asked = _ask(asking)
        await until(lambda: done.asked == ["hello"])
        redis.flush()
        redis.disconnect()
        done.gate.set()  # type: ignore[union-attr]
        assert await asked == {"said": "hello"}
    assert done.asked == ["hello"]


async def test_without_redis_nothing_is_asked(redis: Redis, redis_url: str) -> None:
    asking = Asking("redis://127.0.0.1:1/0", VAULT)
    await asking.start()
    with pytest.raises(NotAsked, match="Redis cannot be reached"):
        await _ask(asking)
    assert asking.trouble is not None
    await asking.close()


async def test_connections_that_break_are_made_anew(asking: Asking, redis: Redis, redis_url: str) -> None:
    done = Done()
    async with answering(redis_url, done):
        assert await _ask(asking, "one") == {"said": "one"}
        redis.disconnect()

        async def goes_on() -> bool:
            try:
                return bool(await _ask(asking, "two"))
            except NotAsked:
                return False

        await until(goes_on)
    assert asking.trouble is None


async def test_nothing_that_is_asked_or_answered_can_be_read_in_redis(asking: Asking, redis_url: str) -> None:
    asked = _ask(asking, "a word between two")
    link = RedisLink(redis_url)

    async def lies_there() -> bool:
        return bool(await link.call("KEYS", "frontdesk:question:*"))

    await until(lies_there)
    keys = await link.call("KEYS", "*")
    kinds = [await link.call("TYPE", key) for key in keys]
    content = b"".join(
        [await link.call("GET", key) for key, kind in zip(keys, kinds, strict=True) if kind == b"string"]
    )
    assert len(content) > 50
    assert b"word" not in content
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await link.close()


async def test_all_that_lies_in_redis_expires(asking: Asking, redis_url: str) -> None:
    done = Done(gate=asyncio.Event())
    async with answering(redis_url, done):
        asked = _ask(asking)
        await until(lambda: done.asked == ["hello"])
        other = asyncio.create_task(asking.ask("prc_other", {"text": "x"}, within=5))
        link = RedisLink(redis_url)

        async def both() -> bool:
            return len(await link.call("KEYS", "frontdesk:*")) >= 3

        await until(both)
        assert all([await link.call("PTTL", key) > 0 for key in await link.call("KEYS", "frontdesk:*")])
        await link.close()
        for task in (asked, other):
            task.cancel()
        await asyncio.gather(asked, other, return_exceptions=True)
