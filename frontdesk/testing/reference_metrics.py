"""The page of docs/reference/ about the numbers for Prometheus."""

from prometheus_client import CollectorRegistry

from frontdesk.web.metrics_summed import SUMMED

_OF_HERE = ("frontdesk_events_", "frontdesk_database_connections", "frontdesk_live_", "frontdesk_received_",
            "frontdesk_webhooks")  # fmt: skip
ABOUT = (
    "`GET /metrics` gives them in Prometheus' text form; it needs no key from the same machine, else one with the "
    "scope `read`. Numbers of the *house* are the same from every web process: take one of them, or `max`. Numbers of "
    "the *process* are of the one that answers: add them up. Turns, sends and jobs are counted wherever they happen; "
    "each process adds its counts to sums in the database every five seconds, so that they never fall when one ends."
)


def rows(registry: CollectorRegistry) -> list[tuple[str, ...]]:
    """Name, kind, whose it is, and what it says: of every number."""
    summed = {f"frontdesk_{one.name}" for one in SUMMED.values()}
    found: list[tuple[str, ...]] = []
    for family in sorted(registry.collect(), key=lambda family: family.name):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        whose = "process" if family.name.startswith(_OF_HERE) and family.name not in summed else "house"
        found.append((f"`{name}`", family.type, whose, f"{family.documentation}."))
    return found
