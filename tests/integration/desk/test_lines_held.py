"""Lines that live in processes of their own: one owner each, shared out, taken over, and asked from elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.bridge.fence import Fence
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.leasing import Leases
from frontdesk.desk.line_checks import LineChecks
from frontdesk.desk.line_owners import Elsewhere
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.store.store import Store, StoreUnavailable
from frontdesk.store.tables import messages
from frontdesk.testing.bridges import Program
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.lines import Around, LinesProcess, WebProcess, ended, lines_process, web_process
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.server_fixtures import furnished

NO_LINES = "No process for lines runs. Start `frontdesk lines`."


@pytest.fixture
def around(postgres_url: str, redis_url: str, tmp_path: Path) -> Around:
    return Around(postgres_url, redis_url, tmp_path)


@pytest.fixture
async def web(around: Around) -> AsyncIterator[WebProcess]:
    async with web_process(around) as web:
        yield web
    assert around.outside.twice == []


@pytest.fixture
async def one(around: Around, web: WebProcess) -> AsyncIterator[LinesProcess]:
    async with lines_process(around, name="prc_one") as one:
        yield one


@pytest.fixture
async def two(around: Around, web: WebProcess) -> AsyncIterator[LinesProcess]:
    async with lines_process(around, name="prc_two") as two:
        yield two


async def _up(web: WebProcess, count: int) -> list[str]:
    """Lines that are up, wherever that is."""
    ids = [await web.account(f"Line {number}") for number in range(count)]
    for account_id in ids:
        await web.desk.accounts.connect(account_id)
    for account_id in ids:
        await web.becomes(account_id, State.CONNECTED)
    return ids


async def test_a_line_that_is_connected_in_one_process_comes_up_in_another(web: WebProcess, one: LinesProcess) -> None:
    (account_id,) = await _up(web, 1)
    assert one.channel.connected == [account_id]
    assert one.lines.held == (account_id,)
    assert web.of(account_id).row.phone == "351210000100"


async def test_without_a_process_for_lines_nothing_changes_and_it_is_said(web: WebProcess) -> None:
    account_id = await web.account()
    for verb in ("connect", "disconnect", "log_out", "remove"):
        with pytest.raises(Conflict) as refused:
            await getattr(web.desk.accounts, verb)(account_id)
        assert refused.value.sentence == NO_LINES
    with pytest.raises(Conflict, match="No process for lines"):
        await web.desk.accounts.pair_by_code(account_id, "+351 912 345 678")
    assert (web.of(account_id).state, web.of(account_id).row.state_reason) == (State.DISCONNECTED, None)


async def test_a_line_that_is_taken_down_by_hand_is_held_by_nobody_and_stays_down(
    web: WebProcess, one: LinesProcess
) -> None:
    (account_id,) = await _up(web, 1)
    await web.desk.accounts.disconnect(account_id)
    assert web.of(account_id).state is State.DISCONNECTED
    await until(lambda: one.lines.held == ())
    assert one.channel.connected == [account_id]


async def test_a_line_is_logged_out_and_removed_where_it_is(web: WebProcess, one: LinesProcess) -> None:
    first, second = await _up(web, 2)
    await web.desk.accounts.log_out(first)
    assert web.of(first).state is State.LOGGED_OUT
    await web.desk.accounts.remove(second)
    assert one.channel.logged_out == [first, second]
    assert web.desk.accounts.find(second) is None


async def test_a_line_that_is_down_can_be_removed_from_elsewhere(web: WebProcess, one: LinesProcess) -> None:
    account_id = await web.account()
    await web.desk.accounts.remove(account_id)
    assert one.channel.logged_out == [account_id]
    with pytest.raises(NotFound):
        await web.desk.accounts.connect(account_id)


async def test_what_the_line_refuses_is_refused_in_the_same_words(web: WebProcess, one: LinesProcess) -> None:
    (account_id,) = await _up(web, 1)
    with pytest.raises(Conflict, match="is linked with \\+351210000100 already"):
        await web.desk.accounts.pair_by_code(account_id, "+351 912 345 678")
    one.channel.log_out_fails = ValueError("broken")
    with pytest.raises(Conflict, match="could not be logged out"):
        await web.desk.accounts.log_out(account_id)
    waiting = await web.account("Waiting")
    one.channel.states = (LineState(State.QR_PENDING, qr="2@code"),)
    with pytest.raises(Invalid, match="no phone number"):
        await web.desk.accounts.pair_by_code(waiting, "no number")


@pytest.mark.parametrize("error", [StoreUnavailable("Away."), Invalid("Wrong."), NotFound("Gone."), Conflict("No.")])
async def test_errors_of_the_desk_over_there_are_errors_of_the_desk_here(
    web: WebProcess, one: LinesProcess, error: FrontdeskError, monkeypatch: pytest.MonkeyPatch
) -> None:
    (account_id,) = await _up(web, 1)

    async def refuses(account_id: str) -> None:
        raise error

    monkeypatch.setattr(one.desk.accounts, "disconnect", refuses)
    with pytest.raises(type(error)) as refused:
        await web.desk.accounts.disconnect(account_id)
    assert refused.value.sentence == error.sentence


async def test_codes_are_shown_by_every_process(web: WebProcess, one: LinesProcess, around: Around) -> None:
    one.channel.states = (LineState(State.QR_PENDING, qr="2@first"),)
    account_id = await web.account()
    await web.desk.accounts.connect(account_id)
    await web.becomes(account_id, State.QR_PENDING)
    async with web_process(around) as other:
        for process in (web, other):
            shown = process.desk.accounts.qr(account_id)
            assert getattr(shown, "qr", None) == "2@first"
        await other.desk.accounts.pair_by_code(account_id, "+351 912 345 678")
        await web.desk.following.caught_up()
        shown = web.desk.accounts.qr(account_id)
        assert shown is not None
        assert (shown.qr, shown.pairing_code) == ("2@first", "WXYZ-2345")
        assert web.desk.accounts.pairing_number(account_id) == "351912345678"
        one.channel.say(account_id, LineState(State.CONNECTED, phone="351912345678"))
        await web.becomes(account_id, State.CONNECTED)
        assert web.desk.accounts.qr(account_id) is None


async def test_codes_stand_in_the_database_sealed(web: WebProcess, one: LinesProcess) -> None:
    one.channel.states = (LineState(State.QR_PENDING, qr="2@a-code-of-the-fake"),)
    account_id = await web.account()
    await web.desk.accounts.connect(account_id)
    await web.becomes(account_id, State.QR_PENDING)
    kept = web.of(account_id).row.shown
    assert kept is not None
    assert "code-of" not in kept


async def test_lines_are_shared_out_evenly(web: WebProcess, one: LinesProcess, two: LinesProcess) -> None:
    await _up(web, 6)
    await until(lambda: (len(one.lines.held), len(two.lines.held)) == (3, 3))
    assert set(one.lines.held) | set(two.lines.held) == {account.row.id for account in web.desk.accounts.all()}


async def test_who_comes_later_gets_its_share(web: WebProcess, one: LinesProcess, around: Around) -> None:
    ids = await _up(web, 4)
    async with lines_process(around) as late:
        await until(lambda: (len(one.lines.held), len(late.lines.held)) == (2, 2))
        await until(lambda: all(one.has(account_id) or late.has(account_id) for account_id in ids))


async def test_lines_of_a_process_that_ends_are_taken_at_once(
    web: WebProcess, one: LinesProcess, around: Around
) -> None:
    async with lines_process(around) as other:
        ids = await _up(web, 4)
        await until(lambda: len(other.lines.held) == 2)
        await other.close()
        assert all(who == "prc_one" for who in around.outside.linked.values())
        await until(lambda: all(one.has(account_id) for account_id in ids), seconds=5)


async def test_lines_of_a_process_that_dies_are_taken_over_by_others(
    web: WebProcess, one: LinesProcess, two: LinesProcess
) -> None:
    ids = await _up(web, 4)
    await until(lambda: len(two.lines.held) == 2)
    await one.crash()
    await until(lambda: all(two.has(account_id) for account_id in ids))


async def test_a_process_that_stood_still_for_long_says_nothing_more_of_its_lines(
    web: WebProcess, one: LinesProcess, two: LinesProcess, around: Around
) -> None:
    ids = await _up(web, 2)
    await until(lambda: len(two.lines.held) == 1)
    mine = next(account_id for account_id in ids if one.leases.holds(f"line:{account_id}"))
    for task in one.lines._tasks:  # as if it stood still
        task.cancel()
    around.outside.linked.pop(mine)  # the process beside it ended the program
    await until(lambda: mine in two.channel.connected)
    await two.desk.accounts._reports.drained()
    one.channel.say(mine, LineState(State.LOGGED_OUT, "An old word."))
    await one.desk.accounts._reports.drained()
    await web.desk.following.caught_up()
    assert web.of(mine).state is State.CONNECTED


async def test_lines_come_down_when_the_database_is_away_and_up_again_when_it_is_back(
    own_postgres: Postgres, redis_url: str, tmp_path: Path
) -> None:
    around = Around(furnished(own_postgres, "lines"), redis_url, tmp_path)
    async with web_process(around) as web, lines_process(around) as one:
        (account_id,) = await _up(web, 1)
        own_postgres.stop()
        await until(lambda: account_id not in around.outside.linked)
        await until(lambda: not one.lines.held)
        own_postgres.start()
        await until(lambda: one.has(account_id) and account_id in around.outside.linked)


async def test_a_callback_of_a_bridge_is_taken_up_by_the_process_that_holds_its_line(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    around, bridge = Around(postgres_url, redis_url, tmp_path), Program(tmp_path / "program")
    near = BridgeChannel(SystemClock(), folder=tmp_path / "lines")
    options = {"command": bridge.command, "folder": str(bridge.folder), "token": "a-token-of-the-bridge"}
    async with web_process(around, near) as web, lines_process(around, make=partial(_bridge, tmp_path)) as one:
        account_id = await web.desk.accounts.add("bridge", name="Bridge", options=options)
        await web.desk.accounts.connect(account_id)
        await web.becomes(account_id, State.CONNECTED)
        lines = web.desk.accounts.lines("bridge")
        assert await web.channel.take_callback(_callback("in-1", "Hello"), lines) == []
        assert await _texts(web) == ["Hello"]
        await one.close()
        ((whose, followed),) = await web.channel.take_callback(_callback("in-2", "Anybody?"), lines)
        assert whose == account_id
        assert len(followed) == 1


def _bridge(folder: Path, leave: Fence) -> BridgeChannel:
    return BridgeChannel(SystemClock(), folder=folder / "lines", starts_programs=True, leave=leave)


def _callback(external_id: str, text: str) -> bytes:
    told = {"id": external_id, "chatId": "447700900123@c.us", "body": text, "timestamp": 1795000000, "type": "chat"}
    return orjson.dumps({"event": "new_message", "data": told})


async def _texts(web: WebProcess) -> list[str]:
    async with web.store.read() as read:
        return await read.scalars(select(messages.c.text))


async def test_lines_that_need_no_program_are_checked_once_though_nobody_holds_lines(
    around: Around, web: WebProcess
) -> None:
    fakes = []
    async with AsyncExitStack() as stack:
        for name in ("one", "two"):
            store = Store(around.database)
            stack.push_async_callback(store.close)
            fakes.append(FakeChannel())
            desk = await around.desk(store, {"fake": fakes[-1]}, Elsewhere(web.owners))
            if name == "one":
                account_id = await desk.accounts.add("fake", name="Cloud", options={"number": "1"}, from_settings=True)
            await desk.accounts.load()
            await desk.accounts.start()
            stack.push_async_callback(desk.accounts.close)
            checks = LineChecks(desk.accounts, Leases(store, name, times=around.times))
            watch = asyncio.create_task(checks.watch())
            stack.push_async_callback(ended, watch)
            await until(lambda: bool(fakes[0].connected))
        await checks._try()
        assert [fake.connected for fake in fakes] == [[account_id], []]


async def test_a_line_whose_owner_died_can_be_asked_for_before_it_is_taken_over(
    web: WebProcess, one: LinesProcess, two: LinesProcess
) -> None:
    ids = await _up(web, 2)
    await until(lambda: len(two.lines.held) == 1)
    await one.crash()
    await asyncio.gather(*(web.desk.accounts.disconnect(account_id) for account_id in ids))
    assert all(web.of(account_id).state is State.DISCONNECTED for account_id in ids)
