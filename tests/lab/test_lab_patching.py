"""The patched copy of the library: what is changed in it, and what is said when it cannot be made."""

import importlib.machinery
import importlib.util
import os
import platform
import re
import tomllib
from pathlib import Path

import lab_fixtures
import pytest

from frontdesk.testing.lab import Lab, LabError, patching

lab = lab_fixtures.lab

CONTENT = b"before " + patching.ROOT_KEY.expected + b" between " + patching.URL.expected + b" after"
PROJECT = Path(__file__).resolve().parents[2]


def test_the_lab_is_made_for_the_version_that_is_locked() -> None:
    dependencies = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"neonize=={patching.VERSION}" in dependencies


def test_the_places_of_the_installed_library_are_where_they_were() -> None:
    content = patching.installed_library().read_bytes()
    patching.check(content, patching.installed_version())
    assert [content.index(place.expected) for place in patching.PLACES] == [place.at for place in patching.PLACES]


@pytest.mark.parametrize("port", [1024, 9999, 65535])
def test_the_copy_has_the_labs_key_and_url_and_the_same_length(port: int) -> None:
    copy = patching.patched(CONTENT, root=b"r" * 32, port=port)
    assert len(copy) == len(CONTENT)
    assert b"r" * 32 in copy
    assert re.search(rb"wss://127\.0\.0\.1:%d/ws/chat\?x* after" % port, copy)


def test_another_version_is_refused_and_what_needs_another_look_is_named() -> None:
    with pytest.raises(LabError) as refused:
        patching.check(CONTENT.replace(patching.URL.expected, b"wss://elsewhere.example"), "0.6.0")
    sentence = str(refused.value)
    assert "made for neonize 0.5.2 and the installed version is 0.6.0" in sentence
    assert (
        "the URL of the websocket: the 30 bytes “wss://web.whatsapp.com/ws/chat” were expected exactly once" in sentence
    )
    assert "found 0 times" in sentence
    assert "Found as expected: the public key" in sentence


def test_another_version_is_refused_even_when_its_bytes_are_the_same() -> None:
    with pytest.raises(LabError, match=r"installed version is 0\.5\.3"):
        patching.check(CONTENT, "0.5.3")


def test_bytes_that_occur_twice_are_not_guessed_at() -> None:
    with pytest.raises(LabError, match="found 2 times"):
        patching.check(CONTENT * 2, patching.VERSION)


def test_elsewhere_the_lab_says_where_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(LabError, match="64-bit Intel and AMD Linux only; this is aarch64"):
        patching.installed_library()


@pytest.mark.parametrize(
    ("there", "says"), [(True, "is missing: install it anew"), (False, "neonize is not installed")]
)
def test_a_library_that_is_not_there_is_named_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, says: str
) -> None:
    spec = importlib.machinery.ModuleSpec("neonize", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec if there else None)
    with pytest.raises(LabError, match=says):
        patching.installed_library()


async def test_a_child_is_told_of_the_lab_and_of_no_proxy(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "mine")
    environment = lab.environment()
    assert environment["PYTHONPATH"].split(os.pathsep)[1:] == ["mine"]
    assert environment["HTTPS_PROXY"] == environment["https_proxy"] == ""
    assert environment["FRONTDESK_LAB_LIBRARY"] == str(lab.library)
