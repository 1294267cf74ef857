"""A scripted phone: writes and reads as the owner of an account, a customer's or the one whose device is linked."""

import asyncio
import os
from collections.abc import Sequence

from frontdesk.testing.lab import composing, history, reading
from frontdesk.testing.lab.accounts import Account, Device, Group
from frontdesk.testing.lab.binary import STATUS, Node
from frontdesk.testing.lab.composing import About, Context
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.handset import Handset, Sent, new_id
from frontdesk.testing.lab.history import Past
from frontdesk.testing.lab.protobuf import Fields, encode
from frontdesk.testing.lab.reading import Receipt, Received, Said, Typing
from frontdesk.testing.lab.relay import now
from frontdesk.testing.lab.server import Lab

Chat = Account | Group

_PATIENCE = 30.0  # seconds; far more than anything takes
_MEDIA_TYPES = {"audio": "ptt", "contacts": "contact"}
_EDITED, _REVOKED, _REVOKED_BY_ADMIN = "1", "7", "8"
_PLAIN = Context()


class Phone(Handset):
    """Device 0 of an account. What it sends to a person also goes, as a copy, to the account's linked devices.

    When a device is linked to the account it hands over the key of the settings (app state), as real phones do; set
    `shares_settings` to False before linking to leave that out.
    """

    def __init__(self, lab: Lab, account: Account) -> None:
        super().__init__(lab, account)
        self.shares_settings = True

    # writing
    async def send(self, to: Chat, message: Fields, *, kind: str = "text", media: str | None = None) -> Sent:
        """Any message, by the numbers of its fields."""
        return await self._send(to, message, kind=kind, media=media)

    async def _send(
        self, to: Chat, message: Fields, *, kind: str = "text", media: str | None = None, edit: str | None = None
    ) -> Sent:
        sent = Sent(new_id(), self.account, to, encode(message), message, kind, media, edit)
        await self.transmit(sent)
        return sent

    def _context(self, context: Context) -> bytes | None:
        return context.encoded(self.lab.addressing)

    async def send_text(self, to: Chat, text: str, context: Context = _PLAIN, *, wrapped: bool = False) -> Sent:
        """A text; `context` quotes, mentions or lets it disappear. `wrapped`: in the wrapper of disappearing chats."""
        message = composing.text(text, self._context(context))
        return await self._send(to, composing.ephemeral(message) if wrapped else message)

    async def reply(self, said: Said, text: str) -> Sent:
        """A text that quotes a message, in its chat."""
        return await self.send_text(said.chat, text, Context(quoting=said))

    async def react(self, said: Said, emoji: str) -> Sent:
        """A reaction to a message; an empty emoji takes it back."""
        return await self._send(said.chat, composing.reaction(self._key(said), emoji), kind="reaction")

    async def edit(self, said: Said, text: str) -> Sent:
        """Other words for a text of its own."""
        return await self._send(said.chat, composing.edit(self._key(said), text), edit=_EDITED)

    async def revoke(self, said: Said) -> Sent:
        """Take a message back for everybody; somebody else's as administrator of a group."""
        edit = _REVOKED if said.sender is self.account else _REVOKED_BY_ADMIN
        return await self._send(said.chat, composing.revoke(self._key(said)), edit=edit)

    def _key(self, said: Said) -> bytes:
        return composing.key(said, me=self.account, addressing=self.lab.addressing)

    async def send_file(self, to: Chat, kind: str, content: bytes, about: About, *, context: Context = _PLAIN) -> Sent:
        """A file: image, video, audio, document or sticker."""
        stored = self.lab.media.seal(content, reading.LAYOUTS[kind].label)
        message = composing.media(kind, stored, about, self._context(context))
        media = "audio" if kind == "audio" and not about.is_voice else _MEDIA_TYPES.get(kind, kind)
        return await self._send(to, message, kind="media", media=media)

    async def send_location(self, to: Chat, where: tuple[float, float], *, name: str = "", address: str = "") -> Sent:
        """A place: latitude and longitude."""
        message = composing.location(*where, name, address)
        return await self._send(to, message, kind="media", media="location")

    async def send_contacts(self, to: Chat, people: Sequence[tuple[str, str]]) -> Sent:
        """Cards of people: name and phone number of each."""
        media = "contact" if len(people) == 1 else "contact_array"
        return await self._send(to, composing.contacts(people), kind="media", media=media)

    async def send_poll(self, to: Chat, question: str, options: Sequence[str], *, choices: int = 1) -> Sent:
        """A poll."""
        return await self._send(to, composing.poll(question, options, choices=choices), kind="poll")

    async def set_timer(self, to: Account, seconds: int) -> Sent:
        """Let the messages of the chat disappear; 0 lets them stay."""
        return await self._send(to, composing.timer(seconds))

    async def send_empty(self, to: Group) -> Sent:
        """Only the key for a group, anew and without a message, as comes before the first message of a member."""
        self.keyring.renew(to)
        return await self._send(to, {})

    async def send_unavailable(self, to: Account, kind: str = "view_once") -> str:
        """What a linked device gets of a message that only phones may read; gives its id."""
        number, attrs = new_id(), self.lab.relay.sender(self.device)
        content = [Node("unavailable", {"type": kind})]
        base = {"id": number, "t": now(), "type": "media", "notify": self.account.name}
        for device in list(to.devices.values()):
            if device.number:
                await self.lab.relay.deliver(device, Node("message", {**base, **attrs}, content))
        return number

    async def post_status(self, text: str, contacts: Sequence[Account]) -> str:
        """Tell all one's contacts something that disappears after a day; gives its id."""
        number, attrs = new_id(), {**self.lab.relay.participant(self.device), "from": STATUS}
        base = {"id": number, "t": now(), "type": "text", "notify": self.account.name}
        content = encode(composing.text(text, None))
        for device in [device for account in contacts for device in account.devices.values() if device.number]:
            part = self.keyring.encrypt(device, content)
            await self.lab.relay.deliver(device, Node("message", {**base, **attrs}, [part]))
        return number

    # receipts, typing, calls
    async def read(self, *messages: Received, kind: str = "read") -> None:
        """Mark messages of one sender in one chat as read; the account's linked devices hear of it too."""
        first = messages[0]
        items = [Node("item", {"id": one.id}) for one in messages[1:]]
        content = [Node("list", {}, items)] if items else None
        mine = self.device.jid(self.lab.addressing)
        base: dict[str, object] = {"id": first.id, "type": kind, "t": now(), "from": mine}
        if isinstance(first.chat, Group):
            base |= self._in_group(first.chat)
        for device in list(first.sender.devices.values()):
            await self.lab.relay.deliver(device, Node("receipt", base, content))
        for device in list(self.account.devices.values()):
            if device is not self.device and isinstance(first.chat, Account):
                recipient = first.chat.jid(self.lab.addressing)
                await self.lab.relay.deliver(device, Node("receipt", {**base, "recipient": recipient}, content))

    async def play(self, *messages: Received) -> None:
        """Mark voice notes or view-once media as played."""
        await self.read(*messages, kind="played")

    async def type(self, to: Chat, state: str = "composing") -> None:
        """Type (`composing`), record a voice note (`recording`) or stop (`paused`)."""
        inside = Node("composing", {"media": "audio"}) if state == "recording" else Node(state)
        jid = to.jid if isinstance(to, Group) else to.jid(self.lab.addressing)
        await self.lab.relay.typing(self.device, Node("chatstate", {"to": jid}, [inside]))

    async def call(self, to: Account) -> str:
        """Ring; gives the id of the call."""
        number, me = os.urandom(8).hex().upper(), self.account
        mode = self.lab.addressing
        other = "caller_pn" if mode == "lid" else "caller_lid"
        offer = Node("offer", {"call-id": number, "call-creator": self.device.jid(mode), other: me.other_jid(mode)})
        attrs = {"id": number, "from": self.device.jid(mode), "t": now(), "platform": "android", "version": "2.26"}
        for device in list(to.devices.values()):
            await self.lab.relay.deliver(device, Node("call", attrs, [offer]))
        return number

    # reading
    async def next(
        self, kind: str | None = None, *, sender: Account | None = None, seconds: float = _PATIENCE
    ) -> Received:
        """The next message, of that kind and from that account if they are given; others before it are passed over.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(seconds):
            while True:
                received = await self.inbox.get()
                if kind in (None, received.kind) and sender in (None, received.sender):
                    return received

    async def next_receipt(self, kind: str | None = None, *, seconds: float = _PATIENCE) -> Receipt:
        """The next receipt for what it sent, of that kind if one is given."""
        async with asyncio.timeout(seconds):
            while True:
                receipt = await self.receipts.get()
                if kind in (None, receipt.kind):
                    return receipt

    async def next_typing(self, *, seconds: float = _PATIENCE) -> Typing:
        """The next sign that somebody types."""
        async with asyncio.timeout(seconds):
            return await self.typings.get()

    def open(self, received: Received) -> bytes:
        """The file of a message.

        Raises:
            LabError: it has none, or it was damaged.
        """
        media = received.media
        if media is None:
            raise LabError("This message has no file.")
        return self.lab.media.open(media.path, media.key, reading.LAYOUTS[media.kind].label)

    # as the owner of linked devices
    async def linked(self, device: Device) -> None:
        if self.shares_settings:
            await self.share_settings_key(device)

    async def share_settings_key(self, device: Device) -> None:
        """Hand over the key of the settings: without it a linked device cannot set its name, nor be present."""
        fingerprint = encode({1: 1, 2: 0, 3: [0, device.number]})
        key = encode({1: os.urandom(32), 2: fingerprint, 3: now()})
        shared = encode({1: encode({1: encode({1: b"\0\0\0\0\0\1"}), 2: key})})
        await self.to_own_device(device, {2: reading.KEY_SHARE, 7: shared})

    async def send_past(self, device: Device, past: Past, *, inline: bool = False) -> None:
        """History sync: tell a linked device of the past, by an uploaded file or within the message."""
        content = history.packed(past, self.lab.addressing)
        stored = None if inline else self.lab.media.seal(content, "History")
        await self.to_own_device(device, history.notification(past, stored, content if inline else None))
