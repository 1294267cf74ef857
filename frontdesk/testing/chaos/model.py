"""A stand-in of a model that speaks OpenAI's words. Its answer names the texts that nobody has answered yet."""

import itertools
import json
import random
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.testing.chaos.graph import TAG
from frontdesk.testing.chaos.wires import Reply, Wires


class Mood(StrEnum):
    """How it treats questions."""

    FINE = "fine"
    FAILS = "answers 500"
    BUSY = "answers 429"
    HANGS = "answers nothing"
    SLOW = "is slow"


@dataclass
class Model:
    """`share` of the questions meet its mood."""

    chance: random.Random
    mood: Mood = Mood.FINE
    share: float = 1.0
    asked: int = 0

    def __post_init__(self) -> None:
        self.wires = Wires(self.answer)

    def be(self, mood: Mood, share: float = 1.0) -> None:
        """Change its mood. Who waited in silence is cut off."""
        self.mood, self.share = mood, share
        self.wires.release()

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Answer one question."""
        if method != "POST":
            return Reply(b'{"object":"list","data":[]}')
        self.asked += 1
        mood = self.mood if self.chance.random() < self.share else Mood.FINE
        if mood is Mood.HANGS:
            return Reply(silent=True)
        if mood in (Mood.FAILS, Mood.BUSY):
            return Reply(b'{"error":{"message":"no"}}', 500 if mood is Mood.FAILS else 429)
        after = self.chance.uniform(1.0, 4.0) if mood is Mood.SLOW else self.chance.uniform(0.01, 0.3)
        return Reply(_completion(body), after=after)


def _completion(body: bytes) -> bytes:
    said = json.loads(body).get("messages", [])
    fresh = list(itertools.takewhile(lambda message: message.get("role") == "user", reversed(said)))
    tags = sorted({tag for message in fresh for tag in TAG.findall(json.dumps(message.get("content")))})
    text = "Noted: " + ", ".join(f"#{tag}" for tag in tags) + "."
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "instant", "choices": [choice]}
    return json.dumps({**answer, "usage": usage}).encode()
