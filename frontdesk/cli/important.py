"""`frontdesk important`: the messages that matter, in the terminal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from frontdesk.cli import remote
from frontdesk.settings import Settings, load_settings

MOST = 200


def listed(settings: Settings, asked: dict[str, Any]) -> list[str]:
    """A line for each message: when it came, how much it matters, the chat, what it says, and why it matters."""
    items: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    before: str | None = None
    while len(items) < MOST:
        given = {**asked, "limit": MOST - len(items), "before": before}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        page = remote.ask(settings, "GET", f"/messages?{query}")
        items += page["items"]
        before = page["next"]
        if before is None:
            break
    for chat_id in {item["chat_id"] for item in items}:
        names[chat_id] = remote.ask(settings, "GET", f"/chats/{quote(chat_id, safe='')}")["name"]
    told = [_line(item, names[item["chat_id"]]) for item in items]
    return told or ["There is nothing of that importance."]


def _line(item: dict[str, Any], name: str) -> str:
    at = item["created_at"][:16].replace("T", " ")
    said = " ".join((item["text"] or f"[{item['kind']}]").split())
    importance = item["importance"]
    return f"{at} UTC  {importance['level']}  {name}  {said}  ({importance['reason']})"


@click.command()
@click.option("--least", type=click.IntRange(1, 5), default=4, show_default=True, help="From this importance on.")
@click.option("--days", type=click.IntRange(1), default=7, show_default=True, help="That came in so many days ago.")
@click.option("--unanswered", is_flag=True, help="Only those that wait for an answer.")
@click.option("--account", help="Only those of this line: its id, or its name.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
def important(least: int, days: int, account: str | None, data_dir: Path | None, *, unanswered: bool) -> None:
    """List the messages that matter, the newest first, 200 at the most. Frontdesk has to run."""
    settings = load_settings(data_dir=data_dir)
    since = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    asked: dict[str, Any] = {"importance_min": least, "since": since}
    if unanswered:
        asked["unanswered"] = "true"
    if account is not None:
        asked["account"] = remote.only(remote.ask(settings, "GET", "/accounts")["items"], account)["id"]
    for line in listed(settings, asked):
        click.echo(line)
