"""One websocket after the handshake: stanzas both ways, questions with answers, and a farewell that is heard."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from frontdesk.testing.lab.binary import SERVER, Node
from frontdesk.testing.lab.codec import Codec
from frontdesk.testing.lab.journal import Journal
from frontdesk.testing.lab.noise import ServerHandshake, framed
from frontdesk.testing.lab.protobuf import Parsed

_ANSWER_WITHIN = 30.0  # seconds; a client that works is far quicker
_HEARD_WITHIN = 30.0
_LAST = "LAST"  # the id of what follows the last stanza


@dataclass
class Wire:
    """What a connection is made of."""

    socket: web.WebSocketResponse
    handshake: ServerHandshake
    codec: Codec
    journal: Journal
    transport: asyncio.Transport | None


class Connection:
    """A client that is connected; who it is shows only after login or pairing."""

    def __init__(self, wire: Wire, payload: Parsed) -> None:
        self._wire, self.payload = wire, payload
        self.who = "unpaired"
        self.client = wire.handshake.client  # the client's static key
        self.closed = asyncio.Event()
        self._heard_last = asyncio.Event()  # or it is gone
        self._sending = asyncio.Lock()
        self._asked: dict[str, asyncio.Future[Node]] = {}

    async def send(self, node: Node) -> None:
        """Send a stanza.

        Raises:
            ConnectionError: the client is gone.
        """
        async with self._sending:
            self._wire.journal.note("<-", self.who, node)
            encrypted = self._wire.handshake.outgoing.encrypt(self._wire.codec.encode(node))
            await self._wire.socket.send_bytes(framed(encrypted))

    def read(self, frame: bytes) -> Node:
        """The stanza of a frame."""
        node = self._wire.codec.decode(self._wire.handshake.incoming.decrypt(frame))
        self._wire.journal.note("->", self.who, node)
        return node

    async def ask(self, node: Node) -> Node:
        """Send a query of ours and wait for the client's answer."""
        answer = self._asked[node.id] = asyncio.get_running_loop().create_future()
        await self.send(node)
        async with asyncio.timeout(_ANSWER_WITHIN):
            answered: Node = await answer
        return answered

    def answered(self, node: Node) -> None:
        """Take an answer to a query of ours."""
        waiting = self._asked.pop(node.id, None)
        if waiting and not waiting.done():
            waiting.set_result(node)

    def cut(self) -> None:
        """End it without a word, as when the network goes."""
        if self._wire.transport:
            self._wire.transport.abort()

    def acknowledged(self, node: Node) -> None:
        """The client has taken in a stanza of ours, and so all before it."""
        if node.attrs.get("id") == _LAST:
            self._heard_last.set()

    def gone(self) -> None:
        """The client has closed."""
        self.closed.set()
        self._heard_last.set()

    async def hang_up(self, last: Node) -> None:
        """A last stanza; once the client has taken it in we close.

        Closing at once would lose it: the client leaves unread what is in its queue when the socket closes. It takes
        in one stanza after the other, and acknowledges the one that follows.
        """
        mark = Node("notification", {"from": SERVER, "type": "psa", "id": _LAST, "t": int(time.time())})
        with suppress(ConnectionError):  # it is gone already
            await self.send(last)
            await self.send(mark)
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEARD_WITHIN):
                await self._heard_last.wait()
        if not self.closed.is_set():
            await self._wire.socket.close()

    async def let_go(self, last: Node) -> None:
        """A last stanza after which the client closes by itself."""
        await self.send(last)
        try:
            async with asyncio.timeout(_HEARD_WITHIN):
                await self.closed.wait()
        except TimeoutError:
            await self._wire.socket.close()
