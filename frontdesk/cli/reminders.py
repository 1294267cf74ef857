"""`frontdesk reminders`: what was promised and is to be remembered, in the terminal."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

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


@reminders.command("add")
@click.argument("who")
@click.argument("what")
@click.option("--when", required=True, help="When, such as “tomorrow at 9” or “on Friday at 10”.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
def add_reminder(who: str, what: str, when: str, data_dir: Path | None) -> None:
    """Be reminded of WHAT in the chat of WHO: the number of the person, or the id of the chat."""
    given = {"chat": who, "what": what, "when": when}
    click.echo(listed([remote.ask(load_settings(data_dir=data_dir), "POST", "/reminders", given)])[0])


def _settled(verb: str, state: str, says: str) -> None:
    @reminders.command(verb, help=says)
    @click.argument("reminder")
    @click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
    def command(reminder: str, data_dir: Path | None) -> None:
        path = f"/reminders/{quote(reminder, safe='')}"
        told = remote.ask(load_settings(data_dir=data_dir), "PATCH", path, {"state": state})
        click.echo(f"{told['what']}: {told['state']}.")


_settled("done", "done", "The REMINDER of that id is done.")
_settled("dismiss", "dismissed", "The REMINDER of that id is nothing to be reminded of.")
_settled("reopen", "open", "The REMINDER of that id is open again.")
