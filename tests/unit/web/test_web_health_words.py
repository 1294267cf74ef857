"""What `/health` says reads well for none, one and many."""

import pytest

from frontdesk.desk.line_owners import NO_LINES
from frontdesk.store.ledger import Balance
from frontdesk.store.pages_house import Work
from frontdesk.web.checks import NO_WORKER, Lines, lines as _lines, workers as _workers
from frontdesk.web.inbox.houses import _balanced


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (Work({}, 0, 0, None), "0 jobs wait, 0 run, 0 were given up."),
        (Work({"turn": 1}, 1, 1, 0), "1 job waits, 1 runs, 1 was given up."),
        (Work({"turn": 1, "deliver": 2}, 2, 3, 0), "3 jobs wait, 2 run, 3 were given up."),
        (Work({}, 0, 0, 0, 1), "0 jobs wait, 0 run, 0 were given up. 1 timer is set."),
        (Work({}, 0, 0, 0, 20), "0 jobs wait, 0 run, 0 were given up. 20 timers are set."),
    ],
)
def test_work_is_counted_in_good_grammar(work: Work, sentence: str) -> None:
    assert _workers(work, 0).sentence == sentence


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (Lines(0, 0), "There is no line yet."),
        (Lines(0, 0, resting=True), "No line is in use. The demonstration's line rests: it is not run."),
        (Lines(1, 1), "The line is connected."),
        (Lines(1, 0), "The line is not connected."),
        (Lines(1, 1, 1), "The line could not be checked yet. Open Lines and press “Check again”."),
        (Lines(1, 1, resting=True), "The line is connected. The demonstration's line rests: it is not run."),
        (Lines(2, 1), "1 of 2 lines is connected."),
        (Lines(2, 2), "2 of 2 lines are connected."),
        (
            Lines(2, 2, 1),
            "1 of 2 lines is connected, 1 could not be checked yet. Open Lines and press “Check again”.",
        ),
    ],
)
def test_lines_are_counted_in_good_grammar(lines: Lines, sentence: str) -> None:
    assert _lines(lines).sentence == sentence


@pytest.mark.parametrize(
    ("lines", "holders", "status", "sentence"),
    [
        (Lines(1, 1, programs=1), {}, "degraded", f"{NO_LINES} The line is connected."),
        (Lines(1, 1), {}, "healthy", "The line is connected."),
        (Lines(1, 1, programs=1), {"a": 1}, "healthy", "The line is connected. 1 is held by 1 process for lines."),
        (
            Lines(3, 3, programs=2),
            {"a": 2, "b": 0},
            "healthy",
            "3 of 3 lines are connected. 2 are held by 2 processes for lines.",
        ),
    ],
)
def test_lines_that_run_programs_are_held_by_processes_for_lines(
    lines: Lines, holders: dict[str, int], status: str, sentence: str
) -> None:
    found = _lines(lines, holders=holders)
    assert (found.status, found.sentence) == (status, sentence)


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ({"worker": 1, "beat": 1}, "Work has been waiting for 61 s. Start more workers."),
        ({"beat": 1}, f"Work has been waiting for 61 s. {NO_WORKER}"),
    ],
)
def test_work_that_waits_says_what_to_start(roles: dict[str, int], sentence: str) -> None:
    found = _workers(Work({}, 0, 0, 1), 61_001, roles=roles)
    assert (found.status, found.sentence) == ("degraded", sentence)


def test_the_ledger_names_what_asked_for_no_decision() -> None:
    balance = Balance(
        received=274,
        stored=274,
        duplicate=0,
        dead_letter=0,
        decided=273,
        answered=273,
        refused={},
        pending=0,
        out=0,
        sent=0,
        failed=0,
        unknown=0,
        queued=0,
    )
    assert _balanced(balance) == "274 in, 273 decided, 1 written on your own phone or erased since, 0 lost."
