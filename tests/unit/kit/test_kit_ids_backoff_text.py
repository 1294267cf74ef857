"""Ids, waits and texts."""

import json
import random
import time

import pytest

from frontdesk.kit.backoff import exponential
from frontdesk.kit.clock import MINUTE, SECOND, SystemClock, to_datetime, to_iso
from frontdesk.kit.ids import new_id
from frontdesk.kit.text import keepable, shorten


def test_ids_grow_and_never_repeat() -> None:
    made = [new_id("msg") for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_grow_also_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id("msg")
    monkeypatch.setattr("frontdesk.kit.ids.time.time_ns", lambda: 0)
    assert new_id("msg") > first


def test_an_id_sorts_behind_one_that_a_process_with_a_clock_ahead_made_and_leads_no_other_astray() -> None:
    ahead = f"msg_{(time.time_ns() // 1_000_000 + 3_600_000) << 48:024x}"
    behind = {new_id("msg", after=ahead) for _ in range(1_000)}
    assert len(behind) == 1_000
    assert min(behind) > ahead > new_id("msg")
    assert new_id("msg", after=new_id("msg")) < ahead


def test_an_id_says_what_it_names() -> None:
    assert new_id("cht").startswith("cht_")
    assert len(new_id("cht")) == 28


def test_waits_double_up_to_the_cap() -> None:
    waits = [exponential(attempt, base=2 * SECOND, cap=MINUTE, jitter=0) for attempt in range(1, 9)]
    assert waits == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]


@pytest.mark.parametrize("attempt", [-1, 0, 1])
def test_the_first_wait_is_the_base(attempt: int) -> None:
    assert exponential(attempt, base=SECOND, jitter=0) == SECOND


def test_waits_are_spread() -> None:
    random.seed(1)
    waits = {exponential(1, base=SECOND, jitter=0.25) for _ in range(200)}
    assert len(waits) > 50
    assert all(750 <= wait <= 1_250 for wait in waits)


def test_an_absurd_number_of_tries_is_no_absurd_number() -> None:
    assert exponential(10**9, jitter=0) == 10 * MINUTE


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("é 👍 ŵ", "é 👍 ŵ"),
        ("a\0b", "a␀b"),
        ("\ud800", "\ufffd"),
        ("\udc00x\ud83d", "\ufffdx\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("", ""),
    ],
)
def test_a_text_is_made_safe_and_otherwise_left_alone(text: str, kept: str) -> None:
    assert keepable(text) == kept
    keepable(text).encode()
    assert json.dumps(keepable(text))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("much too long", 6, "much…"),
        ("two\nlines\t and   spaces", 40, "two lines and spaces"),
        ("x" * 10_000, 5, "xxxx…"),
        ("", 5, ""),
    ],
)
def test_a_text_is_shortened_to_one_line(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
    assert len(shorten(text, limit)) <= limit


def test_times_are_written_as_the_api_writes_them() -> None:
    assert to_iso(None) is None
    assert to_iso(0) == "1970-01-01T00:00:00.000Z"
    assert to_iso(1_795_000_000_123) == "2026-11-18T11:06:40.123Z"
    assert to_datetime(0, "Europe/Lisbon").hour == 1


def test_the_clock_of_the_machine_counts_milliseconds() -> None:
    before = time.time_ns()
    now = SystemClock().now()
    assert before // 1_000_000 <= now <= time.time_ns() // 1_000_000
