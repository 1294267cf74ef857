"""Files to and from Meta: what it takes, how it is sent there, and how it is fetched."""

import asyncio
import base64
import hashlib
import mimetypes
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urljoin, urlsplit

import aiohttp

from frontdesk.channels.cloud import faults
from frontdesk.channels.cloud.graph import Answer, Graph, Unanswered, authorization, exactly, refusal
from frontdesk.channels.cloud.options import Options
from frontdesk.channels.cloud.shapes import ident, whole, words
from frontdesk.domain.wire import Fetched, MediaFile, MediaRef, Outbound
from frontdesk.kit import guard
from frontdesk.kit.errors import Rejected, Retryable

KB, MB = 1024, 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TAKEN: dict[str, tuple[frozenset[str], int, str]] = {
    "image": (frozenset({"image/jpeg", "image/png"}), 5 * MB, "JPEG and PNG"),
    "audio": (
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
        16 * MB,
        "AAC, AMR, MP3, MP4 and OGG with Opus",
    ),
    "video": (frozenset({"video/mp4", "video/3gpp"}), 16 * MB, "MP4 and 3GPP"),
    "document": (
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                f"{_OFFICE}.wordprocessingml.document",
                f"{_OFFICE}.spreadsheetml.sheet",
                f"{_OFFICE}.presentationml.presentation",
            }
        ),
        100 * MB,
        "PDF, plain text and Office files",
    ),
    "sticker": (frozenset({"image/webp"}), 500 * KB, "WebP"),
}
_STILL_STICKER = 100 * KB
_HOPS = 5
_WHOLE_DOWNLOAD = 600.0  # seconds
_ELSEWHERE = (301, 302, 303, 307, 308)
_GONE = (401, 403, 404, 410)
_MOST_REMEMBERED = 500


def taken_as(kind: str, file: MediaFile) -> str:
    """The MIME type under which Meta takes the file.

    Raises:
        Rejected: it does not take such a file, or none so large; the sentence says what it takes.
    """
    taken, most, names = _TAKEN[kind]
    mime = file.mime.partition(";")[0].strip().lower()
    if kind == "document" and mime.startswith("text/"):
        mime = "text/plain"  # tables and the like are text: the file keeps its name
    if mime not in taken:
        raise Rejected(f"WhatsApp takes no {kind} of the type {mime or 'unknown'}; it takes {names}.")
    if file.size > most:
        raise Rejected(f"The file has {_size(file.size)}; as {kind} WhatsApp takes {_size(most)} at most.")
    if file.size <= 0:
        raise Rejected("The file is empty.")
    return "audio/ogg; codecs=opus" if mime == "audio/ogg" else mime


def _size(count: int) -> str:
    return f"{count / MB:.1f} MB" if count >= MB else f"{-(-count // KB)} KB"


@dataclass(slots=True)
class Uploads:
    """Sends files to Meta. A message that is tried again does not send its file again."""

    graph: Graph
    _ids: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)

    async def upload(self, options: Options, outbound: Outbound) -> str:
        """Meta's id for the file of the message.

        Raises:
            Retryable, Rejected, LoggedOut: as Meta answered; an unknown outcome is Retryable, as nothing was sent yet.
        """
        if outbound.media is None:
            raise Rejected("The message has no file.")
        key = (options.phone_number_id, outbound.our_id)
        known = self._ids.get(key)
        if known is None:
            known = await self._send(options, outbound.kind, outbound.media)
            self._ids[key] = known
            while len(self._ids) > _MOST_REMEMBERED:
                self._ids.popitem(last=False)
        return known

    def forget(self, options: Options, outbound: Outbound) -> None:
        """The message is settled, or its file was refused."""
        self._ids.pop((options.phone_number_id, outbound.our_id), None)

    async def _send(self, options: Options, kind: str, file: MediaFile) -> str:
        mime = taken_as(kind, file)
        opened = await _open(file.path)
        try:
            if kind == "sticker" and file.size > _STILL_STICKER and not await asyncio.to_thread(_moves, opened):
                raise Rejected(f"A sticker that does not move may have {_size(_STILL_STICKER)} at most.")
            form = {"messaging_product": "whatsapp", "type": mime}
            name = f"file{mimetypes.guess_extension(mime.partition(';')[0]) or ''}"
            answer = await self.graph.upload(
                options, f"{options.phone_number_id}/media", form=form, file=(name, opened, mime)
            )
            return _uploaded(answer)
        except Unanswered as silence:
            raise Retryable(f"The file did not get to WhatsApp. {silence.sentence}") from silence
        except OSError as broken:
            raise Retryable("The file could not be read from the disk.") from broken
        finally:
            opened.close()


async def _open(path: Path) -> BinaryIO:
    try:
        return await asyncio.to_thread(path.open, "rb")
    except OSError as broken:
        raise Rejected("The file is no longer there. Attach it again.") from broken


def _moves(file: BinaryIO) -> bool:
    """Whether a WebP file says in its header that it is animated."""
    head = file.read(21)
    file.seek(0)
    return len(head) == 21 and head[12:16] == b"VP8X" and bool(head[20] & 2)


def _uploaded(answer: Answer) -> str:
    if not answer.fine:
        raise refusal(answer)
    media_id = ident((answer.document or {}).get("id"))
    if media_id is None:
        raise Unanswered("WhatsApp gave no id for it.")
    return media_id


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a file lies for the next minutes, and what Meta says of it."""

    url: str
    mime: str | None
    sha256: str | None
    size: int | None


class _Expired(Exception):
    """The address no longer serves the file."""


@dataclass(slots=True)
class Downloads:
    """Fetches files from Meta."""

    graph: Graph

    async def fetch(self, options: Options, media: MediaRef, into: Path, limit: int) -> Fetched:
        """Download into the file, at most `limit` bytes. What was written is removed when it fails.

        Raises:
            Retryable: not now; Rejected: never, or too large; LoggedOut: the token is no longer good.
        """
        try:
            async with asyncio.timeout(_WHOLE_DOWNLOAD):
                return await self._fetch(options, media, into, limit)
        except (aiohttp.InvalidURL, ValueError) as broken:
            raise Rejected("WhatsApp gave an address for the file that cannot be used.") from broken
        except (Unanswered, aiohttp.ClientError, TimeoutError) as broken:
            raise Retryable("The file could not be fetched from WhatsApp just now.") from broken
        except OSError as broken:
            raise Retryable("The file could not be written. See whether the disk is full.") from broken

    async def _fetch(self, options: Options, media: MediaRef, into: Path, limit: int) -> Fetched:
        for _ in range(2):
            source = await self._locate(options, media)
            if source.size is not None and source.size > limit:
                raise _too_large(limit)
            try:
                size, digest = await self._download(options, source.url, into, limit)
            except _Expired:
                continue  # the address is good for minutes: ask for a new one
            if not _matches(digest, source.sha256, media.sha256):
                _discard(into)
                raise Retryable("The file arrived damaged.")
            return Fetched(into, source.mime or media.mime, size, media.name, {"sha256": digest.hex()})
        raise Retryable("WhatsApp did not hand out the file.")

    async def _locate(self, options: Options, media: MediaRef) -> _Source:
        params = {"phone_number_id": options.phone_number_id}
        answer = await self.graph.get(options, quote(media.remote_id, safe=""), params)
        said = faults.refusal(answer.document)
        if said is not None:
            raise faults.about_file(said)
        if not answer.fine:
            raise refusal(answer)
        found = answer.document or {}
        url = words(found.get("url"))
        if not url or not may_be_asked(url, options):
            raise Rejected("WhatsApp gave no usable address for the file.")
        return _Source(url, words(found.get("mime_type")), ident(found.get("sha256")), whole(found.get("file_size")))

    async def _download(self, options: Options, url: str, into: Path, limit: int) -> tuple[int, bytes]:
        """Follow redirects by hand: the token goes only to the origin that Meta named."""
        guard.outside_transaction()
        home = _origin(url)
        for _ in range(_HOPS):
            headers = {"Accept-Encoding": "identity"}
            if _origin(url) == home:
                headers["Authorization"] = authorization(options)
            async with self.graph.client.get(exactly(url), headers=headers, allow_redirects=False) as response:
                if response.status in _ELSEWHERE and "location" in response.headers:
                    url = urljoin(url, response.headers["location"])
                    if not may_be_asked(url, options):
                        raise Rejected("WhatsApp sent the download to an address that is not safe.")
                    continue
                _check(response, limit)
                return await _keep(response, into, limit)
        raise Rejected("WhatsApp sent the download in a circle.")


def _check(response: aiohttp.ClientResponse, limit: int) -> None:
    if response.status in _GONE:
        raise _Expired
    if response.status == 429 or response.status >= 500:
        raise Retryable("WhatsApp does not hand out the file just now.")
    if response.status != 200:
        raise Rejected(f"WhatsApp refused the download with HTTP {response.status}.")
    announced = whole(response.headers.get("content-length"))
    if announced is not None and announced > limit:
        raise _too_large(limit)


async def _keep(response: aiohttp.ClientResponse, into: Path, limit: int) -> tuple[int, bytes]:
    digest, size, done = hashlib.sha256(), 0, False
    file = await asyncio.to_thread(into.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(256 * KB):
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
        done = True
    finally:
        file.close()
        if not done:
            _discard(into)
    return size, digest.digest()


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)


def _too_large(limit: int) -> Rejected:
    return Rejected(f"The file is larger than {_size(limit)}, which is the most that is kept.")


def _matches(digest: bytes, *reported: str | None) -> bool:
    """Whether the digest is the first usable one of those reported, in hex or base64; true when none is usable."""
    for text in reported:
        if text is not None and len(text) == 64:
            return text.lower() == digest.hex()
        if text is not None and len(text) == 44:
            return text == base64.b64encode(digest).decode()
    return True


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def may_be_asked(url: str, options: Options) -> bool:
    """Whether a file may be fetched there: by HTTPS, or where the Graph API itself is spoken to without it."""
    try:
        scheme, host, _ = _origin(url)
    except ValueError:
        return False
    graph_scheme, graph_host, _ = _origin(options.graph_url)
    if scheme == "https":
        return host is not None
    return scheme == "http" == graph_scheme and (host == graph_host or {host, graph_host} <= _LOOPBACK)


_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
