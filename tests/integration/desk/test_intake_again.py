"""Meta repeats a message under another identity of its sender: it is one message of one person."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from intake_line import balances, quiet_line

from frontdesk.kit.clock import SECOND
from frontdesk.testing.desk import ANA, FakeLine

USER = "GB.5510"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


async def _tell(line: FakeLine, *who: str, together: bool = False, **parts: Any) -> None:
    """The same message, told once under each of these identities."""
    events = [line.message("Hi", external_id="x", who=one, **parts) for one in who]
    for batch in [events] if together else [[event] for event in events]:
        await line.arrive(*batch)


@pytest.mark.parametrize("who", [(ANA, USER), (USER, ANA)])
@pytest.mark.parametrize("together", [True, False])
async def test_a_message_repeated_under_the_other_identity_is_a_duplicate(
    line: FakeLine, who: tuple[str, str], together: bool
) -> None:
    await _tell(line, *who, together=together)
    assert len(await line.messages()) == 1
    assert (await line.chat(ANA)).id == (await line.chat(USER)).id
    assert (await line.chat()).unread == 1
    assert (await line.balance()).duplicate == 1
    await balances(line)


async def test_two_chats_become_one_when_a_message_is_repeated_under_the_other_identity(line: FakeLine) -> None:
    await line.arrive(line.message("by phone", who=ANA))
    await line.arrive(line.message("by user id", who=USER))
    line.clock.advance(SECOND)
    await _tell(line, ANA, USER)
    assert len(await line.chats()) == 1
    assert [row.text for row in await line.messages()] == ["by phone", "by user id", "Hi"]
    await balances(line)


@pytest.mark.parametrize("who", [(ANA, "447700900999"), (USER, "GB.7707"), (ANA, "4477009@lid")])
async def test_two_people_with_a_message_of_the_same_id_stay_two(line: FakeLine, who: tuple[str, str]) -> None:
    await _tell(line, *who)
    assert len(await line.chats()) == 2
    assert len(await line.messages()) == 2
    await balances(line)


async def test_who_is_known_by_number_and_id_is_not_the_other_half_of_anybody(line: FakeLine) -> None:
    await line.arrive(line.message("Hello", who=(ANA, "GB.7707")))
    await _tell(line, ANA, USER)
    assert len(await line.chats()) == 2


async def test_the_same_id_of_another_kind_unites_nobody(line: FakeLine) -> None:
    await _tell(line, ANA)
    await _tell(line, USER, kind="reaction", content={"target": "y"})
    assert len(await line.chats()) == 2


async def test_what_two_members_of_a_group_repeat_unites_nobody(line: FakeLine) -> None:
    await _tell(line, ANA, USER, group="120363@g.us")
    await line.arrive(line.message("alone", who=ANA), line.message("alone too", who=USER))
    assert len(await line.chats()) == 3
