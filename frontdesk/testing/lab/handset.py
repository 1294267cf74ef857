"""The lower half of a scripted phone: encrypts and sends, receives and decrypts, asks again and sends again."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass

from frontdesk.testing.lab import composing, reading
from frontdesk.testing.lab.accounts import Account, Device, Group
from frontdesk.testing.lab.binary import GROUP, JID, Node, child
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.keyring import Keyring
from frontdesk.testing.lab.keys import untyped
from frontdesk.testing.lab.protobuf import Fields, Parsed, encode, parse
from frontdesk.testing.lab.ratchet import Bundle, Duplicate, Undecryptable
from frontdesk.testing.lab.reading import Receipt, Received, Said, Typing
from frontdesk.testing.lab.relay import now
from frontdesk.testing.lab.server import Lab

_ASKS = 4  # times that it asks for a message that it cannot read


@dataclass(frozen=True)
class Sent(Said):
    """A message of the phone's own, with how it went over the wire."""

    message: Fields | None = None
    kind: str = "text"
    media: str | None = None
    edit: str | None = None


def new_id() -> str:
    """The id of a message, as a phone makes it."""
    return "3A" + os.urandom(9).hex().upper()


class Handset:
    """Device 0 of an account."""

    def __init__(self, lab: Lab, account: Account) -> None:
        if 0 in account.devices:
            raise LabError(f"{account.name} has a scripted phone already.")
        self.lab, self.account = lab, account
        self.keyring = Keyring(account.key)
        self.device = self.keyring.device(account)
        self.device.phone = self
        account.devices = {0: self.device, **account.devices}
        self.sends_receipts = True  # says “delivered” of what it has read
        self.asks_again = True  # for what it cannot read
        self.inbox: asyncio.Queue[Received] = asyncio.Queue()
        self.receipts: asyncio.Queue[Receipt] = asyncio.Queue()
        self.typings: asyncio.Queue[Typing] = asyncio.Queue()
        self.notifications: asyncio.Queue[Node] = asyncio.Queue()
        self.history: list[Received] = []  # everything that it has read, in order
        self.duplicates: list[str] = []  # ids that came twice and were read once
        self.undecryptable: list[str] = []  # ids that it could not read
        self._sent: dict[str, Sent] = {}
        self._asked: Counter[str] = Counter()

    # sending
    async def transmit(self, sent: Sent) -> None:
        """Encrypt a message for every device that it is for."""
        self._sent[sent.id] = sent
        if isinstance(sent.chat, Group):
            await self._to_group(sent, sent.chat)
        else:
            await self._to_person(sent, sent.chat)

    async def _to_person(self, sent: Sent, to: Account) -> None:
        for device in [*to.devices.values(), *self.account.devices.values()]:
            if device is not self.device:
                await self._to_device(sent, device)

    async def _to_device(self, sent: Sent, device: Device) -> None:
        """A message to a person for one device of theirs, or the copy for one of our own."""
        content = encode(sent.message or {})
        attrs: dict[str, object] = {**self.lab.relay.sender(self.device)}
        if device.account is self.account and isinstance(sent.chat, Account):
            addressing = self.lab.addressing
            content = encode({reading.DEVICE_SENT: encode({1: str(sent.chat.jid(addressing)), 2: content})})
            other = "peer_recipient_pn" if addressing == "lid" else "peer_recipient_lid"
            attrs = {"from": self.device.jid(addressing), "recipient": sent.chat.jid(addressing)}
            attrs[other] = sent.chat.other_jid(addressing)
        part = self.keyring.encrypt(device, content, mediatype=sent.media)
        await self.lab.relay.deliver(device, self._stanza(sent, [part], attrs))
        await self.lab.relay.ask_for_keys(device)

    def _stanza(self, sent: Sent, parts: list[Node], attrs: dict[str, object]) -> Node:
        base = {"id": sent.id, "t": now(), "type": sent.kind, "notify": self.account.name, "edit": sent.edit}
        meta = [Node("meta", {"polltype": "creation"})] if sent.kind == "poll" else []
        return Node("message", {**base, **attrs}, [*parts, *meta])

    async def _to_group(self, sent: Sent, group: Group) -> None:
        if self.account not in group.members:
            raise LabError(f"{self.account.name} is not a member of the group “{group.subject}”.")
        devices = [one for member in group.members for one in member.devices.values() if one is not self.device]
        handed = {one: self._handed(group, one) for one in devices if self.keyring.must_hand_to(group, one)}
        shared = (
            [self.keyring.encrypt_for_group(group, encode(sent.message), mediatype=sent.media)] if sent.message else []
        )
        for device in devices:
            own = [handed[device]] if device in handed else []
            if own or shared:
                await self.lab.relay.deliver(device, self._stanza(sent, [*own, *shared], self._in_group(group)))

    def _handed(self, group: Group, device: Device) -> Node:
        content = encode(composing.distribution(group, self.keyring.distribution(group)))
        return self.keyring.encrypt(device, content)

    def _in_group(self, group: Group) -> dict[str, object]:
        return {**self.lab.relay.participant(self.device), "from": group.jid}

    async def to_own_device(self, device: Device, protocol: Fields) -> str:
        """A message between devices of the account that nobody sees; gives its id."""
        part = self.keyring.encrypt(device, encode({reading.PROTOCOL: encode(protocol)}))
        attrs = {"id": new_id(), "t": now(), "type": "text", "category": "peer", "notify": self.account.name}
        attrs["from"] = self.device.jid(self.lab.addressing)
        await self.lab.relay.deliver(device, Node("message", attrs, [part]))
        return str(attrs["id"])

    async def linked(self, device: Device) -> None:
        """A device was linked to the account."""

    # receiving: called by the relay
    async def receive(self, node: Node) -> None:
        """Take a stanza."""
        if node.tag == "receipt":
            await self._receipt(node)
        elif node.tag == "chatstate":
            self._typing(node)
        elif node.tag == "notification":
            self._notification(node)
        elif node.tag == "message":
            await self._message(node)

    def _sender_jid(self, node: Node) -> JID:
        return node.jid("participant") if node.jid("from").server == GROUP else node.jid("from")

    def _typing(self, node: Node) -> None:
        inside = node.children[0] if node.children else Node("paused")
        state = "recording" if inside.attrs.get("media") == "audio" else inside.tag
        sender, group = self.lab.directory.find(self._sender_jid(node)), self.lab.directory.group(node.jid("from"))
        self.typings.put_nowait(Typing(state, sender, group))

    def _notification(self, node: Node) -> None:
        group = self.lab.directory.group(node.jid("from"))
        if group and node.child("remove"):
            self.keyring.renew(group)  # who left shall not read what comes
        self.notifications.put_nowait(node)

    async def _receipt(self, node: Node) -> None:
        sender = self.lab.directory.find_device(self._sender_jid(node))
        ids = (node.id, *(item.id for item in child(node, "list").children))
        kind = str(node.attrs.get("type") or "delivered")
        self.receipts.put_nowait(Receipt(kind, ids, sender.account if sender else None, node))
        if kind == "retry" and sender and node.id in self._sent:
            await self._again(self._sent[node.id], sender, node)

    async def _again(self, sent: Sent, device: Device, asked: Node) -> None:
        """Send a message to a device that could not read it."""
        if keys := asked.child("keys"):
            self.keyring.begin(device, _bundle(keys))
        elif int(child(asked, "retry").attrs.get("count") or 1) > 1:
            self.keyring.begin(device, device.bundle())
        if not isinstance(sent.chat, Group):
            await self._to_device(sent, device)
            return
        key = composing.distribution(sent.chat, self.keyring.distribution(sent.chat))
        part = self.keyring.encrypt(device, encode({**(sent.message or {}), **key}), mediatype=sent.media)
        await self.lab.relay.deliver(device, self._stanza(sent, [part], self._in_group(sent.chat)))

    async def _message(self, node: Node) -> None:
        sender = self.lab.directory.find_device(self._sender_jid(node))
        if sender is None:
            return
        try:
            read = [message for part in node.all("enc") if (message := self._open(node, sender, part))]
        except Duplicate:
            self.duplicates.append(node.id)
            return
        except (Undecryptable, ValueError):
            self.undecryptable.append(node.id)
            await self._ask_again(node, sender)
            return
        for message in read:
            self.history.append(message)
            self.inbox.put_nowait(message)
        if self.sends_receipts and sender.account is not self.account:
            await self.answer_with(sender, node, kind=None)

    def _open(self, node: Node, sender: Device, part: Node) -> Received | None:
        """One encrypted part of a message, read; None when it only brought a key or was between devices."""
        group = self.lab.directory.group(node.jid("from"))
        if part.attrs.get("type") == "skmsg" and group:
            plain = self.keyring.decrypt_from_group(group, sender, part)
        else:
            plain = self.keyring.decrypt(sender, part)
        outer = parse(plain)
        original = outer.message(reading.DEVICE_SENT).raw(2) if reading.DEVICE_SENT in outer else plain
        message = parse(original)
        for one in (outer, message):
            if reading.DISTRIBUTION in one and group:
                self.keyring.learn(group, sender, one.message(reading.DISTRIBUTION).raw(2))
        if node.attrs.get("category") == "peer" or reading.kind_of(reading.unwrapped(message)) == "empty":
            return None
        return self._received(node, sender, message, original)

    def _received(self, node: Node, sender: Device, message: Parsed, original: bytes) -> Received:
        inner = reading.unwrapped(message)
        context = reading.context_of(inner)
        return Received(
            node.id,
            sender.account,
            self._chat(node, sender.account),
            original,
            device=sender,
            message=inner,
            kind=reading.kind_of(inner),
            text=reading.text_of(inner),
            target=reading.target_of(inner),
            quoted=context.text(1) or None,
            mentioned=tuple(context.texts(15)),
            media=reading.media_of(inner),
            is_copy=sender.account is self.account,
            node=node,
        )

    def _chat(self, node: Node, sender: Account) -> Account | Group:
        if group := self.lab.directory.group(node.jid("from")):
            return group
        recipient = node.attrs.get("recipient")
        return (self.lab.directory.find(recipient) if isinstance(recipient, JID) else None) or sender

    async def _ask_again(self, node: Node, sender: Device) -> None:
        self._asked[node.id] += 1
        count = self._asked[node.id]
        if self.asks_again and count <= _ASKS:
            retry = Node("retry", {"count": count, "id": node.id, "t": node.attrs["t"], "v": 1})
            registration = Node("registration", {}, self.device.registration)
            await self.answer_with(sender, node, kind="retry", content=[retry, registration])

    async def answer_with(
        self, device: Device, node: Node, *, kind: str | None, content: list[Node] | None = None
    ) -> None:
        """A receipt for a message, to the device that wrote it."""
        attrs: dict[str, object] = {"from": self.device.jid(self.lab.addressing)}
        if group := self.lab.directory.group(node.jid("from")):
            attrs = self._in_group(group)
        receipt = Node("receipt", {"id": node.id, "type": kind, "t": now(), **attrs}, content)
        await self.lab.relay.deliver(device, receipt)


def _bundle(keys: Node) -> Bundle:
    identity = child(keys, "identity").raw
    identity = untyped(identity) if len(identity) > 32 else identity
    once, signed = keys.child("key"), child(keys, "skey")
    return Bundle(identity, _key(signed), _key(once) if once else None)


def _key(node: Node) -> tuple[int, bytes]:
    return int.from_bytes(child(node, "id").raw, "big"), child(node, "value").raw
