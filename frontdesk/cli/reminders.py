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


_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")


@click.group()
def reminders() -> None:
    """What was promised, and what you want to be reminded of."""


@reminders.command("list")
@click.option("--state", type=click.Choice(_STATES), default="open", show_default=True, help="Which of them.")
@click.option("--chat", help="Those of one chat: its id, or the number of the person.")
@_DATA_DIR
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
@click.argument("chat")
@click.argument("what")
@click.option("--when", required=True, help="“tomorrow at 9”, “friday”, “in 2 hours”, or 2026-11-24 10:30.")
@_DATA_DIR
def add_reminder(chat: str, what: str, when: str, data_dir: Path | None) -> None:
    """Be reminded of WHAT in a CHAT: its id, or the number of the person. Frontdesk has to run."""
    given = {"chat": chat, "what": what, "when": when}
    click.echo(listed([remote.ask(load_settings(data_dir=data_dir), "POST", "/reminders", given)])[0])


@reminders.command("change")
@click.argument("reminder")
@click.option("--what", help="Other words.")
@click.option("--when", help="Another moment, in words as of “add”.")
@_DATA_DIR
def change_reminder(reminder: str, what: str | None, when: str | None, data_dir: Path | None) -> None:
    """Change the words or the moment of the REMINDER of that id."""
    _change(reminder, data_dir, **{name: said for name, said in (("what", what), ("when", when)) if said})


@reminders.command()
@click.argument("reminder")
@click.argument("until")
@_DATA_DIR
def snooze(reminder: str, until: str, data_dir: Path | None) -> None:
    """Be told of the REMINDER of that id later, UNTIL a moment in words: “tomorrow at 9”."""
    _change(reminder, data_dir, snooze=until)


@reminders.command()
@click.argument("reminder")
@_DATA_DIR
def done(reminder: str, data_dir: Path | None) -> None:
    """The REMINDER of that id is done."""
    _change(reminder, data_dir, state="done")


@reminders.command()
@click.argument("reminder")
@_DATA_DIR
def dismiss(reminder: str, data_dir: Path | None) -> None:
    """The REMINDER of that id is nothing to be reminded of."""
    _change(reminder, data_dir, state="dismissed")


@reminders.command()
@click.argument("reminder")
@_DATA_DIR
def reopen(reminder: str, data_dir: Path | None) -> None:
    """The REMINDER of that id is open again."""
    _change(reminder, data_dir, state="open")


def _change(reminder: str, data_dir: Path | None, **given: str) -> None:
    told = remote.ask(load_settings(data_dir=data_dir), "PATCH", f"/reminders/{quote(reminder, safe='')}", given)
    click.echo(f"{told['state']}  {listed([told])[0]}")
