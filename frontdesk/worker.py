"""The door for Celery's own commands: `celery -A frontdesk.worker worker`, `beat`, `status`, `inspect active` ...

The application is made from the environment when it is first asked for. Importing this connects to nothing. As a
program (`python -m frontdesk.worker worker`) it is what `frontdesk worker` and `frontdesk beat` become.
"""

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery

from frontdesk.app.celery_app import celery_app, keep_time, work
from frontdesk.kit.errors import SettingsError
from frontdesk.settings import load_settings

WRONG_SETTINGS = 2  # exit code


@cache
def _made() -> Celery:
    try:
        return celery_app(load_settings())
    except SettingsError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise SystemExit(WRONG_SETTINGS) from wrong


def __getattr__(name: str) -> Any:
    """`app`, as Celery looks for it."""
    if name == "app":
        return _made()
    raise AttributeError(name)


def main(arguments: list[str]) -> int:
    """Run one of the two roles of Celery until told to stop; gives the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("worker", "beat"))
    parser.add_argument("--places", type=int)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args(arguments)
    try:
        settings = load_settings(data_dir=given.data_dir)
        return work(settings, places=given.places) if given.role == "worker" else keep_time(settings)
    except SettingsError as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        return WRONG_SETTINGS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
