"""The whole program, killed with SIGKILL at random moments while messages come in doubled and in disorder.

`make bench` does the same fifty times over two thousand messages.
"""

from bench.kills import ordeal


async def test_being_killed_loses_nothing_and_answers_nothing_twice() -> None:
    outcome = await ordeal(kills=4, messages=100, seed=7)
    assert outcome.clean, outcome.told()
    assert outcome.kills == 4
