"""Lines: added once, brought up and down, their secrets sealed, their reports never lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sending_line import OFF

from frontdesk.channels.cloud import CloudChannel
from frontdesk.desk.account_options import AccountOptions
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.line_standing import BY_HAND
from frontdesk.domain.accounts import State
from frontdesk.domain.live import LiveType
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.kit.clock import SECOND, SystemClock
from frontdesk.kit.vault import Vault
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.desk import NUMBER, FakeLine, fake_line

SECRET = "a-secret-that-must-never-be-seen-0123456789"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OFF) as line:
        yield line


async def _add(line: FakeLine, number: str = "452", **options: Any) -> str:
    account_id: str = await line.desk.accounts.add("fake", name="Other", options={"number": number, **options})
    return account_id


# Secrets


@pytest.mark.embedded("It looks into the file of SQLite.")
async def test_secrets_stand_nowhere_in_the_files_of_the_database(line: FakeLine) -> None:
    account_id = await _add(line, token=SECRET)
    await line.desk.accounts.change(account_id, options={"token": SECRET + "-new"})
    path = line.house.built.settings.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for file in Path(path).parent.glob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file
    assert line.desk.accounts.get(account_id).line.options.token.get_secret_value() == SECRET + "-new"


async def test_secrets_are_never_in_answers_of_the_api(line: FakeLine) -> None:
    account_id = await _add(line, token=SECRET)
    for address in ("/api/v1/accounts", f"/api/v1/accounts/{account_id}", f"/api/v1/accounts/{account_id}/status"):
        answer = await line.house.http.get(address)
        assert answer.status_code == 200
        assert SECRET not in answer.text
    assert line.desk.accounts.visible_options(line.desk.accounts.get(account_id)) == {"number": "452", "token": "set"}


async def test_a_wrong_option_is_named_without_its_value(line: FakeLine) -> None:
    with pytest.raises(Invalid) as wrong:
        await _add(line, token=SECRET, colour=SECRET)
    assert "colour" in wrong.value.sentence
    assert SECRET not in wrong.value.sentence


# Adding and changing


async def test_a_cloud_line_uses_the_graph_api_of_the_settings_unless_it_names_another(tmp_path: Path) -> None:
    own, usual = "http://127.0.0.1:9/v26.0", "http://127.0.0.1:8/v26.0"
    async with fake_line(tmp_path, config=OFF, graph_api_url=usual) as line:
        for number, more, expected in (("1", {}, usual), ("2", {"graph_url": own}, own)):
            options = {"phone_number_id": number, "access_token": "token", "app_secret": "secret", **more}
            body = {"channel": "cloud", "name": number, "options": options}
            made = (await line.house.http.post("/api/v1/accounts", json=body)).json()
            assert line.desk.accounts.get(made["id"]).line.options.graph_url == expected


async def test_a_line_belongs_to_one_account(line: FakeLine) -> None:
    with pytest.raises(Conflict, match="already here, as “Shop”"):
        await _add(line, NUMBER)


async def test_of_two_who_add_the_same_line_at_once_one_is_refused(line: FakeLine) -> None:
    results = await asyncio.gather(_add(line), _add(line), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "str"]


async def test_an_unknown_channel_is_refused_with_those_there_are(line: FakeLine) -> None:
    with pytest.raises(Invalid, match=r"The channels here are: .*cloud, fake, .*simulator"):
        await line.desk.accounts.add("smoke", name="x", options={})


async def test_options_that_are_left_out_or_given_as_they_are_shown_stay(line: FakeLine) -> None:
    account_id = await _add(line, token=SECRET)
    await line.desk.accounts.change(account_id, name="New", options={"number": "453", "token": "set"})
    account = line.desk.accounts.get(account_id)
    assert (account.row.name, account.line.options.number) == ("New", "453")
    assert account.line.options.token.get_secret_value() == SECRET
    assert line.desk.accounts.by_ref("fake", "453") is account
    assert line.desk.accounts.by_ref("fake", "452") is None


async def test_a_line_cannot_be_changed_into_another_ones(line: FakeLine) -> None:
    account_id = await _add(line)
    with pytest.raises(Conflict):
        await line.desk.accounts.change(account_id, options={"number": NUMBER})
    assert line.desk.accounts.get(account_id).row.line_ref == "452"


async def test_a_name_that_changes_changes_who_answers(tmp_path: Path) -> None:
    config = OFF + '[[persona]]\nname = "Night"\nmatch = { account = "Night line" }\ntrusted = false\n'
    async with fake_line(tmp_path, config=config) as line:
        await line.arrive(line.message())
        await line.desk.accounts.change(line.account_id, name="Night line")
        await line.arrive(line.message(who="447700900999"))
        assert [chat.trusted for chat in await line.chats()] == [True, False]


async def test_the_account_of_the_settings_is_made_once_and_kept_in_step(line: FakeLine) -> None:
    keep = line.desk.accounts.keep_from_settings
    first = await keep("fake", name="Env", options={"number": "9", "token": "one-one-one"})
    assert await keep("fake", name="Env", options={"number": "9", "token": "two-two-two"}) == first
    assert line.desk.accounts.get(first).line.options.token.get_secret_value() == "two-two-two"


async def test_a_removed_account_is_gone_with_its_secrets_and_its_line_is_free(line: FakeLine) -> None:
    account_id = await _add(line, token=SECRET)
    await line.desk.accounts.remove(account_id)
    with pytest.raises(NotFound):
        line.desk.accounts.get(account_id)
    assert line.desk.accounts.by_ref("fake", "452") is None
    assert await _add(line) != account_id


# States


async def test_connecting_tells_each_state_and_keeps_the_phone(line: FakeLine) -> None:
    account_id = await _add(line)
    await line.desk.accounts.connect(account_id)
    # The state is known a moment before it is stored; the time stands there once it is.
    await until(lambda: line.desk.accounts.get(account_id).row.last_connected_at is not None)
    states = [live.payload["state"] for live in line.happened(LiveType.ACCOUNT_STATE) if live.account_id == account_id]
    assert states == ["disconnected", "connecting", "connected"]
    row = line.desk.accounts.get(account_id).row
    assert (row.phone, row.last_connected_at) == ("351210000100", line.clock.now())


async def test_a_line_that_is_up_is_not_connected_again(line: FakeLine) -> None:
    await line.desk.accounts.connect(line.account_id)
    assert line.channel.connected == [line.account_id]


async def test_a_line_that_is_coming_up_is_not_brought_up_twice(line: FakeLine) -> None:
    account_id = await _add(line)
    await asyncio.gather(*(line.desk.accounts.connect(account_id) for _ in range(3)))
    await until(lambda: line.desk.accounts.get(account_id).state is State.CONNECTED)
    assert line.channel.connected.count(account_id) == 1


@pytest.mark.parametrize("verb", ["disconnect", "log_out", "remove"])
async def test_a_line_that_is_taken_down_while_it_is_about_to_come_up_stays_down(line: FakeLine, verb: str) -> None:
    account_id = await _add(line)
    connecting = asyncio.create_task(line.desk.accounts.connect(account_id))
    await asyncio.sleep(0)  # that it comes up is being stored
    await getattr(line.desk.accounts, verb)(account_id)
    await connecting
    await line.idle()
    assert account_id not in line.channel.connected


async def test_a_line_that_is_asked_for_again_after_that_comes_up(line: FakeLine) -> None:
    account_id = await _add(line)
    connecting = asyncio.create_task(line.desk.accounts.connect(account_id))
    await asyncio.sleep(0)
    await line.desk.accounts.disconnect(account_id)
    await line.desk.accounts.connect(account_id)
    await connecting
    await until(lambda: line.desk.accounts.get(account_id).state is State.CONNECTED)


async def test_a_state_that_cannot_follow_is_passed_over(line: FakeLine) -> None:
    await line.desk.accounts.log_out(line.account_id)
    line.channel.say(line.account_id, LineState(State.CONNECTED))
    await line.idle()
    assert (await line.state())[0] is State.LOGGED_OUT


def _told(line: FakeLine) -> list[str]:
    """The states that listeners were told, from the first `connected` of the line on."""
    states = [str(live.payload["state"]) for live in line.happened(LiveType.ACCOUNT_STATE)]
    return states[states.index("connected") :] if "connected" in states else []


async def test_states_are_told_in_the_order_in_which_they_were_said(line: FakeLine) -> None:
    states = [LineState(state) for state in (State.DISCONNECTED, State.CONNECTING, State.CONNECTED) * 5]
    line.channel.say(line.account_id, *states)
    await until(lambda: len(_told(line)) >= 16)  # the first one is of the line's own start
    assert _told(line)[-15:] == [state.state.value for state in states]


async def test_a_line_that_stops_raises_one_alert_that_closes_when_it_is_up_again(line: FakeLine) -> None:
    for _ in range(2):
        await line.desk.accounts.report(line.account_id, LineState(State.ACTION_REQUIRED, "The token has run out."))
    (alert,) = await line.alerts()
    assert (alert.sentence, alert.count) == ("The line “Shop” has stopped. The token has run out.", 2)
    await line.desk.accounts.report(line.account_id, LineState(State.CONNECTED))
    assert await line.alerts() == []


async def test_a_line_that_was_unlinked_on_the_phone_raises_an_alert_and_one_logged_out_here_does_not(
    line: FakeLine,
) -> None:
    await line.desk.accounts.log_out(line.account_id)
    assert await line.alerts() == []
    other = await _add(line)
    await line.desk.accounts.report(other, LineState(State.LOGGED_OUT, "Unlinked on the phone."))
    assert [alert.account_id for alert in await line.alerts()] == [other]


async def test_a_code_to_scan_is_shown_until_the_state_changes(line: FakeLine) -> None:
    account_id = await _add(line)
    await line.desk.accounts.report(account_id, LineState(State.CONNECTING))
    await line.desk.accounts.report(account_id, LineState(State.QR_PENDING, qr="2@abc"))
    assert line.desk.accounts.qr(account_id).qr == "2@abc"
    await line.desk.accounts.report(account_id, LineState(State.CONNECTED))
    assert line.desk.accounts.qr(account_id) is None


async def test_a_channel_that_raises_at_connect_is_told_as_a_state(tmp_path: Path) -> None:
    class Broken(FakeChannel):
        async def connect(self, line: Line, emit: Any) -> None:
            raise ValueError("boom")

    channel = Broken()
    channel.states = ()
    async with fake_line(tmp_path, channel=channel, config=OFF) as line:
        await line.becomes(State.ACTION_REQUIRED)
        assert (await line.state())[1] == "The channel failed to start; see the log."


# Restarts


async def test_lines_come_up_again_after_a_restart(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.idle()
    async with fake_line(tmp_path, config=OFF) as line:
        await until(lambda: line.channel.connected == [line.account_id])


@pytest.mark.parametrize("verb", ["disconnect", "log_out"])
async def test_a_line_that_was_taken_down_by_hand_stays_down_after_a_restart(tmp_path: Path, verb: str) -> None:
    channel = FakeChannel()
    async with fake_line(tmp_path, config=OFF, channel=channel) as line:
        await getattr(line.desk.accounts, verb)(line.account_id)
        channel.say(line.account_id, LineState(State.DISCONNECTED))  # as channels do that say it themselves
        await line.idle()
    again = FakeChannel()
    again.states = ()
    async with fake_line(tmp_path, config=OFF, channel=again) as line:
        await line.idle()
        assert again.connected == []
        if verb == "disconnect":
            assert await line.state() == (State.DISCONNECTED, BY_HAND)
        again.states = FakeChannel().states
        await line.desk.accounts.connect(line.account_id)
        await line.becomes(State.CONNECTED)


async def test_a_line_that_fell_down_by_itself_comes_up_after_a_restart(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        await line.desk.accounts.report(line.account_id, LineState(State.DISCONNECTED, "The network is gone."))
    async with fake_line(tmp_path, config=OFF) as line:
        assert line.channel.connected == [line.account_id]


async def test_a_line_that_nobody_has_connected_stays_down_after_a_restart(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        untouched = await _add(line)
    async with fake_line(tmp_path, config=OFF) as line:
        await until(lambda: line.channel.connected == [line.account_id])
        await line.idle()
        assert line.desk.accounts.get(untouched).state is State.DISCONNECTED


@pytest.mark.parametrize("production", [True, False])
def test_in_production_a_line_without_an_app_secret_is_refused(production: bool) -> None:
    clock = SystemClock()
    options = AccountOptions(Vault("k" * 32), {"cloud": CloudChannel(clock)}, production=production)
    given = {"phone_number_id": "4", "access_token": "t"}
    if not production:
        assert options.check("cloud", given)
        return
    with pytest.raises(Invalid, match="app_secret is missing"):
        options.check("cloud", given)
    assert options.check("cloud", {**given, "app_secret": "s"})


async def test_at_the_end_every_line_is_taken_down_and_every_channel_closed(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        channel = line.channel
    assert (channel.disconnected, channel.closed) == ([line.account_id], True)


async def test_a_channel_that_raises_at_disconnect_does_not_keep_the_house_from_ending(tmp_path: Path) -> None:
    class Broken(FakeChannel):
        async def disconnect(self, line: Line) -> None:
            raise ValueError("boom")

    async with fake_line(tmp_path, config=OFF, channel=Broken()) as line:
        pass
    assert line.channel.closed


# What lines hand over


async def test_what_a_line_hands_over_is_stored(line: FakeLine) -> None:
    line.channel.say(line.account_id, Delivery(None, (line.message("Hi"),)))
    await until(lambda: _stored(line, 1))


async def test_what_a_line_hands_over_waits_for_the_store(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver, failures = line.desk.intake.deliver, [StoreUnavailable("The disk is full.")] * 2

    async def full(*given: Any) -> None:
        if failures:
            raise failures.pop()
        await deliver(*given)

    line.desk.accounts.on_delivery = full
    line.channel.say(line.account_id, Delivery(None, (line.message("Hi"),)))

    async def stored() -> bool:
        line.clock.advance(SECOND)
        return await _stored(line, 1)

    await until(stored)


async def test_what_a_line_handed_over_is_stored_before_the_house_ends(tmp_path: Path) -> None:
    async with fake_line(tmp_path, config=OFF) as line:
        for number in range(50):
            line.channel.say(line.account_id, Delivery(None, (line.message(f"{number}"),)))
    async with fake_line(tmp_path, config=OFF) as line:
        assert await _stored(line, 50)


async def _stored(line: FakeLine, count: int) -> bool:
    return len(await line.messages("inbound")) == count


async def test_a_stored_token_is_never_sent_to_a_new_address(line: FakeLine) -> None:
    options = {"phone_number_id": "330000000000451", "access_token": "t", "app_secret": "s"}
    account_id = await line.desk.accounts.add("cloud", name="Meta", options=options)
    with pytest.raises(Invalid, match="access token"):
        await line.desk.accounts.change(account_id, options={"graph_url": "https://elsewhere.test/v26.0"})
    await line.desk.accounts.change(
        account_id, options={"graph_url": "https://elsewhere.test/v26.0", "access_token": "anew"}
    )


async def test_a_wait_that_was_told_is_not_forgotten_when_lines_are_read_again(line: FakeLine) -> None:
    until = line.clock.now() + 10 * SECOND
    line.desk.accounts.block(line.account_id, until)
    await line.desk.accounts.load()
    assert line.desk.accounts.get(line.account_id).row.blocked_until == until


async def test_a_line_that_whatsapp_asked_to_wait_says_until_when(line: FakeLine) -> None:
    line.desk.accounts.block(line.account_id, line.clock.now() + 10 * SECOND)
    path = f"/api/v1/accounts/{line.account_id}/status"
    assert "asked this line to wait" in (await line.house.http.get(path)).json()["sentence"]
    line.clock.advance(11 * SECOND)
    assert "wait" not in (await line.house.http.get(path)).json()["sentence"]
