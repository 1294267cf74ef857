"""What the owner writes in the own chat is carried out once, and answered there."""

from pathlib import Path
from typing import Any

import pytest
from own_line import PRIVATE, SELF, house_with, own_line, post, type_to_self

from frontdesk.desk.commands import DigestAsked
from frontdesk.desk.errors import Conflict
from frontdesk.desk.muting import FOREVER
from frontdesk.domain.chats import Reason
from frontdesk.domain.operators import Role, Sees
from frontdesk.domain.wire import Delivery
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.testing.channels import UnofficialFake, WindowedFake
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

BEA = "447700900999"
OWNER = f'[owner]\nphones = ["+{PRIVATE}"]\n'
ENGLISH = '[owner]\nlanguage = "en"\n'


async def told(line: FakeLine) -> list[str]:
    """What the desk wrote in the own chat, by its outbox."""
    await line.pass_time(SECOND)
    return [str(row.text) for row in await line.messages("outbound") if row.author == "system"]


async def ask(line: FakeLine, text: str, **parts: Any) -> str:
    """The owner types a command; the answer."""
    before = len(await told(line))
    await type_to_self(line, text, **parts)
    after = await told(line)
    assert len(after) == before + 1, after
    return after[-1]


async def write(line: FakeLine, text: str, who: str = ANA, **parts: Any) -> None:
    await line.arrive(line.message(text, who=who, **parts))
    await line.pass_time(10 * SECOND)


async def muted_until(line: FakeLine) -> int | None:
    async with line.store.read() as read:
        until: int | None = await line.desk.commands.muted_until(read)
    return until


@pytest.mark.both_shapes
async def test_help_is_answered_in_the_own_chat_once(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        assert "#ai off Ana 2h" in await ask(line, "#help", external_id="h1")
        chat = await line.chat(SELF)
        (row,) = [row for row in await line.messages("outbound") if row.author == "system"]
        assert (row.chat_id, row.status) == (chat.id, "sent")
        await type_to_self(line, "#help", external_id="h1")
        assert len(await told(line)) == 1
        assert await line.jobs("command") == []


@pytest.mark.parametrize(("text", "word"), [("#help", "What you can"), ("#ayuda", "puedes"), ("#ajuda", "pode")])
async def test_the_answer_is_in_the_language_of_the_command(tmp_path: Path, text: str, word: str) -> None:
    async with own_line(tmp_path) as line:
        assert word in await ask(line, text)


async def test_the_language_of_the_settings_wins(tmp_path: Path) -> None:
    async with own_line(tmp_path, '[owner]\nlanguage = "pt"\n') as line:
        assert "O que pode escrever aqui" in await ask(line, "#help")


async def test_an_unknown_command_is_answered_with_the_help(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        assert (await ask(line, "#xyz now")).startswith("“#xyz” is not understood.")


async def test_what_is_no_command_is_answered_with_nothing(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await type_to_self(line, "Buy milk")
        await type_to_self(line, "#1 in the charts")
        await type_to_self(line, "#help", history=True)
        await type_to_self(line, "#help", kind="image")
        assert await told(line) == []


async def test_from_anybody_else_it_is_an_ordinary_message(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER) as line:
        await write(line, "#ai off")
        await write(line, "#who", who=BEA)
        assert [one[1:] for one in await line.decisions()] == [("answered", Reason.OPEN)] * 2
        assert await told(line) == []


async def test_what_the_phone_of_the_line_writes_to_the_private_number_is_no_command(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER) as line:
        await type_to_self(line, "#help", who=PRIVATE)
        assert await told(line) == []


async def test_a_group_takes_no_commands(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER) as line:
        await line.arrive(line.message("#help", who=PRIVATE, group="1203630@g.us"))
        await line.arrive(line.message("#help", who=SELF, group="1203630@g.us", typed_on_phone=True))
        assert await told(line) == []


async def test_the_private_number_gives_commands_on_a_line_with_a_window(tmp_path: Path) -> None:
    async with own_line(tmp_path, OWNER, channel=WindowedFake()) as line:
        await write(line, "#quem", who=PRIVATE)
        assert await told(line) == ["Ninguém espera por uma resposta."]
        assert line.channel.texts == ["Ninguém espera por uma resposta."]


async def test_the_echo_of_an_answer_is_no_command_and_never_loops(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await post(line, "#help")
        (row,) = await line.messages()
        await type_to_self(line, "#help", external_id=str(row.external_id))
        await type_to_self(line, str(row.text), external_id="an-echo-under-another-id")
        assert await told(line) == ["› #help"]


@pytest.mark.both_shapes
async def test_the_agent_is_paused_everywhere_until_that_time(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "First")
        assert (await ask(line, "#ai off 2h")).startswith("The agent is paused in every chat until ")
        await write(line, "Second")
        assert (await line.decisions())[-1] == ("Second", "refused", Reason.PAUSED)
        await line.pass_time(2 * HOUR)
        await write(line, "Third")
        assert (await line.decisions())[-1] == ("Third", "answered", Reason.OPEN)


async def test_the_pause_ends_by_a_command(tmp_path: Path) -> None:
    async with own_line(tmp_path, ENGLISH) as line:
        assert await ask(line, "#ai off") == "The agent is paused in every chat until you write #ai on."
        await line.pass_time(3 * DAY)
        await write(line, "First")
        assert (await line.decisions())[-1][2] == Reason.PAUSED
        assert (await ask(line, "#ai")).startswith("The agent is paused")
        assert await ask(line, "#ia ligar") == "The agent answers again, from the next message on."
        assert await ask(line, "#ai on") == "The agent is not paused."
        assert await ask(line, "#ai") == "The agent is not paused."
        await write(line, "Second")
        assert (await line.decisions())[-1][2] == Reason.OPEN


async def test_a_turn_that_runs_when_the_pause_begins_becomes_a_draft(tmp_path: Path) -> None:
    think = FakeThink()
    async with own_line(tmp_path, think=think) as line:

        async def paused(given: Any, persona: Any) -> Any:
            await line.desk.pausing.pause(by="owner")
            return await think(given, persona)

        line.desk.turns._think = paused
        await write(line, "First")
        assert ("ok", "draft") in await line.out()


@pytest.mark.both_shapes
async def test_the_agent_is_off_in_one_chat_until_that_time(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "First")
        await write(line, "First", who=BEA, name="Bea Costa")
        answer = await ask(line, "#ai off ana 2h")
        assert answer.startswith("The agent is quiet in the chat with Ana until ")
        chat = await line.chat(ANA)
        assert (chat.held_by, chat.held_reason) == ("phone", "Paused from the own chat.")
        await write(line, "Second")
        await write(line, "Second", who=BEA)
        assert [one[1:] for one in (await line.decisions())[-2:]] == [("refused", "held"), ("answered", "open")]
        await line.pass_time(2 * HOUR)
        assert (await line.chat(ANA)).held_by is None


async def test_the_agent_is_off_in_one_chat_until_it_is_on_again(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "First")
        assert (await ask(line, "#ia apagar Ana")).endswith("hasta que escribas #ia encender Ana.")
        assert (await line.chat(ANA)).held_until is None
        assert await ask(line, "#ai on 0123") == "The agent may answer Ana again, from the next message on."
        assert (await line.chat(ANA)).held_by is None


async def test_that_the_switch_of_the_chat_is_off_is_told(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "First")
        await line.desk.chats.change((await line.chat(ANA)).id, by="api", agent_mode="off")
        assert (await ask(line, "#ai on Ana")).endswith("switch it on in the inbox.")


async def test_that_the_whole_house_is_paused_is_told(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "First")
        await ask(line, "#ai off")
        assert (await ask(line, "#ai on Ana")).endswith("The agent is paused in every chat until you write #ai on.")


async def test_who_is_not_known_is_said_and_who_is_meant_is_asked(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "Hi", name="Ana Ferreira")
        await write(line, "Hi", who=BEA, name="Ana Lima")
        assert await ask(line, "#ai off Zoe") == "Nobody here is called “Zoe”."
        assert (await ask(line, "#ai off Ana 2h")).splitlines()[1:] == ["- Ana Lima (…0999)", "- Ana Ferreira (…0123)"]
        assert (await ask(line, "#ai off You")).startswith("Nobody")
        assert {(await line.chat(who)).held_by for who in (ANA, BEA)} == {None}
        assert "Ana Lima" in await ask(line, "#ai off 0999")


async def test_who_is_found_by_the_name_that_the_owner_gave(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await write(line, "Hi", name="xX_ana_Xx")
        await line.desk.chats.change((await line.chat(ANA)).id, by="api", name="Inês Ávila")
        assert "Inês Ávila" in await ask(line, "#ai off ines 2h")


async def test_who_waits_is_told_with_the_longest_first_and_links(tmp_path: Path) -> None:
    async with own_line(tmp_path, public_url="https://desk.example") as line:
        assert await ask(line, "#who") == "Nobody waits for an answer."
        await ask(line, "#ai off")
        for number in range(12):
            await write(line, "Hi", who=f"4477009010{number:02}", name=f"Person {number}")
        first = (await line.chats("447700901000"))[0].id
        lines = (await ask(line, "#who")).splitlines()
        assert lines[0] == "12 wait for an answer:"
        assert lines[1:3] == ["- *Person 0*, 2 min", f"https://desk.example/chats/{first}"]
        assert (len(lines), lines[-1]) == (1 + 2 * 10 + 1, "…")


@pytest.mark.both_shapes
async def test_urgent_alerts_are_silent_until_that_time(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        assert await muted_until(line) is None
        at = line.clock.now()
        assert (await ask(line, "#mute 2h")).startswith("Urgent alerts are silent until ")
        assert at < (await muted_until(line) or 0) <= at + 2 * HOUR + MINUTE
        await line.pass_time(3 * HOUR)
        assert await muted_until(line) is None
        assert (await ask(line, "#mute")).endswith("#mute off.")
        assert await muted_until(line) == FOREVER
        assert await ask(line, "#mute off") == "Urgent alerts are told again."
        assert await muted_until(line) is None


async def test_a_digest_is_asked_for_where_one_is_set_up(tmp_path: Path) -> None:
    asked: list[DigestAsked] = []

    async def digests(what: DigestAsked) -> str | None:
        asked.append(what)
        if what.words == "nothing":
            return None
        if what.words == "wrong":
            raise Conflict("No digest is called “wrong”.")
        return "Here it is."

    async with own_line(tmp_path) as line:
        line.desk.commands.digests = None
        assert await ask(line, "#digest") == "No digest is set up."
        line.desk.commands.digests = digests
        assert await ask(line, "#resumen de la semana") == "Here it is."
        assert await ask(line, "#digest wrong") == "No digest is called “wrong”."
        chat = await line.chat(SELF)
        assert (asked[0].words, asked[0].language, asked[0].chat_id) == ("de la semana", "es", chat.id)
        before = await told(line)
        await type_to_self(line, "#digest nothing")
        assert (await told(line), len(asked)) == (before, 3)


async def test_a_digest_of_the_last_day_is_the_answer_in_the_language_of_the_command(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        await line.arrive(line.message("Is the flat still free?", who=BEA, name="Bea"))
        await line.idle()
        line.clock.advance(MINUTE)
        answer = await ask(line, "#resumen")
        assert answer.startswith("*Resumen, del ")
        assert "Bea (↓1 ↑1)\n• “Is the flat still free?”" in answer
        assert "#resumen" not in answer


@pytest.mark.both_shapes
async def test_a_command_that_comes_late_is_told_and_not_carried_out(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        answer = await ask(line, "#ai off", at=line.clock.now() - 2 * HOUR)
        assert answer.startswith("“#ai off” came in late (it was sent 2 h ago)")
        assert (await ask(line, "#ai off 10m", at=line.clock.now() - 20 * MINUTE)).startswith(
            "“#ai off 10m” came in late"
        )
        assert await ask(line, "#ai") == "The agent is not paused."
        assert (await ask(line, "#ai off", at=line.clock.now() - 50 * MINUTE)).startswith("The agent is paused")


async def test_commands_missed_while_the_house_was_down_are_told_too(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        clock = line.clock
        await line.house.built.runner.close(grace=0)
        await line.arrive(line.message("#ai off", who=SELF, typed_on_phone=True))
    clock.advance(2 * HOUR)
    async with fake_line(
        tmp_path, channel=UnofficialFake(), clock=clock, config=house_with(""), think=FakeThink()
    ) as line:
        await line.pass_time(SECOND)
        assert (await told(line))[0].startswith("“#ai off” came in late")


async def test_who_sees_some_lines_only_commands_these_only(tmp_path: Path) -> None:
    async with own_line(tmp_path) as line:
        other = await line.desk.accounts.add("unofficial", name="Office", options={"number": "452"})
        await line.desk.accounts.connect(other)
        await line.house.connected()
        allowed = frozenset({other})
        await line.desk.intake.receive(
            "unofficial", [Delivery("452", (line.message("Hi", who=BEA, name="Bea Costa"),))], allowed=allowed
        )
        narrow = await line.desk.operators.add("rui", name="Rui", role=Role.OPERATOR, sees=Sees.GIVEN)
        await line.desk.accounts.change(line.account_id, owner_id=narrow.id)
        await write(line, "Hi")
        assert await ask(line, "#ai off Bea") == "Nobody here is called “Bea”."
        assert (await ask(line, "#ai off")).startswith("You see some lines")
        assert (await ask(line, "#mute")).startswith("You see some lines")
        assert "Ana" in await ask(line, "#ai off Ana")
