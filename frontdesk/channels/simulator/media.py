"""Files on the stand-in: their ids, their links of five minutes, and what Meta would refuse."""

import base64
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from frontdesk.channels.simulator.faults import GraphError
from frontdesk.channels.simulator.people import Json
from frontdesk.kit.clock import DAY, MINUTE, Clock

KIB, MIB = 1024, 1024 * 1024
LINK_LIFE = 5 * MINUTE
UPLOADED_LIFE, INBOUND_LIFE = 30 * DAY, 7 * DAY
LARGEST = 100 * MIB
_OFFICE = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = frozenset(
    {
        "text/plain", "application/pdf",
        "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
        f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet",
        f"{_OFFICE}.presentationml.presentation",
    }
)  # fmt: skip
ALLOWED: dict[str, tuple[frozenset[str], int]] = {
    "image": (frozenset({"image/jpeg", "image/png"}), 5 * MIB),
    "audio": (frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}), 16 * MIB),
    "video": (frozenset({"video/mp4", "video/3gpp"}), 16 * MIB),
    "document": (_DOCUMENTS, LARGEST),
    "sticker": (frozenset({"image/webp"}), 500 * KIB),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A file. `mime` may carry a parameter, as in `audio/ogg; codecs=opus`."""

    media_id: str
    mime: str
    content: bytes = field(repr=False)
    name: str | None
    expires_at: int
    phone_number_id: str

    @property
    def sha256(self) -> str:
        """The digest in base64, as webhooks carry it."""
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


@dataclass(frozen=True, slots=True)
class _Link:
    media_id: str
    expires_at: int


class MediaShelf:
    """Holds files in memory, at most `capacity` bytes in all: the oldest make room."""

    def __init__(self, clock: Clock, *, capacity: int = 2 * LARGEST) -> None:
        self._clock = clock
        self._capacity = capacity
        self._files: OrderedDict[str, Stored] = OrderedDict()
        self._links: OrderedDict[str, _Link] = OrderedDict()
        self._size = 0

    def put(self, content: bytes, mime: str, *, name: str | None, phone_number_id: str, inbound: bool) -> Stored:
        """Keep a file.

        Raises:
            GraphError: 131053 above 100 MB, 131008 when it is empty.
        """
        if len(content) > LARGEST:
            raise GraphError(131053, "The file is larger than 100 MB.")
        if not content:
            raise GraphError(131008, "The file is empty.")
        media_id = str(secrets.randbelow(9 * 10**14) + 10**15)
        life = INBOUND_LIFE if inbound else UPLOADED_LIFE
        stored = Stored(media_id, mime, content, name, self._clock.now() + life, phone_number_id)
        self._files[media_id] = stored
        self._size += len(content)
        while self._size > self._capacity and len(self._files) > 1:
            self._drop(next(iter(self._files)))
        return stored

    def get(self, media_id: str) -> Stored:
        """The file with that id.

        Raises:
            GraphError: 100 when there is none (any more).
        """
        stored = self._files.get(media_id)
        if stored is None or stored.expires_at <= self._clock.now():
            raise GraphError(100, f"Media {media_id[:40]} does not exist or has expired.")
        return stored

    def describe(self, stored: Stored, base_url: str) -> Json:
        """What `GET /{media-id}` answers: among it a fresh link of five minutes."""
        key = secrets.token_urlsafe(18)
        self._links[key] = _Link(stored.media_id, self._clock.now() + LINK_LIFE)
        while len(self._links) > 2_000:
            self._links.popitem(last=False)
        return {
            "messaging_product": "whatsapp",
            "url": f"{base_url.rstrip('/')}/media-files/{key}",
            "mime_type": stored.mime,
            "sha256": hashlib.sha256(stored.content).hexdigest(),
            "file_size": len(stored.content),
            "id": stored.media_id,
        }

    def behind(self, key: str) -> Stored | None:
        """The file behind a link, None when the link was never given or is older than five minutes."""
        link = self._links.get(key)
        if link is None or link.expires_at <= self._clock.now():
            return None
        return self._files.get(link.media_id)

    def delete(self, media_id: str) -> None:
        """Forget a file.

        Raises:
            GraphError: 100 when there is none.
        """
        self.get(media_id)
        self._drop(media_id)

    def _drop(self, media_id: str) -> None:
        self._size -= len(self._files.pop(media_id).content)


def what_is_wrong(stored: Stored, kind: str, *, voice: bool = False) -> str | None:
    """Why Meta would fail to deliver the file as that kind, None when it would not."""
    mime = stored.mime.split(";")[0].strip().lower()
    mimes, largest = ALLOWED[kind]
    if mime not in mimes:
        return f"{mime} cannot be sent as {kind}."
    if len(stored.content) > largest:
        return f"The file has {len(stored.content)} bytes, more than the {largest} allowed for {kind}."
    if voice and mime != "audio/ogg":
        return "A voice note must be audio/ogg with the Opus codec."
    return None
