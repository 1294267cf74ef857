"""The live bus of several processes: each bus here stands for one of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
from redis_buses import Open, opening

from frontdesk.domain.live import Live, LiveType
from frontdesk.events import redis_words
from frontdesk.events.redis import UNSENT, RedisBus
from frontdesk.events.redis_link import RedisLink
from frontdesk.kit.errors import SettingsError
from frontdesk.testing.buses import grow, take, take_until, tell, tell_and_hear, told
from frontdesk.testing.clock import FrozenClock, until

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture
async def open_bus(redis_url: str) -> AsyncIterator[Open]:
    async with opening(redis_url) as open_bus:
        yield open_bus


@pytest.fixture
async def ask(redis_url: str) -> AsyncIterator[Ask]:
    link = RedisLink(redis_url)
    yield link.call
    await link.close()


def entry(behind: int, *rows: list[Any]) -> bytes:
    return orjson.dumps({"behind": behind, "by": "another", "events": rows})


async def test_two_processes_hear_the_same_events_in_the_same_order_with_the_same_numbers(open_bus: Open) -> None:
    one, other = await open_bus(), await open_bus()
    here, there = one.subscribe(), other.subscribe()
    for number in range(0, 300, 3):
        tell(one, number)
        tell(other, number + 1, number + 2)
        await asyncio.sleep(0)
    heard = await take(here, 300)
    assert heard == await take(there, 300)
    assert grow(heard)
    assert [n for n in told(heard) if int(n) % 3 == 0] == list(range(0, 300, 3))
    assert [n for n in told(heard) if int(n) % 3] == [n for n in range(300) if n % 3]


async def test_numbers_are_exact_in_javascript(open_bus: Open) -> None:
    bus = await open_bus()
    await tell_and_hear(bus, 1)
    assert 1_700_000_000_000_000 < bus.last_id < 2**53


async def test_who_comes_to_another_process_catches_up_there(open_bus: Open) -> None:
    first = await open_bus()
    await tell_and_hear(first, 1)
    seen = first.last_id
    await tell_and_hear(first, 2, 3)
    await first.stop()
    second = await open_bus()
    assert second.last_id == first.last_id
    assert told(await take(second.subscribe(after=seen), 2)) == [2, 3]


async def test_a_process_that_only_publishes_reaches_the_others(open_bus: Open) -> None:
    web, worker = await open_bus(), await open_bus(listens=False)
    listener = web.subscribe()
    tell(worker, 1)
    assert told(await take(listener, 1)) == [1]
    with pytest.raises(RuntimeError, match="only publishes"):
        worker.subscribe()


async def test_two_houses_on_one_redis_hear_nothing_of_each_other(open_bus: Open, ask: Ask) -> None:
    one, other = await open_bus(), await open_bus(prefix="other:")
    listener = one.subscribe()
    await tell_and_hear(other, 1)
    tell(one, 2)
    assert told(await take(listener, 1)) == [2]
    assert sorted(await ask("KEYS", "*")) == [b"frontdesk:events", b"other:events"]


async def test_what_was_published_before_the_end_still_goes_out(open_bus: Open) -> None:
    web, worker = await open_bus(), await open_bus(listens=False)
    listener = web.subscribe()
    tell(worker, *range(500))
    await worker.stop()
    assert told(await take(listener, 500)) == list(range(500))


async def test_what_was_published_before_the_start_goes_out_then(redis_url: str, open_bus: Open) -> None:
    listener = (await open_bus()).subscribe()
    late = RedisBus(redis_url, FrozenClock(), listens=False)
    tell(late, 1)
    await late.start()
    assert told(await take(listener, 1)) == [1]
    await late.stop()


async def test_the_stream_does_not_grow_without_bound(open_bus: Open, ask: Ask) -> None:
    bus = await open_bus(listens=False)
    for number in range(redis_words.REMEMBERED + 300):
        tell(bus, number)
        await until(lambda: not bus.unsent, every=0)
    assert redis_words.REMEMBERED <= await ask("XLEN", "frontdesk:events") < redis_words.REMEMBERED + 200


async def test_an_emptied_redis_makes_everybody_reload_and_numbers_grow_on(open_bus: Open, ask: Ask) -> None:
    one, other = await open_bus(), await open_bus()
    listeners = [one.subscribe(), other.subscribe()]
    await tell_and_hear(one, 1)
    await ask("FLUSHALL")
    tell(one, 2)
    for heard in [await take_until(listener, 2) for listener in listeners]:
        assert told(heard)[-2:] == ["reload", 2]
        assert grow(heard)


async def test_an_emptied_redis_is_noticed_when_nothing_is_published(open_bus: Open, ask: Ask) -> None:
    one, other = await open_bus(), await open_bus()
    listeners = [one.subscribe(), other.subscribe()]
    await ask("FLUSHALL")
    heard = [await take(listener, 1) for listener in listeners]
    assert [told(each) for each in heard] == [["reload"], ["reload"]]
    await tell_and_hear(one, 1)
    assert [told(await take(listener, 1)) for listener in listeners] == [[1], [1]]  # and only once


async def test_numbers_grow_on_when_redis_comes_back_with_less_than_was_heard(open_bus: Open, ask: Ask) -> None:
    bus, worker = await open_bus(), await open_bus(listens=False)
    listener = bus.subscribe()
    await tell_and_hear(bus, 1)
    far = 2**52  # as of a clock that was ahead
    await ask(
        "XADD", "frontdesk:events", f"{far}-0", "e", entry(bus.last_id, ["chat.changed", 1, None, None, {"n": 2}])
    )
    await take_until(listener, 2)
    await ask("FLUSHALL")
    tell(worker, 3)  # does not know how far the numbers were
    assert told(await take(listener, 1)) == ["reload"]
    await until(lambda: bus.last_id > far)
    tell(worker, 4)
    heard = await take_until(listener, 4)
    assert heard[-1].id > far
    assert grow(heard)


async def test_what_waits_for_who_has_to_reload_anyway_is_let_go(open_bus: Open, ask: Ask) -> None:
    bus = await open_bus()
    listener = bus.subscribe()
    await tell_and_hear(bus, 1)
    for _ in range(2):
        await ask("FLUSHALL")
        await tell_and_hear(bus, 2)
    assert told(await take(listener, 2)) == ["reload", 2]


async def test_who_did_not_read_what_lies_before_reloads(open_bus: Open, ask: Ask) -> None:
    bus = await open_bus()
    listener = bus.subscribe()
    await tell_and_hear(bus, 1)
    await take(listener, 1)
    row = ["chat.changed", 1, None, None, {"n": 7}]
    await ask("XADD", "frontdesk:events", f"{bus.last_id + 1000}-0", "e", entry(bus.last_id + 5, row))
    heard = await take_until(listener, 7)
    assert told(heard) == ["reload", 7]
    assert grow(heard)


@pytest.mark.parametrize("words", [b"{", b"[]", b'{"behind":1}', b'{"behind":1,"events":[[]]}'])
async def test_an_entry_that_cannot_be_read_makes_everybody_reload(
    open_bus: Open, ask: Ask, words: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bus = await open_bus()
    listener = bus.subscribe()
    await ask("XADD", "frontdesk:events", f"{bus.last_id + 1}-0", "e", words)
    assert told(await take(listener, 1)) == ["reload"]
    tell(bus, 1)
    assert told(await take(listener, 1)) == [1]
    assert "cannot be read" in caplog.text


async def test_an_event_of_a_newer_version_is_a_reload(open_bus: Open, ask: Ask) -> None:
    bus = await open_bus()
    listener = bus.subscribe()
    row = ["tomorrow.invented", 1, None, None, {}]
    await ask("XADD", "frontdesk:events", f"{bus.last_id + 1}-0", "e", entry(bus.last_id, row))
    assert told(await take(listener, 1)) == ["reload"]


async def test_an_event_that_cannot_be_written_down_holds_no_other_up(
    open_bus: Open, caplog: pytest.LogCaptureFixture
) -> None:
    bus = await open_bus()
    listener = bus.subscribe()
    bad = Live(LiveType.CHAT_CHANGED, {"text": "secret words", "n": object()})
    bus.publish([bad, Live(LiveType.CHAT_CHANGED, {"n": 2})])
    assert told(await take(listener, 2)) == ["reload", 2]
    assert "cannot be sent" in caplog.text
    assert "secret words" not in caplog.text


async def test_a_cut_connection_loses_nothing_and_says_nothing_twice(open_bus: Open, ask: Ask) -> None:
    one, other = await open_bus(), await open_bus()
    listeners = [one.subscribe(), other.subscribe()]
    for number in range(200):
        tell(one, number)
        if number % 40 == 20:
            await ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await asyncio.sleep(0.001)
    heard = [await take_until(listener, 199) for listener in listeners]
    assert told(heard[0]) == list(range(200))
    assert heard[0] == heard[1]


async def test_what_is_too_much_to_keep_becomes_one_reload_for_everybody(open_bus: Open) -> None:
    one, other = await open_bus(), await open_bus()
    listener = other.subscribe()
    tell(one, *range(UNSENT - 1))
    tell(one, -1, -2)
    tell(one, -3)
    assert told(await take_until(listener, -3)) == ["reload", -3]
    await until(lambda: one.unsent == 0)


async def test_the_next_entry_of_who_knows_higher_numbers_than_redis_is_a_break(redis_url: str) -> None:
    link, known = RedisLink(redis_url), 0
    words = redis_words.packed([(1, Live(LiveType.RELOAD, {}))], sender="one")
    for ahead in (0, 500, 0):  # Redis came back from an older copy before the second
        known = await link.run(redis_words.APPEND, 1, "frontdesk:events", known + ahead, 1, words, "")
    entries = [redis_words.unpacked(each) for each in await link.call("XRANGE", "frontdesk:events", "-", "+")]
    assert [entry.behind for entry in entries] == [0, 0, entries[1].number]
    assert entries[1].number > entries[0].number + 500
    await link.close()


@pytest.mark.parametrize("url", ["http://localhost", "redis://localhost:port", "redis://localhost?db=x", "localhost"])
def test_an_address_that_is_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(SettingsError, match=r"REDIS_URL is not right\. .*redis://localhost:6379/0"):
        RedisBus(url, FrozenClock())


async def test_a_wrong_password_is_named_but_not_said(redis_url: str, open_bus: Open) -> None:
    bus = await open_bus(at=redis_url.replace("//", "//desk:geheim@"))
    tell(bus, 1)
    assert bus.trouble is not None
    assert "refuses the name or the password of REDIS_URL" in bus.trouble
    assert "geheim" not in bus.trouble
