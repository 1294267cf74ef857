"""`frontdesk doctor` against real files and real servers on this machine."""

import asyncio
from pathlib import Path

import pytest
from bare_folder import bare_folder

from frontdesk.cli import doctor
from frontdesk.cli.findings import Found
from frontdesk.settings import load_settings
from frontdesk.store import migrations
from frontdesk.testing.local_server import Answers, serving

CLOUD = {"WHATSAPP_ACCESS_TOKEN": "EAAtoken", "WHATSAPP_PHONE_NUMBER_ID": "106540352242922", "VERIFY_TOKEN": "word"}


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_folder(tmp_path, monkeypatch)


def examine(*, network: bool = False) -> dict[str, list[Found]]:
    """The findings by what was looked at."""
    found: dict[str, list[Found]] = {}
    for each in doctor.examine(None, network=network):
        found.setdefault(each.what, []).append(each)
    return found


def only(found: dict[str, list[Found]]) -> Found:
    """The one finding that is not fine."""
    wrong = [each for several in found.values() for each in several if not each.ok]
    assert len(wrong) == 1, wrong
    return wrong[0]


def test_a_fresh_folder_is_fine_and_stays_untouched(tmp_path: Path) -> None:
    found = examine(network=True)
    assert [each.what for several in found.values() for each in several if not each.ok] == []
    assert set(found) >= {"python", "settings", "folder", "disk", "database", "config", "model", "cloud"}
    assert list(tmp_path.iterdir()) == []


def test_each_finding_is_one_line() -> None:
    for several in examine(network=True).values():
        assert [str(each) for each in several if "\n" in str(each) or not str(each).startswith("ok ")] == []


def test_wrong_settings_are_listed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("LOG_LEVEL", "y")
    found = examine()["settings"]
    assert [(each.ok, each.wrong_settings) for each in found] == [(False, True)] * 2


def test_a_folder_that_others_can_read_is_told(tmp_path: Path) -> None:
    load_settings().make_data_dir().chmod(0o755)
    assert "chmod 700" in only(examine()).sentence


def test_a_damaged_database_is_told() -> None:
    data = load_settings().make_data_dir()
    asyncio.run(migrations.upgrade(load_settings().database_url))
    path = data / "frontdesk.db"
    content = path.read_bytes()
    path.write_bytes(content[:5_000] + b"\xa5" * 30_000 + content[35_000:])
    assert "frontdesk restore" in only(examine()).sentence


def test_a_file_that_is_no_database_is_told() -> None:
    (load_settings().make_data_dir() / "frontdesk.db").write_text("no database at all, but long enough" * 100)
    sentence = only(examine()).sentence
    assert "is damaged or no database" in sentence
    assert "move it away" in sentence


def test_a_wrong_frontdesk_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text('timezone = "UTC"\n[hodl]\n')
    wrong = only(examine())
    assert (wrong.what, wrong.wrong_settings) == ("config", True)
    assert "hodl" in wrong.sentence
    assert "line 2" in wrong.sentence


def test_a_provider_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "h1dd3n")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    wrong = only(examine(network=True))
    assert wrong.what == "model"
    assert "h1dd3n" not in wrong.sentence


async def test_a_refused_access_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"error": {"message": "x", "type": "OAuthException", "code": 190, "fbtrace_id": "A"}}
    async with serving(Answers(401, refusal)) as url:
        for name, value in {**CLOUD, "GRAPH_API_URL": f"{url}/v26.0", "WHATSAPP_APP_SECRET": "s" * 32}.items():
            monkeypatch.setenv(name, value)
        wrong = only(await asyncio.to_thread(examine, network=True))
    assert wrong.what == "cloud"
    assert "EAAtoken" not in wrong.sentence


async def test_a_good_access_token_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    number = {"display_phone_number": "+1 555-010-0000", "verified_name": "Shop", "quality_rating": "GREEN", "id": "1"}
    async with serving(Answers(200, number)) as url:
        for name, value in {**CLOUD, "GRAPH_API_URL": f"{url}/v26.0"}.items():
            monkeypatch.setenv(name, value)
        found = (await asyncio.to_thread(examine, network=True))["cloud"]
    assert [each.ok for each in found] == [True, True]
    assert "WHATSAPP_APP_SECRET" in found[1].sentence
