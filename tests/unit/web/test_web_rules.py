"""Small rules of the web: the rate of a caller, the steps of the gate, cursors, problems."""

import orjson
import pytest
from starlette.requests import Request

from frontdesk.desk.errors import Conflict, Forbidden, Invalid, NotFound
from frontdesk.domain.addresses import MalformedAddress
from frontdesk.domain.chats import ORDER, Reason
from frontdesk.kit.errors import FrontdeskError, LoggedOut, Rejected, Retryable
from frontdesk.store.pages_base import MalformedCursor, cursor, place
from frontdesk.store.rows import MessageRow
from frontdesk.store.store import StoreUnavailable
from frontdesk.testing.clock import FrozenClock
from frontdesk.web.api.traces import CHECKS, steps
from frontdesk.web.auth import BURST, CALLERS, RATE, Rates
from frontdesk.web.problems import body, for_people, status_of


def message(allowed: bool | None, reason: str | None) -> MessageRow:
    nothing = dict.fromkeys(MessageRow.__dataclass_fields__)
    return MessageRow(**{**nothing, "gate_allowed": allowed, "gate_reason": reason})  # type: ignore[arg-type]


def test_a_caller_may_burst_and_then_goes_at_the_rate() -> None:
    clock = FrozenClock()
    rates = Rates(clock)
    assert [rates.wait("a") for _ in range(int(BURST))] == [0] * int(BURST)
    assert rates.wait("a") == 1
    assert rates.wait("b") == 0
    clock.advance(100)
    assert [rates.wait("a") for _ in range(int(RATE / 10))] == [0] * int(RATE / 10)
    assert rates.wait("a") == 1


def test_a_clock_that_is_set_back_keeps_no_caller_out() -> None:
    clock = FrozenClock()
    rates = Rates(clock)
    rates.wait("a")
    clock.advance(-3_600_000)
    assert [rates.wait("a") for _ in range(int(BURST) - 1)] == [0] * (int(BURST) - 1)
    assert rates.wait("a") == 1


def test_a_waiting_caller_does_not_wait_longer_for_asking() -> None:
    clock = FrozenClock()
    rates = Rates(clock)
    for _ in range(int(BURST) + 50):
        rates.wait("a")
    clock.advance(11)
    assert rates.wait("a") == 0


def test_callers_who_are_long_gone_are_forgotten() -> None:
    rates = Rates(FrozenClock())
    for number in range(CALLERS + 10):
        rates.wait(str(number))
    assert len(rates._buckets) == CALLERS


def test_the_steps_end_at_the_condition_that_failed() -> None:
    told = steps(message(False, Reason.HELD))
    assert [step.reason for step in told] == [reason.value for reason in ORDER]
    passed = [step.passed for step in told]
    failing = ORDER.index(Reason.HELD)
    assert passed == [True] * failing + [False] + [None] * (len(ORDER) - failing - 1)
    assert [step.reason for step in told if step.sentence] == ["held"]


def test_the_steps_of_an_open_gate_all_passed() -> None:
    assert {step.passed for step in steps(message(True, Reason.OPEN))} == {True}


def test_a_gate_that_was_not_asked_has_no_steps() -> None:
    assert steps(message(None, None)) == []


def test_every_question_of_the_gate_has_words() -> None:
    assert set(CHECKS) == set(ORDER)


@pytest.mark.parametrize("key", ["cht_1", "msg_01993ab0c2f40d5e8b7a61c2", "a.b"])
def test_a_cursor_is_read_as_it_was_written(key: str) -> None:
    assert place(cursor(1_795_000_000_000, key)) == (1_795_000_000_000, key)


@pytest.mark.parametrize("text", ["", ".", "1.", ".x", "x.y", "-1.x", "1e3.x", "²²².x", "1" * 19 + ".x"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(MalformedCursor):
        place(text)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Forbidden("x"), 403),
        (Invalid("x"), 422),
        (MalformedAddress("x"), 422),
        (MalformedCursor("x"), 422),
        (StoreUnavailable("x"), 503),
        (Retryable("x"), 503),
        (Rejected("x"), 422),
        (LoggedOut("x"), 409),
        (FrontdeskError("x"), 500),
    ],
)
def test_every_error_of_ours_has_its_status(error: FrontdeskError, status: int) -> None:
    assert status_of(error) == status


def test_a_problem_has_the_members_of_the_standard() -> None:
    told = orjson.loads(body(404, "There is no such chat.", instance="/api/v1/chats/1", errors=[]))
    assert told == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such chat.",
        "instance": "/api/v1/chats/1",
        "errors": [],
    }


@pytest.mark.parametrize(
    ("path", "accept", "person"),
    [
        ("/", "text/html,*/*", True),
        ("/chats/1", "text/html", True),
        ("/", "*/*", False),
        ("/api/v1/chats", "text/html", False),
        ("/webhook", "text/html", False),
        ("/health", "text/html", False),
    ],
)
def test_programs_get_problems_and_people_get_pages(path: str, accept: str, person: bool) -> None:
    scope = {"type": "http", "path": path, "headers": [(b"accept", accept.encode())], "query_string": b""}
    assert for_people(Request({**scope, "method": "GET", "server": ("x.test", 80), "scheme": "http"})) is person
