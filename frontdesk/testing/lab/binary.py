"""What travels between client and server: addresses (JID) and stanzas (Node)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PN, LID, GROUP = "s.whatsapp.net", "lid", "g.us"
_SHOWN_BYTES, _SHOWN_CHILDREN = 60, 4


@dataclass(frozen=True, slots=True)
class JID:
    """An address. On the wire it is a type of its own: a client refuses a text where it expects one."""

    user: str
    server: str = PN
    device: int = 0

    def bare(self) -> "JID":
        """The address of the person, without a device."""
        return JID(self.user, self.server)

    def with_device(self, number: int) -> "JID":
        """The address of one device of the person."""
        return JID(self.user, self.server, number)

    def __str__(self) -> str:
        device = f":{self.device}" if self.device else ""
        return f"{self.user}{device}@{self.server}" if self.user else self.server


SERVER = JID("")
STATUS = JID("status", "broadcast")  # where people tell all their contacts something


@dataclass
class Node:
    """A stanza, or a part of one. An attribute that is None does not go over the wire."""

    tag: str
    attrs: Mapping[str, Any] = field(default_factory=dict)
    content: "bytes | list[Node] | None" = None

    @property
    def children(self) -> list["Node"]:
        """The nodes within."""
        return self.content if isinstance(self.content, list) else []

    @property
    def raw(self) -> bytes:
        """The bytes within."""
        return self.content if isinstance(self.content, bytes) else b""

    @property
    def id(self) -> str:
        """Its `id`, or nothing."""
        return str(self.attrs.get("id") or "")

    def child(self, *path: str) -> "Node | None":
        """The first node along the path of tags."""
        found: Node | None = self
        for tag in path:
            found = next((node for node in found.children if node.tag == tag), None) if found else None
        return found

    def all(self, tag: str) -> list["Node"]:
        """The children of that tag."""
        return [node for node in self.children if node.tag == tag]

    def jid(self, name: str) -> JID:
        """An attribute that must be an address.

        Raises:
            ValueError: it is not there, or it is a text.
        """
        value = self.attrs.get(name)
        if not isinstance(value, JID):
            raise ValueError(f"“{name}” of {self.tag} is not an address but {value!r}.")
        return value

    def changed(self, **attrs: Any) -> "Node":
        """The same stanza with other attributes."""
        return Node(self.tag, {**self.attrs, **attrs}, self.content)

    def __str__(self) -> str:
        attrs = "".join(f" {name}={str(value)!r}" for name, value in self.attrs.items() if value is not None)
        if self.content is None:
            return f"<{self.tag}{attrs}/>"
        inside = _shown(self.content) if isinstance(self.content, bytes) else _listed(self.content)
        return f"<{self.tag}{attrs}>{inside}</{self.tag}>"


def _shown(content: bytes) -> str:
    short = len(content) < _SHOWN_BYTES and content.isascii() and content.decode("ascii").isprintable()
    return content.decode("ascii") if short else f"[{len(content)} bytes]"


def _listed(nodes: list[Node]) -> str:
    more = f"… and {len(nodes) - _SHOWN_CHILDREN} more" if len(nodes) > _SHOWN_CHILDREN else ""
    return "".join(str(node) for node in nodes[:_SHOWN_CHILDREN]) + more


def child(node: Node, *path: str) -> Node:
    """The node along the path, or an empty one."""
    return node.child(*path) or Node("")
