"""Turns at the desk of the sample clinic, with its knowledge base, and models that answer as they were told."""

from typing import Any

from frontdesk import samples
from frontdesk.domain.importing import parse_markdown
from frontdesk.domain.knowledge import KnowledgeIndex
from frontdesk.domain.messages import Author
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Passage, Said, TurnInput
from frontdesk.testing.models import FakeModel, Scripted

NOW = 1_795_000_000_000  # Wednesday, 18 November 2026, 06:26 in Lisbon
PASSAGES = tuple(one for file in samples.knowledge_files() for one in parse_markdown(file.read_text(), file.stem))
INDEX = KnowledgeIndex(PASSAGES)
PERSONA = Persona(name="Aurora", prompt=samples.PROMPT, voice=samples.VOICE, tools=("knowledge", "hand_over", "note"))


async def search(query: str, limit: int) -> tuple[Passage, ...]:
    """Looks in the sample knowledge base."""
    return INDEX.search(query, limit)


def turn(*texts: str, persona: Persona = PERSONA, **more: Any) -> TurnInput:
    """Ana has written these texts; `more` are further fields of the input."""
    pending = tuple(Said(Author.CONTACT, text, NOW) for text in texts)
    given: dict[str, Any] = {
        "contact_name": "Ana Reis",
        "history": (),
        "search": search,
        "zone": "Europe/Lisbon",
        **more,
    }
    return TurnInput(now=NOW, persona=persona, pending=pending, **given)


def model(*answers: Scripted, **more: Any) -> FakeModel:
    """A model that gives these answers in turn, and the last one for ever."""
    return FakeModel(answers=answers, **more)
