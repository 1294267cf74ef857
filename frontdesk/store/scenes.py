"""What one step on a message's way has to know of its chat, asked in one trip.

Rows that the step will change are locked where the database locks rows, so that what was read still holds when it is
written.
"""

from dataclasses import dataclass
from typing import Any

from frontdesk.domain.addresses import Address
from frontdesk.store import alerts, chats, contacts, jobs, messages, model_choices, outgoing, receipts, turns
from frontdesk.store.rows import AddressRow, ChatRow, JobRow, MessageRow, ModelChoiceRow, ThreadRow, WaitingReceiptRow
from frontdesk.store.store import Read

_PENDING = messages.PENDING.with_for_update()
_OUTBOX = messages.OUTBOX.with_for_update()
_MESSAGE = messages.BY_ID.with_for_update()
_TURN = turns.RUNNING.with_for_update()


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """A chat that a turn takes up: what is pending, oldest first, the newest thread, and which model was set for it.

    `lost`: whoever asks was taken for dead, and another does the work.
    """

    lost: bool
    chat: ChatRow | None
    pending: list[MessageRow]
    addresses: tuple[Address, ...]
    thread: ThreadRow | None
    models: list[ModelChoiceRow]  # the one that counts most is the last


async def to_answer(read: Read, chat_id: str, claimed: JobRow) -> ToAnswer:
    """What a turn has to know before it runs."""
    given = {"chat": chat_id}
    mine, found, pending, known, threads, models = await read.together(
        (jobs.MINE, str, jobs.claim_on(claimed)),
        (chats.BY_ID, ChatRow, given),
        (_PENDING, MessageRow, given),
        (contacts.ADDRESSES_OF_CHAT, AddressRow, given),
        (turns.PRESENT_THREAD, ThreadRow, given),
        (model_choices.OF_CHAT, ModelChoiceRow, given),
    )
    chat = _first(found)
    return ToAnswer(not mine, chat, pending, contacts.reached(chat, known), _first(threads), models)


@dataclass(frozen=True, slots=True)
class ToConclude:
    """The chat of a turn that has its answer: what is pending by now, and whether the turn still runs.

    `doubted`: an alert is open that says that no answer comes.
    """

    chat: ChatRow | None
    pending: list[MessageRow]
    running: bool
    doubted: bool


async def to_conclude(read: Read, chat_id: str, *, turn_id: str, doubt: str) -> ToConclude:
    """What a turn has to know before its answer is posted. `doubt` is the key of the alert that none comes."""
    found, pending, running, doubted = await read.together(
        (chats.BY_ID, ChatRow, {"chat": chat_id}),
        (_PENDING, MessageRow, {"chat": chat_id}),
        (_TURN, str, {"turn": turn_id}),
        (alerts.OPEN, str, {"matter": doubt}),
    )
    return ToConclude(_first(found), pending, bool(running), bool(doubted))


@dataclass(frozen=True, slots=True)
class ToSend:
    """A chat with what waits to be sent in it, in the order in which it was written. `lost` as in `ToAnswer`."""

    lost: bool
    chat: ChatRow | None
    outbox: list[MessageRow]
    addresses: tuple[Address, ...]


async def to_send(read: Read, chat_id: str, claimed: JobRow) -> ToSend:
    """What has to be known before the next message goes out."""
    mine, found, waiting, known = await read.together(
        (jobs.MINE, str, jobs.claim_on(claimed)),
        (chats.BY_ID, ChatRow, {"chat": chat_id}),
        (_OUTBOX, MessageRow, {"chat": chat_id, "most": 50}),
        (contacts.ADDRESSES_OF_CHAT, AddressRow, {"chat": chat_id}),
    )
    chat = _first(found)
    return ToSend(not mine, chat, waiting, contacts.reached(chat, known))


@dataclass(frozen=True, slots=True)
class ToSettle:
    """A message that was handed to its channel, as it stands by now."""

    row: MessageRow | None
    early: list[WaitingReceiptRow]  # receipts that were faster than the channel's answer
    more: bool  # whether something else waits in the outbox of the chat
    echo: str | None = None  # the id of a row that is its echo, which was faster and read as typed on the phone


async def to_settle(read: Read, row: MessageRow, external_id: str | None) -> ToSettle:
    """What has to be known when the channel has answered, with its id for the message if it gave one."""
    known, early, outbox, echoes = await read.together(
        (_MESSAGE, MessageRow, {"message": row.id}),
        (receipts.FOR_MESSAGE, WaitingReceiptRow, {"account": row.account_id, "external": external_id}),
        (messages.OUTBOX, MessageRow, {"chat": row.chat_id, "most": 2}),
        (outgoing.ECHO, str, {"chat": row.chat_id, "external": external_id, "what": row.kind}),
    )
    return ToSettle(_first(known), early, any(one.id != row.id for one in outbox), _first(echoes))


def _first(rows: list[Any]) -> Any:
    return rows[0] if rows else None
