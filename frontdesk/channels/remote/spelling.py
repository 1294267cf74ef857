"""How what is asked of a line is written down on its way to the process that holds it.

Options of lines stay behind: whoever holds a line knows them. Files lie in a folder that all processes share, perhaps
in another place on each machine, and are named from there.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Fetched, MediaRef, Outbound, Seen, Sent
from frontdesk.kit.errors import Rejected

_OUTBOUND = TypeAdapter(Outbound)
_SEEN = TypeAdapter(Seen)
_MEDIA = TypeAdapter(MediaRef)
_ADDRESSES = TypeAdapter(tuple[Address, ...])
_SENT = TypeAdapter(Sent)
_FETCHED = TypeAdapter(Fetched)
_ELSEWHERE = "The file does not lie in the data folder, which the processes share."


class Spelling:
    """`folder` is the one that the processes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def outbound(self, outbound: Outbound) -> dict[str, Any]:
        """A message on its way out."""
        told: dict[str, Any] = _OUTBOUND.dump_python(outbound, mode="json")
        if outbound.media is not None:
            told["media"]["path"] = self.path(outbound.media.path)
        return told

    def read_outbound(self, told: Any) -> Outbound:
        """The same at the other end."""
        found = _OUTBOUND.validate_python(told)
        if found.media is None:
            return found
        return replace(found, media=replace(found.media, path=self.read_path(told["media"]["path"])))

    def path(self, path: Path) -> str:
        """A file in the shared folder.

        Raises:
            Rejected: it does not lie there.
        """
        try:
            return path.resolve().relative_to(self._folder).as_posix()
        except ValueError:
            raise Rejected(_ELSEWHERE) from None

    def read_path(self, told: str) -> Path:
        """The same on this machine.

        Raises:
            Rejected: it would not lie in the shared folder.
        """
        path = (self._folder / told).resolve()
        if not path.is_relative_to(self._folder):
            raise Rejected(_ELSEWHERE)
        return path

    def fetched(self, fetched: Fetched) -> dict[str, Any]:
        """A file that was downloaded."""
        told: dict[str, Any] = _FETCHED.dump_python(fetched, mode="json")
        return {**told, "path": self.path(fetched.path)}

    def read_fetched(self, told: Any) -> Fetched:
        """The same at the other end."""
        return replace(_FETCHED.validate_python(told), path=self.read_path(told["path"]))


def seen(value: Seen) -> Any:
    """A message that was read."""
    return _SEEN.dump_python(value, mode="json")


def read_seen(told: Any) -> Seen:
    """The same at the other end."""
    return _SEEN.validate_python(told)


def media(value: MediaRef) -> Any:
    """A file that the channel holds."""
    return _MEDIA.dump_python(value, mode="json")


def read_media(told: Any) -> MediaRef:
    """The same at the other end."""
    return _MEDIA.validate_python(told)


def addresses(value: tuple[Address, ...]) -> Any:
    """Addresses."""
    return _ADDRESSES.dump_python(value, mode="json")


def read_addresses(told: Any) -> tuple[Address, ...]:
    """The same at the other end."""
    return _ADDRESSES.validate_python(told)


def sent(value: Sent) -> Any:
    """That the channel took a message."""
    return _SENT.dump_python(value, mode="json")


def read_sent(told: Any) -> Sent:
    """The same at the other end."""
    return _SENT.validate_python(told)
