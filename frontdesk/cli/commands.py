"""Thin commands: each reads the settings, calls one use case, and says what came of it."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from frontdesk import __version__, app
from frontdesk.cli import (
    alerts,
    appointments,
    archive,
    calendar,
    contacts,
    digests,
    doctor,
    important,
    lines,
    notices,
    pausing,
    programs,
    reminders,
    remote,
    roles,
)
from frontdesk.desk.errors import Invalid
from frontdesk.desk.knowledge import Knowledge
from frontdesk.desk.operators import Operators
from frontdesk.domain.operators import Role, Scope, Sees
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.command import command as as_typed
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.kit.vault import Vault
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.running import running
from frontdesk.store import accounts
from frontdesk.store.store import Store

FAILED, WRONG = 1, 2
STARTER = Path(__file__).parent / "starter"
A_FILE = click.Path(path_type=Path, dir_okay=False)

R = TypeVar("R")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code: 0 fine, 1 failed, 2 wrong settings or usage."""
    try:
        code = frontdesk.main(args=arguments, prog_name=as_typed(), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as bare:
        code = _say(_lacks_a_command(bare.ctx), WRONG)
    except click.UsageError as wrong:
        where = wrong.ctx.command_path if wrong.ctx else as_typed()
        code = _say(f"{wrong.format_message()} See “{where} --help”.", WRONG)
    except SettingsError as wrong:
        code = _say(wrong.sentence, WRONG)
    except FrontdeskError as failed:
        code = _say(failed.sentence, FAILED)
    except (click.Abort, KeyboardInterrupt):
        code = _say("Stopped.", FAILED)
    sys.exit(code if isinstance(code, int) else 0)


@contextmanager
def _as_usage() -> Iterator[None]:
    """What was typed cannot be right."""
    try:
        yield
    except Invalid as wrong:
        raise click.UsageError(wrong.sentence) from wrong


def _lacks_a_command(group: click.Context | None) -> str:
    assert group is not None
    assert isinstance(group.command, click.Group)
    names = ", ".join(group.command.list_commands(group))
    return f"Give a command: {names}. See “{group.command_path} --help”."


def _say(sentence: str, code: int) -> int:
    click.echo(sentence, err=True)
    return code


def _with_settings(command: Callable[..., R]) -> Callable[..., R]:
    """Give the command the settings, with `--data-dir` taken into account."""

    @click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
    @wraps(command)
    def read(*, data_dir: Path | None, **given: Any) -> R:
        return command(load_settings(data_dir=data_dir), **given)

    return read


def _on_store(settings: Settings, work: Callable[[Store], Coroutine[Any, Any, R]]) -> R:
    async def run() -> R:
        async with app.open_store(settings) as store:
            return await work(store)

    return asyncio.run(run())


def _operators(settings: Settings, store: Store) -> Operators:
    return Operators(store, SystemClock(), Vault(settings.vault_key()))


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="frontdesk")
@click.pass_context
def frontdesk(context: click.Context) -> None:
    """A self-hosted AI front desk for WhatsApp: it holds the lines, answers where it may, hands over to people."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@frontdesk.command()
@click.option("--host", help="The address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on [8000]; 0 takes a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key [./data].")
@click.option("--demo", is_flag=True, help="With a sample business and a simulated phone: no number, no key needed.")
def serve(host: str | None, port: int | None, data_dir: Path | None, *, demo: bool) -> None:
    """Run everything in this one process."""
    app.serve(load_settings(host=host, port=port, data_dir=data_dir), demo=demo)


roles.add_to(frontdesk)
contacts.add_to(frontdesk)
frontdesk.add_command(reminders.reminders)
frontdesk.add_command(digests.digest)
frontdesk.add_command(alerts.alerts)
frontdesk.add_command(important.important)
appointments.add_to(frontdesk)
frontdesk.add_command(calendar.calendar)
pausing.add_to(frontdesk)


@frontdesk.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on [8000]; 0 takes a free one.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="A folder of the lab's own [a temporary one, removed at the end].",
)
def lab(port: int | None, data_dir: Path | None) -> int:
    """Try linked devices without a number: a stand-in for WhatsApp with phones to scan and write with.

    Nothing leaves this machine. It works on 64-bit Intel and AMD Linux.
    """
    given = {"--port": port, "--data-dir": data_dir}
    options = [part for name, value in given.items() if value is not None for part in (name, str(value))]
    return programs.become("frontdesk.testing.lab", options)


@frontdesk.command()
def init() -> None:
    """Write a commented .env and frontdesk.toml into this folder. What is there already stays."""
    for source, name in (("env.txt", ".env"), ("frontdesk.toml", "frontdesk.toml")):
        target = Path(name)
        try:
            target.touch(mode=0o600, exist_ok=False)
            target.write_text((STARTER / source).read_text(encoding="utf-8"), encoding="utf-8")
        except FileExistsError:
            click.echo(f"{name} is there already and stays as it is.")
        except OSError as refused:
            raise FrontdeskError(f"{target.absolute()} cannot be written: {refused.strerror}.") from refused
        else:
            click.echo(f"{name} written. Open it, fill in what you use, and run “{as_typed()} serve”.")


@frontdesk.command("doctor")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
@click.option("--no-network", is_flag=True, help="Leave out what asks Meta or a provider of models.")
def examine(data_dir: Path | None, *, no_network: bool) -> int:
    """Look at everything that a start needs, and say what to mend."""
    code = 0
    for found in doctor.examine(data_dir, network=not no_network):
        click.echo(str(found), err=found.wrong_settings)
        code = max(code, 0 if found.ok else WRONG if found.wrong_settings else FAILED)
    return code


@frontdesk.command()
@_with_settings
def migrate(settings: Settings) -> None:
    """Bring the database to the shape of this version. A start does it too."""

    async def nothing(_store: Store) -> None:
        return None

    _on_store(settings, nothing)
    click.echo("The database has the present shape.")


@frontdesk.command()
@click.argument("file", type=A_FILE)
@click.option("--yes", is_flag=True, help="Replace the file when it exists.")
@_with_settings
def backup(settings: Settings, file: Path, *, yes: bool) -> None:
    """Write database, media and secret key into one archive. A running Frontdesk goes on."""
    size = archive.back_up(settings, file, replace=yes)
    click.echo(f"{file} written ({size / 1024**2:.1f} MB). It holds secrets: keep it where only you can read it.")


@frontdesk.command()
@click.argument("file", type=A_FILE)
@click.option("--yes", is_flag=True, help="Put it in the place of what is there, which is moved aside.")
@_with_settings
def restore(settings: Settings, file: Path, *, yes: bool) -> None:
    """Put a backup back in place, while Frontdesk does not run."""
    aside = archive.restore(settings, file, replace=yes)
    click.echo(f"Restored from {file}." + (f" What was there is in {aside}." if aside else ""))


@frontdesk.group()
def user() -> None:
    """Operators."""


@user.command("add")
@click.argument("login")
@click.option("--name", default="", help="What the operator is called.")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="[operator; admin for the first one]")
@click.option("--reset-password", is_flag=True, help="For an operator who exists: forget the password.")
@click.option("--lines", default="", metavar="ID,...", help="The accounts that they see  [all]")
@_with_settings
def add_user(settings: Settings, login: str, name: str, role: str | None, *, reset_password: bool, lines: str) -> None:
    """Make an operator, and print a link to sign in with and choose a password."""
    given = [one.strip() for one in lines.split(",") if one.strip()]

    async def work(store: Store) -> str:
        operators = _operators(settings, store)
        known = {operator.login: operator for operator in await operators.all()}
        wanted = login.strip().lower()
        if reset_password and wanted in known:
            return await operators.invite(known[wanted].id, forget_password=True)
        if reset_password and known:
            raise FrontdeskError(f"There is no operator “{wanted}”. The logins are: {', '.join(sorted(known))}.")
        if wanted in known:
            raise FrontdeskError(
                f"The login “{wanted}” is taken. Choose another, or add --reset-password: that forgets the password of "
                "this one, and prints a link to choose a new one."
            )
        first = not any(operator.role == Role.ADMIN for operator in known.values())
        with _as_usage():
            made = await operators.add(
                login,
                name=name,
                role=role or (Role.ADMIN if first else Role.OPERATOR),
                sees=Sees.GIVEN if given else Sees.ALL,
                accounts=given,
            )
        return await operators.invite(made.id)

    token = _on_store(settings, work)
    click.echo(f"{_base(settings)}/welcome?token={token}")
    click.echo("The link holds for 24 hours and can be used once.", err=True)


def _base(settings: Settings) -> str:
    found = running(settings.data_dir)
    return settings.public_url or (found.url if found else None) or f"http://{settings.host}:{settings.port}"


@frontdesk.group()
def apikey() -> None:
    """Keys for programs."""


@apikey.command("create")
@click.argument("name")
@click.option(
    "--scope", "scopes", type=click.Choice([scope.value for scope in Scope]), multiple=True, default=("read", "write")
)
@_with_settings
def create_key(settings: Settings, name: str, scopes: tuple[str, ...]) -> None:
    """Make an API key and print it. It is shown this once. Scopes: read and write, unless others are given."""

    async def work(store: Store) -> tuple[str, str]:
        with _as_usage():
            return await _operators(settings, store).keys.create(name, scopes)

    key_id, plain = _on_store(settings, work)
    click.echo(plain)
    click.echo(f"{key_id}. Keep it now: it is not shown again.", err=True)


@frontdesk.group()
def account() -> None:
    """Lines: the WhatsApp numbers."""


@account.command("list")
@_with_settings
def list_accounts(settings: Settings) -> None:
    """List the lines: id, channel, state, phone, name, and how they stand."""

    async def work(store: Store) -> list[Any]:
        async with store.read() as read:
            return [
                {**asdict(row), "sentence": "Frontdesk does not run here now."} for row in await accounts.all_live(read)
            ]

    found = running(settings.data_dir)
    told = remote.ask(settings, "GET", "/accounts")["items"] if found and found.url else _on_store(settings, work)
    for line in lines.listed(told):
        click.echo(line)


@account.command()
@click.argument("name")
@click.option("--phone", help="Show a code that is typed on the phone of this number, in the place of a QR code.")
@click.option("--channel", default="linked", show_default=True, help="The kind of line, where a new one is added.")
@click.option("--yes", is_flag=True, help="Add the line without asking: the warning is known.")
@_with_settings
def link(settings: Settings, name: str, phone: str | None, channel: str, *, yes: bool) -> None:
    """Link a line with a phone, by a QR code in the terminal or a code to type; NAME is its id, or its name.

    A line of that name is added where there is none. Frontdesk has to run.
    """
    click.echo(lines.link(settings, name, channel=channel, phone=phone, yes=yes))


@account.command("link-page")
@click.argument("name")
@_with_settings
def link_page(settings: Settings, name: str) -> None:
    """Print the address of a page on which a line is linked without signing in, for a phone that is elsewhere."""
    page = remote.act(settings, name, "link-page")
    click.echo(page["url"])
    click.echo(
        f"It holds until {page['expires_at']}, or until the line is connected. Whoever has it sees the code.", err=True
    )


def _act(verb: str, says: str) -> None:
    @account.command(verb, help=says)
    @click.argument("name")
    @_with_settings
    def command(settings: Settings, name: str) -> None:
        status = remote.act(settings, name, verb)
        click.echo(" ".join(filter(None, (f"{status['state']}: {status['sentence']}", status["next_step"]))))


_act("connect", "Bring a line up; NAME is its id or its name.")
_act("disconnect", "Take a line down; what it needs to come back is kept.")
_act("logout", "Take a line down for good: it has to be linked again.")


@frontdesk.group()
def knowledge() -> None:
    """What the agent may look up."""


@knowledge.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@_with_settings
def import_knowledge(settings: Settings, path: Path) -> None:
    """Import a file or a folder of them: Markdown, text, PDF, Word (.docx), saved web pages (.html).

    A source replaces what it held before.
    """

    async def work(store: Store) -> None:
        imported = await Knowledge(store, SystemClock()).import_path(path)
        click.echo(f"{imported.passages} passages from {imported.files} files.")
        for skipped in imported.skipped:
            click.echo(f"Left out, of a kind that cannot be imported: {skipped}", err=True)
        for note in imported.notes:
            click.echo(note, err=True)

    _on_store(settings, work)


@frontdesk.group()
def notify() -> None:
    """Where you are told of what matters."""


@notify.command("test")
@_with_settings
def try_targets(settings: Settings) -> int:
    """Tell every target of the settings file that this is a trial."""
    found = notices.tried(settings)
    for one in found:
        click.echo(str(one))
    return 0 if all(one.ok for one in found) else FAILED
