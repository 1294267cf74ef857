"""What an operator sets on a chat."""

from typing import Any

from frontdesk.channels.base import MarksRead
from frontdesk.desk import groups
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.casting import Casting
from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.desk.holding import attended
from frontdesk.desk.signs import seen_of
from frontdesk.domain.accounts import may_send
from frontdesk.domain.addresses import placeholder_name
from frontdesk.domain.chats import WINDOW
from frontdesk.domain.operators import Role, Scope
from frontdesk.domain.personas import AgentMode
from frontdesk.domain.work import FollowPersonas, ReadUp, RunTurn
from frontdesk.jobs.queue import Ticket, enqueue
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import PluginError
from frontdesk.store import chats, contacts, messages, operators, sight
from frontdesk.store.rows import ChatRow, OperatorRow
from frontdesk.store.sql import to_json
from frontdesk.store.store import Store, Tx

STATES = ("open", "pending", "snoozed", "resolved")
PAGE = 50  # they are held up meanwhile, with all that arrives on their lines


class Chats:
    """The switches and labels of chats."""

    def __init__(self, store: Store, clock: Clock, accounts: Accounts, casting: Casting) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._casting = casting

    async def change(
        self,
        chat_id: str,
        *,
        by: str,
        trusted: bool | None = None,
        agent_mode: str | None = None,
        persona: str | None = None,
        name: str | None = None,
        labels: list[str] | None = None,
        assigned_to: str | None = None,
        state: str | None = None,
    ) -> None:
        """Set what was given; an empty text for `persona`, `name` or `assigned_to` takes it away.

        Raises:
            NotFound: there is no such chat, or no such operator.
            Invalid: the agent mode, the state or the persona does not exist, or the operator may not write.
        """
        values = self._checked(trusted=trusted, agent_mode=agent_mode, persona=persona, labels=labels, state=state)
        async with self._store.begin(chat=chat_id) as tx:
            chat = await chats.by_id(tx, chat_id)
            if chat is None:
                raise NotFound("There is no such chat.")
            if assigned_to is not None:
                values["assigned_to"] = await _who_may_write(tx, assigned_to, chat) if assigned_to else None
            if name is not None:
                values["name"] = await _named(tx, chat, name.strip())
            if values:
                await chats.change(tx, chat_id, **values)
            if state == "resolved":
                await attended(tx, chat_id, now=self._clock.now())

    def _checked(
        self,
        *,
        trusted: bool | None,
        agent_mode: str | None,
        persona: str | None,
        labels: list[str] | None,
        state: str | None,
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if trusted is not None:
            values |= {"trusted": trusted, "switched_by_hand": True}
        if agent_mode is not None:
            if agent_mode not in {mode.value for mode in AgentMode}:
                raise Invalid(f"agent_mode must be off, draft or auto, not “{agent_mode}”.")
            values |= {"agent_mode": agent_mode, "switched_by_hand": True}
        if persona:
            known = [one.name for one in self._casting.house().personas]
            if persona not in known:
                raise Invalid(f"There is no persona “{persona}”. There are: {', '.join(known) or 'none'}.")
        if persona is not None:
            values["persona"] = persona or None
        if labels is not None:
            values["labels"] = to_json(list(dict.fromkeys(label.strip() for label in labels if label.strip())))
        if state is not None:
            if state not in STATES:
                raise Invalid(f"state must be one of {', '.join(STATES)}, not “{state}”.")
            values["state"] = state
        if state == "resolved":
            values["missed_at"] = None
        return values

    async def read(self, chat_id: str, *, by: str) -> None:
        """An operator has looked at the chat: it is no longer unread. Who waits for an answer keeps waiting."""
        async with self._store.begin(chat=chat_id) as tx:
            if await chats.by_id(tx, chat_id) is None:
                raise NotFound("There is no such chat.")
            await chats.read_up(tx, chat_id, at=self._clock.now())

    async def answer_now(self, chat_id: str, *, by: str) -> int:
        """Let the agent look at what nobody has answered within 24 hours; gives how many messages that are."""
        now = self._clock.now()
        async with self._store.begin(chat=chat_id) as tx:
            if await chats.by_id(tx, chat_id) is None:
                raise NotFound("There is no such chat.")
            reopened = await messages.reopen(tx, chat_id, since=now - WINDOW)
            if reopened:
                await enqueue(tx, RunTurn(chat_id), now=now)
                tx.emit(chats.changed(chat_id))
        return reopened

    async def tell_read(self, job: ReadUp, ticket: Ticket) -> None:
        """Show the person that the chat was read, once we have answered. A channel that cannot is left alone."""
        async with self._store.read() as read:
            chat = await chats.by_id(read, job.chat_id)
            newest = await messages.newest_inbound(read, job.chat_id)
            known = await contacts.addresses_of_chat(read, chat) if chat is not None else ()
        seen = seen_of(newest, chat, known)
        if chat is None or seen is None:
            return
        account = self._accounts.find(chat.account_id)
        if account is not None and isinstance(account.channel, MarksRead) and may_send(account.state):
            try:
                await account.channel.mark_read(account.line, seen)
            except PluginError:
                return  # a tick that is missing is not worth a second try

    async def follow_personas(self, job: FollowPersonas, ticket: Ticket) -> None:
        """Let chats whose switches nobody touched follow the personas as they are now, a page at a time."""
        after = ""
        while True:
            async with self._store.read() as read:
                found = [chat.id for chat in await chats.page_for_personas(read, after, PAGE)]
            async with self._store.begin(chats=found) as tx:
                page = [chat for chat in await chats.page_for_personas(tx, after, PAGE) if chat.id in found]
                for chat in page:
                    await self._follow(tx, chat)
            if len(found) < PAGE:
                return
            after = found[-1]

    async def _follow(self, tx: Tx, chat: ChatRow) -> None:
        try:
            account = self._accounts.get(chat.account_id)
        except NotFound:
            return
        known = await contacts.addresses_of_chat(tx, chat)
        persona = self._casting.persona((chat.account_id, account.row.name), known, chat.persona)
        if (chat.trusted, chat.agent_mode) != (persona.trusted, persona.agent_mode.value):
            await chats.change(tx, chat.id, trusted=persona.trusted, agent_mode=persona.agent_mode.value)


def may_answer(operator: OperatorRow) -> bool:
    """Whether an operator may write to chats, and come in at all."""
    return operator.disabled_at is None and Scope.WRITE in Role(operator.role).scopes()


async def _who_may_write(tx: Tx, operator_id: str, chat: ChatRow) -> str:
    operator = await operators.by_id(tx, operator_id)
    if operator is None:
        raise NotFound("There is no such operator.")
    if not may_answer(operator):
        raise Invalid(f"{operator.name} may not answer chats. Choose somebody who may, or have the role changed first.")
    if not await sight.sees(tx, operator_id, account_id=chat.account_id):
        raise Invalid(f"{operator.name} does not see the line of this chat. Choose somebody who does.")
    return operator_id


async def _named(tx: Tx, chat: ChatRow, given: str) -> str:
    """What the chat is called from now on: as given, else by the person's own name."""
    person = await contacts.by_id(tx, chat.contact_id) if chat.contact_id is not None else None
    if person is not None:
        await contacts.give_name(tx, person.id, given or None)
    own = (person.name or person.username) if person is not None else None
    known = await contacts.addresses_of_chat(tx, chat)
    own = own or await groups.own_name(tx, chat)
    return given or own or (placeholder_name(known[0]) if known else chat.name)
