"""`frontdesk doctor` says no ok where a start would fail, or would do something else than what was meant."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bare_folder import bare_folder

from frontdesk import app
from frontdesk.cli import doctor, main
from frontdesk.cli.findings import Found
from frontdesk.domain.accounts import State, unchecked_reason
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.running import alone, announce
from frontdesk.store import accounts

CLOUD = {
    "WHATSAPP_ACCESS_TOKEN": "EAAtoken",
    "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "WHATSAPP_APP_SECRET": "s" * 32,
    "VERIFY_TOKEN": "word",
}
OPTIONS = {"phone_number_id": "106540352242922", "access_token": "EAAtoken", "graph_url": "http://127.0.0.1:9"}


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_folder(tmp_path, monkeypatch)


def examine(data_dir: Path | None = None, *, network: bool = False) -> list[Found]:
    """Whatever was found."""
    return list(doctor.examine(data_dir, network=network))


def told(data_dir: Path | None = None, *, network: bool = False) -> list[Found]:
    """The findings that are no plain ok."""
    return [found for found in examine(data_dir, network=network) if not found.ok or found.warns]


def describe(monkeypatch: pytest.MonkeyPatch, **other: str) -> None:
    """One line in the environment, with these values besides or instead."""
    for name, value in {**CLOUD, **other}.items():
        monkeypatch.setenv(name, value)


def ended() -> int:
    """The code with which the command leaves."""
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    assert isinstance(left.value.code, int)
    return left.value.code


def files(folder: Path) -> dict[Path, bytes]:
    """Everything below the folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def installed(**state: Any) -> Settings:
    """An installation with one line, which stands as given in the database."""

    async def make() -> None:
        house = await app.build(load_settings(), synchronous="OFF")
        account_id = await house.desk.accounts.add("cloud", name="Clinic", options=OPTIONS)
        async with house.store.begin() as tx:
            await accounts.change(tx, account_id, **{"state_reason": None, **state})
        await house.close()

    asyncio.run(make())
    return load_settings()


@pytest.mark.parametrize("place", ["none/x.db", ".", "file/x.db"], ids=["no folder", "a folder", "below a file"])
def test_a_database_that_cannot_be_there_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / place}")
    (found,) = told()
    assert (found.what, found.ok, found.wrong_settings) == ("database", False, True)
    assert "damaged" not in found.sentence
    assert "DATABASE_URL" in found.sentence


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_is_wrong_and_no_server_runs_there(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    found = examine(tmp_path / place)
    (wrong,) = [one for one in found if not one.ok]
    assert (wrong.what, wrong.wrong_settings) == ("folder", True)
    assert [one.sentence for one in found if one.what == "server"] == ["not running."]


def test_a_name_that_is_nearly_ours_is_to_be_mended_in_our_file_and_a_warning_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("WHATSAP_ACCESS_TOKEN=s3cret\nFRONTDESK_COLOUR=red\n")
    monkeypatch.setenv("FRONTDESK_MODLE", "offline:")
    found = told()
    assert [(str(one)[:4], one.sentence.split()[0]) for one in found] == [
        ("warn", "FRONTDESK_COLOUR"),
        ("mend", "WHATSAP_ACCESS_TOKEN"),
        ("warn", "FRONTDESK_MODLE"),
    ]
    assert found[1].sentence.endswith("Did you mean WHATSAPP_ACCESS_TOKEN?")


def test_a_phone_number_where_its_id_belongs_is_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(monkeypatch, WHATSAPP_PHONE_NUMBER_ID="+351 210 000 300")
    assert ended() == 2
    assert "mend  settings  WHATSAPP_PHONE_NUMBER_ID must be digits only" in capsys.readouterr().err


def test_a_graph_address_that_no_line_takes_is_said_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    describe(monkeypatch, GRAPH_API_URL="http://127.0.0.1:9/v26.0?x=1")
    (found,) = told(network=True)
    assert (found.what, found.ok, "Graph API must look like" in found.sentence) == ("cloud", False, True)


def test_a_line_that_could_not_be_checked_is_a_warning_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(monkeypatch, GRAPH_API_URL="http://127.0.0.1:9/v26.0")
    assert ended() == 0
    assert "warn  cloud     The access token could not be checked" in capsys.readouterr().out


@pytest.mark.parametrize(("demo", "words"), [(True, "the demo that runs here answers"), (False, "answers nobody")])
def test_without_a_file_it_depends_on_the_demo_whether_anybody_is_answered(demo: bool, words: str) -> None:
    folder = load_settings().make_data_dir()
    with alone(folder):
        announce(folder, url="http://127.0.0.1:9", key="k", demo=demo)
        (found,) = [one for one in examine() if one.what == "config"]
    assert words in found.sentence


@pytest.mark.parametrize(
    ("state", "reason", "running", "mark"),
    [
        (State.ACTION_REQUIRED, "The token has run out.", True, "mend"),
        (State.ACTION_REQUIRED, "The token has run out.", False, "warn"),
        (State.CONNECTED, unchecked_reason("no answer."), True, "warn"),
        (State.LOGGED_OUT, None, True, "ok"),
        (State.CONNECTED, None, True, "ok"),
    ],
)
def test_the_stored_lines_are_told_with_their_state_and_reason(
    state: State, reason: str | None, running: bool, mark: str
) -> None:
    settings = installed(state=state.value, state_reason=reason)
    if running:
        with alone(settings.data_dir):
            announce(settings.data_dir, url="http://127.0.0.1:9", key="k")
            found = examine()
    else:
        found = examine()
    (line,) = [one for one in found if one.what == "line"]
    assert str(line).split()[0] == mark
    assert line.sentence.startswith("“Clinic”, now: " if running else "“Clinic”, when Frontdesk last ran: ")
    assert (reason or "") in line.sentence


def test_a_lost_key_is_told_with_its_place_and_the_line_and_none_is_made() -> None:
    settings = installed()
    settings.key_file.unlink()
    (found,) = told()
    assert (found.what, found.ok) == ("line", False)
    assert found.sentence.startswith(
        f"“Clinic”: Its stored secrets cannot be read: the secret key ({settings.key_file}"
    )
    assert not settings.key_file.exists()


def test_another_key_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    installed()
    monkeypatch.setenv("FRONTDESK_SECRET_KEY", "another key than the one before")
    (found,) = told()
    assert "the secret key (FRONTDESK_SECRET_KEY) is not the one" in found.sentence


def test_a_lost_key_is_no_trouble_for_the_line_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    installed().key_file.unlink()
    describe(monkeypatch)
    (found,) = told()
    assert (found.what, str(found).split()[0]) == ("line", "warn")
    assert "the next start stores its secrets anew" in found.sentence


def test_looking_at_lines_leaves_the_database_as_it_is() -> None:
    settings = installed()
    before = files(settings.data_dir)
    examine()
    assert files(settings.data_dir) == before
