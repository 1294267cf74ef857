"""The debug message of a persona: what goes into a call of its model, for the owner to read."""

from collections.abc import Sequence

from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import Said

LONGEST = 12_000  # characters of the whole message: it goes to a phone
_ENTRY = 2_000  # of them for what is to be answered
_ROLES = {"system": "Prompt", "user": "Person", "assistant": "Desk", "tool": "Tool"}


def debug_message(
    persona: Persona,
    pending: Sequence[Said],
    prompt: str,
    *,
    chat: str,
    line: str,
    model: str | None,
    link: str | None,
    call: int,
) -> str:
    """The entry, the composed prompt and the persona, marked for what it is."""
    head = [f"*[debug]* {chat} · {line} · persona {persona.name} · call {call}"]
    head += [link] if link else []
    entry = _cut("\n".join(f"> {line}" for said in pending for line in said.text.splitlines() or [""]), _ENTRY)
    limits = ", ".join(
        f"{name} {value}"
        for name, value in (("temperature", persona.temperature), ("at most", persona.max_tokens))
        if value is not None
    )
    who = f"Model {model or persona.model or 'of the house'}{f' ({limits})' if limits else ''}"
    tools = f"tools: {', '.join(persona.tools) or 'none'}; mode {persona.agent_mode.value}"
    body = "\n".join([*head, "", "*Entry*", entry, "", "*Persona*", f"{who}; {tools}", "", "*Prompt*", ""])
    return body + _cut(prompt, LONGEST - len(body))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def as_text(messages: Sequence[tuple[str, str]]) -> str:
    """The messages of a prompt, each a role and what it says, as one text."""
    return "\n\n".join(f"[{_ROLES.get(role, role)}]\n{said}" for role, said in messages)
