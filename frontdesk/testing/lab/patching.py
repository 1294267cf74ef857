"""Makes the copy of neonize's library that trusts the lab and calls it instead of WhatsApp.

The installed file is never changed and nothing of it is kept here: the copy is made when the lab starts, in a folder
of the caller. Two places are replaced by as many bytes, because Go strings carry their length:
the public key that signs WhatsApp's certificates, and the URL of the websocket.
"""

import importlib.metadata
import importlib.util
import platform
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from frontdesk.testing.lab.codec import Tokens
from frontdesk.testing.lab.elf import read_tokens
from frontdesk.testing.lab.errors import LabError

VERSION = "0.5.2"  # of neonize, as it is locked in pyproject.toml
LIBRARY = "neonize-linux-amd64.so"


@dataclass(frozen=True)
class Place:
    """Bytes of the library that are replaced. `at` is where they were in the version that the lab knows."""

    what: str
    expected: bytes
    at: int

    def found(self, content: bytes) -> int:
        """How often they occur: once, or the lab does not know this library."""
        return content.count(self.expected)

    def complaint(self, content: bytes) -> str:
        """What needs another look."""
        shown = self.expected.decode() if self.expected.isascii() else self.expected.hex()
        return (
            f"{self.what}: the {len(self.expected)} bytes “{shown}” were expected exactly once, at {self.at:#x} in "
            f"version {VERSION}, and were found {self.found(content)} times"
        )


ROOT_KEY = Place(
    "the public key that signs the server's certificates",
    bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b"),
    0x1197520,
)
URL = Place("the URL of the websocket", b"wss://web.whatsapp.com/ws/chat", 0x92BD5F)
PLACES = (ROOT_KEY, URL)


def installed_library() -> Path:
    """The library of the installed neonize, found without importing it.

    Raises:
        LabError: the lab cannot work here; the sentence says why.
    """
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise LabError(
            f"The lab works on 64-bit Intel and AMD Linux only; this is {platform.machine()} {sys.platform}. "
            "Linked devices themselves may well work here; what is missing is the lab's knowledge of this library file."
        )
    spec = importlib.util.find_spec("neonize")
    if spec is None or not spec.submodule_search_locations:
        raise LabError(f"neonize is not installed: install it with pip install neonize=={VERSION}.")
    library = Path(spec.submodule_search_locations[0]) / LIBRARY
    if not library.is_file():
        raise LabError(f"{library} is missing: install it anew with pip install --force-reinstall neonize=={VERSION}.")
    return library


def installed_version() -> str:
    """The version of the installed neonize."""
    return importlib.metadata.version("neonize")


def check(content: bytes, version: str) -> None:
    """Make sure that this is the library that the lab knows.

    Raises:
        LabError: it is another; the sentence names what needs another look and what was expected where.
    """
    wrong = [place.complaint(content) for place in PLACES if place.found(content) != 1]
    if version == VERSION and not wrong:
        return
    right = [place.what for place in PLACES if place.found(content) == 1]
    raise LabError(
        f"The lab was made for neonize {VERSION} and the installed version is {version}. "
        + (f"Needs another look: {'; '.join(wrong)}. " if wrong else "")
        + (f"Found as expected: {', '.join(right)}. " if right else "")
        + "Look at the new version, run tests/lab against it, then change VERSION in frontdesk/testing/lab/patching.py."
    )


def patched_url(port: int) -> bytes:
    """The lab's URL in exactly the length of the real one; a query fills what is missing."""
    url = b"wss://127.0.0.1:%d/ws/chat?" % port
    if len(url) > len(URL.expected):
        raise LabError(f"The port {port} does not fit into the URL of the library.")
    return url.ljust(len(URL.expected), b"x")


def patched(content: bytes, *, root: bytes, port: int) -> bytes:
    """The library with the lab's root key and the lab's URL in it."""
    for place, replacement in ((ROOT_KEY, root), (URL, patched_url(port))):
        if len(replacement) != len(place.expected):
            raise LabError(f"{place.what} has {len(place.expected)} bytes; {len(replacement)} do not fit.")
        content = content.replace(place.expected, replacement)
    return content


def write_patched(folder: Path, *, root: bytes, port: int) -> Path:
    """Write the patched copy into the folder and say where it is."""
    content = installed_library().read_bytes()
    check(content, installed_version())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LIBRARY
    path.write_bytes(patched(content, root=root, port=port))
    return path


@lru_cache(maxsize=1)
def installed_tokens() -> Tokens:
    """The dictionaries of the installed library, read once."""
    return read_tokens(installed_library())
