"""Linking a line with a phone by a code that is typed there."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from frontdesk.channels.base import Pairs
from frontdesk.desk.account import Account
from frontdesk.desk.errors import Conflict, Invalid
from frontdesk.desk.line_changes import LineChanges
from frontdesk.desk.line_codes import NOTHING, LineCodes
from frontdesk.domain.accounts import State, sentence
from frontdesk.domain.addresses import MalformedAddress, phone as phone_of
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable

READY = 15 * SECOND  # in which a line that is down gets ready to be linked
ANSWER = 10 * SECOND  # in which WhatsApp gives the code
_NOT_READY = "The line did not get ready for a code in time. Try again in a moment, or scan the QR code instead."
PAUSE = SECOND  # before a line that is not quite ready is asked again


class Linking:
    """Asks for the code. The same question again gives the code that is there."""

    def __init__(
        self,
        clock: Clock,
        *,
        get: Callable[[str], Account],
        connect: Callable[[str], Awaitable[None]],
        codes: LineCodes,
        changes: LineChanges,
    ) -> None:
        self._clock = clock
        self._get = get
        self._connect = connect
        self._codes = codes
        self._changes = changes
        self._one_by_one: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def number(self, account_id: str) -> str | None:
        """Of which phone the present code is, as digits; None where no code to type is shown."""
        return (self._codes.of(account_id) or NOTHING).pairing_number if self._is_there(account_id) else None

    async def by_code(self, account_id: str, phone: str) -> None:
        """Ask for a code for that phone, and wait until it is there, or the line is linked meanwhile.

        Raises:
            NotFound: there is no such account.
            Invalid: that is no phone number.
            Conflict: no code can be had as things stand; the sentence says why.
        """
        self._linkable(account_id)
        number = _number(phone)
        async with self._one_by_one[account_id]:
            if self.number(account_id) == number:
                return
            channel = await self._ready(account_id)
            before = self._codes.of(account_id) or NOTHING
            self._codes.expect(account_id, number)
            await self._ask(channel, account_id, number)
            await self._answered(account_id, before.pairing_code)

    def _linkable(self, account_id: str) -> Pairs:
        account = self._get(account_id)
        name = account.row.name
        if account.sealed is not None:
            raise Conflict(account.sealed)
        if not isinstance(account.channel, Pairs):
            raise Conflict(f"“{name}” is not linked with a phone, so there is no code for it. Connect it instead.")
        if account.state is State.CONNECTED:
            whom = f" with +{account.row.phone}" if account.row.phone else ""
            raise Conflict(f"“{name}” is linked{whom} already. Add another line for another phone.")
        return account.channel

    def _is_there(self, account_id: str) -> bool:
        return (self._codes.of(account_id) or NOTHING).has_pairing_code(self._clock.now())

    def _state(self, account_id: str) -> State:
        return self._get(account_id).state

    async def _ready(self, account_id: str) -> Pairs:
        """Start the line where it is down, and wait until it can be linked."""
        if not self._codes.is_open(account_id):
            await self._connect(account_id)
        await self._changes.until(lambda: self._state(account_id) is not State.CONNECTING, within=READY)
        channel = self._linkable(account_id)
        if self._state(account_id) is not State.QR_PENDING:
            raise Conflict(f"The line could not be made ready to be linked. {self._standing(account_id)}")
        return channel

    async def _ask(self, channel: Pairs, account_id: str, number: str) -> None:
        ends = self._clock.now() + READY
        while True:
            try:
                return await channel.pair_by_code(self._get(account_id).line, number)
            except Retryable as early:
                if self._clock.now() >= ends or (early.after or 0) > READY:
                    raise Conflict(_NOT_READY) from early
                await self._clock.sleep(PAUSE)
            except (Rejected, LoggedOut) as refused:
                raise Conflict(refused.sentence) from refused

    async def _answered(self, account_id: str, before: str | None) -> None:
        def settled() -> bool:
            code = (self._codes.of(account_id) or NOTHING).pairing_code
            return code not in (None, before) or self._state(account_id) is not State.QR_PENDING

        if not await self._changes.until(settled, within=ANSWER):
            raise Conflict("WhatsApp has given no code yet. Try again in a minute, or scan the QR code instead.")
        if self._state(account_id) not in (State.QR_PENDING, State.CONNECTING, State.CONNECTED):
            raise Conflict(f"WhatsApp has given no code. {self._standing(account_id)}")

    def _standing(self, account_id: str) -> str:
        row = self._get(account_id).row
        return sentence(State(row.state), row.state_reason)


def _number(text: str) -> str:
    try:
        return phone_of(text).value
    except MalformedAddress:
        raise Invalid(
            "That is no phone number. Give all of it with the country code, for example +351 912 345 678."
        ) from None
