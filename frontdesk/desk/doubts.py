"""Sends that were cut off, on lines whose channel carries no id of ours: what proves that one of them arrived.

Two things may. A report of delivery that names the chat and an id which nobody here knows, and an echo of the very
same words. Neither says which message it means, so both count only where it can be no other:

- exactly one send of that chat is open (under way, or of unknown fate);
- the proof came after that send began, by our clock and, but for the seconds that clocks differ, by the channel's;
- a report waits a while for its message to become known: the owner may have typed it on the phone, and the echo of
  that may be behind. Only an id that stays unknown counts, and only where it is the only one;
- that somebody read or played a message proves nothing by itself: it may be one from before the line was linked.

In any other case the operator decides, as everywhere.
"""

from collections.abc import Iterable, Sequence

from frontdesk.desk import receipts
from frontdesk.desk.placing import Arrived, Place
from frontdesk.desk.receipts import GRACE
from frontdesk.domain.messages import Status
from frontdesk.kit.clock import SECOND
from frontdesk.store import arrivals, messages, outgoing, receipts as waiting
from frontdesk.store.rows import MessageRow, WaitingReceiptRow
from frontdesk.store.store import Tx

SKEW = 5 * SECOND  # by which the channel's clock may be behind ours; it may count in whole seconds, too
_PROOFS = {Status.SENT, Status.DELIVERED}

Echo = tuple[Arrived, Place]


async def settle_by_receipts(tx: Tx, account_id: str, *, now: int) -> int | None:
    """Settle what reports prove; gives when it is worth to look again, None where it is not."""
    again: int | None = None
    for chat_id, told in (await _by_chat(tx, account_id)).items():
        row = _only(await outgoing.open_sends(tx, [chat_id]))
        proofs = await _unknown(tx, account_id, [one for one in told if row is not None and _proves(one, row)])
        named = {one.external_id for one in proofs}
        if row is None or row.status != Status.UNKNOWN or len(named) != 1:
            continue  # one that is under way will say itself how it went
        due = min(one.received_at for one in proofs) + GRACE
        if now < due:
            again = due if again is None else min(again, due)
            continue
        await _settle(tx, row, named.pop(), now)
    return again


async def settle_by_echoes(tx: Tx, echoes: Iterable[Echo], *, now: int) -> list[Echo]:
    """Those of the echoes that are sends of ours; these are settled by now."""
    told = [(one, place) for one, place in echoes if not one.settles and not one.message.history]
    if not told:
        return []
    opened = await outgoing.open_sends(tx, sorted({place.chat_id for _, place in told}))
    ours: list[Echo] = []
    for one, place in told:
        row = _only([row for row in opened if row.chat_id == place.chat_id])
        if row is not None and _same(one, row):
            opened.remove(row)
            await _settle(tx, row, one.message.external_id, now)
            ours.append((one, place))
    return ours


async def _by_chat(tx: Tx, account_id: str) -> dict[str, list[WaitingReceiptRow]]:
    found: dict[str, list[WaitingReceiptRow]] = {}
    for one in await waiting.beside_open_sends(tx, account_id):
        found.setdefault(str(one.chat_id), []).append(one)
    return found


def _only(rows: Sequence[MessageRow]) -> MessageRow | None:
    return rows[0] if len(rows) == 1 else None


def _proves(one: WaitingReceiptRow, row: MessageRow) -> bool:
    began = row.handed_at
    if began is None or one.our_id is not None or one.status not in _PROOFS or one.received_at < began:
        return False
    return one.at is None or one.at >= began - SKEW


async def _unknown(tx: Tx, account_id: str, told: Sequence[WaitingReceiptRow]) -> list[WaitingReceiptRow]:
    """Those whose message is not here, whoever wrote it."""
    if not told:
        return []
    known = await arrivals.known_messages(tx, {(account_id, one.external_id) for one in told})
    here = {row.external_id for row in known}
    return [one for one in told if one.external_id not in here]


def _same(one: Arrived, row: MessageRow) -> bool:
    message, words = one.message, (row.text or "").strip()
    if row.handed_at is None or message.kind != row.kind or not words or (message.text or "").strip() != words:
        return False  # two files without words are not the same for that
    return message.at is None or message.at >= row.handed_at - SKEW


async def _settle(tx: Tx, row: MessageRow, external_id: str, now: int) -> None:
    sent = await messages.put(tx, row, Status.SENT.value, external_id=external_id, error=None, error_code=None)
    await receipts.catch_up(tx, sent, await receipts.early(tx, sent))
    await receipts.end_doubt(tx, row.chat_id, now=now)
