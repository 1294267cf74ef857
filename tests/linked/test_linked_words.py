"""What the program of a linked line says of its line, and what follows: shown with a program that only says it."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import ANNA, LinkedLine, linked

from frontdesk.domain.accounts import State
from frontdesk.kit.errors import Retryable
from frontdesk.testing.clock import until
from frontdesk.testing.lab import Lab

lab = linked_fixtures.lab

# It says what stands in the file `say`, a line of JSON each, as it grows; it ends when its input does.
SAYS = (
    sys.executable,
    "-c",
    "import pathlib, sys, threading, time\n"
    "script = pathlib.Path(sys.argv[1]) / 'say'\n"
    "def say():\n"
    "    told = 0\n"
    "    while True:\n"
    "        text = script.read_text() if script.exists() else ''\n"
    "        sys.stdout.write(text[told:]); sys.stdout.flush(); told = len(text); time.sleep(0.01)\n"
    "threading.Thread(target=say, daemon=True).start()\n"
    "sys.stdin.read()\n",
)


@pytest.fixture
async def line(lab: Lab, tmp_path: Path) -> AsyncIterator[LinkedLine]:
    """A line whose process says what it is told to."""
    async with linked(lab, tmp_path / "lines", program=SAYS) as made:
        await made.connect()
        await until(lambda: made.channel._lines["acc_1"].running)
        yield made


def say(line: LinkedLine, word: str, **facts: object) -> None:
    """Let the process say something of its line."""
    told = {"event": "state", "data": {"is": word, **facts}, "timestamp": 1_795_000_000_000}
    with (line.folder / "acc_1" / "say").open("a") as script:
        script.write(json.dumps(told) + "\n")


async def test_a_line_that_stalls_says_so_sends_nothing_and_stands_again_when_answers_come(line: LinkedLine) -> None:
    say(line, "connected", phone="351210000100")
    await line.state(State.CONNECTED)
    say(line, "stalled")
    assert (await line.reason("does not answer at the moment")).state is State.CONNECTING
    with pytest.raises(Retryable):
        await line.send(ANNA, text="Not now")
    before = len(line.states)
    say(line, "connected", phone="351210000100")
    await line.state(State.CONNECTED, after=before)


async def test_a_word_that_nobody_knows_changes_nothing(line: LinkedLine) -> None:
    say(line, "connected", phone="351210000100")
    await line.state(State.CONNECTED)
    before = len(line.states)
    say(line, "stream_error", code="999")
    say(line, "something_new")
    say(line, "disk_full", phone="351210000100")
    await line.reason("disk of this machine is full")
    assert [told.state for told in line.states[before:]] == [State.CONNECTED]
    assert line.channel._lines["acc_1"].connected


@pytest.mark.parametrize(
    ("code", "expire", "says"),
    [
        (101, 3600, "do not have it in their address book"),
        (102, 60, "people blocked it"),
        (999, 0, "breaking its rules"),
    ],
)
async def test_a_ban_is_told_with_its_reason(line: LinkedLine, code: int, expire: int, says: str) -> None:
    say(line, "banned", code=code, expire=expire)
    told = await line.state(State.ACTION_REQUIRED)
    assert says in (told.reason or "")
    assert ("a time it did not say" in (told.reason or "")) is (expire == 0)


async def test_several_sentences_at_once_are_taken_in_their_order(line: LinkedLine) -> None:
    for word in ("connecting", "paired", "connected", "disconnected", "refused_for_now", "connected"):
        say(line, word, code=503)
    await line.until(lambda: len(line.states) >= 6)
    assert [told.state for told in line.states[:6]] == [
        State.CONNECTING,
        State.CONNECTING,
        State.CONNECTED,
        State.CONNECTING,
        State.CONNECTING,
        State.CONNECTED,
    ]
