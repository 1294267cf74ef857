"""The reference bridge in `examples/`, its side that speaks with us, in a real Node, without WhatsApp."""

import asyncio
import os
import shlex
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.bridge.options import BridgeOptions
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Delivery, Inbound, Line, LineState, Outbound, Sent
from frontdesk.kit.clock import MINUTE
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.testing.clock import FrozenClock, until

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "examples" / "bridge" / "frontdesk-bridge.mjs"
ANA = Address(AddressKind.PHONE, "447700900123")


def node() -> str:
    """Node's own path. Where the tests' tools are installed by themselves, it may not be missing."""
    found = shutil.which("node")
    if found is None and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        pytest.fail("Node is missing: tools/prepare-tests should have installed it (apt install nodejs).")
    if found is None:
        pytest.skip("Node was not found, so the reference bridge is not tried. Install Node 18 or newer.")
    return found


class Phone:
    """A line whose bridge is the reference one, and all that it told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bridge"
        self.folder.mkdir()
        self.clock = FrozenClock()
        self.channel = BridgeChannel(self.clock, folder=folder / "lines", starts_programs=True)
        command = shlex.join([node(), str(HERE / "fake_bridge.mjs"), str(REFERENCE)])
        self.line = Line("acc_1", BridgeOptions(command=command, folder=str(self.folder)))
        self.states: list[LineState] = []
        self.deliveries: list[Delivery] = []

    def emit(self, _account_id: str, what: LineState | Delivery) -> None:
        """Take what the channel tells."""
        if isinstance(what, LineState):
            self.states.append(what)
        else:
            self.deliveries.append(what)

    async def connect(self) -> None:
        """Bring the line up."""
        await self.channel.connect(self.line, self.emit)
        await self.stands(State.CONNECTED)

    async def stands(self, state: State) -> None:
        """Wait until the line has told that state last."""
        await until(lambda: bool(self.states) and self.states[-1].state is state)

    async def send(self, text: str, reply_to: str | None = None) -> Sent:
        """Send a text; the phone answers each."""
        number = len(self.deliveries) + len(self.states)
        return await self.channel.send(self.line, Outbound(f"msg_{number}", (ANA,), "text", text, reply_to))

    async def heard(self, count: int) -> list[Inbound]:
        """The messages that came in, once there are so many."""
        await until(lambda: len(self.deliveries) >= count)
        return [one for delivery in self.deliveries for one in delivery.events if isinstance(one, Inbound)]

    def stored(self) -> None:
        """All that came in is stored."""
        for delivery in self.deliveries:
            assert delivery.stored is not None
            delivery.stored()


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[Phone]:
    phone = Phone(tmp_path)
    yield phone
    await phone.channel.close()


async def test_a_message_goes_out_and_one_comes_in(phone: Phone) -> None:
    await phone.connect()
    assert phone.states[-1].phone == "351210000100"
    sent = await phone.send("Good morning", reply_to="in_1")
    assert (sent.external_id or "").startswith("out_")
    [one] = await phone.heard(1)
    assert one.text == "in_1 was quoted, 447700900123@c.us got: Good morning"
    assert (one.sender.addresses, one.sender.name, one.group) == ((ANA,), "Ana", None)


async def test_many_commands_get_their_own_answers(phone: Phone) -> None:
    await phone.connect()
    sent = await asyncio.gather(*(phone.send(f"number {number}") for number in range(20)))
    assert len({one.external_id for one in sent}) == 20


async def test_what_was_not_stored_is_told_again_after_a_kill_and_what_was_is_not(phone: Phone) -> None:
    await phone.connect()
    await phone.send("first")
    await phone.heard(1)
    phone.stored()
    await until(lambda: '{"ack":1}' in (phone.folder / "spool.jsonl").read_text())
    await phone.send("second")
    await phone.heard(2)
    lost = await phone.send("die")
    assert (lost.external_id, bool(lost.doubt)) == (None, True), "never sent again blindly"
    await phone.stands(State.CONNECTING)
    phone.clock.advance(MINUTE)
    first, second, again = await phone.heard(3)
    assert first.external_id != second.external_id == again.external_id
    await phone.stands(State.CONNECTED)
    await phone.send("third")
    assert len({one.external_id for one in await phone.heard(4)}) == 3


async def test_a_refusal_and_an_unknown_action_are_told_in_words(phone: Phone) -> None:
    await phone.connect()
    with pytest.raises(Rejected, match="not on WhatsApp") as refused:
        await phone.send("refuse")
    assert refused.value.code == "no_such_number"
    with pytest.raises(Retryable):
        await phone.send("away")
    place = Outbound("msg_x", (ANA,), "location", content={"latitude": 1.0, "longitude": 2.0})
    with pytest.raises(Rejected, match="does not know the action"):
        await phone.channel.send(phone.line, place)


async def test_its_code_and_its_end_are_states_of_the_line(phone: Phone) -> None:
    await phone.connect()
    await phone.send("code")
    await phone.stands(State.QR_PENDING)
    assert [state.state for state in phone.states[-2:]] == [State.CONNECTING, State.QR_PENDING]
    assert phone.states[-1].qr == "2@from,the,phone"
    await phone.channel.disconnect(phone.line)
    await phone.connect()
    await phone.send("logout")
    await phone.stands(State.LOGGED_OUT)


async def test_a_file_that_came_in_is_fetched_from_its_folder(phone: Phone, tmp_path: Path) -> None:
    await phone.connect()
    await phone.send("picture")
    picture = (await phone.heard(1))[0]
    assert picture.media is not None
    fetched = await phone.channel.fetch(phone.line, picture.media, tmp_path / "into", limit=1000)
    assert (fetched.size, fetched.mime) == (8, "image/png")


async def test_the_end_of_its_input_ends_it_in_order(phone: Phone) -> None:
    await phone.connect()
    await phone.channel.disconnect(phone.line)
    assert (phone.folder / "stopped").exists()


async def test_a_library_that_fails_to_start_ends_the_bridge_and_the_line_says_so(phone: Phone) -> None:
    (phone.folder / "broken").touch()
    await phone.channel.connect(phone.line, phone.emit)
    await until(lambda: bool(phone.states))
    assert "ended unexpectedly (code 1)" in (phone.states[-1].reason or "")
