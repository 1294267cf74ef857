"""Debug mode of a persona: before each call of its model the owner is told, in the own chat, what goes into it."""

import logging
from dataclasses import replace
from itertools import count

from frontdesk.desk.accounts import Account
from frontdesk.desk.own_chat import OwnChat
from frontdesk.domain.debugging import debug_message
from frontdesk.domain.turns import TurnInput
from frontdesk.store.rows import ChatRow
from frontdesk.store.store import Store, StoreUnavailable

log = logging.getLogger(__name__)


class Debugging:
    """Makes what a turn calls before each call of the model. It writes, and waits for no network."""

    def __init__(self, store: Store, own_chat: OwnChat, *, public_url: str | None) -> None:
        self._store = store
        self._own = own_chat
        self._public_url = (public_url or "").rstrip("/")

    def on(self, given: TurnInput, chat: ChatRow, account: Account, *, turn_id: str) -> TurnInput:
        """The turn; where its persona is debugged, with what it calls before each call of the model."""
        if not given.persona.debug:
            return given
        numbers = count(1)

        async def before_call(prompt: str) -> None:
            call = next(numbers)
            told = debug_message(
                given.persona,
                given.pending,
                prompt,
                chat=chat.name,
                line=account.row.name,
                model=given.persona.model,
                link=f"{self._public_url}/chats/{chat.id}" if self._public_url else None,
                call=call,
            )
            await self._post(told, key=f"debug:{turn_id}:{call}")

        return replace(given, before_call=before_call)

    async def _post(self, text: str, *, key: str) -> None:
        """A debug message that cannot be written holds up no answer."""
        try:
            async with self._store.begin(shared=True) as tx:
                posted = await self._own.post(tx, text=text, key=key)
        except StoreUnavailable as away:
            log.warning("a debug message could not be written: %s", away)
            return
        if posted is None:
            log.warning("a persona is debugged, and there is no way to tell the owner; “frontdesk doctor” says why")
