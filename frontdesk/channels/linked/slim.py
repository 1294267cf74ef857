"""Keeps out of the process what the library imports and we never use: link previews, stickers, QR pictures, downloads.

It makes each linked line some 20 MB smaller, and spares machines without libmagic.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

UNUSED = ("PIL", "bs4", "httpx", "linkpreview", "magic", "phonenumbers", "requests", "segno", "tqdm")


class _Nothing(type):
    """A class that has every attribute, each of which is such a class: enough for annotations and base classes."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing(name, (), {})


class _Absent(ModuleType):
    """Stands for a module while the library is imported: whatever is taken from it is a name and no more."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing(name, (), {})


@contextmanager
def without_the_unused() -> Iterator[None]:
    """While the block lasts, an import of what is not used gives an empty stand-in; what was there before stays."""
    put = {name: _Absent(name) for name in UNUSED if name not in sys.modules}
    sys.modules.update(put)
    try:
        yield
    finally:
        for name, module in put.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
