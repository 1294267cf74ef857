"""How long to wait before trying again."""

import random

from frontdesk.kit.clock import MINUTE, SECOND


def exponential(attempt: int, *, base: int = 2 * SECOND, cap: int = 10 * MINUTE, jitter: float = 0.25) -> int:
    """Milliseconds to wait after the given attempt (the first is 1): base, 2*base, 4*base ... up to cap.

    `jitter` spreads the result by that share up and down, so that many who failed together do not return together.
    """
    wait = min(cap, base * 2 ** max(0, min(attempt - 1, 30)))
    return int(wait * random.uniform(1 - jitter, 1 + jitter))  # noqa: S311 - spreading load, not keeping secrets
