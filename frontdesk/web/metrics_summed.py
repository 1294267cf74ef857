"""Numbers that all processes of the house add to: turns and sends happen where no Prometheus asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from frontdesk.kit.tally import BOUNDS, LAST, parts_of

_BUCKETS = (*(f"{bound:g}" for bound in BOUNDS), LAST)


@dataclass(frozen=True, slots=True)
class Summed:
    """How a tally is shown. A counter's name ends in `_total` besides."""

    name: str
    says: str
    labels: tuple[str, ...] = ()
    kind: Literal["counter", "histogram"] = "counter"


SUMMED: Mapping[str, Summed] = {
    "turn_seconds": Summed(
        "turn_seconds", "From the arrival of a turn's first message to its answer", kind="histogram"
    ),
    "model_seconds": Summed("turn_model_seconds", "How long turns waited for their models", kind="histogram"),
    "turn_ends": Summed("turn_ends", "Turns by outcome, and what the gate refused", ("outcome",)),
    "sends": Summed("sends", "Tries to send a message, by outcome: sent, retried, failed or unknown", ("outcome",)),
    "jobs": Summed(
        "jobs_tried", "Tries at jobs, by kind and outcome: done, again, failed or dropped", ("kind", "outcome")
    ),
    "scored": Summed("messages_scored", "Messages by importance, and by what told it", ("level", "by")),
    "model_calls": Summed("model_calls", "Calls of models beside the answering of people, by purpose", ("purpose",)),
    "model_tokens": Summed("model_tokens", "Tokens of those calls, by purpose and way: in or out", ("purpose", "way")),
    "job_seconds": Summed("job_seconds", "How long a try at a job took, by kind", ("kind",), "histogram"),
    "database_taken": Summed("database_taken", "Connections taken out of the pools, by purpose", ("purpose",)),
    "database_wait_seconds": Summed(
        "database_wait_seconds", "How long all waited for connections together, by purpose", ("purpose",)
    ),
    "database_refused": Summed(
        "database_refused", "Waits for a connection that were in vain, by purpose", ("purpose",)
    ),
}


class Sums(Collector):
    """Shows the sums that were read last."""

    def __init__(self) -> None:
        self.read: Mapping[str, float] = {}

    def collect(self) -> Iterator[Metric]:
        """One family for each tally."""
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for key, number in self.read.items():
            name, labels = parts_of(key)
            known = SUMMED.get(name.removesuffix("_bucket").removesuffix("_sum"))
            if known is not None:
                values = tuple(labels.get(label, "") for label in known.labels)
                found.setdefault(name, {})[(*values, labels.get("le", ""))] = number
        for name, summed in SUMMED.items():
            yield (
                _counter(summed, found.get(name, {}))
                if summed.kind == "counter"
                else _histogram(summed, found.get(f"{name}_bucket", {}), found.get(f"{name}_sum", {}))
            )


def _counter(summed: Summed, found: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(f"frontdesk_{summed.name}", summed.says, labels=summed.labels)
    for (*labels, _), number in sorted(found.items()):
        family.add_metric(labels, number)
    return family


def _histogram(
    summed: Summed, buckets: Mapping[tuple[str, ...], float], sums: Mapping[tuple[str, ...], float]
) -> Metric:
    family = HistogramMetricFamily(f"frontdesk_{summed.name}", summed.says, labels=summed.labels)
    for labels in sorted({tuple(labels) for *labels, _ in buckets}) or ([()] if not summed.labels else []):
        so_far, cumulative = 0.0, []
        for bound in _BUCKETS:
            so_far += buckets.get((*labels, bound), 0.0)
            cumulative.append((bound, so_far))
        family.add_metric(labels, cumulative, sums.get((*labels, ""), 0.0))
    return family
