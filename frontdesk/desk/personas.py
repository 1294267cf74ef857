"""Personas and rules as they hold now: read from the file at start and again whenever it changes."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

from frontdesk.desk.errors import Conflict
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.personas import House, Match, Persona, choose, fallback_persona
from frontdesk.domain.work import FollowPersonas
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.settings import file_text, house_from, persona_body, persona_of
from frontdesk.store import alerts, personas as rows
from frontdesk.store.store import Store, Tx

EVERY = SECOND  # how often the file is looked at
ALERT = "config"

log = logging.getLogger(__name__)


class _Seen(NamedTuple):
    """What a look at the file found: its text, or why there is none; neither when there is no file to read."""

    path: Path | None
    text: str | None
    problem: str | None

    @property
    def mark(self) -> str:
        """Differs whenever something else is seen."""
        return hashlib.sha256(f"{self.path}\0{self.text}\0{self.problem}".encode()).hexdigest()


class Personas:
    """The present settings of the house. `find` gives the path of its file, or None, or raises SettingsError.

    `doubts` gives a sentence for each thing that keeps a persona of a house from answering, though it can be read.
    `wrong` gives one for each thing that cannot be, and may take its time: it is asked in a thread.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        find: Callable[[], Path | None],
        doubts: Callable[[House], Sequence[str]] = lambda house: (),
        *,
        wrong: Callable[[House], Sequence[str]] = lambda house: (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._find = find
        self._doubts = doubts
        self._wrong = wrong
        self._house = self._written = House()  # what holds, and what of it the file says
        self._applied: str | None = None  # mark of what holds, or of what was refused
        self._last: str | None = None  # mark of the last look
        self._had_file = False
        self.path: Path | None = None  # of the file that was read last; None while there is none
        self.problem: str | None = None  # what is wrong with the file, while an older reading of it holds
        self.doubt: str | None = None  # what keeps a persona that holds from answering

    def house(self) -> House:
        """What holds now. The same object until something changes."""
        return self._house

    def current(self) -> tuple[Persona, ...]:
        """The personas that hold now: those of the file in its order, then those made elsewhere."""
        return self._house.personas

    async def load(self) -> None:
        """Read the file for the first time.

        Raises:
            SettingsError: it is wrong; nothing older is there that could hold instead.
        """
        seen = await asyncio.to_thread(self._look)
        await self._apply(seen)

    async def reload(self) -> str | None:
        """Read the file now. Gives None, or the sentence that says what is wrong; then all stays as it was."""
        return await self._take(await asyncio.to_thread(self._look))

    async def follow(self) -> None:
        """Take up the personas that were made in another process. What the file says, each process reads itself."""
        async with self._store.read() as read:
            kept = await rows.all_(read)
        house = _beside(self._written, kept)
        if house is None or house == self._house:
            return
        self._house, self.doubt = house, self._doubt(house)
        async with self._store.begin(shared=True) as tx:  # what ran meanwhile has followed the older ones
            await enqueue(tx, FollowPersonas(), now=self._clock.now())

    async def serve(self, account: tuple[str, str], *, by: str, **given: Any) -> None:
        """Make the persona of one account (its id and name), or change it. It begins as what serves the account now.

        `given` has the keys of the file.

        Raises:
            Conflict: a persona of the file serves this account, or the file is broken.
            SettingsError: a value cannot be.
        """
        now = choose(self._house.personas, account=account, addresses=())
        async with self._store.begin() as tx:
            elsewhere = [persona_of(row.body) for row in await rows.all_(tx) if not row.from_file]
            own = next((one for one in elsewhere if one.match == Match(account[0])), None)
            if now is not None and own is None and now.match.account != "*":
                raise Conflict(f"The persona “{now.name}” of the settings file serves this line. Change it there.")
            name = own.name if own else self._free_name(account[1])
            base = json.loads(persona_body(own or now or fallback_persona(self._house.defaults)))
            match = {"account": account[0], "chats": ["*"]}
            made = persona_of(json.dumps(base | given | {"name": name, "match": match}))
            await rows.put(tx, name, persona_body(made), now=self._clock.now())
        if problem := await self.reload():
            raise Conflict(f"It is stored, and holds as soon as the settings file is mended: {problem}")

    def _free_name(self, wanted: str) -> str:
        taken = {persona.name for persona in self._house.personas}
        names = chain((wanted,), (f"{wanted} ({number})" for number in count(2)))
        return next(name for name in names if name not in taken)

    async def watch(self) -> None:
        """Look at the file every second, for ever. A change is taken up once it was seen twice in the same form."""
        while True:
            await self._clock.sleep(EVERY)
            try:
                await self._watch_once()
            except FrontdeskError as wrong:
                log.warning("personas not reloaded: %s", wrong.sentence)

    async def _watch_once(self) -> None:
        seen = await asyncio.to_thread(self._look)
        settled, self._last = seen.mark == self._last, seen.mark
        if settled and seen.mark != self._applied:  # an editor may be half-way through at the first look
            await self._take(seen)

    def _look(self) -> _Seen:
        path = None
        try:
            path = self._find()
            return _Seen(path, None if path is None else file_text(path), None)
        except SettingsError as wrong:
            return _Seen(path, None, wrong.sentence)

    async def _take(self, seen: _Seen) -> str | None:
        try:
            await self._apply(seen)
        except SettingsError as wrong:
            await self._refuse(wrong.sentence)
            self._applied = seen.mark
        return self.problem

    async def _apply(self, seen: _Seen) -> None:
        self.path = seen.path
        if seen.problem:
            raise SettingsError(seen.problem)
        if seen.path is None and self._had_file:
            raise SettingsError("The file with the personas is gone. What was read from it stays; put it back.")
        written = House() if seen.path is None else house_from(seen.text or "", seen.path.name)
        if seen.path is not None and (mistakes := await asyncio.to_thread(self._wrong, written)):
            raise SettingsError("\n".join(f"{mistake} ({seen.path.name})." for mistake in mistakes))
        async with self._store.begin() as tx:
            house = await self._keep(tx, written)
        changed, doubt = house != self._house, self._doubt(house)
        self._written, self._house = written, house if changed else self._house
        self._applied, self._had_file, self.problem = seen.mark, seen.path is not None, None
        if doubt and doubt != self.doubt:
            log.warning("%s", doubt)
        self.doubt = doubt
        if changed:
            log.info("personas and rules read", extra={"personas": len(house.personas)})

    async def _keep(self, tx: Tx, written: House) -> House:
        """Store the personas of the file, and give the house with those that were made elsewhere."""
        kept = await rows.all_(tx)
        if (house := _beside(written, kept)) is None:
            doubled = sorted(_names(written) & {row.name for row in kept if not row.from_file})
            raise SettingsError(f"A persona “{doubled[0]}” was made in the inbox too. Rename one of the two.")
        bodies = [(persona.name, persona_body(persona)) for persona in written.personas]
        if bodies != [(row.name, row.body) for row in kept if row.from_file]:
            await rows.replace_file(tx, bodies, now=self._clock.now())
        if house != self._house or self.problem:
            self._tell(tx, house, self._doubt(house))
            await enqueue(tx, FollowPersonas(), now=self._clock.now())
        if doubt := self._doubt(house):
            await alerts.raise_(tx, now=self._clock.now(), kind=ALERT, key=ALERT, sentence=doubt)
        else:
            await alerts.close(tx, ALERT, self._clock.now())
        return house

    def _doubt(self, house: House) -> str | None:
        return " ".join(self._doubts(house)) or None

    async def _refuse(self, sentence: str) -> None:
        async with self._store.begin() as tx:
            await alerts.raise_(tx, now=self._clock.now(), kind=ALERT, key=ALERT, sentence=sentence)
            self._tell(tx, self._house, sentence)
        self.problem = sentence
        log.warning("settings file refused, the older ones stay: %s", sentence)

    def _tell(self, tx: Tx, house: House, problem: str | None) -> None:
        names = [persona.name for persona in house.personas]
        tx.emit(Live(LiveType.PERSONAS_CHANGED, {"names": names, "problem": problem}))


def _names(house: House) -> set[str]:
    return {persona.name for persona in house.personas}


def _beside(written: House, kept: Sequence[rows.PersonaRow]) -> House | None:
    """The house of a file with the personas that were made elsewhere; None where both have one of the same name."""
    elsewhere = [row for row in kept if not row.from_file]
    if _names(written) & {row.name for row in elsewhere}:
        return None
    return replace(written, personas=(*written.personas, *(persona_of(row.body) for row in elsewhere)))
