"""Whose certificates are believed."""

import ssl
from pathlib import Path

import certifi
import pytest

from frontdesk.kit.trust import trusted

BUNDLE = Path(certifi.where())


def believed() -> int:
    return len(trusted.__wrapped__().get_ca_certs())


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def test_the_bundle_that_is_installed_is_believed_and_names_are_checked() -> None:
    context = trusted.__wrapped__()
    assert len(context.get_ca_certs()) > 50
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_file_that_the_environment_names_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, end, _ = BUNDLE.read_text("utf-8").partition("-----END CERTIFICATE-----")
    own = tmp_path / "own.pem"
    own.write_text(first + end, "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    assert believed() == 1


def test_an_empty_folder_that_the_environment_names_believes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert believed() == 0
