"""Where the owner is told, seen from the terminal."""

import asyncio
from pathlib import Path

import pytest
from bare_folder import bare_folder

from frontdesk import cli
from frontdesk.testing.ears import Ear
from frontdesk.testing.local_server import serving

SECRET = "s3cr3tt0pic"


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_folder(tmp_path, monkeypatch)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    return int(ended.value.code or 0)


def house(*urls: str) -> None:
    Path("frontdesk.toml").write_text("".join(f'[[notify]]\nurl = "{url}"\n' for url in urls))


async def test_a_trial_tells_every_target_and_doctor_none(capsys: pytest.CaptureFixture[str]) -> None:
    ear, deaf = Ear(), Ear(status=401)
    async with serving(ear) as good, serving(deaf) as bad:
        house(*(f"{url.replace('http', 'json')}/{SECRET}" for url in (good, bad)), "whatsapp://self")
        assert await asyncio.to_thread(run, "doctor", "--no-network") == 0
        said = capsys.readouterr().out
        assert "notify    1: JSON (json://…), told of: line, urgent, digest." in said
        assert "whatsapp://self is your own chat. It tells nothing of lines" in said
        assert (ear.paths, deaf.paths) == ([], [])
        assert await asyncio.to_thread(run, "notify", "test") == 1
    said += capsys.readouterr().out
    assert len(ear.heard) == len(deaf.paths) == 1
    assert "ok    notify    1: JSON (json://…) took it" in said
    assert "mend  notify    2: JSON (json://…). JSON refuses what it is told" in said
    assert SECRET not in said


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("doctor", "--no-network"), ("notify", "test")])
def test_an_address_that_cannot_be_is_told_with_exit_code_2(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    house("json://127.0.0.1:9", f"tgram://{SECRET}")
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert "In notify 2: “url” is no whole address of Telegram; https://" in said
    assert "(frontdesk.toml)" in said
    assert SECRET not in said


def test_without_a_target_there_is_nobody_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("notify", "test") == 1
    assert "Add a section [[notify]]" in capsys.readouterr().err


def test_it_is_said_of_what_each_target_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("frontdesk.toml").write_text('[[notify]]\nurl = "json://127.0.0.1:9"\non = ["digest"]\n')
    assert run("doctor", "--no-network") == 0
    assert "ok    notify    1: JSON (json://…), told of: digest." in capsys.readouterr().out
