"""Plays the worked examples of `docs/examples/`: what their pages show is what the product does and says.

A page holds its own `frontdesk.toml` (a block `toml`), the files of its knowledge (blocks `markdown`, each behind the
name of its file), commands (blocks `sh`, or `console` with what they print), and conversations (blocks `chat`):

    Tuesday 24 November 2026, 09:00      it becomes that moment; later “Thursday 26 November, 09:00”, or “09:30”
    Ana (+447700900123) → Hello          Ana writes to the line; her number stands there the first time
    Ana at 03:10 → Hello                 the same, but it was written then, and reaches the line only now
    Team → Ana: Hello                    somebody answers in the inbox
    You → Ana: Hello                     the owner answers on the phone of the line
    You → #who                           the owner writes in the own chat
    Desk → Ana: Hello                    what the desk writes to Ana, or to the owner (“Desk → You:”)
    Draft → Ana: Hello                   what the agent has written for somebody to send
    Alert → Hello                        what a target of [[notify]] is told
    Digest → Hello                       a digest that is for the inbox alone

The last four are what comes of the others. Run this file to write them anew: `.venv/bin/python tests/docs/played.py`.
Where the page has “Digest → …”, only that it came is of interest. Ids stand as `rem_…`. A text goes on in the next
lines, behind four spaces where it has a new line itself, and behind six where only the page has one.
"""

import asyncio
import os
import re
import shlex
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, chdir
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from click.testing import CliRunner
from docs_pages import PROJECT

from frontdesk.cli.commands import frontdesk
from frontdesk.desk.routes import SCHEDULE
from frontdesk.domain.digests import Way
from frontdesk.domain.messages import Author, Status
from frontdesk.jobs.queue import enqueue
from frontdesk.kit.clock import MINUTE, SECOND, to_datetime
from frontdesk.settings.house_file import house_from
from frontdesk.settings.running import alone, announce
from frontdesk.store import digests
from frontdesk.testing.channels import FakeChannel, UnofficialFake, WindowedFake
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.desk import FakeLine, fake_line
from frontdesk.testing.local_server import serving
from frontdesk.testing.processes import is_ours

PAGES = sorted((PROJECT / "docs" / "examples").glob("*.md"))
ITSELF = "351210000100"  # the number of the fake lines
NOT_RUN = ("serve", "init", "lab", "account")  # the house runs already, and has its line
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+)`[^`]*\Z")
LINE = re.compile(r"the\s+line\s+“([^”]+)”")
STAMP = re.compile(r"(?:(\w+day) (\d{1,2} \w+)(?: (\d{4}))?, )?(\d\d:\d\d)")
SAID = re.compile(r"(?P<who>[^→(]+?)(?: \((?P<phone>\+[\d ]+)\))?(?: at (?P<at>\d\d:\d\d))? → (?P<text>.*)", re.DOTALL)
OURS = ("Desk", "Draft", "Alert", "Digest")  # who speaks there is written anew
IDS = re.compile(r"\b(rem|dig|res|svc|day|apt|chat|cht|iss|msg|opr)_[0-9a-z]{6,}")
DISK = re.compile(r"Disk: .* GB free\.")  # that of the machine on which it is played is another
HOP, STEP = 15 * MINUTE, 10 * SECOND
WIDTH = 112


class Bell:
    """Takes what a target of [[notify]] is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        told = orjson.loads(body)
        self.heard.append(f"{told['title']}\n{told['message']}")
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


@dataclass
class Play:
    """A page that is played: its house, who writes there, and what was told so far."""

    line: FakeLine
    bell: Bell
    zone: str
    owner: str
    people: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)

    # Time

    async def becomes(self, stamp: re.Match[str]) -> None:
        """Let time pass until that moment, and what is due then happen."""
        now = to_datetime(self.line.clock.now(), self.zone)
        moment = moment_of(stamp, self.zone, now)
        left = int(moment.timestamp() * SECOND) - self.line.clock.now()
        assert left >= 0, f"{stamp[0]} is over: it is {now:%A %d %B, %H:%M}"
        while left > 0:
            hop = min(HOP - self.line.clock.now() % HOP, left)
            await self._pass(hop)
            left -= hop
        await self.settle(12)

    async def settle(self, steps: int) -> None:
        """Let what was begun come to its end."""
        for _ in range(steps):
            await self._pass(STEP)

    async def _pass(self, milliseconds: int) -> None:
        """Let time pass and the timetable be kept, which alone would be late by a turn of the loop."""
        self.line.clock.advance(milliseconds)
        now = self.line.clock.now()
        if now % MINUTE < milliseconds:
            async with self.line.store.begin(shared=True) as tx:
                for _, job in SCHEDULE:
                    await enqueue(tx, job, now=now)
        await self.line.idle()

    # What people do

    async def say(self, said: re.Match[str]) -> None:
        """Somebody writes."""
        who, text = said["who"].strip(), said["text"]
        if said["phone"]:
            self.people[who] = said["phone"].replace(" ", "")
        other, _, words = text.partition(": ")
        if who == "Team":
            chat = await self.line.chat(self.people[other])
            await self.line.desk.outbox.write(chat.id, by="api", text=words)
        elif who == "You" and other in self.people:
            await self._arrive(words, who=self.people[other], typed_on_phone=True)
        elif who == "You":
            await self._arrive(text, who=self.owner, typed_on_phone=self.owner == ITSELF)
        else:
            written = {"at": self._at(said["at"])} if said["at"] else {}
            await self._arrive(text, who=self.people[who], name=who, **written)
        await self.settle(8)

    async def _arrive(self, text: str, **parts: Any) -> None:
        await self.line.arrive(self.line.message(text, **{"name": None, **parts}))
        self.line.clock.advance(SECOND)

    def _at(self, clock: str) -> int:
        today = to_datetime(self.line.clock.now(), self.zone)
        hour, minute = map(int, clock.split(":"))
        return int(today.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() * SECOND)

    # What comes of it

    async def came(self) -> list[str]:
        """What was told since the last look, as it stands on the page."""
        found = [line async for line in self._messages()]
        found += [f"Alert → {text}" for text in self.bell.heard]
        self.bell.heard.clear()
        return [as_shown(line) for line in [*found, *await self._digests()]]

    async def _messages(self) -> AsyncIterator[str]:
        own = {chat.id for chat in await self.line.chats(self.owner)}
        names = {chat.id: "You" if chat.id in own else chat.name for chat in await self.line.chats()}
        for row in await self.line.messages("outbound"):
            if row.id in self.shown or row.author not in (Author.AGENT, Author.SYSTEM):
                continue
            self.shown.add(row.id)
            assert row.status in (Status.SENT, Status.DRAFT), (row.status, row.error, row.text)
            words = row.text if row.kind == "text" else " ".join(filter(None, (f"[{row.kind}]", row.text)))
            yield f"{'Draft' if row.status == Status.DRAFT else 'Desk'} → {names[row.chat_id]}: {words}"

    async def _digests(self) -> list[str]:
        async with self.line.store.read() as read:
            inbox = [row.id for row in await digests.of(read, None) if orjson.loads(row.ways) == [Way.INBOX]]
            issues = await digests.newest(read, inbox, limit=100)
        fresh = [row for row in issues[::-1] if row.id not in self.shown and row.state == "made"]
        self.shown |= {row.id for row in fresh}
        return [f"Digest → {row.text}" for row in fresh]

    # The blocks

    async def chat(self, block: str) -> str:
        """A conversation, with what came of each line of it."""
        parts: list[str] = []
        for line, before in steps_of(block):
            stamp, said = STAMP.fullmatch(line), SAID.fullmatch(line)
            assert stamp or said, f"This is neither a moment nor something that is said: {line}"
            if stamp:
                await self.becomes(stamp)
            elif said:
                await self.say(said)
            parts += ["", as_shown(line)] if stamp and parts else [as_shown(line)]
            parts += left_out(await self.came(), before)
        return "\n".join(parts) + "\n"

    async def commands(self, block: str, *, shown: bool) -> str:
        """Commands one after the other, with what they print where the page shows that."""
        parts: list[str] = []
        for line in block.replace("\\\n", "").splitlines():
            command = line.removeprefix("$ ")
            if shown and command == line:
                continue
            parts.append(line)
            words = shlex.split(command, comments=True)
            if words[:1] != ["frontdesk"] or words[1] in NOT_RUN:
                continue
            came = await asyncio.to_thread(CliRunner().invoke, frontdesk, words[1:])
            assert came.exit_code == 0, f"{line}: {came.exception or came.output}"
            parts += IDS.sub(r"\1_…", came.stdout).rstrip().splitlines() if shown else []
        await self.settle(2)
        await self.came()
        return "\n".join(parts) + "\n" if shown else block


def moment_of(stamp: re.Match[str], zone: str, now: datetime | None) -> datetime:
    """The moment that a line names; one without a day is of the day of `now`."""
    hour, minute = map(int, stamp[4].split(":"))
    if stamp[1] is None:
        assert now is not None, "The first moment of a page says its day."
        return now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    year = stamp[3] or (now.year if now else "")
    day = datetime.strptime(f"{stamp[2]} {year}", "%d %B %Y").replace(hour=hour, minute=minute, tzinfo=ZoneInfo(zone))
    assert f"{day:%A}" == stamp[1], f"{stamp[0]} is a {day:%A}."
    return day


def steps_of(block: str) -> Iterator[tuple[str, list[str]]]:
    """What people do, each with what the page says that came of it."""
    line, before = "", list[str]()
    for each in lines_of(block):
        said = SAID.fullmatch(each)
        if said and said["who"] in OURS:
            before.append(each)
            continue
        if line:
            yield line, before
        line, before = each, []
    yield line, before


def left_out(told: list[str], before: list[str]) -> list[str]:
    """What was told, shortened to “…” where the page has it so."""
    short = [each.removesuffix(" …") for each in before if each.endswith((": …", "→ …"))]
    parts = []
    for each in told:
        head = next((one for one in short if each.startswith(f"{one} ")), None)
        parts.append(each if head is None else f"{head} …")
        short = [one for one in short if one != head] if head else short
    return parts


def lines_of(block: str) -> Iterator[str]:
    """What is said in a block, each with the lines in which it goes on."""
    whole = ""
    for line in block.splitlines():
        if line.startswith("      "):
            whole += f" {line.strip()}"
        elif line.startswith("    ") or not line:
            whole += f"\n{line.strip()}"
        else:
            if whole.strip():
                yield whole.strip()
            whole = line
    yield whole.strip()


def as_shown(text: str) -> str:
    """What is said as it stands on the page."""
    text = DISK.sub("Disk: 41.2 GB of 80.0 GB free.", IDS.sub(r"\1_…", text))
    first, *more = text.split("\n")
    kept = {"width": WIDTH, "break_long_words": False, "break_on_hyphens": False, "subsequent_indent": " " * 6}
    lines = [*textwrap.wrap(first, **kept)]  # type: ignore[arg-type]
    for line in more:
        lines += textwrap.wrap(line, initial_indent=" " * 4, **kept) or [""]  # type: ignore[arg-type]
    return "\n".join(lines)


@asynccontextmanager
async def stage(page: str, folder: Path) -> AsyncIterator[Play]:
    """The house of a page in `folder`, with a line that is up."""
    (config,) = [block for language, block in BLOCK.findall(page) if language == "toml"]
    house = house_from(config, "frontdesk.toml")
    for block in BLOCK.finditer(page):
        if block[1] == "markdown" and (name := NAMED.search(page[: block.start()])):
            (folder / name[1]).write_text(block[2], encoding="utf-8")
    stamp = next(filter(None, map(STAMP.fullmatch, page.splitlines())))
    begins = int(moment_of(stamp, house.timezone, None).timestamp() * SECOND) - 30 * MINUTE
    channel: FakeChannel = WindowedFake() if house.owner.phones else UnofficialFake()
    bell = Bell()
    async with serving(bell) as url:
        local = re.sub(r'"(?!whatsapp:)\w+://[^"]*"', f'"{url.replace("http", "json")}/"', config)
        urls = re.findall(r"PUBLIC_URL=(\S+)", page)
        more: dict[str, Any] = {"config": local, "channel": channel, "public_url": urls[0] if urls else None}
        async with fake_line(folder, clock=FrozenClock(begins), **more) as line:
            data = line.house.built.settings.data_dir
            with alone(data), chdir(folder):
                async with serving(line.house.built.web) as at:
                    announce(data, url=at, key=line.desk.operators.keys.local())
                    await line.desk.accounts.change(line.account_id, name=_line_of(page))
                    yield Play(line, bell, house.timezone, next(iter(house.owner.phones), ITSELF))


def _line_of(page: str) -> str:
    """The name of the line, wherever its words are wrapped."""
    found = LINE.search(page)
    assert found is not None, "the page names no line"
    return " ".join(found[1].split())


async def played(page: str, folder: Path) -> str:
    """The page with what really comes of its commands and conversations."""
    async with stage(page, folder) as play:
        made, end = [], 0
        for block in BLOCK.finditer(page):
            language, text = block[1], block[2]
            if language == "chat":
                text = await play.chat(text)
            elif language in ("sh", "console"):
                text = await play.commands(text, shown=language == "console")
            made += [page[end : block.start(2)], text]
            end = block.end(2)
        return "".join([*made, page[end:]])


def write_anew(paths: list[Path]) -> None:
    """Put what really comes of it into these pages."""
    for name in filter(is_ours, list(os.environ)):
        del os.environ[name]
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            path.write_text(asyncio.run(played(path.read_text("utf-8"), Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    write_anew([Path(name) for name in sys.argv[1:]] or PAGES)
