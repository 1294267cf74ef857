"""Lines whose secrets cannot be opened: the house starts all the same, says so, and takes new values."""

import logging
from dataclasses import dataclass
from pathlib import Path

import pytest
from sending_line import OFF

from frontdesk.desk.errors import Conflict
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.desk import NUMBER, fake_line
from frontdesk.testing.house import house

pytestmark = pytest.mark.embedded("Processes that share the work do not start with another key.")


@dataclass
class Key:
    """The key file of an installation."""

    path: Path
    former: str = ""

    def lose(self) -> None:
        """As if somebody had deleted it."""
        self.former = self.path.read_text()
        self.path.unlink()

    def bring_back(self) -> None:
        """As if it had been found in a backup."""
        self.path.write_text(self.former)


@pytest.fixture
async def key(tmp_path: Path) -> Key:
    """That of an installation with one line, which was up when it ended."""
    async with fake_line(tmp_path, config=OFF) as line:
        await line.idle()
    return Key(tmp_path / "data" / "secret.key")


def silent() -> FakeChannel:
    """A channel that says nothing by itself, so that a test need not wait for it."""
    channel = FakeChannel()
    channel.states = ()
    return channel


async def test_a_line_whose_key_is_lost_stops_with_a_sentence_and_the_house_starts(tmp_path: Path, key: Key) -> None:
    key.lose()
    async with fake_line(tmp_path, config=OFF, channel=silent()) as line:
        state, reason = await line.state()
        assert state is line.desk.accounts.get(line.account_id).state is State.ACTION_REQUIRED
        assert "cannot be read" in (reason or "")
        assert "secret.key" in (reason or "")
        assert line.channel.connected == []
        assert line.desk.accounts.lines("fake") == ()
        assert [alert.account_id for alert in await line.alerts()] == [line.account_id]
        shown = (await line.house.http.get(f"/api/v1/accounts/{line.account_id}")).json()
        assert (shown["state"], shown["options"]) == ("action_required", {})


async def test_before_its_lines_start_the_house_holds_none_of_them_for_connected(tmp_path: Path, key: Key) -> None:
    key.lose()
    async with house(tmp_path, config=OFF, channels=(silent(),), start=False) as built:
        await built.built.take_up()
        assert [account.state for account in built.desk.accounts.all()] == [State.ACTION_REQUIRED]


async def test_the_former_key_brings_the_line_back(tmp_path: Path, key: Key) -> None:
    key.lose()
    async with fake_line(tmp_path, config=OFF, channel=silent()):
        pass
    key.bring_back()
    async with fake_line(tmp_path, config=OFF) as line:
        assert await line.state() == (State.CONNECTED, None)
        assert await line.alerts() == []


async def test_a_line_that_is_added_again_keeps_its_account_and_its_chats(tmp_path: Path, key: Key) -> None:
    key.lose()
    channel = silent()
    async with fake_line(tmp_path, config=OFF, channel=channel) as line:
        channel.states = FakeChannel().states
        again = await line.desk.accounts.add("fake", name="Shop", options={"number": NUMBER, "token": "anew-anew"})
        assert again == line.account_id
        await line.becomes(State.CONNECTED)
        with pytest.raises(Conflict):
            await line.desk.accounts.add("fake", name="Shop", options={"number": NUMBER})
    async with fake_line(tmp_path, config=OFF) as line:
        assert line.desk.accounts.get(again).line.options.token.get_secret_value() == "anew-anew"


async def test_a_line_of_the_environment_is_sealed_again_from_there(tmp_path: Path, key: Key) -> None:
    key.lose()
    channel = FakeChannel()
    async with house(tmp_path, config=OFF, channels=(channel,), start=False) as built:
        await built.built.take_up()
        (account,) = built.desk.accounts.all()
        kept = await built.desk.accounts.keep_from_settings("fake", name="Env", options={"number": NUMBER})
        assert kept == account.row.id
        await built.desk.accounts.load()  # time enough for a line that was told to come up
        assert channel.connected == []  # the web does not answer yet
        await built.built.start()
        await built.connected()
        assert channel.connected == [kept]


async def test_a_line_that_was_taken_down_by_hand_is_told_when_it_is_connected(tmp_path: Path, key: Key) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.desk.accounts.log_out(line.account_id)
    key.lose()
    async with fake_line(tmp_path, config=OFF, channel=silent()) as line:
        assert (await line.state())[0] is State.LOGGED_OUT
        await line.desk.accounts.connect(line.account_id)
        assert (await line.state())[0] is State.ACTION_REQUIRED


async def test_removing_a_line_needs_no_key(tmp_path: Path, key: Key) -> None:
    key.lose()
    async with fake_line(tmp_path, config=OFF, channel=silent()) as line:
        await line.desk.accounts.remove(line.account_id)
        assert line.desk.accounts.all() == ()


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (State.ACTION_REQUIRED, "The access token has run out.", "The access token has run out."),
        (State.LOGGED_OUT, "Unlinked on the phone.", "Unlinked on the phone."),
        (State.DISCONNECTED, "The network is gone.", "The network is gone."),
        (State.CONNECTED, "The access token could not be checked: no answer.", "Not checked yet."),
    ],
)
async def test_a_line_that_stops_is_one_warning_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, state: State, reason: str, words: str
) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        caplog.clear()
        for _ in range(2):
            await line.desk.accounts.report(line.account_id, LineState(state, reason))
        (told,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert told.getMessage().startswith("The line “Shop”: ")
        assert words in told.getMessage()


async def test_a_line_that_a_person_takes_down_or_logs_out_is_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        caplog.clear()
        await line.desk.accounts.disconnect(line.account_id)
        await line.desk.accounts.log_out(line.account_id)
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
