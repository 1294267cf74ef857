"""Sending over real HTTP: what each answer of Meta, and each silence, means."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.channels.cloud import CloudChannel, Options
from frontdesk.channels.cloud.faults import fault
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Line, LineState, MediaFile, Outbound, Sent
from frontdesk.kit import guard
from frontdesk.kit.clock import HOUR, MINUTE, SECOND
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.local_server import serving

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
RESPONSES = json.loads((CORPUS / "graph_responses.json").read_text(encoding="utf-8"))
pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "EAAtoken0123456789"
OURS = "330000000000451"
PHONE = Address(AddressKind.PHONE, "447700900123")
ACCEPTED = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.OUT1"}]}


@dataclass
class Graph:
    """Answers with what it was told, and keeps what it was asked."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        headers = dict(request.headers)
        self.asked.append((request.method, request.url.path, headers, await request.body()))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = body if isinstance(body, str | bytes) else orjson.dumps(body)
        return Response(content, status, media_type="application/json")

    @property
    def bodies(self) -> list[Any]:
        return [orjson.loads(body) for _, _, headers, body in self.asked if "json" in headers.get("content-type", "")]


@dataclass
class Desk:
    channel: CloudChannel
    line: Line
    graph: Graph
    clock: FrozenClock
    states: list[LineState] = field(default_factory=list)

    async def send(self, kind: str = "text", **parts: Any) -> Sent:
        if kind == "text":
            parts.setdefault("text", "Hello")
        outbound = Outbound(our_id=parts.pop("our_id", "msg_1"), to=(PHONE,), kind=kind, **parts)
        return await self.channel.send(self.line, outbound)

    async def refused(self, **parts: Any) -> PluginError:
        with pytest.raises(PluginError) as caught:
            await self.send(**parts)
        return caught.value

    async def connect(self) -> LineState:
        await self.channel.connect(self.line, lambda _, state: self.states.append(state))  # type: ignore[arg-type]
        return self.states[-1]


@asynccontextmanager
async def at(url: str, graph: Graph | None = None, **options: Any) -> AsyncIterator[Desk]:
    clock = FrozenClock()
    channel = CloudChannel(clock)
    given = {"phone_number_id": OURS, "access_token": TOKEN, "graph_url": url, **options}
    try:
        yield Desk(channel, Line("acc_1", Options(**given)), graph or Graph(), clock)
    finally:
        await channel.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def server() -> AsyncIterator[tuple[str, Graph]]:
    graph = Graph()
    program = Starlette(routes=[Route("/{path:path}", graph.answer, methods=["GET", "POST"])])
    async with serving(program) as base:
        yield base, graph


@pytest_asyncio.fixture(loop_scope="module")
async def desk(server: tuple[str, Graph]) -> AsyncIterator[Desk]:
    base, graph = server
    graph.answers, graph.asked = [(200, ACCEPTED)], []
    async with at(f"{base}/v26.0", graph) as made:
        yield made


def error(code: int, details: str = "These are the details.") -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) title", "code": code, "error_data": {"details": details}}}


# Questions as they go out


async def test_text_is_posted_with_the_token_to_the_number(desk: Desk) -> None:
    assert await desk.send() == Sent("wamid.OUT1")
    ((method, path, headers, body),) = desk.graph.asked
    assert (method, path) == ("POST", f"/v26.0/{OURS}/messages")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert orjson.loads(body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+447700900123",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "msg_1",
    }


async def test_message_that_breaks_a_limit_never_reaches_meta(desk: Desk) -> None:
    assert isinstance(await desk.refused(text="x" * 4097), Rejected)
    assert desk.graph.asked == []


async def test_sending_inside_a_transaction_is_a_fault(desk: Desk) -> None:
    token = guard.enter_transaction()
    try:
        with pytest.raises(guard.TransactionOpen):
            await desk.send()
        with pytest.raises(guard.TransactionOpen):
            await desk.channel.mark_read(desk.line, "wamid.1")
        with pytest.raises(guard.TransactionOpen):
            await desk.connect()
    finally:
        guard.leave_transaction(token)
    assert desk.graph.asked == []


async def test_reading_and_typing_are_told(desk: Desk) -> None:
    desk.graph.answers = [(200, {"success": True})]
    await desk.channel.mark_read(desk.line, "wamid.1")
    await desk.channel.mark_read(desk.line, "wamid.2", typing=True)
    read = {"messaging_product": "whatsapp", "status": "read"}
    assert desk.graph.bodies == [
        read | {"message_id": "wamid.1"},
        read | {"message_id": "wamid.2", "typing_indicator": {"type": "text"}},
    ]


async def test_refused_reading_raises_as_sending_does(desk: Desk) -> None:
    desk.graph.answers = [(400, error(131009)), (502, "<html>")]
    with pytest.raises(Rejected):
        await desk.channel.mark_read(desk.line, "wamid.1")
    with pytest.raises(Retryable):
        await desk.channel.mark_read(desk.line, "wamid.1")


# Answers


@pytest.mark.parametrize("sample", [pytest.param(one, id=one["name"]) for one in RESPONSES])
async def test_answer_of_the_samples_leads_to_its_action(desk: Desk, sample: dict[str, Any]) -> None:
    if sample["name"] == "media_upload":
        return  # has its own test below
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
    await desk.channel.mark_read(desk.line, "wamid.1")


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


# Connecting


async def test_line_with_a_good_token_is_connected_with_its_number(desk: Desk) -> None:
    desk.graph.answers = [(200, {"display_phone_number": "+351 21 000 0100", "quality_rating": "GREEN", "id": OURS})]
    assert await desk.connect() == LineState(State.CONNECTED, phone="351210000100")
    assert [state.state for state in desk.states] == [State.CONNECTING, State.CONNECTED]
    assert desk.graph.asked[0][:2] == ("GET", f"/v26.0/{OURS}")


async def test_low_quality_is_said_at_connecting(desk: Desk) -> None:
    desk.graph.answers = [(200, {"display_phone_number": "351210000100", "quality_rating": "RED"})]
    assert "quality" in ((await desk.connect()).reason or "")


@pytest.mark.parametrize("code", [0, 190, 10, 200, 299, 3, 33, 131005, 131031, 133010])
async def test_line_that_meta_refuses_asks_for_action(desk: Desk, code: int) -> None:
    desk.graph.answers = [(400, error(code))]
    state = await desk.connect()
    assert state.state is State.ACTION_REQUIRED
    assert state.reason


async def test_number_that_is_not_there_asks_for_action(desk: Desk) -> None:
    missing = error(100)
    missing["error"]["error_subcode"] = 33
    desk.graph.answers = [(400, missing)]
    assert (await desk.connect()).state is State.ACTION_REQUIRED


@pytest.mark.parametrize(
    "answer",
    [(404, ""), (400, "{}"), (200, "[]"), (500, "<html>"), (400, error(100)), (400, error(4)), (200, {}), (401, "")],
)
async def test_line_that_cannot_be_checked_counts_as_connected(desk: Desk, answer: tuple[int, Any]) -> None:
    desk.graph.answers = [answer]
    state = await desk.connect()
    assert state.state is State.CONNECTED
    assert (state.reason is not None) == (answer != (200, {}))


async def test_network_down_does_not_stop_the_line() -> None:
    async with at("http://127.0.0.1:1/v26.0") as desk:
        state = await desk.connect()
    assert state.state is State.CONNECTED
    assert "could not be checked" in (state.reason or "")


async def test_closing_twice_and_disconnecting_harm_nothing(desk: Desk) -> None:
    await desk.channel.disconnect(desk.line)
    await desk.channel.close()
    await desk.channel.close()
    assert await desk.send() == Sent("wamid.OUT1")


# Files that go out


async def test_file_is_uploaded_and_then_named(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"%PDF-1.7 body of the file")
    desk.graph.answers = [(200, {"id": "1037543291543636"}), (200, ACCEPTED)]
    media = MediaFile(path, "application/pdf", 25, "form.pdf")
    assert await desk.send("document", media=media, text="please sign") == Sent("wamid.OUT1")
    (_, first, headers, form), (_, second, _, body) = desk.graph.asked
    assert (first, second) == (f"/v26.0/{OURS}/media", f"/v26.0/{OURS}/messages")
    assert headers["content-type"].startswith("multipart/form-data")
    for part in (b'name="messaging_product"', b'name="type"', b"application/pdf", b"%PDF-1.7 body of the file"):
        assert part in form
    assert orjson.loads(body)["document"] == {
        "id": "1037543291543636",
        "filename": "form.pdf",
        "caption": "please sign",
    }


async def test_file_is_not_uploaded_again_when_the_message_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"x" * 100)
    desk.graph.answers = [
        (200, {"id": "77"}),
        (500, error(131016)),
        (200, ACCEPTED),
        (200, {"id": "78"}),
        (200, ACCEPTED),
    ]
    media = MediaFile(path, "image/png", 100)
    assert isinstance(await desk.refused(kind="image", media=media), Retryable)
    assert await desk.send("image", media=media) == Sent("wamid.OUT1")
    assert await desk.send("image", media=media, our_id="msg_2") == Sent("wamid.OUT1")
    assert [path.rsplit("/", 1)[1] for _, path, _, _ in desk.graph.asked] == [
        *("media", "messages", "messages"),
        *("media", "messages"),
    ]
    assert [body["image"]["id"] for body in desk.graph.bodies] == ["77", "77", "78"]


@pytest.mark.parametrize("answer", [(502, "<html>"), (200, ""), (200, {})])
async def test_upload_with_an_unknown_outcome_is_tried_again(desk: Desk, tmp_path: Path, answer: Any) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"x")
    desk.graph.answers = [answer]
    assert isinstance(await desk.refused(kind="image", media=MediaFile(path, "image/png", 1)), Retryable)
    assert len(desk.graph.asked) == 1


async def test_refused_file_is_not_sent(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"x")
    desk.graph.answers = [(400, error(131053, "Unsupported mime type"))]
    caught = await desk.refused(kind="image", media=MediaFile(path, "image/png", 1))
    assert isinstance(caught, Rejected)
    assert "format" in caught.sentence


async def test_file_of_the_wrong_kind_or_gone_never_reaches_meta(desk: Desk, tmp_path: Path) -> None:
    wrong = await desk.refused(kind="image", media=MediaFile(tmp_path / "a", "image/gif", 1))
    gone = await desk.refused(kind="image", media=MediaFile(tmp_path / "a", "image/png", 1))
    assert isinstance(wrong, Rejected)
    assert isinstance(gone, Rejected)
    assert "no longer there" in gone.sentence
    assert desk.graph.asked == []


@pytest.mark.parametrize(("flags", "taken"), [(0x02, True), (0x00, False)])
async def test_large_sticker_must_move(desk: Desk, tmp_path: Path, flags: int, taken: bool) -> None:
    path = tmp_path / "stored"
    head = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes([flags])
    path.write_bytes(head + b"\0" * 200_000)
    desk.graph.answers = [(200, {"id": "77"}), (200, ACCEPTED)]
    media = MediaFile(path, "image/webp", 200_021)
    if taken:
        await desk.send("sticker", media=media)
        assert head in desk.graph.asked[0][3]
    else:
        assert "does not move" in (await desk.refused(kind="sticker", media=media)).sentence
