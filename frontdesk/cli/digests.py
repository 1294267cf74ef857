"""Digests on the command line: ordering them, which there are, and making one now."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from frontdesk.cli import remote
from frontdesk.domain.digests import LANGUAGES, Way
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings, load_settings

PATIENCE = 300  # seconds in which a digest has to be made
_BETWEEN = 0.5


def make_now(settings: Settings, name: str | None) -> str:
    """Have one made, of the last day or by the name or id of a digest; gives its text.

    Raises:
        FrontdeskError: there is no such digest, or none is made in time.
    """
    path = "/digests/now" if name is None else f"/digests/{quote(_only(settings, name), safe='')}/now"
    issue = remote.ask(settings, "POST", path)
    for _ in range(int(PATIENCE / _BETWEEN)):
        if issue["state"] == "made":
            return str(issue["text"])
        time.sleep(_BETWEEN)
        issue = remote.ask(settings, "GET", f"/digests/issues/{quote(issue['id'], safe='')}")
    raise FrontdeskError(
        f"The digest was not made within {PATIENCE} seconds. It will stand under Digests in the inbox."
    )


def listed(settings: Settings) -> list[str]:
    """A line for each digest."""
    return [_line(one) for one in remote.ask(settings, "GET", "/digests")["items"]]


def _line(one: dict[str, Any]) -> str:
    when = one["schedule"] or "on demand"
    upcoming = f"next {one['next_at']}" if one["next_at"] else "not scheduled"
    return f"{one['id']}  {one['name']}  {when}  {upcoming}  to {', '.join(one['to'])}"


def _only(settings: Settings, name: str) -> str:
    known = remote.ask(settings, "GET", "/digests")["items"]
    meant = [one["id"] for one in known if name in (one["id"], one["name"])]
    if len(meant) != 1:
        problem = "There is no digest" if not meant else "Several digests are called"
        names = ", ".join(f"{one['name']} ({one['id']})" for one in known) or "none"
        raise FrontdeskError(f"{problem} “{name}”. The digests are: {names}.")
    return str(meant[0])


def _ordered(
    settings: Settings, name: str, *, lines: Sequence[str], labels: Sequence[str], ways: Sequence[str], **given: Any
) -> dict[str, Any]:
    """Make one, or change the one that is called so; gives it as it is now."""
    order = {field: value for field, value in given.items() if value is not None}
    if ways:
        order["to"] = list(dict.fromkeys(ways))
    if lines or labels:
        accounts = remote.ask(settings, "GET", "/accounts")["items"] if lines else []
        order["of"] = {"accounts": [remote.only(accounts, one)["id"] for one in lines], "labels": list(labels)}
    known = [one["id"] for one in remote.ask(settings, "GET", "/digests")["items"] if name in (one["id"], one["name"])]
    if known:
        return dict(remote.ask(settings, "PATCH", f"/digests/{quote(_only(settings, name), safe='')}", order))
    return dict(remote.ask(settings, "POST", "/digests", {"name": name} | order))


_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")


@click.group()
def digest() -> None:
    """Summaries of what mattered."""


@digest.command("now")
@click.option("--name", help="The name or id of a digest. Without it: the last day, all chats, for this terminal.")
@_DATA_DIR
def digest_now(name: str | None, data_dir: Path | None) -> None:
    """Make a digest now and print it. One with a name also goes where it always goes."""
    click.echo(make_now(load_settings(data_dir=data_dir), name))


@digest.command("add")
@click.argument("name")
@click.option("--at", "schedule", help="When, such as “every day at 8:00 and 18:00”. Without it: on demand.")
@click.option("--zone", help="The time zone of its times [the house's].")
@click.option("--language", type=click.Choice(LANGUAGES), help="The language in which it is written [en].")
@click.option(
    "--to", "ways", type=click.Choice([way.value for way in Way]), multiple=True, help="Where it goes; several [inbox]."
)
@click.option("--line", "lines", multiple=True, help="Of this line only, by its id or its name; several [every chat].")
@click.option("--label", "labels", multiple=True, help="Of chats with this label only; several [every chat].")
@_DATA_DIR
def add_digest(data_dir: Path | None, name: str, **given: Any) -> None:
    """Order a digest called NAME. One of that name is changed: what is not given stays."""
    click.echo(_line(_ordered(load_settings(data_dir=data_dir), name, **given)))


@digest.command("remove")
@click.argument("name")
@_DATA_DIR
def remove_digest(name: str, data_dir: Path | None) -> None:
    """Remove the digest NAME (or of that id), with what was made of it."""
    settings = load_settings(data_dir=data_dir)
    remote.ask(settings, "DELETE", f"/digests/{quote(_only(settings, name), safe='')}")
    click.echo(f"{name} is removed.")


@digest.command("list")
@_DATA_DIR
def list_digests(data_dir: Path | None) -> None:
    """List the digests, and when each comes next."""
    for line in listed(load_settings(data_dir=data_dir)):
        click.echo(line)
