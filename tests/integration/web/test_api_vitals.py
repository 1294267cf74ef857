"""How the processes behind lines are doing is among the numbers of the house."""

from collections.abc import Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from frontdesk.channels.base import Vitals
from frontdesk.testing.channels import FakeChannel
from frontdesk.testing.desk import fake_line


class Alive(FakeChannel):
    """A channel that runs a process for each line."""

    def vitals(self) -> Mapping[str, Vitals]:
        """Those of two lines, of which one does not run."""
        return {"acc_1": Vitals(restarts=3, memory=52_428_800, waiting=7), "acc_2": Vitals(restarts=0, memory=None)}


async def test_memory_restarts_and_what_waits_are_told_for_each_line(tmp_path: Path) -> None:
    async with fake_line(tmp_path, channel=Alive()) as line:
        numbers = (await line.house.http.get("/metrics")).text
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(numbers)
        for sample in family.samples
        if sample.name.startswith("frontdesk_line_")
    }
    assert found == {
        ("frontdesk_line_memory_bytes", "acc_1"): 52_428_800,
        ("frontdesk_line_restarts", "acc_1"): 3,
        ("frontdesk_line_waiting", "acc_1"): 7,
        ("frontdesk_line_memory_bytes", "acc_2"): 0,
        ("frontdesk_line_restarts", "acc_2"): 0,
        ("frontdesk_line_waiting", "acc_2"): 0,
    }
