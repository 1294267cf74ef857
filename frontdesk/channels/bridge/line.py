"""One line behind a bridge: its process kept up, or a bridge elsewhere asked; its events made ready to be stored."""

import asyncio
import logging
import re
import shlex
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontdesk.channels.base import Emit, Vitals
from frontdesk.channels.bridge import past, standing
from frontdesk.channels.bridge.asking import Http
from frontdesk.channels.bridge.child import CommandFailed, NoAnswer, NotRunning, Program
from frontdesk.channels.bridge.contents import content_of, without_content
from frontdesk.channels.bridge.echoes import Echoes
from frontdesk.channels.bridge.fence import Free, Leave
from frontdesk.channels.bridge.files import Files
from frontdesk.channels.bridge.keeper import Duties, Keeper, Patience, Unready
from frontdesk.channels.bridge.options import BridgeOptions, variables
from frontdesk.channels.bridge.protocol import Told
from frontdesk.channels.bridge.reading import KEPT, read
from frontdesk.channels.bridge.standing import Turn
from frontdesk.channels.bridge.unstored import Unstored
from frontdesk.channels.bridge.watch import Watch
from frontdesk.domain import wire
from frontdesk.domain.accounts import State, may_follow
from frontdesk.domain.wire import Damaged, Delivery, Event, GroupChange, Inbound, LineState
from frontdesk.kit.clock import Clock

log = logging.getLogger(__name__)

ASK = 20.0  # seconds for what is answered at once
TOKEN = "FRONTDESK_BRIDGE_TOKEN"  # noqa: S105 - the variable in which its token is given to a bridge
# What somebody else's program gets of our environment: no key of ours is among it.
INHERITED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|TEMP|TMP|TZ|LANG|LANGUAGE|LC_\w+|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|"
    r"DBUS_SESSION_BUS_ADDRESS|NODE_ENV|NODE_PATH|NODE_EXTRA_CA_CERTS|NVM_\w+|PUPPETEER_\w+|PLAYWRIGHT_\w+|CHROME\w*|"
    r"SSL_CERT_FILE|SSL_CERT_DIR|(?i:https?_proxy|all_proxy|no_proxy)|SYSTEMROOT|VIRTUAL_ENV"
)

Followed = list[LineState | Delivery]


@dataclass(frozen=True, slots=True)
class Means:
    """What every line is given: a private folder of its own, the client for bridges elsewhere, and patience."""

    folder: Path
    http: Http
    patience: Patience
    leave: Leave = field(default_factory=Free)


class Line:
    """`up()` and `down()` as often as wanted. `connected` says whether messages may go out."""

    def __init__(self, line: wire.Line, emit: Emit, clock: Clock, means: Means) -> None:
        self.options: BridgeOptions = line.options
        self.emit = emit
        self.echoes = Echoes(clock)
        self.files = files_of(self.options, means.folder)
        self._account_id = line.account_id
        self._clock = clock
        self._means = means
        self._state = LineState(State.CONNECTING)
        self._by_bridge: LineState | None = None  # the state that it told last by itself
        self._kept = Unstored()
        self._titles: dict[str, str] = {}  # of groups, as they were told last
        self._inbox: asyncio.Queue[Told] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._asked_past = False
        duties = Duties(program=self._ready, heard=self._inbox.put_nowait, tell=self._tell, over=self._over)
        self._keeper = (
            Keeper(line.account_id, duties, clock, means.patience, leave=means.leave) if self.options.command else None
        )
        self._watch = Watch(self._ask_status, self._away, clock, means.patience) if self._keeper is None else None

    @property
    def connected(self) -> bool:
        """Whether messages may go out."""
        return self._state.state is State.CONNECTED

    def up(self, emit: Emit) -> None:
        """Bring the line up, or let it try at once, and say how it stands."""
        self.emit = emit
        if not self._tasks:
            self._tasks.append(asyncio.create_task(self._work()))
        if self._state.state is State.CONNECTED or self._state.qr is not None:
            self._tell(self._state)
        if self._keeper is not None:
            self._keeper.up()
        elif self._watch is not None:
            self._watch.up()

    async def down(self) -> None:
        """End the process in order, or let go of the bridge elsewhere."""
        if self._watch is not None:
            await self._watch.down()
        if self._keeper is not None:
            await self._keeper.down()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._state = LineState(State.CONNECTING)

    async def ask(self, action: str, given: Mapping[str, Any], *, within: float = ASK) -> Mapping[str, Any]:
        """Have the bridge do something.

        Raises:
            NotRunning: nothing was asked.
            CommandFailed: it says that it could not.
            NoAnswer: what became of it is not known.
        """
        if self.options.send_url:
            question = (action, given)
            return await self._means.http.ask(self.options.send_url, self.options.token, question, within=within)
        assert self._keeper is not None
        return await self._keeper.ask(action, given, within=within)

    def vitals(self) -> Vitals | None:
        """How its process is doing; None where it runs elsewhere."""
        return self._keeper.vitals() if self._keeper is not None else None

    async def check(self) -> None:
        """Ask how it stands. Silence restarts nothing: many bridges do not know the question."""
        with suppress(CommandFailed, NoAnswer, NotRunning):
            turned = standing.of_status(await self.ask("get_status", {}))
            if turned is not None:
                self._tell_news(turned)

    async def take(self, told: Told) -> Followed:
        """What follows from an event: states to be told and deliveries to be stored."""
        turned = standing.turn(told.event, told.given)
        if turned is not None:
            self._by_bridge = turned.state
            return [*self._turned(turned)]
        events = self._news(read(await with_file(told, self.files)))
        return [Delivery(None, events)] if events else []

    async def take_callback(self, told: Told) -> Followed:
        """What follows from an event that came by HTTP."""
        if self._keeper is not None:
            self._keeper.is_understood()
        return await self.take(told)

    def show(self, state: LineState) -> None:
        """A code that was asked for stands beside the one that is scanned."""
        self._state = state
        self._tell(state)

    # What comes from the process

    async def _work(self) -> None:
        while True:
            told = await self._inbox.get()
            try:
                await self._hand_over(told)
            except Exception:
                log.exception("an event of a bridge could not be taken up", extra={"account": self._account_id})
            finally:
                self._inbox.task_done()

    async def _hand_over(self, told: Told) -> None:
        """Give what was told to be stored; then, and not before, the bridge may forget it."""
        assert self._keeper is not None
        stored = self._kept.take(told.seq, self._keeper.ack)
        self._keeper.waiting = len(self._kept)
        followed = await self.take(told)
        for what in followed:
            if isinstance(what, Delivery):
                self.emit(self._account_id, Delivery(None, what.events, stored=stored))
            else:
                self._tell(what)
        if not any(isinstance(what, Delivery) for what in followed):
            stored()

    async def _ready(self) -> Program:
        self._kept, self._asked_past = Unstored(), False
        folder = Path(self.options.folder) if self.options.folder else self._means.folder
        await asyncio.to_thread(self._make_ready)
        if not await asyncio.to_thread(folder.is_dir):
            sentence = "The folder of the bridge is not there. Make it, or name another one; then press Connect."
            raise Unready(LineState(State.ACTION_REQUIRED, sentence))
        environment = variables(self.options.environment)
        if self.options.token is not None:
            environment.setdefault(TOKEN, self.options.token.get_secret_value())
        command = tuple(shlex.split(self.options.command))
        return Program(command, folder, environment, self._means.folder / "diary.log", INHERITED)

    def _make_ready(self) -> None:
        self._means.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.files.sweep(self._clock.now())

    async def _over(self) -> None:
        await self._inbox.join()  # its last words are heard before it is started again
        self._state = LineState(State.CONNECTING)

    # What follows

    def _tell(self, state: LineState) -> None:
        self._state = state
        self.emit(self._account_id, state)

    def _turned(self, turned: Turn) -> list[LineState]:
        """The states to tell; what may not follow the present one has `connecting` before it."""
        before, state = self._state, turned.state
        if turned.over and self._keeper is not None:
            self._state = state
            self._keeper.ends_for_good(state)
            return []
        if state.state is State.CONNECTED:
            self._stands()
        elif self._keeper is not None:
            self._keeper.fell()
        self._state = state
        between = [] if may_follow(before.state, state.state) else [LineState(State.CONNECTING)]
        return [*between, state]

    def _tell_news(self, turned: Turn) -> None:
        """Tell what was asked for, where it is another state than the one that was told last."""
        before, state = self._state, turned.state
        same = state.state is before.state and state.phone in (None, before.phone) and state.qr in (None, before.qr)
        for told in () if same and before.reason == state.reason else self._turned(turned):
            self._tell(told)

    def _stands(self) -> None:
        if self._keeper is not None:
            self._keeper.stands()
        if self.options.history and not self._asked_past:
            self._asked_past = True
            self._tasks.append(asyncio.create_task(self._take_past()))

    def _news(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Without echoes of ours that have no id, and without names of groups that are known."""
        return tuple(one for one in events if not self._is_old(one))

    def _is_old(self, one: Event) -> bool:
        if isinstance(one, Inbound):
            return self.echoes.is_ours(one)
        if isinstance(one, GroupChange) and one.name:
            known, self._titles[one.group.value] = self._titles.get(one.group.value), one.name
            return known == one.name
        return False

    # The past, and a bridge elsewhere

    async def _take_past(self) -> None:
        try:
            async for told in past.of(self.ask):
                for what in await self.take(told):
                    self.emit(self._account_id, what)
        except (CommandFailed, NoAnswer, NotRunning) as failed:
            log.info("a bridge gave no past: %s", type(failed).__name__, extra={"account": self._account_id})
        except Exception:
            log.exception("the past of a bridge could not be taken up", extra={"account": self._account_id})

    async def _ask_status(self) -> None:
        """Ask a bridge elsewhere how it stands; raises NotRunning and NoAnswer."""
        try:
            turned = standing.of_status(await self.ask("get_status", {}))
        except CommandFailed as failed:
            if failed.code == "token":
                self._tell(LineState(State.ACTION_REQUIRED, failed.sentence))
                return
            turned = None  # it answers, and does not know the question
        if turned is None:
            turned = Turn(self._by_bridge or LineState(State.CONNECTED))
        elif self._state.state is State.LOGGED_OUT and turned.state.state is State.CONNECTING:
            return  # that it is not connected either is no news
        self._tell_news(turned)

    def _away(self, sentence: str, *, parked: bool) -> None:
        self._tell(LineState(State.ACTION_REQUIRED if parked else State.CONNECTING, sentence))


def files_of(options: BridgeOptions, folder: Path) -> Files:
    """The files of a line: the bridge's own folders are believed where it is started here."""
    own = [Path(options.folder) if options.folder else folder] if options.command else []
    more = [Path(options.media_folder)] if options.media_folder else []
    return Files(folder, [*own, *more], ours=folder.parent)


async def with_file(told: Told, files: Files) -> Told:
    """The event with the content of its file laid aside, where one came along."""
    content = content_of(told.given)
    given = {name: value for name, value in without_content(told.given).items() if name != KEPT}
    if content:
        given[KEPT] = await files.keep(content)
    return Told(told.event, given, told.seq, told.at)


def damaged(why: str, what: str) -> Delivery:
    """Something that is no event at all."""
    return Delivery(None, (Damaged(why, what),))
