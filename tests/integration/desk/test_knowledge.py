"""The knowledge base from real files in a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.desk.knowledge import LOOK_AGAIN, WHOLE, Imported, Knowledge
from frontdesk.store.store import Store
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.stores import fresh_store

HOURS = "# Visiting\n\n## When are you open?\nMonday to Friday, 9 to 18.\n\n## Where can I park?\nBehind the house.\n"
PRICES = "# Prices\n\n## How much is a cleaning?\nA cleaning costs 60 euros.\n"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def knowledge(store: Store, clock: FrozenClock) -> Knowledge:
    return Knowledge(store, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "faq"
    (folder / "more").mkdir(parents=True)
    _write(folder / "hours.md", HOURS)
    _write(folder / "more" / "prices.txt", PRICES)
    _write(folder / "prices.xlsx", "PK")
    _write(folder / ".draft.md", "# Draft\n\nNot yet.")
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


async def test_a_folder_is_imported_and_answers(knowledge: Knowledge, folder: Path) -> None:
    assert await knowledge.import_path(folder) == Imported(3, 2, ("prices.xlsx",))
    best = (await knowledge.search("how much does a cleaning cost?"))[0]
    assert (best.title, best.source) == ("How much is a cleaning?", "Prices")
    assert await knowledge.sources() == [("Prices", 1), ("Visiting", 2)]


async def test_importing_again_changes_nothing(knowledge: Knowledge, folder: Path) -> None:
    await knowledge.import_path(folder)
    before = [(row.id, row.text) for row in await knowledge.all()]
    await knowledge.import_path(folder)
    assert [(row.id, row.text) for row in await knowledge.all()] == before


async def test_a_source_replaces_what_it_held_and_leaves_the_others(knowledge: Knowledge, folder: Path) -> None:
    await knowledge.import_path(folder)
    assert await knowledge.search("where can I park") != ()
    _write(folder / "hours.md", "# Visiting\n\n## When are you open?\nEvery day.\n")
    await knowledge.import_path(folder / "hours.md")
    assert [row.text for row in await knowledge.all()] == ["A cleaning costs 60 euros.", "Every day."]
    assert await knowledge.search("where can I park") == ()


async def test_passages_keep_the_order_of_their_source(knowledge: Knowledge) -> None:
    await knowledge.add("list.md", "".join(f"## Step {letter}\nDo it.\n\n" for letter in "zebra"))
    assert [row.title[-1] for row in await knowledge.all()] == list("zebra")


async def test_an_import_by_another_program_is_noticed(
    knowledge: Knowledge, store: Store, clock: FrozenClock, folder: Path
) -> None:
    assert await knowledge.search("cleaning") == ()
    await Knowledge(store, clock).import_path(folder)
    clock.advance(LOOK_AGAIN)
    assert await knowledge.search("cleaning") != ()


async def test_a_removed_source_answers_no_more(knowledge: Knowledge, folder: Path) -> None:
    await knowledge.import_path(folder)
    await knowledge.remove("Prices")
    assert await knowledge.search("cleaning") == ()
    with pytest.raises(NotFound):
        await knowledge.remove("Prices")


async def test_the_whole_base_is_given_only_while_it_is_small(knowledge: Knowledge, folder: Path) -> None:
    await knowledge.import_path(folder)
    await knowledge.refresh()
    assert len(knowledge.whole()) == 3
    await knowledge.add("long.md", "# Long\n\n" + " ".join(map(str, range(WHOLE // 4))))
    await knowledge.refresh()
    assert knowledge.whole() == ()


async def test_what_the_sample_business_knows_is_for_simulated_people_only(
    knowledge: Knowledge, store: Store, folder: Path
) -> None:
    await knowledge.import_path(folder / "more", sample=True)
    await knowledge.import_path(folder / "hours.md")
    assert await knowledge.search("how much does a cleaning cost?") == ()
    assert await knowledge.search("how much does a cleaning cost?", samples=True) != ()
    assert (len(knowledge.whole()), len(knowledge.whole(samples=True))) == (2, 3)


async def test_a_sample_that_is_imported_as_the_own_is_told_to_everybody(knowledge: Knowledge, folder: Path) -> None:
    await knowledge.import_path(folder, sample=True)
    await knowledge.import_path(folder / "hours.md")
    assert await knowledge.search("where can I park") != ()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"%PDF-1.7", "is broken"),
        ("a.DOCX", b"PK", "is broken"),
        ("a.doc", b"PK", "save it as .docx"),
        ("a.xlsx", b"PK", "Save it as PDF"),
        ("a.png", b"\x89PNG", "cannot be imported"),
        ("a.md", b"caf\xe9", "UTF-8"),
        ("a.md", b" \n\n", "no text"),
        ("a.md", b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)
async def test_what_cannot_be_imported_is_refused_in_words(
    knowledge: Knowledge, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    _write_bytes(path, content)
    with pytest.raises(Invalid, match=says):
        await knowledge.import_path(path)


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def test_a_path_that_does_not_exist_and_an_empty_folder_are_refused(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="does not exist"):
        await knowledge.import_path(tmp_path / "none.md")
    with pytest.raises(Invalid, match="holds no file that can be imported"):
        await knowledge.import_path(tmp_path)


async def test_an_upload_is_named_and_checked_like_a_file(knowledge: Knowledge) -> None:
    assert await knowledge.add("faq.md", "## Do you bake?\nYes.") == Imported(1, 1)
    assert await knowledge.sources() == [("faq", 1)]
    for name, text in (("faq.pdf", "x"), ("faq.md", "")):
        with pytest.raises(Invalid):
            await knowledge.add(name, text)


async def test_a_gap_is_noted_once_and_can_be_closed(knowledge: Knowledge) -> None:
    for question in ("Do you sell vouchers?", "Do you sell vouchers?", "Is there Wi-Fi?"):
        await knowledge.note_gap(question, chat_id="cht_1")
    gaps = await knowledge.gaps()
    assert [gap.question for gap in gaps] == ["Is there Wi-Fi?", "Do you sell vouchers?"]
    await knowledge.close_gap(gaps[0].id)
    assert [gap.question for gap in await knowledge.gaps()] == ["Do you sell vouchers?"]
    with pytest.raises(NotFound):
        await knowledge.close_gap(gaps[0].id)
