"""Digests on the command line: which there are, and making one now."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from frontdesk.cli import remote
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


@digest.command("list")
@_DATA_DIR
def list_digests(data_dir: Path | None) -> None:
    """List the digests, and when each comes next."""
    for line in listed(load_settings(data_dir=data_dir)):
        click.echo(line)
