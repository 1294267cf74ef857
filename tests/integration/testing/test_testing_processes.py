"""The programs of the tests know nothing of whoever runs them."""

import pytest

from frontdesk.testing.processes import clean_environment

pytest_plugins = "pytester"


@pytest.mark.parametrize(
    "name", ["GRAPH_API_URL", "PUBLIC_URL", "LOG_LEVEL", "REDIS_URL", "OPENAI_BASE_URL", "FRONTDESK_MODLE"]
)
def test_no_setting_of_whoever_runs_the_tests_reaches_a_program(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert name not in clean_environment({})


@pytest.mark.parametrize("name", ["HOSTNAME", "SSL_CERT_FILE"])
def test_what_is_no_setting_of_ours_reaches_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert clean_environment({})[name] == "x"


def test_no_setting_of_whoever_runs_the_tests_reaches_a_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile("import os\n\n\ndef test_it():\n    assert 'GOOGLE_API_KEY' not in os.environ\n")
    monkeypatch.setenv("GOOGLE_API_KEY", "x")
    assert pytester.runpytest_subprocess("-p", "frontdesk.testing.apart").ret == 0
    assert pytester.runpytest_subprocess().ret == 1
