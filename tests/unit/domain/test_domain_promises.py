"""What the rules find in what we wrote, measured on labelled messages."""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain import moments, promises
from frontdesk.domain.promises import Kind, Promise

LABELLED = Path(__file__).parents[2] / "labelled"
MADRID = "Europe/Madrid"
SAID = int(datetime(2026, 11, 17, 11, 20, tzinfo=ZoneInfo(MADRID)).timestamp() * 1_000)
NOTHING = "no"


def labelled(name: str) -> list[tuple[str, str, str]]:
    lines = (LABELLED / name).read_text(encoding="utf-8").splitlines()[1:]
    rows = [tuple(line.split("\t")) for line in lines]
    return [(what, when, text.replace("\\n", "\n")) for what, when, text in rows]


def find(text: str) -> list[Promise]:
    return promises.find(text, SAID, MADRID)


def kind_of(text: str) -> str:
    found = find(text)
    return found[0].kind.value if found else NOTHING


def due(when: str, kind: str) -> int:
    if when == "next":
        return moments.by_default(SAID, MADRID, days=3 if kind == Kind.FOLLOW_UP else 1)
    local = datetime.fromisoformat(f"2026-{when}")
    return int(local.replace(tzinfo=ZoneInfo(MADRID)).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("name", "precision", "recall", "dates"),
    [("promises.tsv", 0.98, 0.97, 0.95), ("promises_unseen.tsv", 0.95, 0.8, 0.9)],
)
def test_few_reminders_are_of_nothing_and_most_promises_are_found(
    name: str, precision: float, recall: float, dates: float, record_property: Callable[[str, Any], None]
) -> None:
    rows = labelled(name)
    found = [(what, kind_of(text), text) for what, _, text in rows]
    told = [row for row in found if row[1] != NOTHING]
    meant = [row for row in found if row[0] != NOTHING]
    right = [row for row in told if row[0] == row[1]]
    dated = [find(text)[0].due == due(when, what) for what, when, text in rows if what == kind_of(text) != NOTHING]
    figures = len(right) / len(told), len(right) / len(meant), sum(dated) / len(dated)
    print(f"{name}: {len(rows)} messages, precision {figures[0]:.3f}, recall {figures[1]:.3f}, dates {figures[2]:.3f}")
    for figure, value in zip(("precision", "recall", "dates"), figures, strict=True):
        record_property(figure, round(value, 3))
    for row in found:
        if row[0] != row[1]:
            print(row)
    wrong = [row for row in found if row[0] != row[1]]
    assert all(value >= floor for value, floor in zip(figures, (precision, recall, dates), strict=True)), wrong


def test_the_labelled_messages_are_enough_and_half_of_them_promise_nothing() -> None:
    known, unseen = labelled("promises.tsv"), labelled("promises_unseen.tsv")
    assert len(known) >= 120
    assert len(unseen) >= 40
    assert 0.4 <= sum(what == NOTHING for what, _, _ in known) / len(known) <= 0.6
    assert not {text for _, _, text in known} & {text for _, _, text in unseen}


def test_a_quick_look_misses_nothing_that_the_rules_find() -> None:
    for name in ("promises.tsv", "promises_unseen.tsv"):
        for _, _, text in labelled(name):
            assert promises.worth_reading(text) or not find(text), text
    assert not promises.worth_reading(None)
    assert not promises.worth_reading("Hello, we are open from 9 to 18.")


def test_a_promise_is_told_in_the_words_of_who_gave_it() -> None:
    (one,) = find("Hi Ana! *I'll send you the contract tomorrow.* Have a nice day.")
    assert one.what == "I'll send you the contract tomorrow."
    assert (one.kind, one.timed) == (Kind.PROMISE, True)
    (long,) = find("I'll send you " + "the long list of things and " * 20 + "the contract tomorrow")
    assert len(long.what) <= promises.EXCERPT


def test_several_promises_with_moments_are_several_and_one_without_beside_them_is_none() -> None:
    found = find("I'll check with the bank. I'll call you at 5 pm. The contract I will send you on Friday.")
    assert [one.due for one in found] == [due("11-17 17:00", "promise"), due("11-20 10:00", "promise")]
    assert len(find("I'll check it. We'll let you know.")) == 1
    assert len(find("I'll call you at 5 pm. I'll confirm it at 5 pm.")) == 1
    assert len(find(" ".join(f"I'll call you in {hours} hours." for hours in range(2, 9)))) == promises.MOST


def test_a_promise_and_what_is_waited_for_stand_beside_each_other() -> None:
    found = find("We'll get back to you. Please send us your number by Friday.")
    assert [(one.kind, one.timed) for one in found] == [(Kind.PROMISE, False), (Kind.FOLLOW_UP, True)]


def test_what_the_other_side_wrote_and_what_is_quoted_is_not_promised() -> None:
    assert find("> I'll send it tomorrow") == []
    assert find("As the ad says, «we will deliver it tomorrow»") == []
    assert find("https://shop.example/i will send it tomorrow") == []
    assert len(find("> Where is it?\nI'll send it tomorrow")) == 1


def test_a_question_at_the_end_that_only_asks_for_a_nod_leaves_a_promise() -> None:
    assert len(find("I'll call you tomorrow, ok?")) == 1
    assert len(find("Te llamo mañana, vale?")) == 1
    assert find("Shall I call you tomorrow?") == []


def test_without_an_accent_a_yes_is_told_from_an_if() -> None:
    assert len(find("si, te aviso mañana")) == 1
    assert find("si puedo te aviso mañana") == []


def test_what_is_asked_for_without_a_moment_is_not_waited_for() -> None:
    assert find("Please send me your date of birth.") == []
    (one,) = find("We are waiting for your answer")
    assert (one.kind, one.timed) == (Kind.FOLLOW_UP, False)


@pytest.mark.parametrize(
    "piece", ["i will ", "let me and ", "te lo ", "checking ", "in 5 ", "¿", ". ", "12/", "we're a "]
)
def test_long_texts_are_read_in_no_time(piece: str) -> None:
    began = perf_counter()
    find(piece * (20_000 // len(piece)))
    promises.worth_reading(piece * (20_000 // len(piece)))
    assert perf_counter() - began < 2


def test_a_text_in_decomposed_letters_is_read_as_well() -> None:
    assert len(find(unicodedata.normalize("NFD", "Amanhã te mando o contrato às 15h"))) == 1
