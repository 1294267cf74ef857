"""What is done in one process holds in the others: two houses on one PostgreSQL, each with a memory of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from two_houses import TOKEN, Pair, delivery, two_houses
from websockets.asyncio.client import connect

from frontdesk.desk.errors import Conflict
from frontdesk.desk.following import EVERY
from frontdesk.desk.operators import TooManyTries, WrongSignIn
from frontdesk.desk.outages import PATIENCE
from frontdesk.desk.signatures import APART
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.errors import Retryable
from frontdesk.store import alerts
from frontdesk.store.tables import accounts, dead_letters, jobs, messages, outages
from frontdesk.testing.clock import until
from frontdesk.testing.house import OPEN_HOUSE, TestHouse
from frontdesk.testing.local_server import serving
from frontdesk.testing.think import FakeThink
from frontdesk.web.auth import COOKIE
from frontdesk.web.live import PING, SIGNED_OUT, TRY_AGAIN

PASSWORD = "a quiet blue harbour"
NUMBER = "451"


@pytest.fixture
async def pair(tmp_path: Path, database: str) -> AsyncIterator[Pair]:
    async with two_houses(tmp_path, database) as pair:
        yield pair


@pytest.fixture
def database(postgres_url: str) -> str:
    return postgres_url


async def added(h: TestHouse, number: str = NUMBER, **options: str) -> str:
    return await h.desk.accounts.add("fake", name="Shop", options={"number": number, **options})


async def every(h: TestHouse, column: Any) -> list[Any]:
    async with h.built.store.read() as read:
        return await read.scalars(select(column))


async def comes(h: TestHouse, *texts: str, token: str = TOKEN) -> int:
    """Post a webhook; gives the status of the answer."""
    answer = await h.http.post("/webhook", json=delivery(NUMBER, *texts), headers={"x-fake-token": token})
    return answer.status_code


async def test_an_account_added_in_one_web_is_known_in_the_other(pair: Pair) -> None:
    account_id = await added(pair.one)
    answer = await pair.other.http.get(f"/api/v1/accounts/{account_id}")
    assert (answer.status_code, answer.json()["name"]) == (200, "Shop")
    await pair.other.desk.accounts.change(account_id, name="Bakery")
    assert (await pair.one.http.get(f"/api/v1/accounts/{account_id}")).json()["name"] == "Bakery"


async def test_a_page_of_one_web_shows_what_was_done_in_the_other_a_moment_ago(pair: Pair) -> None:
    async with browser(pair.one, pair.other) as ana:
        for number in ("450", NUMBER):
            account_id = await added(pair.one, number)
            assert (await ana.get(f"/api/v1/accounts/{account_id}")).status_code == 200


@asynccontextmanager
async def browser(signed_in_at: TestHouse, looks_at: TestHouse) -> AsyncIterator[httpx2.AsyncClient]:
    await signed_in_at.desk.operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    token = (await signed_in_at.desk.operators.sign_in("ana", PASSWORD, address="::1")).token
    transport = httpx2.ASGITransport(app=looks_at.built.web)
    cookies = {COOKIE: token}
    async with httpx2.AsyncClient(transport=transport, base_url="http://frontdesk.test", cookies=cookies) as http:
        yield http


async def test_a_webhook_for_a_line_added_in_another_web_a_moment_ago_is_stored(pair: Pair) -> None:
    await added(pair.one, "450")
    await pair.other.desk.following.caught_up()
    await added(pair.one)
    assert await comes(pair.other, "Hello") == 200
    assert await every(pair.other, messages.c.text) == ["Hello"]
    assert await every(pair.other, dead_letters.c.id) == []


async def test_a_webhook_for_the_first_line_of_all_is_believed_in_every_web(pair: Pair) -> None:
    await added(pair.one)
    assert await comes(pair.other, "Hello") == 200
    assert await every(pair.other, messages.c.text) == ["Hello"]


async def test_a_secret_that_was_changed_in_one_web_is_believed_in_the_other_and_alarms_nobody(pair: Pair) -> None:
    account_id = await added(pair.one)
    await pair.other.desk.following.caught_up()
    await pair.one.desk.accounts.change(account_id, options={"token": "another"})
    assert await comes(pair.other, "Hello", token="another") == 200
    assert await every(pair.other, messages.c.text) == ["Hello"]
    assert await comes(pair.other, "Hello again") == 403


async def test_a_key_that_was_revoked_in_one_web_opens_nothing_in_the_other(pair: Pair) -> None:
    key_id, plain = await pair.one.desk.api_keys.create("Shop", ["read"])
    by_key = {"X-Api-Key": plain}
    assert (await pair.other.http.get("/api/v1/chats", headers=by_key)).status_code == 200
    await pair.one.desk.api_keys.revoke(key_id)
    assert (await pair.other.http.get("/api/v1/chats", headers=by_key)).status_code == 401


async def _locked_out(h: TestHouse, operator_id: str, token: str) -> None:
    await h.desk.operators.change(operator_id, disabled=True)


async def _another_role(h: TestHouse, operator_id: str, token: str) -> None:
    await h.desk.operators.change(operator_id, role="operator")


async def _signed_out(h: TestHouse, operator_id: str, token: str) -> None:
    await h.desk.operators.sign_out(token)


async def _sees_less(h: TestHouse, operator_id: str, token: str) -> None:
    await h.desk.operators.change(operator_id, sees="given")


@pytest.mark.parametrize(
    ("change", "code"),
    [(_locked_out, SIGNED_OUT), (_signed_out, SIGNED_OUT), (_another_role, TRY_AGAIN), (_sees_less, TRY_AGAIN)],
)
async def test_rights_that_change_in_one_web_end_the_streams_of_the_other_within_a_second(
    pair: Pair, change: Any, code: int
) -> None:
    rui = await pair.one.desk.operators.add("rui", name="Rui", role="viewer", password=PASSWORD)
    token = (await pair.one.desk.operators.sign_in("rui", PASSWORD, address="::1")).token
    async with (
        serving(pair.other.built.web) as base,
        connect(
            f"{base.replace('http', 'ws')}/ws", additional_headers={"Cookie": f"{COOKIE}={token}"}, proxy=None
        ) as ws,
    ):
        await until(lambda: pair.other.rooms.bus.listeners > 0)
        await change(pair.one, rui.id, token)
        assert EVERY < PING
        pair.clock.advance(EVERY)
        await ws.wait_closed()
        assert ws.close_code == code


async def test_a_role_that_was_changed_in_one_web_counts_in_the_other_at_once(pair: Pair) -> None:
    async with browser(pair.one, pair.other) as ana:
        assert (await ana.get("/api/v1/api-keys")).status_code == 200
        await pair.one.desk.operators.add("rui", name="Rui", role="admin", password=PASSWORD)
        [operator] = [one for one in await pair.one.desk.operators.all() if one.login == "ana"]
        await pair.one.desk.operators.change(operator.id, role="viewer")
        assert (await ana.get("/api/v1/api-keys")).status_code == 403


async def test_guesses_count_in_every_web(pair: Pair) -> None:
    await pair.one.desk.operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    for number in range(5):
        h = pair.one if number % 2 else pair.other
        with pytest.raises(WrongSignIn):
            await h.desk.operators.sign_in("ana", "wrong wrong wrong", address="10.0.0.9")
    for h in (pair.one, pair.other):
        with pytest.raises(TooManyTries):
            await h.desk.operators.sign_in("ana", PASSWORD, address="10.0.0.9")


async def test_the_first_link_is_the_same_from_every_web(pair: Pair) -> None:
    printed = await pair.one.desk.operators.first_run_link()
    assert printed is not None
    assert await pair.other.desk.operators.first_run_link() == printed
    await pair.one.desk.operators.sign_in_by_link(printed)
    assert await pair.other.desk.operators.first_run_link() != printed


async def test_a_persona_made_in_one_web_serves_in_the_other(pair: Pair) -> None:
    account_id = await added(pair.one)
    await pair.one.desk.personas.serve((account_id, "Shop"), by="opr_1", prompt="You answer for a bakery.")
    await pair.other.desk.following.caught_up()
    served = pair.other.desk.casting.persona((account_id, "Shop"))
    assert served.prompt == "You answer for a bakery."
    await pair.other.desk.personas.serve((account_id, "Shop"), by="opr_1", prompt="You answer for a bank.")
    await pair.one.desk.following.caught_up()
    assert pair.one.desk.casting.persona((account_id, "Shop")).prompt == "You answer for a bank."


async def test_processes_whose_files_differ_do_not_overwrite_each_other_for_ever(pair: Pair) -> None:
    file = pair.other.built.settings.house_path()
    assert file is not None
    file.write_text(OPEN_HOUSE.replace("Front desk", "Back desk"))
    assert await pair.other.desk.personas.reload() is None
    for _ in range(3):
        await pair.one.desk.following.caught_up()
        await pair.other.desk.following.caught_up()
    names = [[persona.name for persona in h.desk.personas.current()] for h in (pair.one, pair.other)]
    assert names == [["Front desk"], ["Back desk"]]


async def test_what_the_knowledge_base_learned_in_one_web_is_found_in_the_other(pair: Pair) -> None:
    assert await pair.other.desk.knowledge.search("parking") == ()
    await pair.one.desk.knowledge.add("shop.md", "# Parking\n\nParking is behind the house.")
    await pair.other.desk.following.caught_up()
    assert [found.title for found in await pair.other.desk.knowledge.search("parking")] == ["Parking"]


async def test_an_alert_on_a_signature_is_closed_by_whichever_web_hears_that_it_fits(pair: Pair) -> None:
    await added(pair.one)
    assert await comes(pair.other, "Hello") == 200
    pair.clock.advance(APART)
    assert await comes(pair.one, "Hello", token="wrong") == 403
    assert await open_alerts(pair.one) == ["signature"]
    pair.clock.advance(1)
    assert await comes(pair.other, "Hello again") == 200
    assert await open_alerts(pair.one) == []


async def open_alerts(h: TestHouse) -> list[str]:
    async with h.built.store.read() as read:
        return [alert.kind for alert in await alerts.recent(read, only_open=True)]


async def stands(h: TestHouse, account_id: str, *states: State) -> None:
    for state in states:
        await h.desk.accounts.report(account_id, LineState(state))


async def test_a_worker_answers_on_a_line_that_it_has_never_heard_of(tmp_path: Path, database: str) -> None:
    async with two_houses(tmp_path, database, both_work=False, think=FakeThink("We open at nine.")) as pair:
        await pair.other.idle()
        account_id = await added(pair.one)
        await stands(pair.one, account_id, State.CONNECTING, State.CONNECTED)
        assert await comes(pair.one, "When do you open?") == 200
        pair.other.built.runner.wake(pair.clock.now())
        await until(lambda: pair.other_channel.texts == ["We open at nine."])


async def test_what_waits_for_a_line_is_sent_by_a_worker_that_hears_of_its_return_by_the_job_alone(
    tmp_path: Path, database: str
) -> None:
    async with two_houses(tmp_path, database, both_work=False, think=FakeThink("We open at nine.")) as pair:
        account_id = await added(pair.one)
        assert await comes(pair.one, "When do you open?") == 200
        pair.other.built.runner.wake(pair.clock.now())
        await until(lambda: _is_left(pair))
        assert pair.other_channel.texts == []
        await stands(pair.one, account_id, State.CONNECTING, State.CONNECTED)
        pair.other.built.runner.wake(pair.clock.now())
        await until(lambda: pair.other_channel.texts == ["We open at nine."])


async def _is_left(pair: Pair) -> bool:
    """Whether the answer waits, and nothing is at work on it."""
    waits = sorted(await every(pair.other, messages.c.status)) == ["queued", "received"]
    return waits and not {"turn", "deliver"} & set(await every(pair.other, jobs.c.kind))


async def test_a_line_that_two_webs_add_at_once_is_there_once(pair: Pair) -> None:
    both = (pair.one, pair.other)
    found = await asyncio.gather(*(added(h) for h in both), return_exceptions=True)
    assert [type(each) for each in found if isinstance(each, Exception)] == [Conflict]
    assert len(await every(pair.one, accounts.c.id)) == 1
    number = await added(pair.one, "450")
    await pair.other.desk.accounts.load()
    with pytest.raises(Conflict, match="is already here, as “Shop”"):
        await pair.other.desk.accounts.change(number, options={"number": NUMBER})


async def test_the_line_of_the_settings_is_made_by_one_of_those_that_start_together(pair: Pair) -> None:
    kept = (
        h.desk.accounts.keep_from_settings("fake", name="Shop", options={"number": NUMBER})
        for h in (pair.one, pair.other)
    )
    [account_id] = set(await asyncio.gather(*kept))
    assert await every(pair.one, accounts.c.id) == [account_id]


async def test_an_outage_that_one_worker_meets_is_told_by_any_and_ends_when_another_sends(pair: Pair) -> None:
    account_id = await added(pair.one)
    await stands(pair.one, account_id, State.CONNECTING, State.CONNECTED)
    await fails(pair.one, account_id)
    pair.clock.advance(PATIENCE)
    await fails(pair.one, account_id)
    await pair.other.desk.following.caught_up()
    await looks(pair.other)
    assert await open_alerts(pair.one) == ["line"]
    await pair.other.desk.following.caught_up()
    await sends(pair.other, account_id)
    assert await open_alerts(pair.one) == []
    await pair.one.desk.following.caught_up()
    await fails(pair.one, account_id)
    await looks(pair.one)
    assert await open_alerts(pair.one) == []
    await sends(pair.one, account_id)
    assert await every(pair.one, outages.c.account_id) == []


async def fails(h: TestHouse, account_id: str) -> None:
    async with h.built.store.begin() as tx:
        await h.desk.sending._outages.failed(tx, account_id, Retryable("Away.", scope="account"), given_up=False)


async def sends(h: TestHouse, account_id: str) -> None:
    async with h.built.store.begin() as tx:
        await h.desk.sending._outages.sent(tx, account_id)


async def looks(h: TestHouse) -> None:
    async with h.built.store.begin() as tx:
        for account in h.desk.accounts.all():
            await h.desk.sending._outages.look(tx, account.row.id)
