"""What an operator who was given some lines hears while a connection is open, and that it ends with the right to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import update
from test_web_rights import PASSWORD, closed_with, cookie, ended, sse_open, ws_open
from websockets.asyncio.client import ClientConnection, connect

from frontdesk.desk.sharing import Shown
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import Delivery
from frontdesk.store.tables import chats
from frontdesk.testing.clock import until
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.house import API_KEY
from frontdesk.testing.local_server import serving
from frontdesk.web.live import TRY_AGAIN

ZOE, ANA = "351933333333", "351911111111"
Takes = Callable[[FakeLine, str], Awaitable[None]]


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path) as line:
        line.channel.states = ()
        await line.desk.accounts.add("fake", name="Zebra line", options={"number": "452"})
        yield line


def other(line: FakeLine) -> str:
    """The account of the second line."""
    return str(next(one.row.id for one in line.desk.accounts.all() if one.row.id != line.account_id))


async def says(line: FakeLine, text: str, *, who: str, number: str = "451") -> None:
    account = line.account_id if number == "451" else other(line)
    delivery = Delivery(number, (line.message(text, who=who),))
    await line.desk.intake.receive("fake", [delivery], allowed=frozenset({account}))
    await line.idle()


async def bo(line: FakeLine, *accounts: str) -> tuple[str, dict[str, str]]:
    """An operator who was given these lines: the id, and the headers of a sign-in."""
    operators = line.desk.operators
    made = await operators.add("bo", name="Bo", role="operator", password=PASSWORD, sees="given", accounts=accounts)
    return made.id, cookie((await operators.sign_in("bo", PASSWORD, address="x")).token)


async def heard(messages: AsyncIterator[Any], last: str) -> str:
    """All that is told until something holds the word."""
    told = ""
    async with asyncio.timeout(20):
        async for message in messages:
            told += f"{message}\n"
            if last in message:
                return told
    raise AssertionError(f"{last} was never told: {told}")


@asynccontextmanager
async def legacy(line: FakeLine, base: str, headers: dict[str, str]) -> AsyncIterator[ClientConnection]:
    before = line.house.rooms.bus.listeners
    url = f"{base.replace('http', 'ws')}/ws?words=legacy"
    async with connect(url, additional_headers=headers, proxy=None) as ws:
        await until(lambda: line.house.rooms.bus.listeners > before)
        yield ws


async def test_events_of_other_lines_reach_nobody_who_was_not_given_them(line: FakeLine) -> None:
    _, headers = await bo(line, line.account_id)
    all_ids = {other(line)}
    async with (
        serving(line.house.built.web) as base,
        ws_open(line.house, base, headers) as ws,
        sse_open(line.house, base, headers) as lines,
        legacy(line, base, headers) as words,
    ):
        await says(line, "A zebra came", who=ZOE, number="452")
        (theirs,) = await _chats(line, other(line))
        all_ids |= {theirs}
        await line.desk.chats.change(theirs, by="api", labels=["zebra"])
        await line.desk.accounts.change(other(line), name="Zebra line again")
        line.house.rooms.bus.publish([Live(LiveType.ALERT_CHANGED, {"key": "zebra"})])
        line.house.rooms.bus.publish([Live(LiveType.PERSONAS_CHANGED, {"names": ["zebra"], "problem": None})])
        await says(line, "A lion came", who=ANA)
        (mine,) = await _chats(line, line.account_id)
        await line.desk.chats.change(mine, by="api", labels=["lion"])
        await says(line, "the end", who=ANA)
        for source in (aiter(ws), lines):
            told = await heard(source, "the end")
            assert "A lion came" in told
            assert f'"{mine}"' in told
            assert "chat.changed" in told  # which says its chat and no line
            assert not [word for word in ("zebra", ZOE, *all_ids) if word in told], told
        told = await heard(aiter(words), "the end")
        assert "A lion came" in told
        assert not [word for word in ("zebra", ZOE, *all_ids) if word in told], told


async def test_a_digest_that_was_made_is_heard_by_whose_it_is_and_by_programs(line: FakeLine) -> None:
    async def headers_of(login: str, **seen: Any) -> tuple[str, dict[str, str]]:
        made = await line.desk.operators.add(login, name=login, password=PASSWORD, **seen)
        return made.id, cookie((await line.desk.operators.sign_in(login, PASSWORD, address="x")).token)

    bo_id, bos = await bo(line, line.account_id)
    _, boss = await headers_of("boss", role="admin")
    _, mate = await headers_of("mate", role="operator", sees="given", accounts=[line.account_id])
    async with (
        serving(line.house.built.web) as base,
        sse_open(line.house, base, bos) as owner,
        sse_open(line.house, base, {"X-Api-Key": API_KEY}) as program,
        sse_open(line.house, base, boss) as admin,
        sse_open(line.house, base, mate) as colleague,
    ):
        theirs = await line.desk.digests.of_the_day(operator_id=bo_id)
        nobodys = await line.desk.digests.of_the_day(operator_id=None)
        await line.idle()
        await says(line, "the end", who=ANA)
        heard_by = {name: await heard(each, "the end") for name, each in (
            ("owner", owner), ("program", program), ("admin", admin), ("colleague", colleague),
        )}  # fmt: skip
    assert {name for name, told in heard_by.items() if theirs in told} == {"owner", "program"}
    assert {name for name, told in heard_by.items() if nobodys in told} == {"program", "admin"}


async def _chats(line: FakeLine, account: str) -> list[str]:
    return [chat.id for chat in await line.chats() if chat.account_id == account]


async def test_who_comes_back_catches_up_with_nothing_of_other_lines(line: FakeLine) -> None:
    _, headers = await bo(line, line.account_id)
    after = line.house.rooms.bus.last_id
    await says(line, "A zebra came", who=ZOE, number="452")
    await says(line, "A lion came", who=ANA)
    async with serving(line.house.built.web) as base:
        url = f"{base.replace('http', 'ws')}/ws?after={after}"
        async with connect(url, additional_headers=headers, proxy=None) as ws:
            told = await heard(aiter(ws), "A lion came")
    assert "zebra" not in told


async def test_where_a_chat_is_is_looked_up_once_for_all_who_listen(line: FakeLine) -> None:
    await says(line, "A lion came", who=ANA)
    (mine,) = await _chats(line, line.account_id)
    places = line.house.built.web.state.places
    live = Live(LiveType.CHAT_CHANGED, {"chat_id": mine}, None, mine)
    assert await places.tells(frozenset({line.account_id}), live)
    async with line.store.begin() as tx:  # which never happens, and would be seen only by asking again
        await tx.run(update(chats).values(account_id=other(line)))
    assert await places.tells(frozenset({line.account_id}), live)
    assert not await places.tells(frozenset({other(line)}), live)


async def _taken(line: FakeLine, who: str) -> None:
    await line.desk.operators.change(who, accounts=[])


async def _shared_with_others(line: FakeLine, who: str) -> None:
    await line.desk.sharing.share(other(line), {who: Shown(line=False, everything=False)}, owner_id=None)


async def _given_more(line: FakeLine, who: str) -> None:
    await line.desk.operators.change(who, sees="all")


async def _owns(line: FakeLine, who: str) -> None:
    await line.desk.accounts.change(line.account_id, owner_id=who)


@pytest.mark.parametrize("take", [_taken, _shared_with_others, _given_more, _owns], ids=lambda take: take.__name__)
async def test_streams_end_at_once_to_be_opened_anew_when_other_lines_are_seen(line: FakeLine, take: Takes) -> None:
    who, headers = await bo(line, other(line))
    async with (
        serving(line.house.built.web) as base,
        ws_open(line.house, base, headers) as ws,
        sse_open(line.house, base, headers) as lines,
    ):
        await take(line, who)
        assert await closed_with(ws) == TRY_AGAIN
        assert await ended(lines)


async def test_the_owner_who_owns_a_line_no_more_hears_no_more_of_it(line: FakeLine) -> None:
    who, headers = await bo(line)
    await line.desk.accounts.change(other(line), owner_id=who)
    async with serving(line.house.built.web) as base:
        async with ws_open(line.house, base, headers) as ws:
            await says(line, "A zebra came", who=ZOE, number="452")
            assert "A zebra came" in await heard(aiter(ws), "A zebra came")
            await line.desk.accounts.change(other(line), owner_id="")
            assert await closed_with(ws) == TRY_AGAIN
        async with httpx2.AsyncClient(base_url=base, headers=headers) as http:
            assert orjson.loads((await http.get("/api/v1/chats")).content)["items"] == []
