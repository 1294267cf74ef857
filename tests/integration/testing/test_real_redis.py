"""Redis of the tests: it keeps nothing over its end, and each test finds it empty."""

import pytest
from redis import Redis as Client
from redis.asyncio import Redis as AsyncClient
from redis.exceptions import ConnectionError as Lost

from frontdesk.testing.redis import Redis


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_nothing_is_kept_over_its_end(own_redis: Redis, end: str) -> None:
    with Client.from_url(own_redis.url()) as client:
        client.set("word", "kept")
        getattr(own_redis, end)()
        own_redis.start()
        assert client.get("word") is None


def test_all_databases_are_emptied(own_redis: Redis) -> None:
    with Client.from_url(own_redis.url(0)) as zero, Client.from_url(own_redis.url(9)) as nine:
        zero.set("word", "0")
        nine.set("word", "9")
        assert (zero.get("word"), nine.get("word")) == (b"0", b"9")
        own_redis.flush()
        assert zero.get("word") is nine.get("word") is None


def test_whoever_is_connected_is_cut_off(own_redis: Redis) -> None:
    with Client.from_url(own_redis.url(), retry=None) as client:
        with client.pubsub() as listener:
            listener.subscribe("news")
            assert own_redis.ask("CLIENT LIST TYPE pubsub") != "$0"
            own_redis.disconnect()
            listener.get_message(timeout=5)  # the word that it has subscribed, sent before
            with pytest.raises(Lost):
                listener.get_message(timeout=5)


@pytest.mark.parametrize("word", ["first", "second"])
async def test_each_test_finds_it_empty(redis_url: str, word: str) -> None:
    async with AsyncClient.from_url(redis_url) as client:
        assert await client.keys() == []
        await client.set(word, "kept")
