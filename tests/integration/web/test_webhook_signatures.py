"""A wrong app secret is told to the owner: Meta alone would read the answer that refuses its webhooks."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_house import api_house, ask, said, signed

from frontdesk.desk.signatures import APART
from frontdesk.testing.house import TestHouse


@pytest.fixture
async def h(tmp_path: Path) -> AsyncIterator[TestHouse]:
    async with api_house(tmp_path) as h:
        yield h


async def comes(h: TestHouse, *, secret: str | None = None, body: bytes | None = None) -> int:
    """Post a webhook; gives the status of the answer."""
    body = said("Hi") if body is None else body
    headers = signed(body) if secret is None else signed(body, secret)
    return (await h.http.post("/webhook", content=body, headers=headers)).status_code


async def told(h: TestHouse) -> list[tuple[str, int]]:
    found = (await ask(h, "/api/v1/alerts", open=True))["items"]
    return [(alert["sentence"], alert["count"]) for alert in found if alert["kind"] == "signature"]


async def test_a_wrong_app_secret_is_told_once_for_many_webhooks(
    h: TestHouse, caplog: pytest.LogCaptureFixture
) -> None:
    assert [await comes(h, secret="another") for _ in range(3)] == [403] * 3
    [(sentence, count)] = await told(h)
    assert ("app secret" in sentence, count) == (True, 1)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [sentence]
    h.clock.advance(APART)
    await comes(h, secret="another")
    assert [count for _, count in await told(h)] == [2]


async def test_the_first_webhook_that_is_signed_rightly_ends_the_matter(h: TestHouse) -> None:
    await comes(h, secret="another")
    assert await comes(h) == 200
    assert await told(h) == []


async def test_a_stranger_who_signs_wrongly_between_webhooks_of_meta_alarms_nobody(h: TestHouse) -> None:
    assert await comes(h) == 200
    h.clock.advance(APART - 1)
    assert await comes(h, secret="another") == 403
    assert await told(h) == []


async def test_a_webhook_that_is_signed_wrongly_is_told_however_its_json_is_written(h: TestHouse) -> None:
    number = json.loads(said("Hi"))["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"]
    assert await comes(h, secret="another", body=f'{{"a b":"c\\"","x":"{number}"'.encode()) == 403
    assert [count for _, count in await told(h)] == [1]


async def test_what_names_none_of_our_lines_alarms_nobody(h: TestHouse) -> None:
    assert await comes(h, secret="another", body=b'{"entry": []}') == 403
    assert await told(h) == []
