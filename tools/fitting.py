"""Writes requirements without the library of linked devices where there is none of it for this machine.

    python tools/fitting.py requirements/base.txt > .venv/base.txt

It comes as wheels alone, and pip installs nothing at all where one thing that is asked for cannot be had. Frontdesk
works without it: only linked devices do not, and `frontdesk doctor` says so.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from pip._vendor.packaging.tags import sys_tags

MADE_FOR = re.compile(r"manylinux2014_(x86_64|aarch64|i686|s390x)|macosx_12_0_(arm64|x86_64)|win32|win_(amd64|arm64)")
LIBRARY = re.compile(r"^neonize==.*\n(?: .*\n)*", re.MULTILINE)


def fitting(requirements: str, platforms: Iterable[str]) -> str:
    """The requirements for a machine that takes wheels of these platforms."""
    has_library = any(map(MADE_FOR.fullmatch, platforms))
    return requirements if has_library else LIBRARY.sub("", requirements)


if __name__ == "__main__":
    text = fitting(Path(sys.argv[1]).read_text(encoding="utf-8"), {tag.platform for tag in sys_tags()})
    sys.stdout.write(text)
