"""Linking a device: the server offers references, the owner's phone scans one of them or is typed a code."""

import asyncio
import base64
import hashlib
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from frontdesk.testing.lab.accounts import Account, Device
from frontdesk.testing.lab.binary import SERVER, Node, child
from frontdesk.testing.lab.connection import Connection
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.keys import KeyPair, crypt_ctr, derive, mac
from frontdesk.testing.lab.protobuf import encode
from frontdesk.testing.lab.relay import Relay, now

REFERENCES = 6  # with exactly 6, a client shows the first for 60 seconds and each other for 20
_REGISTRATION = 19  # of the client's payload
_VOUCHED = b"\x06\x00"  # stands before what the phone signs
_CODE_ROUNDS = 2 << 16
_CODE_WITHIN = 30.0  # seconds; a client that works is far quicker


@dataclass
class _Candidate:
    """A connection that wants to be linked."""

    references: list[str]
    phone: str = ""  # of whom a code was asked for
    reference: bytes = b""
    wrapped: bytes = b""
    finished: "asyncio.Future[bytes]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Pairing:
    """The part of server and phone in linking a device."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._candidates: dict[Connection, _Candidate] = {}
        self.references = REFERENCES

    @property
    def waiting(self) -> list[Connection]:
        """The connections that want to be linked."""
        return list(self._candidates)

    async def offer(self, connection: Connection) -> None:
        """Give a new connection the references of its QR codes."""
        references = [base64.b64encode(os.urandom(24)).decode() for _ in range(self.references)]
        self._candidates[connection] = _Candidate(references)
        await connection.send(
            self._query([Node("pair-device", {}, [Node("ref", {}, text.encode()) for text in references])])
        )

    def forget(self, connection: Connection) -> None:
        """It is gone, or linked."""
        self._candidates.pop(connection, None)

    def _query(self, content: list[Node]) -> Node:
        attrs = {"from": SERVER, "type": "set", "id": self._relay.new_id(), "xmlns": "md", "t": now()}
        return Node("iq", attrs, content)

    def showing(self, qr: str) -> Connection:
        """The connection that shows this QR code.

        Raises:
            LabError: none does, or no longer.
        """
        reference = qr.rpartition("#")[2].split(",")[0]
        for connection, candidate in self._candidates.items():
            if reference in candidate.references:
                return connection
        raise LabError("No client that waits to be linked shows this QR code: it may have expired or be used up.")

    async def scan(self, account: Account, qr: str, *, spoiled: bool = False) -> Device:
        """What the phone does with a QR code: it vouches for the keys in it."""
        connection = self.showing(qr)
        _, noise, identity, secret = qr.rpartition("#")[2].split(",")[:4]
        if base64.b64decode(noise) != connection.client:
            raise LabError("The key in the QR code is not that of the connection that shows it.")
        secret_bytes = os.urandom(32) if spoiled else base64.b64decode(secret)
        return await self._link(account, connection, base64.b64decode(identity), secret_bytes)

    async def demand_passkey(self, qr: str) -> None:
        """What the server does when it wants a passkey before it links."""
        options = b'{"challenge":"bGFi","timeout":60000,"rpId":"whatsapp.com","allowCredentials":[]}'
        attrs = {"from": SERVER, "type": "passkey_prologue_request", "id": self._relay.new_id(), "t": now()}
        demand = Node("notification", attrs, [Node("passkey_request_options", {}, options)])
        await self.showing(qr).send(demand)

    async def _link(self, account: Account, connection: Connection, identity: bytes, secret: bytes) -> Device:
        device = _device(account, connection, identity)
        answer = await connection.ask(self._query([_success(device, secret)]))
        if answer.attrs.get("type") != "result":
            raise LabError(f"The client refused to be linked: {answer}")
        account.linked = device.number
        account.devices[device.number] = device
        self.forget(connection)
        await self._relay.devices_changed(account, device)
        await connection.let_go(Node("stream:error", {"code": "515"}))  # “connect again”
        phone = account.devices.get(0)
        if phone and phone.phone:
            await phone.phone.linked(device)
        return device

    # by code
    async def hello(self, connection: Connection, asked: Node) -> list[Node]:
        """A client asks for a code; it made the code itself and gives what only the code opens."""
        candidate = self._candidates[connection] = self._candidates.pop(connection)  # the last who asked comes last
        candidate.phone = asked.jid("jid").user
        candidate.wrapped = child(asked, "link_code_pairing_wrapped_companion_ephemeral_pub").raw
        candidate.reference = os.urandom(12).hex().encode()
        reference = Node("link_code_pairing_ref", {}, candidate.reference)
        return [Node("link_code_companion_reg", {"stage": "companion_hello"}, [reference])]

    def finish(self, connection: Connection, asked: Node) -> None:
        """The client has answered the phone's keys."""
        bundle = child(asked, "link_code_pairing_wrapped_key_bundle").raw
        self._candidates[connection].finished.set_result(bundle)

    async def enter(self, account: Account, code: str) -> Device:
        """What the phone does when its owner types the code.

        Raises:
            LabError: no client asked for a code for this number, or the one that asked last shows another.
        """
        asked = [one for one, it in self._candidates.items() if it.phone == account.phone]
        connection = asked[-1] if asked else None
        if connection is None:
            raise LabError(f"No client has asked for a code for {account.phone}.")
        candidate, typed = self._candidates[connection], code.replace("-", "")
        wrapped = candidate.wrapped  # 32 bytes of salt, 16 of start, 32 of encrypted public key
        companion = _wrap(typed, wrapped[:32], wrapped[32:48], wrapped[48:80])
        candidate.finished = asyncio.get_running_loop().create_future()
        ephemeral = KeyPair()
        await connection.send(self._primary_hello(account, candidate, typed, ephemeral.public))
        async with asyncio.timeout(_CODE_WITHIN):
            bundle = await candidate.finished
        shared = ephemeral.agree(companion)
        try:
            identity, secret = _open(account, bundle, shared)
        except InvalidTag:
            raise LabError(f"The code is not the one that was asked for last for {account.phone}.") from None
        return await self._link(account, connection, identity, secret)

    def _primary_hello(self, account: Account, candidate: _Candidate, code: str, public: bytes) -> Node:
        salt, start = os.urandom(32), os.urandom(16)
        wrapped = salt + start + _wrap(code, salt, start, public)
        content = [
            Node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
            Node("primary_identity_pub", {}, account.key.public),
            Node("link_code_pairing_ref", {}, candidate.reference),
        ]
        attrs = {"from": SERVER, "type": "link_code_companion_reg", "id": self._relay.new_id(), "t": now()}
        inside = Node("link_code_companion_reg", {"stage": "primary_hello"}, content)
        return Node("notification", attrs, [inside])


def _device(account: Account, connection: Connection, identity: bytes) -> Device:
    given = connection.payload.message(_REGISTRATION)
    if given.raw(3) != identity:
        raise LabError("The identity in the code is not the one that the client registers.")
    signed = (given.raw(4), given.raw(5), given.raw(6))
    return Device(account, account.linked + 1, connection.client, identity, given.raw(1), signed)


def _success(device: Device, secret: bytes) -> Node:
    """The phone's word for the device, sealed with what only the QR code or the typed code told it."""
    account = device.account
    details = encode({1: int.from_bytes(os.urandom(3), "big"), 2: now(), 3: device.number})
    signature = account.key.sign(_VOUCHED + details + device.identity)
    signed = encode({1: details, 2: account.key.public, 3: signature})
    content = [
        Node("device-identity", {}, encode({1: signed, 2: mac(secret, signed)})),
        Node("biz", {"name": account.name}),
        Node("device", {"jid": device.pn, "lid": device.lid_jid}),
        Node("platform", {"name": "smba"}),
    ]
    return Node("pair-success", {}, content)


def _wrap(code: str, salt: bytes, start: bytes, content: bytes) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, _CODE_ROUNDS, 32)
    return crypt_ctr(key, start, content)


def _open(account: Account, bundle: bytes, shared: bytes) -> tuple[bytes, bytes]:
    """The client's identity, and the secret that the phone's word is sealed with."""
    salt, start, encrypted = bundle[:32], bundle[32:44], bundle[44:]  # salt, nonce, ciphertext
    key = derive(shared, b"link_code_pairing_key_bundle_encryption_key", 32, salt=salt)
    plain = AESGCM(key).decrypt(start, encrypted, b"")
    identity, random = plain[:32], plain[64:96]
    return identity, derive(shared + account.key.agree(identity) + random, b"adv_secret", 32)
