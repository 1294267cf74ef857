"""The protobufs of linked devices, and messages made of them as the child of a line tells them.

The classes are taken from neonize without loading its Go library: while they are imported, an empty package stands in
for its own start, and is gone afterwards.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from google.protobuf.json_format import MessageToDict

from frontdesk.channels.linked.reading import Own, read
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import Event, Inbound


def _without_the_library() -> ModuleType:
    spec = importlib.util.find_spec("neonize")
    assert spec is not None
    assert spec.origin is not None
    stand_in = ModuleType("neonize")
    stand_in.__path__ = [str(Path(spec.origin).parent)]
    return stand_in


_loaded = "neonize" in sys.modules
if not _loaded:
    sys.modules["neonize"] = _without_the_library()

from neonize.proto import Neonize_pb2 as neo  # noqa: E402
from neonize.proto.waCommon.WACommon_pb2 import MessageKey  # noqa: E402
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e  # noqa: E402
from neonize.proto.waHistorySync import WAWebProtobufsHistorySync_pb2 as past  # noqa: E402

from frontdesk.channels.linked.library import composing  # noqa: E402

if not _loaded:
    _borrowed = ("neonize", "frontdesk.channels.linked.library")
    for _name in [name for name in sys.modules if name.startswith(_borrowed)]:
        del sys.modules[_name]

__all__ = ["MessageKey", "composing", "e2e", "neo", "past"]

PHONE = Address(AddressKind.PHONE, "447700900123")
LID = Address(AddressKind.LID, "98765432101234")
GROUP = Address(AddressKind.GROUP, "120363041234567890@g.us")
OWN = Own(phone="351210000100", lid="11112222333344")
AT = 1_790_000_000
Message = e2e.Message
_FILE = {"directPath": "/v/t62?x", "mediaKey": b"k" * 32, "fileSHA256": b"s" * 32, "fileEncSHA256": b"e" * 32}


def media(**parts: Any) -> dict[str, Any]:
    """The parts of a file."""
    return _FILE | {"fileLength": 1234} | parts


def jid(user: str, server: str = "s.whatsapp.net", device: int = 0) -> Any:
    """An id in parts."""
    return neo.JID(User=user, Server=server, Device=device, RawAgent=0, Integrator=0, IsEmpty=not user)


NONE = jid("", "")
CHAT = jid(LID.value, "lid")
ANA_LID = jid(LID.value, "lid", 3)
ANA = jid(PHONE.value, device=3)
IN_GROUP = jid("120363041234567890", "g.us")


def source(**parts: Any) -> Any:
    """Where a message stands: from Ana's third device, addressed by her LID, unless said otherwise."""
    given = {
        "Chat": CHAT,
        "Sender": ANA_LID,
        "SenderAlt": ANA,
        "RecipientAlt": NONE,
        "IsFromMe": False,
        "IsGroup": False,
    }
    return neo.MessageSource(**(given | {"BroadcastListOwner": NONE} | parts))


def about(place: Any = None, **parts: Any) -> Any:
    """What stands beside a message."""
    given = {"ID": "3EB0AA", "Timestamp": AT, "Pushname": "Ana", "Type": "text", "Category": "", "Edit": ""}
    rest = {"ServerID": 0, "Multicast": False, "MediaType": ""}
    return neo.MessageInfo(MessageSource=place or source(), **(given | rest | parts))


def plain(protobuf: Any) -> dict[str, Any]:
    """As the child tells it."""
    found: dict[str, Any] = MessageToDict(protobuf, preserving_proto_field_name=True)
    return found


def message(held: Any, place: Any = None, *, flags: dict[str, bool] | None = None, **parts: Any) -> dict[str, Any]:
    """The event of one message."""
    names = ("IsEphemeral", "IsViewOnce", "IsViewOnceV2", "IsViewOnceV2Extension", "IsDocumentWithCaption", "IsEdit")
    given = dict.fromkeys((*names, "IsLottieSticker"), False) | (flags or {})
    return plain(neo.Message(Info=about(place, **parts), Message=held, UnavailableRequestID="", RetryCount=0, **given))


def events(held: Any, place: Any = None, **parts: Any) -> tuple[Event, ...]:
    """Everything that is read from one message."""
    return read("message", message(held, place, **parts), OWN)


def one(held: Any, place: Any = None, **parts: Any) -> Inbound:
    """The one message that is read."""
    (found,) = events(held, place, **parts)
    assert isinstance(found, Inbound), found
    return found
