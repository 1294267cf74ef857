"""Debug mode of a persona: the owner reads what goes into the model, before the model is asked."""

from pathlib import Path
from typing import Any

import pytest
from own_line import PRIVATE, SELF, type_to_self
from pydantic import Field
from turns_house import house_of

from frontdesk.domain.addresses import parse
from frontdesk.kit.clock import SECOND
from frontdesk.testing.channels import FakeChannel, UnofficialFake
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.models import FakeModel

DEBUG = house_of(debug="true", prompt='"You answer for a shop."')


async def told(line: FakeLine) -> list[str]:
    return [str(row.text) for row in await line.messages("outbound") if row.author == "system"]


class Watching(FakeModel):
    """Notes what stood in the store when it was asked."""

    seen: list[list[str]] = Field(default_factory=list)
    line: Any = None

    async def _agenerate(self, *given: Any, **more: Any) -> Any:
        self.seen.append(await told(self.line))
        return await super()._agenerate(*given, **more)


@pytest.mark.both_shapes
async def test_the_owner_is_told_before_the_model_is_asked_and_the_customer_never(tmp_path: Path) -> None:
    model = Watching()
    async with fake_line(
        tmp_path, channel=UnofficialFake(), config=DEBUG, model=model, public_url="https://desk.example"
    ) as line:
        model.line = line
        await line.arrive(line.message("Are you open?"))
        await line.pass_time(10 * SECOND)
        await line.pass_time(10 * SECOND)
        (message,) = await told(line)
        assert model.seen == [[message]]
        chat = await line.chat(ANA)
        assert message.startswith(
            f"*[debug]* Ana · Shop · persona Front desk · call 1\nhttps://desk.example/chats/{chat.id}\n"
        )
        assert "> Are you open?" in message
        assert "[Prompt]" in message
        assert "You answer for a shop." in message
        assert {one.to for one in line.channel.sent if str(one.text).startswith("*[debug]*")} == {(parse(SELF),)}
        assert len([one for one in line.channel.sent if one.to == (parse(ANA),)]) == 1


async def test_a_persona_without_it_tells_nothing(tmp_path: Path) -> None:
    async with fake_line(tmp_path, channel=UnofficialFake(), config=house_of(), model=FakeModel()) as line:
        await line.arrive(line.message("Are you open?"))
        await line.pass_time(10 * SECOND)
        assert await told(line) == []


async def test_the_own_chat_itself_is_never_debugged(tmp_path: Path) -> None:
    async with fake_line(
        tmp_path,
        channel=UnofficialFake(),
        config=f'{DEBUG}\n[owner]\nphones = ["+{PRIVATE}"]\n',
        model=FakeModel(),
    ) as line:
        await type_to_self(line, "Hello")
        await line.arrive(line.message("Hello", who=PRIVATE))
        await line.pass_time(10 * SECOND)
        assert await told(line) == []


async def test_where_the_owner_cannot_be_told_the_customer_is_answered_all_the_same(
    tmp_path: Path, caplog: Any
) -> None:
    async with fake_line(tmp_path, channel=FakeChannel(), config=DEBUG, model=FakeModel()) as line:
        await line.arrive(line.message("My secret question"))
        await line.pass_time(10 * SECOND)
        assert (await line.decisions())[0][1] in ("answered", "handed_over")
        assert "there is no way to tell the owner" in caplog.text
        assert "secret" not in caplog.text
