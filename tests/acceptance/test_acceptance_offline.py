"""What was written while the house was down: answered where it is young, else missed; told of in the digest."""

from pathlib import Path
from typing import Any

import pytest
from acceptance_desk import Desk, desk, said

from frontdesk.kit.clock import HOUR, MINUTE
from frontdesk.testing.models import FakeModel

pytestmark = pytest.mark.both_shapes

HOUSE = """
[defaults]
answer_within_minutes = 30
[buffer]
quiet_seconds = 0
cap_seconds = 0
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
prompt = "You answer for a shop."
"""
ANA, BEA, CARL = "447700900123", "447700900999", "447700900555"


async def wrote(d: Desk, text: str, ago: int, *, who: str = ANA) -> None:
    """Meta hands over now what somebody wrote that long ago."""
    await d.post(said(text, wamid=f"wamid.{who}.{ago}", at=d.clock.now() - ago, phone=who))


async def told(d: Desk) -> str:
    d.clock.advance(MINUTE)  # what is stored at the moment itself is told next time
    made = (await d.http.post("/api/v1/digests/now")).json()
    await d.idle()
    text: str = (await d.http.get(f"/api/v1/digests/issues/{made['id']}")).json()["text"]
    return text


async def decisions(d: Desk, who: str) -> list[tuple[str, str]]:
    items: list[dict[str, Any]] = (await d.http.get(f"/api/v1/chats/{who}/messages")).json()["items"]
    return [(one["text"], one["gate"]["reason"]) for one in items if one["direction"] == "inbound"]


async def test_after_an_outage_the_young_are_answered_once_and_the_rest_is_told_of(tmp_path: Path) -> None:
    async with desk(tmp_path, config=HOUSE, model=FakeModel(answers=["Yes, we are open."] * 2)) as d:
        for who in (ANA, CARL):
            d.open_window(who)
        await wrote(d, "Are you open on Friday?", 3 * HOUR)
        await wrote(d, "Hello?", 2 * HOUR)
        await wrote(d, "And tomorrow?", 10 * MINUTE)
        await wrote(d, "My invoice is wrong", 2 * HOUR, who=BEA)
        await wrote(d, "Please call me", HOUR, who=BEA)
        await wrote(d, "In time", 0, who=CARL)
        await d.idle()
        assert [text for text in d.graph.texts if text == "Yes, we are open."] == ["Yes, we are open."] * 2
        assert await decisions(d, ANA) == [
            ("Are you open on Friday?", "too_old"),
            ("Hello?", "too_old"),
            ("And tomorrow?", "open"),
        ]
        assert [reason for _, reason in await decisions(d, BEA)] == ["too_old", "too_old"]
        missed = {chat: (await d.http.get(f"/api/v1/chats/{chat}")).json()["missed_at"] for chat in (ANA, BEA, CARL)}
        assert [chat for chat, at in missed.items() if at is not None] == [BEA]
        text = await told(d)
        assert "offline: " in text, text
        part = next(each for each in text.split("\n\n") if "offline: " in each)
        heading, bea, ana = part.split("\n")
        assert heading == "*Came in while offline: 5 (3 answered, 2 missed)*"
        assert bea.endswith("(2 missed): Please call me")
        assert ana.endswith("(3 answered): And tomorrow?")
        await d.balanced()


async def test_where_nothing_came_late_the_digest_says_nothing_of_it(tmp_path: Path) -> None:
    async with desk(tmp_path, config=HOUSE, model=FakeModel(answers=["Yes."])) as d:
        d.open_window()
        await wrote(d, "Are you open?", MINUTE)
        await d.idle()
        assert "offline" not in await told(d)
