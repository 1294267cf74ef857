"""The worked examples say what the product does: they are played, and nothing on their pages may differ."""

import os
from pathlib import Path

import pytest
from docs_pages import name
from played import PAGES, as_shown, left_out, lines_of, played, steps_of

from frontdesk.testing.processes import is_ours

SMALL = """It is the line “Shop”.

```toml
timezone = "Europe/Lisbon"
[[persona]]
name = "Shop"
trusted = true
agent_mode = "auto"
```

What it knows, `shop.md`:

```markdown
# Shop

## When are you open?
From nine to five.
```

```sh
frontdesk knowledge import shop.md
```

```chat
Tuesday 24 November 2026, 09:00
Ana (+447700900123) → When are you open?
Desk → Ana: Never, go away.
Alert → Nothing of the sort
```
"""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in filter(is_ours, list(os.environ)):
        monkeypatch.delenv(variable)


@pytest.mark.parametrize("page", PAGES, ids=name)
async def test_what_an_example_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")  # noqa: ASYNC240 - nobody waits
    assert await played(text, tmp_path) == text, f"{name(page)} is stale: run .venv/bin/python tests/docs/played.py"


async def test_what_does_not_happen_is_noticed(tmp_path: Path) -> None:
    told = SMALL.replace("Never, go away.\nAlert → Nothing of the sort", "From nine to five.\n    (From: Shop)")
    assert await played(SMALL, tmp_path) == told


async def test_a_command_that_fails_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="frontdesk knowledge import nothing"):
        await played(SMALL.replace("import shop.md", "import nothing.md"), tmp_path)


def test_a_text_of_several_lines_is_read_as_it_is_written() -> None:
    text = f"Desk → Ana: {'word ' * 40}end\n\nSecond line\n{'more ' * 40}end"
    shown = as_shown(text)
    assert max(map(len, shown.splitlines())) <= 112
    assert list(lines_of(shown)) == [text]


def test_what_the_page_leaves_out_stays_out() -> None:
    block = "08:00\nDesk → You: …\nAlert → Boo\n09:00\nAna → Hi\nDigest → …\n"
    assert list(steps_of(block)) == [
        ("08:00", ["Desk → You: …", "Alert → Boo"]),
        ("09:00", []),
        ("Ana → Hi", ["Digest → …"]),
    ]
    assert left_out(["Desk → You: long", "Alert → Bah"], ["Desk → You: …", "Alert → Boo"]) == [
        "Desk → You: …",
        "Alert → Bah",
    ]
