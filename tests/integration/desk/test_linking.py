"""Lines that are linked with a phone: codes come and go, are asked for, and what a link leaves behind is removed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.accounts import State
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.store import alerts
from frontdesk.testing.clock import until
from frontdesk.testing.linking import LASTS, PHONE, LinkedLine, linked_line

CODE, FIRST = "WXYZ-2345", "2@the-first-code-of-the-fake"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[LinkedLine]:
    async with linked_line(tmp_path) as line:
        yield line


@pytest.fixture
async def waiting(line: LinkedLine) -> LinkedLine:
    """A line that waits to be scanned."""
    await line.house.desk.accounts.connect(line.account_id)
    await line.shows(FIRST)
    return line


def _listen(line: LinkedLine) -> list[Live]:
    told: list[Live] = []
    tell = line.house.built.store.after_commit

    def hear(events: list[Live], *, due: int | None) -> None:
        told.extend(events)
        tell(events, due=due)

    line.house.built.store.after_commit = hear  # type: ignore[assignment]
    return told


async def _pair(line: LinkedLine, phone: str = "+351 912 345 678") -> str | None:
    await line.house.desk.accounts.pair_by_code(line.account_id, phone)
    shown = line.house.desk.accounts.qr(line.account_id)
    return shown.pairing_code if shown else None


# Codes to scan


async def test_each_new_code_is_told_once_and_never_what_it_is(waiting: LinkedLine) -> None:
    told = _listen(waiting)
    for code in ("2@second", "2@second", "2@third"):
        await waiting.next_code(code)
    await waiting.scanned()
    codes = [live for live in told if live.type is LiveType.ACCOUNT_QR]
    assert [live.payload["has_qr"] for live in codes] == [True, True, False]
    assert [live.payload["expires_at"] is None for live in codes] == [False, False, True]
    assert not any("2@" in str(live.payload) for live in told)


async def test_a_code_that_follows_another_is_no_new_state(waiting: LinkedLine) -> None:
    told = _listen(waiting)
    await waiting.next_code("2@second")
    assert [live.type for live in told] == [LiveType.ACCOUNT_QR]


async def test_connecting_again_while_a_code_waits_changes_nothing(waiting: LinkedLine) -> None:
    await waiting.next_code("2@second")
    await waiting.house.desk.accounts.connect(waiting.account_id)
    assert waiting.channel.connected == [waiting.account_id]
    assert waiting.channel.disconnected == []


async def test_connecting_again_when_the_code_has_run_out_shows_another(waiting: LinkedLine) -> None:
    await waiting.next_code("2@second")
    waiting.clock.advance(LASTS)
    waiting.channel.states = (LineState(State.QR_PENDING, qr="2@anew"),)
    await waiting.house.desk.accounts.connect(waiting.account_id)
    await waiting.shows("2@anew")
    assert waiting.channel.disconnected == [waiting.account_id]


async def test_codes_reach_no_log(line: LinkedLine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await line.house.desk.accounts.connect(line.account_id)
    await line.shows(FIRST)
    await _pair(line)
    assert FIRST not in caplog.text
    assert CODE not in caplog.text
    assert PHONE not in caplog.text


# Codes to type


async def test_a_line_that_is_down_is_started_for_a_code(line: LinkedLine) -> None:
    assert await _pair(line) == CODE
    assert line.channel.connected == [line.account_id]
    assert line.channel.asked == [(line.account_id, PHONE)]


async def test_asked_again_for_the_same_phone_the_same_code_is_given(line: LinkedLine) -> None:
    assert set(await asyncio.gather(_pair(line), _pair(line, "00351912345678"))) == {CODE}
    assert len(line.channel.asked) == 1


async def test_another_phone_gets_another_code(line: LinkedLine) -> None:
    await _pair(line)
    line.channel.answers.append(LineState(State.QR_PENDING, pairing_code="2222-3333"))
    assert await _pair(line, "+447700900123") == "2222-3333"


async def test_a_new_code_to_scan_leaves_the_code_to_type_in_its_place(line: LinkedLine) -> None:
    await _pair(line)
    await line.next_code("2@second")
    shown = line.house.desk.accounts.qr(line.account_id)
    assert shown is not None
    assert (shown.qr, shown.pairing_code) == ("2@second", CODE)


async def test_a_line_that_is_not_quite_ready_is_asked_again(waiting: LinkedLine) -> None:
    waiting.channel.answers.append(Retryable("The line is not ready yet."))
    pairing = asyncio.create_task(_pair(waiting))
    await until(lambda: len(waiting.channel.asked) == 1)
    waiting.clock.advance(SECOND)
    assert await pairing == CODE


async def test_a_line_that_has_to_wait_too_long_for_a_code_is_told_at_once(waiting: LinkedLine) -> None:
    waiting.channel.answers.append(Retryable("It is sent later.", after=60 * SECOND))
    with pytest.raises(Conflict, match="did not get ready for a code in time"):
        await _pair(waiting)


async def test_a_line_that_never_gets_ready_is_told_within_a_bound(line: LinkedLine) -> None:
    line.channel.states = ()
    pairing = asyncio.create_task(_pair(line))
    await until(lambda: line.channel.connected == [line.account_id])
    line.clock.advance(15 * SECOND)
    with pytest.raises(Conflict, match=r"could not be made ready to be linked\. Connecting"):
        await pairing


async def test_a_code_that_never_comes_is_told_within_a_bound(waiting: LinkedLine) -> None:
    waiting.channel.answers.append(LineState(State.QR_PENDING, qr=FIRST))
    pairing = asyncio.create_task(_pair(waiting))
    await until(lambda: len(waiting.channel.asked) == 1)
    waiting.clock.advance(10 * SECOND)
    with pytest.raises(Conflict, match=r"given no code yet\. Try again in a minute"):
        await pairing


async def test_a_number_that_cannot_be_linked_is_told_in_the_channels_words(waiting: LinkedLine) -> None:
    waiting.channel.answers.append(Rejected("This number is not on WhatsApp."))
    with pytest.raises(Conflict, match="not on WhatsApp"):
        await _pair(waiting)


@pytest.mark.parametrize("text", ["", "Ana", "912", "1203@g.us"])
async def test_what_is_no_number_is_refused_before_anything_is_asked(line: LinkedLine, text: str) -> None:
    with pytest.raises(Invalid, match="with the country code"):
        await _pair(line, text)
    assert line.channel.connected == []


async def test_a_line_that_is_linked_already_gets_no_code(waiting: LinkedLine) -> None:
    await waiting.scanned()
    with pytest.raises(Conflict, match=rf"linked with \+{PHONE} already"):
        await _pair(waiting)


async def test_a_line_that_is_linked_while_a_code_is_asked_for_is_simply_linked(waiting: LinkedLine) -> None:
    waiting.channel.answers.append(LineState(State.CONNECTED, phone=PHONE))
    assert await _pair(waiting) is None
    assert waiting.account.state is State.CONNECTED


async def test_the_number_is_known_as_soon_as_the_line_counts_as_connected(waiting: LinkedLine) -> None:
    waiting.says(State.CONNECTED, phone=PHONE)
    await until(lambda: waiting.account.state is State.CONNECTED)
    assert waiting.account.row.phone == PHONE


# Ends


@pytest.mark.parametrize("verb", ["log_out", "remove"])
async def test_the_credentials_go_with_the_link(waiting: LinkedLine, verb: str) -> None:
    await waiting.scanned()
    await getattr(waiting.house.desk.accounts, verb)(waiting.account_id)
    assert waiting.channel.logged_out == [waiting.account_id]
    assert waiting.channel.disconnected == [waiting.account_id]


async def test_taking_a_line_down_keeps_its_credentials(waiting: LinkedLine) -> None:
    await waiting.scanned()
    for _ in range(2):
        await waiting.house.desk.accounts.disconnect(waiting.account_id)
    assert waiting.channel.logged_out == []
    assert waiting.account.state is State.DISCONNECTED


async def test_logging_out_again_is_fine(waiting: LinkedLine) -> None:
    for _ in range(2):
        await waiting.house.desk.accounts.log_out(waiting.account_id)
    assert waiting.account.state is State.LOGGED_OUT


@pytest.mark.parametrize("verb", ["log_out", "remove"])
async def test_credentials_that_cannot_be_removed_are_not_said_to_be_gone(waiting: LinkedLine, verb: str) -> None:
    await waiting.scanned()
    waiting.channel.log_out_fails = OSError("The disk is read only.")
    with pytest.raises(Conflict, match="could not be logged out"):
        await getattr(waiting.house.desk.accounts, verb)(waiting.account_id)
    assert waiting.account.state is State.CONNECTED


async def test_a_line_that_is_logged_out_here_raises_no_alert_when_it_says_so_itself(waiting: LinkedLine) -> None:
    await waiting.scanned()
    await waiting.house.desk.accounts.log_out(waiting.account_id)
    waiting.says(State.LOGGED_OUT, "The phone unlinked this device.")
    waiting.says(State.CONNECTING)  # a later word shows that the one before was heard
    await waiting.becomes(State.CONNECTING)
    async with waiting.house.built.store.read() as read:
        assert await alerts.recent(read, only_open=True) == []


async def test_a_line_that_is_logged_out_on_the_phone_can_be_linked_again(waiting: LinkedLine) -> None:
    await waiting.scanned()
    waiting.says(State.LOGGED_OUT, "The phone unlinked this device.")
    await waiting.becomes(State.LOGGED_OUT)
    assert (await waiting.status())["phone"] == PHONE
    await waiting.house.desk.accounts.connect(waiting.account_id)
    await waiting.shows(FIRST)


async def test_no_code_for_a_line_that_is_not_there(line: LinkedLine) -> None:
    await line.house.desk.accounts.remove(line.account_id)
    with pytest.raises(NotFound):
        await _pair(line)
