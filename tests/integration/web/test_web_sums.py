"""Numbers of turns, sends and jobs, in both shapes, wherever they were counted."""

from pathlib import Path

import pytest
from api_house import api_house, ask, hear
from prometheus_client.parser import text_string_to_metric_families

from frontdesk.jobs.tallying import Tallying
from frontdesk.store.store import Store
from frontdesk.testing.house import OPEN_HOUSE, TestHouse
from frontdesk.web.metrics import KEPT

pytestmark = pytest.mark.both_shapes


async def numbers(h: TestHouse) -> dict[tuple[str, ...], float]:
    """Every number by its name and labels."""
    text = (await h.http.get("/metrics")).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_turns_sends_and_jobs_are_counted(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=OPEN_HOUSE) as h:
        await hear(h)
        await h.idle()
        await Tallying(h.built.store, h.clock).tell()
        found = await numbers(h)
    assert found["frontdesk_turn_seconds_count",] == 1
    assert found["frontdesk_turn_seconds_bucket", "+Inf"] == 1
    assert found["frontdesk_turn_model_seconds_count",] == 1
    assert sum(number for (name, *_), number in found.items() if name == "frontdesk_turn_ends_total") == 1
    assert found["frontdesk_jobs_tried_total", "turn", "done"] == 1
    assert found["frontdesk_job_seconds_count", "turn"] == 1
    assert sum(number for (name, *_), number in found.items() if name == "frontdesk_sends_total") >= 1
    assert found["frontdesk_events_unsent",] >= 0
    assert found["frontdesk_events_lag_seconds",] >= 0


async def test_what_another_process_counts_is_shown_and_never_falls_when_that_one_ends(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        worker = Store(h.built.store.url)
        worker.tally.count("sends", outcome="sent")
        await Tallying(worker, h.clock).tell()
        shown = (await numbers(h))["frontdesk_sends_total", "sent"]
        await worker.close()
        h.clock.advance(1_000 * KEPT)
        assert (await numbers(h))["frontdesk_sends_total", "sent"] == shown == 1


async def test_work_that_is_due_is_shown_by_kind_with_its_age(tmp_path: Path) -> None:
    waits = OPEN_HOUSE.replace("_seconds = 0", "_seconds = 30")
    async with api_house(tmp_path, config=waits) as h:
        await h.built.runner.close()
        await hear(h)
        h.clock.advance(60_000)
        found = await numbers(h)
        assert found["frontdesk_jobs_due", "turn"] == 1
        assert found["frontdesk_jobs_due_seconds", "turn"] == 30
        assert found["frontdesk_jobs_sent", "turn"] == 0
        assert (await ask(h, "/stats"))["database"]["rows"]["messages"] == 1
