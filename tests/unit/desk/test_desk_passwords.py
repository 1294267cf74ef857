"""What a guess at a password costs, and how long the next one has to wait."""

import pytest

from frontdesk.desk import passwords
from frontdesk.desk.guesses import TooManyTries


def test_a_password_costs_32_megabytes_at_a_real_desk() -> None:
    """Read where no house of a test lowers it."""
    assert (passwords.LOG2_N, passwords.R, passwords.P) == (15, 8, 3)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (2, "2 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (900, "15 minutes"),
    ],
)
def test_a_wait_is_told_as_people_say_it(seconds: int, words: str) -> None:
    assert TooManyTries(seconds).sentence == f"Too many wrong tries. Wait {words} and try again."
