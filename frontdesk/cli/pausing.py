"""`frontdesk pause` and `frontdesk resume`: the agent of a running Frontdesk, in every chat."""

from datetime import datetime
from pathlib import Path

import click

from frontdesk.cli.remote import ask
from frontdesk.domain.commands import Act, parse
from frontdesk.kit.clock import SystemClock, to_datetime, to_iso
from frontdesk.kit.errors import SettingsError
from frontdesk.settings import Settings, load_settings, read_house

_DATA_DIR = click.option("--data-dir", type=click.Path(path_type=Path), help="The folder of database, media and key.")


def pause(settings: Settings, until: str | None) -> str:
    """Pause it, for a time such as `2h` or until one such as `18:00`; gives what came of it.

    Raises:
        SettingsError: that is no time.
        FrontdeskError: no Frontdesk runs there, or it refuses.
    """
    zone = read_house(settings.house_path()).timezone
    given: dict[str, object] = {"paused": True}
    if until is not None:
        given["until"] = to_iso(_moment(until, zone))
    told = ask(settings, "PUT", "/pause", given)
    if told["until"] is None:
        return "The agent is paused in every chat until “frontdesk resume”."
    at = to_datetime(_read(told["until"]), zone)
    return f"The agent is paused in every chat until {at:%H:%M} on {at.day} {at:%B} ({zone})."


def resume(settings: Settings) -> str:
    """End the pause; gives what came of it. Raises what `ask` raises."""
    ask(settings, "PUT", "/pause", {"paused": False})
    return "The agent may answer, from the next message on."


def _moment(text: str, zone: str) -> int:
    """As it is read in the own chat: `2h`, `30m`, `18:00`, `until 18:00`."""
    now = SystemClock().now()
    for words in (text, f"until {text}"):
        command = parse(f"#ai off {words}", now=now, zone=zone)
        if command is not None and command.act is Act.AI_OFF and command.until is not None and command.name is None:
            return command.until
    raise SettingsError(f"“{text[:40]}” is no time. Write how long, such as 2h or 30m, or until when, such as 18:00.")


def _read(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp() * 1_000)


@click.command("pause")
@click.argument("until", required=False)
@_DATA_DIR
def pause_agent(until: str | None, data_dir: Path | None) -> None:
    """Pause the agent in every chat: for 2h, until 18:00, or until “resume”."""
    click.echo(pause(load_settings(data_dir=data_dir), until))


@click.command("resume")
@_DATA_DIR
def resume_agent(data_dir: Path | None) -> None:
    """Let the agent answer again after “pause”."""
    click.echo(resume(load_settings(data_dir=data_dir)))


def add_to(group: click.Group) -> None:
    """Add the commands."""
    group.add_command(pause_agent)
    group.add_command(resume_agent)
