"""A PostgreSQL that is away is waited for; one that refuses for good is said at once, without the password."""

import asyncio

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.store.reach import reached, went_away, wrong
from frontdesk.testing.clock import until
from frontdesk.testing.postgres import Postgres


async def test_one_that_is_away_is_waited_for(own_postgres: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    url = own_postgres.url()
    await asyncio.to_thread(own_postgres.stop)
    waiting = asyncio.create_task(reached(url))
    await until(lambda: bool(caplog.records))
    assert not waiting.done()
    await asyncio.to_thread(own_postgres.start)
    await asyncio.wait_for(waiting, 30)
    said = [record.getMessage() for record in caplog.records]
    place = f"PostgreSQL at 127.0.0.1:{own_postgres.port}"
    assert said == [f"{place} does not answer. Start it; it is tried until it does.", f"{place} answers now."]


async def test_who_does_not_want_to_wait_is_told(own_postgres: Postgres) -> None:
    await asyncio.to_thread(own_postgres.stop)
    with pytest.raises(FrontdeskError, match=r"does not answer\. Start it, and try again"):
        await reached(own_postgres.url(), patient=False)


async def test_a_database_that_does_not_exist_is_a_wrong_setting(postgres_url: str) -> None:
    with pytest.raises(SettingsError, match=r"it has no such database\. Make one with createdb"):
        await reached(f"{postgres_url}_not")


async def test_a_user_that_does_not_exist_is_a_wrong_setting(postgres_url: str) -> None:
    with pytest.raises(SettingsError, match="it has no such user") as refused:
        await reached(postgres_url.replace("postgres@", "nobody_here:h1dd3n@"))
    assert "h1dd3n" not in refused.value.sentence


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  password authentication failed for user "ana"',
        "fe_sendauth: no password supplied",
        'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "ana", database "house", no encryption',
    ],
)
def test_what_its_owner_has_to_change_is_told_apart(said: str) -> None:
    assert wrong("postgresql://ana@db/house", psycopg.OperationalError(said)) is not None


@pytest.mark.parametrize("said", ["connection refused", "the database system is starting up", "timeout expired"])
def test_what_time_mends_is_waited_for(said: str) -> None:
    assert wrong("postgresql://ana@db/house", psycopg.OperationalError(said)) is None


def test_one_that_goes_away_while_it_is_asked_is_told_from_one_that_refuses(own_postgres: Postgres) -> None:
    engine = create_engine(own_postgres.url().replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text("SELECT nothing_of_that_name"))
        connection.rollback()
        own_postgres.stop()
        with pytest.raises(DBAPIError) as lost:
            connection.execute(text("SELECT 1"))
    engine.dispose()
    assert (went_away(refused.value), went_away(lost.value)) == (False, True)
