"""The commands of processes that share the work: `web`, `worker`, `beat` and `lines`."""

from pathlib import Path

import click

from frontdesk import app
from frontdesk.cli import programs
from frontdesk.settings import load_settings

_FOLDER = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="The folder that all of them share [./data]."
)


def _by_celery(role: str, options: dict[str, object]) -> int:
    """Go on as a program that has Celery loaded, which takes its time."""
    given = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    return programs.become("frontdesk.worker", [role, *given])


@click.command()
@click.option("--host", help="The address to listen on [127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on [8000]; 0 takes a free one.")
@_FOLDER
def web(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Take webhooks and show the inbox, beside other processes. Needs PostgreSQL and Redis."""
    app.web(load_settings(host=host, port=port, data_dir=data_dir))


@click.command()
@click.option("--places", type=click.IntRange(1), help="How many jobs may be under way at once [all that fit].")
@_FOLDER
def worker(places: int | None, data_dir: Path | None) -> int:
    """Answer and send: a worker of Celery that waits for hundreds of models at once."""
    return _by_celery("worker", {"--places": places, "--data-dir": data_dir})


@click.command()
@_FOLDER
def beat(data_dir: Path | None) -> int:
    """Keep the timetable: Celery's beat. One is enough, and two do no harm."""
    return _by_celery("beat", {"--data-dir": data_dir})


@click.command()
@_FOLDER
def lines(data_dir: Path | None) -> None:
    """Hold linked devices and bridges, beside other processes. Needs PostgreSQL and Redis."""
    app.hold_lines(load_settings(data_dir=data_dir))


def add_to(group: click.Group) -> None:
    """Make them commands of `frontdesk`."""
    for command in (web, worker, beat, lines):
        group.add_command(command)
