"""One linked line as this side holds it: its process kept up, its events read and handed to be stored."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from frontdesk.channels.base import Emit, Vitals
from frontdesk.channels.bridge.child import CommandFailed, NoAnswer, NotRunning, Program
from frontdesk.channels.bridge.fence import Free, Leave
from frontdesk.channels.bridge.keeper import Duties, Keeper, NotNow, Patience, Unready
from frontdesk.channels.bridge.protocol import Told
from frontdesk.channels.bridge.unstored import Unstored
from frontdesk.channels.linked import device_file, ends
from frontdesk.channels.linked.credentials import Credentials, Found, InUse
from frontdesk.channels.linked.ends import Then, Turn
from frontdesk.channels.linked.numbers import refusal
from frontdesk.channels.linked.options import LinkedOptions
from frontdesk.channels.linked.reading import Own, read
from frontdesk.domain import wire
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Delivery, LineState
from frontdesk.kit.clock import HOUR, MINUTE, Clock

log = logging.getLogger(__name__)

ROUNDS = 5  # times that a code which nobody scanned is begun anew: about 13 minutes
CODE_LIVES = 150_000  # milliseconds for which WhatsApp takes a code that is typed
CHECK = 30.0  # seconds for a question to WhatsApp and back
PROBED = 45.0
SILENT = 6 * HOUR  # without a word from WhatsApp the line is asked whether it hears itself
LOG_OUT = 10.0
LAST_ANSWERS = 3.0  # for what is being sent while the line is taken down
LAST_SENDS = 90.0  # and while it is only begun anew
LOST = 2 * MINUTE  # a connection that the library does not bring back in this time is begun anew
LARGE = 220 * 1024 * 1024  # bytes of memory above which the process is begun anew
FRUGAL = {"GOGC": "50", "GOMEMLIMIT": "48MiB", "MALLOC_ARENA_MAX": "2"}  # a line does little, and there are many
_DAMAGED = (
    "The credentials of this line were damaged; they are kept aside in its folder. Link it again: press Connect and "
    "scan the code."
)
_RAN_OUT = "Nobody scanned the code. Press Connect to show a new one."
_TURNED_AWAY = "The code was scanned with another phone, and that link was ended at once."


@dataclass(frozen=True, slots=True)
class Start:
    """How the process of a line is started: its command without arguments, and what it finds in its environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


class Line:
    """`up()` and `down()` as often as wanted. `running` and `connected` say how it stands; `line` may be set anew."""

    def __init__(
        self,
        line: wire.Line,
        emit: Emit,
        clock: Clock,
        credentials: Credentials,
        *,
        start: Start,
        patience: Patience | None = None,
        leave: Leave | None = None,
    ) -> None:
        self._leave = leave or Free()
        self.line = line
        self.options: LinkedOptions = line.options
        self._account_id = line.account_id
        self._emit = emit
        self._clock = clock
        self._credentials = credentials
        self._start = start
        duties = Duties(program=self._ready, heard=self._heard, tell=self._tell, over=self._over)
        self._keeper = Keeper(line.account_id, duties, clock, patience, leave=self._leave)
        self._own = Own(phone=line.phone)
        self._rounds = 0
        self._kept = Unstored()
        self._tasks: set[asyncio.Task[None]] = set()
        self._qr: LineState | None = None
        self._stood: LineState | None = None
        self._linked = False
        self._heard_at = self._probed_at = clock.now()
        self._lost_at: int | None = None
        self._forget = False
        self._wrong: str | None = None  # why the phone that has scanned the code is turned away
        self._standing = asyncio.Event()
        self._under_way = 0  # questions that are not answered yet
        self._answered = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the line stands, so that something may be asked of it."""
        return self._standing.is_set()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._keeper.running

    @property
    def shows_code(self) -> bool:
        """Whether the line waits to be linked."""
        return self._qr is not None

    def up(self, emit: Emit) -> None:
        """Bring the line up, or let it try at once; one that stands, or shows a code, says so again."""
        self._emit, self._rounds = emit, 0
        told = self._stood if self.connected else self._qr
        if told is not None:
            self._tell(told)
        self._keeper.up()

    async def stands(self, within: float) -> bool:
        """Wait so many seconds for the line to be connected, unless it ends for good; whether it is."""
        waiting = {asyncio.ensure_future(self._standing.wait()), asyncio.ensure_future(self._keeper.over())}
        await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        return self.connected

    async def down(self) -> None:
        """Take the line down in order. What is being sent gets a moment, so that it is known what became of it."""
        await self._finish(LAST_ANSWERS)
        await self._keeper.down()
        self._standing.clear()

    async def ask(self, action: str, given: Mapping[str, Any], *, within: float) -> Mapping[str, Any]:
        """Have the process do something; raises what `Keeper.ask` raises."""
        self._under_way += 1
        try:
            return await self._keeper.ask(action, given, within=within)
        finally:
            self._under_way -= 1
            self._answered.set()

    async def _finish(self, within: float) -> None:
        """Take nothing more on, and wait so many seconds for the answers that are still to come."""
        self._standing.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._under_way and self._keeper.running:
                    self._answered.clear()
                    await self._answered.wait()

    def vitals(self) -> Vitals:
        """How the process is doing."""
        return self._keeper.vitals()

    def show_pairing_code(self, code: str) -> None:
        """A code that is typed on the phone stands beside the one that is scanned."""
        shown = self._qr or LineState(State.QR_PENDING)
        self._qr = LineState(
            State.QR_PENDING, qr=shown.qr, pairing_code=code, expires_at=self._clock.now() + CODE_LIVES
        )
        self._tell(self._qr)

    async def check(self) -> None:
        """Start a line again that is deaf, was not brought back by the library, or takes too much memory."""
        if not self._keeper.running:
            return
        if self._lost_at is not None and self._clock.now() - self._lost_at > LOST:
            self._keeper.ends("The connection to WhatsApp did not come back.")
            return
        if not self.connected:
            return
        if ((await asyncio.to_thread(self.vitals)).memory or 0) > LARGE:
            log.warning("a linked line takes too much memory and is started again", extra={"account": self._account_id})
            await self._finish(LAST_SENDS)
            self._keeper.again()
            return
        silent = self._clock.now() - max(self._heard_at, self._probed_at) > SILENT
        self._probed_at = self._clock.now() if silent else self._probed_at
        try:
            answer = await self.ask("check", {"probe": silent}, within=PROBED if silent else CHECK)
        except (CommandFailed, NoAnswer):
            self._keeper.ends("The line no longer heard WhatsApp, so it was started again.")
        except NotRunning:
            return
        else:
            if answer.get("heard"):
                self._heard_at = self._clock.now()

    # What the keeper asks for

    async def _ready(self) -> Program:
        """Make the credentials ready, and say how the process is started."""
        self._kept = Unstored()
        try:
            found = await asyncio.to_thread(self._credentials.unseal, self._clock.now())
        except InUse:
            raise NotNow(ends.OWNED) from None
        if found is Found.DAMAGED:
            raise Unready(LineState(State.LOGGED_OUT, _DAMAGED))
        if found is Found.LOCKED:
            raise Unready(LineState(State.ACTION_REQUIRED, self._credentials.locked_sentence))
        self._linked = found is Found.READY
        folder, proxy = self._credentials.folder, self.options.proxy
        environment = {**FRUGAL, **self._start.environment}
        if proxy is not None:
            environment["FRONTDESK_LINE_PROXY"] = proxy.get_secret_value()
        return Program(
            (*self._start.command, str(folder), "--name", self.options.device_name),
            environment=environment,
            diary=folder / "diary.log",
        )

    async def _over(self) -> None:
        self._standing.clear()
        self._qr, self._lost_at = None, None
        await asyncio.gather(*self._tasks, return_exceptions=True)  # nothing may look into the file any more
        put_away = self._credentials.remove if self._forget else self._credentials.seal
        self._forget = False
        try:
            await asyncio.to_thread(put_away, self._is_ours)
        except OSError as refused:  # a full disk: they stay as they are, private, and are put away the next time
            log.warning("credentials are not sealed: %s", refused, extra={"account": self._account_id})

    def _is_ours(self) -> bool:
        """Another process that took the line over may be about to use its credentials."""
        return self._leave.may_run(self._account_id)

    def _tell(self, state: LineState) -> None:
        self._emit(self._account_id, state)

    def _heard(self, told: Told) -> None:
        if told.event == "state":
            self._turn(told)
        elif told.event == "qr_code":
            self._show_code(told)
        else:
            self._heard_at = self._clock.now()
            self._hand_over(told)

    def _hand_over(self, told: Told) -> None:
        """Give what came in to be stored; then, and not before, the process may forget it."""
        events = read(told.event, told.given, self._own)
        if self._wrong or (told.event == "history" and not self.options.history):
            events = ()
        stored = self._kept.take(told.seq, self._keeper.ack)
        self._keeper.waiting = len(self._kept)
        if events:
            self._emit(self._account_id, Delivery(None, events, stored=stored))
        else:
            stored()

    def _show_code(self, told: Told) -> None:
        expires_at = told.given.get("expires_at")
        kept = self._qr.pairing_code if self._qr is not None else None
        self._qr = LineState(
            State.QR_PENDING,
            qr=str(told.given.get("qr")),
            pairing_code=kept,
            expires_at=expires_at if isinstance(expires_at, int) else None,
        )
        self._lost_at = None
        self._tell(self._qr)

    def _turn(self, told: Told) -> None:
        if told.given.get("is") == "code_ran_out":
            self._code_ran_out()
            return
        turn = ends.turn(told.given, self._clock.now())
        if told.given.get("is") == "paired":
            self._wrong = refusal(self.line, told.given.get("phone"))
        if self._wrong and (turn.then is Then.FORGET or is_connected(turn)):
            self._turn_away(turn)
            return
        if is_connected(turn):
            self._stood = turn.state
            self._stands(told.given)
        elif turn != Turn():  # of what is not known nothing follows
            self._standing.clear()
            self._lost_at = self._lost_at or self._clock.now()
            self._keeper.fell()
        if turn.then in (Then.STOP, Then.FORGET):
            self._forget = turn.then is Then.FORGET
            assert turn.state is not None
            self._keeper.ends_for_good(turn.state)
        elif turn.then is Then.AGAIN:
            self._keeper.ends(turn.why)
        elif turn.state is not None:
            self._tell(turn.state)

    def _stands(self, given: Mapping[str, Any]) -> None:
        self._own = Own(phone=given.get("phone"), lid=given.get("lid"))
        self._standing.set()
        self._qr, self._lost_at, self._linked = None, None, True
        self._heard_at = self._clock.now()
        self._keeper.stands()
        self._aside(self._watch())

    def _turn_away(self, turn: Turn) -> None:
        """Another phone has scanned the code: nothing of it is taken, and its link is ended."""
        if is_connected(turn):
            self._aside(self._unlink())
        else:
            self._unlinked()

    async def _unlink(self) -> None:
        with suppress(NotRunning, CommandFailed, NoAnswer):
            await self.ask("log_out", {}, within=LOG_OUT)
        self._unlinked()

    def _unlinked(self) -> None:
        if self._wrong is not None:
            told, self._wrong, self._forget = LineState(State.LOGGED_OUT, f"{_TURNED_AWAY} {self._wrong}"), None, True
            self._keeper.ends_for_good(told)

    async def _watch(self) -> None:
        """After the first link the library has made its tables: from this process, not the one that has them open."""
        try:
            await asyncio.to_thread(device_file.watch, self._credentials.database)
        except OSError as busy:
            log.warning("a device's file keeps no notes yet: %s", busy, extra={"account": self._account_id})

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _code_ran_out(self) -> None:
        self._rounds += 1
        if self._rounds < ROUNDS:
            self._keeper.again()
        else:
            self._keeper.ends_for_good(LineState(State.DISCONNECTED, _RAN_OUT))


def is_connected(turn: Turn) -> bool:
    """Whether the line stands from here on."""
    return turn.state is not None and turn.state.state is State.CONNECTED
