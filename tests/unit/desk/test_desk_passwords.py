"""What a guess at a password costs, and how long the next one has to wait."""

import subprocess
import sys

import pytest

from frontdesk.desk.guesses import TooManyTries


def test_a_password_costs_32_megabytes_at_a_real_desk() -> None:
    """Read in a process of its own: the houses of tests lower it."""
    read = "from frontdesk.desk import passwords; print(passwords.LOG2_N, passwords.R, passwords.P)"
    answer = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    assert answer.stdout == "15 8 3\n"


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
