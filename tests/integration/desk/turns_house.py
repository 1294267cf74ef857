"""Houses and agents for turns: a persona by its lines, and an agent that thinks until it is let go on."""

import asyncio
from typing import Any

from frontdesk.desk.turns import Think
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput
from frontdesk.testing.clock import until
from frontdesk.testing.house import OPEN_HOUSE
from frontdesk.testing.think import FakeThink

QUIET = OPEN_HOUSE.replace("quiet_seconds = 0", "quiet_seconds = 10")


def house_of(**persona: Any) -> str:
    """The open house with other lines for its persona."""
    lines = {"name": '"Front desk"', "trusted": "true", "agent_mode": '"auto"', **persona}
    return "[buffer]\nquiet_seconds = 0\ncap_seconds = 0\n[[persona]]\n" + "".join(
        f"{name} = {value}\n" for name, value in lines.items()
    )


def gated() -> FakeThink:
    """An agent that thinks until it is let go on."""
    think = FakeThink()
    think.gate = asyncio.Event()
    return think


async def thinking(think: FakeThink, times: int = 1) -> None:
    """Waits until the agent is thinking, for the `times`-th time."""
    await until(lambda: len(think.asked) >= times and think.under_way > 0)


def go_on(think: FakeThink) -> None:
    """Lets the agent answer, now and from here on."""
    assert think.gate is not None
    think.gate.set()


def summarising(asked: list[TurnInput]) -> Think:
    """An agent that makes a summary of how much it was given, and writes down what it was asked."""

    async def think(given: TurnInput, persona: Persona) -> TurnOutput:
        asked.append(given)
        summary = f"{given.summary}+{len(given.to_summarise)}" if given.to_summarise else None
        return TurnOutput(Action.REPLY, (f"answer to {given.pending[0].text}",), summary=summary)

    return think
