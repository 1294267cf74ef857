"""Lines of another process: what is asked of them is done there once, or surely not, or is in doubt."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from frontdesk.channels.base import (
    Channel,
    FetchesMedia,
    FindsPeople,
    Foresees,
    HasVitals,
    MarksRead,
    Pairs,
    ReceivesWebhooks,
    TakesCallbacks,
    Types,
    Unlinks,
    Vitals,
    Watched,
)
from frontdesk.channels.bridge.channel import BridgeChannel
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.channels.remote.channel import BrokenContract, remote
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, parse
from frontdesk.domain.wire import Line, LineState, MediaFile, MediaRef, Outbound, Seen, Sent
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable
from frontdesk.kit.vault import Vault
from frontdesk.testing.channels import FakeChannel, UnofficialFake
from frontdesk.testing.clock import until
from frontdesk.testing.lines import KEY, Around, LinesProcess, WebProcess, lines_process, web_process

ANA = parse("447700900123")
ABILITIES: tuple[Any, ...] = (
    FetchesMedia,
    FindsPeople,
    Foresees,
    HasVitals,
    MarksRead,
    Pairs,
    ReceivesWebhooks,
    TakesCallbacks,
    Types,
    Unlinks,
    Watched,
)


@dataclass
class Reached:
    """A line that is up in one process, and the way to it from another one."""

    around: Around
    web: WebProcess
    owner: LinesProcess
    account_id: str

    @property
    def line(self) -> Line:
        return self.web.of(self.account_id).line

    @property
    def channel(self) -> Any:
        """What is held here in the place of the channel."""
        return self.web.channel

    @property
    def real(self) -> Any:
        """The channel in the other process."""
        return self.owner.channel

    def send(self, text: str = "Hello", **more: Any) -> asyncio.Task[Sent]:
        outbound = Outbound("msg_1", (ANA,), more.pop("kind", "text"), text=text, **more)
        return asyncio.create_task(self.channel.send(self.line, outbound))


@pytest.fixture
async def far(postgres_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Reached]:
    around = Around(postgres_url, redis_url, tmp_path)
    async with web_process(around, take=0.4) as web, lines_process(around, name="prc_one") as owner:
        account_id = await web.account()
        await web.desk.accounts.connect(account_id)
        await web.becomes(account_id, State.CONNECTED)
        yield Reached(around, web, owner, account_id)


def _channels(folder: Path) -> list[Channel]:
    vault, clock = Vault(KEY), SystemClock()
    return [
        LinkedChannel(clock, folder=folder / "linked", vault=vault),
        BridgeChannel(clock, folder=folder / "bridge"),
        UnofficialFake(),
        FakeChannel(),
    ]


def test_it_can_do_what_the_channel_can_and_nothing_else(tmp_path: Path) -> None:
    for near in _channels(tmp_path):
        far: Any = remote(near, None, tmp_path)  # type: ignore[arg-type]
        assert (far.name, far.Options, far.capabilities) == (near.name, near.Options, near.capabilities)
        for ability in ABILITIES:
            assert isinstance(far, ability) is isinstance(near, ability), (near.name, ability)


async def test_a_message_goes_out_once_by_the_process_that_holds_the_line(far: Reached) -> None:
    assert await far.send("Hello") == Sent("out-1")
    (sent,) = far.real.sent
    assert sent == Outbound("msg_1", (ANA,), "text", text="Hello")


async def test_a_file_is_named_by_its_place_in_the_shared_folder(far: Reached) -> None:
    file = far.around.folder / "media" / "a.png"
    file.parent.mkdir()
    file.write_bytes(b"png")
    assert (await far.send("Look", kind="image", media=MediaFile(file, "image/png", 3))).external_id == "out-1"
    assert far.real.sent[0].media.path == file
    with pytest.raises(Rejected, match="data folder"):
        await far.send("Look", kind="image", media=MediaFile(Path("/etc/hostname"), "image/png", 3))


@pytest.mark.parametrize(
    "error",
    [
        Retryable("Not now.", after=777, scope="chat", code="busy"),
        Rejected("Never.", code="gone", alert=True),
        LoggedOut("Linked no more.", code="401"),
    ],
)
async def test_what_the_channel_refuses_is_refused_here_as_it_is(far: Reached, error: PluginError) -> None:
    far.real.script.append(error)
    with pytest.raises(type(error)) as refused:
        await far.send()
    assert vars(refused.value) == vars(error)


async def test_a_doubt_of_the_channel_is_one_here(far: Reached) -> None:
    far.real.script.append(Sent(None, "Nobody knows."))
    assert await far.send() == Sent(None, "Nobody knows.")


async def test_what_breaks_the_contract_over_there_breaks_it_here(far: Reached) -> None:
    far.real.script.append(ValueError("A fault."))
    with pytest.raises(BrokenContract, match="ValueError"):
        await far.send()


async def test_a_message_that_nobody_took_is_taken_back_and_may_be_sent_again(far: Reached) -> None:
    await far.owner.answering.stop()
    with pytest.raises(Retryable) as early:
        await far.send()
    assert early.value.scope == "account"
    assert far.real.sent == []


async def test_a_message_that_was_taken_and_never_answered_is_in_doubt(far: Reached) -> None:
    far.real.gate = asyncio.Event()
    sending = far.send()
    await until(lambda: far.real.under_way == 1)
    await far.owner.answering.close(grace=0)
    sent = await sending
    assert sent.external_id is None
    assert sent.doubt is not None
    assert len(far.real.sent) == 1


async def test_a_message_whose_line_has_moved_is_sent_by_the_new_owner(far: Reached) -> None:
    assert await far.send() == Sent("out-1")
    async with lines_process(far.around, name="prc_two") as two:
        await far.owner.close()
        await until(lambda: two.has(far.account_id))
        assert await far.send("Again") == Sent("out-1")
        assert two.channel.texts == ["Again"]


async def test_a_line_that_nobody_holds_is_asked_again_later(far: Reached) -> None:
    await far.owner.close()
    with pytest.raises(Retryable, match="not held by any process"):
        await far.send()


async def test_signs_go_there(far: Reached) -> None:
    seen = Seen("in-1", (ANA,), voice=True)
    await far.channel.mark_read(far.line, seen, typing=True)
    await far.channel.show_typing(far.line, (ANA,), writing=False)
    assert far.real.read == [("in-1", True)]
    assert far.real.typed == [((ANA,), False)]


async def test_people_are_found_there(far: Reached) -> None:
    found: tuple[Address, ...] = (ANA, parse("99000111@lid"))
    far.real.found = found
    assert await far.channel.find_person(far.line, ANA) == found
    far.real.found = ()
    assert await far.channel.find_person(far.line, ANA) == ()


async def test_files_are_fetched_into_the_shared_folder(far: Reached) -> None:
    far.real.files["f-1"] = b"a file"
    into = far.around.folder / "incoming"
    fetched = await far.channel.fetch(far.line, MediaRef("f-1", "text/plain", name="a.txt"), into, limit=100)
    assert (fetched.path, fetched.size, fetched.mime, fetched.name) == (into, 6, "text/plain", "a.txt")
    assert into.read_bytes() == b"a file"
    with pytest.raises(Rejected, match="too large"):
        await far.channel.fetch(far.line, MediaRef("f-1"), into, limit=2)


async def test_a_line_is_checked_there(far: Reached) -> None:
    await far.channel.check(far.line)
    assert far.real.checked == [far.account_id]


async def test_what_would_be_refused_is_known_here_without_asking(far: Reached) -> None:
    await far.owner.close()
    with pytest.raises(Rejected, match="too long"):
        far.channel.foresee(Outbound("msg_1", (ANA,), "text", text="x" * 5000))


async def test_how_the_programs_of_lines_are_doing_is_known_here(far: Reached) -> None:
    async def told() -> bool:
        await far.web.owners.look()
        return bool(far.channel.vitals())

    await until(told)
    assert far.channel.vitals() == {far.account_id: Vitals(1, 2_000_000)}


async def test_bringing_a_line_up_by_the_contract_is_told_where_nobody_can(far: Reached) -> None:
    told: list[tuple[str, Any]] = []
    await far.owner.close()
    await far.channel.connect(far.line, lambda account_id, what: told.append((account_id, what)))
    ((account_id, state),) = told
    assert account_id == far.account_id
    assert isinstance(state, LineState)
    assert "frontdesk lines" in (state.reason or "")


async def test_taken_work_of_a_line_that_was_given_away_meanwhile_is_refused(far: Reached) -> None:
    await far.owner.desk.accounts.disconnect(far.account_id)
    await until(lambda: not far.owner.lines.held)
    far.web.owners._known[far.account_id] = ("prc_one", 10.0**12)  # it is believed to be there
    with pytest.raises(Retryable):
        await far.send()
    assert far.real.sent == []
