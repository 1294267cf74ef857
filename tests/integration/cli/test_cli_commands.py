"""The commands on real files and a real database."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from bare_folder import bare_folder

from frontdesk import __version__, app
from frontdesk.cli import main
from frontdesk.desk.knowledge import Knowledge
from frontdesk.desk.operators import Operators, SignIn
from frontdesk.domain.operators import Role
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.vault import Vault
from frontdesk.settings import load_settings, read_house
from frontdesk.store import accounts, sight
from frontdesk.store.store import Store

R = TypeVar("R")


class Came(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Came]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a folder of its own, without settings from outside."""
    bare_folder(tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "argv", ["frontdesk"])  # however the tests were started

    def run(*arguments: str) -> Came:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Came(left.value.code, said.out, said.err)

    return run


def on_store(work: Callable[[Store], Coroutine[Any, Any, R]]) -> R:
    """Look into the database of the present folder."""

    async def look() -> R:
        async with app.open_store(load_settings()) as store:
            return await work(store)

    return asyncio.run(look())


def operators(store: Store) -> Operators:
    return Operators(store, SystemClock(), Vault(load_settings().vault_key()))


def test_help_and_version_are_fine(run: Run) -> None:
    for arguments in ((), ("--help",), ("serve", "-h"), ("account", "connect", "--help")):
        came = run(*arguments)
        assert (came.code, came.out.startswith("Usage: frontdesk"), came.err) == (0, True, "")
    assert run("--version").out == f"frontdesk, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [("dance",), ("serve", "--loud"), ("serve", "--port", "x"), ("serve", "--port", "70000"), ("backup",),
     ("account",), ("user",), ("account", "dance"), ("apikey", "create", "A", "--scope", "all"),
     ("user", "add", "a", "--role", "boss"), ("user", "add", "b o b"), ("apikey", "create", " ")],
)  # fmt: skip
def test_wrong_usage_is_one_sentence_and_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    came = run(*arguments)
    assert (came.code, came.out) == (2, "")
    assert len(came.err.splitlines()) == 1
    assert "--help" in came.err


@pytest.mark.parametrize("command", ["serve", "migrate", "account list", "apikey create A"])
def test_wrong_settings_are_one_sentence_and_exit_code_2(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PORT", "eighty")
    assert run(*command.split()) == (2, "", "PORT must be a number from 0 to 65535, not “eighty”.\n")


def test_a_program_of_its_own_says_the_same_without_a_traceback(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": "mysql://ana:h1dd3n@127.0.0.1/frontdesk"}
    command = [sys.executable, "-m", "frontdesk", "serve"]
    came = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (came.returncode, came.stdout) == (2, "")
    assert came.stderr.startswith("DATABASE_URL must be sqlite:///")
    assert len(came.stderr.splitlines()) == 1
    assert "h1dd3n" not in came.stderr


@pytest.mark.parametrize(
    ("role", "lacks"),
    [("web", "DATABASE_URL"), ("worker", "REDIS_URL"), ("beat", "DATABASE_URL"), ("lines", "REDIS_URL")],
)
def test_a_role_that_lacks_what_it_shares_the_work_over_says_what_to_set(tmp_path: Path, role: str, lacks: str) -> None:
    shared = {"DATABASE_URL": "postgresql://127.0.0.1:1/frontdesk", "REDIS_URL": "redis://127.0.0.1:1"}
    environment = {"PATH": os.environ["PATH"], **{name: url for name, url in shared.items() if name != lacks}}
    command = [sys.executable, "-m", "frontdesk", role]
    came = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (came.returncode, came.stdout) == (2, "")
    assert f"set {lacks}" in came.stderr
    assert "frontdesk serve" in came.stderr
    assert len(came.stderr.splitlines()) == 1


def test_a_command_does_not_wait_for_a_database_that_is_away(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:h1dd3n@127.0.0.1:1/frontdesk")
    assert run("migrate") == (1, "", "PostgreSQL at 127.0.0.1:1 does not answer. Start it, and try again.\n")


def test_a_data_folder_that_cannot_be_made_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    came = run("migrate", "--data-dir", str(tmp_path / "file" / "data"))
    assert (came.code, "FRONTDESK_DATA_DIR" in came.err) == (2, True)


def test_init_writes_files_that_are_valid_and_trust_nobody(run: Run, tmp_path: Path) -> None:
    assert run("init").code == 0
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    house = read_house(load_settings().house_path())
    assert [(persona.trusted, persona.agent_mode) for persona in house.personas] == [(False, "off")]
    assert load_settings() == load_settings(env_file=None)


def test_what_init_shows_as_examples_is_valid_too(run: Run, tmp_path: Path) -> None:
    run("init")
    file = tmp_path / "frontdesk.toml"
    whole, examples = re.subn(r"(?m)^# (?=\[|[a-z_]+ = )", "", file.read_text())
    file.write_text(whole)
    assert examples >= 20
    house = read_house(file)
    assert house.personas[0].hours != ()
    assert (house.heartbeat.enabled, len(house.notify), house.importance.words) == (True, 2, ("leak", "locked out"))


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (("dance",), "See “.venv/bin/frontdesk --help”."),
        (("serve", "--loud"), "See “.venv/bin/frontdesk serve --help”."),
        (("account", "connect", "Shop"), "Start it with “.venv/bin/frontdesk serve” first."),
        (("init",), "run “.venv/bin/frontdesk serve”."),
        (("doctor", "--no-network"), "“.venv/bin/frontdesk init” writes one."),
        (("--help",), "Usage: .venv/bin/frontdesk [OPTIONS]"),
    ],
)
def test_a_command_to_type_is_the_one_that_works_here(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], typed: str
) -> None:
    program = tmp_path / ".venv" / "bin" / "frontdesk"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o700)
    monkeypatch.setattr(sys, "argv", [str(program)])
    came = run(*arguments)
    assert typed in came.out + came.err


def test_init_never_overwrites(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\n")
    assert "stays as it is" in run("init").out
    assert (tmp_path / ".env").read_text() == "PORT=9000\n"
    assert (tmp_path / "frontdesk.toml").exists()


def test_migrate_makes_the_database(run: Run, tmp_path: Path) -> None:
    assert run("migrate").code == 0
    assert run("migrate", "--data-dir", "other").code == 0
    assert (tmp_path / "data" / "frontdesk.db").exists()
    assert (tmp_path / "other" / "frontdesk.db").exists()


def test_the_first_user_is_admin_and_comes_in_by_the_printed_link(run: Run) -> None:
    came = run("user", "add", "Ana", "--name", "Ana Reis")
    link = came.out.strip()
    assert (came.code, link.startswith("http://127.0.0.1:8000/welcome?token=")) == (0, True)

    async def come_in(store: Store) -> SignIn:
        return await operators(store).sign_in_by_link(link.partition("token=")[2])

    signed = on_store(come_in)
    assert (signed.operator.login, signed.operator.name, signed.operator.role) == ("ana", "Ana Reis", Role.ADMIN)
    assert run("user", "add", "rui", "--role", "operator").code == 0

    async def roles(store: Store) -> list[str]:
        return [operator.role for operator in await operators(store).all()]

    assert on_store(roles) == [Role.ADMIN, Role.OPERATOR]


def test_a_user_is_given_lines_that_there_are(run: Run) -> None:
    run("user", "add", "ana")

    async def a_line(store: Store) -> None:
        row = {"id": "acc_1", "channel": "cloud", "name": "Shop", "options": "", "state": "connected", "created_at": 1}
        async with store.begin() as tx:
            await accounts.add(tx, row)

    on_store(a_line)
    assert run("user", "add", "rui", "--lines", "acc_1").code == 0
    came = run("user", "add", "eva", "--lines", "acc_1, acc_2")
    assert (came.code, "There is no account “acc_2”" in came.err) == (2, True)

    async def given(store: Store) -> list[tuple[str, str, list[str]]]:
        async with store.read() as read:
            lines = await sight.given(read)
        return [(one.login, one.sees, lines.get(one.id, [])) for one in await operators(store).all()]

    assert on_store(given) == [("ana", "all", []), ("rui", "given", ["acc_1"])]


def test_a_login_that_is_taken_fails_and_a_reset_is_asked_for_by_name(run: Run) -> None:
    run("user", "add", "ana")
    came = run("user", "add", "ana")
    assert (came.code, came.out, "is taken" in came.err, "--reset-password" in came.err) == (1, "", True, True)
    assert run("user", "add", "ana", "--reset-password").out.startswith("http")


def test_a_reset_makes_nobody_but_the_very_first(run: Run) -> None:
    assert run("user", "add", "ana", "--reset-password").out.startswith("http")
    came = run("user", "add", "anna", "--reset-password")
    assert (came.code, came.out, came.err) == (1, "", "There is no operator “anna”. The logins are: ana.\n")


def test_the_link_carries_the_public_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://desk.example")
    assert run("user", "add", "ana").out.startswith("https://desk.example/welcome?token=")


def test_an_api_key_stands_alone_on_standard_output(run: Run) -> None:
    came = run("apikey", "create", "Shop", "--scope", "read")
    key = came.out.removesuffix("\n")
    assert (came.code, "\n" in key, key in came.err) == (0, False, False)

    async def check(store: Store) -> str | None:
        row = await operators(store).keys.check(key)
        return row.scopes if row else None

    assert on_store(check) == '["read"]'


def test_a_digest_is_made_by_a_running_frontdesk_only(run: Run) -> None:
    came = run("digest", "now")
    assert (came.code, came.err.startswith("No Frontdesk runs on ")) == (1, True)


@pytest.mark.parametrize("verb", ["connect", "disconnect", "logout", "link"])
def test_lines_are_worked_on_by_a_running_frontdesk_only(run: Run, verb: str) -> None:
    came = run("account", verb, "Shop")
    assert (came.code, came.err.startswith("No Frontdesk runs on ")) == (1, True)


def test_account_list_needs_no_running_frontdesk(run: Run) -> None:
    assert run("account", "list") == (0, "", "")


def test_knowledge_is_imported_and_what_was_left_out_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "faq.md").write_text("# FAQ\n\n## Do you bake?\nYes.\n\n## Do you cook?\nNo.\n")
    (tmp_path / "faq" / "menu.pdf").write_bytes(b"%PDF")
    (tmp_path / "faq" / "menu.xlsx").write_bytes(b"PK")
    (tmp_path / "faq" / "page.html").write_text("<h1>Us</h1><h2>Do you fry?</h2><p>Never.")
    came = run("knowledge", "import", "faq")
    assert (came.code, came.out) == (0, "3 passages from 2 files.\n")
    assert came.err == (
        "Left out, of a kind that cannot be imported: menu.xlsx\n"
        "menu.pdf is no PDF. Save it again as PDF and import that.\n"
    )

    async def titles(store: Store) -> list[str]:
        return [row.title for row in await Knowledge(store, SystemClock()).all()]

    assert on_store(titles) == ["Do you bake?", "Do you cook?", "Do you fry?"]


def test_knowledge_that_cannot_be_imported_fails_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "menu.pdf").write_bytes(b"%PDF")
    assert run("knowledge", "import", "menu.pdf")[0::2] == (
        1, "menu.pdf is no PDF. Save it again as PDF and import that.\n"
    )  # fmt: skip
    assert run("knowledge", "import", "none")[0] == 1


def test_a_damaged_database_is_said_with_what_helps(run: Run, tmp_path: Path) -> None:
    run("migrate")
    path = tmp_path / "data" / "frontdesk.db"
    content = path.read_bytes()
    for broken in (b"no database at all " * 100, content[:100] + b"\xa5" * 8_000 + content[8_100:]):
        path.write_bytes(broken)
        came = run("serve", "--port", "0")
        assert (came.code, "damaged, or no database" in came.err, "Restore a backup" in came.err) == (2, True, True)
        assert "its folder" not in came.err


@pytest.mark.parametrize("command", [("migrate",), ("serve", "--port", "0")], ids=["migrate", "serve"])
@pytest.mark.parametrize("place", ["none/x.db", "", "text.db"], ids=["no folder", "a folder", "no database"])
def test_a_database_that_cannot_be_used_is_said_in_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], place: str
) -> None:
    (tmp_path / "text.db").write_text("This is no database, but it is long enough to be taken for one. " * 40)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / place}")
    came = run(*command, "--data-dir", str(tmp_path / "kept"))
    assert came.code == 2
    assert "cannot be used" in came.err
    assert "DATABASE_URL" in came.err
    assert "Traceback" not in came.err
