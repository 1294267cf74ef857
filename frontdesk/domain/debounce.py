"""When a burst of messages becomes one turn."""


def next_due(first: int, last: int, *, quiet: int, cap: int) -> int:
    """The moment to answer: `quiet` ms after the last message, but no later than `cap` ms after the first."""
    return min(last + quiet, first + max(cap, quiet))
