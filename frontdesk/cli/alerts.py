"""`frontdesk alerts`: what the owner should know, in the terminal."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from frontdesk.cli import remote
from frontdesk.settings import load_settings

_MOST = 200


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
@click.pass_context
def alerts(context: click.Context, data_dir: Path | None) -> None:
    """What you should know, the urgent among it. Frontdesk has to run."""
    context.obj = load_settings(data_dir=data_dir)


@alerts.command("list")
@click.option("--all", "seen_too", is_flag=True, help="Also those that were acknowledged.")
@click.pass_obj
def list_alerts(settings: Any, *, seen_too: bool) -> None:
    """List those that nobody has acknowledged, the newest first: id, when, what. Times in UTC."""
    before: str | None = None
    while True:
        asked = {"open": str(not seen_too).lower(), "limit": _MOST, **({"before": before} if before else {})}
        page = remote.ask(settings, "GET", f"/alerts?{urlencode(asked)}")
        for one in page["items"]:
            click.echo(_line(one))
        if not page["items"] and before is None:
            click.echo("There is nothing that you should know.")
        if (before := page["next"]) is None:
            return


def _line(one: dict[str, Any]) -> str:
    when = f"{one['last_at'][:16].replace('T', ' ')} UTC"
    times = [f"({one['count']} times)"] if one["count"] > 1 else []
    marks = (["urgent"] if one["severe"] else []) + (["seen"] if one["acknowledged_at"] else [])
    return "  ".join([one["id"], when, *marks, " ".join(one["sentence"].split()), *times])


@alerts.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def acknowledge(settings: Any, ids: tuple[str, ...]) -> None:
    """Acknowledge alerts by their ids: they are open no longer."""
    for each in ids:
        remote.ask(settings, "POST", f"/alerts/{quote(each, safe='')}/acknowledge")
    click.echo("One alert is acknowledged." if len(ids) == 1 else f"{len(ids)} alerts are acknowledged.")
