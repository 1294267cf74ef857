"""Turns: what a chat has said since the last one is judged by the gate, answered by the agent, and put into the outbox.

The gate is asked twice: before the agent is run, and again before its answer is posted, because in between a person
may have taken the chat over or the customer may have gone on writing.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from frontdesk.desk import memory
from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.appointment_agent import AgentsBook
from frontdesk.desk.debugging import Debugging
from frontdesk.desk.gating import Gating
from frontdesk.desk.holding import Holding, hand_over_key
from frontdesk.desk.knowledge import Knowledge
from frontdesk.desk.model_choices import chosen
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.signs import Signs, seen_of
from frontdesk.domain.chats import Reason, Verdict
from frontdesk.domain.loops import COOL_DOWN, loop_suspected
from frontdesk.domain.messages import Author, Decision
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.domain.wire import Seen
from frontdesk.domain.work import ReadUp, RunTurn
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import MINUTE, SECOND, Clock
from frontdesk.kit.errors import PluginError, Retryable
from frontdesk.kit.ids import new_id
from frontdesk.store import alerts, chats, contacts, knowledge, messages, scenes, turns
from frontdesk.store.rows import ChatRow, MessageRow, ThreadRow
from frontdesk.store.sql import to_json
from frontdesk.store.store import Store, StoreUnavailable, Tx

log = logging.getLogger(__name__)

Think = Callable[[TurnInput, Persona], Awaitable[TurnOutput]]
PATIENCE = 2 * MINUTE  # a person who goes on writing for longer gets an answer to what is there
READ_AFTER = SECOND  # the answer goes first, then the tick that says it was read


@dataclass(frozen=True, slots=True)
class Prepared:
    """A turn that may run."""

    turn_id: str
    chat: ChatRow
    account: Account
    persona: Persona
    thread: ThreadRow
    pending: tuple[MessageRow, ...]
    newest: Seen | None  # of those that are pending
    given: TurnInput
    summarised_up_to: str | None
    contact_name: str | None


class Turns:
    """Runs the agent, one turn at a time in each chat."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accounts: Accounts,
        outbox: Outbox,
        holding: Holding,
        knowledge: Knowledge,
        calendar: AgentsBook,
        think: Think,
        gating: Gating,
        debugging: Debugging,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._casting = gating.casting
        self._gating, self._outbox, self._holding, self._debugging = gating, outbox, holding, debugging
        self._knowledge = knowledge
        self._calendar = calendar
        self._think = think
        self._signs = Signs(clock)
        self.results: dict[str, int] = {}

    async def run(self, job: RunTurn, ticket: Ticket) -> None:
        """One turn of a chat. A fault of the program is tried again like any other; then people have to answer."""
        try:
            await self._run(job.chat_id, ticket)
        except StoreUnavailable:
            raise
        except Exception as fault:
            if ticket.last:
                await self._give_up(job.chat_id, fault, ticket)
            raise

    async def _run(self, chat_id: str, ticket: Ticket) -> None:
        await self._knowledge.refresh()
        async with self._store.begin(chat=chat_id, lasting=False) as tx:
            prepared = await self._prepare(tx, chat_id, ticket=ticket)
        if prepared is None:
            return
        began = self._clock.now()
        try:
            given = self._debugging.on(prepared.given, prepared.chat, prepared.account, turn_id=prepared.turn_id)
            with self._signs.typing(prepared.account, prepared.newest):
                output = await self._think(given, prepared.persona)
        except PluginError as failure:
            async with self._store.begin(chat=chat_id, lasting=False) as tx:
                await self._failed(tx, prepared, failure, ticket)
            return
        self._store.tally.took("model_seconds", (self._clock.now() - began) / SECOND)
        async with self._store.begin(chat=chat_id, lasting=False) as tx:
            await self._conclude(tx, prepared, output, ticket)
        self._store.tally.took("turn_seconds", (self._clock.now() - prepared.pending[0].created_at) / SECOND)

    async def close(self) -> None:
        """Let go of what is still shown."""
        await self._signs.close()

    # Before

    async def _prepare(self, tx: Tx, chat_id: str, *, ticket: Ticket) -> Prepared | None:
        """Ask the gate, and gather what the agent is given. None when there is nothing to answer."""
        found = await scenes.to_answer(tx, chat_id, ticket.row)
        chat, pending = found.chat, found.pending
        if found.lost:
            return None
        account = self._accounts.find(chat.account_id) if chat is not None else None
        if not pending or chat is None or account is None:
            if chat is not None and account is None:
                await self._refuse(tx, chat, pending, Reason.LINE)
            await turns.cut(tx, chat_id, at=self._clock.now())
            await ticket.done(tx)
            return None
        persona = chosen(self._gating.persona(chat, account, found.addresses), found.models)
        verdict = await self._gating.verdict(tx, chat, account, persona=persona, pending=pending)
        said = await messages.recent(tx, chat_id, memory.most(persona, len(pending)))
        if verdict.allowed and (why := loop_suspected(memory.tell(said, {}, group=False), self._clock.now())):
            chat = await self._cool_down(tx, chat, why)
            verdict = await self._gating.verdict(tx, chat, account, persona=persona, pending=pending)
        if not verdict.allowed:
            await self._refuse(tx, chat, pending, verdict.reason)
            await turns.cut(tx, chat_id, at=self._clock.now())
            await ticket.done(tx)
            return None
        return await self._gather(tx, chat, account=account, persona=persona, found=found, said=said)

    async def _refuse(self, tx: Tx, chat: ChatRow, pending: list[MessageRow], reason: Reason) -> None:
        self._note("refused")
        await messages.decide(
            tx,
            pending,
            decision=Decision.REFUSED.value,
            turn_id=None,
            allowed=False,
            reason=reason.value,
        )
        tx.emit(chats.changed(chat.id, account_id=chat.account_id))

    async def _cool_down(self, tx: Tx, chat: ChatRow, why: str) -> ChatRow:
        now = self._clock.now()
        await chats.change(tx, chat.id, cooldown_until=now + COOL_DOWN)
        await alerts.raise_(
            tx,
            now=now,
            kind="loop",
            sentence=f"{chat.name}: {why} The agent is quiet there for a while.",
            key=f"loop:{chat.id}",
            chat_id=chat.id,
            account_id=chat.account_id,
        )
        return replace(chat, cooldown_until=now + COOL_DOWN)

    async def _gather(
        self,
        tx: Tx,
        chat: ChatRow,
        *,
        account: Account,
        persona: Persona,
        found: scenes.ToAnswer,
        said: list[MessageRow],
    ) -> Prepared:
        now, zone, group = self._clock.now(), self._casting.house().timezone, chat.group_ref is not None
        thread = await memory.thread(tx, chat, persona, last=found.thread, said=said, now=now, zone=zone)
        pending = tuple(found.pending)
        span = memory.span(said, pending, thread, persona)
        names = await contacts.names_of(tx, {row.contact_id for row in said if row.contact_id}) if group else {}
        simulated = not account.channel.capabilities.real
        turn_id = new_id("trn")
        await turns.start(tx, memory.new_turn(turn_id, thread, persona, now), chat.account_id)
        given = TurnInput(
            now=now,
            zone=zone,
            persona=persona,
            contact_name=chat.name if chat.contact_id else None,
            history=memory.tell(span.history, names, group=group),
            pending=memory.tell(pending, names, group=group),
            search=partial(self._knowledge.search, samples=simulated),
            whole_knowledge=self._knowledge.whole(samples=simulated) if "knowledge" in persona.tools else (),
            calendar=await self._calendar.of(tx, chat, persona),
            summary=thread.summary,
            to_summarise=memory.tell(span.older, names, group=group),
        )
        last_older = span.older[-1].id if span.older else thread.summarised_up_to
        newest = seen_of(pending[-1], chat, found.addresses)
        return Prepared(turn_id, chat, account, persona, thread, pending, newest, given, last_older, given.contact_name)

    # After

    async def _conclude(self, tx: Tx, prepared: Prepared, output: TurnOutput, ticket: Ticket) -> None:
        """Post the answer, unless things have changed: then it is superseded, or kept as a draft."""
        doubt = _doubt_key(prepared.persona)
        found = await scenes.to_conclude(tx, prepared.chat.id, turn_id=prepared.turn_id, doubt=doubt)
        chat, now = found.chat, self._clock.now()
        if found.doubted:
            await alerts.close(tx, doubt, now)
        if chat is None or _overtaken(prepared, found.pending, output, now=now):
            await self._superseded(tx, prepared, output, found.pending)
            await ticket.done(tx)
            return
        account = self._accounts.find(chat.account_id) or prepared.account
        verdict = await self._gating.verdict(tx, chat, account, persona=prepared.persona, pending=prepared.pending)
        if found.running:
            await self._finish(tx, prepared, output, _state(output, draft=_is_draft(verdict)))
            await self._say(tx, prepared, output, chat, verdict=verdict)
            up_to = prepared.summarised_up_to
            await memory.remember(
                tx,
                prepared.thread,
                prepared.persona,
                summary=output.summary,
                up_to=up_to,
                now=now,
                zone=self._casting.house().timezone,
            )
            if output.unanswered:
                await knowledge.add_gap(tx, output.unanswered, chat_id=prepared.chat.id, now=self._clock.now())
        await ticket.done(tx)

    async def _say(self, tx: Tx, prepared: Prepared, output: TurnOutput, chat: ChatRow, *, verdict: Verdict) -> None:
        """Post what the agent says. What the gate would not let through by now is kept as a draft, with its reason."""
        draft, newest = _is_draft(verdict), prepared.pending[-1].id
        for text in output.replies:
            of: dict[str, Any] = {"turn_id": prepared.turn_id, "behind": (prepared.pending[-1].provider_time, newest)}
            newest = await self._outbox.post(tx, chat, author=Author.AGENT, text=text, draft=draft, **of)
        if output.replies and not draft:
            await enqueue(tx, ReadUp(chat.id), now=(now := self._clock.now()), due=now + READ_AFTER)
        decision = Decision.DRAFTED if draft and output.replies else Decision.ANSWERED
        if output.action is Action.HAND_OVER and verdict.allowed:
            decision = Decision.HANDED_OVER
            await self._hand_over(tx, prepared, output, chat)
        self._note(decision.value)
        await messages.decide(
            tx,
            prepared.pending,
            decision=decision.value,
            turn_id=prepared.turn_id,
            allowed=verdict.allowed,
            reason=verdict.reason.value,
        )

    async def _hand_over(self, tx: Tx, prepared: Prepared, output: TurnOutput, chat: ChatRow) -> None:
        reason = output.hand_over_reason or "The agent asks for a person."
        await self._holding.hold(tx, chat.id, by="agent", reason=reason)
        await chats.change(tx, chat.id, waiting_since=prepared.pending[0].provider_time)
        await alerts.raise_(
            tx,
            now=self._clock.now(),
            kind="hand_over",
            sentence=f"{chat.name} needs a person: {reason}",
            key=hand_over_key(chat.id),
            chat_id=chat.id,
            account_id=chat.account_id,
        )

    async def _superseded(self, tx: Tx, prepared: Prepared, output: TurnOutput, pending: Sequence[MessageRow]) -> None:
        """Nothing is said: the answer is not to what stands now. The next turn takes up all that is left."""
        self._note("superseded")
        await self._finish(tx, prepared, output, "superseded")
        now, mine = self._clock.now(), {row.id for row in prepared.pending}
        wait = MINUTE if any(row.id not in mine for row in pending) else 0  # who wrote more has a turn that waits
        if pending:
            await enqueue(tx, RunTurn(prepared.chat.id), now=now, due=now + wait)

    async def _failed(self, tx: Tx, prepared: Prepared, failure: PluginError, ticket: Ticket) -> None:
        """The model did not answer: try later, or leave the chat to a person and say so."""
        self._note("failed")
        now = self._clock.now()
        if not await turns.runs(tx, prepared.turn_id):  # another worker has taken it up
            await ticket.done(tx)
            return
        await turns.finish(
            tx,
            prepared.turn_id,
            chat_id=prepared.chat.id,
            account_id=prepared.chat.account_id,
            state="failed",
            error=failure.sentence,
            finished_at=now,
        )
        if isinstance(failure, Retryable) and not ticket.last:
            await ticket.later(tx, now + (failure.after or memory.backoff(ticket.attempt)), failure.sentence)
            return
        mine = {row.id for row in prepared.pending}
        if left := [row for row in await messages.pending(tx, prepared.chat.id) if row.id in mine]:
            await self._leave_to_people(tx, prepared.chat.id, left, turn_id=prepared.turn_id)
            await self._tell_of(tx, prepared, failure)
        await ticket.done(tx)

    async def _tell_of(self, tx: Tx, prepared: Prepared, failure: PluginError) -> None:
        await alerts.raise_(
            tx,
            now=self._clock.now(),
            kind="model",
            sentence=f"The agent could not answer: {failure.sentence}",
            key=_doubt_key(prepared.persona),
            severe=True,
            chat_id=prepared.chat.id,
            account_id=prepared.chat.account_id,
        )

    async def _give_up(self, chat_id: str, fault: Exception, ticket: Ticket) -> None:
        """The program itself failed too often: what waits is no longer tried, and the runner tells the owner."""
        log.error("a turn is given up", exc_info=fault, extra={"chat": chat_id})
        async with self._store.begin(chat=chat_id) as tx:
            if await ticket.lost(tx):
                return
            await turns.cut(tx, chat_id, at=self._clock.now())
            await self._leave_to_people(tx, chat_id, await messages.pending(tx, chat_id), turn_id=None)

    @staticmethod
    async def _leave_to_people(tx: Tx, chat_id: str, pending: Sequence[MessageRow], *, turn_id: str | None) -> None:
        await messages.decide(
            tx, pending, decision=Decision.FAILED.value, turn_id=turn_id, allowed=True, reason="model"
        )
        tx.emit(chats.changed(chat_id))

    async def _finish(self, tx: Tx, prepared: Prepared, output: TurnOutput, state: str) -> None:
        sources = [{"id": s.id, "title": s.title, "source": s.place, "score": s.score} for s in output.sources]
        await turns.finish(
            tx,
            prepared.turn_id,
            chat_id=prepared.chat.id,
            account_id=prepared.chat.account_id,
            state=state,
            model=output.model,
            tokens_in=output.tokens_in,
            tokens_out=output.tokens_out,
            calls=output.calls,
            sources=to_json(sources),
            hand_over_reason=output.hand_over_reason,
            finished_at=self._clock.now(),
        )

    def _note(self, result: str) -> None:
        self.results[result] = self.results.get(result, 0) + 1
        self._store.tally.count("turn_ends", outcome=result)


def _overtaken(prepared: Prepared, pending: Sequence[MessageRow], output: TurnOutput, *, now: int) -> bool:
    """Whether the answer is to something else than what stands by now: edited, taken back, or followed by more."""
    standing = {row.id: row for row in pending}
    if any(row.id not in standing or standing[row.id].edited_at != row.edited_at for row in prepared.pending):
        return True
    impatient = now - prepared.pending[0].created_at > PATIENCE
    return len(pending) > len(prepared.pending) and not impatient and output.action is Action.REPLY


def _is_draft(verdict: Verdict) -> bool:
    return verdict.draft or not verdict.allowed


def _doubt_key(persona: Persona) -> str:
    """Of the alert that this persona's models do not answer; their next answer closes it."""
    return f"model:{persona.name}"


def _state(output: TurnOutput, *, draft: bool) -> str:
    if output.action is Action.SILENT:
        return "silent"
    if draft:
        return "drafted"
    return "handed_over" if output.action is Action.HAND_OVER else "answered"
