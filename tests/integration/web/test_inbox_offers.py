"""What a person is offered to choose from is shown in the inbox, whichever way it went."""

from pathlib import Path
from typing import Any

import pytest
from inbox_visit import the_chat, visit

from frontdesk.testing.desk import fake_line

BUTTONS = {"buttons": [{"id": "1", "title": "Table for two"}, {"id": "2", "title": "Take away"}]}
SECTIONS = {
    "button": "Choose",
    "sections": [
        {"title": "Warm", "rows": [{"id": "1", "title": "Soup"}]},
        {"title": "Cold", "rows": [{"id": "2", "title": "Salad", "description": "with nuts"}]},
    ],
}
POLL = {"poll": {"question": "When?", "options": ["Today", "Tomorrow"], "selectable": 1}}
EVENT = {"event": {"name": "Tasting", "start": "2026-09-01T18:00:00Z", "end": None}}


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize(
    ("kind", "text", "content", "shown"),
    [
        ("buttons", "How?", BUTTONS, ["How?", "<li>Table for two</li>", "<li>Take away</li>"]),
        ("template", "How?", {**BUTTONS, "template_id": "x"}, ["How?", "<li>Take away</li>"]),
        ("list", "What?", SECTIONS, ["What?", "<li>Soup</li>", "<li>Salad</li>"]),
        ("text", "Poll: When?\n• Today\n• Tomorrow", POLL, ["Poll: When?", "• Today", "• Tomorrow"]),
        ("text", "Event: Tasting\nWhere: The shop", EVENT, ["Event: Tasting", "Where: The shop"]),
    ],
)
async def test_what_may_be_chosen_is_shown(
    tmp_path: Path, kind: str, text: str, content: dict[str, Any], shown: list[str], typed: bool
) -> None:
    async with fake_line(tmp_path) as line:
        await line.arrive(line.message(text, kind=kind, content=content, typed_on_phone=typed))
        async with visit(line.house) as client:
            page = (await client.get(f"/chats/{await the_chat(line.house)}")).text
        for words in shown:
            assert words in page, words


@pytest.mark.parametrize("odd", [7, "abc", {"title": "x"}, None, [7, "abc", None, {"id": 1}], [[]]])
async def test_an_offer_of_another_shape_never_breaks_the_page(tmp_path: Path, odd: Any) -> None:
    async with fake_line(tmp_path) as line:
        given = {"buttons": odd, "sections": [{"title": "x", "rows": odd}, odd, {}]}
        await line.arrive(line.message("How?", kind="buttons", content=given))
        await line.arrive(line.message("What?", kind="list", content={"sections": odd}))
        async with visit(line.house) as client:
            answer = await client.get(f"/chats/{await the_chat(line.house)}")
        assert answer.status_code == 200
        assert "How?" in answer.text
        assert "What?" in answer.text
