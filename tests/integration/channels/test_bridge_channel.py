"""The channel `bridge` with programs that it starts: what they may, what they tell, and what is never done twice."""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_line import CHAT, BridgeLine, inbound

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Damaged, MediaRef
from frontdesk.kit.clock import MINUTE
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.testing.bridges import Program
from frontdesk.testing.clock import until

READY = {"event": "ready", "data": {}}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "bridge")


@pytest.fixture
async def line(program: Program, tmp_path: Path) -> AsyncIterator[BridgeLine]:
    line = BridgeLine(tmp_path, command=program.command, folder=str(program.folder))
    yield line
    await line.channel.close()


async def test_without_the_leave_of_the_machines_owner_nothing_is_started_or_read(tmp_path: Path) -> None:
    started = tmp_path / "started"
    line = BridgeLine(tmp_path, leave=False, command=f"touch {started}", media_folder=str(tmp_path))
    await line.connect(State.ACTION_REQUIRED)
    assert "FRONTDESK_ALLOW_BRIDGE_COMMANDS" in (line.states[-1].reason or "")
    with pytest.raises(Rejected, match="FRONTDESK_ALLOW_BRIDGE_COMMANDS"):
        await line.channel.fetch(line.line, MediaRef('{"path":"a"}'), tmp_path / "into", limit=100)
    with pytest.raises(Retryable):
        await line.send("Hello")
    await line.channel.close()
    assert not started.exists()


async def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    code = "import sys; open('arguments', 'w').write(repr(sys.argv[1:]))"
    command = f"{shlex.join([sys.executable, '-c', code])} ; touch {pwned} && $HOME"
    line = BridgeLine(tmp_path, command=command, folder=str(tmp_path))
    await line.channel.connect(line.line, line.emit)
    await until(lambda: bool(line.states))
    await line.channel.close()
    assert (tmp_path / "arguments").read_text() == repr([";", "touch", str(pwned), "&&", "$HOME"])
    assert not pwned.exists()


async def test_a_bridge_gets_none_of_our_secrets_and_what_its_line_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FRONTDESK_API_KEY", "OPENAI_API_KEY", "DATABASE_URL", "WHATSAPP_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "a secret of ours")
    code = "import os; open('seen', 'w').write('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))"
    command = shlex.join([sys.executable, "-c", code])
    line = BridgeLine(tmp_path, command=command, environment="OWN=word", token="a-token-of-eight")
    await line.channel.connect(line.line, line.emit)
    await until(lambda: bool(line.states))
    await line.channel.close()
    seen = (line.folder / "acc_1" / "seen").read_text()
    assert "a secret of ours" not in seen
    assert "OWN=word" in seen
    assert "FRONTDESK_BRIDGE_TOKEN=a-token-of-eight" in seen
    assert "PATH=" in seen
    assert (line.folder / "acc_1").stat().st_mode & 0o777 == 0o700


async def test_a_folder_that_is_not_there_is_said(program: Program, tmp_path: Path) -> None:
    line = BridgeLine(tmp_path, command=program.command, folder=str(tmp_path / "nowhere"))
    await line.connect(State.ACTION_REQUIRED)
    assert "folder of the bridge is not there" in (line.states[-1].reason or "")
    await line.channel.close()


async def test_an_event_is_acknowledged_once_all_before_it_is_stored(line: BridgeLine, program: Program) -> None:
    events = [{"event": "new_message", "seq": seq, "data": inbound(id=f"in_{seq}")} for seq in (1, 2, 4)]
    ignored = {"event": "new_message", "seq": 3, "data": inbound(type="e2e_notification")}
    program.tells_at_start(READY, events[0], events[1], ignored, events[2])
    await line.connect()
    await line.heard(3)
    first, second, third = (delivery.stored for delivery in line.deliveries)
    assert first is not None
    assert second is not None
    assert third is not None
    second()
    third()
    assert line.channel.vitals()["acc_1"].waiting
    first()
    await until(lambda: program.acks() == [4])


async def test_what_cannot_be_read_is_kept_and_acknowledged(line: BridgeLine, program: Program) -> None:
    program.tells_at_start(READY, {"event": "dance", "seq": 1, "data": {}})
    await line.connect()
    await line.heard(1)
    assert isinstance(line.events[0], Damaged)
    assert line.deliveries[0].stored is not None
    line.deliveries[0].stored()
    await until(lambda: program.acks() == [1])


async def test_a_bridge_that_dies_while_it_sends_leaves_a_doubt_and_comes_back(
    line: BridgeLine, program: Program
) -> None:
    await line.connect()
    program.next(exit=9)
    sent = await line.send("Hello")
    assert (sent.external_id, sent.doubt) == (None, "The process of this line ended before it answered.")
    assert len(program.sent()) == 1
    await line.stands(State.CONNECTING)
    assert "code 9" in (line.states[-1].reason or "")
    with pytest.raises(Retryable):
        await line.send("Hello again")
    line.clock.advance(MINUTE)
    await line.stands(State.CONNECTED)
    assert (await line.send("Hello again", "msg_2")).external_id


async def test_an_echo_of_what_was_sent_without_an_id_is_no_news(line: BridgeLine, program: Program) -> None:
    await line.connect()
    program.next(answer={"success": True, "data": {"message": "Message sent"}})
    sent = await line.send("Hello")
    assert sent.external_id == "bridge-msg_1"
    echo = inbound(id="true_1", fromMe=True, body="Hello")
    program.next(tell=[{"event": "new_message", "data": echo}, {"event": "new_message", "data": {**echo, "id": "2"}}])
    await line.send("Another")
    await line.heard(1)
    assert line.texts() == ["Hello"], "the second time the owner typed it"


async def test_an_echo_that_is_faster_than_the_answer_gives_the_id(line: BridgeLine, program: Program) -> None:
    await line.connect()
    echo = {"event": "new_message", "data": inbound(id="true_1", fromMe=True, body="Hello")}
    program.next(tell=[echo], answer={"success": True})
    assert (await line.send("Hello")).external_id == "true_1"


async def test_the_name_of_a_group_is_told_when_it_changes(line: BridgeLine, program: Program) -> None:
    one = inbound(chatId="120363041234567890@g.us", author=CHAT, groupName="Family")
    told = [{**one, "id": "1"}, {**one, "id": "2"}, {**one, "id": "3", "groupName": "Kin"}]
    program.tells_at_start(READY, *({"event": "new_message", "data": each} for each in told))
    await line.connect()
    await line.heard(3)
    assert [len(delivery.events) for delivery in line.deliveries] == [2, 1, 2]


async def test_logged_out_ends_the_program_and_connect_starts_it_again(line: BridgeLine, program: Program) -> None:
    await line.connect()
    program.next(tell=[{"event": "disconnected", "data": {"reason": "LOGOUT"}}])
    await line.send("Hello")
    await line.stands(State.LOGGED_OUT)
    line.clock.advance(60 * MINUTE)
    assert line.channel.vitals()["acc_1"].memory is None
    await line.connect()


async def test_a_code_is_shown_again_to_who_connects_again(line: BridgeLine, program: Program) -> None:
    program.tells_at_start({"event": "qr_code", "data": {"qr": "2@abc"}})
    await line.connect(State.QR_PENDING)
    line.states.clear()
    await line.connect(State.QR_PENDING)
    assert line.states[-1].qr == "2@abc"


async def test_a_pairing_code_is_asked_for(line: BridgeLine, program: Program) -> None:
    program.tells_at_start({"event": "qr_code", "data": {"qr": "2@abc"}})
    await line.connect(State.QR_PENDING)
    program.next(action="pair_by_code", answer={"success": True, "data": {"code": "ABCD-EFGH"}})
    await line.channel.pair_by_code(line.line, "351210000100")
    assert line.states[-1].pairing_code == "ABCD-EFGH"
    with pytest.raises(Rejected, match="does not know the action"):
        await line.channel.pair_by_code(line.line, "351210000100")


async def test_logging_out_asks_the_bridge_and_removes_what_is_kept_here(line: BridgeLine, program: Program) -> None:
    await line.connect()
    assert (line.folder / "acc_1").exists()
    await line.channel.log_out(line.line, line.emit)
    assert not (line.folder / "acc_1").exists()
    assert line.channel.vitals() == {}


async def test_a_check_restarts_nothing_and_learns_how_it_stands(line: BridgeLine, program: Program) -> None:
    await line.connect()
    program.next(action="get_status", answer={"success": False, "error": "What?"})
    await line.channel.check(line.line)
    assert line.channel.vitals()["acc_1"].restarts == 0
    program.next(action="get_status", answer={"success": True, "data": {"state": "disconnected", "reason": "x"}})
    await line.channel.check(line.line)
    await line.channel.check(line.line)
    assert [state.state for state in line.states[-2:]] == [State.CONNECTING, State.CONNECTED]


async def test_stopped_it_ends_within_its_grace(line: BridgeLine) -> None:
    await line.connect()
    async with asyncio.timeout(10):
        await line.channel.disconnect(line.line)
    assert line.channel.vitals() == {}
