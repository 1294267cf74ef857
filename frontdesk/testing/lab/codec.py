"""The binary XML of WhatsApp Web: stanzas to bytes and back.

The dictionaries are not ours: they are read out of the installed library (`elf.py`).
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from frontdesk.testing.lab.binary import JID, LID, PN, Node

_EMPTY, _DICT_0, _DICT_3 = 0, 236, 239
_DEVICE_JID, _LIST_8, _LIST_16, _JID_PAIR = 247, 248, 249, 250
_HEX_8, _BYTES_8, _BYTES_20, _BYTES_32, _NIBBLE_8 = 251, 252, 253, 254, 255
_COMPRESSED = 2  # bit of the flag before each stanza
_SIZES = {_BYTES_8: 1, _BYTES_20: 3, _BYTES_32: 4}  # bytes of the length that follows
_ALPHABETS = {_NIBBLE_8: "0123456789-.\0\0\0\0", _HEX_8: "0123456789ABCDEF"}
_DOMAINS = {PN: 0, LID: 1, "hosted": 128, "hosted.lid": 129}
_SERVERS = {domain: server for server, domain in _DOMAINS.items()}

Value = JID | str | bytes | list[Node] | None


@dataclass(frozen=True)
class Tokens:
    """The words that travel as one byte, and those that travel as two."""

    single: Sequence[str]
    double: Sequence[Sequence[str]]


class _Read(NamedTuple):
    value: Value
    end: int


class Codec:
    """Encodes and decodes stanzas with one set of dictionaries."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._index = {token: bytes([number]) for number, token in enumerate(tokens.single) if token}
        for row, words in enumerate(tokens.double):
            for number, token in enumerate(words):
                self._index.setdefault(token, bytes([_DICT_0 + row, number]))

    def encode(self, node: Node) -> bytes:
        """A stanza with its flag. Nothing is packed or compressed: plain texts are always legal."""
        return b"\0" + self._node(node)

    def decode(self, frame: bytes) -> Node:
        """The stanza of a decrypted frame.

        Raises:
            ValueError: it does not end where it should, or uses an unknown token.
        """
        content = zlib.decompress(frame[1:]) if frame[0] & _COMPRESSED else frame[1:]
        node, end = self._read_node(content, 0)
        if end != len(content):
            raise ValueError(f"{len(content) - end} bytes are left over after the stanza.")
        return node

    # encoding
    def _node(self, node: Node) -> bytes:
        attrs = {name: value for name, value in node.attrs.items() if value is not None}
        out = _list(1 + 2 * len(attrs) + (node.content is not None)) + self._text(node.tag)
        for name, value in attrs.items():
            out += self._text(name) + (self._jid(value) if isinstance(value, JID) else self._text(str(value)))
        if isinstance(node.content, list):
            return out + _list(len(node.content)) + b"".join(self._node(child) for child in node.content)
        return out + _bytes(node.content) if node.content is not None else out

    def _text(self, text: str) -> bytes:
        return self._index.get(text) or _bytes(text.encode())

    def _jid(self, jid: JID) -> bytes:
        if jid.device and jid.server in _DOMAINS:
            return bytes([_DEVICE_JID, _DOMAINS[jid.server], jid.device]) + self._text(jid.user)
        user = self._text(jid.user) if jid.user else bytes([_EMPTY])
        return bytes([_JID_PAIR]) + user + self._text(jid.server)

    # decoding
    def _read_node(self, content: bytes, at: int) -> tuple[Node, int]:
        size, at = _read_list(content, at)
        tag, at = self._read_text(content, at)
        attrs: dict[str, JID | str] = {}
        for _ in range((size - 1) // 2):
            name, at = self._read_text(content, at)
            value, at = self._read(content, at, text=True)
            attrs[name] = value if isinstance(value, JID) else str(value)
        if size % 2:
            return Node(tag, attrs), at
        inside, at = self._read(content, at, text=False)
        return Node(tag, attrs, inside if isinstance(inside, bytes | list) else None), at

    def _read_text(self, content: bytes, at: int) -> tuple[str, int]:
        value, end = self._read(content, at, text=True)
        return ("" if value is None else str(value)), end

    def _read(self, content: bytes, at: int, *, text: bool) -> _Read:
        token = content[at]
        if token == _EMPTY:
            return _Read(None, at + 1)
        if token in (_LIST_8, _LIST_16):
            return self._read_children(content, at)
        if token in (_JID_PAIR, _DEVICE_JID):
            return self._read_jid(content, at)
        raw, end = self._read_bytes(content, at)
        return _Read(raw.decode() if text else raw, end)

    def _read_children(self, content: bytes, at: int) -> _Read:
        size, at = _read_list(content, at)
        nodes = []
        for _ in range(size):
            node, at = self._read_node(content, at)
            nodes.append(node)
        return _Read(nodes, at)

    def _read_jid(self, content: bytes, at: int) -> _Read:
        if content[at] == _DEVICE_JID:
            domain, device = content[at + 1], content[at + 2]
            user, end = self._read_text(content, at + 3)
            return _Read(JID(user, _SERVERS.get(domain, PN), device), end)
        user, at = self._read_text(content, at + 1)
        server, end = self._read_text(content, at)
        return _Read(JID(user, server), end)

    def _read_bytes(self, content: bytes, at: int) -> tuple[bytes, int]:
        token = content[at]
        if token in _SIZES:
            start = at + 1 + _SIZES[token]
            end = start + int.from_bytes(content[at + 1 : start], "big")
            return content[start:end], end
        if token in _ALPHABETS:
            return _read_packed(content, at)
        if _DICT_0 <= token <= _DICT_3:
            return self._tokens.double[token - _DICT_0][content[at + 1]].encode(), at + 2
        if token < len(self._tokens.single):
            return self._tokens.single[token].encode(), at + 1
        raise ValueError(f"The token {token} at byte {at} is not known.")


def _list(size: int) -> bytes:
    if size == 0:
        return bytes([_EMPTY])
    return bytes([_LIST_8, size]) if size < 1 << 8 else bytes([_LIST_16]) + size.to_bytes(2, "big")


def _bytes(raw: bytes) -> bytes:
    if len(raw) < 1 << 8:
        return bytes([_BYTES_8, len(raw)]) + raw
    if len(raw) < 1 << 20:
        return bytes([_BYTES_20]) + len(raw).to_bytes(3, "big") + raw
    return bytes([_BYTES_32]) + len(raw).to_bytes(4, "big") + raw


def _read_list(content: bytes, at: int) -> tuple[int, int]:
    if content[at] == _EMPTY:
        return 0, at + 1
    if content[at] == _LIST_8:
        return content[at + 1], at + 2
    if content[at] == _LIST_16:
        return int.from_bytes(content[at + 1 : at + 3], "big"), at + 3
    raise ValueError(f"A list was expected at byte {at}, not the token {content[at]}.")


def _read_packed(content: bytes, at: int) -> tuple[bytes, int]:
    alphabet, start = _ALPHABETS[content[at]], content[at + 1]
    end = at + 2 + (start & 127)
    text = "".join(alphabet[byte >> 4] + alphabet[byte & 15] for byte in content[at + 2 : end])
    return (text[:-1] if start >> 7 else text).encode(), end
