"""The owner's own chat: the desk writes there, and what is typed there is for the desk."""

import asyncio
from pathlib import Path

import pytest
from own_line import PRIVATE, SELF, own_line, post, type_to_self, why_not

from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import parse
from frontdesk.domain.chats import Reason
from frontdesk.domain.operators import Role, Sees
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import DAY, SECOND
from frontdesk.testing.channels import FakeChannel, WindowedFake
from frontdesk.testing.desk import ANA

OWNER = f'[owner]\nphones = ["+{PRIVATE}"]\n'


async def test_the_desk_writes_to_the_own_number_of_a_line_in_a_chat_that_it_makes(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        message_id = await post(line, "All is well.")
        chat = await line.chat(SELF)
        row = await line.one(str(message_id))
        assert (row.chat_id, row.author, row.status) == (chat.id, "system", "sent")
        assert (chat.name, chat.trusted, chat.agent_mode) == ("You", False, "off")
        assert line.channel.sent[-1].to == (parse(SELF),)
        assert await why_not(line) is None


@pytest.mark.both_shapes
async def test_the_same_key_writes_nothing_again(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        first, again, other = await post(line, "One"), await post(line, "Two"), await post(line, "Three", key="other")
        assert first == again != other
        assert line.channel.texts == ["One", "Three"]


async def test_the_same_key_writes_nothing_again_when_the_way_is_another_by_now(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        first = await post(line, "One")
        (tmp_path / "frontdesk.toml").write_text((tmp_path / "frontdesk.toml").read_text() + OWNER)
        await line.desk.personas.reload()
        assert await post(line, "One") == first
        await post(line, "Two", key="other")
        assert [one.to for one in line.channel.sent] == [(parse(SELF),), (parse(PRIVATE),)]


async def test_a_long_text_goes_out_in_parts_and_in_order(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        words = " ".join(f"word{number}" for number in range(1_500))
        await post(line, words)
        await post(line, words)
        assert len(line.channel.texts) > 1
        assert " ".join(str(text) for text in line.channel.texts) == words


async def test_what_the_desk_writes_never_begins_as_a_command_does(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await post(line, "#ai off")
        assert line.channel.texts == ["› #ai off"]


@pytest.mark.both_shapes
async def test_two_at_once_make_one_chat(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:

        async def shared(key: str) -> None:
            async with line.store.begin(shared=True) as tx:
                await line.desk.own_chat.post(tx, text=key, key=key)

        await asyncio.gather(*(shared(f"k{number}") for number in range(8)))
        await line.pass_time(SECOND)
        assert len(await line.chats(SELF)) == 1
        assert sorted(str(text) for text in line.channel.texts) == [f"k{number}" for number in range(8)]


async def test_what_is_typed_to_the_own_number_is_no_takeover_and_waits_for_nobody(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await type_to_self(line, "Buy milk")
        chat = await line.chat(SELF)
        assert (chat.name, chat.held_by, chat.waiting_since, chat.unread) == ("You", None, None, 0)
        (row,) = await line.messages()
        assert (row.author, row.text, row.decision) == ("phone", "Buy milk", None)
        assert await line.turns() == []


async def test_the_desk_writes_into_the_chat_in_which_the_owner_has_typed(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await type_to_self(line, "Buy milk", who=(SELF, "99887766@lid"))
        await post(line, "All is well.")
        assert len(await line.chats()) == 1
        assert line.channel.sent[-1].to[0] == parse(SELF)


async def test_the_echo_of_what_the_desk_wrote_is_no_news(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await post(line, "All is well.")
        (row,) = await line.messages()
        await type_to_self(line, "All is well.", external_id=str(row.external_id))
        assert [one.id for one in await line.messages()] == [row.id]


async def test_the_owner_writing_from_a_private_number_is_no_customer(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER, channel=WindowedFake()) as line:
        await line.arrive(line.message("Hello desk", who=PRIVATE, name="Rui"))
        await line.pass_time(SECOND)
        chat = await line.chat(PRIVATE)
        assert (chat.waiting_since, chat.unread, chat.name) == (None, 0, "Rui")
        assert chat.last_inbound_at is not None
        assert await line.decisions() == [("Hello desk", "refused", Reason.OWN_CHAT)]
        assert await line.turns() == []


async def test_everybody_else_is_a_customer(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER) as line:
        await line.arrive(line.message("Hello desk", who=ANA))
        await line.pass_time(SECOND)
        assert await line.decisions() == [("Hello desk", "answered", Reason.OPEN)]


async def test_a_private_number_is_written_to_while_its_window_is_open(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER, channel=WindowedFake()) as line:
        assert await post(line, "Nobody hears this") is None
        assert "within the last 24 hours" in str(await why_not(line))
        await line.arrive(line.message("Hello desk", who=PRIVATE))
        assert await post(line, "All is well.") is not None
        assert await why_not(line) is None
        await line.pass_time(DAY + SECOND)
        assert await post(line, "Too late", key="later") is None
        assert line.channel.texts == ["All is well."]


async def test_a_number_in_its_other_form_is_the_same_owner(tmp_path: Path) -> None:
    sections = '[owner]\nphones = ["+5511987654321"]\n'
    async with own_line(tmp_path, sections, channel=FakeChannel()) as line:
        await line.arrive(line.message("Hello desk", who="551187654321"))
        assert (await line.decisions())[0][2] == Reason.OWN_CHAT


async def test_a_line_that_cannot_write_to_itself_and_knows_no_other_number_says_so(tmp_path: Path) -> None:
    async with own_line(tmp_path, channel=FakeChannel()) as line:
        assert await post(line, "Hello") is None
        assert "[owner] phones" in str(await why_not(line))


async def test_a_line_that_is_down_takes_it_and_one_that_has_stopped_does_not(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        line.channel.say(line.account_id, LineState(State.DISCONNECTED, "The network is away."))
        await line.becomes(State.DISCONNECTED)
        assert await post(line, "Later") is not None
        assert line.channel.texts == []
        line.channel.say(line.account_id, LineState(State.LOGGED_OUT, "Taken off on the phone."))
        await line.becomes(State.LOGGED_OUT)
        assert await post(line, "Never", key="never") is None
        assert "is down" in str(await why_not(line))


async def test_the_line_of_the_settings_is_used_and_no_other(tmp_path: Path) -> None:
    async with own_line(tmp_path, '[owner]\nline = "Office"\n') as line:
        assert await post(line, "Hello") is None
        assert await why_not(line) == "No line is called “Office”, as [owner] line in frontdesk.toml has it."
        second = await line.desk.accounts.add("unofficial", name="Office", options={"number": "452"})
        await line.desk.accounts.connect(second)
        await line.house.connected()
        message_id = await post(line, "Hello")
        assert (await line.one(str(message_id))).account_id == second
        message_id = await post(line, "Here", key="here", account_id=line.account_id)
        assert (await line.one(str(message_id))).account_id == line.account_id


async def test_what_concerns_the_house_goes_over_no_line_of_somebody_who_sees_only_some(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        rui = await line.desk.operators.add("rui", name="Rui", role=Role.OPERATOR, sees=Sees.GIVEN)
        await line.desk.accounts.change(line.account_id, owner_id=rui.id)
        assert await post(line, "All of it") is None
        assert await why_not(line) == "There is no line yet over which the desk could write to you."
        assert await post(line, "What is his", account_id=line.account_id) is not None
        await line.desk.operators.change(rui.id, sees=Sees.ALL)
        assert await post(line, "All of it", key="all") is not None
