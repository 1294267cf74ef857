"""A phone as a person holds it: what it received and sent, kept as chats, and the words of the page for it."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from frontdesk.kit.clock import Clock
from frontdesk.testing.lab.accounts import Account, Group
from frontdesk.testing.lab.composing import About, Context
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.handset import Sent
from frontdesk.testing.lab.phone import Phone
from frontdesk.testing.lab.reading import LAYOUTS, Receipt, Received, Typing
from frontdesk.testing.lab.shown import Bubble, Changes, File, Thread, key_of

log = logging.getLogger(__name__)

T = TypeVar("T")

_PASSED_OVER = ("timer", "empty")
_PLAIN = Context()


class Pocket:
    """A scripted phone with its chats. `listen` has to run."""

    def __init__(self, phone: Phone, clock: Clock, changes: Changes, *, owned: bool = False) -> None:
        self.phone, self.owned = phone, owned
        self.account: Account = phone.account
        self.threads: OrderedDict[str, Thread] = OrderedDict()
        self._clock, self._changes = clock, changes
        self._early: dict[str, list[str]] = {}  # receipts of what is still being sent, by message

    def knows(self, *chats: Account | Group) -> None:
        """Have a chat with each of them."""
        for chat in chats:
            self.threads.setdefault(key_of(chat), Thread(chat))

    def thread(self, key: str) -> Thread:
        """One chat.

        Raises:
            LabError: there is none.
        """
        if key not in self.threads:
            raise LabError("There is no such chat on this phone.")
        return self.threads[key]

    def find(self, message_id: str) -> tuple[Thread, Bubble]:
        """A message in any chat.

        Raises:
            LabError: there is none.
        """
        for thread in self.threads.values():
            if message_id in thread.bubbles:
                return thread, thread.bubbles[message_id]
        raise LabError("There is no such message on this phone.")

    # what comes in
    async def listen(self) -> None:
        """Take in what the phone hears, for as long as this runs."""
        async with asyncio.TaskGroup() as hearing:
            hearing.create_task(self._hear(self.phone.inbox, self._take))
            hearing.create_task(self._hear(self.phone.receipts, self._note))
            hearing.create_task(self._hear(self.phone.typings, self._see_typing))

    async def _hear(self, queue: asyncio.Queue[T], take: Callable[[T], None]) -> None:
        while True:
            heard = await queue.get()
            try:
                take(heard)
            except Exception:
                log.exception("A phone of the lab could not show something. The next one it may.")

    def _take(self, received: Received) -> None:
        if received.chat is self.account or received.kind in _PASSED_OVER:
            return  # a note to oneself: Frontdesk tests its line with these
        self.knows(received.chat)
        thread = self.threads[key_of(received.chat)]
        thread.types(received.sender.phone, now=self._clock.now(), on=False)
        if received.kind in ("reaction", "edit", "revoke"):
            self._change(thread, received)
        else:
            self._add(thread, _received(received, thread, self._clock.now()))

    def _add(self, thread: Thread, bubble: Bubble) -> Bubble:
        thread.bubbles[bubble.id] = bubble
        thread.unread = 0 if bubble.mine else thread.unread + 1
        self._changes.tell(self.account.phone, thread.key, bubble.id)
        return bubble

    def _change(self, thread: Thread, received: Received) -> None:
        bubble = thread.bubbles.get(received.target or "")
        if bubble is None:
            return
        if received.kind == "reaction":
            bubble.reactions[received.sender.phone] = received.text or ""
        elif received.kind == "edit":
            bubble.text, bubble.edited = received.text or "", True
        else:
            bubble.revoked = True
        self._changes.tell(self.account.phone, thread.key, bubble.id)

    def _note(self, receipt: Receipt) -> None:
        if receipt.sender is self.account:
            return
        for number in receipt.ids:
            thread = next((one for one in self.threads.values() if number in one.bubbles), None)
            if thread is None:
                self._early.setdefault(number, []).append(receipt.kind)
            elif (bubble := thread.bubbles[number]).mine and bubble.advance(receipt.kind):
                self._changes.tell(self.account.phone, thread.key, number)

    def _see_typing(self, typing: Typing) -> None:
        chat = typing.chat or typing.sender
        thread = self.threads.get(key_of(chat)) if chat else None
        if thread and typing.sender:
            thread.types(typing.sender.phone, now=self._clock.now(), on=typing.state != "paused")
            self._changes.tell(self.account.phone, thread.key)

    # what its owner does
    async def write(self, thread: Thread, text: str, *, quote: str | None = None) -> Bubble:
        """Send a text; in a group, those who are named with an @ are mentioned."""
        if not text:
            raise LabError("Write something first.")
        named = [member for member in thread.members if f"@{member.name}" in text]
        context = replace(self._context(thread, quote), mentions=named)
        written = text
        for member in named:
            written = written.replace(f"@{member.name}", f"@{member.jid(self.phone.lab.addressing).user}")
        sent = await self.phone.send_text(thread.chat, written, context)
        return self._sent(thread, sent, text=text, quote=quote)

    async def attach(self, thread: Thread, file: File, *, caption: str = "", quote: str | None = None) -> Bubble:
        """Send a file."""
        if not file.content:
            raise LabError("This file is empty. Choose another.")
        about = About(file.mime, caption=caption, name=file.name, is_voice=file.is_voice)
        context = self._context(thread, quote)
        sent = await self.phone.send_file(thread.chat, file.kind, file.content, about, context=context)
        return self._sent(thread, sent, text=caption, quote=quote, file=file)

    def _context(self, thread: Thread, quote: str | None) -> Context:
        bubble = thread.bubbles.get(quote or "")
        return Context(quoting=bubble.said) if bubble else _PLAIN

    def _sent(
        self, thread: Thread, sent: Sent, *, text: str, quote: str | None = None, file: File | None = None
    ) -> Bubble:
        kind = file.kind if file else "text"
        bubble = Bubble(sent, kind, self._clock.now(), text, mine=True, file=file, quote=quote)
        for status in self._early.pop(sent.id, ()):
            bubble.advance(status)
        return self._add(thread, bubble)

    async def react(self, message_id: str, emoji: str) -> None:
        """React to a message, or take the reaction back."""
        thread, bubble = self.find(message_id)
        await self.phone.react(bubble.said, emoji)
        bubble.reactions[self.account.phone] = emoji
        self._changes.tell(self.account.phone, thread.key, bubble.id)

    async def look(self, thread: Thread) -> None:
        """Read what came; those who wrote it see that."""
        thread.unread = 0
        unread = [bubble for bubble in thread.bubbles.values() if not bubble.mine and bubble.advance("read")]
        by_sender: dict[Account, list[Received]] = {}
        for bubble in unread:
            if isinstance(bubble.said, Received):
                by_sender.setdefault(bubble.said.sender, []).append(bubble.said)
            self._changes.tell(self.account.phone, thread.key, bubble.id)
        for messages in by_sender.values():
            await self.phone.read(*messages)

    def file(self, message_id: str) -> tuple[File, bytes]:
        """The file of a message, and what is in it.

        Raises:
            LabError: there is none, or it was lost.
        """
        _, bubble = self.find(message_id)
        if bubble.file is None:
            raise LabError("This message has no file.")
        if bubble.file.content is not None:
            return bubble.file, bubble.file.content
        assert isinstance(bubble.said, Received)
        return bubble.file, self.phone.open(bubble.said)


def _with_names(text: str, thread: Thread) -> str:
    """Those who are mentioned by an address are shown by name."""
    for member in thread.members:
        for address in (member.phone, member.lid):
            text = text.replace(f"@{address}", f"@{member.name}")
    return text


def _received(received: Received, thread: Thread, at: int) -> Bubble:
    media, file = received.media, None
    if media is not None and media.kind in LAYOUTS:
        file = File(media.kind, media.mime, media.name, media.is_voice, media.length)
    return Bubble(
        received,
        received.kind,
        at,
        _with_names(received.text or "", thread),
        mine=received.is_copy,
        by_device=received.is_copy,
        status="waiting" if received.is_copy else "delivered",
        file=file,
        quote=received.quoted,
    )
