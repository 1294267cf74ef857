"""Digests on the command line: which there are, making one now, and who wants which."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from frontdesk.cli import remote
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings, load_settings

PATIENCE = 300  # seconds in which a digest has to be made
_BETWEEN = 0.5
_NEVER = "never"


def make_now(settings: Settings, name: str | None) -> str:
    """Have one made, of the last day or by the name or id of a digest; gives its text.

    Raises:
        FrontdeskError: there is no such digest, or none is made in time.
    """
    path = "/digests/now" if name is None else f"{_path(settings, name)}/now"
    issue = remote.ask(settings, "POST", path)
    for _ in range(int(PATIENCE / _BETWEEN)):
        if issue["state"] == "made":
            return str(issue["text"])
        time.sleep(_BETWEEN)
        issue = remote.ask(settings, "GET", f"/digests/issues/{quote(issue['id'], safe='')}")
    raise FrontdeskError(
        f"The digest was not made within {PATIENCE} seconds. It will stand under Digests in the inbox."
    )


def tell_again(settings: Settings, name: str) -> str:
    """Have the newest one told again wherever that failed, or may have; gives what is to be said.

    Raises:
        FrontdeskError: there is no such digest, none was made of it, or it was told everywhere.
    """
    digest_id = quote(_id(settings, name), safe="")
    made = remote.ask(settings, "GET", f"/digests/issues?digest={digest_id}&limit=1")["items"]
    if not made:
        raise FrontdeskError(f"Nothing was made of “{name}” yet.")
    remote.ask(settings, "POST", f"/digests/issues/{quote(made[0]['id'], safe='')}/tell")
    return f"The newest “{name}” is told again wherever it could not be told, or may not have been."


def _line(one: dict[str, Any]) -> str:
    when = one["schedule"] or "on demand"
    upcoming = f"next {one['next_at']}" if one["next_at"] else "not scheduled"
    return f"{one['id']}  {one['name']}  {when}  {upcoming}  to {', '.join(one['to'])}"


def _path(settings: Settings, name: str) -> str:
    return f"/digests/{quote(_id(settings, name), safe='')}"


def _id(settings: Settings, name: str) -> str:
    known = remote.ask(settings, "GET", "/digests")["items"]
    meant = [one["id"] for one in known if name in (one["id"], one["name"])]
    if len(meant) != 1:
        problem = "There is no digest" if not meant else "Several digests are called"
        names = ", ".join(f"{one['name']} ({one['id']})" for one in known) or "none"
        raise FrontdeskError(f"{problem} “{name}”. The digests are: {names}.")
    return str(meant[0])


_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
_WANTED = (
    click.option("--at", "schedule", help="When: “daily at 8:00”, “weekdays at 18:30”, cron, or “never”: on demand."),
    click.option("--zone", help="The time zone of these times; the house's unless given."),
    click.option("--language", type=click.Choice(("en", "es", "pt")), help="In which language."),
    click.option(
        "--to", multiple=True, type=click.Choice(("inbox", "self", "notify")), help="Where to; again for more."
    ),
    click.option("--account", "accounts", multiple=True, help="Only the chats of that account, by its name or id."),
    click.option("--chat", "chats", multiple=True, help="Only that chat, by its id."),
    click.option("--label", "labels", multiple=True, help="Only chats with that label."),
)


def _wanted(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_WANTED):
        function = option(function)
    return function


def _order(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    """What is asked of the API, of what was said only."""
    order = {name: given[name] for name in ("schedule", "zone", "language") if given[name] is not None}
    if order.get("schedule") == _NEVER:
        order["schedule"] = None
    if given["to"]:
        order["to"] = list(given["to"])
    if given["accounts"] or given["chats"] or given["labels"]:
        known = remote.ask(settings, "GET", "/accounts")["items"] if given["accounts"] else []
        accounts = [remote.only(known, each)["id"] for each in given["accounts"]]
        order["of"] = {"accounts": accounts, "chats": list(given["chats"]), "labels": list(given["labels"])}
    return order


@click.group()
def digest() -> None:
    """Summaries of what mattered."""


@digest.command("now")
@click.option("--name", help="The name or id of a digest. Without it: the last day, all chats, for this terminal.")
@_DATA_DIR
def digest_now(name: str | None, data_dir: Path | None) -> None:
    """Make a digest now and print it. One with a name also goes where it always goes."""
    click.echo(make_now(load_settings(data_dir=data_dir), name))


@digest.command("again")
@click.argument("name")
@_DATA_DIR
def digest_again(name: str, data_dir: Path | None) -> None:
    """Tell the newest digest NAME again, where that failed or may have failed: it may arrive there twice."""
    click.echo(tell_again(load_settings(data_dir=data_dir), name))


@digest.command("list")
@_DATA_DIR
def list_digests(data_dir: Path | None) -> None:
    """List the digests, and when each comes next."""
    for one in remote.ask(load_settings(data_dir=data_dir), "GET", "/digests")["items"]:
        click.echo(_line(one))


@digest.command("add")
@click.argument("name")
@_wanted
@_DATA_DIR
def add_digest(name: str, data_dir: Path | None, **given: Any) -> None:
    """Add a digest called NAME. Without --at it is made on demand only."""
    settings = load_settings(data_dir=data_dir)
    click.echo(_line(remote.ask(settings, "POST", "/digests", {"name": name, **_order(settings, given)})))


@digest.command("change")
@click.argument("name")
@click.option("--pause/--resume", default=None, help="Make none for now, or again.")
@_wanted
@_DATA_DIR
def change_digest(name: str, *, pause: bool | None, data_dir: Path | None, **given: Any) -> None:
    """Change the digest NAME, by its name or id. What is not said stays."""
    settings = load_settings(data_dir=data_dir)
    change = _order(settings, given) | ({} if pause is None else {"enabled": not pause})
    click.echo(_line(remote.ask(settings, "PATCH", _path(settings, name), change)))


@digest.command("remove")
@click.argument("name")
@_DATA_DIR
def remove_digest(name: str, data_dir: Path | None) -> None:
    """Remove the digest NAME, by its name or id, with what was made of it."""
    settings = load_settings(data_dir=data_dir)
    remote.ask(settings, "DELETE", _path(settings, name))
    click.echo(f"“{name}” is removed.")
