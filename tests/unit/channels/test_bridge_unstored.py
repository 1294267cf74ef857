"""What a process behind a line may forget: only what lies before everything that is not stored."""

from frontdesk.channels.bridge.unstored import Unstored


def test_what_is_stored_in_order_is_acknowledged_one_by_one() -> None:
    unstored, acked = Unstored(), list[int]()
    first, second = unstored.take(1, acked.append), unstored.take(2, acked.append)
    first()
    second()
    assert acked == [1, 2]


def test_what_is_stored_early_is_acknowledged_only_with_what_lies_before_it() -> None:
    unstored, acked = Unstored(), list[int]()
    first, second, third = (unstored.take(number, acked.append) for number in (1, 2, 3))
    second()
    assert acked == []
    first()
    assert acked == [2]
    third()
    assert acked == [2, 3]
    assert len(unstored) == 0


def test_what_is_told_in_parts_is_acknowledged_when_every_part_is_stored() -> None:
    unstored, acked = Unstored(), list[int]()
    part, other, last = (unstored.take(number, acked.append) for number in (None, None, 5))
    last()
    part()
    assert acked == []
    other()
    assert acked == [5]


def test_what_is_reported_stored_twice_counts_once() -> None:
    unstored, acked = Unstored(), list[int]()
    first, second = unstored.take(1, acked.append), unstored.take(2, acked.append)
    first()
    first()
    assert acked == [1]
    second()
    assert acked == [1, 2]
