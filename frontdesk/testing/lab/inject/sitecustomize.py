"""Puts an unchanged program on the lab's copy of neonize's library.

Python imports a module of this name when it starts, if its folder is in PYTHONPATH. FRONTDESK_LAB_LIBRARY names the
copy; without it nothing changes. This file imports nothing of Frontdesk: the program may be anybody's.
"""

import ctypes
import os
from typing import Any

_LIBRARY = os.environ.get("FRONTDESK_LAB_LIBRARY")


def redirect(library: str) -> None:
    """Make ctypes load the copy whenever neonize asks for its own library."""
    original = ctypes.CDLL

    class Redirected(original):  # type: ignore[valid-type,misc]
        """Loads the copy in place of the installed library."""

        def __init__(self, name: Any, *arguments: Any, **options: Any) -> None:
            mine = str(name).endswith(os.path.basename(library)) if name else False  # noqa: PTH119
            super().__init__(library if mine else name, *arguments, **options)

    ctypes.CDLL = Redirected  # type: ignore[misc]


if _LIBRARY:
    redirect(_LIBRARY)
