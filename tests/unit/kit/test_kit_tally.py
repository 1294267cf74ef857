"""What a process counts until it tells it."""

import pytest

from frontdesk.kit.tally import Tally, bucket_of, key_of, parts_of


@pytest.mark.parametrize(
    ("seconds", "bucket"), [(0.0, "0.01"), (0.01, "0.01"), (0.011, "0.05"), (60.0, "60"), (61, "+Inf")]
)
def test_a_duration_falls_into_the_smallest_bucket_that_holds_it(seconds: float, bucket: str) -> None:
    assert bucket_of(seconds) == bucket


def test_a_key_keeps_its_name_and_labels_in_any_order() -> None:
    key = key_of("jobs", {"outcome": "done", "kind": "turn"})
    assert key == key_of("jobs", {"kind": "turn", "outcome": "done"})
    assert parts_of(key) == ("jobs", {"kind": "turn", "outcome": "done"})
    assert parts_of("turns") == ("turns", {})


def test_only_what_grew_since_the_last_time_is_handed_over() -> None:
    tally = Tally()
    tally.count("sends", outcome="sent")
    tally.count("sends", outcome="sent")
    assert tally.hand_over() == {"sends;outcome=sent": 2.0}
    tally.took("turn_seconds", 0.3)
    assert tally.hand_over() == {"turn_seconds_bucket;le=1": 1.0, "turn_seconds_sum": 0.3}
    assert tally.hand_over() == {}


def test_what_could_not_be_told_is_handed_over_the_next_time_with_what_came_since() -> None:
    tally = Tally()
    tally.count("sends", outcome="sent")
    grown = tally.hand_over()
    tally.count("sends", outcome="sent")
    tally.take_back(grown)
    assert tally.hand_over() == {"sends;outcome=sent": 2.0}
