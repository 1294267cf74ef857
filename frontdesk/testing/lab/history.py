"""What a phone tells a newly linked device of the past."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from frontdesk.testing.lab import reading
from frontdesk.testing.lab.accounts import Account, Group
from frontdesk.testing.lab.media import Stored
from frontdesk.testing.lab.protobuf import Fields, encode

KINDS = {"bootstrap": 0, "full": 2, "recent": 3, "names": 4, "on_demand": 6}
_READ = 4  # status of a message


@dataclass(frozen=True)
class Line:
    """One message of the past. Without `message` it is the text. `sender` is needed in groups; None is the owner."""

    id: str
    at: int  # Unix seconds
    text: str = ""
    sender: Account | None = None
    message: Fields | None = None


@dataclass(frozen=True)
class PastChat:
    """One chat of the past, newest message first as phones send it."""

    chat: Account | Group
    lines: Sequence[Line] = ()
    unread: int = 0
    archived: bool = False


@dataclass(frozen=True)
class Past:
    """One part of the past. `kind` is bootstrap, full, recent, names or on_demand."""

    chats: Sequence[PastChat] = ()
    kind: str = "recent"
    names: Mapping[str, str] = field(default_factory=dict)  # address -> name that its owner chose
    mappings: Sequence[Account] = ()  # whose two addresses are told
    part: int = 1
    progress: int = 100


def packed(past: Past, addressing: str) -> bytes:
    """The file that is sent: compressed."""
    fields: Fields = {
        1: KINDS[past.kind],
        2: [_conversation(chat, addressing) for chat in past.chats],
        5: past.part,
        6: past.progress,
        7: [encode({1: address, 2: name}) for address, name in past.names.items()],
        15: [encode({1: str(account.pn), 2: str(account.lid_jid)}) for account in past.mappings],
    }
    return zlib.compress(encode(fields))


def notification(past: Past, stored: Stored | None, inline: bytes | None) -> Fields:
    """The protocol message that says where the file is, or brings it along."""
    fields: Fields = {6: KINDS[past.kind], 7: past.part, 9: past.progress, 11: inline}
    if stored:
        where: Fields = {1: stored.digest, 2: stored.length, 3: stored.key, 4: stored.encrypted_digest, 5: stored.path}
        fields = {**where, **fields}
    return {2: reading.HISTORY, 6: encode(fields)}


def _conversation(past: PastChat, addressing: str) -> bytes:
    chat = past.chat
    remote = str(chat.jid if isinstance(chat, Group) else chat.jid(addressing))
    newest = max((line.at for line in past.lines), default=0)
    fields: dict[int, int | str | list[bytes] | None] = {
        1: remote,
        2: [encode({1: _line(line, remote, chat, addressing), 2: line.at}) for line in past.lines],
        5: newest,
        6: past.unread,
        12: newest,
        13: chat.subject if isinstance(chat, Group) else chat.name,
        16: int(past.archived),
    }
    if isinstance(chat, Account):
        fields |= {39: str(chat.pn), 42: str(chat.lid_jid)}
    return encode(fields)


def _line(line: Line, remote: str, chat: Account | Group, addressing: str) -> bytes:
    participant = str(line.sender.jid(addressing)) if line.sender and isinstance(chat, Group) else None
    key = encode({1: remote, 2: int(line.sender is None), 3: line.id, 4: participant})
    message = encode(line.message if line.message is not None else {1: line.text})
    name = line.sender.name if line.sender else None
    return encode({1: key, 2: message, 3: line.at, 4: _READ, 5: participant, 19: name})
