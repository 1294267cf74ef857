"""Files that come in by a bridge: the content that it sends along, and paths, believed in its own folders only."""

import asyncio
import base64
import binascii
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from frontdesk.domain.wire import Fetched, MediaRef
from frontdesk.kit.clock import DAY, SECOND
from frontdesk.kit.errors import Rejected
from frontdesk.kit.loose import record, words

DAMAGED = "damaged"
KEEPS = 14 * DAY  # milliseconds for which a content is kept here until it is fetched
_NAME = re.compile(r"[0-9a-f]{64}")
_NOT_GIVEN = "The bridge has not handed over the file. Open WhatsApp on the phone to see it."
_CAME_DAMAGED = "The file came damaged from the bridge. Open WhatsApp on the phone to see it."
_ELSEWHERE = (
    "The file lies outside the folders of the bridge, so it is not read. Let the bridge put files below the folder "
    "that the line names, or send their content along."
)
_GONE = "The file is not there any more. Ask the sender for it again."
_TOO_LARGE = "The file is larger than this installation takes."


class Files:
    """The files of one line. `folder` is ours; `roots` are the bridge's, and relative paths start in the first.

    A root that holds what belongs to Frontdesk itself (`ours`) is too wide to be believed.
    """

    def __init__(self, folder: Path, roots: Iterable[Path], *, ours: Path) -> None:
        self._folder = folder / "files"
        self._roots = tuple(root for root in roots if not _is_below(ours, root))

    async def keep(self, content: str) -> str:
        """Keep a content that came as base64; gives the name under which it lies here, or that it was damaged."""
        return await asyncio.to_thread(self._keep, content)

    async def fetch(self, media: MediaRef, into: Path, *, limit: int) -> Fetched:
        """Copy a file.

        Raises:
            Rejected: it is not there, too large, or not the bridge's to give.
        """
        size = await asyncio.to_thread(self._copy, where(media), into, limit)
        return Fetched(into, media.mime, size, media.name)

    def sweep(self, now: int) -> None:
        """Remove contents that nobody fetched."""
        for file in self._folder.glob("*") if self._folder.is_dir() else ():
            if now - file.stat().st_mtime * SECOND > KEEPS:
                file.unlink(missing_ok=True)

    def _keep(self, content: str) -> str:
        if content.startswith("data:"):
            content = content.partition(",")[2]
        try:
            decoded = base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            return DAMAGED
        if not decoded:
            return DAMAGED
        name = hashlib.sha256(decoded).hexdigest()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self._folder / name
        part = target.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(decoded)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        return name

    def _copy(self, where: dict[str, Any], into: Path, limit: int) -> int:
        path = self._source(where)
        try:
            source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            raise Rejected(_GONE) from None
        about = os.fstat(source)
        if not stat.S_ISREG(about.st_mode) or about.st_size > limit:
            os.close(source)
            raise Rejected(_TOO_LARGE if stat.S_ISREG(about.st_mode) else _ELSEWHERE)
        with os.fdopen(source, "rb") as file, into.open("wb") as target:
            shutil.copyfileobj(file, target, 1024 * 1024)
        return into.stat().st_size

    def _source(self, where: dict[str, Any]) -> Path:
        kept, told = words(where.get("kept")), words(where.get("path"))
        if kept is not None:
            if not _NAME.fullmatch(kept):
                raise Rejected(_CAME_DAMAGED)
            return self._folder / kept
        if not told:
            raise Rejected(_NOT_GIVEN)
        if not self._roots:
            raise Rejected(_ELSEWHERE)
        try:
            path = (self._roots[0] / told).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            raise Rejected(_GONE) from None
        if not any(_is_below(path, root) for root in self._roots):
            raise Rejected(_ELSEWHERE)
        return path


def _is_below(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return True  # it cannot be told, so it counts as the worse


def where(media: MediaRef) -> dict[str, Any]:
    """Where the file is, as the event said it."""
    try:
        return record(orjson.loads(media.remote_id))
    except orjson.JSONDecodeError:
        return {}
