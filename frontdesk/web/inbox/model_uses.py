"""What models were asked beside the answering of people, as the status page tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.store.model_uses import ModelUse
from frontdesk.web.inbox.model_words import model_words

_PURPOSES = {"importance": "How much messages matter", "digest": "Digests"}


@dataclass(frozen=True, slots=True)
class Spent:
    """One purpose and model, over some days."""

    purpose: str
    model: str
    calls: int
    tokens: str


def spent(uses: Sequence[ModelUse]) -> list[Spent]:
    """Summed over the days, the dearest first."""
    sums: dict[tuple[str, str], tuple[int, int, int]] = {}
    for use in uses:
        calls, tokens_in, tokens_out = sums.get((use.purpose, use.model), (0, 0, 0))
        sums[use.purpose, use.model] = (calls + use.calls, tokens_in + use.tokens_in, tokens_out + use.tokens_out)
    dearest = sorted(sums.items(), key=lambda item: (-sum(item[1][1:]), item[0]))
    return [
        Spent(
            _PURPOSES.get(purpose, purpose.replace("_", " ").capitalize()),
            model_words(model),
            calls,
            f"{tokens_in:,} in, {tokens_out:,} out",
        )
        for (purpose, model), (calls, tokens_in, tokens_out) in dearest
    ]
