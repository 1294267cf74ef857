"""Programs that a command only starts, because this room may not know them."""

import os
import subprocess
import sys
from collections.abc import Sequence


def become(module: str, arguments: Sequence[str]) -> int:
    """Run a module in the place of this program, with its environment; where that cannot be, gives the exit code."""
    command = [sys.executable, "-m", module, *arguments]
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(sys.executable, command)  # noqa: S606 - a module of ours
    return subprocess.run(command, check=False).returncode  # noqa: S603 - a module of ours
