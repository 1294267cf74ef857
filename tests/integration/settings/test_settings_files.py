"""Settings that live in files: `.env`, the data folder, the secret key, `frontdesk.toml`."""

import os
from pathlib import Path

import pytest

from frontdesk.domain.personas import House
from frontdesk.kit.errors import SettingsError
from frontdesk.settings import load_settings, read_house
from frontdesk.settings.running import Running, alone, announce, running
from frontdesk.settings.spelling import misspelt


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("FRONTDESK_DATA_DIR", "FRONTDESK_CONFIG", "FRONTDESK_SECRET_KEY", "PORT", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_env_in_the_working_directory_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text('PORT=9000\nGOOGLE_API_KEY="from the file"\nOTHER=1\n# PORT=1\nOPENAI_API_KEY=\n')
    monkeypatch.setenv("PORT", "9001")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.provider_access()["gemini"].key == "from the file"
    assert settings.provider_access()["openai"].key is None


def test_an_env_file_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(SettingsError, match="Save it as UTF-8"):
        load_settings()


def test_the_data_folder_is_in_the_working_directory_of_the_moment(tmp_path: Path) -> None:
    assert load_settings().data_dir == tmp_path / "data"


def test_the_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    made = load_settings(data_dir=tmp_path / "a" / "b").make_data_dir()
    assert made.stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="FRONTDESK_DATA_DIR"):
        load_settings(data_dir=tmp_path / "file").make_data_dir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o500)
    with pytest.raises(SettingsError, match="may not be written to"):
        load_settings(data_dir=tmp_path / "mine").make_data_dir()


def test_the_secret_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    key = settings.vault_key()
    assert (settings.vault_key(), len(key) >= 32) == (key, True)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert load_settings(data_dir=tmp_path, secret_key="given from outside").vault_key() == "given from outside"


def test_a_secret_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(SettingsError, match=r"secret\.key"):
        load_settings(data_dir=tmp_path).vault_key()


def test_a_key_file_that_was_emptied_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("\n")
    with pytest.raises(SettingsError) as wrong:
        load_settings(data_dir=tmp_path).vault_key()
    assert wrong.value.sentence.startswith(f"The key in {tmp_path / 'secret.key'} is too short to be one.")


def test_the_place_of_the_key_is_told_as_it_is(tmp_path: Path) -> None:
    assert load_settings(data_dir=tmp_path).key_place == str(tmp_path / "secret.key")
    assert load_settings(data_dir=tmp_path, secret_key="given from outside").key_place == "FRONTDESK_SECRET_KEY"


def test_frontdesk_toml_comes_before_app_json(tmp_path: Path) -> None:
    assert load_settings().house_path() is None
    (tmp_path / "app.json").write_text("{}")
    assert load_settings().house_path() == tmp_path / "app.json"
    (tmp_path / "frontdesk.toml").write_text("")
    assert load_settings().house_path() == tmp_path / "frontdesk.toml"


def test_the_named_file_comes_first_and_must_exist(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text("")
    (tmp_path / "other.toml").write_text("")
    assert load_settings(config="other.toml").house_path() == tmp_path / "other.toml"
    with pytest.raises(SettingsError, match="FRONTDESK_CONFIG names"):
        load_settings(config="none.toml").house_path()


def test_without_a_file_the_defaults_hold() -> None:
    assert read_house(None) == House()


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_bytes(b"\xef\xbb\xbf[hold]\nminutes = 5\n")
    assert read_house(path).hold_minutes == 5


def test_a_file_that_is_no_text_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_bytes('timezone = "UTC"\n# é \u00fc'.encode() + b" \xff")
    with pytest.raises(SettingsError) as wrong:
        read_house(path)
    assert wrong.value.sentence == (
        f"{path} cannot be read as text at line 2, column 7. Save it as UTF-8, then try again."
    )


def test_an_env_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfPORT=9000\n")
    assert load_settings().port == 9000


def test_names_that_are_nearly_ours_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("WHATSAP_ACCESS_TOKEN=s3cret\nFRONTDESK_FOO=1\nSMTP_SERVER=x\nPORT=1\n")
    monkeypatch.setenv("FRONTDESK_MODLE", "offline:")
    monkeypatch.setenv("FRONTDESK_IMAGE", "of another program")
    found = misspelt(Path(".env"))
    assert [(one.name, one.meant, one.in_file) for one in found] == [
        ("FRONTDESK_FOO", None, True),
        ("WHATSAP_ACCESS_TOKEN", "WHATSAPP_ACCESS_TOKEN", True),
        ("FRONTDESK_MODLE", "FRONTDESK_MODEL", False),
    ]
    assert "s3cret" not in " ".join(map(str, found))


def test_a_running_frontdesk_says_whether_it_is_the_demo(tmp_path: Path) -> None:
    with alone(tmp_path):
        announce(tmp_path, url="http://127.0.0.1:1", key="k", demo=True)
        assert running(tmp_path) == Running("http://127.0.0.1:1", "k", demo=True)


def test_nothing_runs_on_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert running(tmp_path / "file") is None
