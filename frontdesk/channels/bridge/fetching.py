"""Files that a bridge elsewhere hands out by HTTP: at its own address, and at no other that it may name."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit

from frontdesk.channels.bridge.asking import Http
from frontdesk.channels.bridge.child import CommandFailed, NoAnswer, NotRunning
from frontdesk.channels.bridge.files import where
from frontdesk.channels.bridge.options import BridgeOptions
from frontdesk.domain.wire import MediaRef
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.kit.loose import words

_ELSEWHERE = (
    "The file lies at another address than that of the bridge, so it is not fetched. Let the bridge hand it out beside "
    "its send_url, or send its content along."
)
_TOO_LARGE = "The file is larger than this installation takes."


def address_of(media: MediaRef) -> str | None:
    """The address at which the file lies; None where it lies in a folder or came along."""
    return words(where(media).get("url"))


async def fetch(http: Http, options: BridgeOptions, url: str, into: Path, *, limit: int) -> int:
    """Download a file of the bridge; gives its size.

    Raises:
        Rejected: it is not the bridge's to give, too large, or not there.
        Retryable: the bridge does not answer now.
    """
    if not options.send_url or _origin(url) is None or _origin(url) != _origin(options.send_url):
        raise Rejected(_ELSEWHERE)
    size = 0
    file = await asyncio.to_thread(into.open, "wb")
    try:
        async with aclosing(http.read(url, options.token)) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise Rejected(_TOO_LARGE)
                await asyncio.to_thread(file.write, chunk)
    except (NotRunning, NoAnswer) as away:
        raise Retryable(away.sentence, after=5000) from away
    except CommandFailed as refused:
        raise Rejected(refused.sentence) from refused
    finally:
        file.close()
    return size


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.hostname, parts.port) if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
