"""One person is forgotten: nothing of them is left in any table, in the media folder, or in the bytes of any file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import redis
from intake_line import balances
from sending_line import write
from sqlalchemy import Text, select

from frontdesk.desk.errors import Conflict, NotFound
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.live import LiveType
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.domain.wire import Damaged, GroupChange, Line, MediaRef, Member, Notice
from frontdesk.kit.errors import Retryable
from frontdesk.kit.guard import outside_transaction
from frontdesk.store import alerts, contacts, erasing, knowledge, tables
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line

pytestmark = pytest.mark.both_shapes

MARK = "zqxwmarker"
NAME = "Zorblaxia Quuxington"
BEA = "447700900999"
GROUP = "12036304@g.us"
PNG = b"\x89PNG\r\n\x1a\n" + MARK.encode() + b" a picture"
OPEN = """
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Desk"
trusted = true
agent_mode = "auto"
memory = { mode = "never", messages = 2 }
"""
LEFT = (MARK, NAME, "Zorblaxia", ANA, "7700 900123")


async def think(turn: TurnInput, persona: Persona) -> TurnOutput:
    """An agent that repeats everything everywhere."""
    said = turn.pending[-1].text
    return TurnOutput(
        Action.REPLY,
        (f"You said: {said}",),
        model="parrot",
        summary=f"{turn.contact_name} said {said}",
        unanswered=f"What is {said}?",
        hand_over_reason=f"{said}",
    )


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, config=OPEN, think=think) as line:
        yield line


async def contact_of(line: FakeLine, who: str = ANA) -> str:
    return str((await line.chat(who)).contact_id)


async def live_through(line: FakeLine) -> None:
    """All that may happen to somebody."""
    group = Address(AddressKind.GROUP, GROUP)
    line.channel.files["p"] = PNG
    media = MediaRef("p", mime="image/png", name=f"{MARK}.png")
    await line.arrive(line.message("Hi", who=BEA, name="Bea"))
    await line.arrive(line.message(f"{MARK} one", name=NAME), line.message(f"{MARK} two", name=NAME))
    await line.idle()
    await line.arrive(line.message(f"{MARK} look", name=NAME, kind="image", media=media))
    await line.idle()
    await line.arrive(line.message(f"{MARK} in the group", name=NAME, group=GROUP, external_id="in-group"))
    await line.idle()
    reaction = {"kind": "reaction", "content": {"target": "in-group", "emoji": "x"}, "reply_to": "in-group"}
    about = {"content": {"mentions": [ANA, f"{ANA}@c.us"]}}
    await line.arrive(line.message("x", who=BEA, name="Bea", group=GROUP, **reaction))
    await line.arrive(line.message(f"@{ANA} are you there?", who=BEA, name="Bea", group=GROUP, **about))
    await line.idle()
    people = (
        Member((Address(AddressKind.PHONE, ANA),), NAME, False),
        Member((Address(AddressKind.PHONE, BEA),), "Bea", True),
    )
    await line.arrive(GroupChange(group, "The club", members=people))
    await line.arrive(Damaged("It cannot be read.", f'{{"from": "{ANA}", "text": "{MARK}"}}'))
    await line.arrive(Notice("field", {"number": ANA, "text": MARK}))
    await write(line, f"{MARK} from us")
    await line.idle()
    await line.receipt("nobody-knows", "delivered")
    await line.arrive(line.message("Bye", who=BEA, name="Bea"))
    await line.idle()
    chat, now = await line.chat(), line.clock.now()
    async with line.store.begin() as tx:
        await alerts.raise_(tx, now=now, kind="x", sentence=f"{NAME} {MARK}", key=f"x:{chat.id}", chat_id=chat.id)
        await alerts.raise_(tx, now=now, kind="y", sentence=f"Somebody at {ANA}")
        await knowledge.add_gap(tx, f"{MARK}?", chat_id=chat.id, now=now)
        choice = {"place": f"phone:{ANA}", "model": "offline:", "changed_at": now}
        await tx.run(tables.model_choices.insert(), choice)
        await tx.run(tables.merged_chats.insert(), {"id": "cht_old", "chat_id": chat.id})


async def rows_with(line: FakeLine, *words: str) -> set[tuple[str, str]]:
    """The columns (table, name) in which one of the words stands; of every text of every table."""
    found = set()
    async with line.store.read() as read:
        for table in tables.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Text):
                    values = await read.scalars(select(column).where(column.is_not(None)))
                    if any(word.lower() in value.lower() for value in values for word in words):
                        found.add((table.name, column.name))
    return found


def files_with(folder: Path, *words: str) -> set[str]:
    """The files in whose bytes one of the words stands."""
    parts = [part for word in words for part in (word.encode(), word.encode("utf-16-le"))]
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(part in path.read_bytes() for part in parts)
    }


async def test_nothing_of_an_erased_person_is_left_anywhere(line: FakeLine, tmp_path: Path) -> None:
    await live_through(line)
    before = await rows_with(line, *LEFT)
    assert {"messages", "chats", "contacts", "addresses", "media", "dead_letters", "notices", "alerts"} <= {
        table for table, _ in before
    }
    assert {"threads", "knowledge_gaps", "group_members", "model_choices"} <= {table for table, _ in before}
    assert await asyncio.to_thread(files_with, tmp_path / "data", *LEFT)
    await line.desk.erasing.erase(await contact_of(line), by="api")
    await line.idle()
    assert await rows_with(line, *LEFT) == set()
    await balances(line)
    assert await asyncio.to_thread(files_with, tmp_path / "data", *LEFT) == set()


async def test_others_keep_what_is_theirs(line: FakeLine) -> None:
    await live_through(line)
    await line.desk.erasing.erase(await contact_of(line), by="api")
    bea = await line.chat(BEA)
    said = [row.text for row in await line.messages("inbound")]
    assert said == ["Hi", "x", "@(erased) are you there?", "Bye"]
    assert bea.last_text is not None
    async with line.store.read() as read:
        members = await read.scalars(select(tables.group_members.c.name))
    assert members == ["Bea"]


async def test_a_file_that_another_sent_too_stays(line: FakeLine) -> None:
    line.channel.files["p"] = PNG
    for who in (ANA, BEA):
        await line.arrive(line.message("look", who=who, kind="image", media=MediaRef("p", mime="image/png")))
        await line.idle()
    place = line.desk.media.path((await line.files())[-1])
    await line.desk.erasing.erase(await contact_of(line), by="api")
    assert place.exists()
    await line.desk.erasing.erase(await contact_of(line, BEA), by="api")
    assert not place.exists()


async def test_whoever_writes_again_is_somebody_new(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    await line.idle()
    before = await contact_of(line)
    await line.desk.erasing.erase(before, by="api")
    assert await line.chats() == []
    await line.arrive(line.message("Hello again"))
    await line.idle()
    assert await contact_of(line) != before
    assert [row.text for row in await line.messages("inbound")] == ["Hello again"]
    await balances(line)


async def test_nobody_is_erased_while_something_is_being_sent_to_them(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    await line.idle()
    async with line.store.begin() as tx:
        ours = tables.messages.update().where(tables.messages.c.direction == "outbound")
        await tx.run(ours.values(status="sending"))
    with pytest.raises(Conflict, match="is being sent"):
        await line.desk.erasing.erase(await contact_of(line), by="api")
    assert len(await line.messages()) == 2


async def test_many_messages_go_page_by_page(line: FakeLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.desk.erasing.PAGE", 3)
    await line.arrive(*(line.message(f"{number}") for number in range(8)))
    await line.idle()
    await line.desk.erasing.erase(await contact_of(line), by="api")
    assert await line.messages() == []
    await balances(line)


async def test_who_is_in_the_address_book_only_can_be_erased(line: FakeLine) -> None:
    async with line.store.begin() as tx:
        await contacts.add(tx, "con_book", account_id=line.account_id, created_at=0, given_name=NAME, username=None)
    await line.desk.erasing.erase("con_book", by="api")
    with pytest.raises(NotFound):
        await line.desk.erasing.erase("con_book", by="api")


async def test_pages_that_show_the_chat_are_told(line: FakeLine) -> None:
    await line.arrive(line.message("Hello"))
    await line.idle()
    chat = await line.chat()
    await line.desk.erasing.erase(str(chat.contact_id), by="api")
    assert [live.payload for live in line.happened(LiveType.CHAT_ERASED)] == [{"chat_id": chat.id}]


async def test_the_agent_that_works_on_an_answer_meanwhile_writes_nothing(tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(turn: TurnInput, persona: Persona) -> TurnOutput:
        begun.set()
        await go_on.wait()
        return await think(turn, persona)

    async with fake_line(tmp_path, config=OPEN, think=slow) as line:
        await line.arrive(line.message(f"{MARK} hello"))
        await begun.wait()
        await line.desk.erasing.erase(await contact_of(line), by="api")
        go_on.set()
        await line.idle()
        assert await line.messages() == []
        assert await rows_with(line, MARK) == set()


class Bookish(FakeChannel):
    """A channel that keeps an address book of its own, which may be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten: list[tuple[str, list[str]]] = []
        self.away = False

    async def forget(self, line: Line, person: Sequence[Address]) -> None:
        outside_transaction()
        if self.away:
            raise Retryable("Try again in a moment.")
        self.forgotten.append((line.account_id, sorted(str(one) for one in person)))


async def test_the_address_book_of_the_line_is_cleared_too_or_nothing_is(tmp_path: Path) -> None:
    channel = Bookish()
    async with fake_line(tmp_path, config=OPEN, channel=channel) as line:
        await line.arrive(line.message("Hello"))
        await line.idle()
        channel.away = True
        with pytest.raises(Conflict, match=r"is not erased.*Try again in a moment"):
            await line.desk.erasing.erase(await contact_of(line), by="api")
        assert len(await line.messages("inbound")) == 1
        channel.away = False
        await line.desk.erasing.erase(await contact_of(line), by="api")
        assert channel.forgotten == [(line.account_id, [f"phone:{ANA}"])]
        assert await line.messages() == []


async def test_live_events_that_tell_of_the_person_are_told_nobody_any_more(line: FakeLine) -> None:
    await live_through(line)
    bus = line.house.built.rooms.bus
    start = bus.last_id
    await line.arrive(line.message(f"{MARK} three", name=NAME))
    await line.idle()
    await until(lambda: bus.unsent == 0 and bus.last_id > start)
    url = line.house.built.settings.redis_url
    if url is not None:
        assert await asyncio.to_thread(redis_holds, url, MARK, NAME, ANA)
    await line.desk.erasing.erase(await contact_of(line), by="api")
    await line.idle()
    await until(lambda: bus.unsent == 0)
    late = bus.subscribe(start)
    first = await anext(aiter(late))
    late.close()
    assert first.live.type is LiveType.RELOAD
    if url is not None:
        assert await asyncio.to_thread(redis_holds, url, MARK, NAME, ANA) == set()


def redis_holds(url: str, *words: str) -> set[str]:
    """The keys of Redis in whose bytes one of the words stands."""
    with closing(redis.Redis.from_url(url)) as server:
        parts = [word.encode() for word in words]
        keys = [key for key in server.scan_iter("*") if any(part in (server.dump(key) or b"") for part in parts)]
        return {key.decode() for key in keys}


def test_it_is_said_of_every_table_what_an_erasure_does_with_it() -> None:
    assert erasing.forgotten() == set()
