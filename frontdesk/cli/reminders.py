"""`frontdesk reminders`: what was promised and is to be remembered, in the terminal."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from frontdesk.cli import remote
from frontdesk.settings import load_settings

_STATES = ("open", "done", "dismissed")


def listed(items: list[dict[str, Any]]) -> list[str]:
    """A line for each: id, when it is due, the chat, what, and what else there is to know."""
    return ["  ".join(_columns(item)) for item in items] or ["There is nothing to remember."]


def _columns(item: dict[str, Any]) -> list[str]:
    more = [
        "" if item["timed"] else "no time was said",
        f"snoozed until {_minute(item['snoozed_until'])}" if item["snoozed_until"] else "",
        "possibly done" if item["possibly_done"] else "",
    ]
    known = ", ".join(filter(None, more))
    return [item["id"], _minute(item["due_at"]), item["chat_name"], item["what"], *([f"({known})"] if known else [])]


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


@click.group()
def reminders() -> None:
    """What was promised, and what you want to be reminded of."""


@reminders.command("list")
@click.option("--state", type=click.Choice(_STATES), default="open", show_default=True, help="Which of them.")
@click.option("--chat", help="Those of one chat: its id, or the number of the person.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
def list_reminders(state: str, chat: str | None, data_dir: Path | None) -> None:
    """List them, the soonest first. Frontdesk has to run."""
    settings, before = load_settings(data_dir=data_dir), None
    while True:
        asked = {"state": state, "limit": 200, "chat": chat, "before": before}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        page = remote.ask(settings, "GET", f"/reminders?{query}")
        for line in listed(page["items"]) if page["items"] or before is None else ():
            click.echo(line)
        before = page["next"]
        if before is None:
            return
