"""Whether linked devices can work on this machine, as doctor sees it."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from frontdesk.cli.findings import Found, warning
from frontdesk.settings import Settings

TRY = "import frontdesk.channels.linked.library.line"
PATIENCE = 30.0  # seconds
LIBRARY = "neonize"
_WORKS_ON = "It is made for Linux with glibc, macOS and Windows, on 64-bit Intel, AMD and ARM."
_MENDS = (  # what Python says, and what helps
    ("no module named 'neonize'", "{works_on} Install it: {pip}"),
    ("no module named", "A part of it is missing. Install it anew: {pip}"),
    ("libmagic", "Install libmagic: “apt install libmagic1” on Debian and Ubuntu, “brew install libmagic” on macOS."),
    ("glibc", "This system is too old for it. Use a newer one, or Frontdesk's container."),
    ("musl", "This system has another C library. Use one with glibc, or Frontdesk's container."),
    ("cannot open shared object", "The file for this machine is missing. {works_on} Install it anew: {pip}"),
    ("invalid elf header", "The file is damaged or for another machine. {works_on} Install it anew: {pip}"),
)


def library(_settings: Settings) -> Iterator[Found]:
    """Load the library of linked devices, in a process of its own: it may take the process with it."""
    try:
        command = [sys.executable, "-c", TRY]
        ended = subprocess.run(  # noqa: S603 - nothing in it comes from outside
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        yield _complaint("it did not load in time")
        return
    if ended.returncode == 0:
        yield Found("linked", True, f"the library for linked devices loads ({LIBRARY} {_version()}).")
    else:
        yield _complaint(next(iter(ended.stderr.strip().splitlines()[-1:]), f"it ended with {ended.returncode}"))


def _complaint(why: str) -> Found:
    machine = f"{platform.system()} {platform.machine()}"
    said = f"the library for linked devices cannot be loaded on this machine ({machine}): {why}."
    return warning("linked", f"{said} {mend(why)} All other lines work.")


def mend(why: str) -> str:
    """What helps, by what Python said."""
    known = next((words for mark, words in _MENDS if mark in why.lower()), "{works_on} Install it anew: {pip}")
    pip = f"“{sys.executable} -m pip install --force-reinstall {_wanted()}”."
    return known.format(pip=pip, works_on=_WORKS_ON)


def _version() -> str:
    try:
        return version(LIBRARY)
    except PackageNotFoundError:
        return "of an unknown version"


def _wanted() -> str:
    """The library with its version, as this Frontdesk was made for."""
    try:
        named = [one for one in requires("frontdesk") or () if one.startswith(LIBRARY)]
    except PackageNotFoundError:
        named = []
    return named[0] if named else LIBRARY
