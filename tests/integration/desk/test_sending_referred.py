"""A channel is told of the message that ours answers, or is about, as far as it is known here."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sending_line import sending_line, write

from frontdesk.domain.addresses import parse
from frontdesk.domain.messages import Author
from frontdesk.domain.wire import Inbound, Outbound, Referred
from frontdesk.store import chats
from frontdesk.testing.desk import ANA, FakeLine

GROUP = "120363000000000001@g.us"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with sending_line(tmp_path) as line:
        yield line


async def _post(line: FakeLine, chat_id: str, **values: Any) -> Outbound:
    async with line.store.begin() as tx:
        chat = await chats.by_id(tx, chat_id)
        assert chat is not None
        given = {"author": Author.AGENT, "text": None, **values}
        await line.desk.outbox.post(tx, chat, **given)
    await line.idle()
    return line.channel.sent[-1]


async def test_a_reply_tells_who_wrote_what_it_answers_and_what_it_said(line: FakeLine) -> None:
    await line.arrive(line.message("Is it open?", external_id="x"))
    sent = await _post(line, (await line.chat()).id, text="Yes", reply_to="x")
    assert sent.referred == Referred("x", False, (parse(ANA),), "text", "Is it open?")


async def test_a_reply_to_our_own_message_says_that_it_is_from_us(line: FakeLine) -> None:
    await write(line, "We close at six")
    await line.idle()
    external = (await line.messages("outbound"))[0].external_id
    sent = await _post(line, (await line.chat()).id, text="Or seven", reply_to=external)
    assert sent.referred == Referred(str(external), True, (), "text", "We close at six")


async def test_a_reaction_tells_of_the_message_that_it_is_about(line: FakeLine) -> None:
    await line.arrive(line.message("Thanks", external_id="x"), line.message(None, kind="reaction", external_id="x"))
    sent = await _post(line, (await line.chat()).id, kind="reaction", content={"emoji": "👍", "target": "x"})
    assert sent.referred == Referred("x", False, (parse(ANA),), "text", "Thanks")


async def test_a_reply_in_a_group_tells_which_member_wrote(line: FakeLine) -> None:
    told: Inbound = line.message("Hi all", external_id="x", group=GROUP, who=[ANA, "99000111@lid"])
    await line.arrive(told)
    sent = await _post(line, (await line.chat(GROUP)).id, text="Hi", reply_to="x")
    assert sent.referred is not None
    assert set(sent.referred.sender) == {parse(ANA), parse("99000111@lid")}


async def test_a_message_that_is_not_known_here_is_not_described(line: FakeLine) -> None:
    sent = await _post(line, (await line.chat()).id, text="Yes", reply_to="elsewhere")
    assert (sent.reply_to, sent.referred) == ("elsewhere", None)


async def test_the_words_of_a_message_that_was_taken_back_are_not_told_again(line: FakeLine) -> None:
    await line.arrive(line.message("Secret", external_id="x"))
    await line.arrive(line.message(None, kind="revoke", external_id="y", content={"target": "x"}))
    sent = await _post(line, (await line.chat()).id, text="Yes", reply_to="x")
    assert sent.referred == Referred("x", False, (parse(ANA),), "text", None)


async def test_what_an_operator_wrote_is_in_a_hurry_and_what_the_agent_wrote_is_not(line: FakeLine) -> None:
    await write(line, "Now")
    await line.idle()
    assert line.channel.sent[-1].hurry
    assert not (await _post(line, (await line.chat()).id, text="Later")).hurry
