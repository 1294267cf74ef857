"""What the channel reports about our messages: statuses move forward, cut-off sends are settled."""

from collections.abc import Sequence
from typing import Any

from frontdesk.desk import later_changes
from frontdesk.desk.people import forms
from frontdesk.domain.addresses import AddressKind
from frontdesk.domain.messages import Status, advance
from frontdesk.domain.wire import Receipt
from frontdesk.domain.work import SettleReceipts
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import SECOND
from frontdesk.kit.ids import new_id
from frontdesk.store import alerts, arrivals, contacts, messages, outgoing, receipts as waiting
from frontdesk.store.rows import MessageRow, WaitingReceiptRow
from frontdesk.store.store import Tx

_OPEN = (Status.SENDING, Status.UNKNOWN, Status.FAILED)  # not known yet to have gone out
GRACE = 10 * SECOND  # in which the message of an unknown id may still become known


async def apply(
    tx: Tx, account_id: str, receipts: Sequence[Receipt], *, now: int, settles: bool = True
) -> list[Receipt]:
    """Bring messages forward; gives the receipts by which one failed just now.

    A receipt finds its message by our own id that came back, else by the channel's id; one that finds none waits for
    the message to become known. Where the channel carries no id of ours (`settles`), it may prove a cut-off send: the
    chat that it names is kept with it.
    """
    ours = [receipt.our_id for receipt in receipts if receipt.our_id]
    rows = await messages.for_receipts(
        tx, account_id, our_ids=ours, external_ids=[receipt.external_id for receipt in receipts]
    )
    by_id = {row.id: row for row in rows}
    by_external = {row.external_id: row for row in rows if row.external_id}
    reports: dict[str, list[Receipt]] = {}
    early: list[tuple[Receipt, dict[str, Any]]] = []
    for receipt in receipts:
        row = by_id.get(receipt.our_id or "") or by_external.get(receipt.external_id)
        if row is None:
            early.append((receipt, _waiting_row(account_id, receipt, now)))
        else:
            reports.setdefault(row.id, []).append(receipt)
    failures = [await _advance(tx, by_id[message_id], about) for message_id, about in reports.items()]
    for chat_id in {by_id[message_id].chat_id for message_id in reports if by_id[message_id].status == Status.UNKNOWN}:
        await end_doubt(tx, chat_id, now=now)
    if not settles:
        await _place(tx, account_id, early, now)
    await waiting.keep(tx, [kept for _, kept in early])
    return [failure for failure in failures if failure is not None]


async def _place(tx: Tx, account_id: str, early: Sequence[tuple[Receipt, dict[str, Any]]], now: int) -> None:
    """Note the chats that these receipts name. Where a send is open there, they may prove that it arrived."""
    named = {address for receipt, _ in early for address in receipt.chat}
    if not named:
        return
    refs = {(account_id, address.value) for address in named if address.kind is AddressKind.GROUP}
    people = await contacts.find(tx, forms(account_id, named))
    there = await arrivals.chats_of(tx, contact_ids=set(people.values()), groups=refs)
    by_key = {chat.contact_id or chat.group_ref: chat.id for chat in there}
    for receipt, kept in early:
        keys = [people.get(form) for form in forms(account_id, receipt.chat)]
        keys += [address.value for address in receipt.chat if address.kind is AddressKind.GROUP]
        found = {by_key[key] for key in keys if key in by_key}
        kept["chat_id"] = found.pop() if len(found) == 1 else None
    if await outgoing.open_sends(tx, [kept["chat_id"] for _, kept in early if kept["chat_id"]]):
        await enqueue(tx, SettleReceipts(account_id), now=now, due=now + GRACE)


async def end_doubt(tx: Tx, chat_id: str, *, now: int) -> None:
    """Close the alert on messages of unknown fate, where the chat has none any more."""
    if not await messages.in_doubt(tx, chat_id):
        await alerts.close(tx, doubt_key(chat_id), now)


def doubt_key(chat_id: str) -> str:
    """The key of the alert on messages of unknown fate in a chat."""
    return f"unknown:{chat_id}"


async def early(tx: Tx, row: MessageRow) -> list[WaitingReceiptRow]:
    """What waits for a message that is known under its external id."""
    if row.external_id is None:
        return []
    return await waiting.for_message(tx, account_id=row.account_id, external_id=row.external_id)


async def catch_up(tx: Tx, row: MessageRow, early: Sequence[WaitingReceiptRow]) -> None:
    """The message has just become known under its external id: apply what waited for it."""
    if early:
        about = [
            Receipt(one.external_id, Status(one.status), one.at, one.our_id, one.error_code, one.error) for one in early
        ]
        await _advance(tx, row, about)
        await waiting.drop(tx, [one.id for one in early])


async def _advance(tx: Tx, row: MessageRow, about: list[Receipt]) -> Receipt | None:
    """Bring one message forward; gives the receipt by which it failed, if it did just now."""
    status = Status(row.status)
    failure: Receipt | None = None
    external_id = row.external_id
    for receipt in about:
        if _stale(row, receipt):
            continue
        external_id = _carried(row, external_id, receipt)
        following = advance(status, receipt.status)
        if following is not status:
            status = following
            failure = receipt if status is Status.FAILED else None
    values: dict[str, Any] = {}
    if external_id != row.external_id:
        values["external_id"] = external_id
    if failure is not None:
        values |= {"error": failure.error, "error_code": failure.error_code}
    elif status is not Status(row.status):
        values |= {"error": None, "error_code": None}
    if status is not Status(row.status):
        await messages.move(tx, row, status.value, **values)
        if row.status in _OPEN and status is not Status.FAILED:
            await later_changes.took_effect(tx, row)
    elif values:
        await messages.change(tx, row, **values)
    return failure


def _stale(row: MessageRow, receipt: Receipt) -> bool:
    """Whether a receipt speaks of an earlier try of a message that is being sent again. A proof of arrival never is."""
    if receipt.status in (Status.DELIVERED, Status.READ, Status.PLAYED):
        return False
    if row.status in (Status.QUEUED, Status.SENDING, Status.UNKNOWN):
        before = row.external_id is not None and row.external_id == receipt.external_id
        return before or (row.status == Status.QUEUED and receipt.status is Status.FAILED)
    return row.external_id is not None and row.external_id != receipt.external_id


def _carried(row: MessageRow, known: str | None, receipt: Receipt) -> str | None:
    """The channel's id of the message: the one that came back with our own, while the send itself is still open."""
    if known is None or (row.status in (Status.SENDING, Status.UNKNOWN) and receipt.our_id == row.id):
        return receipt.external_id
    return known


def _waiting_row(account_id: str, receipt: Receipt, now: int) -> dict[str, Any]:
    return {
        "id": new_id("rct"),
        "account_id": account_id,
        "external_id": receipt.external_id,
        "our_id": receipt.our_id,
        "chat_id": None,
        "status": receipt.status.value,
        "error_code": receipt.error_code,
        "error": receipt.error,
        "at": receipt.at,
        "received_at": now,
    }
