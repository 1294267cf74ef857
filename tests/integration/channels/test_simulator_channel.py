"""The real Cloud API code and the stand-in, over HTTP in both directions."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.responses import Response

from frontdesk.channels.simulator.behaviour import CALM, LIVELY
from frontdesk.channels.simulator.channel import SimulatorChannel, SimulatorOptions, options_for
from frontdesk.channels.simulator.faults import Fault, FaultKind
from frontdesk.channels.simulator.people import Identity, Number, make_customer
from frontdesk.channels.simulator.phones import Attachment
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Bubble, Thread
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Event, Inbound, Line, LineState, MediaFile, Outbound, Receipt, Seen, Sent
from frontdesk.kit.clock import DAY, SECOND
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.local_server import serving
from frontdesk.web.simulator import standin_app

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 400


@dataclass
class Desk:
    """Uses the channel as the product does, and keeps what arrived."""

    standin: StandIn
    clock: FrozenClock
    channel: SimulatorChannel
    number: Number
    line: Line | None = None
    events: list[Event] = field(default_factory=list)
    refused: int = 0

    async def webhook(self, request: Request) -> Response:
        body, line = await request.body(), self.line
        assert line is not None
        if not self.channel.verify(body, dict(request.headers), [line]):
            self.refused += 1
            return Response(status_code=403)
        for delivery in self.channel.parse(body):
            assert delivery.line_ref == self.number.phone_number_id
            self.events += delivery.events
        return Response(status_code=200)

    async def arrives(self, kind: type[Event], count: int = 1) -> list[Any]:
        await until(lambda: sum(isinstance(event, kind) for event in self.events) >= count)
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def thread(self) -> Thread:
        return self.standin.thread(next(iter(self.standin.threads.customers)))

    @property
    def last(self) -> Bubble:
        assert self.thread.last is not None
        return self.thread.last

    async def write(self, text: str = "Hello") -> Inbound:
        before = sum(isinstance(event, Inbound) for event in self.events)
        self.standin.write(self.thread, text)
        return (await self.arrives(Inbound, before + 1))[-1]  # type: ignore[no-any-return]

    async def send(self, to: Address | None = None, **parts: Any) -> Sent:
        assert self.line is not None
        parts = {"our_id": "msg_1", "kind": "text"} | parts
        if parts["kind"] == "text":
            parts.setdefault("text", "Good morning")
        ana = Address(AddressKind.PHONE, "447700900123")
        return await self.channel.send(self.line, Outbound(to=(to or ana,), **parts))

    async def is_refused(self, **parts: Any) -> PluginError:
        with pytest.raises(PluginError) as caught:
            await self.send(**parts)
        return caught.value


@pytest.fixture
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    clock = FrozenClock()
    standin = StandIn(clock, behaviour=getattr(request, "param", CALM), seed=3)
    program = FastAPI()
    async with serving(program) as ours, serving(standin_app(standin)) as graph:
        number = standin.add_number(Number("330000000000451", "351210000100", f"{ours}/webhook"))
        standin.add_customer(make_customer("Ana Ferreira", "+44 7700 900123"))
        desk = Desk(standin, clock, SimulatorChannel(clock), number)
        desk.line = Line("acc_1", options_for(number, f"{graph}/v26.0"))
        program.add_api_route("/webhook", desk.webhook, methods=["POST"])
        await standin.start()
        try:
            yield desk
        finally:
            await desk.channel.close()
            await standin.stop()


async def test_line_comes_up_with_the_numbers_own_phone(desk: Desk) -> None:
    states: list[Any] = []
    assert desk.line is not None
    await desk.channel.connect(desk.line, lambda _, state: states.append(state))
    assert isinstance(states[-1], LineState)
    assert (states[-1].state, states[-1].phone) == (State.CONNECTED, "351210000100")


async def test_text_goes_in_and_the_answer_comes_back_with_its_receipts(desk: Desk) -> None:
    message = await desk.write("When are you open?")
    assert (message.text, message.sender.name) == ("When are you open?", "Ana Ferreira")
    sent = await desk.send(text="At nine.", reply_to=message.external_id)
    assert (desk.last.content["body"], desk.last.quote) == ("At nine.", message.external_id)
    desk.clock.advance(2 * SECOND)
    receipts = await desk.arrives(Receipt, 2)
    desk.standin.look(desk.thread)
    receipts = await desk.arrives(Receipt, 3)
    assert [one.status for one in receipts] == [Status.SENT, Status.DELIVERED, Status.READ]
    assert {(one.external_id, one.our_id) for one in receipts} == {(sent.external_id, "msg_1")}


async def test_spoiled_signature_is_refused_and_the_message_comes_again(desk: Desk) -> None:
    desk.standin.inject(Fault(FaultKind.SIGNATURE))
    await desk.write("Hello")
    assert desk.refused == 1


async def test_reading_and_typing_show_on_the_phone(desk: Desk) -> None:
    message = await desk.write()
    assert desk.line is not None
    await desk.channel.mark_read(desk.line, Seen(message.external_id), typing=True)
    assert desk.last.status == "read"
    assert desk.thread.typing_until == desk.clock.now() + 25 * SECOND
    await desk.send()
    assert desk.thread.typing_until == 0


async def test_person_without_a_phone_can_be_answered(desk: Desk) -> None:
    bo = desk.standin.add_customer(make_customer("Bo Lind", "+46700000001", identity=Identity.USER))
    desk.standin.write(desk.standin.thread(bo.customer_id), "Hej")
    (message,) = await desk.arrives(Inbound)
    assert [address.kind for address in message.sender.addresses] == [AddressKind.USER]
    await desk.send(message.sender.addresses[0], text="Hej Bo")
    last = desk.standin.thread(bo.customer_id).last
    assert last is not None
    assert last.content["body"] == "Hej Bo"


async def test_closed_window_refuses_all_but_templates(desk: Desk) -> None:
    assert (await desk.is_refused()).code == "131047"
    await desk.write()
    await desk.send()
    desk.clock.advance(DAY)
    error = await desk.is_refused()
    assert isinstance(error, Rejected)
    await desk.send(kind="template", content={"name": "hello_world", "language": "en_US"})
    assert desk.last.kind == "template"
    await desk.write("I am back")
    await desk.send()


async def test_photo_travels_in_both_directions(desk: Desk, tmp_path: Path) -> None:
    desk.standin.attach(desk.thread, Attachment(PNG, "image/png", "tooth.png"), caption="Look")
    (message,) = await desk.arrives(Inbound)
    assert (message.kind, message.text) == ("image", "Look")
    assert desk.line is not None
    got = await desk.channel.fetch(desk.line, message.media, tmp_path / "got", limit=1_000_000)
    assert got.path.read_bytes() == PNG
    assert got.meta["sha256"] == hashlib.sha256(PNG).hexdigest()
    media = MediaFile(got.path, "image/png", len(PNG), "tooth.png")
    await desk.send(kind="image", media=media, text="Thank you")
    content = desk.last.content
    assert (content["caption"], content["mime_type"]) == ("Thank you", "image/png")
    assert desk.standin.graph.media.get(content["id"]).content == PNG


async def test_voice_note_is_marked_as_one(desk: Desk) -> None:
    desk.standin.attach(desk.thread, Attachment(b"OggS and more", "audio/ogg", voice=True))
    (message,) = await desk.arrives(Inbound)
    assert message.media is not None
    assert (message.kind, message.media.mime, message.media.voice) == ("audio", "audio/ogg; codecs=opus", True)


async def test_tapped_button_comes_back_with_what_it_answers(desk: Desk) -> None:
    await desk.write()
    buttons = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
    sent = await desk.send(kind="buttons", text="Shall we?", content={"buttons": buttons})
    desk.standin.tap(desk.thread, str(sent.external_id), "yes")
    message = (await desk.arrives(Inbound, 2))[1]
    assert (message.text, message.reply_to) == ("Yes", sent.external_id)


async def test_reaction_of_ours_shows_at_the_message(desk: Desk) -> None:
    message = await desk.write()
    await desk.send(kind="reaction", content={"emoji": "👍", "target": message.external_id})
    assert desk.last.reactions == {"business": "👍"}
    desk.clock.advance(5 * SECOND)
    assert [one.status for one in await desk.arrives(Receipt)] == [Status.SENT]


async def test_echo_arrives_as_typed_on_the_phone(desk: Desk) -> None:
    desk.standin.owner_says(desk.thread, "Marta here")
    (message,) = await desk.arrives(Inbound)
    assert (message.typed_on_phone, message.text) == (True, "Marta here")


@pytest.mark.parametrize(
    ("code", "kind"),
    [(131056, Retryable), (130429, Retryable), (131016, Retryable), (131026, Rejected), (190, LoggedOut)],
)
async def test_injected_error_means_what_it_means_at_meta(desk: Desk, code: int, kind: type[PluginError]) -> None:
    await desk.write()
    desk.standin.inject(Fault(FaultKind.ERROR, code=code))
    error = await desk.is_refused()
    assert isinstance(error, kind)
    assert error.code == str(code)


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.EMPTY])
async def test_lost_answer_leaves_a_doubt_that_the_statuses_settle(desk: Desk, kind: FaultKind) -> None:
    await desk.write()
    desk.standin.inject(Fault(kind))
    sent = await desk.send()
    assert sent.external_id is None
    assert sent.doubt
    assert desk.last.content["body"] == "Good morning"
    desk.clock.advance(2 * SECOND)
    assert (await desk.arrives(Receipt))[0].our_id == "msg_1"


async def test_page_of_html_is_no_answer(desk: Desk) -> None:
    await desk.write()
    desk.standin.inject(Fault(FaultKind.HTML))
    sent = await desk.send()
    assert sent.external_id is None
    assert desk.last.mine, "the message was taken although 502 was answered"


async def test_hanging_call_ends_when_the_clock_has_moved(desk: Desk) -> None:
    await desk.write()
    desk.standin.inject(Fault(FaultKind.HANG))
    sending = asyncio.create_task(desk.send())
    await until(lambda: not desk.last.mine)
    desk.clock.advance(60 * SECOND)
    assert (await sending).external_id is None


async def test_late_failure_arrives_as_failed(desk: Desk) -> None:
    await desk.write()
    desk.standin.inject(Fault(FaultKind.LATE, code=131053))
    sent = await desk.send()
    desk.clock.advance(5 * SECOND)
    (receipt,) = await desk.arrives(Receipt)
    assert (receipt.external_id, receipt.status, receipt.error_code) == (sent.external_id, Status.FAILED, "131053")


async def test_own_pace_keeps_the_stand_in_from_refusing(desk: Desk) -> None:
    await desk.write()
    for number in range(45):
        await desk.send(our_id=f"msg_{number}")
    error = await desk.is_refused(our_id="msg_46")
    assert isinstance(error, Retryable)
    assert not [entry for entry in desk.standin.threads.journal if not entry.fine]


async def test_unknown_person_is_undeliverable_later(desk: Desk) -> None:
    await desk.send(
        Address(AddressKind.PHONE, "15550001111"),
        kind="template",
        content={"name": "hello_world", "language": "en_US"},
    )
    desk.clock.advance(5 * SECOND)
    (receipt,) = await desk.arrives(Receipt)
    assert (receipt.status, receipt.error_code) == (Status.FAILED, "131026")


@pytest.mark.parametrize("desk", [LIVELY], indirect=True)
async def test_unruly_statuses_are_all_understood(desk: Desk) -> None:
    await desk.write()
    ids = [str((await desk.send(our_id=f"msg_{number}")).external_id) for number in range(20)]
    desk.clock.advance(20 * SECOND)
    await until(lambda: desk.standin.reports.planned == 0)
    desk.clock.advance(20 * SECOND)
    await until(lambda: desk.standin.waiting == 0)
    receipts = await desk.arrives(Receipt)
    assert {receipt.external_id for receipt in receipts} == set(ids)
    assert {type(event) for event in desk.events} == {Inbound, Receipt}


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.facebook.com/v26.0",
        "http://192.168.1.5/v26.0",
        "http://127.0.0.1.example.com",
        "http://simulator",
    ],
)
def test_simulated_line_cannot_speak_to_another_machine(url: str) -> None:
    with pytest.raises(ValidationError, match="this machine only"):
        SimulatorOptions(phone_number_id="1", access_token="t", graph_url=url)


def test_simulated_line_says_that_it_is_not_real() -> None:
    assert SimulatorChannel.capabilities.real is False
    assert SimulatorChannel.capabilities.title == "Simulator"
    assert SimulatorChannel.name == "simulator"
