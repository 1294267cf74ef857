"""Errors, the guard, the vault and the log."""

import asyncio
import io
import logging
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import orjson
import pytest

from frontdesk.kit import guard
from frontdesk.kit.errors import FrontdeskError, LoggedOut, PluginError, Rejected, Retryable, SettingsError
from frontdesk.kit.log import Console, JsonLines, redact
from frontdesk.kit.vault import CannotOpen, Vault, load_or_make_key

KEY = "a-key-of-an-installation"


# Errors


@pytest.mark.parametrize("kind", [SettingsError, Retryable, Rejected, LoggedOut])
def test_every_error_is_its_sentence(kind: type[FrontdeskError]) -> None:
    assert str(kind("What happened.")) == kind("What happened.").sentence == "What happened."


def test_a_plugin_raises_one_of_three() -> None:
    assert {kind.__name__ for kind in PluginError.__subclasses__()} == {"Retryable", "Rejected", "LoggedOut"}
    assert (Retryable("x").after, Retryable("x").scope, Rejected("x").alert) == (None, "message", False)


# The guard


async def test_the_guard_holds_within_a_transaction_only() -> None:
    guard.outside_transaction()
    token = guard.enter_transaction()
    with pytest.raises(guard.TransactionOpen):
        guard.outside_transaction()
    with pytest.raises(guard.TransactionOpen):
        guard.enter_transaction()
    guard.leave_transaction(token)
    guard.outside_transaction()


async def test_the_guard_leaves_other_tasks_alone() -> None:
    async def other() -> None:
        guard.outside_transaction()
        guard.leave_transaction(guard.enter_transaction())

    token = guard.enter_transaction()
    await asyncio.gather(other(), other())
    guard.leave_transaction(token)


async def test_a_transaction_can_be_left_in_another_context() -> None:
    token = guard.enter_transaction()
    copy_context().run(guard.leave_transaction, token)
    guard.leave_transaction(token)
    guard.outside_transaction()


def test_the_guard_works_without_a_loop() -> None:
    guard.outside_transaction()
    guard.leave_transaction(guard.enter_transaction())


# The vault


def test_what_is_sealed_opens_and_never_looks_the_same_twice() -> None:
    vault = Vault(KEY)
    first, second = vault.seal("EAAtoken é"), vault.seal("EAAtoken é")
    assert first != second
    assert "EAAtoken" not in first
    assert vault.open(first) == vault.open(second) == "EAAtoken é"


@pytest.mark.parametrize("broken", ["", "x", "AAAA", "not base64 é", "AQ" + "A" * 80])
def test_what_was_damaged_is_said_in_words(broken: str) -> None:
    with pytest.raises(CannotOpen, match="FRONTDESK_SECRET_KEY"):
        Vault(KEY).open(broken)


def test_what_cannot_be_opened_says_where_the_key_is_kept() -> None:
    with pytest.raises(CannotOpen, match=r"the secret key \(/srv/desk/secret\.key\) is not the one"):
        Vault(KEY, place="/srv/desk/secret.key").open("x")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        Vault(KEY + "2").open(Vault(KEY).seal("x"))


def test_a_single_changed_character_is_noticed() -> None:
    vault = Vault(KEY)
    sealed = vault.seal("x" * 40)
    other = "A" if sealed[30] != "A" else "B"
    with pytest.raises(CannotOpen):
        vault.open(sealed[:30] + other + sealed[31:])


def test_a_short_key_is_refused_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match="at least 16 characters"):
        Vault("short")


def test_keys_for_other_purposes_differ_and_stay() -> None:
    assert Vault(KEY).derive("a") == Vault(KEY).derive("a") != Vault(KEY).derive("b")
    assert len(Vault(KEY).derive("a")) == 32


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    first = load_or_make_key(path)
    assert load_or_make_key(path) == first
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_of_several_that_start_together_one_makes_the_key_for_all(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def start(path: Path) -> str:
        together.wait(10)
        return load_or_make_key(path)

    with ThreadPoolExecutor(8) as starts:
        for number in range(20):
            made = set(starts.map(start, [tmp_path / f"secret.{number}"] * 8))
            assert len(made) == 1
            assert len(made.pop()) >= 32


# The log


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2-hunter2",
        "X-Api-Key=hunter2-hunter2",
        '{"access_token": "hunter2-hunter2"}',
        "password='hunter2-hunter2'",
        "https://x.test/?token=hunter2-hunter2&a=1",
        "api_key: hunter2-hunter2",
    ],
)
def test_what_follows_the_name_of_a_secret_is_blotted_out(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "[redacted]" in redact(text)


def test_numbers_of_tokens_are_no_secrets() -> None:
    assert redact("tokens_in=1234 max_tokens=500") == "tokens_in=1234 max_tokens=500"


def _logged(style: logging.Formatter, message: str, **extra: Any) -> str:
    out = io.StringIO()
    logger = logging.Logger("test")
    sink = logging.StreamHandler(out)
    sink.setFormatter(style)
    logger.addHandler(sink)
    try:
        raise ValueError("token=hunter2-hunter2")
    except ValueError:
        logger.error(message, exc_info=True, extra=extra)
    return out.getvalue()


@pytest.mark.parametrize("style", [JsonLines(), Console()])
def test_no_style_of_log_carries_a_secret(style: logging.Formatter) -> None:
    line = _logged(style, "token=hunter2-hunter2", token="hunter2-hunter2", header="authorization: hunter2-hunter2")
    assert "hunter2" not in line


def test_a_line_of_json_is_one_object_whatever_is_in_it() -> None:
    line = _logged(JsonLines(), "two\nlines \ud800", account="acc_1", number=2**70, path=Path("/x"))
    assert line.count("\n") == 1
    read = orjson.loads(line)
    assert (read["level"], read["account"], read["path"]) == ("error", "acc_1", "/x")
