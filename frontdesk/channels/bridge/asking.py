"""A bridge that is asked by HTTP: each command a POST with JSON, whose answer is that of the command."""

from collections.abc import AsyncGenerator, Mapping
from itertools import count
from typing import Any

import aiohttp
from pydantic import SecretStr

from frontdesk.channels.bridge import protocol
from frontdesk.channels.bridge.child import CommandFailed, NoAnswer, NotRunning
from frontdesk.channels.bridge.protocol import Answer
from frontdesk.kit import guard
from frontdesk.kit.trust import trusted

TOKEN = "X-Bridge-Token"  # noqa: S105 - the name of a header
FILES = 180.0  # seconds in which a file has to have come
CONNECT = 5.0  # seconds in which a bridge has to take the connection
_IDLE = 4  # seconds that a connection is kept: a send on one that is just being closed would be in doubt
_NOT_BEGUN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_IMPOSSIBLE = (aiohttp.InvalidURL, ValueError)


class Http:
    """The client of all bridges that are asked by HTTP, opened on first use. No proxy stands before a bridge."""

    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None
        self._numbers = count(1)

    async def close(self) -> None:
        """Let go of all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def ask(
        self, url: str, token: SecretStr | None, question: tuple[str, Mapping[str, Any]], *, within: float
    ) -> Mapping[str, Any]:
        """Have a bridge do something; `question` is the action and what is given with it.

        Raises:
            NotRunning: the bridge was not reached, so nothing was asked.
            CommandFailed: it says that it could not.
            NoAnswer: what became of it is not known.
        """
        guard.outside_transaction()
        command_id = f"cmd_{next(self._numbers)}"
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers[TOKEN] = token.get_secret_value()
        body = protocol.command(*question, command_id)
        timeout = aiohttp.ClientTimeout(total=within, sock_connect=CONNECT, connect=None)
        try:
            asking = self._opened().post(url, data=body, headers=headers, timeout=timeout, allow_redirects=False)
            async with asking as response:
                return _told(response.status, await _read(response), command_id)
        except _NOT_BEGUN as away:
            raise NotRunning("The bridge does not answer at its send_url.") from away
        except _IMPOSSIBLE as wrong:
            raise CommandFailed("The send_url of the line cannot be used. Check it.", None) from wrong
        except TimeoutError:
            raise NoAnswer(f"The bridge did not answer within {within:g} seconds.") from None
        except aiohttp.ClientError as broken:
            raise NoAnswer("The connection to the bridge broke before it answered.") from broken

    async def read(self, url: str, token: SecretStr | None) -> AsyncGenerator[bytes, None]:
        """What lies at an address of a bridge, piece by piece.

        Raises:
            NotRunning: the bridge was not reached.
            CommandFailed: it does not give it.
            NoAnswer: it broke off.
        """
        guard.outside_transaction()
        headers = {TOKEN: token.get_secret_value()} if token is not None else {}
        timeout = aiohttp.ClientTimeout(total=FILES, sock_connect=CONNECT, connect=None)
        try:
            async with self._opened().get(url, headers=headers, timeout=timeout, allow_redirects=False) as response:
                if response.status != 200:
                    raise CommandFailed(f"The bridge answered with HTTP {response.status} in place of the file.", None)
                async for chunk in response.content.iter_chunked(256 * 1024):
                    yield chunk
        except _NOT_BEGUN as away:
            raise NotRunning("The bridge does not answer at its address.") from away
        except _IMPOSSIBLE as wrong:
            raise CommandFailed("The bridge names an address that cannot be used.", None) from wrong
        except (TimeoutError, aiohttp.ClientError) as broken:
            raise NoAnswer("The bridge broke off while it handed over the file.") from broken

    def _opened(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=_IDLE, ssl=trusted()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._client


async def _read(response: aiohttp.ClientResponse) -> bytes:
    gathered = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        gathered += chunk
        if len(gathered) > protocol.LONGEST:
            raise NoAnswer("The bridge answered more than can be read.")
    return bytes(gathered)


def _told(status: int, body: bytes, command_id: str) -> Mapping[str, Any]:
    """What the bridge answered, or the error that it means."""
    answer = _answer(body, command_id)
    if status in (401, 403):
        raise CommandFailed("The bridge does not take the token of this line. Give both the same one.", "token")
    if answer is not None and answer.success and 200 <= status < 300:
        return answer.given
    if answer is not None and not answer.success:
        raise CommandFailed(answer.error or "The bridge could not do it, and did not say why.", answer.code)
    if status == 429:
        raise CommandFailed("The bridge asked to wait.", "busy")
    if 300 <= status < 500:
        raise CommandFailed(f"The bridge answered with HTTP {status}. Check the send_url of the line.", None)
    raise NoAnswer(f"The bridge answered with HTTP {status}, and nothing that says what became of it.")


def _answer(body: bytes, command_id: str) -> Answer | None:
    try:
        document = protocol.document_of(body)
    except ValueError:
        return None
    if not isinstance(document, dict) or "success" not in document:
        return None
    answer = protocol.answer_of({"id": command_id, **document})
    return answer if answer.id == command_id else None
