"""Statuses only move forward; retries know their end; bursts become turns; threads end."""

import itertools

import pytest

from frontdesk.domain.accounts import TRANSITIONS, State, may_follow, may_send, sentence
from frontdesk.domain.debounce import next_due
from frontdesk.domain.delivery import ATTEMPTS, decide
from frontdesk.domain.messages import Status, advance, settled
from frontdesk.domain.personas import Memory, MemoryMode
from frontdesk.domain.threads import expires
from frontdesk.domain.work import KINDS, Deliver, HandBack, Job, RunTurn
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.kit.errors import Retryable

FORWARD = [Status.QUEUED, Status.SENDING, Status.UNKNOWN, Status.SENT, Status.DELIVERED, Status.READ, Status.PLAYED]


@pytest.mark.parametrize(("early", "late"), list(itertools.combinations(FORWARD, 2)))
def test_a_status_moves_forward_and_never_back(early: Status, late: Status) -> None:
    assert advance(early, late) is late
    assert advance(late, early) is late


@pytest.mark.parametrize("status", list(Status))
def test_a_repeated_status_changes_nothing(status: Status) -> None:
    assert advance(status, status) is status


@pytest.mark.parametrize("before", [Status.QUEUED, Status.SENDING, Status.UNKNOWN, Status.SENT])
def test_failed_counts_before_delivered(before: Status) -> None:
    assert advance(before, Status.FAILED) is Status.FAILED


@pytest.mark.parametrize("after", [Status.DELIVERED, Status.READ, Status.PLAYED])
def test_failed_counts_no_more_after_a_proof_of_arrival_and_gives_way_to_one(after: Status) -> None:
    assert advance(after, Status.FAILED) is after
    assert advance(Status.FAILED, after) is after


def test_late_sent_does_not_undo_failed() -> None:
    assert advance(Status.FAILED, Status.SENT) is Status.FAILED


@pytest.mark.parametrize("still", [Status.DRAFT, Status.DISCARDED, Status.RECEIVED])
def test_what_is_not_on_its_way_does_not_move_by_reports(still: Status) -> None:
    assert all(advance(still, report) is still for report in Status)
    assert all(advance(moving, still) is moving for moving in FORWARD)


@pytest.mark.parametrize("order", list(itertools.permutations([Status.SENT, Status.DELIVERED, Status.READ])))
def test_every_order_of_reports_ends_the_same(order: tuple[Status, ...]) -> None:
    status = Status.SENDING
    for report in (*order, *order):
        status = advance(status, report)
    assert status is Status.READ


def test_the_outbox_is_done_with_what_is_settled() -> None:
    assert {status for status in Status if not settled(status)} == {Status.DRAFT, Status.QUEUED, Status.SENDING}


# Delivery


def test_a_message_is_tried_as_often_as_allowed() -> None:
    again = [decide(Retryable("x", after=7), attempt) for attempt in range(1, ATTEMPTS + 1)]
    assert [one.after for one in again if one] == [7] * (ATTEMPTS - 1)
    assert again[-1] is None
    assert all(one.counts for one in again if one)


@pytest.mark.parametrize("scope", ["chat", "account"])
def test_who_is_only_asked_to_wait_is_never_given_up(scope: str) -> None:
    again = decide(Retryable("x", scope=scope), 10**6)  # type: ignore[arg-type]
    assert again is not None
    assert not again.counts


def test_without_a_time_the_wait_grows() -> None:
    waits = [decide(Retryable("x"), attempt) for attempt in (1, 5)]
    assert waits[0]
    assert waits[1]
    assert waits[0].after < waits[1].after
    assert decide(Retryable("x", after=0), 1).after == 0  # type: ignore[union-attr]


# Bursts


def test_a_turn_is_due_when_it_has_been_quiet_and_no_later_than_the_cap() -> None:
    first = 1_000_000
    assert next_due(first, first, quiet=3_000, cap=15_000) == first + 3_000
    assert next_due(first, first + 5_000, quiet=3_000, cap=15_000) == first + 8_000
    assert next_due(first, first + 14_000, quiet=3_000, cap=15_000) == first + 15_000
    assert next_due(first, first, quiet=3_000, cap=1_000) == first + 3_000
    assert next_due(first, first, quiet=0, cap=0) == first


# Lines


@pytest.mark.parametrize(("now", "then"), list(itertools.product(State, State)))
def test_a_line_goes_only_where_it_may(now: State, then: State) -> None:
    assert may_follow(now, then) is (now is then or then in TRANSITIONS[now])


def test_a_line_that_is_logged_out_is_linked_again_or_stays_so() -> None:
    assert {state for state in State if may_follow(State.LOGGED_OUT, state)} == {State.LOGGED_OUT, State.CONNECTING}


def test_every_state_can_be_left_and_has_a_sentence() -> None:
    assert all(TRANSITIONS[state] for state in State)
    assert all(sentence(state).endswith(".") for state in State)
    assert sentence(State.CONNECTED, "Since noon.").endswith(". Since noon.")
    assert [state for state in State if may_send(state)] == [State.CONNECTED]


# Threads


@pytest.mark.parametrize(
    ("memory", "ends"),
    [
        (Memory(MemoryMode.NEVER), None),
        (Memory(MemoryMode.FIXED, hours=2), 1_795_000_000_000 + 2 * HOUR),
        (Memory(MemoryMode.SILENCE, hours=0.5), 1_795_000_000_000 + MINUTE + 30 * MINUTE),
        (Memory(MemoryMode.DAY), 1_795_046_400_000),
    ],
)
def test_a_thread_ends_as_its_memory_says(memory: Memory, ends: int | None) -> None:
    start = 1_795_000_000_000
    assert expires(memory, started=start, last=start + MINUTE, zone="UTC") == ends


def test_a_day_ends_at_midnight_of_the_zone_also_when_the_clocks_change() -> None:
    memory, before_the_change = (
        Memory(MemoryMode.DAY),
        1_792_882_800_000,
    )  # Sat 24 Oct 2026 23:00 UTC = Sun 00:00 Lisbon
    ends = expires(memory, started=before_the_change, last=before_the_change, zone="Europe/Lisbon")
    assert ends == before_the_change + 25 * HOUR


# Work


@pytest.mark.parametrize("kind", list(KINDS.values()))
def test_work_survives_being_stored(kind: type[Job]) -> None:
    job = kind(*["x"] * len(kind.__dataclass_fields__.keys() - {"kind", "queue", "priority", "replaces", "attempts"}))
    assert kind(**job.payload()) == job
    assert job.key is None or job.key.startswith(f"{kind.kind}")
    assert 0 < kind.priority <= 8
    assert kind.attempts > 0
    assert kind.replaces


def test_what_may_not_run_beside_each_other_shares_a_lock() -> None:
    assert RunTurn("a").lock == RunTurn("a").key != RunTurn("b").lock
    assert Deliver("a").lock != RunTurn("a").lock
    assert HandBack("a").lock is None
    assert DAY > HOUR > MINUTE > SECOND
