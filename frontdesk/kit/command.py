"""What people type to run this program: the name alone only where their shell would find it."""

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "frontdesk"


def command(*, started_as: str | None = None, search: str | None = None, python: str | None = None) -> str:
    """`frontdesk`, or `.venv/bin/frontdesk` or `python -m frontdesk` where it was started so, ready to be pasted.

    The parameters stand in for `sys.argv[0]`, `PATH` and `sys.executable`.
    """
    program = Path(sys.argv[0] if started_as is None else started_as)
    if program.name == "__main__.py":
        return f"{_typed(Path(python or sys.executable))} -m {NAME}"
    if program.name != NAME or not program.exists():
        return NAME
    found = shutil.which(NAME, path=search)
    return NAME if found and Path(found).samefile(program) else _typed(program)


def _typed(path: Path) -> str:
    """The path as typed from the working directory, with `./` where it would else be looked up as a name."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - a venv's python is a link, which has to stay one
    if not whole.is_relative_to(Path.cwd()):
        return shlex.quote(str(whole))
    near = str(whole.relative_to(Path.cwd()))
    return shlex.quote(near if "/" in near else f"./{near}")
