"""The one door out: every message that leaves is first a row in the outbox, whoever wrote it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from frontdesk.channels.base import Foresees
from frontdesk.desk import changing, groups, later_changes, receipts
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.care import Care
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.holding import Holding, attended
from frontdesk.domain import promises
from frontdesk.domain.accounts import State, sentence
from frontdesk.domain.addresses import Address
from frontdesk.domain.changes import CHANGES
from frontdesk.domain.chats import SENTENCES, Reason, window_open
from frontdesk.domain.messages import MEDIA, Author, Direction, Status, stands_at
from frontdesk.domain.wire import MediaFile, Outbound
from frontdesk.domain.work import Deliver, ReadUp
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import Rejected
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import arrivals, chats, contacts, media, messages
from frontdesk.store.rows import ChatRow, MediaRow, MessageRow
from frontdesk.store.sql import to_json
from frontdesk.store.store import Read, Store, Tx

NEVER_WROTE = (
    "This person has not written to this line yet, and WhatsApp lets a business begin only with an approved template."
    " Send a template through the API, or answer as soon as they write."
)


class Outbox:
    """Messages on their way out, chat by chat in order."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        accounts: Accounts,
        holding: Holding,
        *,
        care: Care,
        file_of: Callable[[MediaRow], MediaFile],
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._holding = holding
        self._care = care
        self._file_of = file_of

    # In

    async def post(
        self,
        tx: Tx,
        chat: ChatRow,
        *,
        author: Author,
        text: str | None,
        kind: str = "text",
        draft: bool = False,
        **values: Any,
    ) -> str:
        """Put a message into the outbox, inside the caller's transaction; gives its id.

        `values` may hold content (a dict), reply_to, operator_id, turn_id, media_id and idempotency_key; and `behind`,
        time and id of the newest message where that is known: this one stands behind it.

        Raises:
            Conflict: nobody has written there, and on this line only a person may begin.
        """
        if (account := self._accounts.find(chat.account_id)) is not None:
            await self._care.may_post(tx, account, chat, author)
        now = self._clock.now()
        content, (newest_at, newest) = values.pop("content", None), values.pop("behind", (0, None))
        at = stands_at(now, after=max(newest_at, chat.last_inbound_at or 0))
        row = {
            "id": new_id("msg", after=newest if at == newest_at else None),
            "account_id": chat.account_id,
            "chat_id": chat.id,
            "direction": Direction.OUTBOUND.value,
            "author": author.value,
            "kind": kind,
            "text": keepable(text) if text is not None else None,
            "content": to_json(content) if content else None,
            "status": Status.DRAFT.value if draft else Status.QUEUED.value,
            "attempts": 0,
            "provider_time": at,
            "created_at": now,
            "promises": promises.mark(kind, text) if author is not Author.SYSTEM else None,
            **values,
        }
        await messages.add(tx, row)
        if not draft:
            await self._send_soon(tx, chat, row)
        return str(row["id"])

    async def _send_soon(self, tx: Tx, chat: ChatRow, row: dict[str, Any]) -> None:
        if row["kind"] not in CHANGES:
            said = arrivals.preview(row["kind"], row["text"])
            await chats.spoke(tx, chat.id, at=self._clock.now(), text=said, author=row["author"])
        await enqueue(tx, Deliver(chat.id), now=self._clock.now())

    async def write(
        self,
        chat_id: str,
        *,
        by: str,
        text: str | None,
        kind: str = "text",
        content: dict[str, Any] | None = None,
        reply_to: str | None = None,
        media_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """An operator writes: the message goes out and the operator holds the chat; gives the message's id.

        The same idempotency key gives the same message and sends nothing again.

        Raises:
            NotFound: there is no such chat, message or file.
            Invalid: there is nothing to send, or the other side would surely refuse it.
            Conflict: it may not be sent now; the sentence says why.
        """
        async with self._store.begin(chat=chat_id) as tx:
            chat = await chats.by_id(tx, chat_id)
            if chat is None:
                raise NotFound("There is no such chat.")
            return await self.write_in(
                tx,
                chat,
                by=by,
                text=text,
                kind=kind,
                content=content,
                reply_to=reply_to,
                media_id=media_id,
                idempotency_key=idempotency_key,
            )

    async def write_in(
        self,
        tx: Tx,
        chat: ChatRow,
        *,
        by: str,
        text: str | None,
        kind: str = "text",
        content: dict[str, Any] | None = None,
        reply_to: str | None = None,
        media_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """The same inside the caller's transaction. Raises what `write` raises."""
        if idempotency_key is not None:
            before = await messages.by_idempotency_key(tx, chat.id, idempotency_key)
            if before is not None:
                return before.id
        file = await self._file_to_send(tx, chat, media_id)
        kind = _kind_of(file) if file is not None and kind == "text" else kind
        await self.may_write(tx, chat, kind=kind, text=text, file=file, content=content)
        if kind in CHANGES:
            content = await changing.aimed(tx, chat, kind, content, now=self._clock.now())
        quoted, newest = await self._quoted(tx, chat, reply_to), await messages.recent(tx, chat.id, 1)
        message_id = await self.post(
            tx,
            chat,
            author=Author.OPERATOR,
            text=text or None,
            kind=kind,
            content=content,
            reply_to=quoted,
            media_id=media_id,
            idempotency_key=idempotency_key,
            operator_id=by,
            behind=(newest[0].provider_time, newest[0].id) if newest else (0, None),
        )
        if file is not None:
            await media.change(tx, file, message_id=message_id)
        if kind in CHANGES:  # who only reacts, edits or deletes has not answered
            return message_id
        where = "from the inbox" if by.startswith("opr_") else "through the API"
        await self._holding.hold(tx, chat.id, by=by, reason=f"Answered {where}.")
        await attended(tx, chat.id, now=self._clock.now())
        await enqueue(tx, ReadUp(chat.id), now=self._clock.now())
        return message_id

    async def may_write(
        self,
        read: Read,
        chat: ChatRow,
        *,
        kind: str,
        text: str | None,
        content: dict[str, Any] | None,
        file: MediaRow | None = None,
        to: tuple[Address, ...] | None = None,
    ) -> None:
        """Whether a person may send this to the chat now; `to`: whom it reaches, where that is not stored yet.

        Raises:
            Invalid: there is nothing to send, or the other side would surely refuse it.
            Conflict: it may not be sent now; the sentence says why.
        """
        account = self._accounts.get(chat.account_id)
        able = account.channel.capabilities
        if not (text and text.strip()) and file is None and not content:
            raise Invalid("There is nothing to send: give a text or a file.")
        if text is not None and len(text) > able.text_limit:
            raise Invalid(f"The text has {len(text)} characters; {able.text_limit} are allowed in one message.")
        if kind not in able.kinds:
            raise Conflict(f"A {able.title or account.row.channel} line cannot send messages of the kind “{kind}”.")
        if account.state in (State.LOGGED_OUT, State.ACTION_REQUIRED, State.DISCONNECTED):
            raise Conflict(
                f"The line “{account.row.name}” is down. {sentence(account.state, account.row.state_reason)}"
            )
        if silent := await groups.why_silent(read, chat):
            raise Conflict(silent)
        if able.window and kind != "template" and not window_open(chat.last_inbound_at, self._clock.now()):
            raise Conflict(SENTENCES[Reason.WINDOW] if chat.last_inbound_at is not None else NEVER_WROTE)
        await self._care.may_begin(read, account, chat)
        if isinstance(account.channel, Foresees):
            reached = await contacts.addresses_of_chat(read, chat) if to is None else to
            enclosed = self._file_of(file) if file is not None else None
            try:
                account.channel.foresee(
                    Outbound("", reached, kind, text or None, media=enclosed, content=content or {})
                )
            except Rejected as refused:
                raise Invalid(refused.sentence) from refused

    async def _file_to_send(self, tx: Tx, chat: ChatRow, media_id: str | None) -> MediaRow | None:
        if media_id is None:
            return None
        file = await media.by_id(tx, media_id)
        if file is None or file.account_id != chat.account_id:
            raise NotFound("There is no such file on this line. Upload it first.")
        if file.state != "stored":
            raise Conflict("The file is not stored yet.")
        return file

    @staticmethod
    async def _quoted(tx: Tx, chat: ChatRow, reply_to: str | None) -> str | None:
        if reply_to is None:
            return None
        quoted = await messages.by_id(tx, reply_to)
        if quoted is None or quoted.chat_id != chat.id:
            raise NotFound("The message to reply to is not in this chat.")
        if quoted.external_id is None:
            raise Conflict("The message to reply to was not sent yet.")
        return quoted.external_id

    # By hand

    async def retry(self, message_id: str, *, by: str) -> None:
        """Send a failed message again, or one of unknown fate that the operator knows did not arrive."""
        await self._back_to_queue(
            message_id, (Status.FAILED, Status.UNKNOWN), "Only a message that failed is sent again."
        )

    async def settle(self, message_id: str, *, sent: bool, by: str) -> None:
        """The operator knows what became of a cut-off send: it arrived, or it is sent again."""
        if not sent:
            await self._back_to_queue(message_id, (Status.UNKNOWN,), "The fate of this message is known.")
            return
        async with self._at(message_id) as (tx, row):
            if row.status != Status.UNKNOWN:
                raise Conflict("The fate of this message is known.")
            await messages.move(tx, row, Status.SENT.value, error=None, error_code=None)
            await later_changes.took_effect(tx, row)
            await receipts.end_doubt(tx, row.chat_id, now=self._clock.now())

    async def approve(self, message_id: str, *, by: str, text: str | None = None) -> None:
        """Send a draft, as it is or with another text."""
        async with self._at(message_id) as (tx, row):
            chat = await chats.by_id(tx, row.chat_id)
            if row.status != Status.DRAFT or chat is None:
                raise Conflict("This draft was already sent or rejected.")
            now = self._clock.now()
            changes: dict[str, Any] = {}
            if text and text.strip():
                changes = {"text": keepable(text), "promises": promises.mark(row.kind, text)}
            file = await self._file_to_send(tx, chat, row.media_id)
            await self.may_write(tx, chat, kind=row.kind, text=text or row.text, file=file, content=None)
            at = stands_at(now, after=chat.last_inbound_at or 0)
            await messages.move(tx, row, Status.QUEUED.value, operator_id=by, provider_time=at, **changes)
            await self._send_soon(tx, chat, {"text": text or row.text, "kind": row.kind, "author": row.author})
            await attended(tx, chat.id, now=now)

    async def discard(self, message_id: str, *, by: str) -> None:
        """Reject a draft. It stays to be seen, and is never sent."""
        async with self._at(message_id) as (tx, row):
            if row.status != Status.DRAFT:
                raise Conflict("This draft was already sent or rejected.")
            await messages.move(tx, row, Status.DISCARDED.value, operator_id=by)

    async def _back_to_queue(self, message_id: str, allowed: tuple[Status, ...], otherwise: str) -> None:
        async with self._at(message_id) as (tx, row):
            if row.status not in allowed:
                raise Conflict(otherwise)
            if row.vanished_at is not None:
                raise Conflict("This message has vanished, as this chat lets its messages do. Write it once more.")
            await messages.move(tx, row, Status.QUEUED.value, error=None, error_code=None, attempts=0, send_after=None)
            await receipts.end_doubt(tx, row.chat_id, now=self._clock.now())
            await enqueue(tx, Deliver(row.chat_id), now=self._clock.now())

    @asynccontextmanager
    async def _at(self, message_id: str) -> AsyncIterator[tuple[Tx, MessageRow]]:
        """A transaction that has the chat of this message to itself, also where it was moved to another meanwhile."""
        while True:
            async with self._store.read() as read:
                before = await self._outbound(read, message_id)
            async with self._store.begin(chat=before.chat_id) as tx:
                row = await self._outbound(tx, message_id)
                if row.chat_id == before.chat_id:
                    yield tx, row
                    return

    @staticmethod
    async def _outbound(read: Read, message_id: str) -> MessageRow:
        row = await messages.by_id(read, message_id)
        if row is None or row.direction != Direction.OUTBOUND:
            raise NotFound("There is no such message.")
        return row


def _kind_of(file: MediaRow) -> str:
    """The kind of message that carries a file of this type."""
    family = (file.mime or "").split("/", 1)[0]
    if file.mime == "image/webp":
        return "sticker"
    if file.mime == "image/svg+xml":
        return "document"  # a page rather than a picture: no phone shows it as one
    return family if family in MEDIA else "document"
