"""A lab for each test; no child sees a proxy or a setting of whoever runs the tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.testing.lab import Lab


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A running lab; whatever clients asked must have been known to it."""
    async with Lab(tmp_path / "lab") as opened:
        yield opened
        assert not opened.unknown
