"""What the gate has to know of a chat, read from the store. Every path to an answer passes here."""

from collections.abc import Sequence
from dataclasses import replace

from frontdesk.desk import memory
from frontdesk.desk.accounts import Account
from frontdesk.desk.casting import Casting
from frontdesk.desk.own_numbers import OwnNumbers
from frontdesk.desk.pausing import Pausing
from frontdesk.domain.addresses import Address
from frontdesk.domain.chats import MAX_AGE, GateFacts, Verdict, gate
from frontdesk.domain.personas import AgentMode, Persona
from frontdesk.kit.clock import MINUTE, Clock
from frontdesk.store import arrivals
from frontdesk.store.rows import ChatRow, MessageRow
from frontdesk.store.store import Read


class Gating:
    """Asks the gate about messages that wait for an answer."""

    def __init__(self, clock: Clock, casting: Casting, own: OwnNumbers, pausing: Pausing) -> None:
        self._clock = clock
        self.casting = casting
        self._own = own
        self._pausing = pausing

    def persona(self, chat: ChatRow, account: Account, known: tuple[Address, ...]) -> Persona:
        """Who answers in this chat, which is reached under these addresses."""
        return self.casting.persona((chat.account_id, account.row.name), known, chat.persona)

    async def verdict(
        self, read: Read, chat: ChatRow, account: Account, *, persona: Persona, pending: Sequence[MessageRow]
    ) -> Verdict:
        """May the agent answer these messages now?"""
        newest, group = pending[-1], chat.group_ref is not None
        facts = GateFacts(
            now=self._clock.now(),
            zone=self.casting.house().timezone,
            inbound=True,
            history=False,
            kind=newest.kind,
            sent_at=newest.provider_time,
            line=account.state,
            trusted=chat.trusted,
            agent_mode=AgentMode(chat.agent_mode),
            held_by=chat.held_by,
            held_until=chat.held_until,
            group=group,
            addressed=not group or await self._addressed(read, account, pending),
            last_inbound_at=chat.last_inbound_at,
            has_window=account.channel.capabilities.window,
            hours=persona.hours,
            cooldown_until=chat.cooldown_until,
            own_chat=any(self._own.wrote(account, row) for row in pending),
            max_age=max(MAX_AGE, int((persona.answer_within_minutes or 0) * MINUTE)),
        )
        verdict = gate(facts)
        if verdict.allowed and await self._pausing.state(read) is not None:  # asked last, as the gate does
            return gate(replace(facts, paused=True))
        return verdict

    @staticmethod
    async def _addressed(read: Read, account: Account, pending: Sequence[MessageRow]) -> bool:
        """Whether one of these messages in a group speaks to us: by our number, or as an answer to what we said."""
        quoted = {(account.row.id, row.reply_to) for row in pending if row.reply_to is not None}
        if quoted and await arrivals.ours(read, quoted):
            return True
        return any(memory.mentions(row, account.row.phone) for row in pending)
