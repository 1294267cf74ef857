"""One batch of arrivals becomes rows: people are found or made, messages are told from duplicates, all in one Tx.

What is decided here is written down as plain lists of rows first and stored with a few statements then, because this
is the path on which everything that arrives has to pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.desk import doubts, later_changes
from frontdesk.desk.casting import Casting
from frontdesk.desk.parcels import asks_score
from frontdesk.desk.people import People, forms
from frontdesk.desk.placing import Arrived, Place, Placing
from frontdesk.domain import promises
from frontdesk.domain.chats import Reason
from frontdesk.domain.commands import is_command
from frontdesk.domain.debounce import next_due
from frontdesk.domain.messages import ANSWERABLE, PLACEHOLDER, Author, Decision, Direction, Status
from frontdesk.domain.personas import Persona
from frontdesk.domain.wire import Inbound
from frontdesk.domain.work import FetchMedia, RunCommand, RunTurn, SettleReceipts
from frontdesk.kit.clock import DAY, MINUTE, SECOND
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable
from frontdesk.store import arrivals as rows, chats, contacts, jobs, messages
from frontdesk.store.sql import to_json
from frontdesk.store.store import Tx

# Read once: these are written for every message.
_INBOUND, _OUTBOUND = Direction.INBOUND.value, Direction.OUTBOUND.value
_CONTACT, _PHONE = Author.CONTACT.value, Author.PHONE.value
_RECEIVED, _SENT, _PENDING = Status.RECEIVED.value, Status.SENT.value, Decision.PENDING.value
_TOLD = {"delivered": Status.DELIVERED, "read": Status.READ, "played": Status.PLAYED, "error": Status.FAILED}
_FOREVER = 68 * 365 * DAY // SECOND  # an INTEGER of PostgreSQL counts no further
# What says nothing: it raises no count, reopens no chat and opens no window. Meta opens the 24 hours for "every message
# or call"; where it is silent, as on reactions, edits and deletions, a closed window costs less than a refused message.
_SAYS_NOTHING = later_changes.KINDS | {"reaction", "system"}


@dataclass(frozen=True, slots=True)
class Phoned:
    """A chat in which the owner typed on the own phone, when, and what came in behind it within the same batch."""

    chat_id: str
    account_id: str
    at: int  # Unix ms by the provider's clock
    waiting_since: int | None = None
    unread: int = 0


class Filing:
    """The work of one batch. Make it, `await store(tx)`, and read what is left for others: `phoned`, `changes`.

    `apart`: each message touches its sender and their chat alone. Where that is not so, Entangled is raised.
    """

    def __init__(self, casting: Casting, now: int, *, apart: bool = False) -> None:
        self._now = now
        self._scores = casting.house().importance.enabled
        self._batch = rows.Batch()
        self._people = People(self._batch, now, apart=apart)
        self._placing = Placing(casting, self._people, now)
        self._counts: dict[tuple[str, str], int] = {}  # (account id, entry of the ledger) -> by
        self._touched: dict[str, dict[str, Any]] = {}
        self._accounts: dict[str, str] = {}  # chat id -> account id, of every chat with news
        self._turns: dict[str, Place] = {}  # chat id -> place of its newest message
        self._awaited: list[tuple[str, str]] = []  # (chat, external id): new where an edit or a deletion waits
        self._late: list[dict[str, Any]] = []  # what takes the place that was kept for it
        self._used: list[dict[str, Any]] = []  # by which addresses people wrote, and when
        self._orders: list[Arrived] = []  # words of the owner to the desk
        self.phoned: dict[str, Phoned] = {}

    async def store(self, tx: Tx, arrived: Sequence[Arrived]) -> None:
        """Store every message that is not known yet."""
        senders = [(one.account_id, one.message.sender, one.message.group is not None) for one in arrived]
        there = await rows.known(
            tx,
            address_ids={key for account_id, sender, _ in senders for key in forms(account_id, sender.addresses)},
            given={(one.account_id, one.message.external_id) for one in arrived},
        )
        people = await self._people.find(tx, senders, there.people, there.origins)
        stored = await self._united(tx, arrived, people, there.messages)
        people = [self._people.became(person) for person in people]
        places = await self._placing.find(tx, arrived, people, there.chats)
        known = await self._known(tx, arrived, places, stored)
        for one, place in zip(arrived, places, strict=True):
            self._count(one.account_id, "received")
            key = _key(one, place)
            if key in known or later_changes.is_here(key, known):
                self._count(one.account_id, "duplicate")
            elif not _changes_itself(one.message) and later_changes.take_place(key, known):
                self._count(one.account_id, "duplicate")  # one message, told twice
                self._file_late(one, place)
            else:
                known.add(key)
                self._file(one, place)
        await self._write(tx)

    # Messages

    async def _united(
        self, tx: Tx, arrived: Sequence[Arrived], people: list[str], stored: list[rows.KnownMessage]
    ) -> list[rows.KnownMessage]:
        """Who tells again what another contact has told may be that other one. Gives what is stored after that."""
        by = {
            (row.account_id, row.external_id, row.kind): row.contact_id for row in stored if row.direction == _INBOUND
        }
        again: list[tuple[str, str]] = []
        for one, person in zip(arrived, people, strict=True):
            message = one.message
            if message.group is None and not message.typed_on_phone:
                first = by.setdefault((one.account_id, message.external_id, message.kind), person)
                if first is not None and first != person:
                    again.append((first, person))
        if not again:
            return stored
        await self._people.unite(tx, again)
        return await rows.known_messages(tx, {(one.account_id, one.message.external_id) for one in arrived})

    async def _known(
        self, tx: Tx, arrived: Sequence[Arrived], places: list[Place], stored: list[rows.KnownMessage]
    ) -> set[tuple[str, str, str]]:
        """What is stored already. Our own echoes are known by their id."""
        known = {(row.chat_id, row.external_id, row.kind) for row in stored}
        old = [(one, place) for one, place in zip(arrived, places, strict=True) if place.row is None]
        echoes = [(one, place) for one, place in old if one.message.typed_on_phone]
        if echoes:
            ours = await rows.ours(tx, {(one.account_id, one.message.external_id) for one, _ in echoes})
            known |= {
                (place.chat_id, one.message.external_id, one.message.kind)
                for one, place in echoes
                if (one.account_id, one.message.external_id) in ours
                and (place.chat_id, one.message.external_id, PLACEHOLDER) not in known
            }
            news = [(one, place) for one, place in echoes if _key(one, place) not in known]
            known |= {_key(*echo) for echo in await doubts.settle_by_echoes(tx, news, now=self._now)}
        return known

    def _file_late(self, one: Arrived, place: Place) -> None:
        """What could not be read before, or the file of the past, has come: it takes the place kept for it."""
        row = self._row(one, place)
        if row["media_id"]:
            self._batch.media[-1]["message_id"] = None  # until the place is found
        self._late.append(row)
        self._accounts[place.chat_id] = one.account_id
        if not one.message.history:
            self._follow(one, place, row, again=True)

    def _file(self, one: Arrived, place: Place) -> None:
        row = self._row(one, place)
        if row["media_id"]:
            self._batch.media[-1]["message_id"] = row["id"]
        self._batch.messages.append(row)
        self._follow(one, place, row)

    def _follow(self, one: Arrived, place: Place, row: dict[str, Any], *, again: bool = False) -> None:
        """What a message that is news entails."""
        self._touch(one, place, row, again=again)
        if one.orders and row["kind"] == "text" and not one.message.history and is_command(row["text"]):
            self._orders.append(one)
        if place.awaits:
            self._awaited.append((place.chat_id, one.message.external_id))
        if row["decision"] == _PENDING:
            self._turns[place.chat_id] = place
        if row["direction"] == _INBOUND and row["address"] and not one.message.history:
            used = {"address": f"{one.account_id}/{row['address']}", "at": min(row["provider_time"], self._now)}
            self._used.append(used)

    def _row(self, one: Arrived, place: Place) -> dict[str, Any]:
        message = one.message
        at = self._time(message.at)
        decision, allowed, reason = _first_verdict(message, own=one.own, late=self._now - at > _limit(place.persona))
        return {
            "id": new_id("msg"),
            "account_id": one.account_id,
            "chat_id": place.chat_id,
            "contact_id": None if message.typed_on_phone else place.contact_id or None,
            "external_id": message.external_id,
            "direction": _OUTBOUND if message.typed_on_phone else _INBOUND,
            "author": _PHONE if message.typed_on_phone else _CONTACT,
            "kind": message.kind,
            "text": _kept(message.text),
            "content": to_json(message.content) if message.content else None,
            "reply_to": message.reply_to,
            "status": _reported(message) if message.typed_on_phone else _RECEIVED,
            "attempts": 0,
            "decision": decision,
            "gate_allowed": allowed,
            "gate_reason": reason,
            "media_id": self._keep_media(one),
            "provider_time": at,
            "created_at": self._now,
            "vanishes_at": self._vanishes(one, place, at),
            "address": str(message.sender.addresses[0]) if message.sender.addresses else None,
            "importance": 0 if self._scores and not one.own and asks_score(message) else None,
            "promises": promises.mark(message.kind, message.text)
            if message.typed_on_phone and not message.history
            else None,
        }

    def _vanishes(self, one: Arrived, place: Place, at: int) -> int | None:
        """When what a message says has to go; None where it stays. One of the past keeps to what it says itself."""
        message = one.message
        seconds = _lifetime(message)
        if seconds is None and not message.history:
            touch = self._touched.get(place.chat_id)
            told = touch["expires"] if touch is not None else None
            seconds = place.expires_after if told is None else told
        return at + seconds * SECOND if seconds else None

    def _time(self, at: int | None) -> int:
        """The provider's time; where it is unusable or from the future, the moment of arrival."""
        return self._now if at is None or not 0 < at <= self._now + DAY else at

    def _keep_media(self, one: Arrived) -> str | None:
        media = one.message.media
        if media is None or one.message.content.get("view_once"):  # seen once, and not here
            return None
        media_id = new_id("med")
        remote = {name: getattr(media, name) for name in media.__dataclass_fields__}
        self._batch.media.append(
            {
                "id": media_id,
                "account_id": one.account_id,
                "state": "pending",
                "remote": to_json(remote),
                "mime": media.mime,
                "size": media.size,
                "name": _kept(media.name),
                "voice": media.voice,
                "created_at": self._now,
            }
        )
        return media_id

    def _touch(self, one: Arrived, place: Place, row: dict[str, Any], *, again: bool) -> None:
        """What the chat list will show, gathered per chat. `again`: its place was counted when it was kept."""
        message, at = one.message, row["provider_time"]
        news = not message.history and not message.typed_on_phone and message.kind not in _SAYS_NOTHING
        missed = row["gate_reason"] == Reason.TOO_OLD
        asks = row["decision"] == _PENDING or missed
        touch = self._touched.get(place.chat_id)
        if touch is None:
            touch = self._touched[place.chat_id] = {
                "chat": place.chat_id,
                "at": -1,
                "text": None,
                "author": None,
                "inbound_at": 0,
                "waiting_from": None,
                "new": 0,
                "least": 0,
                "missed": None,
                "expires": None,
            }
            self._accounts[place.chat_id] = one.account_id
        if at >= touch["at"]:
            touch.update(at=at, text=rows.preview(message.kind, row["text"]), author=row["author"])
        if (lifetime := _lifetime(message)) is not None and (not message.history or place.row is not None):
            touch["expires"] = lifetime
        if missed:
            touch["missed"] = self._now
        if news:
            touch["inbound_at"] = max(touch["inbound_at"], min(at, self._now))
            if one.own:
                pass  # who writes there expects nobody to read it
            elif not again:
                touch["new"] += 1
            elif not self._kept_now(row):
                touch["least"] += 1
            if asks and touch["waiting_from"] is None:
                touch["waiting_from"] = at
        if message.typed_on_phone and not message.history and not again and not one.own:
            self.phoned[place.chat_id] = Phoned(place.chat_id, one.account_id, at)
        elif asks and (phoned := self.phoned.get(place.chat_id)) and at > phoned.at:
            waiting = at if phoned.waiting_since is None else phoned.waiting_since
            self.phoned[place.chat_id] = replace(phoned, waiting_since=waiting, unread=phoned.unread + 1)

    def _kept_now(self, row: dict[str, Any]) -> bool:
        """Whether the place of this message was kept, and counted, within the same batch."""
        place = (row["chat_id"], row["external_id"], PLACEHOLDER)
        return any((one["chat_id"], one["external_id"], one["kind"]) == place for one in self._batch.messages)

    # Writing

    async def _write(self, tx: Tx) -> None:
        self._finish_chats()
        self._add_turns()
        await rows.write(tx, self._batch)
        await contacts.rename_all(tx, self._people.names)
        await contacts.wrote_by(tx, self._used)
        await contacts.told_together(tx, self._people.together)
        await jobs.enqueue_all(tx, [FetchMedia(row["id"]) for row in self._batch.media], now=self._now)
        accounts = {phoned.account_id for phoned in self.phoned.values()}
        await jobs.enqueue_all(tx, [SettleReceipts(account) for account in accounts], now=self._now)
        orders = [RunCommand(one.account_id, one.message.external_id) for one in self._orders]
        await jobs.enqueue_all(tx, orders, now=self._now)
        await later_changes.apply(tx, self._batch.messages)
        await later_changes.fill(tx, self._late)
        if self._awaited:
            await later_changes.catch_up(tx, self._awaited)
        for row in self._batch.messages:
            tx.emit(messages.added(row))
        for chat_id, account_id in self._accounts.items():
            tx.emit(chats.changed(chat_id, account_id=account_id))
        await rows.count(tx, self._counts)  # at the end: until the commit others wait to count on

    def _finish_chats(self) -> None:
        """New chats carry what the list shows from the start; the others are brought up to date."""
        for place in self._placing.fresh():
            assert place.row is not None
            touch = self._touched.pop(place.chat_id, None)
            if touch is not None:
                place.row.update(
                    last_message_at=touch["at"],
                    last_text=touch["text"],
                    last_author=touch["author"],
                    last_inbound_at=touch["inbound_at"] or None,
                    waiting_since=touch["waiting_from"],
                    unread=touch["new"],
                    missed_at=touch["missed"],
                    expires_after=touch["expires"] or None,
                )
            self._batch.chats.append(place.row)
        self._batch.touched = list(self._touched.values())

    def _add_turns(self) -> None:
        """The buffer: a turn that waits moves with every message, up to its cap."""
        for chat_id, place in sorted(self._turns.items()):  # see store/jobs.py
            persona, began = place.persona, self._now if place.burst_at is None else place.burst_at
            due = next_due(began, self._now, quiet=_ms(persona.quiet_seconds), cap=_ms(persona.cap_seconds))
            self._batch.turns.append(jobs.row_of(RunTurn(chat_id), due=due, first=self._now))

    def _count(self, account_id: str, entry: str) -> None:
        self._counts[account_id, entry] = self._counts.get((account_id, entry), 0) + 1


def _key(one: Arrived, place: Place) -> later_changes.Key:
    return place.chat_id, one.message.external_id, one.message.kind


def _changes_itself(message: Inbound) -> bool:
    """Whether it is an edit that goes by the id of what it changes, which is still to come."""
    return message.content.get("target") == message.external_id


def _kept(text: str | None) -> str | None:
    return None if text is None else keepable(text)


def _ms(seconds: float | None) -> int:
    return int((seconds or 0) * SECOND)


def _reported(message: Inbound) -> str:
    """How far a message from the phone has come: the past tells it, and of a new one its receipts will."""
    told = message.content.get("history_status") if message.history else None
    return _TOLD.get(str(told), _SENT)


def _lifetime(message: Inbound) -> int | None:
    """Seconds after which the chat lets its messages vanish, 0 for never, as a message tells it."""
    told = message.content.get("expires_after")
    return max(told, 0) if isinstance(told, int) and told < _FOREVER else None


def _limit(persona: Persona) -> int:
    """Milliseconds after which a message that is only now heard of was missed."""
    return int((persona.answer_within_minutes or 0) * MINUTE)


def _may_speak_to_us(message: Inbound) -> bool:
    """Whether a message in a group may be meant for us. What is surely not was not missed: nobody waits for us."""
    content = message.content
    named = content.get("mentions_us") or content.get("mentions") or "@" in (message.text or "")
    return bool(message.reply_to or named)


def _first_verdict(message: Inbound, *, own: bool, late: bool) -> tuple[str | None, bool | None, str | None]:
    """Decision, gate's answer and reason, as far as they are plain on arrival. The rest is for the turn."""
    if message.typed_on_phone:
        return None, None, None
    if message.history:
        return Decision.REFUSED.value, False, Reason.HISTORY.value
    if own:
        return Decision.REFUSED.value, False, Reason.OWN_CHAT.value
    if message.kind not in ANSWERABLE:
        return Decision.REFUSED.value, False, Reason.KIND.value
    if late:
        reason = Reason.TOO_OLD if message.group is None or _may_speak_to_us(message) else Reason.NOT_ADDRESSED
        return Decision.REFUSED.value, False, reason.value
    return _PENDING, None, None
