"""Processes of a scaled house that are told to end while they wait for what they need."""

from pathlib import Path

import pytest
from scaled_roles import one_of_each, scaled, spawned

from frontdesk.testing.clock import until
from frontdesk.testing.processes import START


@pytest.mark.parametrize("role", ["web", "worker", "beat"])
async def test_a_process_that_waits_for_postgresql_ends_when_it_is_told_to(
    tmp_path: Path, redis_url: str, role: str
) -> None:
    program = one_of_each(tmp_path, scaled(tmp_path, "postgresql://x@127.0.0.1:1/x", redis_url))[role]
    async with spawned([program]):
        await until(lambda: "does not answer" in program.said(), seconds=START)
        await program.stop(seconds=10)
        assert "Traceback" not in program.said()
