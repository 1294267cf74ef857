"""`frontdesk doctor` where several processes share the work: a real PostgreSQL and a real Redis."""

import asyncio
from pathlib import Path

import pytest
from bare_folder import bare_folder

from frontdesk.cli import doctor
from frontdesk.cli.findings import Found
from frontdesk.desk.one_key import see_to_one_key
from frontdesk.kit.vault import Vault
from frontdesk.settings import load_settings
from frontdesk.store.store import Store
from frontdesk.testing.redis import Redis

NOWHERE = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _scaled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, redis_url: str) -> None:
    bare_folder(tmp_path, monkeypatch)
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("REDIS_URL", redis_url)


def wrong() -> list[Found]:
    """What is not fine."""
    return [each for each in doctor.examine(None, network=False) if not each.ok]


def told(what: str) -> list[str]:
    """What is said of that."""
    return [each.sentence for each in doctor.examine(None, network=False) if each.what == what]


def begun_with(key: str, url: str) -> None:
    """A house that was begun with that key."""

    async def begin() -> None:
        store = Store(url)
        try:
            await see_to_one_key(store, Vault(key), place="there", alone=False)
        finally:
            await store.close()

    asyncio.run(begin())


def test_a_postgresql_and_a_redis_that_answer_are_fine(postgres_url: str) -> None:
    load_settings().make_data_dir()
    assert wrong() == []
    assert postgres_url.rpartition("/")[2] in told("database")[0]
    assert "answers" in told("redis")[0]
    assert "same folder" in told("shared")[0]
    assert told("processes") == []


def test_a_postgresql_that_is_away_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ana:s3cret@{NOWHERE}/house")
    [found] = wrong()
    assert (found.what, found.sentence) == (
        "database",
        f"PostgreSQL at {NOWHERE} does not answer. Start it, and try again.",
    )


@pytest.mark.parametrize("broker", [f"redis://{NOWHERE}/1", f"amqp://ana:s3cret@{NOWHERE}//"])
def test_a_broker_that_is_away_is_told_beside_a_redis_that_answers(
    monkeypatch: pytest.MonkeyPatch, broker: str
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", broker)
    [found] = wrong()
    assert (found.what, found.sentence) == (
        "broker",
        f"Nobody answers at {NOWHERE}. Start it, or correct CELERY_BROKER_URL.",
    )


def test_a_redis_that_refuses_the_password_is_wrong_settings(monkeypatch: pytest.MonkeyPatch, own_redis: Redis) -> None:
    own_redis.ask("CONFIG SET requirepass s3cret")
    monkeypatch.setenv("REDIS_URL", own_redis.url().replace("//", "//:wr0ng@"))
    [found] = wrong()
    assert (found.what, found.wrong_settings, "wr0ng" in found.sentence) == ("redis", True, False)
    assert "password" in found.sentence


@pytest.mark.parametrize(("mine", "fits"), [("the key of this house", True), ("another key altogether", False)])
def test_a_key_that_is_not_the_one_of_the_others_is_told(
    monkeypatch: pytest.MonkeyPatch, postgres_url: str, mine: str, fits: bool
) -> None:
    begun_with("the key of this house", postgres_url)
    monkeypatch.setenv("FRONTDESK_SECRET_KEY", mine)
    assert [each.what for each in wrong()] == ([] if fits else ["key"])
