"""One question to the Graph API, and what its silence means."""

from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from frontdesk.channels.cloud import faults, redaction
from frontdesk.channels.cloud.options import Options
from frontdesk.channels.cloud.shapes import Json, clean
from frontdesk.kit import guard
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.kit.trust import trusted

USER_AGENT = "Mozilla/5.0 (compatible; Frontdesk)"
_TIMES = aiohttp.ClientTimeout(total=None, connect=10, sock_connect=5, sock_read=30)
_MOST = 64  # connections
_IDLE = 4  # seconds that a connection is kept: a send on one that is just being closed would be in doubt
_OUTAGE = 15 * SECOND  # how long a line waits that cannot reach Meta; its messages are not at fault
_UNREACHED = "WhatsApp could not be reached. Check the connection to the internet."
_NOT_BEGUN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
_IMPOSSIBLE = (aiohttp.InvalidURL, ValueError)  # ValueError: a header that cannot be sent


class Unanswered(Exception):
    """The question went out and no usable answer came back: whether Meta acted on it is not known."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON object of an answer; `document` is None where the body was none."""

    status: int
    document: Json | None

    @property
    def fine(self) -> bool:
        """Whether Meta took the question and names no error."""
        return 200 <= self.status < 300 and faults.refusal(self.document) is None


class Graph:
    """A shared client for all lines, opened on first use. `proxies`: whether those of the environment are used."""

    def __init__(self, *, proxies: bool = True) -> None:
        self._proxies = proxies
        self._client: aiohttp.ClientSession | None = None

    @property
    def client(self) -> aiohttp.ClientSession:
        """The client."""
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_MOST, keepalive_timeout=_IDLE, ssl=trusted()),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT},
                timeout=_TIMES,
                trust_env=self._proxies,
            )
        return self._client

    async def close(self) -> None:
        """Let go of all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def post(self, options: Options, path: str, body: Json) -> Answer:
        """Post a JSON body.

        Raises:
            Retryable: Meta was not reached.
            Rejected: the address cannot be asked at all.
            Unanswered: whether Meta acted is not known.
        """
        content = orjson.dumps(clean(body))
        return await self._ask(options, "POST", path, data=content, headers={"Content-Type": "application/json"})

    async def upload(self, options: Options, path: str, *, form: dict[str, str], file: tuple[str, Any, str]) -> Answer:
        """Post a form with a file (name, open file, MIME type), which is read as it goes; raises as `post` does."""
        name, opened, mime = file
        parts = aiohttp.FormData(form)
        parts.add_field("file", opened, filename=name, content_type=mime)
        return await self._ask(options, "POST", path, data=parts)

    async def get(self, options: Options, path: str, params: dict[str, str], *, seconds: float | None = None) -> Answer:
        """Ask; raises as `post` does. `seconds` bounds each step of it."""
        bounds = aiohttp.ClientTimeout(total=None, connect=seconds, sock_connect=seconds, sock_read=seconds)
        timeout = _TIMES if seconds is None else bounds
        return await self._ask(options, "GET", path, params=params, timeout=timeout)

    async def _ask(self, options: Options, method: str, path: str, **parts: Any) -> Answer:
        guard.outside_transaction()
        headers = {"Authorization": authorization(options), **parts.pop("headers", {})}
        try:
            address = exactly(f"{options.graph_url}/{path}")
            asking = self.client.request(method, address, headers=headers, allow_redirects=False, **parts)
            async with asking as response:
                document = _document(await response.read())
        except _NOT_BEGUN as broken:
            raise Retryable(_UNREACHED, after=_OUTAGE, scope="account") from broken
        except _IMPOSSIBLE as broken:
            raise Rejected("The address of the Graph API cannot be used. Check GRAPH_API_URL.", alert=True) from broken
        except (aiohttp.ClientError, TimeoutError) as broken:
            raise Unanswered("The connection to WhatsApp broke before the answer came.") from broken
        # Here every answer comes by: no error is made from one before its secrets are out.
        known = document and redaction.clear_answer(document, redaction.secrets(options))
        return Answer(response.status, known)


def exactly(address: str) -> URL:
    """The address as it was given, its escapes and its order untouched: some are signed."""
    return URL(address, encoded=address.isascii() and address.isprintable() and " " not in address)


def authorization(options: Options) -> str:
    """The header that carries the access token."""
    return f"Bearer {options.access_token.get_secret_value()}"


def _document(body: bytes) -> Json | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def refusal(answer: Answer) -> PluginError:
    """The error that an answer stands for which is not fine.

    Raises:
        Unanswered: the edge in front of Meta answered, so that it is not known whether Meta acted.
    """
    said = faults.refusal(answer.document)
    if said is not None:
        return faults.to_error(said)
    if answer.status == 429:
        return Retryable("WhatsApp is asked too often.", after=MINUTE, scope="account", code="http_429")
    if answer.status >= 500 or answer.status == 408:
        raise Unanswered(f"WhatsApp answered with HTTP {answer.status} and no reason.")
    return Rejected(
        f"The Graph API answered with HTTP {answer.status} and no reason. Check GRAPH_API_URL and the ids of the line.",
        code=f"http_{answer.status}",
        alert=answer.status in (401, 403),
    )
