"""`frontdesk doctor` names the models that cannot be asked, also without asking anybody."""

from pathlib import Path

import pytest
from bare_folder import bare_folder

from frontdesk.cli import doctor, main
from frontdesk.cli.findings import Found

PERSONA = "[[persona]]\nname = 'Desk'\n"


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare_folder(tmp_path, monkeypatch)


def to_mend(*, network: bool = False) -> list[Found]:
    """What is not fine."""
    return [each for each in doctor.examine(None, network=network) if not each.ok]


@pytest.mark.parametrize("network", [False, True])
def test_a_model_without_its_key_is_told_once(monkeypatch: pytest.MonkeyPatch, *, network: bool) -> None:
    monkeypatch.setenv("FRONTDESK_MODEL", "gemini:gemini-2.5-flash")
    (found,) = to_mend(network=network)
    assert found.what == "model"
    assert "FRONTDESK_MODEL" in found.sentence
    assert "Set GOOGLE_API_KEY" in found.sentence


@pytest.mark.parametrize("network", [False, True])
def test_a_persona_of_an_unknown_provider_is_told_once(tmp_path: Path, *, network: bool) -> None:
    (tmp_path / "frontdesk.toml").write_text(PERSONA + "model = 'foo:bar'\n")
    (found,) = to_mend(network=network)
    assert found.what == "model"
    assert found.sentence.startswith("Persona “Desk”: There is no provider “foo”.")


def test_a_model_of_the_secretary_of_an_unknown_provider_is_told(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text("[digests]\nmodel = 'foo:bar'\n")
    (found,) = to_mend()
    assert found.sentence.startswith("[digests]: There is no provider “foo”.")


def test_a_server_whose_model_nobody_named_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:9")
    (found,) = to_mend()
    assert (found.what, "FRONTDESK_MODEL=openai-compatible:NAME" in found.sentence) == ("model", True)
    for named in (f"{PERSONA}model", "[importance]\nmodel", "[digests]\nmodel"):
        (tmp_path / "frontdesk.toml").write_text(f"{named} = 'openai-compatible:llama'\n")
        assert to_mend() == []


def test_a_broken_file_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text("[hodl]\n")
    assert [each.what for each in to_mend()] == ["config"]


def test_the_command_ends_with_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FRONTDESK_MODEL", "openai:gpt-4o-mini")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--no-network"])
    assert (ended.value.code, "OPENAI_API_KEY" in capsys.readouterr().out) == (1, True)


def test_a_provider_that_does_not_exist_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRONTDESK_MODEL", "nope:x")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--no-network"])
    assert (ended.value.code, "no provider “nope”" in capsys.readouterr().err) == (2, True)
