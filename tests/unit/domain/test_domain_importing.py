"""Documents cut into passages."""

import pytest

from frontdesk import samples
from frontdesk.domain.importing import LONGEST_PASSAGE, Page, parse_document, parse_markdown


def test_each_heading_is_a_passage_and_the_first_names_the_source() -> None:
    passages = parse_markdown("# Visiting us\n\n## Where?\nRua 48.\n\n### When?\nNine to five.\n", "visiting.md")
    assert [(one.title, one.text, one.source) for one in passages] == [
        ("Where?", "Rua 48.", "Visiting us"),
        ("When?", "Nine to five.", "Visiting us"),
    ]


@pytest.mark.parametrize("before", ["", "\n", "\n \n", "---\ntitle: x\n---\n\n"])
def test_what_is_empty_above_the_first_heading_counts_for_nothing(before: str) -> None:
    passages = parse_markdown(f"{before}# Top\n\n# Prices\nTen euros", "hours")
    assert [(passage.source, passage.title) for passage in passages] == [("Top", "Prices")]


def test_text_without_headings_is_named_by_its_source() -> None:
    (passage,) = parse_markdown("We are open from nine to five.", "hours.txt")
    assert (passage.title, passage.source) == ("hours.txt", "hours.txt")


def test_text_before_the_first_heading_is_kept() -> None:
    passages = parse_markdown("We are a clinic.\n\n# Hours\nNine to five.", "about.md")
    assert [one.text for one in passages] == ["We are a clinic.", "Nine to five."]


def test_questions_and_answers_in_every_usual_form() -> None:
    text = """
Q: Where are you?
A: Rua 48.

**Q: When are you open?**
A: Nine to five.

**Is there parking?**
Yes.

Pergunta: Quanto custa?
Resposta: 60 euros.
"""
    found = {one.title: one.text for one in parse_markdown(text, "faq")}
    assert found == {
        "Where are you?": "Rua 48.",
        "When are you open?": "Nine to five.",
        "Is there parking?": "Yes.",
        "Quanto custa?": "60 euros.",
    }


def test_initials_and_lists_are_no_marks_of_questions_and_answers() -> None:
    text = "# Team\n\n## Who?\nA. Costa, braces\nP. Reis, implants\na) by phone\nr) by mail\n"
    (passage,) = parse_markdown(text, "team")
    assert passage.text == "A. Costa, braces\nP. Reis, implants\na) by phone\nr) by mail"


def test_a_table_is_one_passage_and_each_row_of_it_another() -> None:
    table = "| What | Price |\n|---|---|\n| Cleaning | 60 |\n| Crown | 400 |\n| Filling | 85 |\n"
    found = parse_markdown(f"# Clinic\n\n## Prices\nWith taxes.\n\n{table}\nAsk us.\n", "x")
    assert [(one.title, one.text) for one in found] == [
        ("Prices", "With taxes.\n\nCleaning – Price: 60\nCrown – Price: 400\nFilling – Price: 85\n\nAsk us."),
        ("Prices: Cleaning", "What: Cleaning\nPrice: 60"),
        ("Prices: Crown", "What: Crown\nPrice: 400"),
        ("Prices: Filling", "What: Filling\nPrice: 85"),
    ]


def test_a_title_names_what_it_is_under_but_a_question_stands_alone() -> None:
    text = "# Clinic\n## Crown\nGood.\n### Price\n400.\n### Does it hurt?\nNo.\n## Hours\nNine.\n"
    assert [one.title for one in parse_markdown(text, "x")] == ["Crown", "Crown: Price", "Does it hurt?", "Hours"]


def test_a_passage_of_a_document_knows_the_page_on_which_it_begins() -> None:
    pages = [Page(1, "## Care\n\nDo not smoke."), Page(2, "Eat soft things.\n\n## Costs\n\nNone."), Page(3, "At all.")]
    found = [(one.title, one.text, one.place) for one in parse_document(pages, "after_care.pdf")]
    assert found == [
        ("Care", "Do not smoke.\n\nEat soft things.", "after_care.pdf, page 1"),
        ("Costs", "None.\n\nAt all.", "after_care.pdf, page 2"),
    ]


def test_what_stands_above_the_first_heading_is_titled_by_the_words_of_the_files_name() -> None:
    (passage,) = parse_document([Page(None, "We are closed.")], "opening_hours-2026.docx")
    assert (passage.title, passage.source) == ("opening hours 2026", "opening_hours-2026.docx")


def test_long_sections_are_cut_between_paragraphs_and_lose_nothing() -> None:
    paragraphs = [f"Paragraph {number}. " + "It says something. " * 20 for number in range(12)]
    passages = parse_markdown("# Doc\n## Long\n" + "\n\n".join(paragraphs), "doc.md")
    assert len(passages) > 1
    assert all(len(one.text) <= LONGEST_PASSAGE and one.title == "Long" for one in passages)
    joined = " ".join(one.text for one in passages)
    assert all(f"Paragraph {number}." in joined for number in range(12))
    assert len({one.id for one in passages}) == len(passages)


def test_a_paragraph_without_any_border_is_cut_all_the_same() -> None:
    passages = parse_markdown("x" * 5_000, "noise")
    assert sum(len(one.text) for one in passages) == 5_000


def test_headings_inside_code_are_no_headings() -> None:
    (passage,) = parse_markdown("# Doc\n## How\n```\n# comment\nQ: x\n```\n", "doc")
    assert "# comment" in passage.text


def test_front_matter_line_ends_and_nul_do_no_harm() -> None:
    (passage,) = parse_markdown("---\ntitle: x\n---\n# Doc\r\n## How?\r\nSo\0.\r\n", "doc")
    assert (passage.title, passage.text) == ("How?", "So␀.")


def test_the_same_text_gives_the_same_ids() -> None:
    text = "# Doc\n## How?\nSo."
    assert parse_markdown(text, "a") == parse_markdown(text, "a")


def test_headings_without_text_give_nothing() -> None:
    assert parse_markdown("# Doc\n## Empty\n\n## Also empty\n", "doc") == ()


def test_the_sample_business_is_a_base_of_its_own() -> None:
    passages = [one for file in samples.knowledge_files() for one in parse_markdown(file.read_text(), file.stem)]
    assert len(passages) == 32
    assert {one.source for one in passages} == {"Visiting us", "Prices and payment", "Appointments", "Treatments"}
