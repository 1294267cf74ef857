"""What the judges of the secretary look for, they find."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frontdesk.testing.chaos import judging_secretary
from frontdesk.testing.chaos.houses import House
from frontdesk.testing.chaos.plan import Shape
from frontdesk.testing.chaos.secretary import Guests, Heard, Owner
from frontdesk.testing.chaos.throwing import Span

_TABLES = """
CREATE TABLE messages (id, chat_id, direction, author, text, importance);
CREATE TABLE owner_words (id, matter, state);
CREATE TABLE appointments (id, resource_id, seat, kept_from, kept_to, state);
CREATE TABLE appointment_cells (appointment_id, cell);
INSERT INTO messages VALUES ('m1', 'c1', 'inbound', 'contact', '#000001 This is urgent!', 5);
INSERT INTO owner_words VALUES ('w1', 'm1', 'told');
INSERT INTO appointments VALUES ('a1', 'r1', 1, 0, 600000, 'booked');
INSERT INTO appointment_cells VALUES ('a1', 0), ('a1', 1);
"""
HEARD = Heard(100.0, "/0", frozenset({"000001"}), said=True)


class Told(House):
    """A house that was never opened, with a few rows."""

    shape = Shape.EMBEDDED
    roles = ()

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "", "", "")
        self.database = sqlite3.connect(":memory:")
        self.database.executescript(_TABLES)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        return self.database.execute(statement).fetchall()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Told]:
    house = Told(tmp_path / "house")
    yield house
    house.database.close()


def found(house: Told, *heard: Heard, troubles: tuple[Span, ...] = ()) -> list[str]:
    owner = Owner(random.Random(1), heard=list(heard))
    guests = Guests((), "", random.Random(1), lambda _: None, booked=["a1"])
    return judging_secretary.faults(house, owner, guests, targets=1, troubles=troubles)


def test_where_all_was_told_once_and_nobody_sits_on_anothers_lap_there_is_nothing_to_say(house: Told) -> None:
    assert found(house, HEARD) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE messages SET importance = 0", "waits to be scored"),
        ("INSERT INTO appointments VALUES ('a2', 'r1', 1, 300000, 900000, 'booked')", "a1 and a2 are at the same time"),
        ("DELETE FROM appointment_cells WHERE cell = 1", "a1 does not keep its time"),
        ("UPDATE appointments SET state = 'cancelled'", "a1 counts as booked and is not there"),
        ("DELETE FROM owner_words", "#000001 is urgent, and 0 targets are told"),
        ("UPDATE owner_words SET state = 'dropped'", "#000001 is urgent and was dropped"),
        ("UPDATE owner_words SET state = 'failed'", "#000001 is urgent and was failed"),
    ],
)
def test_what_does_not_hold_in_the_database_is_found(house: Told, change: str, fault: str) -> None:
    house.database.execute(change)
    assert any(fault in one for one in found(house, HEARD))


def test_what_counts_as_told_and_nobody_heard_is_found(house: Told) -> None:
    assert found(house) == ["#000001 counts as told to 1 targets, and 0 have heard it"]


def test_a_word_that_is_told_twice_is_found_unless_a_trouble_came_between(house: Told) -> None:
    again = Heard(130.0, "/0", frozenset({"000001"}), said=True)
    assert found(house, HEARD, again) == ["#000001 was told to /0 2 times"]
    assert found(house, HEARD, again, troubles=(Span(101.0, 102.0, "serve"),)) == []
    assert found(house, HEARD, again, troubles=(Span(120.0, 125.0, "serve"),)) != []


def test_a_word_whose_target_left_its_answer_open_may_come_again(house: Told) -> None:
    unsaid = Heard(100.0, "/0", frozenset({"000001"}), said=False)
    assert found(house, unsaid, HEARD) == []
