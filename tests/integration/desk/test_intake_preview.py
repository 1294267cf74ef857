"""The list of chats shows the newest message as it is now: edited, or deleted."""

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest
from intake_line import quiet_line

from frontdesk.domain.addresses import parse
from frontdesk.domain.wire import AddressChange, Inbound
from frontdesk.kit.clock import SECOND
from frontdesk.testing.desk import ANA, FakeLine

DELETED = "[revoke]"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


def _edit(line: FakeLine, text: str = "new words", *, after: int = 1, who: str = ANA) -> Inbound:
    at = line.clock.now() + after * SECOND
    return line.message(text, kind="edit", content={"target": "x"}, at=at, who=who)


def _revoke(line: FakeLine, *, after: int, who: str) -> Inbound:
    at = line.clock.now() + after * SECOND
    return line.message(None, kind="revoke", content={"target": "x"}, at=at, who=who)


@pytest.mark.parametrize("late", [0, 3, 5])
@pytest.mark.parametrize("together", [True, False])
async def test_words_that_were_taken_back_are_shown_nowhere(line: FakeLine, late: int, together: bool) -> None:
    """In whichever order the three come, and also where all are of the same second."""
    for n, order in enumerate(permutations(range(3))):
        who = f"44770090010{n}"
        said = line.message("old words", external_id="x", who=who)
        events = [said, _edit(line, after=late, who=who), _revoke(line, after=4 if late else 0, who=who)]
        batches = [[events[place] for place in order]] if together else [[events[place]] for place in order]
        for batch in batches:
            await line.arrive(*batch)
        assert (await line.chat(who)).last_text == DELETED, order


async def test_an_edit_of_the_newest_message_shows_its_new_words(line: FakeLine) -> None:
    await line.arrive(line.message("old words", external_id="x"))
    await line.arrive(_edit(line))
    assert (await line.chat()).last_text == "new words"


async def test_an_edit_of_an_older_message_leaves_the_newest_shown(line: FakeLine) -> None:
    await line.arrive(line.message("old words", external_id="x"))
    await line.arrive(line.message("newest", typed_on_phone=True))
    await line.arrive(_edit(line))
    chat = await line.chat()
    assert (chat.last_text, chat.last_author) == ("newest", "phone")


async def test_an_edit_alone_shows_no_words_until_its_message_comes(line: FakeLine) -> None:
    await line.arrive(_edit(line))
    chat = await line.chat()
    assert (chat.last_text, chat.last_author) == ("[edit]", "contact")
    await line.arrive(line.message("old words", external_id="x"))
    assert (await line.chat()).last_text == "new words"


async def test_an_edit_that_finds_its_message_by_a_merge_is_shown(line: FakeLine) -> None:
    await line.arrive(line.message("old words", external_id="x", who=ANA), _edit(line, who="GB.5510"))
    await line.arrive(AddressChange((parse(ANA),), (parse("GB.5510"),)))
    assert (await line.chat()).last_text == "new words"
