"""Links in the documentation lead somewhere."""

import re
from pathlib import Path

import pytest
from docs_pages import PROJECT, anchors, name, pages, prose

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def broken(page: Path) -> list[str]:
    """Links of a page to files or headings that do not exist."""
    complaints = []
    for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists():
            complaints.append(f"{target} does not exist")
        elif anchor and anchor not in anchors(path.read_text(encoding="utf-8")):
            complaints.append(f"{target} has no such heading")
    return complaints


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_broken_links_are_noticed(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# One thing\n[a](b.md) [b](#one-thing) [c](#two) [d](https://example.com) ![e](f.png)")
    assert broken(page) == ["b.md does not exist", "#two has no such heading", "f.png does not exist"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [PROJECT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        links = LINK.findall(prose(page.read_text(encoding="utf-8")))
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links if ":" not in link]
    assert [name(page) for page in pages() if page not in seen] == []
