"""Takes messages, receipts and typing from one device to the others, and keeps what nobody has acknowledged."""

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Iterable

from frontdesk.testing.lab.accounts import Account, Device, Directory, queued
from frontdesk.testing.lab.binary import GROUP, JID, LID, SERVER, Node, child
from frontdesk.testing.lab.faults import Faults

_FEW = 5  # keys for one use, below which a device is asked for more
_GOES_ALONG = ("meta", "biz", "bot", "reporting")  # children that every receiver gets
_NOT_FOR_OTHERS = ("sender", "peer_msg", "hist_sync", "read-self")  # receipts that end at the server
_NO_DELIVERY = ("retry", "server-error")


def now() -> int:
    """Unix seconds."""
    return int(time.time())


class Relay:
    """The mail room. `addressing` is how senders are named to receivers: `lid` or `pn`."""

    def __init__(self, directory: Directory, faults: Faults) -> None:
        self._directory, self._faults = directory, faults
        self._ids = itertools.count(1)
        self.addressing = "lid"

    def new_id(self) -> str:
        """An id for a stanza of the server's own."""
        return f"LAB{next(self._ids)}"

    # to a device
    async def deliver(self, device: Device, node: Node) -> None:
        """Send it now if the device is there, and again later until it is acknowledged."""
        node = self._faults.pass_on(device.account, node)
        if device.phone:
            await device.phone.receive(node)
            return
        device.queue[queued(node.tag, node.attrs)] = node
        if not device.held:
            await self.send(device, node)

    async def send(self, device: Device, node: Node) -> None:
        """Send it if the device is there; otherwise it was in vain."""
        if device.phone:
            await device.phone.receive(node)
        elif device.connection and device.active:
            with contextlib.suppress(ConnectionError):  # just gone: what is queued stays queued
                await device.connection.send(node)

    async def notify(self, device: Device, kind: str, content: list[Node], **attrs: object) -> None:
        """A notification; from the server unless `from` is given in the attributes."""
        base = {"from": SERVER, "type": kind, "id": self.new_id(), "t": now()}
        await self.deliver(device, Node("notification", {**base, **attrs}, content))

    async def ask_for_keys(self, device: Device) -> None:
        """Ask a device for more keys for one use, when it has few left."""
        if device.phone or device.asked_for_keys or len(device.prekeys) >= _FEW:
            return
        device.asked_for_keys = True
        await self.notify(device, "encrypt", [Node("count", {"value": len(device.prekeys)})])

    async def flush(self, device: Device) -> None:
        """All that waited, in order; what comes meanwhile too. Then the device counts as there."""
        connection = device.connection
        if connection is None:
            return
        counts = Counter(key[0] for key in self._unsent(device))
        kinds = {kind: counts[kind] for kind in ("message", "receipt", "notification")}
        preview = Node("offline_preview", {"count": counts.total(), **kinds, "appdata": 0})
        await connection.send(Node("ib", {"from": SERVER}, [preview]))
        sent: set[int] = set()
        while batch := [node for node in self._unsent(device).values() if id(node) not in sent]:
            for node in batch:
                await connection.send(node.changed(offline="1"))
                sent.add(id(node))
        device.active = True
        await connection.send(Node("ib", {"from": SERVER}, [Node("offline", {"count": len(sent)})]))

    @staticmethod
    def _unsent(device: Device) -> dict[tuple[str, ...], Node]:
        return {} if device.held else device.queue

    async def release(self, device: Device) -> None:
        """Send what it has not acknowledged."""
        device.held = False
        for node in list(device.queue.values()):
            await self.send(device, node)

    def acknowledge(self, device: Device, node: Node) -> None:
        """The device has this stanza."""
        key = queued(str(node.attrs.get("class")), node.attrs)
        if key[0] == "message" and device.retried[node.id] > 0:
            device.retried[node.id] -= 1  # of the one that it could not read; the next may be on its way already
            return
        if device.queue.pop(key, None) and key[0] == "message":
            device.acknowledged.append(node.id)

    # from a device
    async def message(self, me: Device, message: Node) -> None:
        """Confirm a message and give it to whom it is for."""
        to = message.jid("to")
        if me.connection and not self._faults.leaves_unanswered("message"):
            ack = {"class": "message", "id": message.id, "from": to, "t": now()}
            await me.connection.send(Node("ack", ack))
        if to.server == GROUP:
            await self._to_group(me, message)
        else:
            await self._to_person(me, message, to)

    async def _to_person(self, me: Device, message: Node, to: JID) -> None:
        listed = [(one.jid("jid"), one.children) for one in child(message, "participants").children]
        for jid, encrypted in listed or [(to, message.all("enc"))]:  # without a list it is a resend to one device
            device = self._directory.find_device(jid)
            if device is None:
                continue
            attrs = {**_base(me, message), **self.sender(me)}
            if device.account is me.account:
                attrs = {**_base(me, message), **self.copied(me, message, to)}
            await self.deliver(device, Node("message", attrs, [*encrypted, *_along(message, encrypted)]))

    def sender(self, me: Device) -> dict[str, JID | None]:
        """How a sender is named to others, with the other address if they may know it."""
        other = "sender_pn" if self.addressing == "lid" else "sender_lid"
        return {"from": me.jid(self.addressing), other: me.account.other_jid(self.addressing)}

    def copied(self, me: Device, message: Node, to: JID) -> dict[str, JID | None]:
        """How a copy for the sender's own other devices names sender and chat."""
        receiver = self._directory.find(to)
        other = receiver.other_jid("lid" if to.server == LID else "pn") if receiver else None
        name = "peer_recipient_pn" if to.server == LID else "peer_recipient_lid"
        between_devices = receiver is me.account and message.attrs.get("category")  # of no chat at all
        recipient = None if between_devices else to.bare()
        return {"from": me.jid(self.addressing), "recipient": recipient, name: other}

    async def _to_group(self, me: Device, message: Node) -> None:
        group = self._directory.group(message.jid("to"))
        if group is None:
            return
        own = {one.jid("jid"): one.children for one in child(message, "participants").children}
        only = message.attrs.get("participant")  # a resend to one device
        shared = message.all("enc")
        attrs = {**_base(me, message), **self.participant(me), "from": group.jid}
        for device in [device for member in group.members for device in member.devices.values() if device is not me]:
            if only is not None and only not in (device.lid_jid, device.pn):
                continue
            encrypted = [*own.get(device.lid_jid, own.get(device.pn, [])), *shared]
            await self.deliver(device, Node("message", attrs, [*encrypted, *_along(message, encrypted)]))

    def participant(self, me: Device) -> dict[str, object]:
        """How a sender is named in a group."""
        other = "participant_pn" if self.addressing == "lid" else "participant_lid"
        named = {"participant": me.jid(self.addressing), other: me.account.other_jid(self.addressing)}
        return {**named, "addressing_mode": self.addressing}

    async def receipt(self, me: Device, receipt: Node) -> None:
        """Note what the device has, and tell whoever wrote it."""
        to, kind = receipt.jid("to"), receipt.attrs.get("type")
        for number in (receipt.id, *(item.id for item in child(receipt, "list").children)):
            if me.queue.pop(("message", number), None) and kind not in _NO_DELIVERY:
                me.acknowledged.append(number)
        if kind == "retry":
            _note_retry(me, receipt.id)
        if me.connection:
            ack = {"class": "receipt", "id": receipt.id, "from": to, "type": kind}
            await me.connection.send(Node("ack", ack))
        if kind in _NOT_FOR_OTHERS or receipt.attrs.get("category") == "peer":
            return
        writer = receipt.jid("participant") if to.server == GROUP and "participant" in receipt.attrs else to
        attrs: dict[str, object] = {"id": receipt.id, "t": now(), "type": kind}
        attrs |= {**self.participant(me), "from": to} if to.server == GROUP else {"from": _answering(me, to)}
        for device in self._devices(writer):
            await self.deliver(device, Node("receipt", attrs, receipt.content))

    def _devices(self, jid: JID) -> Iterable[Device]:
        account = self._directory.find(jid)
        if account is None:
            return []
        one = account.devices.get(jid.device)
        return list(account.devices.values()) if not jid.device else filter(None, [one])

    async def typing(self, me: Device, node: Node) -> None:
        """Tell the other side, if it is there, that somebody types."""
        to = node.jid("to")
        group = self._directory.group(to)
        attrs: dict[str, object] = (
            {"from": to, **self.participant(me)} if group else {"from": _answering(me, to).bare()}
        )
        people: list[Account | None] = [*group.members] if group else [self._directory.find(to)]
        for account in filter(None, people):
            if account is not me.account:
                for device in account.devices.values():
                    await self.send(device, Node("chatstate", attrs, node.content))

    async def devices_changed(self, account: Account, besides: Device | None = None) -> None:
        """Make every client forget which devices the account has, so that the next message asks again."""
        for other in self._directory.accounts.values():
            for device in list(other.devices.values()):
                if device is not besides and not device.phone:
                    await self._tell_of_devices(device, account)

    async def _tell_of_devices(self, device: Device, account: Account) -> None:
        if device.account is account:
            listed = [Node("device", {"jid": one.lid_jid, "key-index": one.number}) for one in account.devices.values()]
            content = [Node("devices", {"dhash": "2:changed"}, listed)]
            await self.notify(device, "account_sync", content, **{"from": account.lid_jid})
            return
        for jid in (account.lid_jid, account.pn):
            content = [Node("update", {"device_hash": "2:changed", "hash": "changed"})]
            await self.notify(device, "devices", content, **{"from": jid})


def _note_retry(device: Device, message: str) -> None:
    """A client acknowledges also what it asks for again, before or after it asks."""
    if message in device.acknowledged:
        device.acknowledged.remove(message)
    else:
        device.retried[message] += 1


def _base(me: Device, message: Node) -> dict[str, object]:
    attrs = message.attrs
    return {
        "id": message.id,
        "t": now(),
        "type": attrs.get("type", "text"),
        "notify": me.account.name,
        "edit": attrs.get("edit"),
        "category": attrs.get("category"),
    }


def _along(message: Node, encrypted: list[Node]) -> list[Node]:
    identity = message.all("device-identity") if any(one.attrs.get("type") == "pkmsg" for one in encrypted) else []
    return [*identity, *(node for node in message.children if node.tag in _GOES_ALONG)]


def _answering(me: Device, to: JID) -> JID:
    return me.jid("lid" if to.server == LID else "pn")
