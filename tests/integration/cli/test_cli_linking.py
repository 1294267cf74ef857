"""A phone is linked from the terminal, by the Frontdesk that runs."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bare_folder import bare_folder
from click.testing import CliRunner, Result

from frontdesk import app
from frontdesk.cli import lines
from frontdesk.cli.commands import frontdesk
from frontdesk.domain.accounts import State
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.domain.wire import LineState
from frontdesk.kit import qr
from frontdesk.kit.clock import MINUTE, SystemClock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import load_settings
from frontdesk.settings.running import alone, announce
from frontdesk.testing.channels import LinkedFake
from frontdesk.testing.clock import until
from frontdesk.testing.linking import PHONE
from frontdesk.testing.local_server import serving

PUBLIC = "https://desk.example.com"
CODE = "2@a-code-of-the-terminal"
LINKED = LineState(State.CONNECTED, phone=PHONE)


async def _think(_turn: TurnInput, _persona: Persona) -> TurnOutput:
    return TurnOutput(Action.SILENT)


@pytest.fixture
async def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LinkedFake]:
    """The other side of a house that runs in the present folder."""
    bare_folder(tmp_path, monkeypatch)
    settings, channel = load_settings(env_file=None, data_dir=tmp_path / "data", public_url=PUBLIC), LinkedFake()
    channel.states = (LineState(State.QR_PENDING, qr=CODE, expires_at=SystemClock().now() + MINUTE),)
    settings.make_data_dir()
    with alone(settings.data_dir):
        house = await app.build(settings, think=_think, channels=(channel,), synchronous="OFF")
        async with serving(house.web) as url:
            await house.start()
            announce(settings.data_dir, url=url, key=house.desk.operators.keys.local())
            yield channel
            await house.close()


async def _run(*arguments: str, typed: str | None = None) -> Result:
    """Run a command in a thread, while the house goes on."""
    return await asyncio.to_thread(CliRunner().invoke, frontdesk, arguments, typed)


async def _link(fake: LinkedFake, *arguments: str, then: LineState = LINKED) -> Result:
    """Link the line “Shop”; when the code is there, this happens on the phone."""
    linking = asyncio.create_task(_run("account", "link", "Shop", "--channel", "linkable", *arguments))
    await until(lambda: bool(fake.asked if "--phone" in arguments else fake.connected))
    account_id = fake.connected[-1]
    fake.say(account_id, then)
    return await linking


async def test_a_line_is_added_after_the_warning_and_linked(fake: LinkedFake) -> None:
    came = await _link(fake, "--yes")
    assert came.exit_code == 0, came.output
    assert came.stdout.endswith(f"“Shop” is connected as +{PHONE}.\n")
    assert "WhatsApp may ban the number" in came.stderr
    listed = (await _run("account", "list")).stdout
    assert [
        word for word in ("linkable", "connected", f"+{PHONE}", "Shop", "Messages come in") if word not in listed
    ] == []


def test_a_drawn_code_is_the_code_and_a_new_one_comes_below(capsys: pytest.CaptureFixture[str]) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
    first, second = ({"state": "qr_pending", "qr_text": f"{CODE}{n}", "qr_expires_at": soon} for n in (1, 2))
    looks = [first, first, second, {"state": "connected"}]
    lines.follow(lambda: looks.pop(0), lines.Paper(), by_phone=False, pause=0)
    drawn = "\n".join(["\n".join([lines.SCAN, "", *qr.lines(each["qr_text"])]) for each in (first, second)])
    assert capsys.readouterr().out == f"{drawn}\n"


def test_in_a_terminal_a_code_takes_the_place_of_the_one_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    looks = [{"state": "qr_pending", "qr_text": CODE, "qr_expires_at": soon}] * 2 + [{"state": "connected"}]
    lines.follow(lambda: looks.pop(0), lines.Paper(), by_phone=False, pause=0)
    out = capsys.readouterr().out
    height = len(qr.lines(CODE)) + 4
    assert out.count(f"\033[{height}F\033[J") == 2
    assert len(re.findall(r"A new code in 3[56]\d\d s\.", out)) == 2  # drawing takes its time where much else runs


def test_a_window_that_is_too_narrow_for_the_code_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    looks = [{"state": "qr_pending", "qr_text": CODE, "qr_expires_at": None}, {"state": "connected"}]
    lines.follow(lambda: looks.pop(0), lines.Paper(), by_phone=False, pause=0)
    assert "make it wider, or use --phone" in capsys.readouterr().out


async def test_a_line_is_linked_by_a_code_to_type(fake: LinkedFake) -> None:
    came = await _link(fake, "--yes", "--phone", "+351 912 345 678")
    assert came.exit_code == 0, came.output
    assert fake.asked == [(fake.connected[0], PHONE)]


def test_a_code_to_type_has_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    status = {"state": "qr_pending", "pairing_code": "ABCD-2345", "pairing_code_expires_at": None}
    looks = [status, {"state": "connected"}]
    lines.follow(lambda: looks.pop(0), lines.Paper(), by_phone=True, pause=0)
    assert capsys.readouterr().out == f"{lines.TYPE}\n\n    ABCD 2345\n"


async def test_without_a_yes_nothing_is_added(fake: LinkedFake) -> None:
    came = await _run("account", "link", "Shop", "--channel", "linkable", typed="n\n")
    assert came.exit_code != 0
    assert fake.connected == []
    assert (await _run("account", "list")).stdout == ""


async def test_a_line_that_is_there_is_linked_without_a_question_and_only_once(fake: LinkedFake) -> None:
    await _link(fake, "--yes")
    came = await _run("account", "link", "Shop")
    assert (came.exit_code, came.stdout) == (0, f"“Shop” is connected as +{PHONE}.\n")
    assert len(fake.connected) == 1


async def test_the_address_of_a_page_for_a_phone_elsewhere_is_printed_while_the_line_needs_it(fake: LinkedFake) -> None:
    assert (await _link(fake, "--yes", then=LineState(State.LOGGED_OUT, "The phone took it off."))).exit_code == 1
    came = await _run("account", "link-page", "Shop")
    assert (came.exit_code, re.fullmatch(rf"{PUBLIC}/link/[\w-]+\n", came.stdout) is not None) == (0, True)
    assert "It holds until 20" in came.stderr
    fake.connected.clear()
    assert (await _link(fake)).exit_code == 0
    came = await _run("account", "link-page", "Shop")
    assert isinstance(came.exception, FrontdeskError)
    assert "nothing to link" in came.exception.sentence


async def test_what_stands_in_the_way_is_said_with_the_next_step(fake: LinkedFake) -> None:
    came = await _link(fake, "--yes", then=LineState(State.ACTION_REQUIRED, "WhatsApp asks for a passkey."))
    assert isinstance(came.exception, FrontdeskError)
    assert "WhatsApp asks for a passkey." in came.exception.sentence
    assert came.exception.sentence.endswith("connect the line again.")


def test_a_code_that_ran_out_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    status = {"sentence": "Waiting for the code.", "state": "qr_pending", "qr_text": None}
    with pytest.raises(FrontdeskError, match="has run out before it was used"):
        lines.follow(lambda: status, lines.Paper(), by_phone=False, pause=0)
    assert capsys.readouterr().err == "Waiting for the code.\n"  # once, however often it is looked


async def test_a_phone_that_is_none_is_told_by_the_sentence_of_the_desk(fake: LinkedFake) -> None:
    came = await _run("account", "link", "Shop", "--channel", "linkable", "--yes", "--phone", "Ana")
    assert isinstance(came.exception, FrontdeskError)
    assert "with the country code" in came.exception.sentence
