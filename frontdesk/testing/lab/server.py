"""The lab itself: starts and stops the server, knows who connects, and gives tests their verbs."""

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import WSMsgType, web

from frontdesk.testing.lab import patching
from frontdesk.testing.lab.accounts import Account, Device, Directory, Group
from frontdesk.testing.lab.binary import Node
from frontdesk.testing.lab.codec import Codec
from frontdesk.testing.lab.connection import Connection, Wire
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.faults import Faults, Refusal
from frontdesk.testing.lab.groups import Groups
from frontdesk.testing.lab.journal import Entry, Journal
from frontdesk.testing.lab.keys import KeyPair
from frontdesk.testing.lab.media import MediaStore
from frontdesk.testing.lab.noise import PROLOGUE, Frames, ServerHandshake, certificate_chain, framed
from frontdesk.testing.lab.pairing import Pairing
from frontdesk.testing.lab.protobuf import parse
from frontdesk.testing.lab.queries import Parts, Queries
from frontdesk.testing.lab.relay import Relay, now
from frontdesk.testing.lab.tls import write_certificates

log = logging.getLogger(__name__)

_INJECT = Path(__file__).parent / "inject"
_HEADER = 4  # bytes before the first frame
_LARGEST = 64 << 20
_USERNAME, _DEVICE = 1, 18  # of the client's payload
_WITHOUT_ANSWER = ("ack", "ib")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def _bound(port: int = 0) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


class Lab:
    """A stand-in for WhatsApp's servers on loopback. Use it as `async with Lab(folder) as lab:`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal, self.faults, self.directory = Journal(), Faults(), Directory()
        self.relay = Relay(self.directory, self.faults)
        self.groups = Groups(self.directory, self.relay)
        self.pairing = Pairing(self.relay)
        self._reserved = _bound()  # never listens: it keeps the port ours during an outage
        self.port = int(self._reserved.getsockname()[1])
        self.media = MediaStore(f"https://127.0.0.1:{self.port}")
        host = f"127.0.0.1:{self.port}"
        self._queries = Queries(
            Parts(self.directory, self.relay, self.groups, self.pairing, self.faults, self.journal, host)
        )
        self._root, self._static = KeyPair(), KeyPair()
        self._certificate = certificate_chain(self._root, self._static.public)
        self._runner: web.AppRunner | None = None
        self._connections: set[Connection] = set()
        self._farewells: set[asyncio.Task[None]] = set()

    # life
    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._prepare)
        await self.come_back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.go_away()
        for farewell in self._farewells:
            farewell.cancel()
        self._reserved.close()
        self.library.unlink(missing_ok=True)  # large, and of no use without this lab

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "no-certificates").mkdir(exist_ok=True)
        self.authority, self._tls = write_certificates(self.folder)
        self.library = patching.write_patched(self.folder, root=self._root.public, port=self.port)
        self._codec = Codec(patching.installed_tokens())

    async def come_back(self) -> None:
        """Listen (again), on the same port."""
        if self._runner:
            return
        application = web.Application(client_max_size=_LARGEST)
        application.router.add_routes([web.get("/ws/chat", self._websocket), *self.media.routes()])
        self._runner = web.AppRunner(application, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, _bound(self.port), ssl_context=self._tls).start()

    async def go_away(self) -> None:
        """An outage: all connections end, and new ones are refused until `come_back`."""
        if self._runner:
            for site in list(self._runner.sites):
                await site.stop()
            for connection in list(self._connections):
                connection.cut()
            await self._runner.cleanup()
            self._runner = None

    def environment(self) -> dict[str, str]:
        """What to add to the environment of a child, so that its neonize calls the lab and nobody else.

        SSL_CERT_FILE also changes whom Python's own TLS in that child trusts.
        """
        paths = [str(_INJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
        proxies = {name: "" for proxy in _PROXIES for name in (proxy, proxy.upper())}
        return {
            "PYTHONPATH": os.pathsep.join(paths),
            "SSL_CERT_FILE": str(self.authority),
            "SSL_CERT_DIR": str(self.folder / "no-certificates"),
            "FRONTDESK_LAB_LIBRARY": str(self.library),
            "NO_PROXY": "*",
            **proxies,
        }

    # people
    @property
    def addressing(self) -> str:
        """How senders are named to receivers: `lid` or `pn`. May be changed at any time."""
        return self.relay.addressing

    @addressing.setter
    def addressing(self, addressing: str) -> None:
        if addressing not in ("lid", "pn"):
            raise LabError(f"The addressing is “lid” or “pn”, not “{addressing}”.")
        self.relay.addressing = addressing

    def add_account(self, phone: str, name: str) -> Account:
        """A number that uses WhatsApp. Give it a `Phone` to write and read as its owner."""
        return self.directory.add(phone, name)

    async def create_group(self, subject: str, owner: Account, members: Sequence[Account]) -> Group:
        """A group, made on the owner's phone; everybody in it is told."""
        return await self.groups.create(subject, owner, members)

    # linking
    async def scan_qr(self, account: Account, qr: str) -> Device:
        """Scan the QR code that a client shows, with the account's phone; gives the linked device."""
        return await self.pairing.scan(account, qr)

    async def enter_code(self, account: Account, code: str) -> Device:
        """Type the code that a client shows on the account's phone; gives the linked device."""
        return await self.pairing.enter(account, code)

    async def spoil_pairing(self, account: Account, qr: str) -> None:
        """Scan the code, but vouch for it wrongly: the client refuses and says that pairing failed."""
        try:
            await self.pairing.scan(account, qr, spoiled=True)
        except LabError:
            return
        raise LabError("The client accepted a pairing that was not vouched for.")

    async def demand_passkey(self, qr: str) -> None:
        """Ask the client that shows this code for a passkey before it may be linked."""
        await self.pairing.demand_passkey(qr)

    def refuse_codes(self, code: int | None = 429, text: str = "rate-overlimit") -> None:
        """Answer those who ask for a pairing code with an error; None lets them again."""
        self.faults.code_refusal = None if code is None else (code, text)

    # troubles
    async def unlink(self, device: Device) -> None:
        """The owner removes the linked device on the phone; connected or not, it is logged out."""
        device.account.devices.pop(device.number, None)
        await self.relay.devices_changed(device.account)
        if device.connection:
            conflict = Node("conflict", {"type": "device_removed"})
            await device.connection.hang_up(Node("stream:error", {"code": "401"}, [conflict]))

    async def replace(self, device: Device) -> None:
        """The same device connects elsewhere: this connection is told that it was replaced."""
        if device.connection:
            conflict = Node("conflict", {"type": "replaced"})
            await device.connection.hang_up(Node("stream:error", {}, [conflict]))

    def drop(self, device: Device) -> None:
        """Cut its connection without a word, as a network does."""
        if device.connection:
            device.connection.cut()

    def refuse(self, device: Device | None, code: int, *, expires_in: int | None = None) -> None:
        """Cut it off and refuse its logins with a code: 401, 402 (`expires_in` seconds), 403, 405, 500, 503.

        Without a device everybody is refused, also who wants to be linked.
        """
        self.faults.refusals[device] = Refusal(code, expires_in)
        for connection in list(self._connections) if device is None else filter(None, [device.connection]):
            connection.cut()

    def accept(self, device: Device | None = None) -> None:
        """Let it log in again."""
        self.faults.refusals.pop(device, None)

    def hold(self, device: Device) -> None:
        """Keep what comes for the device, though it is connected, until `release`."""
        device.held = True

    async def release(self, device: Device) -> None:
        """Send what was held back, in order."""
        await self.relay.release(device)

    def damage(self, account: Account, messages: int = 1) -> None:
        """Let the account's next messages arrive damaged, one for each of its devices; it will ask for them again."""
        self.faults.damage[account] = messages

    def leave_unanswered(self, what: str, times: int = 1) -> None:
        """Take in but do not answer: `message` for messages, or the namespace of a query such as `w:p` (pings)."""
        self.faults.unanswered[what] = times

    # looking
    @property
    def log(self) -> list[Entry]:
        """Every stanza so far."""
        return self.journal.entries

    @property
    def unknown(self) -> Counter[str]:
        """What clients asked and the lab does not know; should stay empty."""
        return self.journal.unknown

    @property
    def errors(self) -> list[str]:
        """Where the lab itself failed; should stay empty."""
        return self.journal.errors

    # the wire
    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(max_msg_size=_LARGEST, compress=False)
        await websocket.prepare(request)
        connection: Connection | None = None
        try:
            connection, frames = await self._handshake(websocket, request.transport)
            await self._listen(websocket, connection, frames)
        except ConnectionError:
            pass  # gone, as clients may
        finally:
            if connection:
                self._gone(connection)
        return websocket

    async def _handshake(
        self, websocket: web.WebSocketResponse, transport: asyncio.Transport | None
    ) -> tuple[Connection, Frames]:
        frames, handshake = Frames(), None
        waiting: list[bytes] = []
        async for message in websocket:
            if message.type != WSMsgType.BINARY:
                continue
            received: bytes = message.data
            if handshake is None:
                handshake, received = self._greeted(received[:_HEADER]), received[_HEADER:]
            waiting += frames.feed(received)
            if waiting and not handshake.greeted:
                await websocket.send_bytes(framed(handshake.hello(waiting.pop(0))))
            if waiting:
                payload = handshake.finish(waiting.pop(0))
                wire = Wire(websocket, handshake, self._codec, self.journal, transport)
                return Connection(wire, parse(payload)), frames
        raise ConnectionError("The client left during the handshake.")

    def _greeted(self, header: bytes) -> ServerHandshake:
        if not header.startswith(PROLOGUE):
            raise LabError(f"A client began with {header!r}: this is not WhatsApp Web, or a newer kind of it.")
        return ServerHandshake(self._static, self._certificate, header)

    async def _listen(self, websocket: web.WebSocketResponse, connection: Connection, frames: Frames) -> None:
        self._connections.add(connection)
        device = await self._opened(connection)
        async for message in websocket:
            if message.type == WSMsgType.BINARY:
                for frame in frames.feed(message.data):
                    await self._take(connection, device, connection.read(frame))

    async def _take(self, connection: Connection, device: Device | None, node: Node) -> None:
        try:
            await self._stanza(connection, device, node)
        except ConnectionError:
            raise
        except Exception as error:
            log.exception("The lab could not deal with a stanza: %s", node)
            self.journal.errors.append(f"{error!r} at {node}")

    async def _stanza(self, connection: Connection, device: Device | None, node: Node) -> None:
        if node.tag == "ack":
            connection.acknowledged(node)
        if node.tag == "iq" and node.attrs.get("type") in ("result", "error"):
            connection.answered(node)
        elif node.tag == "iq":
            await self._queries.answer(connection, device, node)
        elif device is None:
            self._note_unknown(node)
        elif node.tag == "message":
            await self.relay.message(device, node)
        elif node.tag == "receipt":
            await self.relay.receipt(device, node)
        elif node.tag == "ack":
            self.relay.acknowledge(device, node)
        elif node.tag == "chatstate":
            await self.relay.typing(device, node)
        elif node.tag == "presence":
            device.presence = str(node.attrs.get("type") or "available")
        else:
            self._note_unknown(node)

    def _note_unknown(self, node: Node) -> None:
        if node.tag not in _WITHOUT_ANSWER:
            self.journal.unknown[node.tag] += 1

    async def _opened(self, connection: Connection) -> Device | None:
        device = self._device_of(connection)
        wants_to_link = _USERNAME not in connection.payload
        refusal = self.faults.refusal(device)
        if refusal is None and device is None and not wants_to_link:
            refusal = Refusal(401)
        if refusal:
            self._bid_farewell(connection, refusal.stanza())
            return None
        if device is None:
            await self.pairing.offer(connection)
            return None
        await self._welcome(connection, device)
        return device

    def _device_of(self, connection: Connection) -> Device | None:
        account = self.directory.accounts.get(str(connection.payload.number(_USERNAME)))
        device = account.devices.get(connection.payload.number(_DEVICE)) if account else None
        return device if device and device.noise == connection.client else None

    async def _welcome(self, connection: Connection, device: Device) -> None:
        if device.connection:
            replaced = Node("stream:error", {}, [Node("conflict", {"type": "replaced"})])
            self._bid_farewell(device.connection, replaced)
        connection.who, device.connection, device.active = str(device.pn), connection, False
        attrs = {"t": now(), "props": "1", "lid": device.lid_jid, "display_name": device.account.name}
        more = {"location": "lab", "abprops": "1", "creation": now()}
        await connection.send(Node("success", {**attrs, **more}))

    def _bid_farewell(self, connection: Connection, last: Node) -> None:
        """In a task of its own: the client's answer is read meanwhile."""
        task = asyncio.create_task(connection.hang_up(last))
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def _gone(self, connection: Connection) -> None:
        connection.gone()
        self._connections.discard(connection)
        self.pairing.forget(connection)
        for account in self.directory.accounts.values():
            for device in account.devices.values():
                if device.connection is connection:
                    device.connection, device.active = None, False
