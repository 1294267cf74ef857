"""Messages about messages and about the chat itself: edits, deletions, and how long messages stay."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from frontdesk.channels.linked import reading_contents, reading_people
from frontdesk.channels.linked.reading_people import Own
from frontdesk.channels.linked.reading_said import Said
from frontdesk.kit.loose import Json, record, whole, words

NAME = "protocolMessage"
ENCRYPTED = "secretEncryptedMessage"
EDITED = frozenset({"1", "3"})  # how WhatsApp marks an edit beside the message
REVOKED_BY_ADMIN = "8"
_DAY = 86_400
_SPANS = ((_DAY, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SECRET_EDITS = frozenset({"EVENT_EDIT", "MESSAGE_EDIT", "POLL_EDIT"})


def read(message: Any, own: Own, *, external_id: str, mark: Any = None, flagged: Json | None = None) -> Said | None:
    """What a message says, whatever it is wrapped in; None where it says nothing to people.

    `external_id` is its own id. `mark` is WhatsApp's word beside it (edited, deleted by an admin), `flagged` what the
    library said of the wrappers that it took off itself.
    """
    opened = reading_contents.unwrap(message)
    about = flagged or {}
    if any(about.get(name) is True for name in ("IsViewOnce", "IsViewOnceV2", "IsViewOnceV2Extension")):
        opened = replace(opened, view_once=True)
    if NAME in opened.parts:
        return _protocol(record(opened.message[NAME]), own, mark)
    if ENCRYPTED in opened.parts:
        return _encrypted(record(opened.message[ENCRYPTED]))
    said = reading_contents.read(opened, own)
    if said is not None and (opened.edited or about.get("IsEdit") is True or words(mark) in EDITED):
        return _edit(said, external_id)
    return said


def _protocol(part: Json, own: Own, mark: Any) -> Said | None:
    kind = part.get("type", "REVOKE")  # the first of the enumeration is what an unset one means
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    return reader(part, own, mark) if reader is not None else None


def _edited(part: Json, own: Own, _mark: Any) -> Said | None:
    target, _, _ = reading_people.key(part.get("key"))
    inside = read(part.get("editedMessage"), own, external_id=target or "")
    return _edit(inside, target) if inside is not None and target else None


def _edit(said: Said, target: str) -> Said:
    """New words for a message that is known: its file stays what it was."""
    if said.kind in ("edit", "revoke"):
        return said
    content = {name: value for name, value in said.content.items() if name not in ("thumbnail", "raw")}
    return Said("edit", said.text, content=content | {"target": target, "kind": said.kind})


def _revoked(part: Json, _own: Own, mark: Any) -> Said | None:
    target, _, by_its_writer = reading_people.key(part.get("key"))
    if target is None:
        return None
    by_admin = mark == REVOKED_BY_ADMIN or not by_its_writer
    return Said("revoke", content={"target": target} | ({"by_admin": True} if by_admin else {}))


def _expiring(part: Json, _own: Own, _mark: Any) -> Said:
    return expiring(part.get("ephemeralExpiration"))


def expiring(seconds: Any) -> Said:
    """That messages of the chat vanish from now on, or that they stay."""
    after = whole(seconds) or 0
    text = f"New messages disappear after {_span(after)}." if after > 0 else "Messages no longer disappear."
    return Said("system", text, content={"system_type": "ephemeral", "expires_after": max(after, 0)})


def _span(seconds: int) -> str:
    size, word = next(span for span in _SPANS if seconds % span[0] == 0)
    count = seconds // size
    return f"{count} {word}{'s' if count != 1 else ''}"


def _number_shared(_part: Json, _own: Own, _mark: Any) -> Said:
    return Said("system", "The phone number was shared with this line.", content={"system_type": "number_shared"})


def _encrypted(part: Json) -> Said | None:
    """A change that only the phone can open."""
    if words(part.get("secretEncType")) not in _SECRET_EDITS:
        return None
    target, _, _ = reading_people.key(part.get("targetMessageKey"))
    text = "A message was edited. Open WhatsApp on your phone to see the new text."
    return Said("system", text, content={"system_type": "edited", "about": target})


_READERS: dict[str, Callable[[Json, Own, Any], Said | None]] = {
    "REVOKE": _revoked,
    "MESSAGE_EDIT": _edited,
    "EPHEMERAL_SETTING": _expiring,
    "SHARE_PHONE_NUMBER": _number_shared,
}
