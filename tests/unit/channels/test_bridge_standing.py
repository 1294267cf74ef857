"""The states of a line as bridges tell them, and the options that a line may have."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from frontdesk.channels.bridge import standing
from frontdesk.channels.bridge.options import BridgeOptions, variables
from frontdesk.domain.accounts import State


def state(event: str, **given: Any) -> State:
    """The state that follows."""
    turned = standing.turn(event, given)
    assert turned is not None
    assert turned.state.reason or turned.state.state in (State.CONNECTED, State.QR_PENDING, State.CONNECTING)
    return turned.state.state


@pytest.mark.parametrize(
    ("reason", "follows"),
    [
        ("LOGOUT", State.LOGGED_OUT),
        ("UNPAIRED", State.LOGGED_OUT),
        (401, State.LOGGED_OUT),
        ("loggedOut", State.LOGGED_OUT),
        ("CONFLICT", State.ACTION_REQUIRED),
        (440, State.ACTION_REQUIRED),
        ("TOS_BLOCK", State.ACTION_REQUIRED),
        ("DEPRECATED_VERSION", State.ACTION_REQUIRED),
        ("NAVIGATION", State.CONNECTING),
        (428, State.CONNECTING),
        (515, State.CONNECTING),
        (None, State.CONNECTING),
        ({"odd": True}, State.CONNECTING),
    ],
)
def test_what_follows_an_end_depends_on_its_reason(reason: Any, follows: State) -> None:
    assert state("disconnected", reason=reason) is follows
    assert state("disconnected", statusCode=reason) is follows


def test_codes_are_shown_as_text_and_never_as_a_picture() -> None:
    shown = standing.turn("qr_code", {"qr": "2@a,b", "expires_at": 1_795_000_020_000})
    assert shown is not None
    assert (shown.state.qr, shown.state.expires_at) == ("2@a,b", 1_795_000_020_000)
    picture = standing.turn("qr_code", {"qr": "data:image/png;base64,AAAA"})
    assert picture is not None
    assert picture.state.qr is None
    assert "picture" in (picture.state.reason or "")


def test_steps_on_the_way() -> None:
    assert state("authenticated") is State.CONNECTING
    assert state("auth_failure") is State.LOGGED_OUT
    assert state("pairing_code", code="ABCD-EFGH") is State.QR_PENDING
    ready = standing.turn("ready", {"phone": "351210000100:3@s.whatsapp.net"})
    assert ready is not None
    assert (ready.state.state, ready.state.phone) == (State.CONNECTED, "351210000100")


@pytest.mark.parametrize(
    ("given", "follows"),
    [
        ({"state": "CONNECTED"}, State.CONNECTED),
        ({"status": "open"}, State.CONNECTED),
        ({"isReady": True}, State.CONNECTED),
        ({"connected": False}, State.CONNECTING),
        ({"status": "qr_pending", "qr": "2@a"}, State.QR_PENDING),
        ({"status": "logged_out"}, State.LOGGED_OUT),
    ],
)
def test_answers_to_the_question_how_it_stands(given: dict[str, Any], follows: State) -> None:
    turned = standing.of_status(given)
    assert turned is not None
    assert turned.state.state is follows


def test_an_answer_that_says_nothing_known_says_nothing() -> None:
    assert standing.of_status({"uptime": 7, "status": ["?"]}) is None
    assert standing.turn("new_message", {}) is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Give a command"),
        ({"command": "node 'x"}, "a quote that is not closed"),
        ({"command": "node", "folder": "relative/folder"}, "whole path"),
        ({"command": "node", "environment": "NO EQUALS secret-word"}, "NAME=value"),
        ({"send_url": "ftp://x"}, "must look like"),
        ({"send_url": "http://"}, "must look like"),
        ({"send_url": "http://x", "token": "short"}, "at least 8"),
    ],
)
def test_wrong_options_are_said_without_their_secrets(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as wrong:
        BridgeOptions.model_validate(options)
    assert "secret-word" not in str(wrong.value)


def test_variables_are_read_line_by_line() -> None:
    text = "A=1\n# a remark\n\nB_2=x=y \n"
    assert variables(SecretStr(text)) == {"A": "1", "B_2": "x=y"}
