"""Appointments from the terminal: a running Frontdesk lists, books and cancels them, and takes tables in and out."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from frontdesk.cli import remote
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings, load_settings

FAILED = 1


def add_to(group: click.Group) -> None:
    """Add the commands."""
    group.add_command(appointments)


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
@click.pass_context
def appointments(context: click.Context, data_dir: Path | None) -> None:
    """The calendar. Frontdesk has to run."""
    context.obj = load_settings(data_dir=data_dir)


@appointments.command("list")
@click.option("--from", "begins", help="Only what ends after it, as 2026-11-24 or 2026-11-24T10:30.")
@click.option("--to", "ends", help="Only what begins before it.")
@click.pass_obj
def listed(settings: Settings, begins: str | None, ends: str | None) -> None:
    """List appointments: id, start, state, service, with whom, for whom. Times in UTC."""
    for each in _all(settings, begins, ends):
        click.echo(
            "  ".join((each["id"], each["start"], each["state"], each["service"], each["resource"], each["name"]))
        )


def _all(settings: Settings, begins: str | None, ends: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following = ""
    while True:
        given = {"from": _moment(begins), "to": _moment(ends), "before": following, "limit": "200"}
        query = "&".join(f"{name}={quote(value)}" for name, value in given.items() if value)
        page = remote.ask(settings, "GET", f"/appointments?{query}")
        found += page["items"]
        if not page["next"]:
            return found
        following = page["next"]


def _moment(text: str | None) -> str:
    return f"{text}T00:00" if text and len(text) == 10 else text or ""


@appointments.command()
@click.argument("service")
@click.argument("start")
@click.option("--name", help="For whom.")
@click.option("--phone", help="The number of who does not write.")
@click.option("--with", "whom", help="With whom; whoever is free unless given.")
@click.option("--note", help="What has to be known beforehand.")
@click.option("--outside-hours", is_flag=True, help="Also outside the opening hours.")
@click.pass_obj
def book(settings: Settings, /, service: str, start: str, *, whom: str | None, **given: Any) -> None:
    """Book: SERVICE by its name or id, START as 2026-11-24T10:30 by the calendar's clock."""
    asked = {name: value for name, value in given.items() if value}
    asked |= {"service_id": _meant(settings, "services", service), "start": start}
    if whom:
        asked["resource_id"] = _meant(settings, "resources", whom)
    made = remote.ask(settings, "POST", "/appointments", asked)
    click.echo(f"{made['id']}: {made['service']} with {made['resource']}, {made['start']}.")


def _meant(settings: Settings, kind: str, named: str) -> str:
    """The id of what has that id or name."""
    known = [each for each in remote.ask(settings, "GET", f"/{kind}")["items"] if not each["retired"]]
    meant = [each for each in known if named == each["id"] or named.casefold() == each["name"].casefold()]
    if len(meant) != 1:
        names = ", ".join(each["name"] for each in known) or "none"
        raise FrontdeskError(f"“{named}” is not one of the {kind}. They are: {names}.")
    return str(meant[0]["id"])


@appointments.command()
@click.argument("appointment")
@click.option("--silent", is_flag=True, help="Do not tell the person.")
@click.pass_obj
def cancel(settings: Settings, appointment: str, *, silent: bool) -> None:
    """Cancel the APPOINTMENT of that id; its time is free."""
    made = remote.ask(
        settings, "DELETE", f"/appointments/{quote(appointment, safe='')}?tell={'false' if silent else 'true'}"
    )
    click.echo(f"Cancelled: {made['service']} for {made['name']}, {made['start']}.")


@appointments.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export(settings: Settings, file: Path) -> None:
    """Write all appointments into FILE, as a table (CSV in UTF-8)."""
    text = str(remote.ask(settings, "GET", "/appointments/export.csv"))
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as refused:
        raise FrontdeskError(f"{file} cannot be written: {refused.strerror}.") from refused
    click.echo(f"{file} written.")


@appointments.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def take(settings: Settings, file: Path) -> int:
    """Book what FILE holds, a table (CSV in UTF-8) with the columns start, service, name."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FrontdeskError(f"{file} is not written in UTF-8. Save it as CSV in UTF-8.") from None
    told = remote.ask(settings, "POST", "/appointments/import", {"csv": text})
    click.echo(f"{told['booked']} booked, {told['known']} known already, {len(told['wrong'])} refused.")
    for each in told["wrong"]:
        click.echo(f"Row {each['row']}: {each['reason']}", err=True)
    return FAILED if told["wrong"] else 0
