"""One person on the command line: the archive of all that is kept of them, and its end. And the file made small."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

import click

from frontdesk import app
from frontdesk.channels.linked import forgetting
from frontdesk.channels.linked.credentials import Credentials
from frontdesk.channels.simulator.memory import forget_in_file
from frontdesk.cli import remote
from frontdesk.desk import old_files
from frontdesk.desk.compacting import compact_now
from frontdesk.desk.erasing import Erasing
from frontdesk.domain.addresses import Address, MalformedAddress
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.vault import Vault
from frontdesk.settings import Settings, load_settings, read_house
from frontdesk.settings.running import running
from frontdesk.store import accounts, contacts, pages
from frontdesk.store.engine import is_postgres, sqlite_path
from frontdesk.store.rows import ContactRow
from frontdesk.store.store import Read, Store
from frontdesk.web.export import Export

_FOLDER = click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
_WHO = "WHO is a number, or an id of the contact or of the chat."


@click.group()
def contact() -> None:
    """People: all that is kept of one, and its end."""


@contact.command(help=f"Write all that is kept of one person into FILE, a zip to read. {_WHO}")
@click.argument("who")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Replace the file when it exists.")
@_FOLDER
def export(who: str, file: Path, data_dir: Path | None, *, yes: bool) -> None:
    """See `help` above."""
    if file.exists() and not yes:
        raise FrontdeskError(f"{file} exists already. Give another name, or --yes to replace it.")
    name = asyncio.run(_export(load_settings(data_dir=data_dir), who, file.absolute()))
    click.echo(f"{file} written: everything that is kept of “{name}”. Keep it where only you can read it.")


async def _export(settings: Settings, who: str, file: Path) -> str:
    place = partial(old_files.place_of, settings.data_dir / "media")
    zone = read_house(settings.house_path()).timezone
    async with app.open_store(settings) as store:
        async with store.read() as read:
            found = await _found(read, who)
            account = await accounts.by_id(read, found.account_id)
        made = Export(store, place=place, zone=zone, now=SystemClock().now())
        try:
            with tempfile.TemporaryDirectory(prefix=".export-", dir=file.parent) as folder:
                path, _ = await made.write(found.id, Path(folder), line=account.name if account else "")
                path.chmod(0o600)
                path.replace(file)
        except OSError as refused:
            raise FrontdeskError(f"{file} could not be written: {refused.strerror}.") from refused
    return _name(found)


@contact.command(help=f"Erase one person for good, with all messages, files and notes. {_WHO}")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_FOLDER
def erase(who: str, data_dir: Path | None, *, yes: bool) -> None:
    """See `help` above."""
    settings = load_settings(data_dir=data_dir)
    found = asyncio.run(_look_up(settings, who))
    if not yes:
        click.confirm(f"Erase “{_name(found)}” for good? There is no way back.", abort=True, err=True)
    if running(settings.data_dir) is not None:  # whoever looks at the chat is told
        remote.ask(settings, "DELETE", f"/contacts/{quote(found.id, safe='')}")
        click.echo(f"“{_name(found)}” is erased. The database file is rewritten in the next hours.")
        return
    click.echo(f"“{_name(found)}” is erased. {asyncio.run(_erase(settings, found))}")


async def _look_up(settings: Settings, who: str) -> ContactRow:
    async with app.open_store(settings) as store, store.read() as read:
        return await _found(read, who)


async def _erase(settings: Settings, found: ContactRow) -> str:
    root = settings.data_dir / "media"

    def remove(digests: Iterable[str]) -> None:
        for digest in digests:
            old_files.place_of(root, digest).unlink(missing_ok=True)

    async def forget(person: Sequence[Address]) -> None:
        await forgetting.forget(Credentials(settings.data_dir / "lines" / found.account_id, vault), person)
        await asyncio.to_thread(forget_in_file, settings.data_dir / "phones.json", person)

    vault = Vault(settings.vault_key(), place=settings.key_place)
    async with app.open_store(settings) as store:
        erasing = Erasing(store, SystemClock(), remove, account=lambda _: None)
        erasing.also.append(forget)
        await erasing.erase(found.id, by="cli")
        if is_postgres(settings.database_url):
            return "PostgreSQL uses its room again after the next vacuum."
        try:
            await _compact(settings, store)
        except FrontdeskError as later:
            return f"The database file was not rewritten: {later}"
    return "The database file was rewritten."


@click.command()
@_FOLDER
def compact(data_dir: Path | None) -> None:
    """Rewrite the database file without what was deleted. Nothing can be written meanwhile; it takes seconds a GB."""
    settings = load_settings(data_dir=data_dir)

    async def work() -> tuple[int, int]:
        async with app.open_store(settings) as store:
            return await _compact(settings, store)

    before, after = asyncio.run(work())
    click.echo(f"The database had {before / 1024**2:.1f} MB, and has {after / 1024**2:.1f} MB now.")


async def _compact(settings: Settings, store: Store) -> tuple[int, int]:
    url = settings.database_url
    free = 0 if is_postgres(url) else shutil.disk_usage(sqlite_path(url).parent).free
    return await compact_now(store, free=free)


async def _found(read: Read, who: str) -> ContactRow:
    """The one contact that is meant.

    Raises:
        FrontdeskError: there is none, or there are several.
    """
    ids = [who]
    if not who.startswith("con_"):
        try:
            ids = [chat.contact_id for chat in await pages.find_chat(read, who) if chat.contact_id is not None]
        except MalformedAddress as unreadable:
            raise FrontdeskError(unreadable.sentence) from unreadable
    if len(ids) > 1:
        raise FrontdeskError(f"This number wrote on {len(ids)} lines. Name one: {', '.join(ids)}.")
    found = await contacts.by_id(read, ids[0]) if ids else None
    if found is None:
        raise FrontdeskError(f"There is no contact “{who}”.")
    return found


def _name(row: ContactRow) -> str:
    return row.given_name or row.name or row.username or row.id


def add_to(group: click.Group) -> None:
    """Make them commands of `frontdesk`."""
    for command in (contact, compact):
        group.add_command(command)
