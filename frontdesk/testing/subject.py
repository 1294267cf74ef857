"""A channel with all that is needed to try it: what the checks of `conformance` are run on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from frontdesk.channels.base import Capabilities, Channel
from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address
from frontdesk.domain.wire import Delivery, Line, LineState, MediaFile, Outbound, Sent
from frontdesk.kit.errors import LoggedOut, PluginError, Rejected, Retryable

FILES: Mapping[str, tuple[str, bytes]] = {
    "image": ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)),
    "video": ("video/mp4", b"\0\0\0\x18ftypmp42" + bytes(40)),
    "audio": ("audio/ogg", b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead" + bytes(20)),
    "document": ("application/pdf", b"%PDF-1.7\n" + bytes(40)),
    "sticker": ("image/webp", b"RIFF\x20\0\0\0WEBPVP8 " + bytes(40)),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A channel and all that is needed to try it.

    `refused` is a line that the far end does not accept, and `absent` one whose far end does not answer at all.
    `break_next` are faults of the far end by name, each put before the next send. `heard` gives the ids of ours that
    reached the far end, in order. `quoted` is the external id of a message that can be quoted and reacted to.
    """

    channel: Channel
    line: Line
    refused: Line
    absent: Line
    to: Address
    folder: Path
    heard: Callable[[], Sequence[str]]
    quoted: str
    break_next: Mapping[str, Callable[[], None]]
    fresh: Callable[[], None] = lambda: None  # lets time pass, where the channel keeps a pace
    ids: Any = field(default_factory=lambda: count(1))

    @property
    def able(self) -> Capabilities:
        """What the channel says it can do."""
        return self.channel.capabilities

    def example(self, kind: str, **parts: Any) -> Outbound:
        """A plain message of that kind."""
        given: dict[str, Any] = {"our_id": f"msg_{next(self.ids):024x}", "to": (self.to,), "kind": kind}
        if kind in FILES:
            mime, content = FILES[kind]
            path = self.folder / kind
            path.write_bytes(content)
            given["media"] = MediaFile(path, mime, len(content), f"file.{mime.rpartition('/')[2]}")
        else:
            given |= self._words(kind)
        return Outbound(**{**given, **parts})

    def _words(self, kind: str) -> dict[str, Any]:
        examples: dict[str, dict[str, Any]] = {
            "text": {"text": "Good morning"},
            "reaction": {"content": {"emoji": "👍", "target": self.quoted}},
            "template": {"content": {"name": "hello_world", "language": "en_US"}},
            "contacts": {"content": {"contacts": [{"name": "Carl", "phone": "+44 7700 900999"}]}},
            "edit": {"text": "Good evening", "content": {"target": self.quoted}},
            "revoke": {"content": {"target": self.quoted}},
            "location": {"content": {"latitude": 38.7, "longitude": -9.1, "name": "Here"}},
            "buttons": {"text": "Which?", "content": {"buttons": [{"id": "1", "title": "One"}]}},
            "list": {
                "text": "Which?",
                "content": {"button": "Choose", "sections": [{"title": "All", "rows": [{"id": "1", "title": "One"}]}]},
            },
        }
        assert kind in examples, f"There is no example of the kind “{kind}” here: add one."
        return examples[kind]

    async def connect(self, line: Line) -> list[LineState]:
        """The states that the line tells while it is brought up; ends with the first that is not a step on the way."""
        told: list[LineState] = []
        settled = asyncio.Event()

        def emit(account_id: str, what: LineState | Delivery) -> None:
            assert account_id == line.account_id
            if isinstance(what, LineState):
                told.append(what)
                if what.state not in (State.CONNECTING, State.QR_PENDING):
                    settled.set()

        await self.channel.connect(line, emit)
        async with asyncio.timeout(15):
            await settled.wait()
        return told

    async def send(self, outbound: Outbound, line: Line | None = None) -> Sent | PluginError:
        """What becomes of a send. Any other error than those of a channel breaks the contract."""
        self.fresh()
        try:
            return await self.channel.send(line or self.line, outbound)
        except PluginError as told:
            return one_of_three(told)


def one_of_three(told: PluginError) -> PluginError:
    """The error itself, when it is one that a channel may raise, with a sentence for people."""
    assert isinstance(told, Retryable | Rejected | LoggedOut), f"{type(told).__name__} is none of the three"
    assert told.sentence.strip(), "It says nothing."
    return told


Check = Callable[[Subject], Awaitable[None]]
