"""Takes the agent's place: thinks what a test tells it to."""

import asyncio
from collections import deque

from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Action, TurnInput, TurnOutput

Thought = str | TurnOutput | Exception


class FakeThink:
    """Answers `ok`, until `script` holds other thoughts. While `gate` is set to an event, it thinks until then."""

    def __init__(self, *script: Thought) -> None:
        self.script: deque[Thought] = deque(script)
        self.gate: asyncio.Event | None = None
        self.asked: list[TurnInput] = []
        self.personas: list[Persona] = []
        self.under_way = 0

    async def __call__(self, given: TurnInput, persona: Persona) -> TurnOutput:
        """Think once."""
        self.asked.append(given)
        self.personas.append(persona)
        thought = self.script.popleft() if self.script else "ok"
        self.under_way += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.under_way -= 1
        if isinstance(thought, Exception):
            raise thought
        return TurnOutput(Action.REPLY, (thought,), model="fake") if isinstance(thought, str) else thought

    def pending(self, turn: int = -1) -> list[str]:
        """The texts that had to be answered in a turn."""
        return [said.text for said in self.asked[turn].pending]

    def history(self, turn: int = -1) -> list[tuple[str, str]]:
        """Author and text of what came before in a turn."""
        return [(said.author.value, said.text) for said in self.asked[turn].history]
