"""What a test may break."""

from collections import Counter
from dataclasses import dataclass, field

from frontdesk.testing.lab.accounts import Account, Device
from frontdesk.testing.lab.binary import Node

_DAMAGED = -15  # a byte of the ciphertext, before the code at its end


@dataclass(frozen=True)
class Refusal:
    """How a login is refused. `expires_in` (seconds) goes with a temporary ban (402)."""

    code: int
    expires_in: int | None = None

    def stanza(self) -> Node:
        """What the client is told."""
        banned = {"code": "101", "expire": self.expires_in} if self.expires_in is not None else {}
        return Node("failure", {"reason": self.code, "location": "lab", **banned})


@dataclass
class Faults:
    """The faults that are set at the moment."""

    refusals: dict[Device | None, Refusal] = field(default_factory=dict)  # None: everybody
    unanswered: Counter[str] = field(default_factory=Counter)  # tag of a stanza or namespace of a query -> how often
    damage: Counter[Account] = field(default_factory=Counter)  # whose next messages arrive damaged
    code_refusal: tuple[int, str] | None = None  # how pairing by code is refused

    def refusal(self, device: Device | None) -> Refusal | None:
        """How the login of that device is refused, if it is."""
        return self.refusals.get(device) or self.refusals.get(None)

    def leaves_unanswered(self, what: str) -> bool:
        """Whether this one is left without an answer; counts down."""
        if self.unanswered[what] <= 0:
            return False
        self.unanswered[what] -= 1
        return True

    def pass_on(self, to: Account, node: Node) -> Node:
        """The message as it arrives: damaged, if that is what the test wants."""
        if node.tag != "message" or self.damage[to] <= 0:
            return node
        self.damage[to] -= 1
        return Node(node.tag, node.attrs, [_damaged(part) for part in node.children])


def _damaged(part: Node) -> Node:
    if part.tag != "enc":
        return part
    raw = bytearray(part.raw)
    raw[_DAMAGED] ^= 1
    return Node(part.tag, part.attrs, bytes(raw))
