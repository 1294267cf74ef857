"""Making one issue of a digest: read what is stored, let a model say it shortly where there is one, and keep it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from frontdesk.desk.commands import DigestAsked
from frontdesk.desk.digest_telling import DigestTelling
from frontdesk.desk.digests import Digests, choice_of
from frontdesk.desk.memory import words
from frontdesk.domain import extracts
from frontdesk.domain.digest_text import Reader, text
from frontdesk.domain.digest_words import WORDS
from frontdesk.domain.digests import ChatGist, Content, Gists, Line, Made, Pledge, Talk, Waiting
from frontdesk.domain.messages import Author, Direction
from frontdesk.domain.work import MakeDigest
from frontdesk.jobs.queue import Ticket
from frontdesk.kit.clock import DAY, Clock, to_datetime
from frontdesk.kit.text import shorten
from frontdesk.store import contacts, digest_scenes, digests, model_uses, reminders, sight
from frontdesk.store.digest_scenes import Busy, Extent
from frontdesk.store.rows import MessageRow
from frontdesk.store.rows_digests import DigestRow, IssueRow
from frontdesk.store.sql import to_json
from frontdesk.store.store import Read, Store, Tx

PURPOSE = "digest"
SOON = 7 * DAY  # what is due later is told of when that is nearer
MOST_WAITING = 50  # chats
MOST_TALKS = 60  # chats of which more is told than how much came
MOST_SAID = 5_000  # messages that are read for one issue
_EXCERPT = 240  # characters of what somebody waits with

Summarise = Callable[[Sequence[Talk], Reader], Awaitable[Gists | None]]
"""A model's gist of many talks, and None where there is no model. It raises nothing: what it failed at is missing."""

OwnChats = Callable[[Read], Awaitable[Collection[str]]]


@dataclass(frozen=True, slots=True)
class _Scene:
    content: Content
    busy: list[Busy]
    talks: list[Talk]


class DigestMaking:
    """Does the jobs of kind `make_digest`. Without `summarise` the words are those of the messages."""

    def __init__(
        self, store: Store, clock: Clock, *, orders: Digests, telling: DigestTelling,
        summarise: Summarise | None, own_chats: OwnChats,
        public_url: str | None,
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._orders = orders
        self._telling = telling
        self._summarise = summarise
        self._own_chats = own_chats
        self._public_url = public_url

    async def run(self, job: MakeDigest, ticket: Ticket) -> None:
        """Make it and let it be told. One that is made already, or is not wanted any more, is left alone."""
        async with self._store.read() as read:
            issue = await digests.issue(read, job.issue_id)
        if issue is not None and issue.state == "waits":
            await self._make(issue, ticket)

    async def asked(self, asked: DigestAsked) -> str | None:
        """The owner asked in the own chat: gives the text, which is the answer there. Asked again it is the same."""
        issue_id = await self._orders.asked(asked)
        async with self._store.read() as read:
            issue = await digests.issue(read, issue_id)
        if issue is not None and issue.state == "waits":
            await self._make(issue, None)
            async with self._store.read() as read:
                issue = await digests.issue(read, issue_id)
        return issue.text if issue is not None else None

    async def _make(self, issue: IssueRow, ticket: Ticket | None) -> None:
        async with self._store.read() as read:
            order = await digests.by_id(read, issue.digest_id)
            if order is None:
                return
            scene = await self._scene(read, order, issue)
        reader = Reader(order.language, self._orders.zone(order), self._public_url)
        gists = await self._summarise(scene.talks, reader) if self._summarise and scene.talks else None
        content = _content(scene, gists or Gists({}), asked=gists is not None)
        said = text(content, reader, link=self._telling.link(issue.id))
        async with self._store.begin(matters=("digests",)) as tx:
            if ticket is not None and await ticket.lost(tx):
                return
            now = self._clock.now()
            if await digests.made(tx, issue, content=to_json(asdict(content)), text=said, now=now):
                await self._telling.begin(tx, order, issue.id, said)
            if gists is not None and gists.calls:
                await self._count(tx, gists, reader.zone)
            if ticket is not None:
                await ticket.done(tx)

    async def _count(self, tx: Tx, gists: Gists, zone: str) -> None:
        """What the model was asked for is counted, also where another made the issue meanwhile."""
        tally, day = self._store.tally, f"{to_datetime(self._clock.now(), zone):%Y-%m-%d}"
        spent = {"calls": gists.calls, "tokens_in": gists.tokens_in, "tokens_out": gists.tokens_out}
        await model_uses.add(tx, day=day, purpose=PURPOSE, model=gists.model, **spent)
        tally.add("model_calls", gists.calls, purpose=PURPOSE)
        tally.add("model_tokens", gists.tokens_in, purpose=PURPOSE, way="in")
        tally.add("model_tokens", gists.tokens_out, purpose=PURPOSE, way="out")

    async def _scene(self, read: Read, order: DigestRow, issue: IssueRow) -> _Scene:
        """Everything that is read, in one view of the database."""
        seen = await sight.of(read, order.operator_id) if order.operator_id is not None else None
        extent = Extent(choice_of(order), seen, issue.since, issue.until)
        waits, how_many = await digest_scenes.waiting(read, extent, limit=MOST_WAITING)
        own = await self._own_chats(read)  # what the owner and the desk say to each other is no news
        busy = [one for one in await digest_scenes.busy(read, extent) if one.chat_id not in own]
        told = busy[:MOST_TALKS]
        said = await digest_scenes.said(read, extent, [one.chat_id for one in told], limit=MOST_SAID)
        names = await contacts.names_of(read, {row.contact_id for row in said if row.contact_id})
        content = Content(
            since=issue.since,
            until=issue.until,
            counts=await digest_scenes.counts(read, extent),
            waiting=tuple(
                Waiting(
                    one.chat_id, one.name, one.since, shorten(one.text or "", _EXCERPT),
                    missed=one.missed_at is not None, draft=one.draft is not None, level=one.level,
                )
                for one in waits
            ),
            offline=tuple(
                replace(one, text=shorten(one.text, _EXCERPT))
                for one in await digest_scenes.offline(read, extent)
                if one.chat_id not in own
            ),
            pledges=await self._pledges(read, extent),
            waiting_more=max(0, how_many - len(waits)),
            chats_more=len(busy) - len(told),
            late=issue.due_at if issue.due_at is not None and issue.until > issue.due_at else None,
        )  # fmt: skip
        talks = _talks(told, said, names, ours=WORDS[order.language].authors)
        return _Scene(content, told, talks)

    async def _pledges(self, read: Read, extent: Extent) -> tuple[Pledge, ...]:
        """What was promised or is to be followed up and is not done, the next first."""
        until, now = extent.until + SOON, self._clock.now()
        lines = await reminders.open_ones(read, sight=extent.sight, until=until)
        told = await digest_scenes.chosen(read, extent, [line.reminder.chat_id for line in lines])
        return tuple(
            Pledge(
                line.reminder.chat_id, line.name, line.reminder.what, line.reminder.due_at, line.reminder.due_at < now
            )
            for line in lines
            if line.reminder.chat_id in told
        )


def _talks(
    busy: Sequence[Busy], said: Sequence[MessageRow], names: dict[str, str], *, ours: Mapping[str, str]
) -> list[Talk]:
    lines: dict[str, list[Line]] = {one.chat_id: [] for one in busy}
    called = {one.chat_id: one.name for one in busy}
    for row in said:
        lines[row.chat_id].append(_line(row, names.get(row.contact_id or "") or called[row.chat_id], ours))
    return [Talk(chat_id, called[chat_id], tuple(each)) for chat_id, each in lines.items() if each]


def _line(row: MessageRow, theirs: str, ours: Mapping[str, str]) -> Line:
    sent = row.direction == Direction.OUTBOUND
    author = ours.get(row.author, ours[Author.SYSTEM]) if sent else theirs
    return Line(author, sent, words(row), row.provider_time, row.importance or None)


def _content(scene: _Scene, gists: Gists, *, asked: bool) -> Content:
    talks = {talk.chat_id: talk for talk in scene.talks}
    chats = tuple(_gist(one, talks.get(one.chat_id), gists) for one in scene.busy)
    failed = asked and any(talk.chat_id not in gists.of for talk in scene.talks)
    return replace(scene.content, chats=chats, model=gists.model, model_failed=failed)


def _gist(one: Busy, talk: Talk | None, gists: Gists) -> ChatGist:
    made = gists.of.get(one.chat_id)
    plain = ChatGist(one.chat_id, one.name, one.inbound, one.outbound)
    if made is not None:
        return replace(plain, points=made.points, decisions=made.decisions, made=Made.MODEL)
    if talk is None:
        return plain
    return replace(plain, points=extracts.points(talk), decisions=extracts.decisions(talk))
