"""Price lists, questions and web pages as people have them, imported from real files."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.errors import Invalid, NotFound
from frontdesk.desk.knowledge import OWN, Imported, Knowledge
from frontdesk.desk.reading import LARGEST_DOCUMENT, MOST_PASSAGES, Reading
from frontdesk.store.store import Store
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.documents import Line, column, docx, grid, paragraph, pdf
from frontdesk.testing.stores import fresh_store

TITLE: Line = (60, 780, 20, "Prices 2026", True)
ASKED: Line = (60, 780, 11, "Where can I park?", True)
PRICE_LIST = pdf(
    [TITLE, *column(("Treatment", "Duration", "Price"), ("Cleaning", "30 min", "60 €"), ("Whitening", "1 h", "290 €"),
                    ("Filling", "45 min", "85 €"))],
    [ASKED, (60, 760, 11, "Behind the house.", False)],
)  # fmt: skip
FAQ = docx(
    paragraph("Preguntas", style="heading 1"),
    paragraph("¿Aceptan tarjetas?"),
    paragraph("Sí, Visa y Mastercard."),
    paragraph("Endodoncia", style="heading 2"),
    grid(("Diente", "Precio"), ("Incisivo", "180 €"), ("Premolar", "220 €"), ("Molar", "260 €")),
)
PAGE = b"<title>x</title><h1>Clinic</h1><h2>Root canal</h2><p>Done by Dr Ruiz.</p><h3>Price</h3><p>From 250 euros.</p>"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def knowledge(store: Store) -> Knowledge:
    return Knowledge(store, FrozenClock())


async def _first(knowledge: Knowledge, question: str) -> tuple[str, str]:
    best = (await knowledge.search(question))[0]
    return best.text, best.place


async def test_a_price_list_in_pdf_answers_row_by_row_and_names_its_page(knowledge: Knowledge) -> None:
    assert await knowledge.take("prices.pdf", PRICE_LIST) == Imported(5, 1)
    cleaning = ("Treatment: Cleaning\nDuration: 30 min\nPrice: 60 €", "prices.pdf, page 1")
    assert await _first(knowledge, "How much is a cleaning?") == cleaning
    assert await _first(knowledge, "Quanto custa uma limpeza?") == cleaning
    assert await _first(knowledge, "Where can I park?") == ("Behind the house.", "prices.pdf, page 2")
    assert await knowledge.sources() == [("prices.pdf", 5)]


async def test_questions_in_a_word_file_are_passages_with_their_answers(knowledge: Knowledge) -> None:
    await knowledge.take("faq.docx", FAQ)
    assert await _first(knowledge, "Can I pay by card?") == ("Sí, Visa y Mastercard.", "faq.docx")
    assert await _first(knowledge, "¿Cuánto cuesta la endodoncia de un molar?") == (
        "Diente: Molar\nPrecio: 260 €", "faq.docx"
    )  # fmt: skip


async def test_what_stands_under_two_headings_of_a_web_page_is_about_both(knowledge: Knowledge) -> None:
    await knowledge.take("clinic.html", PAGE)
    assert await _first(knowledge, "How much is a root canal?") == ("From 250 euros.", "clinic.html")
    assert [row.title for row in await knowledge.all()] == ["Root canal", "Root canal: Price"]


async def test_pasted_text_is_kept_under_its_title_and_replaced_under_the_same(knowledge: Knowledge) -> None:
    await knowledge.paste("Our page", "When are you open?\nFrom nine to five.\n\nDo you take insurance?\nNo.")
    assert await _first(knowledge, "when are you open") == ("From nine to five.", "Our page")
    await knowledge.paste("Our page", "Closed for good.")
    assert [(row.title, row.text) for row in await knowledge.all()] == [("Our page", "Closed for good.")]
    for title, text in (("", "x"), ("x", " "), ("x", "Is it open?")):
        with pytest.raises(Invalid):
            await knowledge.paste(title, text)


async def test_a_file_that_cannot_be_read_leaves_what_it_brought_before(knowledge: Knowledge) -> None:
    await knowledge.take("prices.pdf", PRICE_LIST)
    for broken, says in ((PRICE_LIST[:300], "is broken"), (pdf([]), "pictures of text"), (b"", "is no PDF")):
        with pytest.raises(Invalid, match=f"^prices.pdf .*{says}"):
            await knowledge.take("prices.pdf", broken)
    assert await knowledge.sources() == [("prices.pdf", 5)]
    await knowledge.take("prices.pdf", pdf([(60, 700, 11, "All is free.", False)]))
    assert [row.text for row in await knowledge.all()] == ["All is free."]


async def test_a_folder_is_imported_without_what_cannot_be_read_of_it(knowledge: Knowledge, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    files = {"a/prices.pdf": PRICE_LIST, "b/prices.pdf": PRICE_LIST, "c.docx": b"PK", "d.html": PAGE, "e.png": b"x"}
    for name, content in files.items():
        _write(folder / name, content)
    brought = await knowledge.import_path(folder)
    assert (brought.files, brought.skipped) == (3, ("e.png",))
    assert [note.split(" is ")[0] for note in brought.notes] == ["c.docx"]
    assert [name for name, _ in await knowledge.sources()] == ["a/prices.pdf", "b/prices.pdf", "d.html"]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def test_pages_that_hold_pictures_only_are_named_and_the_others_imported(knowledge: Knowledge) -> None:
    brought = await knowledge.take("scan.pdf", pdf([], [ASKED, (60, 760, 11, "Behind the house.", False)], []))
    assert brought.notes == ("scan.pdf: pages 1, 3 hold no text that can be read, and nothing of it was imported.",)
    assert [row.page for row in await knowledge.all()] == [2]


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import time; time.sleep(600)", "takes too long to read"),
        ("import os; os.abort()", "takes too much memory or time"),
        ("print('{')", "takes too much memory or time"),
    ],
)
async def test_a_reader_that_hangs_or_dies_is_one_sentence(store: Store, program: str, says: str) -> None:
    knowledge = Knowledge(store, FrozenClock(), Reading((sys.executable, "-c", program), within=2))
    with pytest.raises(Invalid, match=says):
        await knowledge.take("a.pdf", PRICE_LIST)
    assert await knowledge.sources() == []


async def test_a_reader_is_told_no_secret(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    program = """import json, os; print(json.dumps({"pages": [[1, " ".join(os.environ)]]}))"""
    knowledge = Knowledge(store, FrozenClock(), Reading((sys.executable, "-c", program)))
    await knowledge.take("a.pdf", PRICE_LIST)
    [told] = await knowledge.all()
    assert "OPENAI_API_KEY" not in told.text


async def test_the_desk_goes_on_while_a_document_is_read(knowledge: Knowledge) -> None:
    reading_it = asyncio.create_task(knowledge.take("prices.pdf", PRICE_LIST))
    turns = 0
    while not reading_it.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 50
    assert (await reading_it).passages == 5


async def test_a_document_that_is_too_large_is_not_even_read(store: Store) -> None:
    knowledge = Knowledge(store, FrozenClock(), Reading(("no-such-program",)))
    with pytest.raises(Invalid, match="larger than 20 MB"):
        await knowledge.take("a.pdf", b"%PDF-" + b" " * LARGEST_DOCUMENT)


async def test_a_file_of_endless_passages_is_refused(knowledge: Knowledge) -> None:
    endless = "".join(f"## Question {number}\nYes.\n" for number in range(MOST_PASSAGES + 1))
    with pytest.raises(Invalid, match="more than 5,000 passages"):
        await knowledge.take("a.md", endless.encode())


async def test_a_reader_has_little_memory(store: Store) -> None:
    program = "from frontdesk.kit.documents import __main__ as m; m._limit(); bytearray(3 << 30)"
    knowledge = Knowledge(store, FrozenClock(), Reading((sys.executable, "-c", program)))
    with pytest.raises(Invalid, match="too much memory"):
        await knowledge.take("a.pdf", PRICE_LIST)


async def test_an_answer_is_written_changed_and_forgotten_by_hand(knowledge: Knowledge) -> None:
    await knowledge.take("faq.md", b"## Do you bake?\nYes.")
    entry = await knowledge.write("Do you sell vouchers?", "Yes, at the front desk.")
    assert await _first(knowledge, "do you have a voucher") == ("Yes, at the front desk.", OWN)
    await knowledge.rewrite(entry, "Do you sell vouchers?", "Not any more.")
    assert await _first(knowledge, "do you have a voucher") == ("Not any more.", OWN)
    await knowledge.unwrite(entry)
    assert [row.title for row in await knowledge.all()] == ["Do you bake?"]


async def test_only_what_was_written_by_hand_is_changed_by_hand(knowledge: Knowledge) -> None:
    await knowledge.take("faq.md", b"## Do you bake?\nYes.")
    [imported] = await knowledge.all()
    for passage_id in (imported.id, "kn_none"):
        with pytest.raises(NotFound):
            await knowledge.rewrite(passage_id, "Do you bake?", "No.")
        with pytest.raises(NotFound):
            await knowledge.unwrite(passage_id)
    for question, answer in (("", "x"), ("x", " "), ("x", "y" * 4_001)):
        with pytest.raises(Invalid):
            await knowledge.write(question, answer)


async def test_no_import_takes_the_place_of_what_was_written_by_hand(knowledge: Knowledge) -> None:
    await knowledge.write("Do you bake?", "Yes.")
    with pytest.raises(Invalid, match="Give the text another name"):
        await knowledge.take("faq.md", f"# {OWN}\n\nNothing.".encode())
    with pytest.raises(Invalid, match="Give the text another name"):
        await knowledge.paste(OWN, "Nothing.")
    assert [row.text for row in await knowledge.all()] == ["Yes."]


async def test_the_answer_to_an_open_question_becomes_knowledge_and_closes_it(knowledge: Knowledge) -> None:
    await knowledge.note_gap("vouchers??", chat_id=None)
    [gap] = await knowledge.gaps()
    with pytest.raises(Invalid):
        await knowledge.answer_gap(gap.id, " ")
    assert len(await knowledge.gaps()) == 1
    await knowledge.answer_gap(gap.id, "Yes, at the front desk.", question="Do you sell vouchers?")
    assert await knowledge.gaps() == []
    assert [(row.title, row.source) for row in await knowledge.all()] == [("Do you sell vouchers?", OWN)]
    with pytest.raises(NotFound):
        await knowledge.answer_gap(gap.id, "Twice.")
