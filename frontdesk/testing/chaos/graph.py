"""A stand-in of the Graph API with moods. It writes down every message that it took, whether it said so or not."""

import itertools
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from frontdesk.testing.chaos.wires import Reply, Wires

TAG = re.compile(r"#(\d{6})\b")
_HTML = b"<html><body>Sorry, something went wrong.</body></html>"


class Mood(StrEnum):
    """How it treats messages."""

    FINE = "fine"
    BUSY = "answers 429"
    BROKEN = "answers 500"
    BROKEN_BARE = "answers 500 without a reason"
    HTML = "answers 200 with HTML"
    SILENT = "answers nothing"
    DROPS = "takes it and cuts the connection"
    REFUSES = "cuts the connection at once"
    SLOW = "is slow"


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that it took. `said`: the house was told so."""

    at: float  # of time.monotonic
    number: int
    line_ref: str
    to: str
    text: str
    our_id: str
    external_id: str
    said: bool

    @property
    def tags(self) -> list[str]:
        """Of the texts that it answers."""
        return TAG.findall(self.text)


@dataclass
class Graph:
    """`share` of the messages meet its mood, the others are taken as usual."""

    chance: random.Random
    mood: Mood = Mood.FINE
    share: float = 1.0
    taken: list[Taken] = field(default_factory=list)
    told: Callable[[Taken], None] = lambda _: None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.wires = Wires(self.answer)

    def be(self, mood: Mood, share: float = 1.0) -> None:
        """Change its mood. Who waited in silence is cut off."""
        self.mood, self.share = mood, share
        self.wires.release()

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Answer one question."""
        line_ref = path.strip("/").split("/")[-2 if path.endswith("/messages") else -1]
        mood = self.mood if self.chance.random() < self.share else Mood.FINE
        if method != "POST":
            return Reply(json.dumps({"id": line_ref, "display_phone_number": line_ref[-12:]}).encode())
        asked = json.loads(body)
        if asked.get("status") == "read":
            return Reply(b'{"success":true}') if mood is Mood.FINE else Reply(b"", 500)
        return self._send(line_ref, asked, mood)

    def _send(self, line_ref: str, asked: dict[str, Any], mood: Mood) -> Reply:
        match mood:
            case Mood.BUSY:
                return _error(429, 130429, "Rate limit hit")
            case Mood.BROKEN:
                return _error(500, 131000, "Something went wrong")
            case Mood.BROKEN_BARE:
                if self.chance.random() < 0.5:
                    self._take(line_ref, asked, said=False)
                return Reply(b"", 500, "text/plain")
            case Mood.HTML:
                if self.chance.random() < 0.5:
                    self._take(line_ref, asked, said=False)
                return Reply(_HTML, 200, "text/html")
            case Mood.SILENT:
                if self.chance.random() < 0.5:
                    self._take(line_ref, asked, said=False)
                return Reply(silent=True)
            case Mood.DROPS:
                self._take(line_ref, asked, said=False)
                return Reply(drops=True, after=0.05)
            case Mood.REFUSES:
                return Reply(drops=True)
            case Mood.SLOW:
                return self._fine(line_ref, asked, after=self.chance.uniform(0.5, 3.0))
            case _:
                return self._fine(line_ref, asked, after=0.0)

    def _fine(self, line_ref: str, asked: dict[str, Any], *, after: float) -> Reply:
        taken = self._take(line_ref, asked, said=True)
        answer = {"messaging_product": "whatsapp", "messages": [{"id": taken.external_id}]}
        return Reply(json.dumps(answer).encode(), after=after)

    def _take(self, line_ref: str, asked: dict[str, Any], *, said: bool) -> Taken:
        number = next(self._numbers)
        one = Taken(
            at=time.monotonic(),
            number=number,
            line_ref=line_ref,
            to=str(asked.get("to") or asked.get("recipient")),
            text=str(asked.get("text", {}).get("body", "")),
            our_id=str(asked.get("biz_opaque_callback_data", "")),
            external_id=f"wamid.OUT{number:08d}{time.monotonic_ns():x}",
            said=said,
        )
        self.taken.append(one)
        self.told(one)
        return one


def _error(status: int, code: int, message: str) -> Reply:
    return Reply(json.dumps({"error": {"message": message, "type": "OAuthException", "code": code}}).encode(), status)
