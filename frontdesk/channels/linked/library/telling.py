"""The library's events as plain JSON. Bytes become base64, and what is not set is left out."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from neonize.proto import Neonize_pb2 as shapes

from frontdesk.channels.linked import codes
from frontdesk.channels.linked.spool import Record

CHUNK = 200  # messages of the past in one line

Part = tuple[str, dict[str, Any]]

_PLAIN: dict[int, tuple[str, Any]] = {
    codes.MESSAGE: ("message", shapes.Message),
    codes.RECEIPT: ("receipt", shapes.Receipt),
    codes.GROUP_CHANGE: ("group_change", shapes.GroupInfoEvent),
    codes.CALL: ("call", shapes.CallOffer),
    codes.UNREADABLE: ("undecryptable", shapes.UndecryptableMessage),
    codes.GROUP: ("group_info", shapes.GroupInfo),
}


def parts(record: Record) -> list[Part]:
    """What a record of the spool says, as one event or several; never none, so that it can be acknowledged."""
    try:
        return list(_parts(record)) or [("nothing", {})]
    except (DecodeError, ValueError, TypeError) as broken:
        raw = base64.b64encode(record.content[:65_536]).decode()
        return [("damaged", {"code": record.code, "why": type(broken).__name__, "raw": raw})]


def moved(record: Record) -> str | None:
    """The group of a change after which others are in it, or lead it; None for changes of another sort."""
    with suppress(DecodeError):
        change = shapes.GroupInfoEvent.FromString(record.content)
        if change.Join or change.Leave or change.Promote or change.Demote:
            return f"{change.JID.User}@{change.JID.Server}"
    return None


def plain(message: Any) -> dict[str, Any]:
    """A message of the library as plain JSON, with the names of its fields."""
    told: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return told


def _parts(record: Record) -> Iterator[Part]:
    if record.code == codes.SENT:
        yield "sent", orjson.loads(record.content)
    elif record.code == codes.JOINED:
        yield "group_info", plain(shapes.JoinedGroup.FromString(record.content).GroupInfo)
    elif record.code == codes.HISTORY:
        yield from _history(shapes.HistorySync.FromString(record.content).Data)
    else:
        event, shape = _PLAIN[record.code]
        yield event, plain(shape.FromString(record.content))


def _history(past: Any) -> Iterator[Part]:
    names = [plain(name) for name in past.pushnames]
    if names and not past.conversations:
        yield "history", {"pushnames": names}
    for conversation in past.conversations:
        messages = [plain(one) for one in conversation.messages]
        del conversation.messages[:]
        about = plain(conversation)
        for start in range(0, max(1, len(messages)), CHUNK):
            chunk = {**about, "messages": messages[start : start + CHUNK]}
            yield "history", {"conversation": chunk, "pushnames": names}
