"""What the owner tells the desk in the own chat is carried out here, once, and answered there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from frontdesk.desk.accounts import Accounts
from frontdesk.desk.errors import DeskError
from frontdesk.desk.holding import Holding
from frontdesk.desk.muting import Muting
from frontdesk.desk.own_chat import OwnChat
from frontdesk.desk.pausing import Pausing
from frontdesk.domain import commands
from frontdesk.domain.command_answers import moment, say, span
from frontdesk.domain.commands import LATE, Act, Candidate, Command, parse
from frontdesk.domain.messages import Direction
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.personas import AgentMode, House
from frontdesk.domain.work import RunCommand
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.store import chats, named, own_chats, pages, sight
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.store import Read, Store, Tx

LISTED = 10  # who waits, and who may be meant
_LOOKED_AT = 100
_EVERYWHERE = (Act.AI, Act.MUTE, Act.UNMUTE)  # concern the whole house
BY = "owner"  # who pauses, in the words of the store


@dataclass(frozen=True, slots=True)
class DigestAsked:
    """The owner wants a digest. `message_id` is that of the command: the same asks for the same digest."""

    account_id: str
    chat_id: str
    message_id: str
    language: str
    words: str  # what stood behind #digest
    sight: Sight


Digests = Callable[[DigestAsked], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class _Order:
    """A command with what has to be known to carry it out."""

    command: Command
    row: MessageRow
    chat: ChatRow
    sight: Sight
    language: str

    def say(self, what: str, **values: object) -> str:
        return say(self.language, what, **values)


class Commands:
    """Does the jobs of kind `command`.

    `digests` makes a digest, outside any transaction, and gives a sentence to answer with, or None where it has posted
    the digest in the own chat itself. It may be called again with the same `message_id`.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accounts: Accounts,
        own_chat: OwnChat,
        holding: Holding,
        pausing: Pausing,
        muting: Muting,
        house: Callable[[], House],
        public_url: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._own = own_chat
        self._holding = holding
        self._pausing = pausing
        self._muting = muting
        self._house = house
        self._public_url = (public_url or "").rstrip("/")
        self.digests: Digests | None = None

    async def run(self, job: RunCommand, ticket: Ticket) -> None:
        """Carry one out, if it is still young enough."""
        async with self._store.read() as read:
            order = await self._order(read, job)
        told: str | None = None
        digest = order is not None and order.command.act is Act.DIGEST and not self._is_late(order)
        if order is not None and digest and self.digests is not None:
            told = await self._digest(order, self.digests)
        async with self._store.begin() as tx:
            order = await self._order(tx, job)
            if order is not None and not (digest and self.digests is not None):
                told = await self._carry_out(tx, order)
            if order is not None and told:
                await self._own.answer(tx, order.chat, text=told, key=f"command:{order.row.id}")
            await ticket.done(tx)

    async def muted_until(self, read: Read) -> int | None:
        """Until when urgent alerts are silent; None where they are not."""
        return await self._muting.muted_until(read)

    # What was meant

    async def _order(self, read: Read, job: RunCommand) -> _Order | None:
        row = await own_chats.said(read, job.account_id, external_id=job.external_id)
        chat = await chats.by_id(read, row.chat_id) if row is not None else None
        if row is None or chat is None or row.revoked_at is not None:
            return None
        command = parse(row.text or "", now=row.provider_time, zone=self._house().timezone)
        if command is None:
            return None
        language = self._house().owner.language or command.language or "en"
        return _Order(command, row, chat, await self._sight(read, row), language)

    async def _sight(self, read: Read, row: MessageRow) -> Sight:
        """What the one who writes sees: everything from a private number, else what the line's owner sees."""
        account = self._accounts.find(row.account_id)
        private = row.address is not None and row.address.removeprefix("phone:") in self._house().owner.phones
        if account is None or account.row.owner_id is None or (private and row.direction == Direction.INBOUND):
            return None
        return await sight.of(read, account.row.owner_id)

    def _is_late(self, order: _Order) -> bool:
        now, until = self._clock.now(), order.command.until
        return now - order.row.provider_time > LATE or (until is not None and until <= now)

    # Doing it

    async def _digest(self, order: _Order, digests: Digests) -> str | None:
        row, words = order.row, order.command.rest
        asked = DigestAsked(row.account_id, row.chat_id, row.id, order.language, words, order.sight)
        try:
            return await digests(asked)
        except DeskError as refused:
            return refused.sentence

    async def _carry_out(self, tx: Tx, order: _Order) -> str:
        if self._is_late(order):
            ago = span(self._clock.now() - order.row.provider_time)
            return order.say("late", command=(order.row.text or "").strip()[:80], ago=ago)
        command = order.command
        whole = command.act in _EVERYWHERE or (command.act in (Act.AI_OFF, Act.AI_ON) and command.name is None)
        if whole and order.sight is not None:
            return order.say("not_yours")
        if command.act in (Act.AI_OFF, Act.AI_ON):
            return await (self._switch(tx, order) if command.name is None else self._switch_one(tx, order))
        return await _DO[command.act](self, tx, order)

    async def _switch(self, tx: Tx, order: _Order) -> str:
        """The agent everywhere."""
        if order.command.act is Act.AI_ON:
            return order.say("resumed" if await self._pausing.resume_in(tx) else "not_paused")
        await self._pausing.pause_in(tx, by=BY, until=order.command.until)
        return self._until(order, "paused", order.command.until)

    async def _switch_one(self, tx: Tx, order: _Order) -> str:
        """The agent in one chat."""
        name = str(order.command.name)
        found = await self._meant(tx, name, order.sight)
        if len(found) != 1:
            return self._which(order, name, found)
        chat = await chats.by_id(tx, found[0].chat_id)
        assert chat is not None
        if order.command.act is Act.AI_ON:
            await self._holding.release(tx, chat.id)
            off = not chat.trusted or chat.agent_mode == AgentMode.OFF
            paused = await self._pausing.state(tx)
            also = [order.say("still_off")] if off else [self._until(order, "paused", paused.until)] if paused else []
            return " ".join([order.say("on", name=found[0].shown), *also])
        until = order.command.until
        minutes = 0.0 if until is None else max(until - self._clock.now(), MINUTE) / MINUTE
        await self._holding.hold(tx, chat.id, by="phone", minutes=minutes, reason="Paused from the own chat.")
        return self._until(order, "off", until, name=found[0].shown)

    async def _state(self, tx: Tx, order: _Order) -> str:
        paused = await self._pausing.state(tx)
        return order.say("not_paused") if paused is None else self._until(order, "paused", paused.until)

    async def _mute(self, tx: Tx, order: _Order) -> str:
        await self._muting.mute(tx, order.command.until)
        return self._until(order, "muted", order.command.until)

    async def _unmute(self, tx: Tx, order: _Order) -> str:
        await self._muting.unmute(tx)
        return order.say("unmuted")

    async def _no_digest(self, tx: Tx, order: _Order) -> str:
        return order.say("no_digest")

    async def _help(self, tx: Tx, order: _Order) -> str:
        return f"{order.say('help')}\n{order.say('list')}"

    async def _unknown(self, tx: Tx, order: _Order) -> str:
        return f"{order.say('unknown', word=order.command.word[:40])}\n{order.say('list')}"

    async def _who(self, tx: Tx, order: _Order) -> str:
        page = await pages.chat_list(tx, pages.ChatFilter(tab="unanswered", limit=_LOOKED_AT, sight=order.sight))
        own = await self._own.numbers.chat_ids(tx)
        waiting = [line for line in page.items if line.chat.id not in own]
        if not waiting:
            return order.say("nobody_waits")
        several = len({account.row.id for account in self._accounts.all()}) > 1
        lines = [self._waits(line, several) for line in waiting[:LISTED]]
        head = "one_waits" if len(waiting) == 1 else "longest" if page.next else "wait"
        told = [order.say(head, count=len(waiting)), *lines]
        return "\n".join([*told, "…"] if len(waiting) > LISTED else told)

    def _waits(self, line: pages.ChatLine, several: bool) -> str:
        since = span(self._clock.now() - (line.chat.waiting_since or 0))
        where = f" ({line.account_name})" if several else ""
        link = f"\n{self._public_url}/chats/{line.chat.id}" if self._public_url else ""
        return f"- *{line.name}*{where}, {since}{link}"

    # Words

    def _until(self, order: _Order, what: str, until: int | None, **values: object) -> str:
        if until is None:
            return order.say(f"{what}_open", **values)
        at = moment(order.language, until, now=self._clock.now(), zone=self._house().timezone)
        return order.say(what, until=at, **values)

    async def _meant(self, read: Read, name: str, seen: Sight) -> list[Candidate]:
        digits, word = commands.digits_of(name), name.split(maxsplit=1)[0]
        found = await (named.with_word(read, word) if digits is None else named.with_number(read, digits))
        own = await self._own.numbers.chat_ids(read)
        live = {account.row.id for account in self._accounts.all()}
        known = [
            (chat, names)
            for chat, names in found
            if chat.id not in own and chat.account_id in live and in_sight(seen, chat.account_id)
        ]
        phones = await named.phones_of(read, [chat.contact_id for chat, _ in known if chat.contact_id])
        candidates = [
            Candidate(chat.id, chat.name, names, tuple(phones.get(chat.contact_id or "", ()))) for chat, names in known
        ]
        return commands.meant(name, candidates)

    def _which(self, order: _Order, name: str, found: list[Candidate]) -> str:
        if not found:
            return order.say("nobody", name=name[:80])
        lines = [f"- {one.shown}{f' (…{one.phones[0][-4:]})' if one.phones else ''}" for one in found[:LISTED]]
        return "\n".join([order.say("which", name=name[:80]), *lines, *(["…"] if len(found) > LISTED else [])])


_DO: dict[Act, Callable[[Commands, Tx, _Order], Awaitable[str]]] = {
    Act.AI: Commands._state,
    Act.MUTE: Commands._mute,
    Act.UNMUTE: Commands._unmute,
    Act.WHO: Commands._who,
    Act.HELP: Commands._help,
    Act.UNKNOWN: Commands._unknown,
    Act.DIGEST: Commands._no_digest,
}
