"""The few message templates that the stand-in has approved."""

import re
from dataclasses import dataclass

from frontdesk.channels.simulator.faults import GraphError
from frontdesk.channels.simulator.people import Json


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template; its body's parameters are {{1}}, {{2}} ..."""

    name: str
    language: str
    body: str
    category: str = "UTILITY"

    @property
    def parameters(self) -> int:
        """How many parameters the body takes."""
        return len(set(re.findall(r"\{\{(\d+)\}\}", self.body)))

    def as_listed(self, index: int) -> Json:
        """The template as the list of templates shows it."""
        return {
            "id": str(90_000_000_000_001 + index),
            "name": self.name,
            "language": self.language,
            "status": "APPROVED",
            "category": self.category,
            "components": [{"type": "BODY", "text": self.body}],
        }


APPROVED = (
    Template("hello_world", "en_US", "Hello! This is a first message from us. Write back whenever it suits you."),
    Template("appointment_reminder", "en", "Hello {{1}}, this is a reminder of your appointment on {{2}}."),
    Template("we_are_back", "en", "Hello {{1}}, you wrote to us a while ago. May we still help you?"),
)


def fill(part: Json) -> str:
    """The text of a template message.

    Raises:
        GraphError: 132001 unknown, 132000 another number of parameters, 132012 a parameter that is no text.
    """
    name, language = part.get("name"), part.get("language", {}).get("code")
    template = next((one for one in APPROVED if one.name == name and one.language == language), None)
    if template is None:
        raise GraphError(132001, f"template name ({str(name)[:60]}) does not exist in {str(language)[:20]}")
    components = part.get("components") or []
    if not isinstance(components, list) or not all(isinstance(one, dict) for one in components):
        raise GraphError(132012)
    body: Json = next((one for one in components if str(one.get("type")).lower() == "body"), {})
    values = body.get("parameters") or []
    if len(values) != template.parameters:
        raise GraphError(132000, f"The body takes {template.parameters} parameters, {len(values)} were given.")
    text = template.body
    for place, value in enumerate(values, 1):
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise GraphError(132012)
        text = text.replace("{{" + str(place) + "}}", value["text"])
    return text
