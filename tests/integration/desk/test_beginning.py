"""A person at the desk writes first to somebody: the chat is found or made, and nothing is left of a refused try."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import pytest
from sending_line import OFF
from sqlalchemy import func, select

from frontdesk.desk.beginning import FirstWords
from frontdesk.desk.errors import Conflict, DeskError, Invalid, NotFound
from frontdesk.desk.outbox import NEVER_WROTE
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.wire import Line, NameChange
from frontdesk.kit import guard
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.store.tables import addresses, contacts
from frontdesk.testing.channels import FakeChannel, UnofficialFake, WindowedFake
from frontdesk.testing.desk import ANA, FakeLine, fake_line

BEN = "447700900456"
LID = Address(AddressKind.LID, "99887766")
TWO_A_DAY = OFF.replace("[[persona]]", "[care]\ncold_contacts_per_day = 2\n[[persona]]")
HELLO = FirstWords("api", "Good morning")


class Directory(UnofficialFake):
    """Knows who is on WhatsApp: `people` holds their addresses by number. `asked` keeps who was looked for."""

    name: ClassVar[str] = "directory"

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, tuple[Address, ...] | PluginError] = {}
        self.asked: list[str] = []

    async def find_person(self, line: Line, phone: Address) -> tuple[Address, ...]:
        """As `people` has them; nobody else is there."""
        guard.outside_transaction()
        self.asked.append(phone.value)
        found = self.people.get(phone.value, ())
        if isinstance(found, PluginError):
            raise found
        return found


@pytest.fixture
def directory() -> Directory:
    channel = Directory()
    channel.people[BEN] = (parse(BEN), LID)
    return channel


@pytest.fixture
async def line(tmp_path: Path, directory: Directory) -> AsyncIterator[FakeLine]:
    async with fake_line(tmp_path, channel=directory, config=TWO_A_DAY) as line:
        yield line


async def begin(line: FakeLine, address: str = BEN, words: FirstWords = HELLO) -> str:
    message_id: str = await line.desk.beginning.write_to(line.account_id, address, words)
    await line.pass_time(SECOND)
    return message_id


async def rows(line: FakeLine) -> tuple[int, int, int]:
    """How many people, addresses and chats there are."""
    async with line.store.read() as read:
        people, known = [await read.scalar(select(func.count()).select_from(table)) for table in (contacts, addresses)]
    return people, known, len(await line.chats())


async def test_a_chat_begins_with_whom_the_other_side_knows(line: FakeLine, directory: Directory) -> None:
    message = await line.one(await begin(line, "+44 7700 900456"))
    chat = await line.chat(BEN)
    assert (message.chat_id, message.author, message.text, message.status) == (
        chat.id,
        "operator",
        "Good morning",
        "sent",
    )
    assert (chat.name, chat.trusted, chat.held_by, chat.last_text) == ("Contact 0456", True, "api", "Good morning")
    assert [outbound.to for outbound in directory.sent] == [(parse(BEN), LID)]
    await line.arrive(line.message("Hi!", who=f"{LID.value}@lid"))
    assert len(await line.chats()) == 1


async def test_where_there_is_a_chat_the_words_go_there_and_nobody_is_looked_for(
    line: FakeLine, directory: Directory
) -> None:
    await line.arrive(line.message())
    message = await line.one(await begin(line, f"+{ANA}"))
    assert message.chat_id == (await line.chat()).id
    assert directory.asked == []


async def test_somebody_of_the_address_book_keeps_the_name(line: FakeLine) -> None:
    await line.arrive(NameChange((parse(BEN),), "Ben the plumber"))
    await begin(line)
    assert (await line.chat(BEN)).name == "Ben the plumber"
    assert await rows(line) == (1, 2, 1)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "Give the phone number with its country code"),
        ("912", "with the country code"),
        ("0912 345 678", "with the country code"),
        ("somebody", "is not a phone number"),
        ("120363041234567890@g.us", "a group begins when somebody writes"),
        ("+4930123456", "+4930123456 is not on WhatsApp"),
        ("+351 210 000 100", "the number of this line itself"),
    ],
)
async def test_nobodys_address_is_refused_in_words_and_nothing_is_left(line: FakeLine, address: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        await begin(line, address)
    assert says in refused.value.sentence
    assert (await rows(line), line.channel.sent) == ((0, 0, 0), [])


@pytest.mark.parametrize(
    ("failure", "kind", "says"),
    [
        (Retryable("The line is not connected right now."), Conflict, "cannot be checked now whether +447700900456"),
        (Rejected("WhatsApp did not take it."), Invalid, "did not take it"),
    ],
)
async def test_where_it_cannot_be_checked_nothing_is_sent(
    line: FakeLine, directory: Directory, failure: PluginError, kind: type[DeskError], says: str
) -> None:
    directory.people[BEN] = failure
    with pytest.raises(kind, match=says.replace("+", r"\+")):
        await begin(line)
    assert await rows(line) == (0, 0, 0)


async def test_who_may_not_be_written_to_is_not_looked_for_either(line: FakeLine, directory: Directory) -> None:
    for number in ("447700900001", "447700900002", "447700900003"):
        directory.people[number] = (parse(number),)
    for number in ("447700900001", "447700900002"):
        await begin(line, number)
    with pytest.raises(Conflict, match="has written to 2 people within 24 hours"):
        await begin(line, "447700900003")
    assert directory.asked == ["447700900001", "447700900002"]
    assert len(await line.chats()) == 2
    await begin(line, "447700900001", FirstWords("api", "Are you there?"))
    assert len(directory.sent) == 3


async def test_what_is_left_of_the_day_is_told(line: FakeLine) -> None:
    care, account = line.desk.care, line.desk.accounts.get(line.account_id)
    async with line.store.read() as read:
        assert await care.left(read, account) == (2, 2)
    await begin(line)
    async with line.store.read() as read:
        assert await care.left(read, account) == (1, 2)


async def test_a_line_that_is_down_and_empty_words_are_refused(line: FakeLine, directory: Directory) -> None:
    with pytest.raises(Invalid, match="nothing to send"):
        await begin(line, words=FirstWords("api", "  "))
    await line.desk.accounts.disconnect(line.account_id)
    await line.becomes(State.DISCONNECTED)
    with pytest.raises(Conflict, match="is down"):
        await begin(line)
    with pytest.raises(NotFound):
        await line.desk.beginning.write_to("acc_0", BEN, HELLO)
    assert (await rows(line), directory.asked) == ((0, 0, 0), [])


async def test_the_same_key_sends_once(line: FakeLine, directory: Directory) -> None:
    words = FirstWords("api", "Good morning", idempotency_key="k1")
    assert await begin(line, words=words) == await begin(line, words=words)
    assert len(directory.sent) == 1


async def test_where_a_window_is_kept_only_a_template_begins(tmp_path: Path) -> None:
    async with fake_line(tmp_path, channel=WindowedFake(), config=OFF) as line:
        with pytest.raises(Conflict) as refused:
            await begin(line)
        assert (refused.value.sentence, await rows(line)) == (NEVER_WROTE, (0, 0, 0))
        template = FirstWords("api", None, kind="template", content={"name": "hello", "language": "en"})
        await begin(line, words=template)
        assert [outbound.kind for outbound in line.channel.sent] == ["template"]


async def test_a_line_that_cannot_look_is_taken_at_its_word(tmp_path: Path) -> None:
    async with fake_line(tmp_path, channel=FakeChannel(), config=OFF) as line:
        await begin(line)
        assert [outbound.to for outbound in line.channel.sent] == [(parse(BEN),)]
