"""What one message says, while it is still apart from who says it where."""

from dataclasses import dataclass, field
from typing import Any

from frontdesk.channels.linked.reading_people import Source
from frontdesk.domain.wire import Inbound, JsonObject, MediaRef
from frontdesk.kit.loose import Json, record


@dataclass(frozen=True, slots=True)
class Said:
    """Kind, text, file and the rest, as they will stand in an Inbound."""

    kind: str
    text: str | None = None
    media: MediaRef | None = None
    content: JsonObject = field(default_factory=dict)
    reply_to: str | None = None


def objects(part: Any, name: str) -> list[Json]:
    """The objects of a list inside the part; what is none is left out."""
    given = record(part).get(name)
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def inbound(
    said: Said, source: Source, *, external_id: str | None, at: int | None, history: bool = False
) -> Inbound | None:
    """The message at its place; None where it has no id or belongs to nobody."""
    if external_id is None or not (source.sender.addresses or source.group):
        return None
    return Inbound(
        external_id=external_id,
        kind=said.kind,
        sender=source.sender,
        at=at,
        text=said.text,
        group=source.group,
        reply_to=said.reply_to,
        media=said.media,
        content=said.content,
        typed_on_phone=source.from_me,
        history=history,
    )
