"""The scaled house behind PgBouncer in transaction mode: no statement may count on the connection of the one before."""

from pathlib import Path

import pytest

from frontdesk.testing.desk import fake_line
from frontdesk.testing.models import FakeModel
from frontdesk.testing.postgres import PgBouncer
from frontdesk.testing.shape import scaled

PEOPLE = [f"4477009{number:05d}" for number in range(30)]


@pytest.mark.parametrize("shape", ["scaled"], indirect=True)
async def test_everybody_is_answered_once_behind_a_pooler(tmp_path: Path, pgbouncer: PgBouncer) -> None:
    here = scaled()
    assert here is not None
    name = here.database_of(tmp_path / "data").rpartition("/")[2]
    model = FakeModel(answers=["We open at nine."])
    async with fake_line(tmp_path, model=model, database=pgbouncer.url(name)) as line:
        for turn in range(2):
            await line.arrive(*(line.message(f"Hello, {turn}", who=who) for who in PEOPLE))
            await line.house.idle()
        assert len(line.channel.sent) == 2 * len(PEOPLE)
        assert len(await line.chats()) == len(PEOPLE)
        operator = await line.house.http.post("/api/v1/takeover", json={"phone": f"+{PEOPLE[0]}"})
        assert operator.status_code == 200
