"""The calendar from the terminal: who is booked and when, what people come for, and days that differ.

A name that is known is changed: what is not given stays. So the same commands may be run again.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from frontdesk.cli import remote
from frontdesk.domain.personas import Hours
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.house_file import hours_of, hours_text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"m": 1, "min": 1, "h": 60, "d": 24 * 60}
_LENGTH = re.compile(r"(\d{1,6})\s*(m|min|h|d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class _Length(click.ParamType[int]):
    """`30`, `30m`, `24h` or `2d` as minutes."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _LENGTH.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail(f"“{value}” is no length of time. Write it as 30m, 24h or 2d.", param, ctx)
        return int(match[1]) * _UNITS[match[2] or "m"]


class _Week(click.ParamType[dict[str, list[str]]]):
    """`Mon-Fri 09:00-13:00, 14:00-18:00` as the spans of each day."""

    name = "hours"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, list[str]]:
        days, _, spans = str(value).strip().partition(" ")
        try:
            found = [hours_of(f"{days} {span.strip()}") for span in spans.split(",")]
        except ValueError:
            self.fail(f"“{value}” are no hours. Write them as Mon-Fri 09:00-13:00, 14:00-18:00.", param, ctx)
        texts = [(one.days, hours_text(one).rpartition(" ")[2]) for one in found]
        return {day: [text for on, text in texts if at in on] for at, day in enumerate(DAYS) if at in found[0].days}


class _Date(click.ParamType[str]):
    """`2026-12-24`, as it is."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _DATE.fullmatch(str(value)):
            self.fail(f"“{value}” is no day. Write it as 2026-12-24.", param, ctx)
        return str(value)


LENGTH, WEEK, DATE = _Length(), _Week(), _Date()


@click.group()
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")
@click.pass_context
def calendar(context: click.Context, data_dir: Path | None) -> None:
    """What can be booked. Frontdesk has to run."""
    context.obj = load_settings(data_dir=data_dir)


@calendar.command("resource")
@click.argument("name")
@click.option("--hours", type=WEEK, multiple=True, help="Weekly hours, as “Mon-Fri 09:00-13:00, 14:00-18:00”.")
@click.option("--seats", type=int, help="So many people can come at the same time [1].")
@click.option("--zone", help="Its time zone, such as Europe/Lisbon [the house's].")
@click.option("--line", help="The line whose people may book it, by its id or its name [every line].")
@click.pass_obj
def resource(settings: Settings, /, name: str, hours: tuple[dict[str, list[str]], ...], **given: Any) -> None:
    """Who or what is booked: NAME, such as a dentist, a flat, or you. One of that name is changed."""
    week: dict[str, list[str]] = {}
    for part in hours:
        for day, spans in part.items():
            week.setdefault(day, []).extend(spans)
    made = _put(settings, "resources", name, given | {"hours": week or None})
    click.echo(_resource(made))


@calendar.command("service")
@click.argument("name")
@click.option("--length", "minutes", type=LENGTH, help="How long it takes, such as 30m.")
@click.option("--price", help="As people read it, such as €40.")
@click.option("--with", "whom", multiple=True, metavar="NAME", help="Who does it; several are fine [everybody].")
@click.option("--every", "step", type=LENGTH, help="The times that are offered lie so far apart [15m].")
@click.option("--before", type=LENGTH, help="Kept free before it [0m].")
@click.option("--after", type=LENGTH, help="Kept free after it [0m].")
@click.option("--notice", type=LENGTH, help="Nobody books later than that before [2h].")
@click.option("--ahead", type=LENGTH, help="Nobody books further ahead than that [60d].")
@click.option("--remind", "reminders", type=LENGTH, multiple=True, help="Remind so long before; several [24h].")
@click.option("--directions", help="What is told with the confirmation: where, what to bring.")
@click.option("--template", help="The approved template for reminders outside the 24 hours, on the Cloud API.")
@click.option("--language", help="The language of the template, as Meta has it [en].")
@click.option("--line", help="The line on which it is offered, by its id or its name [every line].")
@click.pass_obj
def service(
    settings: Settings,
    /,
    name: str,
    *,
    whom: tuple[str, ...],
    ahead: int | None,
    reminders: tuple[int, ...],
    **given: Any,
) -> None:
    """What people come for: NAME, such as a check-up or a viewing. One of that name is changed."""
    known = _known(settings, "services", name)
    if known is None and given["minutes"] is None:
        raise click.UsageError(f"“{name}” is new: say how long it takes, such as --length 30m.")
    if whom or known is None:
        given["resources"] = [_meant(settings, "resources", one)["id"] for one in whom] or [
            one["id"] for one in _all(settings, "resources")
        ]
    given |= {"reminders": list(reminders) or None, "ahead_days": max(1, ahead // (24 * 60)) if ahead else None}
    click.echo(_service(settings, _put(settings, "services", name, given)))


@calendar.command("close")
@click.argument("day", type=DATE)
@click.option("--hours", help="Only from when until when, such as 14:00-18:00 [all day].")
@click.option("--with", "whom", help="For one only [everybody].")
@click.option("--note", help="Why.")
@click.pass_obj
def close(settings: Settings, /, day: str, *, hours: str | None, whom: str | None, note: str | None) -> None:
    """Close a DAY, such as 2026-12-24. What is booked on it stays booked."""
    _differ(settings, {"day": day, "open": False, "hours": hours, "note": note}, whom)


@calendar.command("open")
@click.argument("day", type=DATE)
@click.option("--hours", required=True, help="From when until when, such as 18:00-20:00.")
@click.option("--with", "whom", help="For one only [everybody].")
@click.option("--note", help="Why.")
@click.pass_obj
def open_(settings: Settings, /, day: str, *, hours: str, whom: str | None, note: str | None) -> None:
    """Open a DAY, such as 2026-12-05, besides the hours of the week."""
    _differ(settings, {"day": day, "open": True, "hours": hours, "note": note}, whom)


@calendar.command("usual")
@click.argument("day", type=DATE)
@click.pass_obj
def usual(settings: Settings, day: str) -> None:
    """A DAY is as every other of its kind again."""
    found = [one for one in remote.ask(settings, "GET", "/special-days")["items"] if one["day"] == day]
    if not found:
        raise FrontdeskError(f"{day} does not differ.")
    for one in found:
        remote.ask(settings, "DELETE", f"/special-days/{quote(one['id'], safe='')}")
    click.echo(f"{day}: as usual.")


@calendar.command("retire")
@click.argument("name")
@click.pass_obj
def retire(settings: Settings, name: str) -> None:
    """Offer the service or the resource NAME no longer. What is booked stays booked."""
    found = [(kind, one) for kind in ("services", "resources") if (one := _known(settings, kind, name)) is not None]
    if len(found) != 1:
        raise FrontdeskError(f"Nothing that can be booked is called “{name}”." if not found else _TWICE.format(name))
    kind, one = found[0]
    remote.ask(settings, "DELETE", f"/{kind}/{quote(one['id'], safe='')}")
    click.echo(f"{one['name']} is offered no longer.")


_TWICE = "A service and a resource are called “{}”. Give the id that “calendar list” shows."


@calendar.command("list")
@click.pass_obj
def listed(settings: Settings) -> None:
    """List what can be booked, with whom and when, and the days that differ."""
    names = {one["id"]: one["name"] for one in _all(settings, "resources")}
    lines = [f"{one['id']}  {_resource(one)}" for one in _all(settings, "resources")]
    lines += [f"{one['id']}  {_service(settings, one)}" for one in _all(settings, "services")]
    for day in remote.ask(settings, "GET", "/special-days")["items"]:
        lines.append(f"{day['id']}  {_day(day, names.get(day['resource_id'], 'everybody'))}")
    for line in lines or ["Nothing can be booked yet."]:
        click.echo(line)


@calendar.group("feed")
def feed() -> None:
    """Secret addresses at which other calendars read this one."""


@feed.command("list")
@click.pass_obj
def list_feeds(settings: Settings) -> None:
    """List them: id, name, address."""
    for one in remote.ask(settings, "GET", "/calendar-feeds")["items"]:
        click.echo(_feed(one))


@feed.command("add")
@click.argument("name")
@click.option("--with", "whom", help="Only what is booked of one [everything].")
@click.pass_obj
def add_feed(settings: Settings, name: str, whom: str | None) -> None:
    """Add one called NAME. Whoever has its address reads names and notes there."""
    given = {"name": name, "resource_id": _meant(settings, "resources", whom)["id"] if whom else None}
    click.echo(_feed(remote.ask(settings, "POST", "/calendar-feeds", given)))


@feed.command("revoke")
@click.argument("feed_id", metavar="ID")
@click.pass_obj
def revoke_feed(settings: Settings, *, feed_id: str) -> None:
    """Nobody reads at the address of the feed of that ID any more."""
    remote.ask(settings, "DELETE", f"/calendar-feeds/{quote(feed_id, safe='')}")
    click.echo(f"{feed_id} is revoked.")


def _feed(one: dict[str, Any]) -> str:
    return f"{one['id']}  {one['name']}  {one['url']}"


def _put(settings: Settings, kind: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Make one of that name, or change the one that there is; gives it as it is now."""
    line = given.pop("line", None)
    if line is not None:
        given["account_id"] = remote.only(remote.ask(settings, "GET", "/accounts")["items"], line)["id"]
    said = {field: value for field, value in given.items() if value is not None}
    known = _known(settings, kind, name)
    if known is None:
        return dict(remote.ask(settings, "POST", f"/{kind}", {"name": name} | said))
    whole = {field: value for field, value in known.items() if field not in ("id", "retired")} | said
    return dict(remote.ask(settings, "PUT", f"/{kind}/{quote(known['id'], safe='')}", whole))


def _all(settings: Settings, kind: str) -> list[dict[str, Any]]:
    return [one for one in remote.ask(settings, "GET", f"/{kind}")["items"] if not one["retired"]]


def _known(settings: Settings, kind: str, named: str) -> dict[str, Any] | None:
    """The one that has that id or name, if there is one."""
    found = [one for one in _all(settings, kind) if named == one["id"] or named.casefold() == one["name"].casefold()]
    if len(found) > 1:
        raise FrontdeskError(f"Several {kind} are called “{named}”. Give the id that “calendar list” shows.")
    return found[0] if found else None


def _meant(settings: Settings, kind: str, named: str) -> dict[str, Any]:
    found = _known(settings, kind, named)
    if found is None:
        names = ", ".join(one["name"] for one in _all(settings, kind)) or "none"
        raise FrontdeskError(f"“{named}” is not one of the {kind}. They are: {names}.")
    return found


def _differ(settings: Settings, day: dict[str, Any], whom: str | None) -> None:
    day["resource_id"] = _meant(settings, "resources", whom)["id"] if whom else None
    known = remote.ask(settings, "GET", "/special-days")["items"]
    if not any(all(one[field] == value for field, value in day.items()) for one in known):
        day = remote.ask(settings, "POST", "/special-days", day)
    click.echo(f"{_day(day, whom or 'everybody')}.")


def _day(day: dict[str, Any], whom: str) -> str:
    what = "open" if day["open"] else "closed"
    note = f": {day['note']}" if day["note"] else ""
    return " ".join(filter(None, (f"{day['day']}", what, day["hours"], f"for {whom}"))) + note


def _resource(one: dict[str, Any]) -> str:
    runs: dict[str, list[int]] = {}
    for at, day in enumerate(DAYS):
        if spans := one["hours"].get(day):
            runs.setdefault(", ".join(spans), []).append(at)
    week = "; ".join(f"{_days(days)} {spans}" for spans, days in runs.items()) or "no hours yet"
    seats = f", {one['seats']} at the same time" if one["seats"] > 1 else ""
    return f"{one['name']}: {week} ({one['zone']}){seats}"


def _days(days: list[int]) -> str:
    return hours_text(Hours(frozenset(days), 0, 60)).partition(" ")[0]


def _service(settings: Settings, one: dict[str, Any]) -> str:
    names = {each["id"]: each["name"] for each in _all(settings, "resources")}
    who = ", ".join(names[each] for each in one["resources"] if each in names) or "nobody yet"
    parts = [f"{one['minutes']} minutes", one["price"] or "", f"with {who}"]
    return f"{one['name']}: {', '.join(part for part in parts if part)}"
