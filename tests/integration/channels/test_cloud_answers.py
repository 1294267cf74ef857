"""What each answer of Meta to a message means, and each silence."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cloud_graph
import pytest
from cloud_graph import ACCEPTED, Desk, at, error

from frontdesk.channels.cloud.faults import fault
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Outbound, Seen, Sent
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
RESPONSES = json.loads((CORPUS / "graph_responses.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.asyncio(loop_scope="module")
graph, desk = cloud_graph.graph, cloud_graph.desk


# Answers


@pytest.mark.parametrize("sample", [pytest.param(one, id=one["name"]) for one in RESPONSES])
async def test_answer_of_the_samples_leads_to_its_action(desk: Desk, sample: dict[str, Any]) -> None:
    if sample["name"] == "media_upload":
        return  # files have their own tests in test_cloud_send
    desk.graph.answers = [(sample["http_status"], sample["body"])]
    action = sample["client_action"]
    if action.startswith("accepted"):
        assert (await desk.send()).external_id == sample["body"]["messages"][0]["id"]
    elif action.startswith("treat as unknown"):
        assert (await desk.send()).external_id is None
    else:
        caught = await desk.refused()
        assert caught.code == str(sample["body"]["error"]["code"])
        if action.startswith("stop"):
            assert isinstance(caught, LoggedOut)
        elif action.startswith("retry"):
            assert isinstance(caught, Retryable)
        else:
            assert isinstance(caught, Rejected)
            assert caught.alert is ("alert" in action)


STOP = [0, 190, 10, 200, 250, 299, 131005, 33, 368, 131031, 131045, 133010]
ALERT = [130497, 131048, 131042]
REFUSE = [
    *(3, 131047, 131026, 131049, 131050, 130472, 131021, 131030, 131037, 131051, 131008, 131009, 100, 135000),
    *(131052, 131053, 131062, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069),
    *(131020, 131041, 131064, 2593107, 2593108, 2593109, 7, 300, 199, 999999),
]
RETRY = {
    4: ("account", 2 * MINUTE),
    80007: ("account", 2 * MINUTE),
    130429: ("account", 1000),
    131056: ("chat", 1000),
    131057: ("account", MINUTE),
    133016: ("account", HOUR),
    1: ("message", None),
    2: ("message", None),
    131000: ("message", None),
    131016: ("message", None),
    133004: ("message", None),
}


@pytest.mark.parametrize("code", STOP)
async def test_code_that_stops_the_line(desk: Desk, code: int) -> None:
    desk.graph.answers = [(400, error(code))]
    caught = await desk.refused()
    assert isinstance(caught, LoggedOut)
    assert "These are the details." in caught.sentence


@pytest.mark.parametrize("code", ALERT)
async def test_code_that_refuses_and_alerts_the_owner(desk: Desk, code: int) -> None:
    desk.graph.answers = [(400, error(code))]
    caught = await desk.refused()
    assert isinstance(caught, Rejected)
    assert caught.alert


@pytest.mark.parametrize("code", REFUSE)
async def test_code_that_refuses_one_message(desk: Desk, code: int) -> None:
    desk.graph.answers = [(500, error(code))]
    caught = await desk.refused()
    assert isinstance(caught, Rejected)
    assert not caught.alert
    assert caught.sentence.startswith(fault(code).sentence)


@pytest.mark.parametrize("code", RETRY)
async def test_code_that_is_tried_again(desk: Desk, code: int) -> None:
    desk.graph.answers = [(400, error(code))]
    caught = await desk.refused()
    assert isinstance(caught, Retryable)
    assert (caught.scope, caught.after) == RETRY[code]


async def test_code_counts_and_not_the_http_status(desk: Desk) -> None:
    desk.graph.answers = [(200, error(190))]
    assert isinstance(await desk.refused(), LoggedOut)


@pytest.mark.parametrize(("code", "tries"), [(1, 2), (131000, 4)])
async def test_unclear_errors_are_tried_a_few_times_only(desk: Desk, code: int, tries: int) -> None:
    desk.graph.answers = [(500, error(code))]
    for _ in range(tries):
        assert isinstance(await desk.refused(), Retryable)
    assert isinstance(await desk.refused(), Rejected)
    assert isinstance(await desk.refused(our_id="msg_2"), Retryable)


async def test_pair_refused_by_meta_waits_here_and_others_do_not(desk: Desk) -> None:
    desk.graph.answers = [(400, error(131056)), (400, error(131056)), (200, ACCEPTED)]
    first = await desk.refused()
    assert isinstance(first, Retryable)
    assert (first.scope, first.after) == ("chat", 1000)
    assert isinstance(await desk.refused(), Retryable)
    assert len(desk.graph.asked) == 1
    desk.clock.advance(1000)
    second = await desk.refused()
    assert isinstance(second, Retryable)
    assert second.after == 4000
    other = Outbound("msg_3", (Address(AddressKind.PHONE, "12025550143"),), "text", "Hi")
    assert await desk.channel.send(desk.line, other) == Sent("wamid.OUT1")


async def test_rates_are_kept_before_meta_has_to_refuse(desk: Desk) -> None:
    for _ in range(45):
        await desk.send()
    caught = await desk.refused()
    assert isinstance(caught, Retryable)
    assert caught.scope == "chat"
    assert len(desk.graph.asked) == 45
    await desk.channel.mark_read(desk.line, Seen("wamid.1"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "<html></html>",
        {},
        {"messages": []},
        {"messages": "x"},
        {"messages": [{"id": 5}]},
        {"messages": [5]},
    ],
)
async def test_accepted_without_an_id_is_in_doubt(desk: Desk, body: Any) -> None:
    desk.graph.answers = [(200, body)]
    sent = await desk.send()
    assert sent.external_id is None
    assert sent.doubt


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", ["", "<html>Sorry</html>", {"error": "odd"}, {"error": {"message": "no code"}}])
async def test_edge_that_answers_for_meta_leaves_doubt(desk: Desk, status: int, body: Any) -> None:
    desk.graph.answers = [(status, body)]
    sent = await desk.send()
    assert sent.external_id is None
    assert str(status) in (sent.doubt or "")


@pytest.mark.parametrize("status", [301, 400, 403, 404])
async def test_refusal_without_a_reason_is_still_a_refusal(desk: Desk, status: int) -> None:
    desk.graph.answers = [(status, "<html>")]
    caught = await desk.refused()
    assert isinstance(caught, Rejected)
    assert str(status) in caught.sentence


async def test_too_many_requests_without_a_reason_waits(desk: Desk) -> None:
    desk.graph.answers = [(429, "slow down")]
    caught = await desk.refused()
    assert isinstance(caught, Retryable)
    assert (caught.scope, caught.after) == ("account", MINUTE)


# Silences


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw(answering: Answering) -> AsyncIterator[str]:
    async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.read(10)
        await answering(reader, writer)
        writer.close()

    server = await asyncio.start_server(each, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v26.0"
    finally:
        server.close()
        await server.wait_closed()


async def _hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def _half_an_answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"messages": [{')
    await writer.drain()


async def _nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize("answering", [_hang_up, _half_an_answer, _nonsense])
async def test_connection_that_breaks_after_the_question_leaves_doubt(answering: Answering) -> None:
    async with raw(answering) as url, at(url) as desk:
        sent = await desk.send()
    assert sent.external_id is None
    assert "receipt" in (sent.doubt or "")


async def test_meta_out_of_reach_makes_the_line_wait_and_is_held_against_no_message() -> None:
    async with at("http://127.0.0.1:1/v26.0") as desk:
        for _ in range(100):  # and costs nothing of the rate
            caught = await desk.refused()
            assert isinstance(caught, Retryable)
            assert caught.scope == "account"
            assert 0 < (caught.after or 0) <= 15 * SECOND
